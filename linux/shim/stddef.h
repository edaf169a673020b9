/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See stdint.h. */
#ifndef SHIM_STDDEF_H
#define SHIM_STDDEF_H

#include <linux/stddef.h>

#endif
