# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The module of the login VM's Linux, for Debian's arm64 kernel that tools/setup fetched. Linux's build wants one directory with
# everything in it: build/linux/login, of links into the tree.
LINUX_HEADERS := $(CACHE)/arm64/root/usr/src/linux-headers
LOGIN_MODULE := $(BUILD)/arm64/linux/bulkhead.ko
LOGIN_SOURCES := $(wildcard linux/login/*.c linux/login/*.h linux/shim/*.h linux/shim/lib/*.h) linux/login/Kbuild \
	lib/ring.c lib/ring.h lib/channel.c lib/channel.h \
	$(patsubst %,include/bulkhead/%.h,channel dt ffa status stream)
LOGIN_BUILD := $(BUILD)/linux/login
PRODUCTS += $(LOGIN_MODULE)

# $(call LINUX_MAKE,directory): W=1 and sparse as for every module that Linux takes; a warning is an error
LINUX_MAKE = $(MAKE) -s -C $(LINUX_HEADERS) M=$(abspath $(1)) ARCH=arm64 CROSS_COMPILE=$(CROSS) W=1 \
	KCFLAGS=-Werror CHECK="sparse -Wsparse-error" C=1 CONFIG_DEBUG_INFO_BTF_MODULES=

$(LOGIN_MODULE): $(LOGIN_SOURCES)
	@rm -rf $(LOGIN_BUILD)
	@mkdir -p $(LOGIN_BUILD) $(@D)
	@cp -rs $(abspath linux/login)/. $(LOGIN_BUILD)
	@ln -s $(abspath lib/ring.c) $(abspath lib/channel.c) $(LOGIN_BUILD)
	@ln -s $(CURDIR) $(LOGIN_BUILD)/tree
	+@$(call LINUX_MAKE,$(LOGIN_BUILD)) modules
	$(CROSS)strip --strip-debug -o $@ $(LOGIN_BUILD)/bulkhead.ko

# The module of an x86 node's Linux, for Debian's amd64 kernel; and the same for tests, which have it fail where they like.
X86_HEADERS := $(CACHE)/x86/root/usr/src/linux-headers
COKERNEL_MODULE := $(BUILD)/x86/linux/bulkhead-cokernel.ko
COKERNEL_TEST_MODULE := $(BUILD)/x86/linux/test/bulkhead-cokernel.ko
COKERNEL_LIB := ring vcpu_area vcpu_policy pt pt_x86 pt_ept
COKERNEL_HV := $(patsubst %,$(BUILD)/x86/hv/%.img,svm vmx)
COKERNEL_SOURCES := $(wildcard linux/cokernel/*.[chS] linux/cokernel/inject_*/* linux/shim/*.h linux/shim/lib/*.h) linux/cokernel/Kbuild \
	$(patsubst %,lib/%.c,$(COKERNEL_LIB)) $(patsubst %,lib/%.h,ring pt vcpu_area vcpu_policy) $(COKERNEL_HV) \
	$(patsubst %,include/bulkhead/%.h,cokernel cokerneldev counters enclave exchange fault log status stream types vcpu vmdev)
PRODUCTS += $(COKERNEL_MODULE) $(COKERNEL_TEST_MODULE)

$(COKERNEL_MODULE): COKERNEL_INJECT := inject_off
$(COKERNEL_TEST_MODULE): COKERNEL_INJECT := inject_on
$(COKERNEL_MODULE) $(COKERNEL_TEST_MODULE): $(COKERNEL_SOURCES)
	@rm -rf $(BUILD)/linux/cokernel-$(COKERNEL_INJECT)
	@mkdir -p $(BUILD)/linux/cokernel-$(COKERNEL_INJECT) $(@D)
	@cp -rs $(abspath linux/cokernel)/. $(BUILD)/linux/cokernel-$(COKERNEL_INJECT)
	@ln -s $(abspath $(patsubst %,lib/%.c,$(COKERNEL_LIB))) $(abspath $(COKERNEL_HV)) $(BUILD)/linux/cokernel-$(COKERNEL_INJECT)
	@ln -s $(COKERNEL_INJECT) $(BUILD)/linux/cokernel-$(COKERNEL_INJECT)/inject
	@ln -s $(CURDIR) $(BUILD)/linux/cokernel-$(COKERNEL_INJECT)/tree
	+@$(MAKE) -s -C $(X86_HEADERS) M=$(abspath $(BUILD)/linux/cokernel-$(COKERNEL_INJECT)) W=1 KCFLAGS=-Werror \
		CHECK="sparse -Wsparse-error" C=1 CONFIG_DEBUG_INFO_BTF_MODULES= modules
	strip --strip-debug -o $@ $(BUILD)/linux/cokernel-$(COKERNEL_INJECT)/bulkhead-cokernel.ko
