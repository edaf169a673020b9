/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The area for the groups about memory (memory.h). Permissions are found out by the calls that copy: a pipe takes what can be
 * read, and fills what can be written.
 */
#include "memory.h"
#include "conform.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#define PAGE 4096
/* far from everything, so that no mapping without an address comes to lie in it */
#define AREA_ADDRESS ((void *)0x200000000000)

char *area;
static int probe[2];

void area_prepare(void)
{
	area = mmap(AREA_ADDRESS, AREA_PAGES * PAGE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	need(area != MAP_FAILED, "mmap");
	need(pipe2(probe, O_CLOEXEC) == 0, "pipe2");
}

void area_clear(void)
{
	need(munmap(area, AREA_PAGES * PAGE) == 0, "munmap");
}

char *area_page(unsigned page)
{
	return area + (size_t)page * PAGE;
}

/* The page's first byte is written back as it was. */
static char page_access(char *page)
{
	char byte;

	if (write(probe[1], page, 1) != 1)
		return '-';
	if (read(probe[0], page, 1) == 1)
		return 'w';
	need(read(probe[0], &byte, 1) == 1, "pipe");
	return 'r';
}

void area_show(const char *what, unsigned first, unsigned count)
{
	printf("%s: ", what);
	for (unsigned i = first; i < first + count; i++)
		putchar(page_access(area_page(i)));
	putchar('\n');
}

void report_place(const char *call, const char *address)
{
	if (address == MAP_FAILED)
		printf("%s: %s\n", call, errno_name(errno));
	else if (address >= area && address < area + AREA_PAGES * PAGE)
		printf("%s: page %td\n", call, (address - area) / PAGE);
	else
		printf("%s: elsewhere%s\n", call, (uintptr_t)address % PAGE ? ", not aligned" : "");
}
