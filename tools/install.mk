# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What an x86 host of one's own needs, into DESTDIR. The module is for the kernel whose headers it was built with: X86_HEADERS.
DESTDIR ?=
X86_RELEASE = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(X86_HEADERS)/include/generated/utsrelease.h)
INSTALLED := $(COKERNEL_MODULE) $(CLI_HOST) $(USER_X86)/bulkheadd $(USER_X86)/base.cpio $(BUILD)/x86/lwk.img $(BUILD)/x86/lwk.sym

install: $(INSTALLED)
	install -D -m 644 $(COKERNEL_MODULE) $(DESTDIR)/lib/modules/$(X86_RELEASE)/updates/bulkhead-cokernel.ko
	install -D -m 755 $(CLI_HOST) $(DESTDIR)/usr/bin/bulkhead
	install -D -m 755 $(USER_X86)/bulkheadd $(DESTDIR)/usr/sbin/bulkheadd
	install -D -m 644 user/host/bulkheadd.service $(DESTDIR)/lib/systemd/system/bulkheadd.service
	install -D -m 644 $(BUILD)/x86/lwk.img $(DESTDIR)/var/lib/bulkhead/lwk.img
	install -D -m 644 $(USER_X86)/base.cpio $(DESTDIR)/var/lib/bulkhead/base.cpio
	install -D -m 644 $(BUILD)/x86/lwk.sym $(DESTDIR)/usr/share/bulkhead/lwk.sym
	install -D -m 644 cli/completion/bulkhead $(DESTDIR)/usr/share/bash-completion/completions/bulkhead
	install -D -m 644 docs/man/bulkhead.1 $(DESTDIR)/usr/share/man/man1/bulkhead.1
	install -D -m 644 docs/man/bulkheadd.8 $(DESTDIR)/usr/share/man/man8/bulkheadd.8

.PHONY: install
