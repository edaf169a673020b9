# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# lib/ for arm64 kernels (hypervisor and LWK link the objects they use); the host builds of it are in tests/build.mk
LIB_SOURCES := $(wildcard lib/*.c)
LIB_ARM64 := $(LIB_SOURCES:%.c=$(BUILD)/arm64/%.o) $(BUILD)/arm64/lib/arch/arm64/vector.o

$(BUILD)/arm64/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(KERNEL_CFLAGS) -fpie -c $< -o $@

# else its loops become calls of the functions that they implement
$(BUILD)/arm64/lib/string.o: KERNEL_CFLAGS += -fno-tree-loop-distribute-patterns

$(BUILD)/arm64/lib/%.o: lib/%.S
	@mkdir -p $(@D)
	$(CROSS)gcc $(INCLUDES) -MMD -MP -g -c $< -o $@
