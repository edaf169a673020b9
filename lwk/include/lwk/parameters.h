/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Boot parameters: tick=HZ, quantum=US, loglevel=N. What is unknown or malformed is logged and
 * ignored.
 */
#ifndef LWK_PARAMETERS_H
#define LWK_PARAMETERS_H

#include <bulkhead/types.h>

void parameters_apply(const char *line);

#endif
