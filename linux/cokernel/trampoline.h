/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The mailbox in the trampoline's page: written by the module before it starts a core, read by that core until it writes `ack`. Offsets for
 * assembly; park.c proves that they are struct park_mailbox's.
 */
#ifndef COKERNEL_TRAMPOLINE_H
#define COKERNEL_TRAMPOLINE_H

#define MAILBOX_TABLES       0
#define MAILBOX_FLAGS        4
#define MAILBOX_SEQUENCE     8
#define MAILBOX_ACK          12
#define MAILBOX_ADJUST       16
#define MAILBOX_ENTRY        24
#define MAILBOX_BOOT         32
#define MAILBOX_INDEX        40
#define MAILBOX_ENTRY_TABLES 48
#define MAILBOX_STATE        56
#define MAILBOX_LONG         64 /* far pointers: offset, selector */
#define MAILBOX_ENTER        72
#define MAILBOX_GDT          80 /* limit, base */
#define MAILBOX_ENTRY_GDT    96
#define MAILBOX_IDT          112
#define MAILBOX_NO_IDT       128
#define MAILBOX_DESCRIPTORS  144 /* of our GDT, then of our IDT */
#define MAILBOX_SIZE         (MAILBOX_DESCRIPTORS + 24 + 3 * 16)

#define MAILBOX_SAVE    1 /* flags: IA32_TSC_ADJUST is read into `adjust` */
#define MAILBOX_RESTORE 2 /* written from it */

#endif
