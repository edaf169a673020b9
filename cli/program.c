/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a file can run on the LWK, found before anything is started: a static ELF program for the
 * machine that this command was built for (CLI_MACHINE, CLI_MACHINE_NAME: build.mk).
 */
#include <cli/bulkhead.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char truncated[] = "%s is a truncated ELF file; copy it again.";

static bool is_inside(const Elf64_Phdr *segment, uint64_t size)
{
	return segment->p_offset <= size && segment->p_filesz <= size - segment->p_offset;
}

static int check_segments(struct bulkhead *link, const char *path, int fd, const Elf64_Ehdr *header,
			  uint64_t size)
{
	Elf64_Phdr segment;
	bool loads = false;

	for (unsigned i = 0; i < header->e_phnum; i++) {
		off_t at = (off_t)(header->e_phoff + i * sizeof(segment));

		if (pread(fd, &segment, sizeof(segment), at) != (ssize_t)sizeof(segment))
			return bulkhead_fail(link, ENOEXEC, truncated, path);
		if (segment.p_type == PT_LOAD && !is_inside(&segment, size))
			return bulkhead_fail(link, ENOEXEC, truncated, path);
		if (segment.p_type == PT_INTERP)
			return bulkhead_fail(link, ENOEXEC,
					     "%s is a dynamic program; link it with -static.",
					     path);
		loads |= segment.p_type == PT_LOAD;
	}
	return loads ? 0
		     : bulkhead_fail(link, ENOEXEC, "%s is an ELF file with nothing to load.",
				     path);
}

static int check_header(struct bulkhead *link, const char *path, int fd, uint64_t size)
{
	Elf64_Ehdr header;
	ssize_t n = pread(fd, &header, sizeof(header), 0);

	if (n < SELFMAG || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
		return bulkhead_fail(link, ENOEXEC, "%s is not an ELF program.", path);
	if (n < (ssize_t)sizeof(header))
		return bulkhead_fail(link, ENOEXEC, truncated, path);
	if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != CLI_MACHINE)
		return bulkhead_fail(link, ENOEXEC, "%s is not a program for " CLI_MACHINE_NAME ".",
				     path);
	if ((header.e_type != ET_EXEC && header.e_type != ET_DYN) ||
	    header.e_phentsize != sizeof(Elf64_Phdr))
		return bulkhead_fail(link, ENOEXEC, "%s is an ELF file but not a program.", path);
	return check_segments(link, path, fd, &header, size);
}

int bulkhead_check_program(struct bulkhead *link, const char *path)
{
	struct stat status;
	int result, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return bulkhead_fail(link, ENOENT, "There is no file %s.", path);
	if (fd < 0 || fstat(fd, &status) != 0)
		return bulkhead_fail(link, errno, "%s cannot be read: %s.", path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		result = bulkhead_fail(link, ENOEXEC, "%s is not a regular file.", path);
	else
		result = check_header(link, path, fd, (uint64_t)status.st_size);
	close(fd);
	return result;
}
