/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /proc/PID/numa_maps: a line for each mapping that has memory, as Linux prints it, counted in the
 * page tables; and behind it by how many pages of each size it is mapped.
 */
#include <lwk/page.h>
#include <lwk/sysinfo.h>
#include <lwk/vma.h>

struct content {
	uint64_t start, end;
	uint64_t pages[NODES_MAX]; /* 4 KiB */
	unsigned leaves_4k, leaves_2m, leaves_1g;
};

static bool leaf_count(void *arg, const struct pt_leaf *leaf)
{
	struct content *content = arg;

	content->pages[page_node(leaf->pa)] += leaf->size >> PAGE_SHIFT;
	content->leaves_4k += leaf->size == PAGE_SIZE;
	content->leaves_2m += leaf->size == SIZE_2M;
	content->leaves_1g += leaf->size == SIZE_1G;
	return true;
}

static void policy_print(struct text *text, struct numa_policy policy)
{
	static const char *const names[] = {
		[NUMA_DEFAULT] = "default", [NUMA_PREFERRED] = "prefer",
		[NUMA_BIND] = "bind",       [NUMA_INTERLEAVE] = "interleave",
		[NUMA_LOCAL] = "local",     [NUMA_PREFERRED_MANY] = "prefer (many)",
	};

	text_print(text, "%s", names[policy.mode]);
	if (policy.nodes) {
		text_print(text, ":");
		text_print_list(text, policy.nodes);
	}
}

struct printer {
	struct text *text;
	struct address_space *space;
};

static void line_print(void *arg, const struct vma *vma)
{
	const struct printer *printer = arg;
	struct text *text = printer->text;
	struct content content = {.start = vma->start, .end = vma->end};
	uint64_t pages = 0;

	pt_visit(&printer->space->pt, vma->start, vma->end - vma->start, leaf_count, &content);
	for (unsigned node = 0; node < numa_count; node++)
		pages += content.pages[node];
	text_print(text, "%08lx ", vma->start);
	policy_print(text, vma->policy);
	text_print(text, "%s",
		   vma->kind == VMA_BRK     ? " heap"
		   : vma->kind == VMA_STACK ? " stack"
					    : "");
	if (pages)
		text_print(text, " anon=%lu dirty=%lu", pages, pages);
	for (unsigned node = 0; node < numa_count; node++) {
		if (content.pages[node])
			text_print(text, " N%u=%lu", node, content.pages[node]);
	}
	if (pages)
		text_print(text, " kernelpagesize_kB=%u leaves_4k=%u leaves_2M=%u leaves_1G=%u",
			   (unsigned)(PAGE_SIZE / 1024), content.leaves_4k, content.leaves_2m,
			   content.leaves_1g);
	text_print(text, "\n");
}

void address_space_print_numa_maps(struct address_space *space, struct text *text)
{
	struct printer printer = {.text = text, .space = space};

	space_visit(space, line_print, &printer);
}
