# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Programs for the system tests, each as static binaries: NAME (C, glibc), NAME.musl (C, musl), NAME (C++, glibc). They are built as an
# ordinary user would build his: for both architectures, but for those that are one's own.
PROGRAM_C := $(basename $(notdir $(wildcard tests/programs/*.c)))
PROGRAM_CXX := $(basename $(notdir $(wildcard tests/programs/*.cpp)))
PROGRAM_RUNTIME := $(basename $(notdir $(wildcard tests/programs/runtime/*.*)))
PROGRAM_FLAGS := -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE -Iinclude -MMD -MP -static

PROGRAM_CC_arm64 := $(CROSS)
PROGRAM_CC_x86 := x86_64-linux-gnu-
PROGRAM_MUSL_INCLUDE_arm64 := $(CACHE)/arm64/root/usr/include/aarch64-linux-musl
PROGRAM_MUSL_LIB_arm64 := $(CACHE)/arm64/root/usr/lib/aarch64-linux-musl
PROGRAM_MUSL_FLAGS_arm64 := -mno-outline-atomics
PROGRAM_MUSL_INCLUDE_x86 := /usr/include/x86_64-linux-musl
PROGRAM_MUSL_LIB_x86 := /usr/lib/x86_64-linux-musl
PROGRAM_NOT_x86 := signal_frame signal_sve vm_maker

# $(call programs,ARCHITECTURE)
define programs
PROGRAM_DIR_$(1) := $(BUILD)/$(1)/programs
PROGRAM_C_$(1) := $$(addprefix $(BUILD)/$(1)/programs/,$$(filter-out $$(PROGRAM_NOT_$(1)),$$(PROGRAM_C)))
PROGRAM_CXX_$(1) := $$(PROGRAM_CXX:%=$(BUILD)/$(1)/programs/%)
PROGRAMS_$(1) := $$(PROGRAM_C_$(1)) $$(PROGRAM_C_$(1):%=%.musl) $$(PROGRAM_CXX_$(1))

# what languages and libraries make of threads: glibc's, GCC's OpenMP, C++ and Fortran; the conformance checks, one binary
PROGRAMS_$(1) += $$(PROGRAM_RUNTIME:%=$(BUILD)/$(1)/programs/runtime/%) $(BUILD)/$(1)/programs/conform

$$(PROGRAM_C_$(1)): $(BUILD)/$(1)/programs/%: tests/programs/%.c
	@mkdir -p $$(@D)
	$$(PROGRAM_CC_$(1))gcc -std=gnu11 $$(PROGRAM_FLAGS) -Itests/programs/machine/$(1) $$< -o $$@ -lm

$$(PROGRAM_CXX_$(1)): $(BUILD)/$(1)/programs/%: tests/programs/%.cpp
	@mkdir -p $$(@D)
	$$(PROGRAM_CC_$(1))g++ -std=gnu++17 $$(PROGRAM_FLAGS) -Itests/programs/machine/$(1) $$< -o $$@

# gcc for glibc, told to use musl's headers, start files and library; libgcc has what quad precision needs, and helpers for atomics
# that ask glibc for the machine's features: not these
$$(PROGRAM_C_$(1):%=%.musl): $(BUILD)/$(1)/programs/%.musl: tests/programs/%.c
	@mkdir -p $$(@D)
	$$(PROGRAM_CC_$(1))gcc -std=gnu11 $$(PROGRAM_FLAGS) -Itests/programs/machine/$(1) $$(PROGRAM_MUSL_FLAGS_$(1)) -no-pie -fno-pie -nostdinc -isystem $$(PROGRAM_MUSL_INCLUDE_$(1)) \
		-isystem $$$$($$(PROGRAM_CC_$(1))gcc -print-file-name=include) -nostdlib $$(PROGRAM_MUSL_LIB_$(1))/crt1.o \
		$$(PROGRAM_MUSL_LIB_$(1))/crti.o $$< -o $$@ -L$$(PROGRAM_MUSL_LIB_$(1)) -lc -lgcc $$(PROGRAM_MUSL_LIB_$(1))/crtn.o

$(BUILD)/$(1)/programs/conform: $$(patsubst %.c,$(BUILD)/$(1)/programs/%.o,$$(sort $$(wildcard tests/programs/conform/*.c tests/programs/conform/$(1)/*.c)))
	$$(PROGRAM_CC_$(1))gcc -static -pthread $$^ -o $$@
$(BUILD)/$(1)/programs/%.o: %.c
	@mkdir -p $$(@D)
	$$(PROGRAM_CC_$(1))gcc -std=gnu11 $$(PROGRAM_FLAGS) -Itests/programs/machine/$(1) -pthread -c $$< -o $$@

$(BUILD)/$(1)/programs/runtime/%: tests/programs/runtime/%.c
	@mkdir -p $$(@D)
	$$(PROGRAM_CC_$(1))gcc -std=gnu11 $$(PROGRAM_FLAGS) -Itests/programs/machine/$(1) -pthread -fopenmp $$< -o $$@
$(BUILD)/$(1)/programs/runtime/%: tests/programs/runtime/%.cpp
	@mkdir -p $$(@D)
	$$(PROGRAM_CC_$(1))g++ -std=gnu++20 $$(PROGRAM_FLAGS) -Itests/programs/machine/$(1) -pthread $$< -o $$@
# Fortran's library refers to threads weakly: what nobody else refers to is asked for, or a static program has it at 0
$(BUILD)/$(1)/programs/runtime/%: tests/programs/runtime/%.f90
	@mkdir -p $$(@D)
	$$(PROGRAM_CC_$(1))gfortran -O2 -g -Wall -Werror -static -fopenmp -Wl,--undefined=pthread_mutex_destroy $$< -o $$@
endef

$(eval $(call programs,arm64))
$(eval $(call programs,x86))

programs: $(PROGRAMS_arm64) $(PROGRAMS_x86)
.PHONY: programs
