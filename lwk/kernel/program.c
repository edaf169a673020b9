/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The image of a program: segments of a static ELF executable (static-PIE included), as lib/elf.h
 * has checked them.
 */
#include <arch/layout.h>
#include <arch/elf_machine.h>
#include <lib/elf.h>
#include <lwk/errno.h>
#include <lwk/log.h>
#include <lwk/program.h>
#include <lwk/vdso.h>

#define PF_X 1u
#define PF_W 2u
#define PF_R 4u

static uint32_t segment_prot(const struct elf_segment *segment)
{
	return (segment->flags & PF_R ? PROT_READ : 0) | (segment->flags & PF_W ? PROT_WRITE : 0) |
	       (segment->flags & PF_X ? PROT_EXEC : 0);
}

/* Memory for all segments, writable for now. Two segments may share a page. */
static int segments_map(struct address_space *space, const struct elf *elf, uint64_t base)
{
	uint64_t mapped = 0;

	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *segment = &elf->segments[i];
		uint64_t start = ALIGN_DOWN(base + segment->vaddr, PAGE_SIZE);
		uint64_t end = ALIGN_UP(base + segment->vaddr + segment->memsz, PAGE_SIZE);
		int status = 0;

		start = start > mapped ? start : mapped;
		if (start < end)
			status = space_map_at(space, start, end - start, PROT_READ | PROT_WRITE,
					      VMA_BACKED, false);
		if (status)
			return status == -EEXIST ? -ENOEXEC : status;
		mapped = end > mapped ? end : mapped;
	}
	return 0;
}

static int segments_copy(struct address_space *space, const struct elf *elf, uint64_t base,
			 const char *file)
{
	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *segment = &elf->segments[i];

		if (space_write(space, base + segment->vaddr, file + segment->offset,
				segment->filesz) != 0)
			return -ENOEXEC;
	}
	return 0;
}

/* A page that two segments share gets the rights of both. */
static int segments_protect(struct address_space *space, const struct elf *elf, uint64_t base)
{
	uint64_t done = 0;
	uint32_t previous = 0;
	int status = 0;

	for (unsigned i = 0; i < elf->segment_count && !status; i++) {
		const struct elf_segment *segment = &elf->segments[i];
		uint64_t start = ALIGN_DOWN(base + segment->vaddr, PAGE_SIZE);
		uint64_t end = ALIGN_UP(base + segment->vaddr + segment->memsz, PAGE_SIZE);
		uint32_t prot = segment_prot(segment);

		if (start < done) {
			status = space_protect(space, start, done - start, prot | previous);
			start = done;
		}
		if (start < end && !status)
			status = space_protect(space, start, end - start, prot);
		done = end > done ? end : done;
		previous = prot;
	}
	return status;
}

int program_load(struct address_space *space, const struct executable *executable,
		 struct program *program)
{
	struct elf elf;
	enum elf_error error = elf_parse(executable->data, executable->size, ARCH_ELF_MACHINE,
					 &elf);
	uint64_t base = error == ELF_OK && elf.pie ? USER_PIE_BASE : 0;
	int status;

	if (error != ELF_OK) {
		log_info("%s cannot run: %s", program->path, elf_error_text(error));
		return -ENOEXEC;
	}
	if (base + elf.low < USER_LOW || elf.high > USER_MMAP_LOW - SIZE_1G - base)
		return -ENOEXEC;
	status = segments_map(space, &elf, base);
	if (status == 0)
		status = segments_copy(space, &elf, base, executable->data);
	if (status == 0)
		status = segments_protect(space, &elf, base);
	if (status == 0)
		status = space_brk_init(space, ALIGN_UP(base + elf.high, SIZE_2M));
	program->entry = base + elf.entry;
	program->image_entry = program->entry;
	program->phdr = elf.phdr_vaddr ? base + elf.phdr_vaddr : 0;
	program->phnum = elf.phnum;
	program->phent = elf.phentsize;
	program->stack_prot = PROT_READ | PROT_WRITE | (elf.exec_stack ? PROT_EXEC : 0);
	if (status == 0)
		status = vdso_map(space, &program->vdso);
	return status ? status : program_stack(space, program);
}
