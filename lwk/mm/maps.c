/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /proc/PID/maps: a line for each mapping, as Linux prints it.
 */
#include <arch/layout.h>
#include <lwk/sysinfo.h>
#include <lwk/vma.h>

static const char *name_of(const struct vma *vma)
{
	if (vma->kind == VMA_BRK)
		return "                          [heap]";
	if (vma->end == USER_STACK_TOP) /* those of other threads are ordinary memory */
		return "                          [stack]";
	if (vma->start == USER_VDSO)
		return "                          [vdso]";
	return "";
}

static void line_print(void *arg, const struct vma *vma)
{
	text_print(arg, "%08lx-%08lx %c%c%cp 00000000 00:00 0 %s\n", vma->start, vma->end,
		   vma->prot & PROT_READ ? 'r' : '-', vma->prot & PROT_WRITE ? 'w' : '-',
		   vma->prot & PROT_EXEC ? 'x' : '-', name_of(vma));
}

void address_space_print_maps(struct address_space *space, struct text *text)
{
	space_visit(space, line_print, text);
}
