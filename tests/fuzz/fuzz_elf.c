/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libFuzzer on the ELF parser: segments of an accepted file lie in the file and apart from each
 * other.
 */
#include "fuzz.h"
#include <lib/elf.h>

static void segment_check(const struct elf *elf, unsigned index, const uint8_t *data, size_t size)
{
	const struct elf_segment *s = &elf->segments[index];

	CHECK(s->memsz > 0 && s->filesz <= s->memsz);
	CHECK(s->vaddr >= elf->low && s->vaddr < elf->high && s->memsz <= elf->high - s->vaddr);
	CHECK(!index ||
	      elf->segments[index - 1].vaddr + elf->segments[index - 1].memsz <= s->vaddr);
	if (s->filesz) {
		CHECK(s->offset < size && s->filesz <= size - s->offset);
		touch(data + s->offset, s->filesz);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf elf;

	if (elf_parse(data, size, ELF_MACHINE_AARCH64, &elf) != ELF_OK)
		return 0;
	CHECK(elf.segment_count >= 1 && elf.segment_count <= ELF_SEGMENTS_MAX);
	CHECK(elf.low <= elf.high && IS_ALIGNED(elf.low | elf.high, PAGE_SIZE));
	for (unsigned i = 0; i < elf.segment_count; i++)
		segment_check(&elf, i, data, size);
	return 0;
}
