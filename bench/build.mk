# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Benchmark programs: ordinary static Linux programs, linked with glibc.
BENCH_CFLAGS := -std=gnu11 -O3 -g $(WARNINGS) -MMD -MP -static

$(BUILD)/arm64/bench/stream: bench/stream/stream.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(BENCH_CFLAGS) -Wno-unknown-pragmas $< -lm -o $@

PRODUCTS += $(BUILD)/arm64/bench/stream

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

# stream with the counter as its clock
$(BUILD)/arm64/bench/stream-counted: bench/stream/stream.c bench/count/count.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(filter-out -MMD -MP,$(BENCH_CFLAGS)) -Wno-unknown-pragmas -Wl,--wrap=clock_gettime $^ -lm -o $@

PRODUCTS += $(BUILD)/arm64/bench/stream-counted

# what the kernel's services cost
$(BUILD)/arm64/bench/costs: bench/costs/costs.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(BENCH_CFLAGS) -pthread $< -o $@

PRODUCTS += $(BUILD)/arm64/bench/costs

# make bench: the figures of the arm64 node, as a table and as build/bench/arm64.json
bench: setup
	$(MAKE) all
	bench/run

.PHONY: bench
