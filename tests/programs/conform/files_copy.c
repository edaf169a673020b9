/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Copies within the kernel, files without names, locks, closing many descriptors, exchanging names.
 */
#include "conform.h"
#include "files.h"
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

CONFORM(files_copy,
	"sendfile copy_file_range memfd_create flock fcntl close_range renameat2 openat");

static int to;

static void test_sendfile(void)
{
	off_t offset = 2;

	VALUE(SYS(sendfile, to, rd, NULL, 4L));
	VALUE(lseek(rd, 0, SEEK_CUR));
	VALUE(SYS(sendfile, to, rd, &offset, 3L));
	VALUE(offset);
	VALUE(lseek(rd, 0, SEEK_CUR));
	VALUE(SYS(sendfile, to, rd, NULL, 100L));
	VALUE(SYS(sendfile, to, rd, NULL, 100L));
	VALUE(pread(to, buffer, 64, 0));
	printf("%.13s\n", buffer);
	VALUE(SYS(sendfile, rd, rd, NULL, 1L));
	VALUE(SYS(sendfile, to, wr, NULL, 1L));
	VALUE(SYS(sendfile, -1, rd, NULL, 1L));
	VALUE(SYS(sendfile, to, -1, NULL, 1L));
	VALUE(SYS(sendfile, to, dir, NULL, 1L));
	BAD_WRITE(p, SYS(sendfile, to, rd, bad_->address ? p : (char *)0x1000, 1L));
}

static void test_copy_range(void)
{
	off_t from_offset = 5, to_offset = 1;

	VALUE(SYS(copy_file_range, rd, &from_offset, to, &to_offset, 3L, 0));
	printf("%ld %ld\n", (long)from_offset, (long)to_offset);
	VALUE(SYS(copy_file_range, rd, &from_offset, to, &to_offset, 100L, 0));
	VALUE(SYS(copy_file_range, rd, &from_offset, to, &to_offset, 100L, 0));
	VALUE(pread(to, buffer, 64, 0));
	printf("%.13s\n", buffer);
	VALUE(SYS(copy_file_range, rd, NULL, to, NULL, 1L, 1));
	VALUE(SYS(copy_file_range, wr, NULL, to, NULL, 1L, 0));
	VALUE(SYS(copy_file_range, rd, NULL, rd, NULL, 1L, 0));
	VALUE(SYS(copy_file_range, dir, NULL, to, NULL, 1L, 0));
	VALUE(SYS(copy_file_range, -1, NULL, to, NULL, 1L, 0));
	from_offset = to_offset = 0;
	VALUE(SYS(copy_file_range, to, &from_offset, to, &to_offset, 4L, 0));
	to_offset = 20;
	VALUE(SYS(copy_file_range, to, &from_offset, to, &to_offset, 4L, 0));
}

static void test_unnamed(void)
{
	struct stat st;
	int fd = (int)SYS(memfd_create, "name", MFD_CLOEXEC);

	HOLDS(fd >= 0);
	VALUE(fcntl(fd, F_GETFD));
	VALUE(write(fd, "memory", 6));
	VALUE(pread(fd, buffer, 64, 0));
	VALUE(fstat(fd, &st));
	printf("%o %ld\n", st.st_mode & S_IFMT, (long)st.st_size);
	VALUE(SYS(memfd_create, "name", 0x1000));
	VALUE(SYS(memfd_create, long_name, 0));
	BAD_READ(p, SYS(memfd_create, p, 0));
	fd = open(".", O_TMPFILE | O_RDWR, 0600);
	HOLDS(fd >= 0);
	VALUE(write(fd, "temporary", 9));
	VALUE(fstat(fd, &st));
	printf("%o %d\n", st.st_mode, (int)st.st_nlink);
	DONE(open("missing", O_TMPFILE | O_RDWR, 0600));
	DONE(open("file", O_TMPFILE | O_RDWR, 0600));
}

static void test_locks(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2, .l_len = 3};
	int again = open("file", O_RDWR);

	VALUE(SYS(flock, rd, LOCK_SH));
	VALUE(SYS(flock, again, LOCK_SH | LOCK_NB));
	VALUE(SYS(flock, again, LOCK_EX | LOCK_NB));
	VALUE(SYS(flock, rd, LOCK_UN));
	VALUE(SYS(flock, again, LOCK_EX | LOCK_NB));
	VALUE(SYS(flock, rd, LOCK_SH | LOCK_NB));
	VALUE(SYS(close, again));
	VALUE(SYS(flock, rd, LOCK_EX | LOCK_NB));
	VALUE(SYS(flock, rd, LOCK_UN));
	VALUE(SYS(flock, -1, LOCK_SH));
	VALUE(SYS(flock, rd, 0));
	VALUE(fcntl(wr, F_SETLK, &lock));
	VALUE(fcntl(wr, F_GETLK, &lock)); /* one's own locks are in nobody's way */
	VALUE(lock.l_type);
	lock.l_type = F_WRLCK;
	VALUE(fcntl(rd, F_SETLK, &lock));
	lock.l_type = F_RDLCK;
	VALUE(fcntl(wr, F_SETLK, &lock));
	VALUE(fcntl(rd, F_SETLKW, &lock));
	lock.l_type = 99;
	VALUE(fcntl(rd, F_SETLK, &lock));
	lock.l_type = F_UNLCK;
	VALUE(fcntl(rd, F_SETLK, &lock));
	lock.l_start = -1;
	VALUE(fcntl(rd, F_SETLK, &lock));
	VALUE(fcntl(rd, F_SETLK, bad));
}

static void test_exchange(void)
{
	VALUE(SYS(renameat2, AT_FDCWD, "file", AT_FDCWD, "full", 2));
	DONE(open("full", O_RDONLY | O_DIRECTORY));
	DONE(open("file", O_RDONLY | O_DIRECTORY));
	DONE(open("file/file", O_RDONLY));
	VALUE(SYS(renameat2, AT_FDCWD, "file", AT_FDCWD, "full", 2));
	VALUE(SYS(renameat2, AT_FDCWD, "file", AT_FDCWD, "missing", 2));
	VALUE(SYS(renameat2, AT_FDCWD, "file", AT_FDCWD, "full", 3));
	VALUE(SYS(renameat2, AT_FDCWD, "full", AT_FDCWD, "full/file", 2));
}

static void test_close_range(void)
{
	VALUE(SYS(dup3, rd, 60, 0));
	VALUE(SYS(dup3, rd, 61, 0));
	VALUE(SYS(dup3, rd, 63, 0));
	VALUE(SYS(close_range, 60, 61, 0));
	VALUE(fcntl(60, F_GETFD));
	VALUE(fcntl(61, F_GETFD));
	VALUE(fcntl(63, F_GETFD));
	VALUE(SYS(close_range, 62, -1, 4));
	VALUE(fcntl(63, F_GETFD));
	VALUE(SYS(close_range, 62, 61, 0));
	VALUE(SYS(close_range, 62, -1, 1));
	VALUE(SYS(close_range, 50, -1, 0));
	VALUE(fcntl(63, F_GETFD));
}

static void conform_files_copy(void)
{
	files_prepare();
	to = open("copy", O_RDWR | O_CREAT | O_TRUNC, 0644);
	test_sendfile();
	test_copy_range();
	test_unnamed();
	test_locks();
	test_exchange();
	test_close_range();
}
