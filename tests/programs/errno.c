/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Misuse of the file system calls: every line is a call and the error it must give. Where libraries stand between (null
 * pointers, flags they refuse themselves) the system call is made directly. Works in a directory of its own.
 */
#include "report.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static char *bad;           /* an address that is not mapped */
static char long_name[300]; /* one component longer than NAME_MAX */
static char long_path[PATH_MAX + 1];
static int rd, wr, dir; /* descriptors: read-only file, write-only file, directory */
static char buffer[64];

static void prepare(void)
{
	bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(long_name, 'n', sizeof(long_name) - 1);
	for (size_t i = 0; i < sizeof(long_path) - 1; i++)
		long_path[i] = i % 2 ? '/' : '.';
	umask(022);
	mkdir("errno.d", 0755);
	if (chdir("errno.d"))
		exit(2);
	mkdir("dir", 0755);
	mkdir("full", 0755);
	close(creat("full/file", 0644));
	wr = open("file", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (write(wr, "0123456789", 10) != 10)
		exit(2);
	rd = open("file", O_RDONLY);
	dir = open("dir", O_RDONLY | O_DIRECTORY);
	if (symlink("loop", "loop") || symlink("nowhere", "dangling") || symlink("dir", "todir") ||
	    symlink("file", "tofile"))
		exit(2);
}

static void test_open(void)
{
	DONE(open("", O_RDONLY));
	DONE(open("missing", O_RDONLY));
	DONE(open("missing/file", O_RDONLY));
	DONE(open("missing/file", O_RDWR | O_CREAT, 0644));
	DONE(open("file/under", O_RDONLY));
	DONE(open("file/", O_RDONLY));
	DONE(open("file/.", O_RDONLY));
	DONE(open("new/", O_RDWR | O_CREAT, 0644));
	DONE(open("dir", O_WRONLY));
	DONE(open("dir", O_RDWR));
	DONE(open("dir", O_RDONLY | O_CREAT, 0644));
	DONE(open("dir/", O_RDONLY | O_CREAT, 0644));
	DONE(open("dir", O_RDONLY | O_TRUNC));
	DONE(open("dir", O_RDONLY | O_CREAT | O_EXCL, 0644));
	DONE(open("file", O_RDONLY | O_CREAT | O_EXCL, 0644));
	DONE(open("dangling", O_RDONLY | O_CREAT | O_EXCL, 0644));
	DONE(open("dangling", O_RDONLY));
	DONE(open("file", O_RDONLY | O_DIRECTORY));
	DONE(open("tofile", O_RDONLY | O_NOFOLLOW));
	DONE(open("todir", O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
	DONE(open("loop", O_RDONLY));
	DONE(open("loop/x", O_RDONLY));
	DONE(open(long_name, O_RDWR | O_CREAT, 0644));
	DONE(open(long_path, O_RDONLY));
	DONE(syscall(SYS_openat, AT_FDCWD, NULL, O_RDONLY, 0));
	DONE(syscall(SYS_openat, AT_FDCWD, bad, O_RDONLY, 0));
	DONE(openat(-1, "file", O_RDONLY));
	DONE(openat(rd, "file", O_RDONLY));
	DONE(openat(dir, "../missing", O_RDONLY));
	DONE(open("/", O_RDWR));
	DONE(open("..", O_RDONLY | O_CREAT, 0644));
}

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

static void test_truncate(void)
{
	VALUE(ftruncate(-1, 0));
	VALUE(ftruncate(rd, 0));
	VALUE(ftruncate(wr, -1));
	VALUE(ftruncate(dir, 0));
	VALUE(truncate("dir", 0));
	VALUE(truncate("missing", 0));
	VALUE(truncate("file", -1));
	VALUE(truncate("file/", 0));
	VALUE(syscall(SYS_truncate, bad, 0));
}

static void test_stat(void)
{
	struct stat st;

	VALUE(fstat(-1, &st));
	VALUE(stat("missing", &st));
	VALUE(stat("", &st));
	VALUE(stat("dangling", &st));
	VALUE(lstat("dangling", &st));
	VALUE(stat("loop", &st));
	VALUE(lstat("loop", &st));
	VALUE(lstat("loop/", &st));
	VALUE(lstat("todir/", &st));
	HOLDS(S_ISDIR(st.st_mode));
	VALUE(lstat("tofile/", &st));
	VALUE(syscall(SYS_newfstatat, AT_FDCWD, "file", bad, 0));
	VALUE(syscall(SYS_newfstatat, AT_FDCWD, bad, &st, 0));
	VALUE(syscall(SYS_newfstatat, rd, "", &st, AT_EMPTY_PATH));
	VALUE(syscall(SYS_newfstatat, rd, "", &st, 0));
	VALUE(syscall(SYS_newfstatat, -1, "", &st, AT_EMPTY_PATH));
	VALUE(syscall(SYS_newfstatat, AT_FDCWD, "file", &st, 0x40000000));
	VALUE(syscall(SYS_newfstatat, rd, "file", &st, 0));
	VALUE(stat(long_name, &st));
	VALUE(stat(long_path, &st));
	VALUE(access("file", R_OK | W_OK));
	VALUE(access("file", X_OK));
	VALUE(access("dir", X_OK));
	VALUE(access("missing", F_OK));
	VALUE(syscall(SYS_faccessat, AT_FDCWD, "file", 8));
	VALUE(readlink("file", buffer, sizeof(buffer)));
	VALUE(readlink("tofile", buffer, sizeof(buffer)));
	VALUE(readlink("tofile", buffer, 2));
	VALUE(syscall(SYS_readlinkat, AT_FDCWD, "tofile", buffer, 0));
	VALUE(syscall(SYS_readlinkat, AT_FDCWD, "tofile", bad, 4));
	VALUE(readlink("missing", buffer, sizeof(buffer)));
	VALUE(readlink("todir/", buffer, sizeof(buffer)));
}

static void test_names(void)
{
	VALUE(mkdir("dir", 0755));
	VALUE(mkdir("file", 0755));
	VALUE(mkdir("dangling", 0755));
	VALUE(mkdir("missing/dir", 0755));
	VALUE(mkdir("file/dir", 0755));
	VALUE(mkdir("/", 0755));
	VALUE(mkdir("", 0755));
	VALUE(mkdir("dir/.", 0755));
	VALUE(mkdir("dir/..", 0755));
	VALUE(mkdir(long_name, 0755));
	VALUE(mkdir("slash/", 0755));
	VALUE(rmdir("slash/"));
	VALUE(rmdir("file"));
	VALUE(rmdir("missing"));
	VALUE(rmdir("full"));
	VALUE(rmdir("dir/."));
	VALUE(rmdir("dir/.."));
	VALUE(rmdir("todir"));
	VALUE(rmdir("todir/"));
	VALUE(rmdir("/"));
	VALUE(unlink("missing"));
	VALUE(unlink("dir"));
	VALUE(unlink("dir/"));
	VALUE(unlink("file/"));
	VALUE(unlink("dir/.."));
	VALUE(unlink("dir/."));
	VALUE(unlink(""));
	VALUE(unlink("/"));
	VALUE(unlink("missing/"));
	VALUE(unlinkat(AT_FDCWD, "file", 0x1000));
	VALUE(unlinkat(rd, "file", 0));
	VALUE(symlink("target", "file"));
	VALUE(symlink("", "new"));
	VALUE(symlink("x", "new/"));
	VALUE(link("missing", "new"));
	VALUE(link("dir", "new"));
	VALUE(link("file", "dir"));
	VALUE(link("file", "new/"));
	VALUE(link("file", "missing/new"));
}

static void test_rename(void)
{
	VALUE(rename("missing", "new"));
	VALUE(rename("file", "missing/new"));
	VALUE(rename("file", "dir"));
	VALUE(rename("dir", "file"));
	VALUE(rename("dir", "full"));
	VALUE(rename("dir", "dir/sub"));
	VALUE(rename("full", "dir/.."));
	VALUE(rename("dir/.", "new"));
	VALUE(rename("dir/..", "new"));
	VALUE(rename("file", "new/"));
	VALUE(rename("file/", "new"));
	VALUE(rename("file", "file"));
	VALUE(rename("file", ""));
	VALUE(rename("", "new"));
	VALUE(rename("file", long_name));
	VALUE(rename("full/file", "full"));
	VALUE(rename("full", "full/file"));
	VALUE(rename("dir", "new/"));
	VALUE(rename("new", "dir"));
	VALUE(syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "dir", 1));
	VALUE(syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "new", 0x100));
	VALUE(syscall(SYS_renameat2, AT_FDCWD, bad, AT_FDCWD, "new", 0));
}

static void test_directories(void)
{
	VALUE(chdir("missing"));
	VALUE(chdir("file"));
	VALUE(chdir(""));
	VALUE(chdir("loop"));
	VALUE(fchdir(rd));
	VALUE(fchdir(-1));
	VALUE(syscall(SYS_getcwd, buffer, 1));
	VALUE(syscall(SYS_getcwd, bad, 4096));
	VALUE(syscall(SYS_getdents64, rd, buffer, sizeof(buffer)));
	VALUE(syscall(SYS_getdents64, -1, buffer, sizeof(buffer)));
	VALUE(syscall(SYS_getdents64, dir, buffer, 10));
	VALUE(syscall(SYS_getdents64, dir, bad, 4096));
	VALUE(lseek(dir, 0, SEEK_SET));
	VALUE(syscall(SYS_getdents64, dir, buffer, sizeof(buffer)));
	VALUE(syscall(SYS_getdents64, dir, buffer, sizeof(buffer)));
}

static void test_descriptors(void)
{
	struct winsize size;
	struct pollfd polls[3] = {{rd, POLLIN | POLLOUT, 0}, {-1, POLLIN, 0}, {999, POLLIN, 0}};
	struct timespec zero = {0, 0}, wrong = {0, 1000000000};

	VALUE(dup(-1));
	VALUE(dup(999));
	VALUE(dup2(999, 3));
	VALUE(dup2(rd, -1));
	VALUE(dup3(rd, rd, 0));
	VALUE(dup3(rd, 50, 0x1));
	VALUE(fcntl(-1, F_GETFD));
	VALUE(fcntl(rd, 9999));
	VALUE(fcntl(rd, F_DUPFD, -1));
	VALUE(fcntl(rd, F_DUPFD, INT_MAX));
	VALUE(ioctl(rd, TIOCGWINSZ, &size));
	VALUE(ioctl(-1, TIOCGWINSZ, &size));
	VALUE(isatty(rd));
	VALUE(poll(polls, 3, 0));
	VALUE(polls[0].revents);
	VALUE(polls[1].revents);
	VALUE(polls[2].revents);
	VALUE(syscall(SYS_ppoll, bad, 1, &zero, NULL, 8));
	VALUE(syscall(SYS_ppoll, polls, 1, &wrong, NULL, 8));
	VALUE(syscall(SYS_ppoll, NULL, 0, &zero, NULL, 8));
}

static void test_times(void)
{
	struct timespec t[2] = {{1000, 5}, {2000, 7}};
	struct timespec wrong[2] = {{0, 2000000000}, {0, 0}};
	struct stat st;

	VALUE(utimensat(AT_FDCWD, "file", t, 0));
	VALUE(stat("file", &st));
	VALUE(st.st_atim.tv_sec);
	VALUE(st.st_mtim.tv_sec);
	VALUE(st.st_mtim.tv_nsec);
	t[0].tv_nsec = UTIME_OMIT;
	t[1].tv_nsec = UTIME_NOW;
	VALUE(utimensat(AT_FDCWD, "file", t, 0));
	VALUE(stat("file", &st));
	VALUE(st.st_atim.tv_sec);
	HOLDS(st.st_mtim.tv_sec != 2000);
	VALUE(futimens(rd, NULL));
	VALUE(utimensat(AT_FDCWD, "file", wrong, 0));
	VALUE(utimensat(AT_FDCWD, "missing", NULL, 0));
	VALUE(futimens(-1, NULL));
	VALUE(chmod("file", 0751));
	VALUE(stat("file", &st));
	VALUE(st.st_mode);
	VALUE(access("file", X_OK));
	VALUE(fchmod(-1, 0));
	VALUE(chmod("missing", 0));
	VALUE(umask(077));
	VALUE(umask(07777022));
	VALUE(umask(022));
}

static void clean_up(void)
{
	static const char *const files[] = {"full/file", "file",  "loop",
					    "dangling",  "todir", "tofile"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		VALUE(unlink(files[i]));
	VALUE(rmdir("dir"));
	VALUE(rmdir("full"));
	VALUE(chdir(".."));
	VALUE(rmdir("errno.d"));
}

int main(void)
{
	prepare();
	test_open();
	test_read_write();
	test_vectors();
	test_seek();
	test_truncate();
	test_stat();
	test_names();
	test_rename();
	test_directories();
	test_descriptors();
	test_times();
	clean_up();
	return 0;
}
