/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The auxiliary vector, as far as C libraries rely on it. HWCAP bits other than FP and ASIMD depend on the CPU.
 */
#include "report.h"
#include <elf.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

extern void _start(void);

static int entry_is_start(void)
{
	uintptr_t start = (uintptr_t)_start;
	return getauxval(AT_ENTRY) == start;
}

static int phdr_has_load(void)
{
	const Elf64_Phdr *phdr = (const Elf64_Phdr *)getauxval(AT_PHDR);
	unsigned long count = getauxval(AT_PHNUM);

	for (unsigned long i = 0; phdr && i < count; i++)
		if (phdr[i].p_type == PT_LOAD && phdr[i].p_flags == (PF_R | PF_X))
			return 1;
	return 0;
}

static int random_is_random(void)
{
	static const unsigned char zero[16];
	const void *bytes = (const void *)getauxval(AT_RANDOM);

	return bytes && memcmp(bytes, zero, sizeof(zero));
}

static int name_ends_with(const char *tail)
{
	const char *name = (const char *)getauxval(AT_EXECFN);
	size_t length = name ? strlen(name) : 0;

	return length >= strlen(tail) && !strcmp(name + length - strlen(tail), tail);
}

int main(int argc, char **argv)
{
	const char *base = strrchr(argv[0], '/');

	(void)argc;
	VALUE(getauxval(AT_PAGESZ));
	VALUE(getauxval(AT_PHENT));
	VALUE(getauxval(AT_CLKTCK));
	HOLDS(getauxval(AT_UID) == getuid());
	HOLDS(getauxval(AT_EUID) == geteuid());
	HOLDS(getauxval(AT_GID) == getgid());
	HOLDS(getauxval(AT_EGID) == getegid());
	VALUE(getauxval(AT_SECURE));
	HOLDS(getauxval(AT_PHNUM) > 0);
	HOLDS(phdr_has_load());
	HOLDS(entry_is_start());
	HOLDS(random_is_random());
	HOLDS(name_ends_with(base ? base + 1 : argv[0]));
	HOLDS((getauxval(AT_HWCAP) & 3) == 3 || sizeof(void *) != 8);
	VALUE(sysconf(_SC_PAGESIZE));
	VALUE(sysconf(_SC_CLK_TCK));
	return 0;
}
