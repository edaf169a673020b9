/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of system calls, built from the records that handlers leave in the image. Calls that
 * nobody implements are counted, and each number is logged once.
 */
#include <lwk/errno.h>
#include <lwk/file_text.h>
#include <lwk/log.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

extern const struct syscall_record _syscalls_start[], _syscalls_end[];

static syscall_fn table[SYSCALL_NUMBER_MAX + 1];
static uint32_t unknown[SYSCALL_NUMBER_MAX + 1]; /* calls of numbers without a handler */

void syscall_init(void)
{
	for (const struct syscall_record *r = _syscalls_start; r < _syscalls_end; r++) {
		if (r->number > SYSCALL_NUMBER_MAX || table[r->number])
			panic("system call %lu is registered twice or out of range", r->number);
		table[r->number] = r->handler;
	}
}

static long syscall_unknown(uint64_t number)
{
	if (number <= SYSCALL_NUMBER_MAX &&
	    __atomic_fetch_add(&unknown[number], 1, __ATOMIC_RELAXED) == 0)
		log_debug("%s[%d]: system call %lu is not implemented", process_current()->name,
			  process_current()->pid, number);
	return -ENOSYS;
}

static void unknown_print(struct text *text, void *unused)
{
	(void)unused;
	for (unsigned number = 0; number <= SYSCALL_NUMBER_MAX; number++) {
		if (unknown[number])
			text_print(text, "%u %u\n", number, unknown[number]);
	}
}

int syscall_report_init(void)
{
	return text_file_register("/proc/unknown_syscalls", unknown_print, NULL);
}

long syscall_dispatch(uint64_t number, const uint64_t *args)
{
	syscall_fn handler = number <= SYSCALL_NUMBER_MAX ? table[number] : NULL;

	return handler ? handler(args) : syscall_unknown(number);
}
