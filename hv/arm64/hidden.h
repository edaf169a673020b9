/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Included before everything else (build.mk): declarations are hidden, too, not only definitions as by -fvisibility=hidden, so that
 * data of other files is reached directly and not by way of a global offset table.
 */
#pragma GCC visibility push(hidden)
