# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The lightweight kernel: an image for arm64 with three roles, and one for x86 with the role of a co-kernel. libfdt, for arm64 only, comes
# from Debian's libfdt-dev:arm64 (tools/setup).

LWK_COMMON := lwk/kernel lwk/mm lwk/fs lwk/syscall lwk/role lwk/dev
LWK_DIRS_arm64 := $(LWK_COMMON) lwk/role/arm64 lwk/role/primary lwk/dev/dt lwk/dev/arm lwk/arch/arm64
LWK_DIRS_x86 := $(LWK_COMMON) lwk/role/cokernel lwk/dev/x86 lwk/arch/x86 lwk/arch/x86/legacy
LWK_FDT := $(CACHE)/arm64/root/usr
LWK_CFLAGS_arm64 := $(KERNEL_CFLAGS) -isystem $(LWK_FDT)/include
LWK_CFLAGS_x86 := $(KERNEL_CFLAGS_x86)
LWK_LIBS_arm64 := $(LIB_ARM64) -L$(LWK_FDT)/lib/aarch64-linux-gnu -lfdt
LWK_LIBS_x86 := $(LIB_X86)
LWK_VDSO_CFLAGS_arm64 := -mcmodel=tiny -mgeneral-regs-only -march=armv8-a
LWK_VDSO_CFLAGS_x86 := -m64 -mcmodel=small -mno-red-zone -mgeneral-regs-only -fcf-protection=none

# $(call lwk,ARCHITECTURE)
define lwk
LWK_SOURCES_$(1) := $$(foreach dir,$$(LWK_DIRS_$(1)),$$(wildcard $$(dir)/*.c))
LWK_ASSEMBLY_$(1) := $$(foreach dir,$$(LWK_DIRS_$(1)),$$(wildcard $$(dir)/*.S))
LWK_OBJECTS_$(1) := $$(LWK_SOURCES_$(1):%.c=$(BUILD)/$(1)/%.o) $$(LWK_ASSEMBLY_$(1):%.S=$(BUILD)/$(1)/%.S.o)
LWK_INCLUDES_$(1) := -Ilwk/include -Ilwk/arch/$(1)/include -Ilwk
LWK_AFLAGS_$(1) := $$(INCLUDES) $$(LWK_INCLUDES_$(1)) -MMD -MP -g
LWK_IMAGE_$(1) := $(BUILD)/$(1)/lwk.img
PRODUCTS += $(BUILD)/$(1)/lwk.img

$(BUILD)/$(1)/lwk/%.o: lwk/%.c
	@mkdir -p $$(@D)
	$$(CC_$(1)) $$(LWK_CFLAGS_$(1)) -fno-pie $$(LWK_INCLUDES_$(1)) -c $$< -o $$@

$(BUILD)/$(1)/lwk/%.S.o: lwk/%.S
	@mkdir -p $$(@D)
	$$(CC_$(1)) $$(LWK_AFLAGS_$(1)) -c $$< -o $$@

# the vDSO is a shared object of its own, embedded in the image
LWK_VDSO_$(1) := $(BUILD)/$(1)/lwk/vdso
LWK_VDSO_OBJECTS_$(1) := $$(patsubst lwk/arch/$(1)/vdso/%.c,$$(LWK_VDSO_$(1))/%.o,$$(wildcard lwk/arch/$(1)/vdso/*.c)) \
	$$(patsubst lwk/arch/$(1)/vdso/%.S,$$(LWK_VDSO_$(1))/%.S.o,$$(wildcard lwk/arch/$(1)/vdso/*.S))

$$(LWK_VDSO_$(1))/%.o: lwk/arch/$(1)/vdso/%.c
	@mkdir -p $$(@D)
	$$(CC_$(1)) -std=gnu11 -O2 $$(WARNINGS) $$(INCLUDES) $$(LWK_INCLUDES_$(1)) -MMD -MP -ffreestanding -fpic \
		-fno-stack-protector -fno-asynchronous-unwind-tables $$(LWK_VDSO_CFLAGS_$(1)) -c $$< -o $$@

$$(LWK_VDSO_$(1))/%.S.o: lwk/arch/$(1)/vdso/%.S
	@mkdir -p $$(@D)
	$$(CC_$(1)) $$(LWK_AFLAGS_$(1)) -c $$< -o $$@

$$(LWK_VDSO_$(1))/vdso.lds: lwk/arch/$(1)/vdso/vdso.ld lwk/arch/$(1)/include/arch/vdso_data.h
	@mkdir -p $$(@D)
	$$(CC_$(1)) -E -P -x assembler-with-cpp $$(LWK_AFLAGS_$(1)) -MF /dev/null $$< -o $$@

$$(LWK_VDSO_$(1))/vdso.so: $$(LWK_VDSO_$(1))/vdso.lds $$(LWK_VDSO_OBJECTS_$(1))
	$$(CC_$(1)) -nostdlib -shared -Wl,-s -Wl,-soname,linux-vdso.so.1 -Wl,--hash-style=sysv -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,-z,max-page-size=4096 -T $$< $$(LWK_VDSO_OBJECTS_$(1)) -o $$@

$(BUILD)/$(1)/lwk/mm/vdso_image.S.o: LWK_AFLAGS_$(1) += -DVDSO_FILE='"$$(LWK_VDSO_$(1))/vdso.so"' \
	-DVDSO_SECTIONS=`readelf -hW $$(LWK_VDSO_$(1))/vdso.so | sed -n 's/.*Start of section headers: *\([0-9]*\).*/\1/p'`
$(BUILD)/$(1)/lwk/mm/vdso_image.S.o: $$(LWK_VDSO_$(1))/vdso.so

$(BUILD)/$(1)/lwk.lds: lwk/arch/$(1)/lwk.ld lwk/arch/$(1)/include/arch/layout.h
	@mkdir -p $$(@D)
	$$(CC_$(1)) -E -P -x assembler-with-cpp $$(LWK_AFLAGS_$(1)) -MF /dev/null $$< -o $$@

$(BUILD)/$(1)/lwk.elf: $(BUILD)/$(1)/lwk.lds $$(LWK_OBJECTS_$(1)) $$(filter %.o,$$(LWK_LIBS_$(1)))
	$$(CC_$(1)) -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack \
		-T $$< $$(LWK_OBJECTS_$(1)) $$(LWK_LIBS_$(1)) -o $$@

$(BUILD)/$(1)/lwk.img: $(BUILD)/$(1)/lwk.elf
	$$(OBJCOPY_$(1)) -O binary $$< $$@
endef

$(eval $(call lwk,arm64))
$(eval $(call lwk,x86))

# names for addresses in fault records, on hosts
PRODUCTS += $(BUILD)/x86/lwk.sym
$(BUILD)/x86/lwk.sym: $(BUILD)/x86/lwk.elf
	nm -n $< | sed -n 's/^\([0-9a-f]*\) [TtWw] /\1 /p' >$@

# runs with the MMU off: every access must be aligned
$(BUILD)/arm64/lwk/arch/arm64/boot_map.o: LWK_CFLAGS_arm64 += -mstrict-align -fno-tree-loop-distribute-patterns
