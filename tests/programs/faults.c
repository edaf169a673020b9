/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System calls on buffers that end where memory ends. What Linux transfers up to there depends on how far a file system's copy
 * loop got, so only this must hold: what was reported as transferred was, and the position says the same.
 */
#include "report.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096L

static char *area; /* two pages that can be used, one that cannot */
static int fd;

static int position_is(long expected)
{
	return lseek(fd, 0, SEEK_CUR) == expected;
}

static void test_write(void)
{
	long n;

	memset(area, 'w', 2 * PAGE);
	n = write(fd, area + PAGE + 100, 2 * PAGE);
	HOLDS(n == -1 || (n > 0 && n <= PAGE - 100));
	HOLDS(position_is(n < 0 ? 0 : n));
	HOLDS(lseek(fd, 0, SEEK_END) == (n < 0 ? 0 : n));
	VALUE(ftruncate(fd, 0));
	VALUE(lseek(fd, 0, SEEK_SET));
	VALUE(write(fd, area + 2 * PAGE, PAGE));
	HOLDS(position_is(0));
	VALUE(write(fd, area, 2 * PAGE));
}

static void test_read(void)
{
	long n;

	VALUE(lseek(fd, 0, SEEK_SET));
	memset(area, 0, 2 * PAGE);
	n = read(fd, area + 2 * PAGE - 10, 100);
	HOLDS(n == -1 || (n > 0 && n <= 10));
	HOLDS(position_is(n < 0 ? 0 : n));
	VALUE(lseek(fd, 0, SEEK_SET));
	VALUE(read(fd, area + 2 * PAGE, 100));
	HOLDS(position_is(0));
	VALUE(read(fd, area + 2 * PAGE - 10, 10));
	HOLDS(!memcmp(area + 2 * PAGE - 10, "wwwwwwwwww", 10));
}

static void test_vectors(void)
{
	struct iovec v[2] = {{area, 10}, {area + 2 * PAGE, 10}};
	long n;

	VALUE(lseek(fd, 0, SEEK_SET));
	n = readv(fd, v, 2);
	HOLDS(n == -1 || n == 10);
	HOLDS(position_is(n < 0 ? 0 : n));
	VALUE(lseek(fd, 0, SEEK_SET));
	n = writev(fd, v, 2);
	HOLDS(n == -1 || n == 10);
	HOLDS(position_is(n < 0 ? 0 : n));
}

int main(void)
{
	area = mmap(NULL, 3 * (size_t)PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	VALUE(mprotect(area + 2 * PAGE, PAGE, PROT_NONE));
	fd = open("faults.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	test_write();
	test_read();
	test_vectors();
	VALUE(close(fd));
	VALUE(unlink("faults.tmp"));
	return 0;
}
