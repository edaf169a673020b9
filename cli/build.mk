# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The bulkhead command: a static program for the login VM's Linux, with Debian's libraries for arm64; for hosts on x86-64; and as in the
# login VM, but for the build host and with sanitizers, for tests.
CLI_SOURCES := $(wildcard cli/*.c)
CLI_ROOT := $(CACHE)/arm64/root/usr
CLI_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) $(INCLUDES) -D_GNU_SOURCE -MMD -MP
CLI_arm64 := -DCLI_MACHINE=EM_AARCH64 '-DCLI_MACHINE_NAME="arm64"'
CLI_x86 := -DCLI_MACHINE=EM_X86_64 '-DCLI_MACHINE_NAME="x86-64"'
CLI := $(BUILD)/arm64/cli/bulkhead
CLI_HOSTS := $(BUILD)/x86/cli/bulkhead
PRODUCTS += $(CLI) $(CLI_HOSTS)

$(BUILD)/arm64/cli/%.o: cli/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(CLI_CFLAGS) $(CLI_arm64) -idirafter $(CLI_ROOT)/include -c $< -o $@

$(CLI): $(CLI_SOURCES:%.c=$(BUILD)/arm64/%.o)
	$(CROSS)gcc -static -o $@ $^ $(CLI_ROOT)/lib/aarch64-linux-gnu/libyaml.a $(CLI_ROOT)/lib/aarch64-linux-gnu/libjson-c.a -lm

$(BUILD)/x86/cli/%.o: cli/%.c
	@mkdir -p $(@D)
	$(CC_x86) $(CLI_CFLAGS) $(CLI_x86) -c $< -o $@

$(CLI_HOSTS): $(CLI_SOURCES:%.c=$(BUILD)/x86/%.o)
	$(CC_x86) -static -o $@ $^ -lyaml -ljson-c -lm

CLI_HOST := $(BUILD)/host/cli/bulkhead
$(CLI_SOURCES:%.c=$(BUILD)/host/%.o): UNIT_CFLAGS += -D_GNU_SOURCE $(CLI_arm64)
$(CLI_HOST): $(CLI_SOURCES:%.c=$(BUILD)/host/%.o)
	$(CC) $(UNIT_CFLAGS) $^ -lyaml -ljson-c -o $@
