/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A job of an enclave beside Linux that tests /dev/vectors, with test_lwk_vectors of tests/guest/x86/host, which signals it when it asks and
 * takes its second core away. It says in the kernel's log how far it is, and what is wrong ("NO"); in the end it waits to be ended.
 *   signalled              signalled leaves|dies|robs VECTOR: its children
 */
#include "start.h"
#include <bulkhead/vectors.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#define HANDED_OUT 14u /* vectors of an enclave: 0xE1 to 0xEE */
#define CHILDREN   20

static int vectors, kernel_log;

#define say(...) dprintf(kernel_log, "signalled: " __VA_ARGS__)
#define expect(condition, ...)                  \
	do {                                    \
		if (!(condition))               \
			say("NO " __VA_ARGS__); \
	} while (0)

/* 0 or an errno */
static int call(unsigned long command, void *argument)
{
	return ioctl(vectors, (int)command, argument) ? errno : 0;
}

static int vector_alloc(uint32_t core, uint32_t *vector)
{
	*vector = core;
	return call(VECTORS_ALLOC, vector);
}

static int vector_free(uint32_t vector)
{
	return call(VECTORS_FREE, &vector);
}

static int vector_wait(uint32_t vector, uint64_t *count)
{
	struct vectors_wait wait = {.vector = vector, .count = *count};
	int error = call(VECTORS_WAIT, &wait);

	*count = wait.count;
	return error;
}

static void wrong_calls(void)
{
	static const uint32_t none[] = {0, 0x10, 0xdf, 0xe0, 0xef, 0x1e1, UINT32_MAX};
	struct vectors_wait odd = {.vector = 0xe1, .zero = 1};
	uint32_t vector, id = 12345;
	uint64_t count = 0;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		expect(vector_wait(none[i], &count) == EINVAL, "wait for %x", none[i]);
		expect(vector_free(none[i]) == EINVAL, "free %x", none[i]);
	}
	expect(call(VECTORS_WAIT, &odd) == EINVAL, "a wait with more in it");
	expect(vector_free(0xe1) == EINVAL, "free what is nobody's");
	expect(vector_alloc(2, &vector) == EINVAL, "a core that is not there");
	expect(vector_alloc(UINT32_MAX, &vector) == EINVAL, "no core");
	expect(call(VECTORS_SIGNAL, &id) == ENOENT, "no target");
	expect(call(VECTORS_ALLOC, NULL) == EFAULT && call(VECTORS_WAIT, NULL) == EFAULT,
	       "no memory");
	expect(call(0x4204, NULL) == ENOTTY, "no call");
}

static int child(const char *does, uint32_t vector)
{
	uint64_t count = 0;

	if (strcmp(does, "robs") == 0)
		return vector_free(vector) != EINVAL || vector_wait(vector, &count) != EINVAL;
	if (vector_alloc(0, &vector) != 0)
		return 1;
	if (strcmp(does, "dies") == 0)
		kill(getpid(), SIGKILL);
	return 0;
}

static void child_run(const char *does, uint32_t vector, int expected)
{
	char number[16];
	char *const argv[] = {"signalled", (char *)does, number, NULL}, *const none[] = {NULL};
	int status = -1, pid;

	snprintf(number, sizeof(number), "%u", vector);
	pid = program_start("/proc/self/exe", argv, none);
	expect(pid > 0 && waitpid(pid, &status, 0) == pid && status == expected,
	       "a child that %s: %x", does, (unsigned)status);
}

/* Whoever has them: all come back. */
static void owners(void)
{
	uint32_t all[HANDED_OUT], more;

	for (int i = 0; i < CHILDREN; i++)
		child_run(i & 1 ? "dies" : "leaves", 0, i & 1 ? SIGKILL : 0);
	for (unsigned i = 0; i < HANDED_OUT; i++)
		expect(vector_alloc(i & 1, &all[i]) == 0, "the one number %u", i);
	expect(vector_alloc(0, &more) == ENOSPC, "more than there are");
	child_run("robs", all[0], 0);
	for (unsigned i = 0; i < HANDED_OUT; i++)
		expect(vector_free(all[i]) == 0, "free %x", all[i]);
	expect(vector_free(all[0]) == EINVAL, "free twice");
}

static void ignore(int signal)
{
	(void)signal;
}

/* Again and again, so that one comes while a call waits. */
static void interrupt_every(long us)
{
	const struct itimerval timer = {{0, us}, {0, us}};
	const struct sigaction action = {.sa_handler = ignore};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void signals(void)
{
	uint32_t first, second;
	uint64_t count = 0;
	int error;

	expect(vector_alloc(0, &first) == 0, "a vector");
	say("signal me\n");
	error = vector_wait(first, &count);
	expect(error == 0 && count == 1, "a signal: %d, %lu", error, count);
	interrupt_every(50000);
	expect(vector_wait(first, &count) == EINTR, "a wait that is interrupted");
	expect(vector_free(first) == 0 && vector_alloc(0, &second) == 0, "another");
	count = 0;
	error = vector_wait(second, &count);
	expect(error == EINTR, "a new one counts from 0: %d, %lu", error, count);
	interrupt_every(0);
	expect(vector_free(second) == 0, "free %x", second);
}

static void set_cores(unsigned long mask)
{
	expect(syscall(SYS_sched_setaffinity, 0, sizeof(mask), &mask) == 0, "cores %lx", mask);
}

/* The waiter, too, may be nowhere but on the core that leaves. */
static void core_leaves(void)
{
	uint32_t vector, next;
	uint64_t count = 0;
	unsigned long mask = 0;
	int error;

	set_cores(2);
	expect(vector_alloc(1, &vector) == 0, "a vector of core 1");
	say("core 1 may go\n");
	error = vector_wait(vector, &count);
	expect(error == ENXIO, "its core has gone: %d", error);
	expect(vector_wait(vector, &count) == ENXIO, "once more");
	expect(syscall(SYS_sched_getaffinity, 0, sizeof(mask), &mask) > 0 && mask == 1, "cores %lx",
	       mask);
	expect(vector_alloc(1, &next) == EINVAL, "a core that has gone");
	expect(vector_alloc(0, &next) == 0, "Linux has it again");
	expect(vector_free(next) == 0, "free %x", next);
	/* which it may be itself */
	expect(next == vector || vector_free(vector) == 0, "free %x", vector);
	expect(vector_free(vector) == EINVAL, "free twice");
}

int main(int argc, char **argv)
{
	kernel_log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	vectors = open(VECTORS_PATH, O_RDWR | O_CLOEXEC);
	if (argc == 3)
		return child(argv[1], (uint32_t)atoi(argv[2]));
	expect(vectors >= 0, "no device");
	wrong_calls();
	owners();
	signals();
	core_leaves();
	say("done\n");
	for (;;)
		pause();
}
