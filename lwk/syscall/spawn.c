/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The LWK's own call: starts a program (bulkhead/job.h). All strings are copied into one block
 * first, with the vectors that point to them at its start.
 */
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

#define BLOCK_ORDER   6u
#define BLOCK_SIZE    (PAGE_SIZE << BLOCK_ORDER) /* 256 KiB */
#define POINTERS_MAX  4096u
#define POINTERS_SIZE (POINTERS_MAX * sizeof(char *))

struct block {
	const char **pointers; /* room for POINTERS_MAX */
	unsigned pointer_count;
	char *strings; /* where the next string goes */
	char *end;
};

static long string_copy(struct block *block, uint64_t from, const char **to)
{
	long length = strncpy_from_user(block->strings, UADDR(from),
					(size_t)(block->end - block->strings));

	if (length < 0)
		return length == -ENAMETOOLONG ? -E2BIG : length;
	*to = block->strings;
	block->strings += length + 1;
	return 0;
}

/* A NULL-terminated vector of strings; a NULL vector is an empty one. */
static long vector_copy(struct block *block, uint64_t from, const char *const **to)
{
	*to = block->pointers + block->pointer_count;
	for (;; from += sizeof(uint64_t)) {
		uint64_t address = 0;
		long status;

		if (block->pointer_count == POINTERS_MAX)
			return -E2BIG;
		if (from && copy_from_user(&address, UADDR(from), sizeof(address)) != 0)
			return -EFAULT;
		block->pointers[block->pointer_count] = NULL;
		if (!address) {
			block->pointer_count++;
			return 0;
		}
		status = string_copy(block, address, &block->pointers[block->pointer_count++]);
		if (status)
			return status;
	}
}

static long sys_spawn(const uint64_t *args)
{
	char *memory = page_alloc(BLOCK_ORDER);
	struct block block = {
		.pointers = (const char **)(void *)memory,
		.strings = memory + POINTERS_SIZE,
		.end = memory + BLOCK_SIZE,
	};
	struct spawn_args spawn = {.core = core_self()->index};
	long status;

	if (!memory)
		return -ENOMEM;
	status = string_copy(&block, args[0], &spawn.path);
	if (status == 0)
		status = vector_copy(&block, args[1], &spawn.argv);
	if (status == 0)
		status = vector_copy(&block, args[2], &spawn.envp);
	if (status == 0)
		status = process_spawn(&spawn);
	page_free(memory, BLOCK_ORDER);
	return status;
}
SYSCALL(NR_spawn, sys_spawn);
