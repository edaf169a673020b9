/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the daemon asks of the module, with a fake of it: an enclave whose cores cannot be changed as wanted has those from before, or those that it is
 * said to have; all that a predecessor left is found, whatever its id.
 */
#define _GNU_SOURCE
#include "unit.h"
#include <bulkhead/cokerneldev.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <user/host/enclave_watch.h>
#include <user/host/vm_host.h>
#include <user/io.h>

#define FILE_OF_ALL 99 /* the manager's and the enclave's */
#define NONE        COKERNELDEV_INDEX_ANY

int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
void __wrap_io_log(const char *format, ...);

static uint32_t cores[COKERNEL_CORES_MAX]; /* the enclave's, by index */
static uint32_t refused_add = NONE, refused_index = NONE;
static uint32_t regions[2];
static bool is_stuck; /* no region goes */

int __wrap_open(const char *path, int flags, ...)
{
	(void)flags;
	assert_string_equal(path, COKERNELDEV_PATH);
	return FILE_OF_ALL;
}

void enclave_watch_begin(int vm, unsigned seconds)
{
	(void)vm, (void)seconds;
}

bool enclave_watch_end(int vm, char *text, size_t size)
{
	(void)vm, (void)text, (void)size;
	return false;
}

void __wrap_io_log(const char *format, ...)
{
	(void)format;
}

static int fails(int error)
{
	errno = error;
	return -1;
}

static int tell_node(struct cokerneldev_node *node)
{
	*node = (struct cokerneldev_node){.regions = (regions[0] ? 1u : 0) + (regions[1] ? 1u : 0)};
	for (unsigned cpu = 0; cpu < 8; cpu++)
		node->cpus[cpu].known = 1;
	return 0;
}

static int tell_cores(struct cokerneldev_cores *answer)
{
	answer->count = COKERNEL_CORES_MAX;
	for (unsigned i = 0; i < COKERNEL_CORES_MAX; i++)
		answer->cores[i].cpu = cores[i];
	return 0;
}

static int add_core(struct cokerneldev_core *core)
{
	unsigned index = 0;

	while (cores[index] != NONE)
		index++;
	if (core->cpu == refused_add)
		return fails(EBUSY);
	cores[index] = core->cpu;
	core->index = index;
	return 0;
}

static int remove_core(const struct cokerneldev_core *core)
{
	assert_int_not_equal(cores[core->index], NONE);
	if (core->index == 0 || core->index == refused_index)
		return fails(EBUSY);
	cores[core->index] = NONE;
	return 0;
}

static int revoke_region(uint32_t id)
{
	for (unsigned i = 0; i < 2; i++) {
		if (id != regions[i])
			continue;
		if (is_stuck)
			return fails(EBUSY);
		regions[i] = 0;
		return 0;
	}
	return fails(ENOENT);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	assert_int_equal(fd, FILE_OF_ALL);
	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	switch ((uint32_t)request) {
	case COKERNELDEV_NODE:
		return tell_node(argument);
	case COKERNELDEV_CORES:
		return tell_cores(argument);
	case COKERNELDEV_CORE_ADD:
		return add_core(argument);
	case COKERNELDEV_CORE_REMOVE:
		return remove_core(argument);
	case COKERNELDEV_REGION_REVOKE:
		return revoke_region(*(uint32_t *)argument);
	default:
		return fails(ENOTTY);
	}
}

static void has(uint32_t first, uint32_t second, uint32_t third)
{
	memset(cores, 0xFF, sizeof(cores));
	cores[0] = first;
	cores[1] = second;
	cores[2] = third;
	refused_add = refused_index = NONE;
}

/* What it has then, as is said: a number whose decimal digits those are. */
static unsigned moved(int status, uint16_t first, uint16_t second)
{
	uint16_t list[ENCLAVE_VCPUS_MAX] = {first, second};
	unsigned count = 2, digits = 0;

	assert_int_equal(vm_host_layer()->move(FILE_OF_ALL, list, &count), status);
	for (unsigned i = 0; i < count; i++)
		digits = digits * 10 + list[i];
	return digits;
}

static void test_move(void **state)
{
	(void)state;
	has(2, 3, NONE);
	assert_int_equal(moved(0, 2, 1), 21);
	assert_int_equal(cores[1], NONE);
	assert_int_equal(cores[2], 1);
	/* its first stays: nothing is done */
	has(2, 3, NONE);
	assert_int_equal(moved(-EBUSY, 1, 3), 23);
	assert_int_equal(cores[2], NONE);
	/* what came goes again */
	has(2, 3, NONE);
	refused_index = 1;
	assert_int_equal(moved(-EBUSY, 2, 1), 23);
	assert_int_equal(cores[2], NONE);
	has(2, NONE, NONE);
	refused_add = 4;
	assert_int_equal(moved(-EBUSY, 2, 4), 2);
	/* one has gone already */
	has(2, 3, 4);
	refused_index = 2;
	assert_int_equal(moved(-EBUSY, 2, 5), 245);
}

static void test_clear(void **state)
{
	unsigned enclaves, left;

	(void)state;
	regions[0] = 3;
	regions[1] = 70000;
	vm_host_clear(&enclaves, &left);
	assert_int_equal(regions[1], 0);
	assert_int_equal(left, 0);
	regions[1] = 5;
	is_stuck = true;
	vm_host_clear(&enclaves, &left);
	assert_int_equal(left, 1);
	assert_int_equal(enclaves, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
