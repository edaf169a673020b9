/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /proc/PID/maps: a line for each mapping, as Linux prints it.
 */
#include <lwk/sysinfo.h>
#include <lwk/vma.h>

static const char *name_of(enum vma_kind kind)
{
	switch (kind) {
	case VMA_BRK:
		return "                          [heap]";
	case VMA_STACK:
		return "                          [stack]";
	default:
		return "";
	}
}

static void line_print(void *arg, const struct vma *vma)
{
	text_print(arg, "%08lx-%08lx %c%c%cp 00000000 00:00 0 %s\n", vma->start, vma->end,
		   vma->prot & PROT_READ ? 'r' : '-', vma->prot & PROT_WRITE ? 'w' : '-',
		   vma->prot & PROT_EXEC ? 'x' : '-', name_of(vma->kind));
}

void address_space_print_maps(struct address_space *space, struct text *text)
{
	space_visit(space, line_print, text);
}
