/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Power off on a board without firmware for it.
 */
#ifndef LWK_WATCHDOG_H
#define LWK_WATCHDOG_H

void watchdog_init(void);      /* finds it in the device tree; none is no error */
void watchdog_power_off(void); /* returns when there is none */

#endif
