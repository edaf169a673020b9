/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Conformance checks: what each system call gives, success and every error, one line a check. Each group runs as a process
 * of its own in a directory of its own; with nothing but values that every correct kernel gives, its output can be compared
 * with that of the same binary on Linux. A group registers itself with the calls that it covers:
 *
 *	CONFORM(futex, "futex get_robust_list set_robust_list");
 *	static void conform_futex(void) { ... }
 */
#ifndef TESTS_CONFORM_H
#define TESTS_CONFORM_H

#include "../report.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

struct conform {
	const char *name;
	const char *calls; /* NULL: not a group, but a child that a group starts */
	void (*run)(void);
};

#define CONFORM_RECORD(name_, calls_)                         \
	static void conform_##name_(void);                    \
	static const struct conform conform_##name_##_record  \
		__attribute__((used, aligned(8), section("conform"))) = { \
			.name = #name_, .calls = (calls_), .run = conform_##name_}
#define CONFORM(name_, calls_) CONFORM_RECORD(name_, calls_)
/* started by child_run(#name_) */
#define CONFORM_CHILD(name_) CONFORM_RECORD(name_, NULL)

/* the call itself, without a library's help; prints short */
#define SYS(name_, ...) syscall(SYS_##name_ __VA_OPT__(, ) __VA_ARGS__)

/* Runs a child to its end; its status as wait4 reports it, -1 if it could not be started. */
int child_run(const char *name);
/* The same without waiting: its pid. */
int child_start(const char *name);
/* child_run and a line with how it ended */
void child_report(const char *name);
void status_report(const char *name, int status);

/* addresses that no call may use */
struct bad_pointer {
	const char *name;
	char *address;
	bool may_read; /* it is only writing that fails */
};

extern struct bad_pointer bad_pointers[];

#define BAD_POINTERS(p, call, text, if_)                                                  \
	do {                                                                              \
		for (const struct bad_pointer *bad_ = bad_pointers; bad_->name; bad_++) { \
			char *p = bad_->address;                                          \
			if (!(if_))                                                       \
				continue;                                                 \
			errno = 0;                                                        \
			report_bad(text, bad_->name, (long)(call));                       \
		}                                                                         \
	} while (0)
/* the call with each of them for p, which it reads or writes */
#define BAD_READ(p, call)  BAD_POINTERS(p, call, #call, !bad_->may_read)
#define BAD_WRITE(p, call) BAD_POINTERS(p, call, #call, true)

static inline void report_bad(const char *call, const char *pointer, long result)
{
	printf("%s, %s: ", call, pointer);
	if (result == -1)
		puts(errno_name(errno));
	else
		printf("%ld\n", result);
}

/* an address that is nobody's, as the compiler must not know it */
extern int *volatile wild_pointer;

/* what cannot be answered without a thread or a file that must be there */
void need(bool holds, const char *what);

#endif
