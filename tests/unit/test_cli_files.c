/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files that a job sends back (cli/files.c), from archives that are good, broken and malicious: what lies outside of the directory, or
 * behind a link, stays as it is.
 */
#define _GNU_SOURCE
#include "unit.h"
#include <cli/files.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIMIT (1u << 20)

static char top[] = "/tmp/test_cli_files.XXXXXX";
static uint8_t archive[4 * LIMIT], packed[5 * LIMIT];
static size_t archive_size, packed_size;

static void add(const void *data, size_t size)
{
	memcpy(archive + archive_size, data, size);
	archive_size = (archive_size + size + 3) & ~(size_t)3;
}

static void add_file(const char *name, const char *content, size_t size)
{
	char header[6 + 13 * 8 + 1];
	size_t name_size = strlen(name) + 1, length;

	(void)snprintf(header, sizeof(header),
		       "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 1u,
		       S_IFREG | 0644u, 0u, 0u, 1u, 0u, (unsigned)size, 0u, 0u, 0u, 0u,
		       (unsigned)name_size, 0u);
	length = sizeof(header) - 1;
	memcpy(archive + archive_size, header, length);
	archive_size += length;
	add(name, name_size);
	add(content, size);
}

static void pack(void)
{
	z_stream stream = {0};

	assert_int_equal(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
				      Z_DEFAULT_STRATEGY),
			 Z_OK);
	stream.next_in = archive;
	stream.avail_in = (uInt)archive_size;
	stream.next_out = packed;
	stream.avail_out = sizeof(packed);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	packed_size = sizeof(packed) - stream.avail_out;
	(void)deflateEnd(&stream);
}

static void finish_archive(void)
{
	add_file("TRAILER!!!", "", 0);
	pack();
	archive_size = 0;
}

/* in pieces of `step`; what went wrong, "" for nothing */
static const char *store(size_t step, size_t size)
{
	static struct bulkhead link;
	struct files files;

	link = (struct bulkhead){.fd = -1};
	assert_true(files_begin(&files, LIMIT));
	for (size_t at = 0; at < size; at += step)
		files_put(&files, packed + at, size - at < step ? size - at : step);
	if (files_store(&files, "in", &link))
		link.text[0] = '\0';
	files_end(&files);
	return link.text;
}

static void check_file(const char *path, const char *content)
{
	char text[64] = "";
	int file = open(path, O_RDONLY);

	assert_true(file >= 0);
	assert_true(read(file, text, sizeof(text) - 1) >= 0);
	close(file);
	assert_string_equal(text, content);
}

static int begin(void **state)
{
	(void)state;
	archive_size = 0;
	return system("rm -rf in out && mkdir in out && echo -n mine >out/f") == 0 ? 0 : -1;
}

static void test_good(void **state)
{
	(void)state;
	for (size_t step = 1; step < 4096; step *= 3) {
		add_file("f", "one", 3);
		add_file("a/b/g", "two", 3);
		finish_archive();
		assert_string_equal(store(step, packed_size), "");
		check_file("in/f", "one");
		check_file("in/a/b/g", "two");
	}
}

/* what is in its place is replaced, not written through */
static void test_links(void **state)
{
	(void)state;
	assert_int_equal(symlink("../out/f", "in/f"), 0);
	assert_int_equal(symlink("../out", "in/d"), 0);
	add_file("f", "new", 3);
	finish_archive();
	assert_string_equal(store(100, packed_size), "");
	check_file("in/f", "new");
	check_file("out/f", "mine");
	add_file("d/f", "new", 3);
	finish_archive();
	assert_non_null(strstr(store(100, packed_size), "cannot be stored"));
	check_file("out/f", "mine");
}

static void test_names(void **state)
{
	static const char *const names[] = {"../out/f", "a/../../out/f", "a//f", "..", "a/.."};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		add_file(names[i], "new", 3);
		finish_archive();
		assert_non_null(strstr(store(100, packed_size), "cannot be stored"));
		check_file("out/f", "mine");
	}
}

static void test_broken(void **state)
{
	static char zeros[3 * LIMIT];
	struct random random = random_start();

	(void)state;
	add_file("f", "one", 3);
	finish_archive();
	for (size_t size = 0; size < packed_size; size++)
		assert_non_null(strstr(store(100, size), "did not come back whole"));
	add_file("f", zeros, sizeof(zeros));
	finish_archive();
	assert_non_null(strstr(store(100, packed_size), "larger than the enclave's memory"));
	for (unsigned i = 0; i < 2000; i++) {
		packed_size = 1 + random_below(&random, 300);
		for (size_t at = 0; at < packed_size; at++)
			packed[at] = (uint8_t)random_below(&random, 256);
		(void)store(1 + random_below(&random, 100), packed_size);
	}
	check_file("out/f", "mine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, begin),
		cmocka_unit_test_setup(test_links, begin),
		cmocka_unit_test_setup(test_names, begin),
		cmocka_unit_test_setup(test_broken, begin),
	};
	int failed;

	if (mkdtemp(top) == NULL || chdir(top) != 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	return system("rm -rf in out") != 0 || rmdir(top) != 0 ? 1 : failed;
}
