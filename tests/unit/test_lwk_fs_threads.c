/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The LWK's file system used by several processes at once, each a thread: random calls on the same few names. Nothing may be left in
 * the end, and the sanitizers see what is touched without its lock; built twice, the second time for ThreadSanitizer.
 */
#define _GNU_SOURCE
#include "lwk_fake/archive.h"
#include "lwk_fake/lwk_fake.h"
#include "unit.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define CWD     ((uint64_t)AT_FDCWD)
#define THREADS 4
#define STEPS   10000
#define FILES   8

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
	struct archive archive = {0};
	pthread_t threads[THREADS];
	uint64_t seeds[THREADS], live;

	(void)state;
	archive_add(&archive, "desk", S_IFDIR | 0755, NULL, 0);
	archive_end(&archive);
	assert_int_equal(fake_boot(archive.data, archive.size), 0);
	live = fake_live();
	for (int i = 0; i < THREADS; i++) {
		seeds[i] = random_next(&random);
		assert_int_equal(pthread_create(&threads[i], NULL, run_process, &seeds[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	fake_process_start();
	fake_call(SYS_chdir, ADDRESS("/desk"));
	fake_remove_below("/desk");
	assert_int_equal(fake_call(SYS_unlinkat, CWD, ADDRESS("/desk"), AT_REMOVEDIR), 0);
	fake_process_end();
	assert_int_equal(fake_live(), live - 2); /* the directory and its name */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
