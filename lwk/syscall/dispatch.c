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

syscall_fn syscall_table[SYSCALL_NUMBER_MAX + 1];
/* calls of numbers without a handler; the last: those above SYSCALL_NUMBER_MAX */
static uint32_t unknown[SYSCALL_NUMBER_MAX + 2];

void syscall_init(void)
{
	for (const struct syscall_record *r = _syscalls_start; r < _syscalls_end; r++) {
		if (r->number > SYSCALL_NUMBER_MAX || syscall_table[r->number])
			panic("system call %lu is registered twice or out of range", r->number);
		syscall_table[r->number] = r->handler;
	}
}

static const char *name_of(uint64_t index)
{
	const char *name = index <= SYSCALL_NUMBER_MAX ? arch_syscall_name(index) : "out_of_range";

	return name ? name : "unnamed";
}

long syscall_unknown(uint64_t number)
{
	uint64_t index = number <= SYSCALL_NUMBER_MAX ? number : SYSCALL_NUMBER_MAX + 1;

	if (__atomic_fetch_add(&unknown[index], 1, __ATOMIC_RELAXED) == 0)
		log_debug("%s[%d]: system call %lu (%s) is not implemented",
			  process_current()->name, process_current()->pid, number, name_of(index));
	return -ENOSYS;
}

static void unknown_print(struct text *text, void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < ARRAY_SIZE(unknown); i++) {
		uint32_t count = __atomic_load_n(&unknown[i], __ATOMIC_RELAXED);

		if (count)
			text_print(text, "%u %s %u\n", i, name_of(i), count);
	}
}

int syscall_report_init(void)
{
	return text_file_register("/proc/unknown_syscalls", unknown_print, NULL);
}
