/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * C++ exceptions: through many frames with destructors, frames of C, threads, handlers of signals and the code that those
 * interrupt. What is caught where must not depend on the kernel; the frame of a handler is what the kernel lays on the stack.
 */
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <future>
#include <new>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/time.h>
#include <thread>
#include <vector>

static int destroyed;

struct counted {
	~counted()
	{
		destroyed++;
	}
};

__attribute__((noinline)) static int deep(int depth)
{
	counted here;

	if (depth == 0)
		throw std::runtime_error("from the bottom");
	return deep(depth - 1) + 1;
}

static void frames()
{
	for (int depth : {0, 10, 5000}) {
		destroyed = 0;
		try {
			deep(depth);
		} catch (const std::runtime_error &error) {
			printf("depth %d: %s, %d destroyed\n", depth, error.what(), destroyed);
		}
	}
}

static int compare(const void *a, const void *b)
{
	if (*static_cast<const int *>(a) == 7 || *static_cast<const int *>(b) == 7)
		throw 7;
	return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}

static void through_c()
{
	int numbers[] = {5, 3, 7, 1};

	try {
		qsort(numbers, 4, sizeof(numbers[0]), compare);
	} catch (int number) {
		printf("through qsort: %d\n", number);
	}
}

static void nested()
{
	try {
		try {
			deep(3);
		} catch (...) {
			std::throw_with_nested(std::logic_error("outer"));
		}
	} catch (const std::logic_error &outer) {
		try {
			std::rethrow_if_nested(outer);
		} catch (const std::exception &inner) {
			printf("nested: %s, %s\n", outer.what(), inner.what());
		}
	}
}

static void across_threads()
{
	std::vector<std::future<int>> results;
	int caught = 0;

	for (int i = 0; i < 16; i++)
		results.push_back(std::async(std::launch::async, deep, i * 20));
	for (auto &result : results) {
		try {
			result.get();
		} catch (const std::runtime_error &) {
			caught++;
		}
	}
	printf("from threads: %d\n", caught);
}

static void all_at_once()
{
	std::vector<std::thread> threads;
	std::atomic<int> caught{0};

	for (int i = 0; i < 8; i++)
		threads.emplace_back([&caught] {
			for (int round = 0; round < 200; round++) {
				try {
					throw std::string(100, 'x');
				} catch (const std::string &text) {
					caught += text.size() == 100;
				}
			}
		});
	for (auto &thread : threads)
		thread.join();
	printf("in 8 threads at once: %d\n", caught.load());
}

static void no_memory()
{
	void *(*volatile allocate)(size_t) = operator new; /* or the compiler leaves it out */

	try {
		allocate(size_t(1) << 60);
		puts("2^60 bytes: granted");
	} catch (const std::bad_alloc &) {
		puts("2^60 bytes: bad_alloc");
	}
}

static volatile sig_atomic_t ticks;

static void tick(int)
{
	ticks = ticks + 1;
}

/* thrown by code that handlers interrupt all the time */
static void interrupted()
{
	const itimerval often = {{0, 10000}, {0, 10000}}, off = {{0, 0}, {0, 0}};
	int thrown = 0, caught = 0;

	signal(SIGALRM, tick);
	setitimer(ITIMER_REAL, &often, nullptr);
	while (ticks < 20) {
		thrown++;
		try {
			deep(thrown % 50);
		} catch (const std::runtime_error &) {
			caught++;
		}
	}
	setitimer(ITIMER_REAL, &off, nullptr);
	printf("while signals come: %s\n", thrown == caught ? "all caught" : "NO");
}

/* through a handler's frame: to who was interrupted, and past it */
static void thrower(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, nullptr); /* as there will be no return from the handler */
	throw number;
}

static void from_handler()
{
	int (*volatile send)(int) = raise; /* not the one that is declared not to throw */

	signal(SIGUSR1, thrower);
	for (int i = 0; i < 3; i++) {
		counted here;

		destroyed = 0;
		try {
			counted inner;

			send(SIGUSR1);
			puts("not thrown");
		} catch (int number) {
			printf("from a handler: %s, %d destroyed\n",
			       number == SIGUSR1 ? "SIGUSR1" : "?", destroyed);
		}
	}
}

/* the instruction that faults throws */
__attribute__((noinline, optimize("non-call-exceptions"))) static int touch(volatile int *at)
{
	counted here;

	return *at;
}

__attribute__((optimize("non-call-exceptions"))) static void from_fault(bool own_stack)
{
	struct sigaction action = {};
	static char space[65536];
	const stack_t stack = {space, 0, sizeof(space)};
	volatile int *nothing = static_cast<int *>(
		mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));

	sigaltstack(&stack, nullptr);
	action.sa_handler = thrower;
	action.sa_flags = own_stack ? SA_ONSTACK : 0;
	sigaction(SIGSEGV, &action, nullptr);
	destroyed = 0;
	try {
		printf("read %d\n", touch(nothing));
	} catch (int number) {
		printf("from a fault%s: %s, %d destroyed\n",
		       own_stack ? " on a stack of its own" : "",
		       number == SIGSEGV ? "SIGSEGV" : "?", destroyed);
	}
}

static void give_up()
{
	puts("terminate: nobody catches it");
	fflush(stdout);
	_Exit(3);
}

int main(int argc, char **)
{
	setvbuf(stdout, nullptr, _IOLBF, 0);
	if (argc > 1)
		throw std::runtime_error("uncaught");
	frames();
	through_c();
	nested();
	across_threads();
	all_at_once();
	no_memory();
	interrupted();
	from_handler();
	from_fault(false);
	from_fault(true);
	std::set_terminate(give_up);
	std::thread([] { deep(2); }).join();
	return 1;
}
