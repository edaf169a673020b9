/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cpio reader: archives built here, whole, joined, padded, cut at every byte and mutated, each
 * in a heap block of its exact size.
 */
#include <lib/cpio.h>
#include <bulkhead/status.h>
#include "unit.h"

#define TRAILER     "TRAILER!!!"
#define ARCHIVE_MAX 4096

struct archive {
	uint8_t bytes[ARCHIVE_MAX];
	size_t size;
};

static void add_padding(struct archive *archive)
{
	while (archive->size % 4 != 0)
		archive->bytes[archive->size++] = 0;
}

static void add_entry(struct archive *archive, const char *name, uint32_t mode, const char *data)
{
	unsigned length = (unsigned)strlen(data), name_size = (unsigned)strlen(name) + 1;
	char header[111];

	snprintf(header, sizeof(header),
		 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08X%08x", 1u, mode, 0u, 0u, 1u,
		 0x5eedf00du, length, 0u, 0u, 0u, 0u, name_size, 0u);
	memcpy(archive->bytes + archive->size, header, 110);
	archive->size += 110;
	memcpy(archive->bytes + archive->size, name, name_size);
	archive->size += name_size;
	add_padding(archive);
	memcpy(archive->bytes + archive->size, data, length);
	archive->size += length;
	add_padding(archive);
}

static struct archive sample(void)
{
	struct archive archive = {.size = 0};

	add_entry(&archive, ".", 040755, "");
	add_entry(&archive, "./etc", 040755, "");
	add_entry(&archive, "/etc/motd", 0100644, "hello\n");
	add_entry(&archive, "././/bin/init", 0100755, "12345678");
	add_entry(&archive, "link", 0120777, "bin/init");
	add_entry(&archive, TRAILER, 0, "");
	return archive;
}

static void expect_entry(struct cpio *cpio, const char *name, uint32_t mode, const char *data)
{
	struct cpio_entry entry;

	assert_int_equal(cpio_next(cpio, &entry), 1);
	assert_string_equal(entry.name, name);
	assert_int_equal(entry.mode, mode);
	assert_int_equal(entry.mtime, 0x5eedf00du);
	assert_int_equal(entry.size, strlen(data));
	assert_memory_equal(entry.data, data, strlen(data));
}

static void expect_sample(struct cpio *cpio)
{
	expect_entry(cpio, ".", 040755, "");
	expect_entry(cpio, "etc", 040755, "");
	expect_entry(cpio, "etc/motd", 0100644, "hello\n");
	expect_entry(cpio, "bin/init", 0100755, "12345678");
	expect_entry(cpio, "link", 0120777, "bin/init");
}

static void expect_end(struct cpio *cpio)
{
	struct cpio_entry entry;

	assert_int_equal(cpio_next(cpio, &entry), 0);
	assert_int_equal(cpio_next(cpio, &entry), 0);
}

static void test_sample(void **state)
{
	struct archive archive = sample();
	struct cpio cpio = {.data = archive.bytes, .size = archive.size};

	(void)state;
	expect_sample(&cpio);
	expect_end(&cpio);
}

static void test_joined_and_padded(void **state)
{
	struct archive archive = sample(), second = sample();
	struct cpio cpio;

	(void)state;
	archive.size += 512; /* zeros */
	memcpy(archive.bytes + archive.size, second.bytes, second.size);
	archive.size += second.size + 64;
	cpio = (struct cpio){.data = archive.bytes, .size = archive.size};
	expect_sample(&cpio);
	expect_sample(&cpio);
	expect_end(&cpio);
}

static void test_nothing(void **state)
{
	struct archive archive = {.size = 0};
	struct cpio cpio = {.data = archive.bytes, .size = 0};

	(void)state;
	expect_end(&cpio);
	cpio = (struct cpio){.data = archive.bytes, .size = 100};
	expect_end(&cpio);
	add_entry(&archive, TRAILER, 0, "");
	cpio = (struct cpio){.data = archive.bytes, .size = archive.size};
	expect_end(&cpio);
}

static void test_find(void **state)
{
	struct archive archive = sample();
	struct cpio_entry entry;

	(void)state;
	assert_int_equal(cpio_find(archive.bytes, archive.size, "etc/motd", &entry), 1);
	assert_memory_equal(entry.data, "hello\n", 6);
	assert_int_equal(cpio_find(archive.bytes, archive.size, "etc/mot", &entry), 0);
	assert_int_equal(cpio_find(archive.bytes, archive.size, TRAILER, &entry), 0);
	assert_int_equal(cpio_find(archive.bytes, archive.size - 8, "no", &entry), BH_ECORRUPT);
}

/* The number of entries before the end, or the error. */
static int read_all(const uint8_t *bytes, size_t size)
{
	struct cpio cpio = {.data = bytes, .size = size};
	struct cpio_entry entry;
	int count = 0, status;

	while ((status = cpio_next(&cpio, &entry)) == 1) {
		const uint8_t *data = entry.data;
		volatile uint8_t sum = 0; /* touch all of it */

		count++;
		for (uint64_t i = 0; i < entry.size; i++)
			sum = (uint8_t)(sum + data[i]);
		assert_true(data >= bytes && entry.size <= size);
		assert_true((size_t)(data - bytes) <= size - entry.size);
		assert_true(strlen(entry.name) < size);
		assert_true(cpio.at <= size && entry.name[0] != '/');
	}
	assert_true(status == 0 || status == BH_ECORRUPT);
	/* an error stays */
	assert_int_equal(cpio_next(&cpio, &entry), status);
	return status == 0 ? count : status;
}

static int read_copy(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size + 1); /* + 1: malloc(0) may be NULL */
	int result;

	memcpy(copy + 1, bytes, size);
	result = read_all(copy + 1, size);
	free(copy);
	return result;
}

static void test_every_truncation(void **state)
{
	struct archive archive = sample();

	(void)state;
	assert_int_equal(read_copy(archive.bytes, archive.size), 5);
	for (size_t size = 1; size < archive.size; size++)
		assert_int_equal(read_copy(archive.bytes, size), BH_ECORRUPT);
}

static void expect_corrupt(size_t at, const char *bytes)
{
	struct archive archive = {.size = 0};

	add_entry(&archive, "name", 0100644, "data");
	add_entry(&archive, TRAILER, 0, "");
	memcpy(archive.bytes + at, bytes, strlen(bytes));
	assert_int_equal(read_copy(archive.bytes, archive.size), BH_ECORRUPT);
}

static void test_bad_fields(void **state)
{
	(void)state;
	expect_corrupt(0, "070702"); /* with checksums: another format */
	expect_corrupt(0, "070707");
	expect_corrupt(5, "x");
	expect_corrupt(6 + 8 * 1, "0000000g");
	expect_corrupt(6 + 8 * 5, "        ");
	expect_corrupt(6 + 8 * 6, "ffffffff");
	expect_corrupt(6 + 8 * 6, "0x000004");
	expect_corrupt(6 + 8 * 6, "-0000004");
	expect_corrupt(6 + 8 * 11, "ffffffff");
	expect_corrupt(6 + 8 * 11, "00000000");
	expect_corrupt(6 + 8 * 11, "00000004"); /* the name's end is not there */
	expect_corrupt(110 + 4, "!");
}

static void test_odd_names(void **state)
{
	struct archive archive = {.size = 0};
	struct cpio cpio;

	(void)state;
	add_entry(&archive, "/", 040755, "");
	add_entry(&archive, "./", 040755, "");
	add_entry(&archive, "", 040755, "");
	add_entry(&archive, "..", 040755, "");
	add_entry(&archive, ".hidden", 0100644, "");
	add_entry(&archive, TRAILER, 0, "");
	cpio = (struct cpio){.data = archive.bytes, .size = archive.size};
	expect_entry(&cpio, ".", 040755, "");
	expect_entry(&cpio, ".", 040755, "");
	expect_entry(&cpio, ".", 040755, "");
	expect_entry(&cpio, "..", 040755, ""); /* the reader of the tree must know what it does */
	expect_entry(&cpio, ".hidden", 0100644, "");
	expect_end(&cpio);
}

static void test_mutations(void **state)
{
	static const char digits[] = "0123456789abcdefABCDEFf0";
	struct random random = random_start();
	struct archive good = sample();
	unsigned whole = 0, corrupt = 0;

	(void)state;
	for (unsigned i = 0; i < 60000; i++) {
		struct archive archive = good;
		size_t size = archive.size;

		for (uint64_t k = random_below(&random, 4); k > 0; k--) {
			size_t at = (size_t)random_below(&random, size);
			bool digit = random_one_in(&random, 2);

			archive.bytes[at] = (uint8_t)(digit ? digits[random_below(&random, 24)]
							    : (char)random_next(&random));
		}
		if (random_one_in(&random, 8))
			size = (size_t)random_below(&random, size);
		if (read_copy(archive.bytes, size) >= 0)
			whole++;
		else
			corrupt++;
	}
	print_message("%u read to the end, %u corrupt\n", whole, corrupt);
	assert_true(whole > 5000 && corrupt > 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),     cmocka_unit_test(test_joined_and_padded),
		cmocka_unit_test(test_nothing),    cmocka_unit_test(test_find),
		cmocka_unit_test(test_bad_fields), cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_odd_names),  cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
