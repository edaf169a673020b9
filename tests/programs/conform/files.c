/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Makes what files.h promises.
 */
#include "files.h"
#include "conform.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int rd, wr, dir;
char long_name[300];
char long_path[PATH_MAX + 1];
char buffer[64];
char *bad;

void files_prepare(void)
{
	bad = bad_pointers[4].address;
	memset(long_name, 'n', sizeof(long_name) - 1);
	for (size_t i = 0; i < sizeof(long_path) - 1; i++)
		long_path[i] = i % 2 ? '/' : '.';
	need(mkdir("dir", 0755) == 0 && mkdir("full", 0755) == 0, "directories");
	close(creat("full/file", 0644));
	wr = open("file", O_WRONLY | O_CREAT | O_TRUNC, 0644);
	need(write(wr, "0123456789", 10) == 10, "write");
	rd = open("file", O_RDONLY);
	dir = open("dir", O_RDONLY | O_DIRECTORY);
	need(symlink("loop", "loop") == 0 && symlink("nowhere", "dangling") == 0 &&
		     symlink("dir", "todir") == 0 && symlink("file", "tofile") == 0,
	     "links");
}
