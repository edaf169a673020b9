/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The LWK's file system against the host's: the same random system calls, with the same arguments, on the file tree and on an empty
 * tmpfs that is this process's root and nobody else's; results, errors, data and status must be equal.
 */
#define _GNU_SOURCE
#include "lwk_fake/archive.h"
#include "lwk_fake/lwk_fake.h"
#include "lwk_fs_model/model.h"
#include "unit.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define STEPS       200000
#define DESCRIPTORS 12

/* descriptors of the same file on both sides, -1 when closed */
static struct pair {
	long host, lwk;
} pairs[DESCRIPTORS];

static char trace[32][1000];
static unsigned step;
static char host_data[MODEL_DATA_MAX], lwk_data[MODEL_DATA_MAX];
static unsigned good, bad;

/* --- comparing --- */

static void fail_with_trace(const char *what)
{
	if (host_root_is_full())
		skip();
	for (unsigned i = step > 31 ? step - 31 : 0; i <= step; i++)
		print_error("%u: %s\n", i, trace[i % 32]);
	fail_msg("%s at step %u", what, step);
}

/* the same call on both sides, with the LWK's arguments where they differ */
static long both(long number, const uint64_t host[6], const uint64_t lwk[6])
{
	long expected = host_call(number, host);
	long result = fake_call_args(number, lwk);
	size_t length = strlen(trace[step % 32]);

	snprintf(trace[step % 32] + length, sizeof(trace[0]) - length, " -> host %ld, lwk %ld",
		 expected, result);
	if (expected != result)
		fail_with_trace("different results");
	if (result < 0)
		bad++;
	else
		good++;
	return result;
}

#define SAME(number, ...) \
	both((number), (const uint64_t[6]){__VA_ARGS__}, (const uint64_t[6]){__VA_ARGS__})
#define note(...) snprintf(trace[step % 32], sizeof(trace[0]), __VA_ARGS__)

static void compare_stat(const struct stat *host, const struct stat *lwk)
{
	size_t length = strlen(trace[step % 32]);

	snprintf(
		trace[step % 32] + length, sizeof(trace[0]) - length,
		" host mode %o links %lu size %ld blocks %ld, lwk mode %o links %lu size %ld blocks %ld",
		host->st_mode, host->st_nlink, host->st_size, host->st_blocks, lwk->st_mode,
		lwk->st_nlink, lwk->st_size, lwk->st_blocks);
	if (host->st_mode != lwk->st_mode || host->st_uid != lwk->st_uid ||
	    host->st_nlink != lwk->st_nlink)
		fail_with_trace("different mode, owner or link count");
	if (!S_ISDIR(host->st_mode) && host->st_size != lwk->st_size)
		fail_with_trace("different size");
	if (S_ISREG(host->st_mode) && host->st_blocks != lwk->st_blocks)
		fail_with_trace("different number of blocks");
}

static struct pair *random_pair(void)
{
	return &pairs[below(DESCRIPTORS)];
}

/* a descriptor for the ...at calls; mostly the working directory */
static struct pair random_start_dir(void)
{
	if (!random_one_in(&model_random, 4))
		return (struct pair){AT_FDCWD, AT_FDCWD};
	return *random_pair();
}

/* --- the calls --- */

static void try_open(void)
{
	static const int flags[] = {O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW};
	const char *path = random_path();
	struct pair from = random_start_dir(), *to = random_pair();
	int how = (int)below(3);

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (random_one_in(&model_random, i == 0 ? 2 : 5))
			how |= flags[i];
	if ((how & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
		how &= ~O_DIRECTORY; /* Linux changed its mind about it */
	note("openat(%ld, %s, %o)", from.lwk, path, how);
	uint64_t host[6] = {(uint64_t)from.host, ADDRESS(path), (uint64_t)how, 0666};
	uint64_t lwk[6] = {(uint64_t)from.lwk, ADDRESS(path), (uint64_t)how, 0666};
	long expected = host_call(SYS_openat, host);
	long result = fake_call_args(SYS_openat, lwk);

	if ((expected < 0 || result < 0) && expected != result) {
		note("openat(%ld, %s, %o): host %ld lwk %ld", from.lwk, path, how, expected,
		     result);
		fail_with_trace("different results of open");
	}
	if (result < 0)
		return;
	if (to->host >= 0) {
		host_call(SYS_close, (const uint64_t[6]){(uint64_t)to->host});
		fake_call(SYS_close, (uint64_t)to->lwk);
	}
	*to = (struct pair){expected, result};
}

static void try_read(void)
{
	struct pair *fd = random_pair();
	size_t size = random_size();
	uint64_t at = random_offset();
	bool positioned = random_one_in(&model_random, 2);
	long number = positioned ? SYS_pread64 : SYS_read;

	note("%s(%ld, %zu, %lld)", positioned ? "pread" : "read", fd->lwk, size, (long long)at);
	if (fd->host < 0)
		return;
	const uint64_t host[6] = {(uint64_t)fd->host, ADDRESS(host_data), size, at};
	const uint64_t lwk[6] = {(uint64_t)fd->lwk, ADDRESS(lwk_data), size, at};
	long result = both(number, host, lwk);

	if (result > 0 && memcmp(host_data, lwk_data, (size_t)result))
		fail_with_trace("different data");
}

static void try_write(void)
{
	struct pair *fd = random_pair();
	size_t size = random_size();
	uint64_t at = random_offset();
	bool positioned = random_one_in(&model_random, 2);

	note("%s(%ld, %zu, %lld)", positioned ? "pwrite" : "write", fd->lwk, size, (long long)at);
	if (fd->host < 0)
		return;
	for (size_t i = 0; i < size; i++)
		host_data[i] = (char)(step + i);
	const uint64_t host[6] = {(uint64_t)fd->host, ADDRESS(host_data), size, at};
	const uint64_t lwk[6] = {(uint64_t)fd->lwk, ADDRESS(host_data), size, at};

	both(positioned ? SYS_pwrite64 : SYS_write, host, lwk);
}

static void try_vector(void)
{
	struct pair *fd = random_pair();
	bool write = random_one_in(&model_random, 2);
	struct iovec host_parts[4], lwk_parts[4];
	size_t count = (size_t)below(5);

	note("%s(%ld, %zu parts)", write ? "writev" : "readv", fd->lwk, count);
	if (fd->host < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		size_t size = random_size() / 4;
		size_t at = (3 - i) * MODEL_DATA_MAX / 4; /* from behind, with gaps */

		host_parts[i] = (struct iovec){host_data + at, size};
		lwk_parts[i] = (struct iovec){(write ? host_data : lwk_data) + at, size};
	}
	const uint64_t host[6] = {(uint64_t)fd->host, ADDRESS(host_parts), count};
	const uint64_t lwk[6] = {(uint64_t)fd->lwk, ADDRESS(lwk_parts), count};

	if (!write)
		memcpy(lwk_data, host_data, MODEL_DATA_MAX);
	both(write ? SYS_writev : SYS_readv, host, lwk);
	if (!write && memcmp(host_data, lwk_data, MODEL_DATA_MAX))
		fail_with_trace("different data");
}

static void try_seek(void)
{
	struct pair *fd = random_pair();
	uint64_t at = random_one_in(&model_random, 3) ? random_offset()
						      : (uint64_t)-below(MODEL_DATA_MAX);
	uint64_t whence = below(3);
	struct stat st;

	note("lseek(%ld, %lld, %llu)", fd->lwk, (long long)at, (unsigned long long)whence);
	if (fd->host < 0)
		return;
	/* positions within directories mean something to their own file system only */
	if (!fstat((int)fd->host, &st) && S_ISDIR(st.st_mode))
		return;
	both(SYS_lseek, (const uint64_t[6]){(uint64_t)fd->host, at, whence},
	     (const uint64_t[6]){(uint64_t)fd->lwk, at, whence});
}

static void try_truncate(void)
{
	struct pair *fd = random_pair();
	const char *path = random_path();
	uint64_t size = random_offset();

	if (random_one_in(&model_random, 2)) {
		note("truncate(%s, %lld)", path, (long long)size);
		SAME(SYS_truncate, ADDRESS(path), size);
		return;
	}
	note("ftruncate(%ld, %lld)", fd->lwk, (long long)size);
	if (fd->host >= 0)
		both(SYS_ftruncate, (const uint64_t[6]){(uint64_t)fd->host, size},
		     (const uint64_t[6]){(uint64_t)fd->lwk, size});
}

static void try_allocate(void)
{
	static const uint64_t modes[] = {0,
					 FALLOC_FL_KEEP_SIZE,
					 FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE,
					 FALLOC_FL_ZERO_RANGE,
					 FALLOC_FL_PUNCH_HOLE,
					 1000};
	struct pair *fd = random_pair();
	uint64_t mode = modes[below(random_one_in(&model_random, 5) ? 6 : 3)];
	uint64_t at = random_offset(),
		 size = random_one_in(&model_random, 10) ? random_offset() : random_size();

	if (mode < FALLOC_FL_PUNCH_HOLE && size > MODEL_DATA_MAX && (int64_t)size > 0)
		size %= MODEL_DATA_MAX; /* it takes memory */
	note("fallocate(%ld, %llu, %lld, %lld)", fd->lwk, (unsigned long long)mode, (long long)at,
	     (long long)size);
	if (fd->host < 0)
		return;
	both(SYS_fallocate, (const uint64_t[6]){(uint64_t)fd->host, mode, at, size},
	     (const uint64_t[6]){(uint64_t)fd->lwk, mode, at, size});
}

static void try_copy(void)
{
	struct pair *from = random_pair(), *to = random_pair();
	uint64_t from_at = random_offset(), to_at = random_offset(), size = random_size();
	uint64_t offsets[2][2] = {{from_at, to_at}, {from_at, to_at}};
	bool send = random_one_in(&model_random, 2), from_own = random_one_in(&model_random, 2),
	     to_own = random_one_in(&model_random, 2);

	note("%s(%ld at %lld, %ld at %lld, %llu)", send ? "sendfile" : "copy_file_range", from->lwk,
	     from_own ? -1 : (long long)from_at, to->lwk, to_own ? -1 : (long long)to_at,
	     (unsigned long long)size);
	if (from->host < 0 || to->host < 0)
		return;
	const uint64_t from_args[2] = {from_own ? 0 : ADDRESS(&offsets[0][0]),
				       from_own ? 0 : ADDRESS(&offsets[1][0])};
	const uint64_t to_args[2] = {to_own ? 0 : ADDRESS(&offsets[0][1]),
				     to_own ? 0 : ADDRESS(&offsets[1][1])};

	if (send)
		both(SYS_sendfile,
		     (const uint64_t[6]){(uint64_t)to->host, (uint64_t)from->host, from_args[0],
					 size},
		     (const uint64_t[6]){(uint64_t)to->lwk, (uint64_t)from->lwk, from_args[1],
					 size});
	else
		both(SYS_copy_file_range,
		     (const uint64_t[6]){(uint64_t)from->host, from_args[0], (uint64_t)to->host,
					 to_args[0], size},
		     (const uint64_t[6]){(uint64_t)from->lwk, from_args[1], (uint64_t)to->lwk,
					 to_args[1], size});
	if (memcmp(offsets[0], offsets[1], sizeof(offsets[0])))
		fail_with_trace("different offsets");
}

static void try_remove(void)
{
	const char *path = random_path();
	uint64_t flags = random_one_in(&model_random, 2) ? AT_REMOVEDIR : 0;
	struct pair from = random_start_dir();

	note("unlinkat(%ld, %s, %llx)", from.lwk, path, (unsigned long long)flags);
	both(SYS_unlinkat, (const uint64_t[6]){(uint64_t)from.host, ADDRESS(path), flags},
	     (const uint64_t[6]){(uint64_t)from.lwk, ADDRESS(path), flags});
}

static void try_make(void)
{
	const char *path = random_plain_path(), *target = random_plain_path();
	struct pair from = random_start_dir();

	if (random_one_in(&model_random, 3)) {
		note("symlinkat(%s, %ld, %s)", target, from.lwk, path);
		both(SYS_symlinkat,
		     (const uint64_t[6]){ADDRESS(target), (uint64_t)from.host, ADDRESS(path)},
		     (const uint64_t[6]){ADDRESS(target), (uint64_t)from.lwk, ADDRESS(path)});
		return;
	}
	note("mkdirat(%ld, %s)", from.lwk, path);
	both(SYS_mkdirat, (const uint64_t[6]){(uint64_t)from.host, ADDRESS(path), 0777},
	     (const uint64_t[6]){(uint64_t)from.lwk, ADDRESS(path), 0777});
}

static void try_link(void)
{
	const char *old = random_plain_path(), *new = random_plain_path();
	uint64_t flags = random_one_in(&model_random, 3) ? AT_SYMLINK_FOLLOW : 0,
		 cwd = (uint64_t)AT_FDCWD;

	note("linkat(%s, %s, %llx)", old, new, (unsigned long long)flags);
	SAME(SYS_linkat, cwd, ADDRESS(old), cwd, ADDRESS(new), flags);
}

static void try_rename(void)
{
	const char *old = random_plain_path(), *new = random_plain_path();
	struct pair from = random_start_dir(), to = {AT_FDCWD, AT_FDCWD};
	uint64_t flags = random_one_in(&model_random, 3) ? below(4) : 0;

	note("renameat2(%ld, %s, %ld, %s, %llu)", from.lwk, old, to.lwk, new,
	     (unsigned long long)flags);
	both(SYS_renameat2,
	     (const uint64_t[6]){(uint64_t)from.host, ADDRESS(old), (uint64_t)to.host, ADDRESS(new),
				 flags},
	     (const uint64_t[6]){(uint64_t)from.lwk, ADDRESS(old), (uint64_t)to.lwk, ADDRESS(new),
				 flags});
}

static void try_stat(void)
{
	const char *path = random_path();
	uint64_t flags = random_one_in(&model_random, 2) ? AT_SYMLINK_NOFOLLOW : 0;
	struct pair from = random_start_dir();
	struct stat host, lwk;

	note("newfstatat(%ld, %s, %llx)", from.lwk, path, (unsigned long long)flags);
	if (!both(SYS_newfstatat,
		  (const uint64_t[6]){(uint64_t)from.host, ADDRESS(path), ADDRESS(&host), flags},
		  (const uint64_t[6]){(uint64_t)from.lwk, ADDRESS(path), ADDRESS(&lwk), flags}))
		compare_stat(&host, &lwk);
}

static void try_fstat(void)
{
	struct pair *fd = random_pair();
	struct stat host, lwk;

	note("fstat(%ld)", fd->lwk);
	if (fd->host < 0)
		return;
	both(SYS_fstat, (const uint64_t[6]){(uint64_t)fd->host, ADDRESS(&host)},
	     (const uint64_t[6]){(uint64_t)fd->lwk, ADDRESS(&lwk)});
	compare_stat(&host, &lwk);
}

static void try_readlink(void)
{
	const char *path = random_path();
	uint64_t size = below(20), cwd = (uint64_t)AT_FDCWD;
	char host[20], lwk[20];
	long result;

	note("readlink(%s, %llu)", path, (unsigned long long)size);
	result = both(SYS_readlinkat, (const uint64_t[6]){cwd, ADDRESS(path), ADDRESS(host), size},
		      (const uint64_t[6]){cwd, ADDRESS(path), ADDRESS(lwk), size});
	if (result > 0 && memcmp(host, lwk, (size_t)result))
		fail_with_trace("different targets");
}

static void try_cwd(void)
{
	const char *path = random_path();
	char host[PATH_MAX], lwk[PATH_MAX];
	long result;

	note("chdir(%s)", path);
	if (random_one_in(&model_random, 2))
		SAME(SYS_chdir, ADDRESS(path));
	note("getcwd()");
	result = both(SYS_getcwd, (const uint64_t[6]){ADDRESS(host), PATH_MAX},
		      (const uint64_t[6]){ADDRESS(lwk), PATH_MAX});
	if (result > 0 && strcmp(host, lwk))
		fail_with_trace("different working directories");
	if (result < 0) { /* in a removed directory: that has been tried */
		note("chdir(/)");
		SAME(SYS_chdir, ADDRESS("/"));
	}
}

static void try_access(void)
{
	const char *path = random_path();
	uint64_t mode = below(9);

	note("faccessat(%s, %llu)", path, (unsigned long long)mode);
	SAME(SYS_faccessat, (uint64_t)AT_FDCWD, ADDRESS(path), mode);
	if (random_one_in(&model_random, 3)) {
		/* without set-id bits, which writing takes away unless done by the real root */
		mode = below(02000);
		note("fchmodat(%s, %llo)", path, (unsigned long long)mode);
		SAME(SYS_fchmodat, (uint64_t)AT_FDCWD, ADDRESS(path), mode);
	}
}

static void try_close(void)
{
	struct pair *fd = random_pair();

	note("close(%ld)", fd->lwk);
	if (fd->host < 0)
		return;
	both(SYS_close, (const uint64_t[6]){(uint64_t)fd->host},
	     (const uint64_t[6]){(uint64_t)fd->lwk});
	*fd = (struct pair){-1, -1};
}

/* duplicates onto a slot of the table */
static void try_dup(void)
{
	struct pair *from = random_pair(), *to = random_pair();

	note("dup(%ld)", from->lwk);
	if (from->host < 0 || to->host >= 0)
		return;
	to->host = host_call(SYS_dup, (const uint64_t[6]){(uint64_t)from->host});
	to->lwk = fake_call(SYS_dup, (uint64_t)from->lwk);
	if (to->host < 0 || to->lwk < 0)
		fail_with_trace("dup fails");
}

static void try_fcntl(void)
{
	struct pair *fd = random_pair();

	note("fcntl(%ld)", fd->lwk);
	if (fd->host < 0)
		return;
	both(SYS_fcntl, (const uint64_t[6]){(uint64_t)fd->host, F_GETFL},
	     (const uint64_t[6]){(uint64_t)fd->lwk, F_GETFL});
	if (random_one_in(&model_random, 4)) {
		uint64_t flags = random_one_in(&model_random, 2) ? O_APPEND : 0;

		both(SYS_fcntl, (const uint64_t[6]){(uint64_t)fd->host, F_SETFL, flags},
		     (const uint64_t[6]){(uint64_t)fd->lwk, F_SETFL, flags});
	}
}

/* --- listing: the same names with the same types, in any order --- */

struct names {
	size_t count;
	char names[64][NAME_MAX + 4];
};

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* all names, read by buffers of a random size; with `lwk`, from the file tree */
static void list_names(long fd, bool lwk, struct names *names)
{
	char buffer[2048];
	long got;

	names->count = 0;
	do {
		uint64_t args[6] = {(uint64_t)fd, ADDRESS(buffer), 300 + below(1700)};

		got = lwk ? fake_call_args(SYS_getdents64, args) : host_call(SYS_getdents64, args);
		for (long at = 0; at < got;) {
			struct dirent *entry = (struct dirent *)(void *)(buffer + at);

			snprintf(names->names[names->count++], sizeof(names->names[0]), "%c%s",
				 'a' + entry->d_type, entry->d_name);
			at += entry->d_reclen;
		}
	} while (got > 0);
	qsort(names->names, names->count, sizeof(names->names[0]), by_text);
}

static void try_list(void)
{
	static struct names host, lwk;
	struct pair *fd = random_pair();

	note("getdents64(%ld)", fd->lwk);
	if (fd->host < 0)
		return;
	host_call(SYS_lseek, (const uint64_t[6]){(uint64_t)fd->host, 0, SEEK_SET});
	fake_call(SYS_lseek, (uint64_t)fd->lwk, 0, SEEK_SET);
	list_names(fd->host, false, &host);
	list_names(fd->lwk, true, &lwk);
	if (host.count != lwk.count)
		fail_with_trace("different numbers of names");
	for (size_t i = 0; i < host.count; i++)
		if (strcmp(host.names[i], lwk.names[i]))
			fail_with_trace("different names");
}

static void try_something(void)
{
	static void (*const calls[])(void) = {
		try_open,   try_open,  try_open,   try_read,     try_read,     try_write,
		try_write,  try_write, try_vector, try_seek,     try_seek,     try_truncate,
		try_remove, try_make,  try_make,   try_link,     try_rename,   try_rename,
		try_stat,   try_stat,  try_fstat,  try_readlink, try_cwd,      try_access,
		try_close,  try_dup,   try_fcntl,  try_list,     try_allocate, try_allocate,
		try_copy,
	};

	calls[below(sizeof(calls) / sizeof(calls[0]))]();
}

static void test_same_as_host(void **state)
{
	struct archive archive = {0};
	uint64_t live;

	(void)state;
	model_random = random_start();
	archive_end(&archive);
	assert_int_equal(fake_boot(archive.data, archive.size), 0);
	if (!host_root_enter()) {
		skip();
	}
	live = fake_live();
	fake_process_start();
	umask(022);
	for (int i = 0; i < DESCRIPTORS; i++)
		pairs[i] = (struct pair){-1, -1};
	for (step = 0; step < STEPS; step++)
		try_something();
	print_message("%u calls succeeded, %u failed alike\n", good, bad);
	fake_process_end();
	assert_true(fake_live() >= live); /* what is left are the files */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_same_as_host, host_root_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
