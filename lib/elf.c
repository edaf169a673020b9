/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ELF64 checker (System V gABI, chapters 4 and 5). Headers are copied out of the image before
 * they are read, as the image can lie at any address; every sum of two fields is checked for wrap.
 */
#include <lib/elf.h>
#include <lib/string.h>
#include <assert.h>

#define ET_EXEC 2
#define ET_DYN  3

#define PT_LOAD      1
#define PT_DYNAMIC   2
#define PT_INTERP    3
#define PT_GNU_STACK 0x6474e551

#define PF_X 1

#define DT_NULL   0
#define DT_NEEDED 1

struct elf_header {
	uint8_t ident[16];
	uint16_t type;
	uint16_t machine;
	uint32_t version;
	uint64_t entry;
	uint64_t phoff;
	uint64_t shoff;
	uint32_t flags;
	uint16_t ehsize;
	uint16_t phentsize;
	uint16_t phnum;
	uint16_t shentsize;
	uint16_t shnum;
	uint16_t shstrndx;
};
static_assert(sizeof(struct elf_header) == 64, "Elf64_Ehdr");

struct elf_phdr {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t vaddr;
	uint64_t paddr;
	uint64_t filesz;
	uint64_t memsz;
	uint64_t align;
};
static_assert(sizeof(struct elf_phdr) == 56, "Elf64_Phdr");

struct elf_dyn {
	uint64_t tag;
	uint64_t value;
};
static_assert(sizeof(struct elf_dyn) == 16, "Elf64_Dyn");

struct file {
	const uint8_t *bytes;
	uint64_t size;
};

/* magic, 64-bit, little-endian, version 1 */
static const uint8_t ident_magic[4] = {0x7f, 'E', 'L', 'F'};
static const uint8_t ident_class[3] = {2, 1, 1};

static bool file_holds(const struct file *file, uint64_t offset, uint64_t size)
{
	return offset <= file->size && size <= file->size - offset;
}

static enum elf_error check_header(const struct file *file, uint16_t machine,
				   struct elf_header *header)
{
	if (file->size < sizeof(ident_magic) ||
	    memcmp(file->bytes, ident_magic, sizeof(ident_magic)) != 0)
		return ELF_NOT_ELF;
	if (file->size < sizeof(*header))
		return ELF_TRUNCATED;
	memcpy(header, file->bytes, sizeof(*header));
	if (memcmp(&header->ident[4], ident_class, sizeof(ident_class)) != 0 ||
	    header->machine != machine)
		return ELF_WRONG_MACHINE;
	if (header->type != ET_EXEC && header->type != ET_DYN)
		return ELF_NOT_EXEC;
	/* a shared object has no entry */
	if (header->entry == 0 || header->phnum == 0 ||
	    header->phentsize != sizeof(struct elf_phdr))
		return ELF_NOT_EXEC;
	if (!file_holds(file, header->phoff, header->phnum * sizeof(struct elf_phdr)))
		return ELF_TRUNCATED;
	return ELF_OK;
}

static enum elf_error check_load(const struct file *file, const struct elf_phdr *phdr)
{
	uint64_t end;

	if (phdr->filesz > phdr->memsz)
		return ELF_BAD_SEGMENT;
	/* room for rounding the end up to a page */
	if (__builtin_add_overflow(phdr->vaddr, phdr->memsz, &end) || end > UINT64_MAX - PAGE_SIZE)
		return ELF_BAD_SEGMENT;
	if (phdr->filesz == 0) /* the offset means nothing then */
		return ELF_OK;
	if (!IS_ALIGNED(phdr->vaddr - phdr->offset, PAGE_SIZE))
		return ELF_BAD_SEGMENT;
	return file_holds(file, phdr->offset, phdr->filesz) ? ELF_OK : ELF_TRUNCATED;
}

static uint64_t segment_end(const struct elf_segment *segment)
{
	return segment->vaddr + segment->memsz;
}

static enum elf_error add_load(const struct file *file, const struct elf_phdr *phdr,
			       struct elf *out)
{
	enum elf_error error = check_load(file, phdr);
	uint64_t end = 0;

	if (error != ELF_OK || phdr->memsz == 0)
		return error;
	if (out->segment_count == ELF_SEGMENTS_MAX)
		return ELF_BAD_SEGMENT;
	/* ascending is what the gABI demands; it makes overlap a matter of neighbours */
	if (out->segment_count > 0)
		end = segment_end(&out->segments[out->segment_count - 1]);
	if (phdr->vaddr < end)
		return ELF_BAD_SEGMENT;
	out->segments[out->segment_count++] = (struct elf_segment){
		.vaddr = phdr->vaddr,
		.memsz = phdr->memsz,
		.filesz = phdr->filesz,
		.offset = phdr->offset,
		.flags = phdr->flags & 7u,
	};
	return ELF_OK;
}

/* A shared object or a dynamic program that names no interpreter still names what it needs. */
static enum elf_error check_dynamic(const struct file *file, const struct elf_phdr *phdr)
{
	struct elf_dyn dyn;

	if (!file_holds(file, phdr->offset, phdr->filesz))
		return ELF_TRUNCATED;
	for (uint64_t at = 0; phdr->filesz - at >= sizeof(dyn); at += sizeof(dyn)) {
		memcpy(&dyn, file->bytes + phdr->offset + at, sizeof(dyn));
		if (dyn.tag == DT_NULL)
			break;
		if (dyn.tag == DT_NEEDED)
			return ELF_DYNAMIC;
	}
	return ELF_OK;
}

static enum elf_error take_phdr(const struct file *file, const struct elf_phdr *phdr,
				struct elf *out)
{
	switch (phdr->type) {
	case PT_LOAD:
		return add_load(file, phdr, out);
	case PT_INTERP:
		return ELF_DYNAMIC;
	case PT_DYNAMIC:
		return check_dynamic(file, phdr);
	case PT_GNU_STACK:
		out->exec_stack = phdr->flags & PF_X;
		return ELF_OK;
	default:
		return ELF_OK;
	}
}

static bool entry_is_executable(const struct elf *elf)
{
	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *segment = &elf->segments[i];

		if ((segment->flags & PF_X) && elf->entry >= segment->vaddr &&
		    elf->entry - segment->vaddr < segment->memsz)
			return true;
	}
	return false;
}

static uint64_t find_phdrs(const struct elf *elf, uint64_t phoff)
{
	uint64_t bytes = (uint64_t)elf->phnum * elf->phentsize;

	for (unsigned i = 0; i < elf->segment_count; i++) {
		const struct elf_segment *segment = &elf->segments[i];

		if (phoff >= segment->offset && phoff - segment->offset <= segment->filesz &&
		    bytes <= segment->filesz - (phoff - segment->offset))
			return segment->vaddr + (phoff - segment->offset);
	}
	return 0;
}

enum elf_error elf_parse(const void *image, size_t size, uint16_t machine, struct elf *out)
{
	struct file file = {.bytes = image, .size = size};
	struct elf_header header;
	enum elf_error error = check_header(&file, machine, &header);

	if (error != ELF_OK)
		return error;
	*out = (struct elf){
		.entry = header.entry,
		.phnum = header.phnum,
		.phentsize = header.phentsize,
		.pie = header.type == ET_DYN,
	};
	for (unsigned i = 0; i < header.phnum; i++) {
		struct elf_phdr phdr;

		memcpy(&phdr, file.bytes + header.phoff + i * sizeof(phdr), sizeof(phdr));
		error = take_phdr(&file, &phdr, out);
		if (error != ELF_OK)
			return error;
	}
	if (out->segment_count == 0 || !entry_is_executable(out))
		return out->pie ? ELF_NOT_EXEC : ELF_BAD_SEGMENT;
	out->low = out->pie ? 0 : ALIGN_DOWN(out->segments[0].vaddr, PAGE_SIZE);
	out->high = ALIGN_UP(segment_end(&out->segments[out->segment_count - 1]), PAGE_SIZE);
	out->phdr_vaddr = find_phdrs(out, header.phoff);
	return ELF_OK;
}

const char *elf_error_text(enum elf_error error)
{
	switch (error) {
	case ELF_OK:
		return "a static executable";
	case ELF_NOT_ELF:
		return "not an ELF file";
	case ELF_TRUNCATED:
		return "the file is truncated";
	case ELF_WRONG_MACHINE:
		return "built for another architecture";
	case ELF_DYNAMIC:
		return "dynamically linked; only static programs run here";
	case ELF_NOT_EXEC:
		return "not an executable";
	case ELF_BAD_SEGMENT:
		return "its segments are malformed";
	}
	return "unknown error";
}
