/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What Debian's build of libfdt asks of its C library beyond lib/string.h: the stack protector's.
 */
#include <lwk/log.h>
#include <stdint.h>

extern uintptr_t __stack_chk_guard;
void __stack_chk_fail(void);

uintptr_t __stack_chk_guard = 0x00f5a3c1e7000a0d; /* NUL, newline: not to be copied as text */

void __stack_chk_fail(void)
{
	panic("stack smashed while reading the device tree");
}
