/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The C library's, but memset also "fills" RAM that the fake machine has only on paper (machine.h).
 */
#ifndef TESTS_UNIT_HV_FAKE_STRING_H
#define TESTS_UNIT_HV_FAKE_STRING_H

#include_next <string.h>

void *fake_memset(void *to, int byte, size_t bytes);

#define memset fake_memset

#endif
