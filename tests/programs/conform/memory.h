/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the groups about memory share: pages by number within an area, and whether a page can be read or written.
 */
#ifndef TESTS_CONFORM_MEMORY_H
#define TESTS_CONFORM_MEMORY_H

#include <stddef.h>

/* an area of addresses that nobody else uses */
#define AREA_PAGES 64

extern char *area;

void area_prepare(void);
void area_clear(void); /* nothing is mapped in it */
char *area_page(unsigned page);
/* Prints what may be done with each page from `first` on: - neither, r read, w read and write. */
void area_show(const char *what, unsigned first, unsigned count);

/* prints the address that a mapping call gave, as a page of the area */
#define WHERE(call) report_place(#call, (char *)(call))
void report_place(const char *call, const char *address);

#endif
