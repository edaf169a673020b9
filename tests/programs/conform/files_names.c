/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names: directories, links, renaming and removing.
 */
#include "conform.h"
#include "files.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <dirent.h>

CONFORM(files_names,
	"mkdirat unlinkat symlinkat linkat renameat renameat2 getcwd chdir fchdir getdents64");

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

static void test_pointers(void)
{
	BAD_READ(p, SYS(mkdirat, AT_FDCWD, p, 0755));
	BAD_READ(p, SYS(unlinkat, AT_FDCWD, p, 0));
	BAD_READ(p, SYS(symlinkat, p, AT_FDCWD, "new"));
	BAD_READ(p, SYS(symlinkat, "target", AT_FDCWD, p));
	BAD_READ(p, SYS(linkat, AT_FDCWD, "file", AT_FDCWD, p, 0));
	BAD_READ(p, SYS(renameat2, AT_FDCWD, "file", AT_FDCWD, p, 0));
	BAD_READ(p, SYS(chdir, p));
	BAD_WRITE(p, SYS(getcwd, p, 4096L));
	BAD_WRITE(p, SYS(getdents64, open(".", O_RDONLY), p, 4096L));
}

static void test_relative(void)
{
	VALUE(SYS(mkdirat, dir, "sub", 0755));
	VALUE(SYS(mkdirat, rd, "sub", 0755));
	VALUE(SYS(mkdirat, 999, "sub", 0755));
	VALUE(SYS(symlinkat, "../file", dir, "link"));
	VALUE(SYS(linkat, dir, "link", AT_FDCWD, "linked", 0));
	VALUE(SYS(readlinkat, AT_FDCWD, "linked", buffer, 64L));
	VALUE(SYS(linkat, dir, "link", dir, "followed", AT_SYMLINK_FOLLOW));
	VALUE(SYS(linkat, rd, "", dir, "from descriptor", AT_EMPTY_PATH));
	VALUE(SYS(linkat, AT_FDCWD, "file", dir, "flags", 0x4000));
	VALUE(SYS(renameat, dir, "followed", AT_FDCWD, "renamed"));
	VALUE(SYS(renameat, 999, "followed", AT_FDCWD, "renamed"));
	VALUE(SYS(renameat2, AT_FDCWD, "renamed", dir, "sub", 1));
	VALUE(SYS(renameat2, AT_FDCWD, "renamed", dir, "missing", 2));
	VALUE(SYS(renameat2, AT_FDCWD, "renamed", dir, "sub", 3));
	VALUE(SYS(unlinkat, dir, "sub", AT_REMOVEDIR));
	VALUE(SYS(unlinkat, dir, "sub", 0));
	VALUE(SYS(unlinkat, AT_FDCWD, "renamed", AT_REMOVEDIR));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* all entries, with small buffers, too */
static void show_entries(const char *path, long size)
{
	static char space[4096] __attribute__((aligned(8)));
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	char *names[64];
	size_t count = 0;
	long got;

	while ((got = SYS(getdents64, fd, space, size)) > 0) {
		for (long at = 0; at < got;) {
			struct dirent64 *entry = (void *)(space + at);

			names[count] = NULL;
			if (asprintf(&names[count++], "%s:%d", entry->d_name, entry->d_type) < 0 ||
			    count == 64)
				exit(2);
			at += entry->d_reclen;
		}
	}
	qsort(names, count, sizeof(names[0]), by_name);
	printf("%s:", path);
	for (size_t i = 0; i < count; i++)
		printf(" %s", names[i]);
	printf("; %ld\n", got);
	close(fd);
}

static void test_entries(void)
{
	char path[4096];
	int removed;

	show_entries(".", 4096);
	show_entries(".", 40);
	show_entries("full", 24);
	mkdir("gone", 0755);
	removed = open("gone", O_RDONLY);
	need(chdir("gone") == 0 && rmdir("../gone") == 0, "rmdir");
	VALUE(SYS(getdents64, removed, path, 4096L));
	VALUE(SYS(getcwd, path, 4096L));
	VALUE(open("new", O_WRONLY | O_CREAT, 0644));
	VALUE(mkdir("new", 0755));
	VALUE(SYS(fchdir, dir));
	VALUE(chdir(".."));
	HOLDS(SYS(getcwd, path, 4096L) > 1);
	HOLDS(strcmp(strrchr(path, '/'), "/files_names") == 0);
	VALUE(SYS(getcwd, path, 0L));
	VALUE(SYS(getcwd, path, 3L));
}

static void conform_files_names(void)
{
	files_prepare();
	test_names();
	test_rename();
	test_directories();
	test_pointers();
	test_relative();
	test_entries();
}
