/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Asks for system calls that the kernel does not have: a known name, a number without one, and one beyond all tables. The kernel
 * counts them; the program goes on.
 */
#include "report.h"
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	for (int i = 0; i < 3; i++)
		HOLDS(syscall(SYS_io_setup, 1, NULL) == -1 && errno == ENOSYS);
	HOLDS(syscall(999) == -1 && errno == ENOSYS);
	for (int i = 0; i < 2; i++)
		HOLDS(syscall(1L << 40) == -1 && errno == ENOSYS);
	return 0;
}
