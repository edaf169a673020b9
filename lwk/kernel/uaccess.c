/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Checked copies between kernel and user memory. The range check keeps the architecture's copy
 * routines below USER_TOP; the MMU and the page-fault handler do the rest.
 */
#include <arch/layout.h>
#include <lwk/errno.h>
#include <lwk/uaccess.h>
#include <string.h>

/* the architecture's: bytes left over */
uint64_t user_read(void *to, uint64_t from, uint64_t bytes);
uint64_t user_write(uint64_t to, const void *from, uint64_t bytes);
uint64_t user_clear(uint64_t to, uint64_t bytes);
int user_read32(uint32_t *to, uint64_t from);
int user_exchange32(uint64_t word, uint32_t expected, uint32_t value, uint32_t *found);
int64_t user_read_string(char *to, uint64_t from, uint64_t size);

static bool is_user_range(uaddr_t address, size_t bytes)
{
	return bytes <= USER_TOP && address.v <= USER_TOP - bytes;
}

int copy_from_user(void *to, uaddr_t from, size_t bytes)
{
	return is_user_range(from, bytes) && user_read(to, from.v, bytes) == 0 ? 0 : -EFAULT;
}

int copy_to_user(uaddr_t to, const void *from, size_t bytes)
{
	return is_user_range(to, bytes) && user_write(to.v, from, bytes) == 0 ? 0 : -EFAULT;
}

int clear_user(uaddr_t to, size_t bytes)
{
	return is_user_range(to, bytes) && user_clear(to.v, bytes) == 0 ? 0 : -EFAULT;
}

int user_word_read(uaddr_t from, uint32_t *value)
{
	return is_user_range(from, sizeof(*value)) && user_read32(value, from.v) == 0 ? 0 : -EFAULT;
}

int user_word_exchange(uaddr_t word, uint32_t expected, uint32_t value, uint32_t *found)
{
	return is_user_range(word, sizeof(value)) &&
			       user_exchange32(word.v, expected, value, found) == 0
		       ? 0
		       : -EFAULT;
}

long strncpy_from_user(char *to, uaddr_t from, size_t size)
{
	uint64_t limit = from.v < USER_TOP ? USER_TOP - from.v : 0;
	int64_t left;

	if (size == 0)
		return -ENAMETOOLONG;
	if (limit == 0)
		return -EFAULT;
	limit = size < limit ? size : limit;
	left = user_read_string(to, from.v, limit);
	if (left < 0)
		return -EFAULT;
	if (left == 0)
		return limit < size ? -EFAULT : -ENAMETOOLONG;
	return (long)(limit - (uint64_t)left);
}
