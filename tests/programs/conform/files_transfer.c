/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading and writing: plain, positioned, in vectors; the position.
 */
#include "conform.h"
#include "files.h"
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>

CONFORM(files_transfer,
	"read write pread64 pwrite64 readv writev preadv pwritev preadv2 pwritev2 lseek fsync fdatasync sync syncfs sync_file_range readahead");

static void test_read_write(void)
{
	VALUE(read(-1, buffer, 1));
	VALUE(read(1000000, buffer, 1));
	VALUE(read(wr, buffer, 1));
	VALUE(read(dir, buffer, 1));
	VALUE(read(rd, bad, 1));
	VALUE(read(rd, bad, 0));
	VALUE(read(rd, (void *)-4096L, 1));
	VALUE(write(-1, buffer, 1));
	VALUE(write(rd, buffer, 1));
	VALUE(write(dir, buffer, 1));
	VALUE(write(wr, bad, 1));
	VALUE(write(wr, bad, 0));
	VALUE(pread(rd, buffer, 1, -1));
	VALUE(pwrite(wr, buffer, 1, -1));
	VALUE(pread(rd, buffer, 8, 5));
	VALUE(pread(rd, buffer, 8, 10));
	VALUE(pread(rd, buffer, 8, INT64_MAX));
	VALUE(pwrite(wr, buffer, 8, INT64_MAX));
	VALUE(close(-1));
	VALUE(close(999));
	VALUE(fsync(-1));
	VALUE(fsync(rd));
}

static void test_vectors(void)
{
	struct iovec v[3] = {{buffer, 2}, {buffer, 3}, {buffer, 0}};

	VALUE(readv(rd, v, 3));
	VALUE(readv(rd, v, 0));
	VALUE(syscall(SYS_readv, rd, v, -1));
	VALUE(syscall(SYS_readv, rd, v, 2000));
	VALUE(readv(wr, v, 1));
	VALUE(writev(rd, v, 1));
	VALUE(readv(rd, (struct iovec *)bad, 1));
	v[1].iov_len = SIZE_MAX;
	VALUE(readv(rd, v, 2));
	VALUE(writev(wr, v, 2));
	v[0].iov_base = bad;
	VALUE(readv(rd, v, 1));
}

static void test_seek(void)
{
	VALUE(lseek(-1, 0, SEEK_SET));
	VALUE(lseek(rd, -1, SEEK_SET));
	VALUE(lseek(rd, 0, 99));
	VALUE(lseek(rd, 3, SEEK_SET));
	VALUE(lseek(rd, -4, SEEK_CUR));
	VALUE(lseek(rd, INT64_MAX, SEEK_CUR));
	VALUE(lseek(rd, INT64_MIN, SEEK_CUR));
	VALUE(lseek(rd, -11, SEEK_END));
	VALUE(lseek(rd, 5, SEEK_END));
	VALUE(read(rd, buffer, 1));
	VALUE(lseek(rd, 0, SEEK_SET));
}

static void test_pointers(void)
{
	struct iovec v = {buffer, 4};

	lseek(rd, 0, SEEK_SET);
	BAD_WRITE(p, SYS(read, rd, p, 8L));
	VALUE(lseek(rd, 0, SEEK_CUR));
	BAD_WRITE(p, SYS(pread64, rd, p, 8L, 0L));
	BAD_READ(p, SYS(pwrite64, wr, p, 8L, 0L));
	BAD_READ(p, SYS(readv, rd, p, 1L));
	BAD_READ(p, SYS(writev, wr, p, 1L));
	BAD_WRITE(p, (v.iov_base = p, SYS(readv, rd, &v, 1L)));
	BAD_READ(p, (v.iov_base = p, SYS(pwritev, wr, &v, 1L, 0L, 0L)));
	VALUE(pwrite(wr, "0123456789", 10, 0));
	VALUE(ftruncate(wr, 10));
}

static void test_positioned_vectors(void)
{
	char a[4] = "", b[8] = "";
	struct iovec v[3] = {{a, 3}, {NULL, 0}, {b, 7}};
	struct iovec out[2] = {{"AB", 2}, {"CDE", 3}};

	VALUE(preadv(rd, v, 3, 2));
	printf("%s %s\n", a, b);
	VALUE(preadv(rd, v, 3, 10));
	VALUE(preadv(rd, v, 3, -1));
	VALUE(SYS(preadv, rd, v, 2000L, 0L, 0L));
	VALUE(preadv(wr, v, 3, 0));
	VALUE(preadv(-1, v, 3, 0));
	VALUE(pwritev(wr, out, 2, 8));
	VALUE(pwritev(rd, out, 2, 8));
	VALUE(pwritev(wr, out, 2, -1));
	VALUE(pread(rd, a, 3, 10));
	printf("%.3s\n", a);
	VALUE(lseek(wr, 0, SEEK_END));
	VALUE(SYS(preadv2, rd, v, 3L, 2L, 0L, 0));
	VALUE(lseek(rd, 1, SEEK_SET));
	VALUE(SYS(preadv2, rd, v, 1L, -1L, -1L, 0));
	VALUE(lseek(rd, 0, SEEK_CUR));
	VALUE(SYS(preadv2, rd, v, 3L, 0L, 0L, 0x1000));
	VALUE(SYS(pwritev2, wr, out, 2L, 8L, 0L, 0));
	VALUE(SYS(pwritev2, wr, out, 2L, -2L, -1L, 0));
	/* a hole reads as zeros */
	VALUE(pwrite(wr, "x", 1, 20));
	VALUE(pread(rd, b, 8, 14));
	printf("%d %d %d %c\n", b[0], b[1], b[5], b[6]);
}

static void test_sync(void)
{
	VALUE(SYS(fdatasync, -1));
	VALUE(SYS(fdatasync, wr));
	VALUE(SYS(fsync, dir));
	VALUE(SYS(sync));
	VALUE(SYS(syncfs, rd));
	VALUE(SYS(syncfs, -1));
	VALUE(SYS(sync_file_range, wr, 0L, 0L, 0));
	VALUE(SYS(sync_file_range, wr, 0L, 0L, 8));
	VALUE(SYS(sync_file_range, wr, -1L, 0L, 0));
	VALUE(SYS(sync_file_range, -1, 0L, 0L, 0));
	VALUE(SYS(readahead, rd, 0L, 100L));
	VALUE(SYS(readahead, wr, 0L, 100L));
	VALUE(SYS(readahead, -1, 0L, 100L));
}

static void conform_files_transfer(void)
{
	files_prepare();
	test_read_write();
	test_vectors();
	test_seek();
	test_pointers();
	test_positioned_vectors();
	test_sync();
}
