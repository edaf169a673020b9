/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rm -r for tests that want nothing left.
 */
#define _GNU_SOURCE
#include "../unit.h"
#include "lwk_fake.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>

#define CWD ((uint64_t)AT_FDCWD)

static void remove_entry(const char *dir, const struct dirent *entry)
{
	bool is_directory = entry->d_type == DT_DIR;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
	if (is_directory)
		fake_remove_below(path);
	assert_int_equal(
		fake_call(SYS_unlinkat, CWD, ADDRESS(path), is_directory ? AT_REMOVEDIR : 0), 0);
}

void fake_remove_below(const char *dir)
{
	long fd = fake_call(SYS_openat, CWD, ADDRESS(dir), O_RDONLY | O_DIRECTORY), n;
	char buffer[1000];

	assert_true(fd >= 0);
	while ((n = fake_call(SYS_getdents64, (uint64_t)fd, ADDRESS(buffer), sizeof(buffer))) > 0) {
		for (long at = 0; at < n;) {
			const struct dirent *entry = (const struct dirent *)(const void *)(buffer +
											   at);

			at += entry->d_reclen;
			if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
				remove_entry(dir, entry);
		}
	}
	fake_call(SYS_close, (uint64_t)fd);
}
