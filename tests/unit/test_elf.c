/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ELF checker: each rule by one image that breaks only it, and tens of thousands of mutated
 * images, each in a heap block of its exact size. What is accepted is checked again here, by other
 * code.
 */
#include <lib/elf.h>
#include "unit.h"
#include <elf.h>

#define MACHINE    ELF_MACHINE_AARCH64
#define PHDRS      6
#define IMAGE_SIZE 0x3000

struct image {
	Elf64_Ehdr header;
	Elf64_Phdr phdrs[PHDRS];
	Elf64_Dyn dynamic[4];
	uint8_t rest[IMAGE_SIZE - sizeof(Elf64_Ehdr) - PHDRS * sizeof(Elf64_Phdr) -
		     4 * sizeof(Elf64_Dyn)];
};

/*
 * phdrs: text with the headers, data with bss, a PT_DYNAMIC that needs nothing, stack, two that
 * mean nothing here
 */
static struct image *image_make(void)
{
	struct image *image = calloc(1, sizeof(*image));

	image->header = (Elf64_Ehdr){
		.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_AARCH64,
		.e_version = EV_CURRENT,
		.e_entry = 0x401000,
		.e_phoff = offsetof(struct image, phdrs),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = PHDRS,
	};
	image->phdrs[0] = (Elf64_Phdr){.p_type = PT_LOAD,
				       .p_flags = PF_R | PF_X,
				       .p_vaddr = 0x400000,
				       .p_filesz = 0x1800,
				       .p_memsz = 0x1800,
				       .p_align = 0x1000};
	image->phdrs[1] = (Elf64_Phdr){.p_type = PT_LOAD,
				       .p_flags = PF_R | PF_W,
				       .p_offset = 0x1800,
				       .p_vaddr = 0x402800,
				       .p_filesz = 0x1000,
				       .p_memsz = 0x5000,
				       .p_align = 0x1000};
	image->phdrs[2] = (Elf64_Phdr){.p_type = PT_DYNAMIC,
				       .p_offset = offsetof(struct image, dynamic),
				       .p_filesz = sizeof(image->dynamic)};
	image->phdrs[3] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
	image->phdrs[4] = (Elf64_Phdr){.p_type = PT_TLS, .p_flags = PF_R};
	image->phdrs[5] = (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = UINT64_MAX};
	image->dynamic[0] = (Elf64_Dyn){.d_tag = DT_FLAGS_1};
	return image;
}

static enum elf_error parse_and_free(struct image *image, struct elf *elf)
{
	enum elf_error error = elf_parse(image, sizeof(*image), MACHINE, elf);

	free(image);
	return error;
}

static void test_good_exec(void **state)
{
	struct elf elf;

	(void)state;
	assert_int_equal(parse_and_free(image_make(), &elf), ELF_OK);
	assert_true(elf.entry == 0x401000 && elf.low == 0x400000 && elf.high == 0x408000);
	assert_true(elf.phdr_vaddr == 0x400040 && elf.phnum == PHDRS && elf.phentsize == 56);
	assert_true(!elf.pie && !elf.exec_stack && elf.segment_count == 2);
	assert_int_equal(elf.segments[0].flags, 5);
	assert_true(elf.segments[1].vaddr == 0x402800 && elf.segments[1].memsz == 0x5000);
	assert_true(elf.segments[1].filesz == 0x1000 && elf.segments[1].offset == 0x1800);
	assert_int_equal(elf.segments[1].flags, 6);
}

static void test_good_pie(void **state)
{
	struct image *image = image_make();
	struct elf elf;

	(void)state;
	image->header.e_type = ET_DYN;
	image->header.e_entry = 0x1000;
	image->phdrs[0].p_vaddr = 0;
	image->phdrs[1].p_vaddr = 0x12800;
	image->phdrs[3].p_flags |= PF_X;
	assert_int_equal(parse_and_free(image, &elf), ELF_OK);
	assert_true(elf.pie && elf.exec_stack && elf.low == 0 && elf.high == 0x18000);
	assert_true(elf.phdr_vaddr == 0x40);
}

static void test_at_any_address(void **state)
{
	struct image *image = image_make();
	uint8_t *moved = malloc(sizeof(*image) + 3);
	struct elf elf;

	(void)state;
	memcpy(moved + 3, image, sizeof(*image));
	assert_int_equal(elf_parse(moved + 3, sizeof(*image), MACHINE, &elf), ELF_OK);
	free(moved);
	free(image);
}

static void test_every_truncation(void **state)
{
	struct image *image = image_make();
	struct elf elf;

	(void)state;
	for (size_t size = 0; size < 0x2800; size++) {
		uint8_t *cut = malloc(size + 1); /* + 1: malloc(0) may be NULL */
		enum elf_error expected = size < 4 ? ELF_NOT_ELF : ELF_TRUNCATED;

		memcpy(cut + 1, image, size);
		assert_int_equal(elf_parse(cut + 1, size, MACHINE, &elf), expected);
		free(cut);
	}
	assert_int_equal(elf_parse(image, 0x2800, MACHINE, &elf), ELF_OK);
	free(image);
}

/* One field of a good image gets another value; bytes wide at offset. */
struct bad_field {
	size_t offset;
	size_t bytes;
	uint64_t value;
	enum elf_error expected;
};

#define IN_HEADER(field) \
	offsetof(struct image, header.field), sizeof(((struct image *)0)->header.field)
#define IN_PHDR(i, field) \
	offsetof(struct image, phdrs[i].field), sizeof(((struct image *)0)->phdrs[i].field)
#define IN_DYNAMIC(i, field) \
	offsetof(struct image, dynamic[i].field), sizeof(((struct image *)0)->dynamic[i].field)

static const struct bad_field bad_fields[] = {
	{0, 1, 0x7e, ELF_NOT_ELF},
	{3, 1, 'f', ELF_NOT_ELF},
	{EI_CLASS, 1, ELFCLASS32, ELF_WRONG_MACHINE},
	{EI_DATA, 1, ELFDATA2MSB, ELF_WRONG_MACHINE},
	{IN_HEADER(e_machine), EM_X86_64, ELF_WRONG_MACHINE},
	{IN_HEADER(e_type), ET_REL, ELF_NOT_EXEC},
	{IN_HEADER(e_type), ET_CORE, ELF_NOT_EXEC},
	{IN_HEADER(e_phnum), 0, ELF_NOT_EXEC},
	{IN_HEADER(e_phnum), 0xffff, ELF_TRUNCATED},
	{IN_HEADER(e_phentsize), 55, ELF_NOT_EXEC},
	{IN_HEADER(e_phentsize), 64, ELF_NOT_EXEC},
	{IN_HEADER(e_phoff), IMAGE_SIZE, ELF_TRUNCATED},
	{IN_HEADER(e_phoff), UINT64_MAX, ELF_TRUNCATED},
	{IN_HEADER(e_phoff), UINT64_MAX - 6 * 56 + 1, ELF_TRUNCATED},
	{IN_HEADER(e_entry), 0, ELF_NOT_EXEC},
	{IN_HEADER(e_entry), 0x3fffff, ELF_BAD_SEGMENT},
	{IN_HEADER(e_entry), 0x401800, ELF_BAD_SEGMENT},
	{IN_HEADER(e_entry), 0x402800, ELF_BAD_SEGMENT}, /* data */
	{IN_HEADER(e_entry), UINT64_MAX, ELF_BAD_SEGMENT},
	{IN_PHDR(0, p_filesz), 0x1801, ELF_BAD_SEGMENT}, /* more than memsz */
	{IN_PHDR(0, p_memsz), 0x2801, ELF_BAD_SEGMENT},  /* into the next */
	{IN_PHDR(0, p_memsz), UINT64_MAX, ELF_BAD_SEGMENT},
	{IN_PHDR(0, p_vaddr), UINT64_MAX - 0xfff, ELF_BAD_SEGMENT},
	{IN_PHDR(0, p_vaddr), UINT64_MAX - 0x1fff, ELF_BAD_SEGMENT}, /* no room to round up */
	{IN_PHDR(0, p_vaddr), 0x400001, ELF_BAD_SEGMENT}, /* not congruent to the offset */
	{IN_PHDR(0, p_vaddr), 0x500000, ELF_BAD_SEGMENT}, /* not ascending */
	{IN_PHDR(1, p_vaddr), 0x400800, ELF_BAD_SEGMENT},
	{IN_PHDR(1, p_offset), 0x2800, ELF_TRUNCATED},
	{IN_PHDR(1, p_offset), UINT64_MAX - 0x7ff, ELF_TRUNCATED},
	{IN_PHDR(0, p_flags), PF_R, ELF_BAD_SEGMENT}, /* the entry is not executable */
	{IN_PHDR(0, p_type), PT_NOTE, ELF_BAD_SEGMENT},
	{IN_PHDR(4, p_type), PT_INTERP, ELF_DYNAMIC},
	{IN_PHDR(2, p_offset), UINT64_MAX, ELF_TRUNCATED},
	{IN_PHDR(2, p_filesz), UINT64_MAX, ELF_TRUNCATED},
	{IN_DYNAMIC(0, d_tag), DT_NEEDED, ELF_DYNAMIC},
	/* and what is no error */
	{IN_DYNAMIC(2, d_tag), DT_NEEDED, ELF_OK}, /* behind DT_NULL */
	{IN_PHDR(2, p_filesz), 15, ELF_OK},
	{IN_PHDR(0, p_paddr), UINT64_MAX, ELF_OK},
	{IN_PHDR(1, p_filesz), 0, ELF_OK},
	{IN_PHDR(1, p_vaddr), 0x401800, ELF_OK}, /* shares a page with the first */
};

static void test_bad_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad_fields); i++) {
		const struct bad_field *bad = &bad_fields[i];
		struct image *image = image_make();
		enum elf_error error;
		struct elf elf;

		memcpy((uint8_t *)image + bad->offset, &bad->value, bad->bytes);
		error = parse_and_free(image, &elf);
		if (error != bad->expected)
			print_error("bad_fields[%zu]\n", i);
		assert_int_equal(error, bad->expected);
	}
}

static void test_shared_object(void **state)
{
	struct image *image = image_make();
	struct elf elf;

	(void)state;
	image->header.e_type = ET_DYN;
	image->header.e_entry = 0x10; /* in no segment that is executable */
	assert_int_equal(parse_and_free(image, &elf), ELF_NOT_EXEC);
}

static void test_no_memory_segment(void **state)
{
	struct image *image = image_make();
	struct elf elf;

	(void)state;
	image->phdrs[1].p_filesz = image->phdrs[1].p_memsz = 0;
	assert_int_equal(parse_and_free(image, &elf), ELF_OK);
	assert_int_equal(elf.segment_count, 1);
	image = image_make();
	/* nothing of it is in the file, so where it would be does not count */
	image->phdrs[1].p_filesz = 0;
	image->phdrs[1].p_offset = UINT64_MAX;
	assert_int_equal(parse_and_free(image, &elf), ELF_OK);
	assert_int_equal(elf.segment_count, 2);
}

static void test_headers_not_loaded(void **state)
{
	struct image *image = image_make();
	struct elf elf;

	(void)state;
	image->phdrs[0].p_offset = 0x1000;
	assert_int_equal(parse_and_free(image, &elf), ELF_OK);
	assert_true(elf.phdr_vaddr == 0);
}

static enum elf_error parse_segments(unsigned count)
{
	size_t size = 64 + 56 * count;
	uint8_t *bytes = calloc(1, size);
	struct image *image = image_make();
	struct elf elf;
	enum elf_error error;

	image->header.e_phnum = (uint16_t)count;
	image->header.e_entry = 0x1000;
	memcpy(bytes, &image->header, 64);
	for (unsigned i = 0; i < count; i++) {
		Elf64_Phdr phdr = {.p_type = PT_LOAD, .p_flags = PF_R | PF_X};

		phdr.p_vaddr = 0x1000 * (i + 1);
		phdr.p_memsz = 0x1000;
		memcpy(bytes + 64 + 56 * i, &phdr, 56);
	}
	error = elf_parse(bytes, size, MACHINE, &elf);
	free(bytes);
	free(image);
	return error;
}

static void test_many_segments(void **state)
{
	(void)state;
	assert_int_equal(parse_segments(ELF_SEGMENTS_MAX), ELF_OK);
	assert_int_equal(parse_segments(ELF_SEGMENTS_MAX + 1), ELF_BAD_SEGMENT);
}

static void test_texts(void **state)
{
	(void)state;
	for (int i = ELF_BAD_SEGMENT; i <= ELF_OK; i++)
		for (int k = ELF_BAD_SEGMENT; k < i; k++)
			assert_string_not_equal(elf_error_text((enum elf_error)i),
						elf_error_text((enum elf_error)k));
	assert_non_null(elf_error_text((enum elf_error) - 99));
}

/* What the loader relies on. */
static void check_accepted(const struct elf *elf, size_t size)
{
	bool entry_found = false;

	assert_in_range(elf->segment_count, 1, ELF_SEGMENTS_MAX);
	assert_true(elf->low <= elf->high && IS_ALIGNED(elf->low | elf->high, PAGE_SIZE));
	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *s = &elf->segments[i];

		assert_true(s->memsz > 0 && s->filesz <= s->memsz);
		assert_true(s->vaddr >= elf->low && s->vaddr < elf->high);
		assert_true(s->memsz <= elf->high - s->vaddr);
		if (s->filesz > 0) {
			assert_true(s->offset < size && s->filesz <= size - s->offset);
			assert_true(s->vaddr % PAGE_SIZE == s->offset % PAGE_SIZE);
		}
		for (unsigned k = 0; k < i; k++)
			assert_true(elf->segments[k].vaddr + elf->segments[k].memsz <= s->vaddr);
		entry_found |= (s->flags & 1) && elf->entry >= s->vaddr &&
			       elf->entry < s->vaddr + s->memsz;
	}
	assert_true(entry_found);
}

/* Values that break sums, or one byte anywhere. */
static void mutate(struct random *random, uint8_t *bytes, size_t size)
{
	static const uint64_t nasty[] = {0,
					 1,
					 0xff,
					 0xfff,
					 0x1000,
					 0x2800,
					 IMAGE_SIZE,
					 UINT32_MAX,
					 UINT64_MAX,
					 UINT64_MAX - 0xfff,
					 UINT64_C(1) << 63};
	size_t headers = 64 + PHDRS * 56 + 64;
	size_t limit = headers < size ? headers : size;
	uint64_t value = nasty[random_below(random, ARRAY_SIZE(nasty))];
	size_t width = (size_t)1 << random_below(random, 4), at;

	if (limit < 8)
		return;
	at = (size_t)random_below(random, limit / width) * width;
	if (random_one_in(random, 3))
		bytes[random_below(random, limit)] = (uint8_t)random_next(random);
	else if (at + width <= limit)
		memcpy(bytes + at, &value, width);
}

static void test_mutations(void **state)
{
	struct random random = random_start();
	unsigned seen[7] = {0};
	struct image *good = image_make();

	(void)state;
	for (unsigned i = 0; i < 60000; i++) {
		size_t size = random_one_in(&random, 8) ? random_below(&random, sizeof(*good))
							: sizeof(*good);
		uint8_t *bytes = malloc(size + 1);
		enum elf_error error;
		struct elf elf;

		memcpy(bytes + 1, good, size);
		for (uint64_t k = random_below(&random, 6); k > 0; k--)
			mutate(&random, bytes + 1, size);
		error = elf_parse(bytes + 1, size, MACHINE, &elf);
		assert_in_range(-error, 0, 6);
		seen[-error]++;
		if (error == ELF_OK)
			check_accepted(&elf, size);
		free(bytes);
	}
	free(good);
	for (unsigned i = 0; i < 7; i++) {
		print_message("%u: %s\n", seen[i], elf_error_text((enum elf_error) - (int)i));
		assert_true(seen[i] > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_exec),         cmocka_unit_test(test_good_pie),
		cmocka_unit_test(test_at_any_address),    cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_bad_fields),        cmocka_unit_test(test_shared_object),
		cmocka_unit_test(test_no_memory_segment), cmocka_unit_test(test_headers_not_loaded),
		cmocka_unit_test(test_many_segments),     cmocka_unit_test(test_texts),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
