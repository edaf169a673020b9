/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The LWK's file system where the host's cannot be the model: the initial archive and its bytes in place, generated files,
 * devices, inheritance, faults in buffers. test_lwk_fs_model.c compares everything else with the host, test_lwk_fs_memory.c runs
 * out of memory.
 */
#define _GNU_SOURCE
#include "lwk_fake/archive.h"
#include "lwk_fake/lwk_fake.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <lwk/device.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define CWD   ((uint64_t)AT_FDCWD)
#define PAGE  4096
#define LARGE 20000

static struct archive archive;
static char content[LARGE];
static uint64_t live_at_boot;

static long open_file(const char *path, int flags)
{
	return fake_call(SYS_openat, CWD, ADDRESS(path), (uint64_t)flags, 0777);
}

static long close_file(long fd)
{
	return fake_call(SYS_close, (uint64_t)fd);
}

static long read_at(long fd, void *to, size_t size, uint64_t at)
{
	return fake_call(SYS_pread64, (uint64_t)fd, ADDRESS(to), size, at);
}

static long write_at(long fd, const void *from, size_t size, uint64_t at)
{
	return fake_call(SYS_pwrite64, (uint64_t)fd, ADDRESS(from), size, at);
}

static struct stat stat_of(const char *path)
{
	struct stat st = {0};

	assert_int_equal(
		fake_call(SYS_newfstatat, CWD, ADDRESS(path), ADDRESS(&st), AT_SYMLINK_NOFOLLOW),
		0);
	return st;
}

/* the whole text of a file */
static void assert_text(const char *path, const char *text)
{
	char buffer[2000];
	long fd = open_file(path, O_RDONLY), length;

	assert_true(fd >= 0);
	length = fake_call(SYS_read, (uint64_t)fd, ADDRESS(buffer), sizeof(buffer) - 1);
	assert_true(length >= 0);
	buffer[length] = '\0';
	assert_string_equal(buffer, text);
	assert_int_equal(close_file(fd), 0);
}

static void test_archive(void **state)
{
	char target[20] = "";

	(void)state;
	assert_text("/etc/hello", "hello, world\n");
	assert_text("/link", "hello, world\n");
	assert_text("/twice", "second\n");
	assert_int_equal(stat_of("/etc").st_mode, S_IFDIR | 0711);
	assert_int_equal(stat_of("/etc/hello").st_mode, S_IFREG | 0640);
	assert_int_equal(stat_of("/etc/hello").st_mtime, 1000000);
	assert_int_equal(stat_of("/deep/er/file").st_size, 0);
	assert_int_equal(stat_of("/dev").st_mode, S_IFDIR | 0755);
	assert_int_equal(open_file("/node", O_RDONLY), -ENOENT); /* devices are left out */
	assert_int_equal(fake_call(SYS_readlinkat, CWD, ADDRESS("/link"), ADDRESS(target), 20), 9);
	assert_string_equal(target, "etc/hello");
}

/* Written pages are copies: the archive keeps its bytes, pages that were not written need no memory. */
static void test_copy_on_write(void **state)
{
	char buffer[LARGE + 10], copy[LARGE];
	uint64_t live = fake_live();
	long fd = open_file("/large", O_RDWR);

	(void)state;
	memcpy(copy, content, LARGE);
	assert_int_equal(fake_live(), live + 1); /* the open file */
	assert_int_equal(read_at(fd, buffer, sizeof(buffer), 0), LARGE);
	assert_memory_equal(buffer, content, LARGE);
	assert_int_equal(write_at(fd, "changed", 7, PAGE + 10), 7);
	memcpy(copy + PAGE + 10, "changed", 7);
	assert_int_equal(read_at(fd, buffer, sizeof(buffer), 0), LARGE);
	assert_memory_equal(buffer, copy, LARGE);
	assert_non_null(memmem(archive.data, archive.size, content, LARGE));
	assert_int_equal(fake_live(), live + 3); /* one page and one table */
	assert_int_equal(fake_call(SYS_ftruncate, (uint64_t)fd, PAGE + 12), 0);
	assert_int_equal(fake_call(SYS_ftruncate, (uint64_t)fd, LARGE), 0);
	memset(copy + PAGE + 12, 0, LARGE - PAGE - 12); /* what was cut off does not come back */
	assert_int_equal(read_at(fd, buffer, sizeof(buffer), 0), LARGE);
	assert_memory_equal(buffer, copy, LARGE);
	close_file(fd);
}

static void test_executable(void **state)
{
	struct fake_executable executable;
	char path[30];
	long fd;

	(void)state;
	assert_int_equal(fake_executable_open("/bin/prog", &executable), 0);
	assert_true((const char *)executable.data > archive.data &&
		    (const char *)executable.data < archive.data + archive.size);
	assert_int_equal(executable.size, LARGE);
	fd = open_file("/bin/prog", O_RDWR);
	assert_int_equal(write_at(fd, "X", 1, 0), 1);
	assert_memory_equal(executable.data, content, LARGE);
	fake_executable_close(&executable);
	assert_int_equal(fake_executable_open("/bin/prog", &executable), 0);
	assert_int_equal(*(const char *)executable.data, 'X');
	assert_memory_equal((const char *)executable.data + 1, content + 1, LARGE - 1);
	fake_executable_close(&executable);
	close_file(fd);
	assert_int_equal(fake_executable_open("/etc/hello", &executable), -EACCES);
	assert_int_equal(fake_executable_open("/etc", &executable), -EACCES);
	assert_int_equal(fake_executable_open("/missing", &executable), -ENOENT);
	assert_int_equal(fake_path_absolute("bin/../bin/./prog", path, sizeof(path)), 0);
	assert_string_equal(path, "/bin/prog");
	assert_int_equal(fake_path_absolute("bin", path, sizeof(path)), 0);
	assert_string_equal(path, "/bin");
	assert_int_equal(fake_path_absolute("bin/prog", path, 9), -ENAMETOOLONG);
	assert_int_equal(fake_path_absolute("bin/prog", path, 10), 0);
}

/* 40 symbolic links may be followed in one resolution, whether they come one behind the other or within each other */
static void test_link_limit(void **state)
{
	char name[20], target[20] = "etc/hello", path[200] = "/up";
	struct stat st;

	(void)state;
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "/tmp/%d", i);
		assert_int_equal(fake_call(SYS_symlinkat, ADDRESS(target), CWD, ADDRESS(name)), 0);
		assert_int_equal(fake_call(SYS_newfstatat, CWD, ADDRESS(name), ADDRESS(&st), 0),
				 i == 1    ? -ENOENT
				 : i <= 40 ? 0
					   : -ELOOP);
		snprintf(target, sizeof(target), "%s", name + 5);
		if (i > 1)
			continue;
		assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS(name), 0), 0);
		assert_int_equal(
			fake_call(SYS_symlinkat, ADDRESS("../etc/hello"), CWD, ADDRESS(name)), 0);
	}
	assert_int_equal(fake_call(SYS_symlinkat, ADDRESS("./"), CWD, ADDRESS("/up")), 0);
	for (int i = 1; i <= 41; i++) {
		assert_int_equal(fake_call(SYS_newfstatat, CWD, ADDRESS(path), ADDRESS(&st), 0),
				 i <= 40 ? 0 : -ELOOP);
		strcat(path, "/up");
	}
	fake_remove_below("/tmp");
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/up"), 0), 0);
}

static void test_generated(void **state)
{
	char buffer[16] = "";
	long fd;

	(void)state;
	assert_text("/sys/devices/system/cpu/online", "0-3\n");
	assert_text("/sys/devices/system/cpu/possible", "0-3\n");
	assert_text("/sys/devices/system/cpu/cpu2/topology/thread_siblings_list", "2\n");
	assert_text("/proc/self/maps", "00400000-00401000 r-xp 00000000 00:00 0\n");
	assert_int_equal(open_file("/proc/cpuinfo", O_WRONLY), -EACCES);
	assert_int_equal(open_file("/proc/cpuinfo", O_RDONLY | O_TRUNC), -EACCES);
	assert_int_equal(stat_of("/proc/cpuinfo").st_mode, S_IFREG | 0444);
	assert_int_equal(stat_of("/proc/cpuinfo").st_size, 0);
	fd = open_file("/proc/meminfo", O_RDONLY);
	assert_int_equal(fake_call(SYS_read, (uint64_t)fd, ADDRESS(buffer), 9), 9);
	assert_string_equal(buffer, "MemTotal:");
	assert_int_equal(fake_call(SYS_read, (uint64_t)fd, ADDRESS(buffer), 15), 15);
	assert_int_equal(fake_call(SYS_lseek, (uint64_t)fd, 10000, SEEK_SET), 10000);
	assert_int_equal(fake_call(SYS_read, (uint64_t)fd, ADDRESS(buffer), 9), 0);
	close_file(fd);
	assert_int_equal(
		fake_call(SYS_readlinkat, CWD, ADDRESS("/proc/self/exe"), ADDRESS(buffer), 16), 9);
	assert_memory_equal(buffer, "/bin/test", 9);
	assert_int_equal(open_file("/proc/self/exe", O_RDONLY), -ENOENT); /* no such program here */
}

static void test_device(void **state)
{
	char first[8] = "", second[8] = "";
	struct iovec parts[2] = {{first, 3}, {second, 8}};
	int answer = 0;

	(void)state;
	fake_console = (struct fake_console){.input = "abcdef"};
	assert_int_equal(fake_call(SYS_write, 1, ADDRESS("out"), 3), 3);
	assert_int_equal(fake_call(SYS_write, 2, ADDRESS("err"), 3), 3);
	assert_string_equal(fake_console.written, "outerr");
	assert_int_equal(fake_call(SYS_write, 0, ADDRESS("x"), 1), -EBADF);
	assert_int_equal(fake_call(SYS_read, 1, ADDRESS(first), 1), -EBADF);
	assert_int_equal(fake_call(SYS_read, 0, ADDRESS(first), 1), 1);
	assert_int_equal(first[0], 'a');
	/* one read fills all parts */
	fake_console.input = "abc";
	assert_int_equal(fake_call(SYS_readv, 0, ADDRESS(parts), 2), 3);
	assert_memory_equal(first, "abc", 3);
	assert_int_equal(fake_console.nonblocking_reads, 0);
	assert_int_equal(fake_call(SYS_lseek, 0, 0, SEEK_SET), -ESPIPE);
	assert_int_equal(fake_call(SYS_pread64, 0, ADDRESS(first), 1, 0), -ESPIPE);
	assert_int_equal(fake_call(SYS_ftruncate, 1, 0), -EINVAL);
	assert_int_equal(fake_call(SYS_ioctl, 1, 0x4242, ADDRESS(&answer)), 0);
	assert_int_equal(answer, 42);
	assert_int_equal(fake_call(SYS_ioctl, 1, 0x5413, ADDRESS(&answer)), -ENOTTY);
	assert_int_equal(fake_call(SYS_ioctl, 1, 0x4242, 1), -EFAULT);
	assert_int_equal(stat_of("/dev/console").st_mode, S_IFCHR | 0666);
	assert_int_equal(fake_call(SYS_fsync, 1), -EINVAL);
}

static unsigned releases;

static void release(void *device)
{
	assert_ptr_equal(device, &releases);
	releases++;
}

/* A device is given back when its name has gone and nobody has it open, whichever comes last. */
static void test_device_that_goes(void **state)
{
	static const struct device_ops ops = {.release = release};
	int fd;

	(void)state;
	releases = 0;
	assert_int_equal(device_register("/dev/one", &ops, &releases), 0);
	fd = (int)open_file("/dev/one", O_RDONLY);
	assert_int_equal(device_remove("/dev/one"), 0);
	assert_int_equal(releases, 0);
	close_file(fd);
	assert_int_equal(releases, 1);
	assert_int_equal(device_register("/dev/one", &ops, &releases), 0);
	fd = (int)open_file("/dev/one", O_RDONLY);
	close_file(fd);
	assert_int_equal(device_register("/dev/one", &ops, &releases), -EEXIST);
	assert_int_equal(releases, 2);
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/dev/one"), 0), 0);
	assert_int_equal(releases, 3);
}

static void test_poll(void **state)
{
	struct pollfd polled[2] = {{0, POLLIN, 0}, {1, POLLIN, 0}};
	struct timespec timeout = {3, 5};
	uint64_t start = fake_time();

	(void)state;
	fake_console = (struct fake_console){.input = ""};
	assert_int_equal(fake_call(SYS_ppoll, ADDRESS(polled), 2, ADDRESS(&timeout), 0, 8), 0);
	assert_true(fake_time() - start >= 3000000005u && fake_time() - start < 3000001000u);
	assert_int_equal(polled[0].revents, 0);
	fake_console.input_later = "now";
	assert_int_equal(fake_call(SYS_ppoll, ADDRESS(polled), 2, 0, 0, 8), 2);
	assert_int_equal(polled[0].revents, POLLIN);
	polled[1].events = POLLOUT;
	fake_console.input = "";
	assert_int_equal(fake_call(SYS_ppoll, ADDRESS(polled), 2, 0, 0, 8), 1);
	assert_int_equal(polled[1].revents, POLLOUT);
	polled[1].fd = -1;
	assert_int_equal(fake_call(SYS_ppoll, ADDRESS(polled), 2, 0, 0, 8),
			 -514 /* ERESTARTNOHAND */);
	assert_int_equal(fake_call(SYS_ppoll, ADDRESS(polled), 5000, 0, 0, 8), -EINVAL);
	assert_int_equal(fake_call(SYS_ppoll, ADDRESS(polled), 2, 0, ADDRESS(polled), 4), -EINVAL);
}

static void test_pipe(void **state)
{
	static char bulk[70000], back[70000];
	struct pollfd polled[2] = {{0, POLLIN, 0}, {0, POLLOUT, 0}};
	struct timespec zero = {0, 0};
	uint64_t live = fake_live(), in, out;
	int fds[2];

	(void)state;
	assert_int_equal(fake_call(SYS_pipe2, ADDRESS(fds), O_NONBLOCK), 0);
	in = (uint64_t)(polled[0].fd = fds[0]);
	out = (uint64_t)(polled[1].fd = fds[1]);
	assert_int_equal(fake_call(SYS_read, in, ADDRESS(back), 10), -EAGAIN);
	assert_int_equal(fake_call(SYS_ppoll, ADDRESS(polled), 2, ADDRESS(&zero), 0, 8), 1);
	assert_int_equal(polled[1].revents, POLLOUT);
	for (int i = 0; i < 70000; i++)
		bulk[i] = (char)(i * 11);
	assert_int_equal(fake_call(SYS_write, out, ADDRESS(bulk), 60000), 60000);
	assert_int_equal(fake_call(SYS_read, in, ADDRESS(back), 50000), 50000);
	assert_int_equal(fake_call(SYS_write, out, ADDRESS(bulk + 60000), 10000), 10000);
	assert_int_equal(fake_call(SYS_read, in, ADDRESS(back + 50000), 50000), 20000);
	assert_memory_equal(bulk, back, 70000);
	/* what is atomic is written as a whole or not at all */
	assert_int_equal(fake_call(SYS_write, out, ADDRESS(bulk), 65000), 65000);
	assert_int_equal(fake_call(SYS_write, out, ADDRESS(bulk), 4096), -EAGAIN);
	assert_int_equal(fake_call(SYS_write, out, ADDRESS(bulk), 5000), 536);
	assert_int_equal(fake_call(SYS_write, out, ADDRESS(bulk), 1), -EAGAIN);
	assert_int_equal(fake_call(SYS_lseek, in, 0, SEEK_SET), -ESPIPE);
	assert_int_equal(fake_call(SYS_write, in, ADDRESS(bulk), 1), -EBADF);
	assert_int_equal(fake_call(SYS_read, out, ADDRESS(bulk), 1), -EBADF);
	assert_int_equal(close_file(fds[0]), 0);
	assert_int_equal(fake_call(SYS_write, out, ADDRESS(bulk), 1), -EPIPE);
	assert_int_equal(fake_last_signal, 13);
	assert_int_equal(fake_call(SYS_ppoll, ADDRESS(polled), 2, ADDRESS(&zero), 0, 8), 2);
	assert_int_equal(polled[1].revents, POLLERR);
	assert_int_equal(close_file(fds[1]), 0);
	assert_int_equal(fake_live(), live);
	assert_int_equal(fake_call(SYS_pipe2, ADDRESS(fds), 0), 0);
	assert_int_equal(fake_call(SYS_write, out, ADDRESS("end"), 3), 3);
	assert_int_equal(close_file(fds[1]), 0);
	assert_int_equal(fake_call(SYS_read, in, ADDRESS(back), 10), 3);
	assert_int_equal(fake_call(SYS_read, in, ADDRESS(back), 10), 0);
	assert_int_equal(close_file(fds[0]), 0);
	assert_int_equal(fake_call(SYS_pipe2, 1, 0), -EFAULT);
	assert_int_equal(fake_live(), live);
}

static void test_select(void **state)
{
	struct timespec timeout = {2, 0};
	uint64_t read = 1, write = 2, start = fake_time();

	(void)state;
	fake_console = (struct fake_console){.input = ""};
	assert_int_equal(
		fake_call(SYS_pselect6, 2, ADDRESS(&read), ADDRESS(&write), 0, ADDRESS(&timeout)),
		1);
	assert_int_equal(read, 0);
	assert_int_equal(write, 2);
	read = 1;
	assert_int_equal(
		fake_call(SYS_pselect6, 1, ADDRESS(&read), ADDRESS(&write), 0, ADDRESS(&timeout)),
		0);
	assert_true(fake_time() - start >= 2000000000u);
	assert_int_equal(read, 0);
	read = 1;
	fake_console.input_later = "x";
	assert_int_equal(fake_call(SYS_pselect6, 1, ADDRESS(&read), 0, 0, 0), 1);
	assert_int_equal(read, 1);
	read = 1 << 9;
	assert_int_equal(fake_call(SYS_pselect6, 10, ADDRESS(&read), 0, 0, 0), -EBADF);
	assert_int_equal(fake_call(SYS_pselect6, (uint64_t)-1, ADDRESS(&read), 0, 0, 0), -EINVAL);
	assert_int_equal(fake_call(SYS_pselect6, 1, 1, 0, 0, 0), -EFAULT);
}

/* A child has descriptors 0 to 2 and the working directory; what it opens is closed with it. */
static void test_child(void **state)
{
	uint64_t live;
	long fd, extra = open_file("/etc/hello", O_RDONLY);
	char buffer[10];

	(void)state;
	assert_int_equal(fake_call(SYS_chdir, ADDRESS("/etc")), 0);
	fd = open_file("hello", O_RDONLY);
	assert_int_equal(fake_call(SYS_dup3, (uint64_t)fd, 0, 0), 0);
	live = fake_live();
	fake_child_start();
	assert_int_equal(fake_call(SYS_read, 0, ADDRESS(buffer), 5), 5);
	assert_int_equal(fake_call(SYS_read, (uint64_t)extra, ADDRESS(buffer), 5), -EBADF);
	assert_true(open_file("hello", O_RDONLY) >= 0);
	assert_true(open_file(".", O_RDONLY) >= 0);
	assert_int_equal(fake_call(SYS_chdir, ADDRESS("/deep")), 0);
	assert_int_equal(fake_call(SYS_dup3, 0, 700, 0), 700);
	fake_child_end();
	assert_int_equal(fake_live(), live);
	/* the position is shared */
	assert_int_equal(fake_call(SYS_read, (uint64_t)fd, ADDRESS(buffer), 5), 5);
	assert_memory_equal(buffer, ", wor", 5);
	assert_int_equal(fake_call(SYS_openat, CWD, ADDRESS("/dev/console"), O_RDONLY, 0),
			 extra + 2);
	assert_int_equal(fake_call(SYS_dup3, (uint64_t)extra + 2, 0, 0), 0);
	close_file(extra);
	close_file(fd);
	close_file(extra + 2);
	assert_int_equal(fake_call(SYS_chdir, ADDRESS("/")), 0);
}

static void test_descriptor_limit(void **state)
{
	long fd;
	int count = 0;

	(void)state;
	while ((fd = open_file("/etc/hello", O_RDONLY)) >= 0)
		count++;
	assert_int_equal(fd, -EMFILE);
	assert_int_equal(count, 1024 - 3);
	assert_int_equal(fake_call(SYS_dup, 0), -EMFILE);
	assert_int_equal(fake_call(SYS_fcntl, 0, F_DUPFD, 1023), -EMFILE);
	assert_int_equal(fake_call(SYS_fcntl, 0, F_DUPFD, 1024), -EINVAL);
	assert_int_equal(fake_call(SYS_dup3, 0, 1024, 0), -EBADF);
	for (fd = 3; fd < 1024; fd++)
		assert_int_equal(close_file(fd), 0);
}

/* Buffers that end at forbidden memory: what was reported was moved, nothing else stays behind in the file. */
static void test_faults(void **state)
{
	static char area[4 * PAGE];
	char *bad = area + 2 * PAGE, buffer[3 * PAGE];
	long fd = open_file("/faulty", O_RDWR | O_CREAT), n;

	(void)state;
	memset(area, 'a', sizeof(area));
	fake_set_bad_memory(bad, PAGE);
	n = write_at(fd, bad - 100, 200, 0);
	assert_true(n == -EFAULT || n == 100);
	n = n < 0 ? 0 : n;
	assert_int_equal(stat_of("/faulty").st_size, n);
	n = write_at(fd, bad - 5000, 3 * PAGE, 0);
	assert_true(n > 0 && n <= 5000);
	assert_int_equal(stat_of("/faulty").st_size, n);
	/* in a page that exists: bytes behind the end are zero still */
	assert_int_equal(write_at(fd, area, 10, 0), 10);
	assert_int_equal(fake_call(SYS_ftruncate, (uint64_t)fd, 10), 0);
	assert_int_equal(write_at(fd, bad - 20, 30, 10), -EFAULT);
	assert_int_equal(stat_of("/faulty").st_size, 10);
	assert_int_equal(fake_call(SYS_ftruncate, (uint64_t)fd, 100), 0);
	assert_int_equal(read_at(fd, buffer, 100, 0), 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(buffer[i], i < 10 ? 'a' : 0);
	assert_int_equal(read_at(fd, bad, 50, 0), -EFAULT);
	assert_int_equal(fake_call(SYS_getdents64, (uint64_t)fd, ADDRESS(bad), 100), -ENOTDIR);
	close_file(fd);
	fd = open_file("/", O_RDONLY | O_DIRECTORY);
	n = fake_call(SYS_getdents64, (uint64_t)fd, ADDRESS(bad - 60), 1000);
	assert_true(n > 0 && n <= 60);
	assert_int_equal(fake_call(SYS_getdents64, (uint64_t)fd, ADDRESS(bad), 1000), -EFAULT);
	assert_true(fake_call(SYS_getdents64, (uint64_t)fd, ADDRESS(buffer), 1000) > 100);
	close_file(fd);
	fake_set_bad_memory(NULL, 0);
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/faulty"), 0), 0);
}

/* A listing that goes on while names come and go repeats and misses none of those that stay. */
static void test_listing(void **state)
{
	char name[20], buffer[200];
	unsigned seen[100] = {0};
	long fd, n;

	(void)state;
	assert_int_equal(fake_call(SYS_mkdirat, CWD, ADDRESS("/many"), 0755), 0);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "/many/%d", i);
		close_file(open_file(name, O_CREAT | O_WRONLY));
	}
	fd = open_file("/many", O_RDONLY);
	while ((n = fake_call(SYS_getdents64, (uint64_t)fd, ADDRESS(buffer), sizeof(buffer))) > 0) {
		for (long at = 0; at < n; at += *(uint16_t *)(void *)(buffer + at + 16)) {
			int number = atoi(buffer + at + 19);

			if (buffer[at + 19] == '.')
				continue;
			assert_true(number < 100);
			seen[number]++;
			snprintf(name, sizeof(name), "/many/%d", number);
			if (number % 3 == 0)
				fake_call(SYS_unlinkat, CWD, ADDRESS(name), 0);
		}
	}
	for (int i = 0; i < 100; i++) {
		assert_int_equal(seen[i], 1);
		snprintf(name, sizeof(name), "/many/%d", i);
		assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS(name), 0),
				 i % 3 ? 0 : -ENOENT);
	}
	close_file(fd);
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/many"), AT_REMOVEDIR), 0);
}

/* what nothing refers to any more is freed: the files of the archive, too */
static void test_nothing_left(void **state)
{
	char buffer[4000];
	long fd = open_file("/gone", O_RDWR | O_CREAT);
	uint64_t live = fake_live();

	(void)state;
	for (uint64_t i = 0; i < 30; i++)
		assert_int_equal(write_at(fd, content, LARGE, i * i * i * 100000), LARGE);
	assert_int_equal(write_at(fd, content, 1, UINT64_C(1) << 62), 1);
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/gone"), 0), 0);
	assert_int_equal(read_at(fd, buffer, 10, 100000), 10);
	assert_true(fake_live() > live + 30 * 4);
	close_file(fd);
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/large"), 0), 0);
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/bin/prog"), 0), 0);
	fake_process_end();
	/* each of the two was a node and a name; the process's table and slots */
	assert_int_equal(fake_live(), live_at_boot - 4);
	fake_process_start();
}

static int boot(void **state)
{
	(void)state;
	for (int i = 0; i < LARGE; i++)
		content[i] = (char)(i * 7 + i / 256);
	archive_add(&archive, ".", S_IFDIR | 0755, NULL, 0);
	archive_add(&archive, "./etc", S_IFDIR | 0711, NULL, 0);
	archive_add(&archive, "dev", S_IFDIR | 0755, NULL, 0);
	archive_add(&archive, "etc/hello", S_IFREG | 0640, "hello, world\n", 13);
	archive_add(&archive, "link", S_IFLNK | 0777, "etc/hello", 9);
	archive_add(&archive, "twice", S_IFREG | 0644, "first\n", 6);
	archive_add(&archive, "twice", S_IFREG | 0644, "second\n", 7);
	archive_add(&archive, "deep/er/file", S_IFREG | 0644, NULL, 0);
	archive_add(&archive, "large", S_IFREG | 0644, content, LARGE);
	archive_add(&archive, "/bin/prog", S_IFREG | 0755, content, LARGE);
	archive_add(&archive, "node", S_IFCHR | 0600, NULL, 0);
	archive_end(&archive);
	assert_int_equal(fake_boot(archive.data, archive.size), 0);
	live_at_boot = fake_live();
	fake_process_start();
	return 0;
}

static int finish(void **state)
{
	(void)state;
	fake_process_end();
	free(archive.data);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_archive),
		cmocka_unit_test(test_copy_on_write),
		cmocka_unit_test(test_executable),
		cmocka_unit_test(test_generated),
		cmocka_unit_test(test_link_limit),
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_device_that_goes),
		cmocka_unit_test(test_poll),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_select),
		cmocka_unit_test(test_child),
		cmocka_unit_test(test_descriptor_limit),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_listing),
		cmocka_unit_test(test_nothing_left),
	};

	return cmocka_run_group_tests(tests, boot, finish);
}
