/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The LWK's file system out of memory: every allocation that a call makes fails once. A call that then reports it has changed nothing
 * that can be seen, and in the end everything is freed. Then random calls with random failures.
 */
#define _GNU_SOURCE
#include "lwk_fake/archive.h"
#include "lwk_fake/lwk_fake.h"
#include "unit.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define CWD ((uint64_t)AT_FDCWD)

static struct archive archive;
static char big[40000];
static uint64_t live_at_boot;

/* --- what can be seen of the tree, as text --- */

static char before[20000], after[20000];

static void append(char *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(char *out, const char *format, ...)
{
	size_t length = strlen(out);
	va_list args;

	va_start(args, format);
	vsnprintf(out + length, sizeof(before) - length, format, args);
	va_end(args);
}

/* of the first bytes: files are sparse here */
static uint64_t content_sum(const char *path)
{
	static char data[100000];
	long fd = fake_call(SYS_openat, CWD, ADDRESS(path), O_RDONLY);
	long n = fake_call(SYS_read, (uint64_t)fd, ADDRESS(data), sizeof(data));
	uint64_t sum = 5381;

	for (long i = 0; i < n; i++)
		sum = sum * 33 + (uint8_t)data[i];
	fake_call(SYS_close, (uint64_t)fd);
	return sum;
}

static void print_tree(const char *path, char *out)
{
	char buffer[4000], child[600];
	long fd = fake_call(SYS_openat, CWD, ADDRESS(path), O_RDONLY | O_DIRECTORY), n;

	assert_true(fd >= 0);
	n = fake_call(SYS_getdents64, (uint64_t)fd, ADDRESS(buffer), sizeof(buffer));
	fake_call(SYS_close, (uint64_t)fd);
	for (long at = 0; at < n;) {
		const struct dirent *entry = (const struct dirent *)(const void *)(buffer + at);
		struct stat st;

		at += entry->d_reclen;
		snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
		if (fake_call(SYS_newfstatat, CWD, ADDRESS(child), ADDRESS(&st),
			      AT_SYMLINK_NOFOLLOW))
			continue;
		append(out, "%s %o %lu %ld %lu\n", child, st.st_mode, st.st_nlink, st.st_size,
		       S_ISREG(st.st_mode) ? content_sum(child) : 0);
		if (S_ISDIR(st.st_mode) && entry->d_name[0] != '.')
			print_tree(child, out);
	}
}

static const char *see(char *out)
{
	out[0] = '\0';
	print_tree("/desk", out);
	return out;
}

/* --- each allocation of each call fails --- */

struct call {
	long number;
	uint64_t args[6];
	bool partial; /* may do a part of its work and report that */
};

static bool is_shortage(long result)
{
	return result == -ENOMEM || result == -ENOSPC;
}

/* The call, without shortage in the end. */
static long with_shortages(const struct call *call)
{
	for (uint64_t others = 0;; others++) {
		long result;

		see(before);
		fake_fail_allocation(others);
		result = fake_call_args(call->number, call->args);
		if (!fake_has_failed()) {
			fake_fail_allocation(UINT64_MAX);
			return result;
		}
		if (!is_shortage(result)) {
			assert_true(call->partial && result >= 0);
			return result;
		}
		fake_fail_allocation(UINT64_MAX);
		assert_string_equal(see(after), before);
	}
}

#define TRY(number, ...)       with_shortages(&(const struct call){(number), {__VA_ARGS__}, false})
#define TRY_PARTS(number, ...) with_shortages(&(const struct call){(number), {__VA_ARGS__}, true})

static uint64_t text(const char *path)
{
	return ADDRESS(path);
}

static void test_each_allocation(void **state)
{
	struct iovec parts[2] = {{big, 10}, {big, 20}};
	struct pollfd polled = {1, POLLOUT, 0};
	struct timespec zero = {0, 0};
	struct stat st;
	int fds[2];
	long fd, n;

	(void)state;
	fd = TRY(SYS_openat, CWD, text("/desk/new"), O_RDWR | O_CREAT, 0644);
	assert_true(fd >= 0);
	n = TRY_PARTS(SYS_pwrite64, (uint64_t)fd, ADDRESS(big), sizeof(big), 10000);
	assert_true(n > 0);
	assert_true(TRY(SYS_pwrite64, (uint64_t)fd, ADDRESS(big), 10, UINT64_C(1) << 50) == 10);
	assert_int_equal(TRY(SYS_writev, (uint64_t)fd, ADDRESS(parts), 2), 30);
	assert_int_equal(TRY(SYS_ftruncate, (uint64_t)fd, 100), 0);
	assert_int_equal(TRY(SYS_mkdirat, CWD, text("/desk/dir"), 0755), 0);
	assert_int_equal(TRY(SYS_symlinkat, text("new"), CWD, text("/desk/link")), 0);
	assert_int_equal(TRY(SYS_linkat, CWD, text("/desk/new"), CWD, text("/desk/second"), 0), 0);
	assert_int_equal(TRY(SYS_renameat2, CWD, text("/desk/new"), CWD, text("/desk/dir/a"), 0),
			 0);
	assert_int_equal(TRY(SYS_renameat2, CWD, text("/desk/dir/a"), CWD, text("/desk/link"), 0),
			 0);
	assert_int_equal(TRY(SYS_newfstatat, CWD, text("/desk/dir"), ADDRESS(&st), 0), 0);
	assert_int_equal(TRY(SYS_chdir, text("/desk/dir")), 0);
	assert_int_equal(TRY(SYS_getcwd, ADDRESS(big), 100), 10);
	assert_int_equal(TRY(SYS_ppoll, ADDRESS(&polled), 1, 0, 0, 8), 1);
	assert_int_equal(TRY(SYS_pselect6, 0, 0, 0, 0, ADDRESS(&zero)), 0);
	assert_int_equal(TRY(SYS_pipe2, ADDRESS(fds), 0), 0);
	assert_int_equal(TRY(SYS_dup3, (uint64_t)fd, 900, 0), 900);
	assert_int_equal(TRY(SYS_unlinkat, CWD, text("/desk/link"), 0), 0);
	assert_int_equal(TRY(SYS_unlinkat, CWD, text("/desk/second"), 0), 0);
	assert_int_equal(TRY(SYS_unlinkat, CWD, text("/desk/dir"), AT_REMOVEDIR), 0);
	assert_int_equal(TRY(SYS_chdir, text("..")), 0);
	n = TRY(SYS_openat, CWD, text("/proc/cpuinfo"), O_RDONLY);
	assert_true(TRY(SYS_read, (uint64_t)n, ADDRESS(big), 10) == 10);
	assert_true(TRY(SYS_openat, CWD, text("/proc/self/status"), O_RDONLY) >= 0);
	assert_int_equal(TRY(SYS_openat, CWD, text("/proc/thread-self/task"), O_RDONLY), -ENOENT);
	assert_true(TRY(SYS_openat, CWD, text("/proc/self/fd/0"), O_RDONLY) >= 0);
	assert_int_equal(TRY(SYS_openat, CWD, text("/proc/self/fd/77"), O_RDONLY), -ENOENT);
	assert_true(TRY(SYS_openat, CWD, text("/proc/self/cwd"), O_RDONLY) >= 0);
	assert_true(TRY(SYS_openat, CWD, text("/proc/self/root"), O_RDONLY) >= 0);
	assert_true(TRY(SYS_readlinkat, CWD, text("/proc/self/exe"), ADDRESS(big), 100) > 0);
	fake_process_end();
	assert_int_equal(fake_live(), live_at_boot);
	fake_process_start();
}

/* --- random calls, random shortages --- */

static const char *const names[] = {
	"/desk/a",   "/desk/b",   "/desk/d",     "/desk/d/a",
	"/desk/d/b", "/desk/d/e", "/desk/d/e/a", "/desk/l",
};

static uint64_t random_name(struct random *random)
{
	return text(names[random_below(random, sizeof(names) / sizeof(names[0]))]);
}

static long random_call(struct random *random)
{
	uint64_t a = random_name(random), b = random_name(random);
	uint64_t fd = 3 + random_below(random, 6), size = random_below(random, sizeof(big));

	switch (random_below(random, 11)) {
	case 0:
	case 1:
		return fake_call(SYS_openat, CWD, a, O_RDWR | O_CREAT, 0644);
	case 2:
		return fake_call(SYS_close, fd);
	case 3:
	case 4:
		return fake_call(SYS_pwrite64, fd, ADDRESS(big), size,
				 random_below(random, UINT64_C(1) << random_below(random, 40)));
	case 5:
		return fake_call(SYS_mkdirat, CWD, a, 0755);
	case 6:
		return fake_call(SYS_unlinkat, CWD, a, 0);
	case 7:
		return fake_call(SYS_unlinkat, CWD, a, AT_REMOVEDIR);
	case 8:
		return fake_call(SYS_renameat2, CWD, a, CWD, b, 0);
	case 9:
		return fake_call(SYS_linkat, CWD, a, CWD, b, 0);
	default:
		return fake_call(SYS_ftruncate, fd, size);
	}
}

static void test_random_failures(void **state)
{
	struct random random = random_start();
	unsigned shortages = 0;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		long result;

		fake_fail_allocation(random_below(&random, 10));
		result = random_call(&random);
		shortages += is_shortage(result);
		if (is_shortage(result))
			assert_true(fake_has_failed());
		fake_fail_allocation(UINT64_MAX);
		if (i % 5000 == 4999) {
			fake_process_end();
			fake_process_start();
		}
	}
	assert_true(shortages > 1000);
	fake_remove_below("/desk");
	fake_process_end();
	assert_int_equal(fake_live(), live_at_boot - 2); /* the archive's file: its node and name */
	fake_process_start();
}

static int boot(void **state)
{
	(void)state;
	memset(big, 'b', sizeof(big));
	archive_add(&archive, "desk/file", S_IFREG | 0644, big, 5000);
	archive_end(&archive);
	assert_int_equal(fake_boot(archive.data, archive.size), 0);
	live_at_boot = fake_live();
	fake_process_start();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation),
		cmocka_unit_test(test_random_failures),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
