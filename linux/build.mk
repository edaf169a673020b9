# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The module of the login VM's Linux, for Debian's arm64 kernel that tools/setup fetched. Linux's build wants one directory with
# everything in it: build/linux/login, of links into the tree.
LINUX_HEADERS := $(CACHE)/arm64/root/usr/src/linux-headers
LOGIN_MODULE := $(BUILD)/arm64/linux/bulkhead.ko
LOGIN_SOURCES := $(wildcard linux/login/*.c linux/login/*.h linux/login/shim/*.h linux/login/shim/lib/*.h) linux/login/Kbuild \
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
