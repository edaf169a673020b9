# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The bulkhead command: a static program for the login VM's Linux, with Debian's libraries for arm64, and for hosts on x86-64.
CLI_SOURCES := $(wildcard cli/*.c)
CLI_ROOT := $(CACHE)/arm64/root/usr
CLI_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) $(INCLUDES) -D_GNU_SOURCE -MMD -MP
CLI_LIBS := yaml json-c z
CLI_LIB := cpio fmt vcpu_text
CLI_arm64 := -DCLI_MACHINE=EM_AARCH64 '-DCLI_MACHINE_NAME="arm64"'
CLI_x86 := -DCLI_MACHINE=EM_X86_64 '-DCLI_MACHINE_NAME="x86-64"'
CLI := $(BUILD)/arm64/cli/bulkhead
CLI_HOST := $(BUILD)/x86/cli/bulkhead
PRODUCTS += $(CLI) $(CLI_HOST)

$(BUILD)/arm64/cli/%.o: cli/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(CLI_CFLAGS) $(CLI_arm64) -idirafter $(CLI_ROOT)/include -c $< -o $@

$(BUILD)/arm64/cli/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(CLI_CFLAGS) -c $< -o $@

$(CLI): $(CLI_SOURCES:%.c=$(BUILD)/arm64/%.o) $(CLI_LIB:%=$(BUILD)/arm64/cli/lib/%.o)
	$(CROSS)gcc -static -o $@ $^ $(CLI_LIBS:%=$(CLI_ROOT)/lib/aarch64-linux-gnu/lib%.a) -lm

$(BUILD)/x86/cli/%.o: cli/%.c
	@mkdir -p $(@D)
	$(CC_x86) $(CLI_CFLAGS) $(CLI_x86) -c $< -o $@

$(BUILD)/x86/cli/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC_x86) $(CLI_CFLAGS) -c $< -o $@

$(CLI_HOST): $(CLI_SOURCES:%.c=$(BUILD)/x86/%.o) $(CLI_LIB:%=$(BUILD)/x86/cli/lib/%.o)
	$(CC_x86) -static -o $@ $^ $(CLI_LIBS:%=-l%) -lm

# on the build host, as in the login VM, for the unit tests
$(CLI_SOURCES:%.c=$(BUILD)/host/%.o): UNIT_CFLAGS += -D_GNU_SOURCE $(CLI_arm64)
$(BUILD)/host/cli/main.o: UNIT_CFLAGS += -Dmain=bulkhead_main -Wno-missing-prototypes
$(BUILD)/unit/test_cli_files: $(BUILD)/host/cli/files.o $(BUILD)/host/cli/link.o
$(BUILD)/unit/test_cli_files: UNIT_LIBS := -lz
$(BUILD)/unit/test_cli_run: $(CLI_SOURCES:%.c=$(BUILD)/host/%.o)
$(BUILD)/unit/test_cli_run: UNIT_LIBS := -Wl,--wrap=open $(CLI_LIBS:%=-l%)
