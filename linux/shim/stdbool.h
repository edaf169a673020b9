/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See stdint.h. */
#ifndef SHIM_STDBOOL_H
#define SHIM_STDBOOL_H

#include <linux/types.h>

#endif
