# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The EL2 hypervisor: build/arm64/hypervisor.img
HV := $(BUILD)/arm64/hypervisor
HV_OBJECTS := $(patsubst hv/arm64/%,$(BUILD)/arm64/hv/arm64/%.o,$(basename $(wildcard hv/arm64/*.c hv/arm64/*.S)))
HV_LIB := $(patsubst %,$(BUILD)/arm64/lib/%.o,arch/arm64/vector cpio fmt pt pt_arm64 range string)
FDT_ROOT := $(CACHE)/arm64/root/usr
HV_CFLAGS := $(KERNEL_CFLAGS) -fpie -mstrict-align -include hv/arm64/hidden.h -fomit-frame-pointer -isystem $(FDT_ROOT)/include
PRODUCTS += $(HV).img

# built for size, but for what exits, switches of vCPUs, interrupts and emulated registers go through
HV_FAST := call ffa_message ffa_setup gic gicv2 gicv3 mmio run start traps vcpu vdist vdist_bank vdist_lr vdist_v2 vdist_v3 vectors vgic vm
$(filter-out $(HV_FAST:%=$(BUILD)/arm64/hv/arm64/%.o),$(HV_OBJECTS)): HV_CFLAGS += -Os

$(BUILD)/arm64/hv/arm64/%.o: hv/arm64/%.c hv/arm64/build.mk
	@mkdir -p $(@D)
	$(CROSS)gcc $(HV_CFLAGS) -c $< -o $@

$(BUILD)/arm64/hv/arm64/%.o: hv/arm64/%.S hv/arm64/build.mk
	@mkdir -p $(@D)
	$(CROSS)gcc $(INCLUDES) -MMD -MP -c $< -o $@

$(HV).elf: $(HV_OBJECTS) $(HV_LIB) hv/arm64/link.ld
	$(CROSS)gcc -nostdlib -static-pie -Wl,--no-dynamic-linker -Wl,-z,norelro -Wl,--gc-sections -Wl,--build-id=none \
		-Wl,-T,hv/arm64/link.ld $(HV_OBJECTS) $(HV_LIB) \
		-L$(FDT_ROOT)/lib/aarch64-linux-gnu -l:libfdt.a -l:libbearssl.a -o $@

$(HV).img: $(HV).elf
	$(CROSS)objcopy -O binary $< $@
