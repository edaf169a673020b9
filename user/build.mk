# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Programs that run on the LWK: static, with Debian's musl for arm64 (tools/setup) and the cross compiler.
MUSL := $(CACHE)/arm64/root/usr
MUSL_INCLUDE := $(MUSL)/include/aarch64-linux-musl
MUSL_LIB := $(MUSL)/lib/aarch64-linux-musl
# -mno-outline-atomics: libgcc's runtime choice of atomics needs glibc
USER_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) $(INCLUDES) -MMD -MP -nostdinc -isystem $(MUSL_INCLUDE) \
	-mno-outline-atomics -fno-stack-protector -march=armv8-a

USER_OBJECTS := $(BUILD)/arm64/user

# Debian's zlib asks its C library for nothing that musl has not; its headers lie beside glibc's
USER_ZLIB := $(MUSL)/lib/aarch64-linux-gnu/libz.a
$(USER_OBJECTS)/changes.o: USER_CFLAGS += -idirafter $(MUSL)/include

# $(call musl_link,objects): one static program from objects
musl_link = $(CROSS)gcc -static -nostdlib -o $@ $(MUSL_LIB)/crt1.o $(MUSL_LIB)/crti.o $(1) \
	-Wl,--start-group $(MUSL_LIB)/libc.a -lgcc -Wl,--end-group $(MUSL_LIB)/crtn.o

USER_PROGRAMS := $(USER_OBJECTS)/init $(USER_OBJECTS)/control $(USER_OBJECTS)/linux_init
PRODUCTS += $(USER_PROGRAMS)

$(USER_OBJECTS)/%.o: user/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(USER_CFLAGS) -c $< -o $@

$(USER_OBJECTS)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(USER_CFLAGS) -c $< -o $@

# the command server, in the control task and, with a fake of the machine, in tests
SERVER_PARTS := bytes channel describe enclave events io job_run job_vm kept lost place place_nodes relay requests requests_list requests_share server vm_task

$(USER_OBJECTS)/init: $(addprefix $(USER_OBJECTS)/,init.o job.o changes.o io.o)
	$(call musl_link,$^ $(USER_ZLIB))

$(USER_OBJECTS)/control: $(addprefix $(USER_OBJECTS)/,control.o config.o login.o liveness.o vm_calls.o vm_node.o vm_thread.o report.o json.o \
	hvlog.o lib/channel.o $(SERVER_PARTS:%=%.o))
	$(call musl_link,$^)

$(USER_OBJECTS)/linux_init: $(addprefix $(USER_OBJECTS)/,linux_init.o linux_wire.o job.o changes.o io.o)
	$(call musl_link,$^ $(USER_ZLIB))

# init of co-kernels: with Debian's musl for the build host
USER_X86 := $(BUILD)/x86/user
MUSL_X86 := /usr/lib/x86_64-linux-musl
ZLIB_X86 := $(CACHE)/x86/root/usr/lib/x86_64-linux-gnu/libz.a
$(USER_X86)/changes.o: CC_x86 += -idirafter $(CACHE)/x86/root/usr/include
PRODUCTS += $(USER_X86)/init $(USER_X86)/linux_init $(USER_X86)/bulkheadd

USER_CFLAGS_X86 := -std=gnu11 -O2 -g $(WARNINGS) $(INCLUDES) -MMD -MP -fno-pie -fno-stack-protector -nostdinc \
	-isystem /usr/include/x86_64-linux-musl

$(USER_X86)/%.o: user/%.c
	@mkdir -p $(@D)
	$(CC_x86) $(USER_CFLAGS_X86) -c $< -o $@

$(USER_X86)/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC_x86) $(USER_CFLAGS_X86) -c $< -o $@

# $(call musl_link_x86,objects): one static program from objects
musl_link_x86 = $(CC_x86) -static -no-pie -nostdlib -o $@ $(MUSL_X86)/crt1.o $(MUSL_X86)/crti.o $(1) \
	-L$(MUSL_X86) -lc -lgcc $(MUSL_X86)/crtn.o

$(USER_X86)/init: $(addprefix $(USER_X86)/,init.o job.o changes.o io.o)
	$(call musl_link_x86,$^ $(ZLIB_X86))

$(USER_X86)/linux_init: $(addprefix $(USER_X86)/,linux_init.o linux_wire.o job.o changes.o io.o)
	$(call musl_link_x86,$^ $(ZLIB_X86))

$(USER_X86)/bulkheadd: $(addprefix $(USER_X86)/,host/daemon.o host/sessions.o host/vm_host.o host/enclave_watch.o host/core_watch.o vm_calls.o vm_thread.o lib/vcpu_policy.o $(filter-out channel.o,$(SERVER_PARTS:%=%.o)))
	$(call musl_link_x86,$^)

# what enclaves of a host find in their file trees
PRODUCTS += $(USER_X86)/base.cpio
$(USER_X86)/base.cpio: $(USER_X86)/init tools/bulkhead_node/base.py tools/bulkhead_node/cpio.py
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tools $(PYTHON) -m bulkhead_node.base $< >$@

# ./node run's end in an x86 node's Linux
PRODUCTS += $(USER_X86)/enclave-run
$(USER_X86)/enclave-run: $(addprefix $(USER_X86)/,host/enclave_run.o host/core_watch.o relay.o report.o json.o io.o lib/fmt.o lib/vcpu_text.o)
	$(call musl_link_x86,$^)

# on the build host, for the unit tests
$(BUILD)/unit/test_user_relay: $(addprefix $(BUILD)/host/user/,relay.o io.o)
$(BUILD)/unit/test_user_relay: UNIT_LIBS := -Wl,--wrap=ioctl
$(BUILD)/unit/test_user_liveness: $(BUILD)/host/user/liveness.o
$(BUILD)/unit/test_user_login: $(addprefix $(BUILD)/host/user/,login.o liveness.o vm_task.o)
$(BUILD)/unit/test_user_text: $(addprefix $(BUILD)/host/user/,job.o config.o json.o)
$(BUILD)/unit/test_host_sessions: $(addprefix $(BUILD)/host/user/,host/sessions.o bytes.o)
$(BUILD)/unit/test_host_sessions: UNIT_LIBS := -Wl,--wrap=timerfd_settime
$(BUILD)/unit/test_host_watch: $(addprefix $(BUILD)/host/user/,host/enclave_watch.o host/core_watch.o vm_thread.o vm_task.o io.o)
$(BUILD)/unit/test_host_watch: UNIT_LIBS := -Wl,--wrap=ioctl,--wrap=io_log
$(BUILD)/unit/test_host_cores: $(addprefix $(BUILD)/host/user/,host/vm_host.o vm_calls.o vm_thread.o vm_task.o io.o)
# ioctl(2) is declared with an int in musl
$(BUILD)/host/user/vm_calls.o: UNIT_CFLAGS += -Wno-sign-conversion
$(BUILD)/unit/test_host_cores: UNIT_LIBS := -Wl,--wrap=open,--wrap=ioctl,--wrap=io_log
$(BUILD)/unit/test_host_server: $(addprefix $(BUILD)/host/,user/host/sessions.o tests/unit/server_fake/machine.o $(patsubst %,user/%.o,$(filter-out channel,$(SERVER_PARTS))))
$(BUILD)/unit/test_host_server: UNIT_LIBS := -Wl,--wrap=ioctl,--wrap=io_log
CHANNEL_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_channel*.c))
$(CHANNEL_TESTS): $(addprefix $(BUILD)/host/,linux/login/core.o user/channel.o user/bytes.o tests/unit/channel_fake/link.o)

SERVER_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_server*.c))
$(SERVER_TESTS): $(SERVER_PARTS:%=$(BUILD)/host/user/%.o) $(addprefix $(BUILD)/host/tests/unit/server_fake/,machine.o login.o)
$(SERVER_TESTS): UNIT_LIBS := -Wl,--wrap=ioctl,--wrap=io_log
