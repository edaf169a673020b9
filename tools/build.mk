# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

# the boot sector of machines whose emulator loads no kernel itself
QUICKBOOT := $(BUILD)/x86/tools/quickboot.bin
PRODUCTS += $(QUICKBOOT)

$(BUILD)/x86/tools/quickboot.bin: tools/quickboot/boot.S
	@mkdir -p $(@D)
	gcc -m32 -c $< -o $(@:.bin=.o)
	ld -m elf_i386 -Ttext 0x7c00 --oformat binary $(@:.bin=.o) -o $@
