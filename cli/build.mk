# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The bulkhead command: a static program for the login VM's Linux, with Debian's libraries for arm64; and the same for the build
# host, with sanitizers, for tests.
CLI_SOURCES := $(wildcard cli/*.c)
CLI_ROOT := $(CACHE)/arm64/root/usr
CLI_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) $(INCLUDES) -D_GNU_SOURCE -MMD -MP
CLI_LIBS := yaml json-c z
CLI := $(BUILD)/arm64/cli/bulkhead
PRODUCTS += $(CLI)

$(BUILD)/arm64/cli/%.o: cli/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(CLI_CFLAGS) -idirafter $(CLI_ROOT)/include -c $< -o $@

$(BUILD)/arm64/cli/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(CLI_CFLAGS) -c $< -o $@

$(CLI): $(CLI_SOURCES:%.c=$(BUILD)/arm64/%.o) $(BUILD)/arm64/cli/lib/cpio.o
	$(CROSS)gcc -static -o $@ $^ $(CLI_LIBS:%=$(CLI_ROOT)/lib/aarch64-linux-gnu/lib%.a) -lm

CLI_HOST := $(BUILD)/host/cli/bulkhead
$(CLI_SOURCES:%.c=$(BUILD)/host/%.o): UNIT_CFLAGS += -D_GNU_SOURCE
$(CLI_HOST): $(CLI_SOURCES:%.c=$(BUILD)/host/%.o) $(BUILD)/host/lib/cpio.o
	$(CC) $(UNIT_CFLAGS) $^ $(CLI_LIBS:%=-l%) -o $@

$(BUILD)/unit/test_cli_files: $(BUILD)/host/cli/files.o $(BUILD)/host/cli/link.o
$(BUILD)/unit/test_cli_files: UNIT_LIBS := -lz
