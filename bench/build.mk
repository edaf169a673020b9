# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Benchmark programs: ordinary static Linux programs, linked with glibc and OpenMP, for arm64 and for the build host.
# Linking libgomp statically warns of its dlopen (for accelerators, which no program here asks for).
BENCH_CFLAGS := -std=gnu11 -O3 -g -fopenmp -static $(WARNINGS) $(INCLUDES) -Wl,--no-warnings
BENCH_PROGRAMS := stream gups selfish ep cg
BENCH_COMMON := bench/common/options.c bench/common/result.c
BENCH_HEADERS := $(wildcard bench/*/*.h bench/arch/*/*.h)
# what a program is made of but for its main file
BENCH_stream := bench/stream/arrays.c
BENCH_gups := bench/gups/table.c bench/gups/sequence.c
BENCH_selfish := bench/selfish/detect.c bench/selfish/statistics.c bench/selfish/report.c
BENCH_ep := bench/nas/ep.c
BENCH_cg := bench/nas/cg.c bench/nas/cg_matrix.c
BENCH_MAIN_stream := bench/stream/stream.c
BENCH_MAIN_gups := bench/gups/gups.c
BENCH_MAIN_selfish := bench/selfish/selfish.c
BENCH_MAIN_ep := bench/nas/ep_main.c
BENCH_MAIN_cg := bench/nas/cg_main.c

# $(call bench_program,PROGRAM,DIRECTORY in build,COMPILER,DIRECTORY in bench/arch); PROGRAM-counted has the counter as its clock,
# for make bench
define bench_program
$(BUILD)/$(2)/bench/$(1): $(BENCH_MAIN_$(1)) $(BENCH_$(1)) $(BENCH_COMMON) $(BENCH_HEADERS)
	@mkdir -p $$(@D)
	$(3) $$(BENCH_CFLAGS) -Ibench/arch/$(4) $$(filter %.c,$$^) -lm -o $$@

$(BUILD)/$(2)/bench/$(1)-counted: $(BENCH_MAIN_$(1)) $(BENCH_$(1)) $(BENCH_COMMON) $(BENCH_HEADERS) bench/count/count.c
	@mkdir -p $$(@D)
	$(3) $$(BENCH_CFLAGS) -Ibench/arch/$(4) -Wl,--wrap=clock_gettime $$(filter %.c,$$^) -lm -o $$@
endef

BENCH_HOST_ARCH := $(if $(filter aarch64,$(shell uname -m)),arm64,x86)
$(foreach program,$(BENCH_PROGRAMS),$(eval $(call bench_program,$(program),arm64,$(CROSS)gcc,arm64)))
$(foreach program,$(BENCH_PROGRAMS),$(eval $(call bench_program,$(program),x86,$(CC_x86),x86)))
$(foreach program,$(BENCH_PROGRAMS),$(eval $(call bench_program,$(program),native,$(CC),$(BENCH_HOST_ARCH))))
BENCH_HOST := $(BENCH_PROGRAMS:%=$(BUILD)/native/bench/%)
PRODUCTS += $(BENCH_PROGRAMS:%=$(BUILD)/arm64/bench/%) $(BENCH_PROGRAMS:%=$(BUILD)/x86/bench/%) $(foreach program,stream gups ep cg,$(BUILD)/arm64/bench/$(program)-counted $(BUILD)/x86/bench/$(program)-counted)

# The guest of make bench: figures on the runtime of the test guests
BENCH_GUEST := $(BUILD)/arm64/bench/guest
BENCH_GUEST_OBJECTS := $(patsubst bench/guest/%,$(BUILD)/arm64/bench/guest/%.o,$(basename $(wildcard bench/guest/*.c bench/guest/*.S))) \
	$(patsubst tests/guest/%,$(BUILD)/arm64/guest/%.o,$(basename $(wildcard tests/guest/runtime/*.c tests/guest/runtime/*.S)))
BENCH_LIB := $(patsubst %,$(BUILD)/arm64/lib/%.o,fmt string)
PRODUCTS += $(BENCH_GUEST).img

$(BUILD)/arm64/bench/guest/%.o: bench/guest/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(KERNEL_CFLAGS) -fpie -mstrict-align -fvisibility=hidden -c $< -o $@

$(BUILD)/arm64/bench/guest/%.o: bench/guest/%.S
	@mkdir -p $(@D)
	$(CROSS)gcc $(INCLUDES) -MMD -MP -c $< -o $@

# entry.o comes first, and stays though nobody refers to it
$(BENCH_GUEST).elf: $(BUILD)/arm64/bench/guest/entry.o $(BENCH_GUEST_OBJECTS) $(BENCH_LIB) tests/guest/runtime/link.ld
	$(CROSS)gcc -nostdlib -static-pie -Wl,--no-dynamic-linker -Wl,-z,norelro -Wl,--gc-sections -Wl,--build-id=none \
		-Wl,--no-warn-rwx-segments -Wl,--undefined=bench_entry -Wl,-T,tests/guest/runtime/link.ld \
		$(BUILD)/arm64/bench/guest/entry.o $(filter-out %/entry.o,$(BENCH_GUEST_OBJECTS)) $(BENCH_LIB) -o $@

$(BENCH_GUEST).img: $(BENCH_GUEST).elf
	$(CROSS)objcopy -O binary $< $@

# what the kernel's services cost
$(BUILD)/arm64/bench/costs: bench/costs/costs.c bench/arch/arm64/services.h
	@mkdir -p $(@D)
	$(CROSS)gcc $(BENCH_CFLAGS) -Ibench/arch/arm64 -pthread $< -o $@

$(BUILD)/x86/bench/costs: bench/costs/costs.c bench/arch/x86/services.h
	@mkdir -p $(@D)
	$(CC_x86) $(BENCH_CFLAGS) -Ibench/arch/x86 -pthread $< -o $@

# a co-kernel's conversation with its host, and its first instruction
$(BUILD)/x86/bench/cokernel: bench/cokernel/cokernel.c bench/arch/x86/services.h bench/x86/measure.h
	@mkdir -p $(@D)
	$(CC_x86) $(BENCH_CFLAGS) -Ibench/arch/x86 $< -o $@

$(BUILD)/x86/bench/host: bench/cokernel/host.c bench/arch/x86/services.h $(patsubst %,include/bulkhead/%.h,cokernel cokerneldev vmdev)
	@mkdir -p $(@D)
	$(CC_x86) $(BENCH_CFLAGS) $< -o $@

$(BUILD)/x86/bench/first: bench/cokernel/first.S
	@mkdir -p $(@D)
	$(CC_x86) -nostdlib -static -no-pie $< -o $@

PRODUCTS += $(BUILD)/arm64/bench/costs $(patsubst %,$(BUILD)/x86/bench/%,costs cokernel host first)

# the walker of nested tables, on the build host
$(BUILD)/native/bench/nested: bench/nested/nested.c lib/pt.c lib/pt_ept.c lib/pt_x86.c lib/pt.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 $(WARNINGS) $(INCLUDES) $(filter %.c,$^) -o $@

PRODUCTS += $(BUILD)/native/bench/nested

# executed instructions, for boots: a plugin of the emulator, and the program that it waits for
$(BUILD)/native/bench/executed.so: bench/executed/plugin.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 $(WARNINGS) -fPIC -fvisibility=hidden -shared $< -o $@

$(BUILD)/arm64/bench/mark: bench/executed/mark.S
	@mkdir -p $(@D)
	$(CROSS)gcc -nostdlib -static $< -o $@

PRODUCTS += $(BUILD)/native/bench/executed.so $(BUILD)/arm64/bench/mark

# make bench: the figures of both machines, as tables and as build/bench/arm64.json and x86.json
bench: setup
	$(MAKE) all
	bench/run
	bench/run --machine x86

.PHONY: bench
