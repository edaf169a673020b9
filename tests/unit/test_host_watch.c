/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The daemon's threads: a core that answers nothing has its enclave stopped, with words why, and one that answers has not; nothing of a watch
 * stays; tasks are waited for.
 */
#define _GNU_SOURCE
#include "unit.h"
#include <bulkhead/cokerneldev.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>
#include <user/host/enclave_watch.h>
#include <user/host/vm_host.h>
#include <user/io.h>
#include <user/vm_calls.h>
#include <user/vm_thread.h>

#define CORES   2u
#define PATIENT 100 /* enclaves by what they do */
#define DEAF    101

static int deaf_file = -1;
static unsigned stopped, asked; /* atomic */

int __wrap_ioctl(int fd, unsigned long request, ...);
void __wrap_io_log(const char *format, ...);

static void nap(void)
{
	const struct timespec time = {.tv_nsec = 10000000};

	nanosleep(&time, NULL);
}

int vm_host_open(int vm)
{
	int file = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (vm == DEAF)
		__atomic_store_n(&deaf_file, file, __ATOMIC_SEQ_CST);
	return file;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	switch ((uint32_t)request) {
	case COKERNELDEV_PROBE:
		__atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST);
		((struct cokerneldev_probe *)argument)->answered =
			fd == __atomic_load_n(&deaf_file, __ATOMIC_SEQ_CST) ? 1 : 3;
		return 0;
	case COKERNELDEV_CORES: {
		struct cokerneldev_cores *cores = argument;

		*cores = (struct cokerneldev_cores){.count = CORES};
		for (uint32_t i = 0; i < CORES; i++) {
			cores->cores[i].cpu = 5 + i;
			cores->cores[i].state = COKERNEL_CORE_UP;
		}
		return 0;
	}
	case VMDEV_STOP:
		assert_int_equal(fd, deaf_file);
		__atomic_add_fetch(&stopped, 1, __ATOMIC_SEQ_CST);
		return 0;
	default:
		errno = ENOTTY;
		return -1;
	}
}

int vm_call(int file, unsigned command, void *argument)
{
	return __wrap_ioctl(file, command, argument);
}

void __wrap_io_log(const char *format, ...)
{
	(void)format;
}

static unsigned files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

static void test_watch(void **state)
{
	unsigned before = files();
	char text[128] = "";

	(void)state;
	enclave_watch_begin(PATIENT, 1);
	enclave_watch_begin(DEAF, 1);
	while (__atomic_load_n(&stopped, __ATOMIC_SEQ_CST) == 0)
		nap();
	assert_true(enclave_watch_end(DEAF, text, sizeof(text)));
	assert_non_null(strstr(text, "core 1, Linux's CPU 6, has answered no interrupt for "));
	assert_false(enclave_watch_end(DEAF, text, sizeof(text)));
	assert_false(enclave_watch_end(PATIENT, text, sizeof(text)));
	while (files() != before)
		nap();
	assert_int_equal(stopped, 1);
	assert_true(asked >= 8);
}

static bool is_made;

static int make_slowly(const struct enclave_config *config, const char *ramdisk)
{
	(void)config, (void)ramdisk;
	for (int i = 0; i < 10; i++)
		nap();
	__atomic_store_n(&is_made, true, __ATOMIC_SEQ_CST);
	return 7;
}

static void test_tasks_are_waited_for(void **state)
{
	const struct vm_layer layer = {.make = make_slowly};
	struct vm_task tasks[3] = {{.kind = VM_TASK_MAKE}, {.kind = VM_TASK_MAKE}, {0}};
	int wake = vm_thread_start(&layer);

	(void)state;
	assert_true(wake >= 0);
	vm_thread_wait();
	vm_thread_begin(&tasks[0]);
	vm_thread_begin(&tasks[1]);
	vm_thread_wait();
	assert_true(is_made);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(vm_task_take(&tasks[i]), VM_TASK_MAKE);
		assert_int_equal(tasks[i].vm, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_tasks_are_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
