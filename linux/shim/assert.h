/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See stdint.h. */
#ifndef SHIM_ASSERT_H
#define SHIM_ASSERT_H

#include <linux/build_bug.h>

#endif
