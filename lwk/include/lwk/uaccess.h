/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Copies between the kernel and the current process's memory. A user address is a type of its own
 * and is never dereferenced; the copies check permissions as user mode would, back reservations
 * that they touch, and stop at the first byte that the process could not access itself. They may be
 * called with a mutex held; not under a spin lock that address spaces take.
 */
#ifndef LWK_UACCESS_H
#define LWK_UACCESS_H

#include <bulkhead/types.h>

typedef struct uaddr {
	uint64_t v;
} uaddr_t;

#define UADDR(x) ((uaddr_t){(x)})

/* 0 or -EFAULT; after -EFAULT a part may have been copied */
int copy_from_user(void *to, uaddr_t from, size_t bytes);
int copy_to_user(uaddr_t to, const void *from, size_t bytes);
int clear_user(uaddr_t to, size_t bytes);
/*
 * An aligned word at once, also under a spin lock when that masks interrupts: then -EFAULT may mean that the page is
 * not there yet, which copy_from_user would mend.
 */
int user_word_read(uaddr_t from, uint32_t *value);
/* Writes `value` if the word is what was expected; *found is what it was. */
int user_word_exchange(uaddr_t word, uint32_t expected, uint32_t value, uint32_t *found);
/*
 * Length without the NUL; -ENAMETOOLONG when no NUL is within `size` bytes, -EFAULT. `to` is
 * terminated on success only.
 */
long strncpy_from_user(char *to, uaddr_t from, size_t size);

/*
 * A buffer that read and write operations fill or drain: user memory, in one or several parts, or kernel memory when the
 * kernel itself reads a file. Whoever implements an operation uses the copies below and does not look at the kind.
 */
enum io_buffer_kind { IO_USER, IO_KERNEL, IO_PARTS };

/* struct iovec */
struct io_part {
	uint64_t address;
	uint64_t length;
};

struct io_buffer {
	enum io_buffer_kind kind;
	union {
		uaddr_t user;
		void *kernel;
		const struct io_part *parts; /* `size` bytes in sum, or more */
	};
	size_t size;
};

static inline struct io_buffer io_buffer_user(uint64_t address, size_t size)
{
	return (struct io_buffer){.kind = IO_USER, .user = UADDR(address), .size = size};
}

static inline struct io_buffer io_buffer_kernel(void *address, size_t size)
{
	return (struct io_buffer){.kind = IO_KERNEL, .kernel = address, .size = size};
}

static inline struct io_buffer io_buffer_parts(const struct io_part *parts, size_t size)
{
	return (struct io_buffer){.kind = IO_PARTS, .parts = parts, .size = size};
}

/* offset + bytes must be within the buffer. 0 or -EFAULT. */
int io_buffer_put(const struct io_buffer *to, size_t offset, const void *from, size_t bytes);
int io_buffer_get(const struct io_buffer *from, size_t offset, void *to, size_t bytes);
int io_buffer_clear(const struct io_buffer *to, size_t offset, size_t bytes);

#endif
