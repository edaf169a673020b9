/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /proc and /sys: names that nobody made. They are found, listed and walked through like others, lead to files without a name,
 * may not be changed, and leave nothing behind, on the longest paths and without memory.
 */
#define _GNU_SOURCE
#include "lwk_fake/archive.h"
#include "lwk_fake/lwk_fake.h"
#include "unit.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#define CWD ((uint64_t)AT_FDCWD)

static struct archive archive;

static long open_file(const char *path, int flags)
{
	return fake_call(SYS_openat, CWD, ADDRESS(path), (uint64_t)flags, 0777);
}

static long close_file(long fd)
{
	return fake_call(SYS_close, (uint64_t)fd);
}

static const char *text_of(const char *path)
{
	static char buffer[4096];
	long fd = open_file(path, O_RDONLY), length;

	assert_true(fd >= 0);
	length = fake_call(SYS_read, (uint64_t)fd, ADDRESS(buffer), sizeof(buffer) - 1);
	assert_true(length >= 0);
	buffer[length] = '\0';
	assert_int_equal(close_file(fd), 0);
	return buffer;
}

static const char *target_of(const char *path)
{
	static char buffer[300];
	long length = fake_call(SYS_readlinkat, CWD, ADDRESS(path), ADDRESS(buffer),
				sizeof(buffer) - 1);

	if (length < 0)
		return NULL;
	buffer[length] = '\0';
	return buffer;
}

/* the names of a directory, each with a space behind it, read by small pieces */
static const char *names_of(const char *path)
{
	static char names[2000];
	char records[400];
	long fd = open_file(path, O_RDONLY | O_DIRECTORY), n;

	assert_true(fd >= 0);
	names[0] = '\0';
	while ((n = fake_call(SYS_getdents64, (uint64_t)fd, ADDRESS(records), sizeof(records))) >
	       0) {
		for (long at = 0; at < n;) {
			const struct dirent64 *record = (const void *)(records + at);

			strcat(strcat(names, record->d_name), " ");
			at += record->d_reclen;
		}
	}
	assert_int_equal(n, 0);
	close_file(fd);
	return names;
}

static struct stat stat_of(const char *path)
{
	struct stat st = {0};

	assert_int_equal(
		fake_call(SYS_newfstatat, CWD, ADDRESS(path), ADDRESS(&st), AT_SYMLINK_NOFOLLOW),
		0);
	return st;
}

static void test_process(void **state)
{
	(void)state;
	assert_string_equal(target_of("/proc/self"), "7");
	assert_string_equal(target_of("/proc/thread-self"), "7/task/7");
	assert_string_equal(target_of("/proc/self/exe"), "/bin/test");
	assert_string_equal(target_of("/proc/self/cwd"), "/");
	assert_string_equal(text_of("/proc/self/comm"), "test\n");
	assert_string_equal(text_of("/proc/7/task/7/comm"), "test\n");
	assert_memory_equal(text_of("/proc/self/stat"), "7 (test) R 0 7 7 0 -1 ", 22);
	assert_string_equal(text_of("/proc/7/statm"), "3 3 0 0 0 3 0\n");
	assert_non_null(strstr(text_of("/proc/self/status"), "\nPid:\t7\n"));
	assert_non_null(strstr(text_of("/proc/self/status"),
			       "\nCpus_allowed:\t0000000b\nCpus_allowed_list:\t0-1,3\n"));
	assert_non_null(strstr(text_of("/proc/self/status"), "VmRSS:\t      12 kB\n"));
	assert_non_null(strstr(
		text_of("/proc/self/limits"),
		"Max stack size            3                    unlimited            bytes     \n"));
	assert_string_equal(text_of("/proc/self/environ"), "");
	assert_string_equal(text_of("/proc/mounts"), text_of("/proc/self/mounts"));
	for (const char *const *name =
		     (const char *const[]){"8", "07", "x", "7x", "-1", "99999999999", "",
					   "self/task/8", "self/task/0", "self/fd/9999",
					   "self/task/7/task", "self/no", NULL};
	     *name; name++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%s", *name);
		assert_int_equal(open_file(path, O_RDONLY), **name ? -ENOENT : 3);
	}
	close_file(3);
}

static void test_machine(void **state)
{
	(void)state;
	assert_string_equal(text_of("/sys/devices/system/cpu/cpu2/topology/core_cpus"), "4\n");
	assert_string_equal(text_of("/sys/devices/system/cpu/cpu2/topology/package_cpus"), "f\n");
	assert_string_equal(text_of("/sys/devices/system/cpu/cpu3/topology/core_id"), "3\n");
	assert_string_equal(text_of("/proc/sys/kernel/ostype"), "Linux\n");
	assert_string_equal(text_of("/sys/kernel/mm/transparent_hugepage/enabled"),
			    "[always] madvise never\n");
	assert_memory_equal(text_of("/proc/stat"), "cpu  ", 5);
	assert_memory_equal(text_of("/proc/loadavg"), "1.00 1.00 1.00 1/1 7\n", 21);
	assert_non_null(strstr(text_of("/proc/uptime"), " 20.00\n"));
}

static void test_listing(void **state)
{
	(void)state;
	assert_non_null(strstr(names_of("/proc"), ". .. "));
	assert_non_null(strstr(names_of("/proc"), " self thread-self 7 "));
	assert_string_equal(names_of("/proc/self/task"), ". .. 7 ");
	assert_string_equal(names_of("/proc/self/fd"), ". .. 0 1 2 3 ");
	assert_non_null(strstr(names_of("/proc/self"), " status task "));
	assert_null(strstr(names_of("/proc/self/task/7"), " task "));
	fake_child_start();
	assert_non_null(strstr(names_of("/proc"), " self thread-self 7 8 "));
	assert_string_equal(target_of("/proc/self"), "8");
	assert_string_equal(names_of("/proc/7/fd"), ". .. ");
	assert_null(target_of("/proc/7/cwd"));
	assert_string_equal(target_of("/proc/7/exe"), "/bin/test");
	fake_child_end();
}

static void test_directories(void **state)
{
	char cwd[100];
	struct statfs fs;

	(void)state;
	assert_int_equal(fake_call(SYS_chdir, ADDRESS("/proc/self/task")), 0);
	assert_int_equal(fake_call(SYS_getcwd, ADDRESS(cwd), sizeof(cwd)), 13);
	assert_string_equal(cwd, "/proc/7/task");
	assert_string_equal(text_of("../comm"), "test\n");
	assert_string_equal(text_of("7/../../../self/comm"), "test\n");
	assert_string_equal(target_of("/proc/self/cwd"), "/proc/7/task");
	assert_string_equal(text_of("/proc/self/cwd/7/comm"), "test\n");
	assert_int_equal(fake_call(SYS_chdir, ADDRESS("/proc/self/root")), 0);
	assert_int_equal(fake_call(SYS_getcwd, ADDRESS(cwd), sizeof(cwd)), 2);
	assert_int_equal(stat_of("/proc").st_ino, stat_of("/proc/self/..").st_ino);
	assert_int_not_equal(stat_of("/proc/self/stat").st_dev, stat_of("/").st_dev);
	assert_int_not_equal(stat_of("/proc/self/stat").st_dev, stat_of("/sys/kernel").st_dev);
	assert_int_equal(stat_of("/proc/self").st_mode, S_IFLNK | 0777);
	assert_int_equal(stat_of("/proc/self/").st_nlink, 2);
	assert_int_equal(fake_call(SYS_statfs, ADDRESS("/proc/self/fd"), ADDRESS(&fs)), 0);
	assert_int_equal(fs.f_type, 0x9fa0);
	assert_int_equal(fs.f_blocks, 0);
}

/* a path through hundreds of directories that are made on the way */
static void test_long_path(void **state)
{
	char path[4096] = "/proc";

	(void)state;
	while (strlen(path) + 20 < sizeof(path))
		strcat(path, "/7/task/7/../../..");
	assert_int_equal(close_file(open_file(path, O_RDONLY)), 0);
	strcpy(path, "/proc");
	for (int i = 0; i < 41; i++)
		strcat(path, "/self/..");
	assert_int_equal(open_file(path, O_RDONLY), -ELOOP);
}

static void test_unnamed_files(void **state)
{
	char data[8] = "";
	int fds[2];
	long fd = open_file("/tmp/gone", O_RDWR | O_CREAT), again;

	(void)state;
	assert_int_equal(fd, 3);
	assert_string_equal(target_of("/proc/self/fd/3"), "/tmp/gone");
	assert_int_equal(fake_call(SYS_write, 3, ADDRESS("text"), 4), 4);
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/tmp/gone"), 0), 0);
	assert_non_null(strstr(target_of("/proc/self/fd/3"), "(deleted)"));
	again = open_file("/dev/fd/3", O_RDONLY); /* with a position of its own */
	assert_int_equal(fake_call(SYS_read, (uint64_t)again, ADDRESS(data), 8), 4);
	assert_string_equal(data, "text");
	close_file(again);
	close_file(fd);

	assert_int_equal(fake_call(SYS_pipe2, ADDRESS(fds), 0), 0);
	assert_memory_equal(target_of("/proc/self/fd/3"), "pipe:[", 6);
	again = open_file("/proc/self/fd/4", O_WRONLY);
	assert_int_equal(again, 5);
	close_file(4);
	assert_int_equal(fake_call(SYS_write, 5, ADDRESS("x"), 1), 1);
	assert_int_equal(fake_call(SYS_read, 3, ADDRESS(data), 8), 1);
	close_file(5);
	assert_int_equal(fake_call(SYS_read, 3, ADDRESS(data), 8), 0); /* nobody writes any more */
	close_file(3);
	assert_string_equal(target_of("/dev/stdout"), "/proc/self/fd/1");
	assert_string_equal(target_of("/dev/fd/1"), "/dev/console");
	fake_console = (struct fake_console){.input = NULL};
	fd = open_file("/dev/stdout", O_WRONLY);
	assert_int_equal(fake_call(SYS_write, (uint64_t)fd, ADDRESS("out"), 3), 3);
	assert_string_equal(fake_console.written, "out");
	close_file(fd);
}

static long rename_path(const char *from, const char *to)
{
	return fake_call(SYS_renameat2, CWD, ADDRESS(from), CWD, ADDRESS(to), 0);
}

static void test_unchangeable(void **state)
{
	long fd = open_file("/tmp/file", O_RDWR | O_CREAT);

	(void)state;
	assert_int_equal(open_file("/proc/new", O_RDWR | O_CREAT), -ENOENT);
	assert_int_equal(open_file("/proc/self/new", O_RDWR | O_CREAT), -ENOENT);
	assert_int_equal(open_file("/proc/self/stat", O_RDWR), -EACCES);
	assert_int_equal(fake_call(SYS_mkdirat, CWD, ADDRESS("/sys/new"), 0755), -EPERM);
	assert_int_equal(fake_call(SYS_mkdirat, CWD, ADDRESS("/proc/7"), 0755), -EEXIST);
	assert_int_equal(fake_call(SYS_symlinkat, ADDRESS("x"), CWD, ADDRESS("/proc/self/x")),
			 -EPERM);
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/proc/self/stat"), 0), -EPERM);
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/proc/self"), 0), -EPERM);
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/proc/cpuinfo"), 0), -EPERM);
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/proc/7/task/7"), AT_REMOVEDIR),
			 -EPERM);
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/proc"), AT_REMOVEDIR), -ENOTEMPTY);
	assert_int_equal(
		fake_call(SYS_linkat, CWD, ADDRESS("/proc/self/stat"), CWD, ADDRESS("/tmp/s"), 0),
		-EXDEV);
	assert_int_equal(
		fake_call(SYS_linkat, CWD, ADDRESS("/tmp/file"), CWD, ADDRESS("/proc/s"), 0),
		-EXDEV);
	assert_int_equal(rename_path("/proc/self/stat", "/proc/self/stat2"), -EPERM);
	assert_int_equal(rename_path("/proc/7", "/tmp/7"), -EXDEV);
	assert_int_equal(rename_path("/tmp/file", "/proc/self/stat"), -EXDEV);
	assert_int_equal(rename_path("/tmp/file", "/proc/self/fd/3"), -EXDEV);
	close_file(fd);
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/tmp/file"), 0), 0);
}

/* every allocation of a look fails once */
static void test_without_memory(void **state)
{
	static const char *const paths[] = {"/proc/self/task/7/status", "/dev/fd/0",
					    "/proc/self/cwd"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		for (uint64_t others = 0;; others++) {
			long fd;

			fake_fail_allocation(others);
			fd = open_file(paths[i], O_RDONLY);
			fake_fail_allocation(UINT64_MAX);
			if (fd >= 0) {
				close_file(fd);
				break;
			}
			assert_int_equal(fd, -ENOMEM);
			assert_true(others < 20);
		}
	}
}

static int boot(void **state)
{
	(void)state;
	archive_end(&archive);
	assert_int_equal(fake_boot(archive.data, archive.size), 0);
	fake_process_start();
	/* descriptor tables grow once */
	close_file(open_file("/", O_RDONLY));
	*state = (void *)(uintptr_t)fake_live();
	return 0;
}

static int finish(void **state)
{
	assert_int_equal(fake_live(), (uintptr_t)*state);
	fake_process_end();
	free(archive.data);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_process),      cmocka_unit_test(test_machine),
		cmocka_unit_test(test_listing),      cmocka_unit_test(test_directories),
		cmocka_unit_test(test_long_path),    cmocka_unit_test(test_unnamed_files),
		cmocka_unit_test(test_unchangeable), cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, boot, finish);
}
