/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All vector registers and the control of floating point are a thread's own: while others have the core, when it moves, over clone, and over
 * handlers that destroy them.
 */
#include "report.h"
#include <hold.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define THREAD_FLAGS                                                                        \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | \
	 CLONE_CHILD_CLEARTID)
#define ROUNDS 8

struct holder {
	pthread_t thread;
	struct hold hold;
	struct vectors in, out;
	unsigned long cpus; /* mask of where it begins */
	volatile int tid;   /* 0: it has not begun */
};

static const volatile uint32_t now = 1;
static volatile uint32_t released;
static unsigned long first_cpu, second_cpu; /* masks; the same when there is one */

static int affine(int tid, unsigned long mask)
{
	return (int)syscall(SYS_sched_setaffinity, tid, sizeof(mask), &mask);
}

static void nap(long ms)
{
	const struct timespec time = {.tv_nsec = ms * 1000000};

	nanosleep(&time, NULL);
}

/* another pattern for each seed, in all that there is */
static void fill(struct vectors *vectors, uint64_t seed)
{
	uint64_t word = seed * 0x9E3779B97F4A7C15u;

	memset(vectors, 0, sizeof(*vectors));
	for (size_t i = 0; i < sizeof(vectors->registers); i++) {
		word = word * 6364136223846793005u + 1442695040888963407u;
		if (vectors_are_wide() || i % 32 < 16)
			vectors->registers[i] = (uint8_t)(word >> 56);
	}
	vectors_control(vectors, seed);
}

static void prepare(struct holder *holder, uint64_t seed)
{
	memset(holder, 0, sizeof(*holder));
	fill(&holder->in, seed);
	holder->cpus = first_cpu;
	holder->hold = (struct hold){
		.in = &holder->in,
		.out = &holder->out,
		.until = &now,
		.number = -1,
		.is_wide = (uint64_t)vectors_are_wide(),
	};
}

static int is_same(const struct holder *holder)
{
	return memcmp(&holder->in, &holder->out, sizeof(holder->in)) == 0;
}

static void *holder_main(void *context)
{
	struct holder *holder = context;

	affine(0, holder->cpus);
	holder->tid = (int)syscall(SYS_gettid);
	vectors_hold(&holder->hold);
	return NULL;
}

/* holds its registers until they are released */
static void begin(struct holder *holder, uint64_t seed, unsigned long cpus)
{
	prepare(holder, seed);
	holder->cpus = cpus;
	holder->hold.until = &released;
	pthread_create(&holder->thread, NULL, holder_main, holder);
	while (!holder->tid)
		nap(1);
}

static int end(struct holder *holder)
{
	pthread_join(holder->thread, NULL);
	return is_same(holder);
}

static void test_sharing(void)
{
	struct holder holders[3];
	int same = 1;

	released = 0;
	for (unsigned i = 0; i < 3; i++)
		begin(&holders[i], 11 + i, first_cpu);
	nap(200);
	released = 1;
	for (unsigned i = 0; i < 3; i++)
		same &= end(&holders[i]);
	report_true("three threads on a core keep their registers", same);
}

static void test_moves(void)
{
	struct holder mover, others[2], self;
	int same = 1;

	released = 0;
	begin(&others[0], 21, first_cpu);
	begin(&others[1], 22, second_cpu);
	begin(&mover, 23, first_cpu);
	for (unsigned i = 0; i < ROUNDS; i++) {
		affine(mover.tid, i % 2 ? first_cpu : second_cpu);
		nap(20);
	}
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned long mask = i % 2 ? first_cpu : second_cpu;

		prepare(&self, 30 + i);
		self.hold.number = SYS_sched_setaffinity;
		self.hold.arguments[1] = sizeof(mask);
		self.hold.arguments[2] = (long)&mask;
		same &= vectors_hold(&self.hold) == 0 && is_same(&self);
	}
	released = 1;
	report_true("a thread that is moved keeps its registers", end(&mover));
	report_true("a thread that moves keeps its registers", same);
	report_true("those that it comes to keep theirs", end(&others[0]) & end(&others[1]));
}

static void test_clone(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	static volatile uint32_t child_tid;
	static struct vectors child;
	struct holder parent;
	int same = 1, inherited = 1;

	for (unsigned i = 0; i < ROUNDS; i++) {
		prepare(&parent, 40 + i);
		memset(&child, 0, sizeof(child));
		child_tid = 1;
		parent.hold.child = &child;
		parent.hold.number = SYS_clone;
		parent.hold.arguments[0] = THREAD_FLAGS;
		parent.hold.arguments[1] = (long)(stack + sizeof(stack));
		parent.hold.arguments[CLONE_CHILD_TID] = (long)&child_tid;
		same &= vectors_hold(&parent.hold) > 0 && is_same(&parent);
		while (child_tid)
			sched_yield();
		inherited &= memcmp(&child, &parent.in, sizeof(child)) == 0;
	}
	report_true("a thread that makes one keeps its registers", same);
	report_true("the new one has the same", inherited);
}

static struct holder seen, junk;

/* The first thing is to look: nothing may have used a register. */
static void destroy(int signal)
{
	(void)signal;
	vectors_hold(&seen.hold);
	vectors_hold(&junk.hold);
	released = 1;
}

static int handler_saw(const struct holder *interrupted)
{
	struct vectors expected;

	vectors_of_handler(&expected, &interrupted->in);
	return memcmp(&seen.out, &expected, sizeof(expected)) == 0;
}

static void test_handlers(void)
{
	struct sigaction action = {.sa_handler = destroy};
	struct holder holder, other;
	int same = 1, saw = 1;

	prepare(&seen, 0);
	seen.hold.in = NULL;
	prepare(&junk, 51);
	sigaction(SIGUSR1, &action, NULL);
	for (unsigned i = 0; i < ROUNDS; i++) {
		prepare(&holder, 60 + i);
		holder.hold.number = SYS_tgkill;
		holder.hold.arguments[0] = getpid();
		holder.hold.arguments[1] = (long)syscall(SYS_gettid);
		holder.hold.arguments[2] = SIGUSR1;
		same &= vectors_hold(&holder.hold) == 0 && is_same(&holder);
		saw &= handler_saw(&holder);
	}
	report_true("registers are kept over a handler in a call", same);
	report_true("it started with those that it is to have", saw);
	same = saw = 1;
	for (unsigned i = 0; i < ROUNDS; i++) {
		released = 0;
		begin(&other, 80 + i, first_cpu);
		begin(&holder, 70 + i, first_cpu);
		nap(15);
		pthread_kill(holder.thread, SIGUSR1);
		same &= end(&holder) & end(&other);
		saw &= handler_saw(&holder);
	}
	report_true("registers are kept over a handler at any time", same);
	report_true("it started with those that it is to have, too", saw);
}

static void find_cpus(void)
{
	unsigned long mask = 0;

	syscall(SYS_sched_getaffinity, 0, sizeof(mask), &mask);
	first_cpu = mask & -mask;
	mask &= ~first_cpu;
	second_cpu = mask ? mask & -mask : first_cpu;
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	find_cpus();
	affine(0, first_cpu);
	test_sharing();
	test_moves();
	test_clone();
	test_handlers();
	return 0;
}
