/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The LWK's file system used by several processes at once, each a thread, and by several threads of one process: random calls on the
 * same few names and descriptors; appending and reading at a common position lose and double nothing. Nothing may be left in the end,
 * and the sanitizers see what is touched without its lock; built twice, the second time for ThreadSanitizer.
 */
#define _GNU_SOURCE
#include "lwk_fake/archive.h"
#include "lwk_fake/lwk_fake.h"
#include "unit.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define CWD     ((uint64_t)AT_FDCWD)
#define THREADS 4
#define STEPS   10000
#define FILES   8
#define RECORDS 500

static const char *const names[] = {
	"a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "l", "../desk/a", "/desk/d/e", "d/..",
};

static uint64_t random_name(struct random *random)
{
	return ADDRESS(names[random_below(random, sizeof(names) / sizeof(names[0]))]);
}

static void random_data_call(struct random *random, uint64_t fd)
{
	char data[9000] = "";
	uint64_t size = random_below(random, sizeof(data)), at = random_below(random, 30000);

	switch (random_below(random, 6)) {
	case 0:
		fake_call(SYS_pwrite64, fd, ADDRESS(data), size, at);
		break;
	case 1:
		fake_call(SYS_pread64, fd, ADDRESS(data), size, at);
		break;
	case 2:
		fake_call(SYS_read, fd, ADDRESS(data), size);
		break;
	case 3:
		fake_call(SYS_ftruncate, fd, at);
		break;
	case 4:
		fake_call(SYS_getdents64, fd, ADDRESS(data), size);
		break;
	default:
		fake_call(SYS_lseek, fd, at, SEEK_SET);
		break;
	}
}

static void random_name_call(struct random *random)
{
	uint64_t a = random_name(random), b = random_name(random);
	struct stat st;

	switch (random_below(random, 9)) {
	case 0:
		fake_call(SYS_mkdirat, CWD, a, 0755);
		break;
	case 1:
		fake_call(SYS_unlinkat, CWD, a, 0);
		break;
	case 2:
		fake_call(SYS_unlinkat, CWD, a, AT_REMOVEDIR);
		break;
	case 3:
		fake_call(SYS_renameat2, CWD, a, CWD, b, 0);
		break;
	case 4:
		fake_call(SYS_linkat, CWD, a, CWD, b, 0);
		break;
	case 5:
		fake_call(SYS_symlinkat, a, CWD, b);
		break;
	case 6:
		fake_call(SYS_chdir, random_one_in(random, 2) ? ADDRESS("/desk") : a);
		break;
	case 7:
		fake_call(SYS_fchmodat, CWD, a, 0600 + random_below(random, 0200));
		break;
	default:
		fake_call(SYS_newfstatat, CWD, a, ADDRESS(&st), 0);
		break;
	}
}

static void *run_process(void *seed)
{
	struct random random = {.state = *(uint64_t *)seed};

	fake_process_start();
	fake_call(SYS_chdir, ADDRESS("/desk"));
	for (int i = 0; i < STEPS; i++) {
		uint64_t fd = 3 + random_below(&random, FILES);

		if (random_one_in(&random, 3))
			random_name_call(&random);
		else if (random_one_in(&random, 2))
			random_data_call(&random, fd);
		else if (random_one_in(&random, 2))
			fake_call(SYS_openat, CWD, random_name(&random),
				  random_one_in(&random, 2) ? O_RDWR | O_CREAT : O_RDONLY, 0644);
		else
			fake_call(SYS_close, fd);
	}
	fake_process_end();
	return NULL;
}

static void test_processes(void **state)
{
	struct random random = random_start();
	pthread_t threads[THREADS];
	uint64_t seeds[THREADS], live = fake_live();

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		seeds[i] = random_next(&random);
		assert_int_equal(pthread_create(&threads[i], NULL, run_process, &seeds[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	fake_process_start();
	fake_call(SYS_chdir, ADDRESS("/desk"));
	fake_remove_below("/desk");
	fake_process_end();
	assert_int_equal(fake_live(), live);
}

/* --- threads of one process --- */

struct worker {
	pthread_t thread;
	void *process;
	uint64_t seed;
	long fd;
	unsigned seen[RECORDS];
};

static struct worker workers[THREADS];

static void run_workers(void *(*run)(void *worker), long fd, struct random *random)
{
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){
			.process = fake_process_self(), .seed = random_next(random), .fd = fd};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, run, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
}

/* calls that touch the table of descriptors, or what belongs to the process */
static void random_table_call(struct random *random)
{
	uint64_t fd = 3 + random_below(random, FILES), other = 3 + random_below(random, FILES);
	struct flock range = {.l_type = (short)random_below(random, 3), .l_len = 10};
	char path[64];

	switch (random_below(random, 11)) {
	case 0:
		fake_call(SYS_dup3, fd, other, random_one_in(random, 2) ? O_CLOEXEC : 0);
		break;
	case 1:
		fake_call(SYS_dup, fd);
		break;
	case 2:
		fake_call(SYS_fcntl, fd, F_SETFL, random_one_in(random, 2) ? O_APPEND : 0);
		break;
	case 3:
		fake_call(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
		break;
	case 4:
		fake_call(SYS_close_range, other, other + 3, 0);
		break;
	case 5:
		fake_call(SYS_flock, fd, LOCK_NB | (random_one_in(random, 2) ? LOCK_EX : LOCK_UN));
		break;
	case 6:
		fake_call(SYS_fcntl, fd, F_SETLK, ADDRESS(&range));
		break;
	case 7:
		fake_call(SYS_copy_file_range, fd, 0, other, 0, 5000);
		break;
	case 8:
		snprintf(path, sizeof(path), "/proc/self/fd/%d", (int)fd);
		fake_call(SYS_openat, CWD, ADDRESS(path), O_RDWR);
		break;
	case 9:
		fake_call(SYS_getcwd, ADDRESS(path), sizeof(path));
		break;
	default:
		fake_call(SYS_umask, 022);
		break;
	}
}

static void *call_at_random(void *argument)
{
	struct worker *worker = argument;
	struct random random = {.state = worker->seed};

	fake_process_join(worker->process);
	for (int i = 0; i < STEPS; i++) {
		if (random_one_in(&random, 3))
			random_table_call(&random);
		else if (random_one_in(&random, 3))
			random_name_call(&random);
		else if (random_one_in(&random, 2))
			random_data_call(&random, 3 + random_below(&random, FILES));
		else
			fake_call(SYS_openat, CWD, random_name(&random),
				  random_one_in(&random, 2) ? O_RDWR | O_CREAT : O_RDONLY, 0644);
	}
	return NULL;
}

static void test_random_threads(void **state)
{
	struct random random = random_start();
	uint64_t live = fake_live();

	(void)state;
	fake_process_start();
	fake_call(SYS_chdir, ADDRESS("/desk"));
	run_workers(call_at_random, -1, &random);
	fake_call(SYS_close_range, 3, 2000, 0);
	fake_call(SYS_chdir, ADDRESS("/desk"));
	fake_remove_below("/desk");
	fake_process_end();
	assert_int_equal(fake_live(), live);
}

/* records of two parts, each thread its own */
static void *append_records(void *argument)
{
	struct worker *worker = argument;
	uint64_t first[2], rest[30];

	fake_process_join(worker->process);
	for (uint64_t i = 0; i < RECORDS; i++) {
		struct iovec parts[2] = {{first, sizeof(first)}, {rest, sizeof(rest)}};

		first[0] = (uint64_t)(worker - workers);
		first[1] = i;
		for (int j = 0; j < 30; j++)
			rest[j] = first[0] << 32 | i;
		fake_call(SYS_writev, (uint64_t)worker->fd, ADDRESS(parts), 2);
	}
	return NULL;
}

static void *read_records(void *argument)
{
	struct worker *worker = argument;
	uint64_t record[32];

	fake_process_join(worker->process);
	while (fake_call(SYS_read, (uint64_t)worker->fd, ADDRESS(record), sizeof(record)) ==
	       sizeof(record)) {
		for (int j = 2; j < 32; j++)
			if (record[0] >= THREADS || record[1] >= RECORDS ||
			    record[j] != (record[0] << 32 | record[1]))
				return NULL;
		worker->seen[record[1]] |= 1u << (record[0] * 8);
		worker->seen[record[1]] += 1u << (record[0] * 8 + 1);
	}
	return NULL;
}

/* appended by all at once, then read by all at once from a common position: every record once, none torn */
static void test_records(void **state)
{
	struct random random = random_start();
	long fd;

	(void)state;
	fake_process_start();
	fd = fake_call(SYS_openat, CWD, ADDRESS("/desk/log"), O_RDWR | O_CREAT | O_APPEND, 0644);
	assert_true(fd >= 0);
	run_workers(append_records, fd, &random);
	assert_int_equal(fake_call(SYS_lseek, (uint64_t)fd, 0, SEEK_END), THREADS * RECORDS * 256);
	fake_call(SYS_lseek, (uint64_t)fd, 0, SEEK_SET);
	run_workers(read_records, fd, &random);
	for (int i = 0; i < RECORDS; i++) {
		unsigned seen = 0;

		for (int j = 0; j < THREADS; j++)
			seen += workers[j].seen[i];
		assert_int_equal(seen, 0x03030303);
	}
	fake_call(SYS_unlinkat, CWD, ADDRESS("/desk/log"), 0);
	fake_process_end();
}

static int boot(void **state)
{
	static struct archive archive;

	(void)state;
	archive_add(&archive, "desk", S_IFDIR | 0755, NULL, 0);
	archive_end(&archive);
	return fake_boot(archive.data, archive.size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_random_threads),
		cmocka_unit_test(test_records),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
