/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mmap: anonymous memory, and private copies of files. Ordinary mappings are backed at once, what
 * only reserves addresses is not.
 */
#include <arch/layout.h>
#include <lwk/address_space.h>
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

#define MAP_SHARED          0x01u
#define MAP_PRIVATE         0x02u
#define MAP_SHARED_VALIDATE 0x03u
#define MAP_TYPE            0x0fu
#define MAP_FIXED           0x10u
#define MAP_ANONYMOUS       0x20u
#define MAP_GROWSDOWN       0x0100u
#define MAP_LOCKED          0x2000u
#define MAP_NORESERVE       0x4000u
#define MAP_POPULATE        0x8000u
#define MAP_NONBLOCK        0x10000u
#define MAP_STACK           0x20000u
#define MAP_FIXED_NOREPLACE 0x100000u

static enum vma_kind kind_of(uint32_t prot, uint32_t flags)
{
	if (flags & (MAP_STACK | MAP_GROWSDOWN))
		return VMA_STACK;
	return prot == 0 || flags & MAP_NORESERVE ? VMA_LAZY : VMA_BACKED;
}

/* The address, or -errno. */
static long map(uint64_t address, uint64_t size, uint32_t prot, uint32_t flags, enum vma_kind kind)
{
	struct address_space *space = process_current()->space;
	bool is_exact = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
	int status;

	if (is_exact && address < USER_LOW)
		return -EPERM;
	if (is_exact)
		status = space_map_at(space, address, size, prot, kind,
				      !(flags & MAP_FIXED_NOREPLACE));
	else
		status = space_map_anywhere(space, ALIGN_DOWN(address, PAGE_SIZE), size, prot, kind,
					    &address);
	return status ? status : (long)address;
}

/*
 * The bytes of the file from `offset` on; the end of the file may come before the end of the
 * mapping.
 */
static long fill(struct file *file, uint64_t address, uint64_t size, uint64_t offset)
{
	while (size > 0) {
		struct file_transfer transfer = {.at = &offset};
		long got;
		int status = call_buffer(address, size, &transfer.buffer);

		transfer.wanted = transfer.buffer.size;
		got = status ? status : file_read(file, &transfer);
		if (got <= 0)
			return got;
		address += (uint64_t)got;
		offset += (uint64_t)got;
		size -= (uint64_t)got;
	}
	return 0;
}

static bool is_type(uint32_t flags)
{
	switch (flags & MAP_TYPE) {
	case MAP_PRIVATE:
		return true;
	case MAP_SHARED:
		return !(flags & MAP_ANONYMOUS && flags & MAP_GROWSDOWN);
	case MAP_SHARED_VALIDATE:
		return !(flags & MAP_ANONYMOUS);
	default:
		return false;
	}
}

/* Shared memory of a file that can be written is not there: -ENODEV. */
static long file_check(const struct file *file, uint64_t end, uint32_t prot, uint32_t flags)
{
	bool writes_file = (flags & MAP_TYPE) != MAP_PRIVATE && prot & PROT_WRITE;

	if (end > INT64_MAX)
		return -EOVERFLOW;
	if (!is_type(flags))
		return -EINVAL;
	if (!file_can_read(file) || (writes_file && !file_can_write(file)))
		return -EACCES;
	return file->node->kind != NODE_FILE || writes_file ? -ENODEV : 0;
}

/* A copy: changes of the file are not seen later, which a private mapping leaves open. */
static long map_file(const uint64_t *args, uint64_t size, uint32_t prot, uint32_t flags)
{
	struct address_space *space = process_current()->space;
	struct file *file = call_file(args[4]);
	long status = 0;
	long address;

	if (!file)
		return -EBADF;
	address = file_check(file, args[5] + size, prot, flags);
	if (address == 0)
		address = map(args[0], size, PROT_READ | PROT_WRITE, flags, VMA_BACKED);
	if (address > 0) {
		status = fill(file, (uint64_t)address, size, args[5]);
		if (status == 0)
			status = space_protect(space, (uint64_t)address, size, prot);
		if (status)
			(void)space_unmap(space, (uint64_t)address, size);
	}
	file_put(file);
	return status ? status : address;
}

/* What is asked for ahead is had as far as there is memory; the rest comes with the touch. */
static long map_anonymous(uint64_t address, uint64_t size, uint32_t prot, uint32_t flags)
{
	long status = map(address, size, prot, flags, kind_of(prot, flags));
	bool is_filled = flags & MAP_LOCKED ||
			 (flags & (MAP_POPULATE | MAP_NONBLOCK)) == MAP_POPULATE;

	if (status > 0 && is_filled)
		(void)space_fill(process_current()->space, (uint64_t)status,
				 (uint64_t)status + size, true);
	return status;
}

static long sys_mmap(const uint64_t *args)
{
	uint64_t size = ALIGN_UP(args[1], PAGE_SIZE);
	uint32_t prot = (uint32_t)args[2];
	uint32_t flags = (uint32_t)args[3];

	if (args[1] == 0 || !IS_ALIGNED(args[5], PAGE_SIZE) ||
	    (flags & MAP_ANONYMOUS && !is_type(flags)) ||
	    (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) && !IS_ALIGNED(args[0], PAGE_SIZE)))
		return -EINVAL;
	if (size == 0 || size > USER_TOP)
		return -ENOMEM;
	prot &= PROT_MASK;
	if (!(flags & MAP_ANONYMOUS))
		return map_file(args, size, prot, flags);
	return map_anonymous(args[0], size, prot, flags);
}
SYSCALL(NR_mmap, sys_mmap);
