# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The guest that tests the hypervisor on target: build/arm64/guest/tests.img, primary and secondary in one
GUEST := $(BUILD)/arm64/guest/tests
GUEST_SOURCES := $(wildcard tests/guest/*.[cS] tests/guest/runtime/*.[cS])
GUEST_OBJECTS := $(patsubst tests/guest/%,$(BUILD)/arm64/guest/%.o,$(basename $(GUEST_SOURCES)))
GUEST_LIB := $(patsubst %,$(BUILD)/arm64/lib/%.o,fmt string arch/arm64/vector)
PRODUCTS += $(GUEST).img

$(BUILD)/arm64/guest/%.o: tests/guest/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(KERNEL_CFLAGS) -fpie -mstrict-align -fvisibility=hidden -c $< -o $@

$(BUILD)/arm64/guest/%.o: tests/guest/%.S
	@mkdir -p $(@D)
	$(CROSS)gcc $(INCLUDES) -MMD -MP -c $< -o $@

$(GUEST).elf: $(GUEST_OBJECTS) $(GUEST_LIB) tests/guest/runtime/link.ld
	$(CROSS)gcc -nostdlib -static-pie -Wl,--no-dynamic-linker -Wl,-z,norelro -Wl,--gc-sections -Wl,--build-id=none \
		-Wl,--no-warn-rwx-segments -Wl,-T,tests/guest/runtime/link.ld $(GUEST_OBJECTS) $(GUEST_LIB) -o $@

$(GUEST).img: $(GUEST).elf
	$(CROSS)objcopy -O binary $< $@

# kernels of a few instructions
DEAD := $(patsubst tests/%.S,$(BUILD)/arm64/%.img,$(wildcard tests/guest/dead/*.S))
PRODUCTS += $(DEAD)
$(DEAD): %.img: %.o
	$(CROSS)objcopy -O binary -j .text $< $@
