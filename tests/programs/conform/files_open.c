/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Opening and closing files: flags, kinds of files, paths that lead nowhere.
 */
#include "conform.h"
#include "files.h"
#include <fcntl.h>
#include <sys/stat.h>

CONFORM(files_open, "openat close");

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

static void test_more(void)
{
	int fd;

	BAD_READ(p, SYS(openat, AT_FDCWD, p, O_RDONLY, 0));
	DONE(SYS(openat, AT_FDCWD, "file", O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0));
	DONE(SYS(openat, -100, "file", O_RDONLY, 0));
	DONE(SYS(openat, 999, "/", O_RDONLY | O_DIRECTORY, 0));
	DONE(SYS(openat, dir, "../file", O_RDONLY, 0));
	DONE(SYS(openat, dir, "new", O_RDWR | O_CREAT | O_EXCL, 0600));
	VALUE(SYS(unlinkat, dir, "new", 0));
	DONE(open("dir", O_PATH));
	DONE(open("tofile", O_PATH | O_NOFOLLOW));
	DONE(open("dir", O_TMPFILE | O_RDONLY, 0600));
	DONE(open("file", O_DIRECTORY | O_CREAT | O_RDWR, 0600));
	fd = open("file", O_PATH);
	VALUE(read(fd, buffer, 1));
	VALUE(SYS(close, fd));
	VALUE(SYS(close, fd));
	VALUE(SYS(close, -1));
	VALUE(SYS(close, 1 << 30));
	fd = open("appended", O_WRONLY | O_CREAT | O_APPEND, 0644);
	VALUE(write(fd, "ab", 2));
	VALUE(lseek(fd, 0, SEEK_SET));
	VALUE(write(fd, "cd", 2));
	VALUE(lseek(fd, 0, SEEK_CUR));
	DONE(open("appended", O_WRONLY | O_TRUNC));
	VALUE(lseek(fd, 0, SEEK_END));
}

static void conform_files_open(void)
{
	files_prepare();
	test_open();
	test_more();
}
