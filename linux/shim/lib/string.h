/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See stdint.h. */
#ifndef SHIM_LIB_STRING_H
#define SHIM_LIB_STRING_H

#include <linux/string.h>

#endif
