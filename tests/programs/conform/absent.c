/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls that programs make when they find them, and do without when not: on the LWK each of them answers ENOSYS, however it is
 * called. On Linux these arguments are an error.
 */
#include "conform.h"

CONFORM(absent, "");

#define NO            (-1L)
#define WITHOUT(name) VALUE(SYS(name, NO, NO, NO, NO, NO, NO))

static void conform_absent(void)
{
	WITHOUT(execve);
	WITHOUT(execveat);
	WITHOUT(waitid);
	WITHOUT(ptrace);
	WITHOUT(rseq);
	WITHOUT(membarrier);
	WITHOUT(mknodat);
	WITHOUT(splice);
	WITHOUT(clock_settime);
	WITHOUT(timerfd_create);
	WITHOUT(signalfd4);
	WITHOUT(eventfd2);
	WITHOUT(epoll_create1);
	WITHOUT(inotify_init1);
	WITHOUT(socket);
	WITHOUT(mount);
	WITHOUT(shmget);
	WITHOUT(semget);
	WITHOUT(mq_open);
	WITHOUT(io_setup);
	WITHOUT(perf_event_open);
	WITHOUT(bpf);
}
