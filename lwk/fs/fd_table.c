/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Descriptor tables: an array that doubles when a higher descriptor is wanted. Owns table->lock, which guards the slots; files are
 * closed after it was released, because closing may sleep.
 */
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/file_table.h>
#include <lwk/fs_lock.h>
#include <lwk/heap.h>
#include <lwk/spinlock.h>

#define FIRST_CAPACITY 16u

struct fd_slot {
	struct file *file; /* NULL: not open */
	bool close_on_exec;
	bool is_reserved; /* not open, and not free */
};

struct fd_table {
	struct spinlock lock;
	unsigned capacity;
	unsigned limit;
	struct fd_slot *slots;
};

struct fd_table *fd_table_create(void)
{
	struct fd_table *table = kzalloc(sizeof(*table));

	if (!table)
		return NULL;
	table->slots = kzalloc(FIRST_CAPACITY * sizeof(table->slots[0]));
	if (!table->slots) {
		kfree(table);
		return NULL;
	}
	table->capacity = FIRST_CAPACITY;
	table->limit = FD_LIMIT;
	return table;
}

/* A descriptor was closed: with it go the process's record locks on the file. */
static void let_go(struct fd_table *table, struct file *file)
{
	if (file)
		lock_release(table, file->node);
	file_put(file);
}

void fd_table_release(struct fd_table *table)
{
	if (!table)
		return;
	lock_release(table, NULL);
	for (unsigned fd = 0; fd < table->capacity; fd++)
		file_put(table->slots[fd].file);
	kfree(table->slots);
	kfree(table);
}

/* the open slot, or NULL; caller holds the lock */
static struct fd_slot *open_slot(struct fd_table *table, int fd)
{
	if (fd < 0 || (unsigned)fd >= table->capacity || !table->slots[fd].file)
		return NULL;
	return &table->slots[fd];
}

struct file *fd_get(struct fd_table *table, int fd)
{
	struct fd_slot *slot;
	struct file *file = NULL;

	spin_lock(&table->lock);
	slot = open_slot(table, fd);
	if (slot)
		file = file_hold(slot->file);
	spin_unlock(&table->lock);
	return file;
}

/* makes room for descriptor `fd`, which is below FD_LIMIT; caller holds the lock */
static int make_room(struct fd_table *table, unsigned fd)
{
	unsigned capacity = table->capacity;
	struct fd_slot *slots;

	while (capacity <= fd)
		capacity *= 2;
	if (capacity == table->capacity)
		return 0;
	slots = kzalloc(capacity * sizeof(slots[0]));
	if (!slots)
		return -ENOMEM;
	memcpy(slots, table->slots, table->capacity * sizeof(slots[0]));
	kfree(table->slots);
	table->slots = slots;
	table->capacity = capacity;
	return 0;
}

int fd_reserve(struct fd_table *table, unsigned lowest)
{
	unsigned fd = lowest;
	int error = 0;

	spin_lock(&table->lock);
	while (fd < table->capacity && (table->slots[fd].file || table->slots[fd].is_reserved))
		fd++;
	if (fd >= table->limit)
		error = -EMFILE;
	else
		error = make_room(table, fd);
	if (!error)
		table->slots[fd].is_reserved = true;
	spin_unlock(&table->lock);
	return error ? error : (int)fd;
}

void fd_install(struct fd_table *table, int fd, struct file *file, bool close_on_exec)
{
	spin_lock(&table->lock);
	table->slots[fd] = (struct fd_slot){.file = file, .close_on_exec = close_on_exec};
	spin_unlock(&table->lock);
}

int fd_add(struct fd_table *table, unsigned lowest, struct file *file, bool close_on_exec)
{
	int fd = fd_reserve(table, lowest);

	if (fd >= 0)
		fd_install(table, fd, file, close_on_exec);
	return fd;
}

int fd_set(struct fd_table *table, unsigned fd, struct file *file, bool close_on_exec)
{
	struct file *last = NULL;
	int error;

	spin_lock(&table->lock);
	error = make_room(table, fd);
	if (!error && table->slots[fd].is_reserved)
		error = -EBUSY;
	if (!error) {
		last = table->slots[fd].file;
		table->slots[fd] = (struct fd_slot){.file = file, .close_on_exec = close_on_exec};
	}
	spin_unlock(&table->lock);
	let_go(table, last);
	return error;
}

void fd_set_limit(struct fd_table *table, unsigned limit)
{
	spin_lock(&table->lock);
	table->limit = limit;
	spin_unlock(&table->lock);
}

unsigned fd_get_limit(struct fd_table *table)
{
	unsigned limit;

	spin_lock(&table->lock);
	limit = table->limit;
	spin_unlock(&table->lock);
	return limit;
}

int fd_close(struct fd_table *table, int fd)
{
	struct file *file = NULL;
	struct fd_slot *slot;

	spin_lock(&table->lock);
	slot = open_slot(table, fd);
	if (slot) {
		file = slot->file;
		slot->file = NULL;
	}
	spin_unlock(&table->lock);
	let_go(table, file);
	return file ? 0 : -EBADF;
}

int fd_next(struct fd_table *table, int from)
{
	int found = -1;

	spin_lock(&table->lock);
	for (int fd = from; found < 0 && (unsigned)fd < table->capacity; fd++)
		if (table->slots[fd].file)
			found = fd;
	spin_unlock(&table->lock);
	return found;
}

int fd_get_close_on_exec(struct fd_table *table, int fd)
{
	struct fd_slot *slot;
	int result;

	spin_lock(&table->lock);
	slot = open_slot(table, fd);
	result = slot ? slot->close_on_exec : -EBADF;
	spin_unlock(&table->lock);
	return result;
}

int fd_set_close_on_exec(struct fd_table *table, int fd, bool close_on_exec)
{
	struct fd_slot *slot;

	spin_lock(&table->lock);
	slot = open_slot(table, fd);
	if (slot)
		slot->close_on_exec = close_on_exec;
	spin_unlock(&table->lock);
	return slot ? 0 : -EBADF;
}
