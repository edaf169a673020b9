/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Linux has no C library's headers: the types that lib/ and include/ ask for, from its own. So are the files beside this one.
 */
#ifndef SHIM_STDINT_H
#define SHIM_STDINT_H

#include <linux/types.h>

#define UINT64_C(value) value##ULL

#endif
