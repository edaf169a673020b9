/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Signals as programs see them: numbers and layouts of Linux's generic 64-bit ABI (asm-generic/
 * signal.h, siginfo.h), which arm64 and x86-64 share.
 */
#ifndef LWK_SIGNAL_ABI_H
#define LWK_SIGNAL_ABI_H

#include <assert.h>
#include <stdint.h>

#define SIGNAL_COUNT       65 /* 1 to 64 */
#define SIGNAL_BIT(signal) (UINT64_C(1) << ((signal)-1))
#define SIGNAL_SET_SIZE    8u

#define SIGHUP    1
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGSEGV   11
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGCHLD   17
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGSYS    31
#define SIGRTMIN  32

#define SIG_DFL 0u
#define SIG_IGN 1u

#define SA_NOCLDSTOP 0x00000001u
#define SA_NOCLDWAIT 0x00000002u
#define SA_SIGINFO   0x00000004u
#define SA_RESTORER  0x04000000u
#define SA_ONSTACK   0x08000000u
#define SA_RESTART   0x10000000u
#define SA_NODEFER   0x40000000u
#define SA_RESETHAND 0x80000000u

/* struct sigaction of the system call */
struct signal_action {
	uint64_t handler;
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};

/* si_code: who sent it */
#define SI_USER        0
#define SI_KERNEL      0x80
#define SI_QUEUE       (-1)
#define SI_TIMER       (-2)
#define SI_TKILL       (-6)
#define ILL_ILLOPC     1
#define ILL_ILLOPN     2
#define FPE_INTDIV     1
#define FPE_FLTDIV     3
#define FPE_FLTOVF     4
#define FPE_FLTUND     5
#define FPE_FLTRES     6
#define FPE_FLTINV     7
#define FPE_FLTUNK     14
#define SEGV_MAPERR    1
#define SEGV_ACCERR    2
#define BUS_ADRALN     1
#define BUS_OBJERR     3
#define KILL_NO_MEMORY 0x1000 /* the kernel's own, in its reports only */
#define TRAP_BRKPT     1
#define TRAP_TRACE     2
#define CLD_EXITED     1
#define CLD_KILLED     2

/* the part of a siginfo_t that is used; the rest is zero */
struct signal_info {
	int32_t signo;
	int32_t error; /* si_errno */
	int32_t code;
	int32_t pad;
	union {
		struct {
			int32_t pid;
			uint32_t uid;
			uint64_t value;
		} sent;
		struct {
			int32_t id;
			int32_t overrun;
			uint64_t value;
		} timer;
		struct {
			int32_t pid;
			uint32_t uid;
			int32_t status;
			int32_t pad;
			int64_t user; /* in clock ticks */
			int64_t system;
		} child;
		struct {
			uint64_t address;
		} fault;
		uint64_t words[4];
	};
};
static_assert(sizeof(struct signal_info) == 48, "siginfo_t without its unused end");
#define SIGINFO_SIZE 128u

#define SS_ONSTACK    1u
#define SS_DISABLE    2u
#define SS_AUTODISARM 0x80000000u

/* stack_t */
struct signal_stack {
	uint64_t base;
	uint32_t flags;
	uint32_t pad;
	uint64_t size;
};
static_assert(sizeof(struct signal_stack) == 24, "stack_t");

#endif
