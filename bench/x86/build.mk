# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The loader that runs a co-kernel on an emulated machine without Linux: a multiboot kernel.
BENCH_LOADER := $(BUILD)/x86/bench/loader
BENCH_LOADER_OBJECTS := $(patsubst bench/x86/%,$(BENCH_LOADER)/%.o,$(basename $(wildcard bench/x86/*.c bench/x86/*.S))) \
	$(patsubst %,$(BENCH_LOADER)/lib/%.o,fmt pt pt_ept pt_x86 ring string vcpu_area vcpu_policy)
PRODUCTS += $(BENCH_LOADER).img

$(BENCH_LOADER)/%.o: bench/x86/%.c
	@mkdir -p $(@D)
	$(CC_x86) $(KERNEL_CFLAGS_x86) -mcmodel=small -fno-pie -c $< -o $@

$(BENCH_LOADER)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC_x86) $(KERNEL_CFLAGS_x86) -mcmodel=small -fno-pie -fno-tree-loop-distribute-patterns -c $< -o $@

$(BENCH_LOADER)/%.o: bench/x86/%.S
	@mkdir -p $(@D)
	$(CC_x86) $(INCLUDES) -MMD -MP -c $< -o $@

$(BENCH_LOADER).elf: bench/x86/link.ld $(BENCH_LOADER_OBJECTS)
	$(CC_x86) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--no-warn-rwx-segments -T $< $(BENCH_LOADER_OBJECTS) -o $@

$(BENCH_LOADER).img: $(BENCH_LOADER).elf
	$(OBJCOPY_x86) -O binary $< $@
