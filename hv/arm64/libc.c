/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What libfdt's object code, compiled for hosts with hardening, expects beside lib/string.c.
 */
#include <hv/arm64/log.h>

#include <string.h>

uintptr_t __stack_chk_guard = 0x5bd1e995a7c3f00d;

_Noreturn void __stack_chk_fail(void);
void *__memcpy_chk(void *to, const void *from, size_t n, size_t room);
void *__memmove_chk(void *to, const void *from, size_t n, size_t room);
void *__memset_chk(void *to, int c, size_t n, size_t room);

void __stack_chk_fail(void)
{
	log_fatal("a stack was overrun in libfdt");
}

void *__memcpy_chk(void *to, const void *from, size_t n, size_t room)
{
	if (n > room)
		__stack_chk_fail();
	return memcpy(to, from, n);
}

void *__memmove_chk(void *to, const void *from, size_t n, size_t room)
{
	if (n > room)
		__stack_chk_fail();
	return memmove(to, from, n);
}

void *__memset_chk(void *to, int c, size_t n, size_t room)
{
	if (n > room)
		__stack_chk_fail();
	return memset(to, c, n);
}
