# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Modules of the login VM's Linux for tests, built as linux/login is
TEST_MODULE := $(BUILD)/arm64/modules/hang.ko
TEST_MODULE_BUILD := $(BUILD)/linux/hang
PRODUCTS += $(TEST_MODULE)

$(TEST_MODULE): tests/modules/hang.c
	@rm -rf $(TEST_MODULE_BUILD)
	@mkdir -p $(TEST_MODULE_BUILD) $(@D)
	@ln -s $(abspath $<) $(TEST_MODULE_BUILD)
	@echo 'obj-m := hang.o' >$(TEST_MODULE_BUILD)/Kbuild
	+@$(call LINUX_MAKE,$(TEST_MODULE_BUILD)) modules
	$(CROSS)strip --strip-debug -o $@ $(TEST_MODULE_BUILD)/hang.ko
