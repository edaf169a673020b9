/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Waiting for files: every file announces its changes from the first look on, so that none is missed between a look and the sleep.
 */
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/file_poll.h>
#include <lwk/heap.h>

#define QUEUES_PER_FILE 2 /* that a poll operation may wait on */

static size_t look(struct polled_file *files, size_t count, struct poll_table *table)
{
	size_t ready = 0;

	for (size_t i = 0; i < count; i++) {
		if (files[i].file)
			files[i].ready = (uint16_t)file_poll(files[i].file, files[i].events, table);
		ready += files[i].ready != 0;
	}
	return ready;
}

long poll_files(struct polled_file *files, size_t count, uint64_t deadline)
{
	struct poll_table table = {.capacity = count * QUEUES_PER_FILE};
	size_t ready;
	int result = 0;

	table.slots = kmalloc(table.capacity * sizeof(table.slots[0]) + 1);
	if (!table.slots)
		return -ENOMEM;
	ready = look(files, count, &table);
	while (!ready && !result && time_now_ns() < deadline) {
		result = thread_park(deadline);
		ready = look(files, count, NULL);
	}
	poll_end(&table);
	kfree(table.slots);
	if (!ready && result == -ERESTARTSYS)
		return -ERESTARTNOHAND; /* whatever the handler says */
	return (long)ready;
}
