# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The lightweight kernel for arm64: one image for all roles. libfdt comes from Debian's libfdt-dev:arm64 (tools/setup).

LWK_SOURCES := $(wildcard lwk/kernel/*.c lwk/mm/*.c lwk/fs/*.c lwk/syscall/*.c lwk/role/*.c lwk/role/*/*.c lwk/dev/*.c \
	lwk/dev/dt/*.c lwk/dev/arm/*.c lwk/arch/arm64/*.c)
LWK_ASSEMBLY := $(wildcard lwk/arch/arm64/*.S)
LWK_OBJECTS := $(LWK_SOURCES:%.c=$(BUILD)/arm64/%.o) $(LWK_ASSEMBLY:%.S=$(BUILD)/arm64/%.S.o)
LWK_FDT := $(CACHE)/arm64/root/usr
LWK_CFLAGS := $(KERNEL_CFLAGS) -fno-pie -Ilwk/include -Ilwk/arch/arm64/include -Ilwk -isystem $(LWK_FDT)/include
LWK_AFLAGS := $(INCLUDES) -Ilwk/include -Ilwk/arch/arm64/include -MMD -MP -g
LWK_IMAGE := $(BUILD)/arm64/lwk.img

PRODUCTS += $(LWK_IMAGE)

$(BUILD)/arm64/lwk/%.o: lwk/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(LWK_CFLAGS) -c $< -o $@

# runs with the MMU off: every access must be aligned
$(BUILD)/arm64/lwk/arch/arm64/boot_map.o: LWK_CFLAGS += -mstrict-align -fno-tree-loop-distribute-patterns

$(BUILD)/arm64/lwk/%.S.o: lwk/%.S
	@mkdir -p $(@D)
	$(CROSS)gcc $(LWK_AFLAGS) -c $< -o $@

# the vDSO is a shared object of its own, embedded in the image
LWK_VDSO := $(BUILD)/arm64/lwk/vdso
LWK_VDSO_OBJECTS := $(patsubst lwk/arch/arm64/vdso/%.c,$(LWK_VDSO)/%.o,$(wildcard lwk/arch/arm64/vdso/*.c)) \
	$(LWK_VDSO)/sigreturn.S.o
LWK_VDSO_CFLAGS := -std=gnu11 -O2 $(WARNINGS) $(INCLUDES) -Ilwk/include -Ilwk/arch/arm64/include -MMD -MP -ffreestanding -fpic -mcmodel=tiny \
	-fno-stack-protector -fno-asynchronous-unwind-tables -mgeneral-regs-only -march=armv8-a

$(LWK_VDSO)/%.o: lwk/arch/arm64/vdso/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(LWK_VDSO_CFLAGS) -c $< -o $@

$(LWK_VDSO)/%.S.o: lwk/arch/arm64/vdso/%.S
	@mkdir -p $(@D)
	$(CROSS)gcc $(LWK_AFLAGS) -c $< -o $@

$(LWK_VDSO)/vdso.lds: lwk/arch/arm64/vdso/vdso.ld lwk/arch/arm64/include/arch/vdso_data.h
	@mkdir -p $(@D)
	$(CROSS)gcc -E -P -x assembler-with-cpp $(LWK_AFLAGS) -MF /dev/null $< -o $@

$(LWK_VDSO)/vdso.so: $(LWK_VDSO)/vdso.lds $(LWK_VDSO_OBJECTS)
	$(CROSS)gcc -nostdlib -shared -Wl,-soname,linux-vdso.so.1 -Wl,--hash-style=sysv -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,-z,max-page-size=4096 -T $< $(LWK_VDSO_OBJECTS) -o $@

$(BUILD)/arm64/lwk/arch/arm64/vdso_image.S.o: LWK_AFLAGS += -DVDSO_FILE='"$(LWK_VDSO)/vdso.so"'
$(BUILD)/arm64/lwk/arch/arm64/vdso_image.S.o: $(LWK_VDSO)/vdso.so

$(BUILD)/arm64/lwk.lds: lwk/arch/arm64/lwk.ld lwk/arch/arm64/include/arch/layout.h
	@mkdir -p $(@D)
	$(CROSS)gcc -E -P -x assembler-with-cpp $(LWK_AFLAGS) -MF /dev/null $< -o $@

$(BUILD)/arm64/lwk.elf: $(BUILD)/arm64/lwk.lds $(LWK_OBJECTS) $(LIB_ARM64)
	$(CROSS)gcc -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-T $< $(LWK_OBJECTS) $(LIB_ARM64) -L$(LWK_FDT)/lib/aarch64-linux-gnu -lfdt -o $@

$(LWK_IMAGE): $(BUILD)/arm64/lwk.elf
	$(CROSS)objcopy -O binary $< $@
