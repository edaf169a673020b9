/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the functions of the vDSO share: the data at the end of its page, which the kernel filled in.
 */
#ifndef VDSO_H
#define VDSO_H

#include <arch/vdso_data.h>
#include <stdbool.h>

extern const struct vdso_data vdso_data __attribute__((visibility("hidden")));

#endif
