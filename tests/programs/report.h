/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a test program reports: one line for each check, with nothing in it that may differ between two correct kernels
 * (no addresses, no times, no descriptor numbers), so that its output can be compared with that of the same binary on Linux.
 */
#ifndef TESTS_PROGRAMS_REPORT_H
#define TESTS_PROGRAMS_REPORT_H

#include <errno.h>
#include <stdio.h>

static inline const char *errno_name(int error)
{
	static char unknown[16];

	switch (error) {
#define NAME(e) \
	case e: \
		return #e
		NAME(EPERM);
		NAME(ENOENT);
		NAME(EINTR);
		NAME(EIO);
		NAME(ESRCH);
		NAME(ENXIO);
		NAME(E2BIG);
		NAME(ENOEXEC);
		NAME(EBADF);
		NAME(ECHILD);
		NAME(EAGAIN);
		NAME(ENOMEM);
		NAME(EACCES);
		NAME(EFAULT);
		NAME(EBUSY);
		NAME(EEXIST);
		NAME(EXDEV);
		NAME(ENODEV);
		NAME(ENOTDIR);
		NAME(EISDIR);
		NAME(EINVAL);
		NAME(EMFILE);
		NAME(ENOTTY);
		NAME(EFBIG);
		NAME(ENOSPC);
		NAME(ESPIPE);
		NAME(EPIPE);
		NAME(EROFS);
		NAME(EMLINK);
		NAME(EDOM);
		NAME(ERANGE);
		NAME(EDEADLK);
		NAME(ENAMETOOLONG);
		NAME(ENOSYS);
		NAME(ENOTEMPTY);
		NAME(ELOOP);
		NAME(EOVERFLOW);
		NAME(EOPNOTSUPP);
		NAME(ENOTSOCK);
		NAME(ETIMEDOUT);
		NAME(ECANCELED);
		NAME(EOWNERDEAD);
		NAME(ENOTRECOVERABLE);
		NAME(ETXTBSY);
		NAME(EILSEQ);
		NAME(ENODATA);
		NAME(EDESTADDRREQ);
#undef NAME
	}
	snprintf(unknown, sizeof(unknown), "errno %d", error);
	return unknown;
}

/* prints the value of a successful call */
static inline void report_value(const char *call, long result)
{
	if (result == -1)
		printf("%s: %s\n", call, errno_name(errno));
	else
		printf("%s: %ld\n", call, result);
}

/* prints success only, for calls whose value is a descriptor or an address */
static inline void report_done(const char *call, long result)
{
	printf("%s: %s\n", call, result == -1 ? errno_name(errno) : "done");
}

static inline void report_true(const char *condition, int holds)
{
	printf("%s: %s\n", condition, holds ? "yes" : "NO");
}

#define VALUE(call)      (errno = 0, report_value(#call, (long)(call)))
#define DONE(call)       (errno = 0, report_done(#call, (long)(call)))
#define HOLDS(condition) report_true(#condition, (condition))

#endif
