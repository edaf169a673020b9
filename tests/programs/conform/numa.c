/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NUMA policies on a machine with one node: arguments, and what is read back.
 */
#include "conform.h"
#include "memory.h"
#include <linux/mempolicy.h>
#include <string.h>
#include <sys/mman.h>

CONFORM(numa_policy, "mbind set_mempolicy get_mempolicy move_pages");

#define PAGE 4096L

static void check_process(void)
{
	uint64_t nodes[16] = {1};
	int mode = -1;

	VALUE(SYS(get_mempolicy, &mode, NULL, 0L, NULL, 0L));
	VALUE(mode);
	VALUE(SYS(set_mempolicy, MPOL_BIND, nodes, 64L));
	VALUE(SYS(get_mempolicy, &mode, nodes, 1024L, NULL, 0L));
	printf("%d %ld\n", mode, (long)nodes[0]);
	VALUE(SYS(set_mempolicy, MPOL_INTERLEAVE, nodes, 64L));
	VALUE(SYS(get_mempolicy, &mode, NULL, 0L, NULL, 0L));
	VALUE(mode);
	VALUE(SYS(set_mempolicy, MPOL_BIND, NULL, 0L));
	VALUE(SYS(set_mempolicy, 99, nodes, 64L));
	VALUE(SYS(set_mempolicy, MPOL_DEFAULT, nodes, 64L));
	nodes[0] = 0;
	VALUE(SYS(set_mempolicy, MPOL_BIND, nodes, 64L));
	nodes[0] = 2;
	VALUE(SYS(set_mempolicy, MPOL_BIND, nodes, 64L));
	BAD_READ(p, SYS(set_mempolicy, MPOL_BIND, bad_->address ? p : (char *)8, 64L));
	BAD_WRITE(p, SYS(get_mempolicy, bad_->address ? p : (char *)8, NULL, 0L, NULL, 0L));
	VALUE(SYS(get_mempolicy, &mode, NULL, 0L, NULL, 1L << 20));
	VALUE(SYS(set_mempolicy, MPOL_DEFAULT, NULL, 0L));
}

static void check_mapping(void)
{
	uint64_t nodes[16] = {1};
	int mode = -1, status[2] = {77, 77};
	void *pages[2];

	need(mmap(area_page(0), 8 * PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED,
	     "mmap");
	memset(area_page(0), 1, 2 * PAGE);
	VALUE(SYS(mbind, area_page(0), 4 * PAGE, MPOL_BIND, nodes, 64L, 0));
	VALUE(SYS(get_mempolicy, &mode, nodes, 1024L, area_page(1), MPOL_F_ADDR));
	printf("%d %ld\n", mode, (long)nodes[0]);
	VALUE(SYS(get_mempolicy, &mode, NULL, 0L, area_page(6), MPOL_F_ADDR));
	VALUE(mode);
	VALUE(SYS(get_mempolicy, &mode, NULL, 0L, area_page(0), MPOL_F_ADDR | MPOL_F_NODE));
	VALUE(mode);
	VALUE(SYS(get_mempolicy, &mode, NULL, 0L, area_page(20), MPOL_F_ADDR));
	VALUE(SYS(mbind, area_page(0) + 1, PAGE, MPOL_BIND, nodes, 64L, 0));
	VALUE(SYS(mbind, area_page(0), PAGE, 99, nodes, 64L, 0));
	VALUE(SYS(mbind, area_page(0), PAGE, MPOL_BIND, nodes, 64L, 0x100));
	VALUE(SYS(mbind, area_page(0), 0L, MPOL_BIND, nodes, 64L, 0));
	VALUE(SYS(mbind, area_page(20), PAGE, MPOL_BIND, nodes, 64L, 0));
	VALUE(SYS(mbind, area_page(0), PAGE, MPOL_BIND, NULL, 0L, 0));
	VALUE(SYS(mbind, area_page(0), 2 * PAGE, MPOL_BIND, nodes, 64L, MPOL_MF_STRICT));
	pages[0] = area_page(1);
	pages[1] = area_page(20);
	VALUE(SYS(move_pages, 0, 2L, pages, NULL, status, 0));
	printf("%d %d\n", status[0], status[1]);
	VALUE(SYS(move_pages, 0, 1L, pages, NULL, status, 0x100));
	VALUE(SYS(move_pages, 999999, 1L, pages, NULL, status, 0));
	BAD_READ(p, SYS(move_pages, 0, 1L, p, NULL, status, 0));
	BAD_WRITE(p, SYS(move_pages, 0, 1L, pages, NULL, p, 0));
}

static void conform_numa_policy(void)
{
	area_prepare();
	area_clear();
	check_process();
	check_mapping();
}
