/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The first thread ends by itself with 14, and later another one, the last, with 3. The process ends with what its last thread said, as on
 * Linux since 5.18.
 */
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void *outlive(void *unused)
{
	const struct timespec while_the_first_ends = {0, 200000000};

	nanosleep(&while_the_first_ends, NULL);
	syscall(SYS_exit, 3);
	return unused;
}

int main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, outlive, NULL) != 0)
		return 1;
	syscall(SYS_exit, 14);
	return 2;
}
