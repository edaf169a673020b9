# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The per-core hypervisor, one flat image for each back end.
HV_X86 := $(BUILD)/x86/hv
HV_X86_COMMON := $(patsubst hv/x86/%,%,$(basename $(wildcard hv/x86/*.c hv/x86/*.S)))
HV_X86_CFLAGS := $(filter-out -mcmodel=kernel,$(KERNEL_CFLAGS_x86)) -mcmodel=small -fno-pie -Os -fno-omit-frame-pointer \
	-fno-jump-tables -fno-tree-loop-distribute-patterns
PRODUCTS += $(HV_X86)/svm.img $(HV_X86)/vmx.img

$(HV_X86)/%.o: hv/x86/%.c
	@mkdir -p $(@D)
	$(CC_x86) $(HV_X86_CFLAGS) -c $< -o $@

$(HV_X86)/%.o: hv/x86/%.S
	@mkdir -p $(@D)
	$(CC_x86) $(INCLUDES) -MMD -MP -g -c $< -o $@

HV_X86_OBJECTS = $(patsubst %,$(HV_X86)/%.o,$(HV_X86_COMMON) $(patsubst hv/x86/%,%,$(basename $(wildcard hv/x86/$*/*.c hv/x86/$*/*.S))))
.SECONDEXPANSION:
$(HV_X86)/%.elf: hv/x86/hv.ld $$(HV_X86_OBJECTS)
	$(CC_x86) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--no-warn-rwx-segments -Wl,--gc-sections -T $< $(HV_X86_OBJECTS) -o $@

$(HV_X86)/%.img: $(HV_X86)/%.elf
	$(OBJCOPY_x86) -O binary $< $@
