/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fake architecture's address-space layout: as arm64's, but for the direct map, which is a
 * block of the host's memory.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#define USER_TOP      0x0001000000000000
#define USER_LOW      0x0000000000010000
#define USER_MMAP_LOW 0x0000800000000000
#define USER_MMAP_TOP 0x0000fffffe000000

#endif
