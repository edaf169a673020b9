/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pselect6(2): sets of descriptors to read, to write, and for exceptions, which devices alone have.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/file_poll.h>
#include <lwk/heap.h>
#include <lwk/syscall.h>

enum set { SET_READ, SET_WRITE, SET_EXCEPT, SETS };

/* what select calls ready in each set: an end or an error is, too, since the call that follows will not wait */
static const uint16_t set_events[SETS] = {POLL_IN | POLL_HUP | POLL_ERR, POLL_OUT | POLL_ERR, POLL_PRI};
static const uint16_t set_wanted[SETS] = {POLL_IN, POLL_OUT, POLL_PRI};

struct select_call {
	unsigned count; /* descriptors below it are looked at */
	uint64_t sets[SETS][FD_LIMIT / 64];
	struct polled_file files[FD_LIMIT];
};

/* the sets are arrays of 64-bit words */
static size_t set_bytes(const struct select_call *call)
{
	return (call->count + 63u) / 64 * 8;
}

static bool is_set(const uint64_t *set, unsigned fd)
{
	return set[fd / 64] >> fd % 64 & 1;
}

static int get_sets(struct select_call *call, const uint64_t addresses[SETS])
{
	for (unsigned s = 0; s < SETS; s++)
		if (addresses[s] &&
		    copy_from_user(call->sets[s], UADDR(addresses[s]), set_bytes(call)))
			return -EFAULT;
	return 0;
}

static int put_sets(const struct select_call *call, const uint64_t addresses[SETS])
{
	for (unsigned s = 0; s < SETS; s++)
		if (addresses[s] &&
		    copy_to_user(UADDR(addresses[s]), call->sets[s], set_bytes(call)))
			return -EFAULT;
	return 0;
}

static int get_files(struct select_call *call)
{
	for (unsigned fd = 0; fd < call->count; fd++) {
		bool wanted = false;

		for (unsigned s = 0; s < SETS; s++) {
			if (!is_set(call->sets[s], fd))
				continue;
			wanted = true;
			call->files[fd].events |= set_wanted[s];
		}
		if (!wanted)
			continue;
		call->files[fd].file = call_file(fd);
		if (!call->files[fd].file)
			return -EBADF;
	}
	return 0;
}

/* leaves the bits of those that are ready, and counts them */
static long keep_ready(struct select_call *call)
{
	long bits = 0;

	for (unsigned fd = 0; fd < call->count; fd++) {
		for (unsigned s = 0; s < SETS; s++) {
			uint64_t bit = UINT64_C(1) << fd % 64;

			if (!(call->files[fd].ready & set_events[s]))
				call->sets[s][fd / 64] &= ~bit;
			bits += is_set(call->sets[s], fd);
		}
	}
	return bits;
}

static long select_files(struct select_call *call, const uint64_t addresses[SETS],
			 uint64_t deadline)
{
	long result = get_sets(call, addresses);

	if (!result)
		result = get_files(call);
	if (!result)
		result = poll_files(call->files, call->count, deadline);
	if (result >= 0) {
		result = keep_ready(call);
		if (put_sets(call, addresses))
			result = -EFAULT;
	}
	for (unsigned fd = 0; fd < call->count; fd++)
		file_put(call->files[fd].file);
	return result;
}

long select_call(const uint64_t *args, uint64_t deadline)
{
	int count = (int)args[0];
	struct select_call *call;
	long result;

	if (count < 0)
		return -EINVAL;
	call = kzalloc(sizeof(*call));
	if (!call)
		return -ENOMEM;
	call->count = (unsigned)count < FD_LIMIT ? (unsigned)count : FD_LIMIT;
	result = select_files(call, &args[1], deadline);
	kfree(call);
	return result;
}

static long sys_pselect6(const uint64_t *args)
{
	uint64_t mask[2] = {0, 0}; /* address and size */
	uint64_t deadline;
	long result = call_deadline(args[4], &deadline);

	if (!result && args[5] && copy_from_user(mask, UADDR(args[5]), sizeof(mask)))
		result = -EFAULT;
	if (!result)
		result = call_mask_begin(mask[0], mask[1]);
	if (result)
		return result;
	return call_wait_end(select_call(args, deadline), args[4], deadline);
}
SYSCALL(NR_pselect6, sys_pselect6);
