/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The manifest parser with 50,000 mutated blobs, each ending at a page that nobody may read: a blob
 * is refused with one line, or what was accepted keeps every promise of manifest.h.
 */
#include "hv_fake/manifest_tree.h"
#include "unit.h"
#include <bulkhead/status.h>
#include <libfdt.h>
#include <sys/mman.h>

#define BLOBS      50000
#define CORES      4
#define ERRORS_MAX 256

static struct random rng;
static uint8_t *guard; /* the page after the blob */
static _Alignas(8) uint8_t bases[3][MANIFEST_TREE_ROOM];
static size_t base_sizes[3];
static char errors[ERRORS_MAX][200];
static unsigned error_count;

static void bases_write(void)
{
	static const struct tree_vm one[] = {{"p", 1, 2, SIZE_2M, SIZE_1G, 0, false}};
	static struct tree_vm many[MAX_VMS];

	for (unsigned i = 0; i < MAX_VMS; i++)
		many[i] = (struct tree_vm){"vm", i + 1, 1, SIZE_2M, 0, i ? 1 : 0, true};
	base_sizes[0] = manifest_tree_default(bases[0]);
	base_sizes[1] = manifest_tree_write(bases[1], one, 1);
	base_sizes[2] = manifest_tree_write(bases[2], many, MAX_VMS);
}

static uint32_t interesting(void)
{
	static const uint32_t values[] = {
		0,        1,       2,         3,          4,          5,
		32,       33,      64,        65,         512,        513,
		SIZE_2M,  SIZE_1G, INT32_MAX, 0x80000000, UINT32_MAX, UINT32_MAX - 3,
		FDT_MAGIC};

	return random_one_in(&rng, 4) ? (uint32_t)random_next(&rng)
				      : values[random_below(&rng, ARRAY_SIZE(values))];
}

static void word_set(uint8_t *at, uint32_t value)
{
	fdt32_t word = cpu_to_fdt32(value);

	memcpy(at, &word, sizeof(word));
}

/* A place in the structure block, a multiple of four bytes. */
static uint8_t *structure_place(uint8_t *blob)
{
	uint32_t words = fdt_size_dt_struct(blob) / 4;

	return blob + fdt_off_dt_struct(blob) + 4 * (words ? random_below(&rng, words) : 0);
}

static void structure_edit(uint8_t *blob, const uint8_t *limit)
{
	static const uint32_t tags[] = {FDT_BEGIN_NODE, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END};
	uint8_t *to = structure_place(blob), *from = structure_place(blob);
	size_t bytes = 4 * (1 + random_below(&rng, 8));

	if (to < blob || from < blob || to + bytes > limit || from + bytes > limit)
		return;
	switch (random_below(&rng, 4)) {
	case 0:
		word_set(to, tags[random_below(&rng, ARRAY_SIZE(tags))]);
		break;
	case 1: /* properties and nodes doubled, cut into each other */
		memmove(to, from, bytes);
		break;
	case 2:
		for (size_t i = 0; i < bytes; i += 4)
			word_set(to + i, FDT_NOP);
		break;
	default:
		word_set(to, interesting());
	}
}

static void mutate(uint8_t *blob, size_t size)
{
	uint8_t *at = blob + random_below(&rng, size);

	switch (random_below(&rng, 8)) {
	case 0:
		*at ^= (uint8_t)(1u << random_below(&rng, 8));
		break;
	case 1:
		*at = (uint8_t)random_next(&rng);
		break;
	case 2: /* the header: magic, sizes, offsets, versions */
		word_set(blob + 4 * random_below(&rng, 10), interesting());
		break;
	default:
		/* with a header that lies, only as far as the blob goes */
		if (fdt_off_dt_struct(blob) < size && fdt_size_dt_struct(blob) < size &&
		    fdt_off_dt_struct(blob) + fdt_size_dt_struct(blob) <= size)
			structure_edit(blob, blob + size);
	}
}

static void error_note(const char *text)
{
	for (unsigned i = 0; i < error_count; i++)
		if (strcmp(errors[i], text) == 0)
			return;
	if (error_count < ERRORS_MAX)
		strcpy(errors[error_count++], text);
}

static bool try_blob(unsigned number)
{
	static struct manifest manifest;
	struct manifest_error error;
	/* the large one takes long */
	unsigned base = random_one_in(&rng, 20) ? 2 : (unsigned)random_below(&rng, 2);
	size_t size = base_sizes[base], limit = size;
	const char *complaint;
	uint8_t *blob;
	int status;

	if (random_one_in(&rng, 16))
		limit = random_below(&rng, size) + 1;
	blob = guard - ALIGN_UP(limit, sizeof(uint64_t));
	memcpy(blob, bases[base], limit);
	for (uint64_t edits = 1 + random_below(&rng, 4); limit >= 40 && edits; edits--)
		mutate(blob, limit);
	memset(&error, 0xFF, sizeof(error));
	status = manifest_parse(blob, limit, CORES, &manifest, &error);
	complaint = status ? manifest_error_complaint(&error)
			   : manifest_complaint(&manifest, blob, limit, CORES);
	if (complaint || (status && status != BH_ECORRUPT))
		fail_msg("blob %u: status %d, %s", number, status, complaint);
	if (status)
		error_note(error.text);
	return status == BH_OK;
}

static void test_mutated(void **state)
{
	unsigned accepted = 0;

	(void)state;
	rng = random_start();
	bases_write();
	for (unsigned i = 0; i < BLOBS; i++)
		accepted += try_blob(i);
	print_message("%u blobs, %u accepted, %u different errors\n", BLOBS, accepted, error_count);
	assert_true(accepted > BLOBS / 20 && accepted < BLOBS / 2);
	assert_true(error_count > 50);
}

static int guard_make(void **state)
{
	size_t room = MANIFEST_TREE_ROOM + (size_t)PAGE_SIZE;
	uint8_t *memory = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

	(void)state;
	if (memory == MAP_FAILED)
		return -1;
	guard = memory + MANIFEST_TREE_ROOM;
	return mprotect(guard, PAGE_SIZE, PROT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_mutated, guard_make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
