/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ELF64 executables, checked before anything is believed: every offset and size is inside the file,
 * segments do not overlap and do not wrap, W^X is the loader's choice. Two segments may share a
 * page (each has its part of it), which the loader has to expect.
 */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include <bulkhead/types.h>

#define ELF_MACHINE_X86_64  62
#define ELF_MACHINE_AARCH64 183

enum elf_error {
	ELF_OK = 0,
	ELF_NOT_ELF = -1,
	ELF_TRUNCATED = -2,
	ELF_WRONG_MACHINE = -3,
	ELF_DYNAMIC = -4,  /* wants an interpreter */
	ELF_NOT_EXEC = -5, /* neither ET_EXEC nor static-PIE */
	ELF_BAD_SEGMENT = -6
};

struct elf_segment {
	uint64_t vaddr;
	uint64_t memsz;
	uint64_t filesz;
	uint64_t offset;
	uint32_t flags; /* PF_X 1, PF_W 2, PF_R 4 */
};

#define ELF_SEGMENTS_MAX 16

struct elf {
	uint64_t entry;
	uint64_t low, high;  /* page-aligned span of all segments; low = 0 for static-PIE */
	uint64_t phdr_vaddr; /* where the program headers are loaded, 0 when no segment has them */
	uint16_t phnum;
	uint16_t phentsize;
	bool pie;
	bool exec_stack; /* PT_GNU_STACK asks for it */
	unsigned segment_count;
	struct elf_segment segments[ELF_SEGMENTS_MAX]; /* PT_LOAD, ascending */
};

/* `size`: bytes of the whole file, all of which are readable at `image` */
enum elf_error elf_parse(const void *image, size_t size, uint16_t machine, struct elf *out);
const char *elf_error_text(enum elf_error error);

#endif
