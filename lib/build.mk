# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# lib/ for kernels (they link the objects they use); the host builds of it are in tests/build.mk
LIB_SOURCES := $(wildcard lib/*.c)
LIB_ARM64 := $(LIB_SOURCES:%.c=$(BUILD)/arm64/%.o) $(BUILD)/arm64/lib/arch/arm64/vector.o
LIB_X86 := $(LIB_SOURCES:%.c=$(BUILD)/x86/%.o)

$(BUILD)/arm64/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC_arm64) $(KERNEL_CFLAGS) -fpie -c $< -o $@

$(BUILD)/arm64/lib/%.o: lib/%.S
	@mkdir -p $(@D)
	$(CC_arm64) $(INCLUDES) -MMD -MP -g -c $< -o $@

$(BUILD)/x86/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC_x86) $(KERNEL_CFLAGS_x86) -fno-pie -c $< -o $@

# else its loops become calls of the functions that they implement
$(BUILD)/arm64/lib/string.o: KERNEL_CFLAGS += -fno-tree-loop-distribute-patterns
$(BUILD)/x86/lib/string.o: KERNEL_CFLAGS_x86 += -fno-tree-loop-distribute-patterns
