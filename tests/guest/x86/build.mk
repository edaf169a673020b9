# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# For x86 nodes: a tiny co-kernel (tiny/), and the program that tests Linux's module with it (host/).
TINY := $(BUILD)/x86/guest/tiny
TINY_SOURCES := $(wildcard tests/guest/x86/tiny/*.[cS]) $(patsubst %,lib/%.c,fmt ring string)
TINY_OBJECTS := $(patsubst %,$(TINY)/%.o,$(basename $(TINY_SOURCES)))
COKERNEL_CHECK := $(BUILD)/x86/guest/cokernel-check
PRODUCTS += $(TINY).img $(COKERNEL_CHECK)

TINY_CFLAGS := $(filter-out -mcmodel=kernel,$(KERNEL_CFLAGS_x86)) -fpie -fvisibility=hidden -fno-jump-tables -Itests/guest/x86/tiny

$(TINY)/lib/string.o: TINY_CFLAGS += -fno-tree-loop-distribute-patterns
$(TINY)/%.o: %.c
	@mkdir -p $(@D)
	$(CC_x86) $(TINY_CFLAGS) -c $< -o $@

$(TINY)/%.o: %.S
	@mkdir -p $(@D)
	$(CC_x86) $(INCLUDES) -MMD -MP -c $< -o $@

$(TINY).elf: $(TINY_OBJECTS) tests/guest/x86/tiny/link.ld
	$(CC_x86) -nostdlib -static-pie -Wl,--no-dynamic-linker -Wl,-z,norelro -Wl,--build-id=none -Wl,--no-warn-rwx-segments \
		-Wl,-T,tests/guest/x86/tiny/link.ld $(TINY_OBJECTS) -o $@

$(TINY).img: $(TINY).elf
	$(OBJCOPY_x86) -O binary $< $@

$(COKERNEL_CHECK): $(wildcard tests/guest/x86/host/*.[ch]) $(patsubst %,include/bulkhead/%.h,cokernel cokerneldev vmdev)
	@mkdir -p $(@D)
	musl-gcc -std=gnu11 -O2 -g $(WARNINGS) $(INCLUDES) -static $(filter %.c,$^) -o $@
