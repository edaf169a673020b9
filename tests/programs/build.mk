# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Programs for the system tests, each as static binaries: NAME (C, glibc), NAME.musl (C, musl), NAME (C++, glibc).
# They are built as an ordinary user would build his.
PROGRAM_C := $(basename $(notdir $(wildcard tests/programs/*.c)))
PROGRAM_CXX := $(basename $(notdir $(wildcard tests/programs/*.cpp)))
PROGRAM_DIR := $(BUILD)/arm64/programs
PROGRAMS := $(PROGRAM_C:%=$(PROGRAM_DIR)/%) $(PROGRAM_C:%=$(PROGRAM_DIR)/%.musl) $(PROGRAM_CXX:%=$(PROGRAM_DIR)/%)


# what languages and libraries make of threads: glibc's, GCC's OpenMP, C++ and Fortran
RUNTIME_DIR := $(PROGRAM_DIR)/runtime
RUNTIME := $(patsubst tests/programs/%,$(PROGRAM_DIR)/%,$(basename $(wildcard tests/programs/runtime/*.*)))
PROGRAMS += $(RUNTIME)

# the conformance checks, one binary
CONFORM := $(PROGRAM_DIR)/conform
CONFORM_SOURCES := $(sort $(wildcard tests/programs/conform/*.c))
PROGRAMS += $(CONFORM)

PROGRAM_FLAGS := -O2 -g -Wall -Wextra -Werror -D_GNU_SOURCE -Iinclude -MMD -MP -static
PROGRAM_MUSL := $(CACHE)/arm64/root/usr
PROGRAM_MUSL_LIB := $(PROGRAM_MUSL)/lib/aarch64-linux-musl

$(PROGRAM_C:%=$(PROGRAM_DIR)/%): $(PROGRAM_DIR)/%: tests/programs/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc -std=gnu11 $(PROGRAM_FLAGS) $< -o $@ -lm

$(PROGRAM_CXX:%=$(PROGRAM_DIR)/%): $(PROGRAM_DIR)/%: tests/programs/%.cpp
	@mkdir -p $(@D)
	$(CROSS)g++ -std=gnu++17 $(PROGRAM_FLAGS) $< -o $@

# gcc for glibc, told to use musl's headers, start files and library; libgcc has what quad precision needs, and helpers for atomics
# that ask glibc for the machine's features: not these
$(PROGRAM_C:%=$(PROGRAM_DIR)/%.musl): $(PROGRAM_DIR)/%.musl: tests/programs/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc -std=gnu11 $(PROGRAM_FLAGS) -mno-outline-atomics -no-pie -fno-pie -nostdinc -isystem $(PROGRAM_MUSL)/include/aarch64-linux-musl \
		-isystem $$($(CROSS)gcc -print-file-name=include) -nostdlib $(PROGRAM_MUSL_LIB)/crt1.o \
		$(PROGRAM_MUSL_LIB)/crti.o $< -o $@ -L$(PROGRAM_MUSL_LIB) -lc -lgcc $(PROGRAM_MUSL_LIB)/crtn.o

$(CONFORM): $(CONFORM_SOURCES:%.c=$(PROGRAM_DIR)/%.o)
	$(CROSS)gcc -static -pthread $^ -o $@
$(PROGRAM_DIR)/%.o: %.c
	@mkdir -p $(@D)
	$(CROSS)gcc -std=gnu11 $(PROGRAM_FLAGS) -pthread -c $< -o $@

$(RUNTIME_DIR)/%: tests/programs/runtime/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc -std=gnu11 $(PROGRAM_FLAGS) -pthread -fopenmp $< -o $@
$(RUNTIME_DIR)/%: tests/programs/runtime/%.cpp
	@mkdir -p $(@D)
	$(CROSS)g++ -std=gnu++20 $(PROGRAM_FLAGS) -pthread $< -o $@
$(RUNTIME_DIR)/%: tests/programs/runtime/%.f90
	@mkdir -p $(@D)
	$(CROSS)gfortran -O2 -g -Wall -Werror -static -fopenmp $< -o $@

programs: $(PROGRAMS)
.PHONY: programs
