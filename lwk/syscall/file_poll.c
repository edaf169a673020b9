/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ppoll(2).
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/file_poll.h>
#include <lwk/heap.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

struct abi_pollfd {
	int32_t fd;
	uint16_t events;
	uint16_t revents;
};
static_assert(sizeof(struct abi_pollfd) == 8, "poll.h");

/* refers to the files that are polled; files[] is zero */
static void get_files(const struct abi_pollfd *polled, struct polled_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (polled[i].fd < 0)
			continue;
		files[i].events = polled[i].events;
		files[i].file = call_file((uint64_t)polled[i].fd);
		if (!files[i].file)
			files[i].ready = POLL_NVAL;
	}
}

static long poll_all(struct abi_pollfd *polled, struct polled_file *files, size_t count,
		     uint64_t deadline)
{
	long result;

	get_files(polled, files, count);
	result = poll_files(files, count, deadline);
	for (size_t i = 0; i < count; i++) {
		polled[i].revents = files[i].ready;
		file_put(files[i].file);
	}
	return result;
}

static long poll_array(uint64_t address, size_t count, uint64_t deadline)
{
	size_t bytes = count * sizeof(struct abi_pollfd);
	struct abi_pollfd *polled = kmalloc(bytes + 1);
	struct polled_file *files = kzalloc(count * sizeof(*files) + 1);
	long result = polled && files ? 0 : -ENOMEM;

	if (!result)
		result = copy_from_user(polled, UADDR(address), bytes);
	if (!result) {
		result = poll_all(polled, files, count, deadline);
		if (result >= 0 && copy_to_user(UADDR(address), polled, bytes))
			result = -EFAULT;
	}
	kfree(files);
	kfree(polled);
	return result;
}

long poll_call(uint64_t address, uint32_t count, uint64_t deadline)
{
	unsigned limit = fd_get_limit(process_current()->files);

	return count > limit ? -EINVAL : poll_array(address, count, deadline);
}

static long sys_ppoll(const uint64_t *args)
{
	uint64_t deadline;
	int error = call_deadline(args[2], &deadline);

	if (!error)
		error = call_mask_begin(args[3], args[4]);
	if (error)
		return error;
	return call_wait_end(poll_call(args[0], (uint32_t)args[1], deadline), args[2], deadline);
}
SYSCALL(NR_ppoll, sys_ppoll);
