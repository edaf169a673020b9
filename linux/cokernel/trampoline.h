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
#define MAILBOX_CORE         16 /* whose it is: what CPUID says there */
#define MAILBOX_LEAF         20 /* of CPUID, with that */
#define MAILBOX_ADJUST       24
#define MAILBOX_ENTRY        32
#define MAILBOX_BOOT         40
#define MAILBOX_INDEX        48
#define MAILBOX_ENTRY_TABLES 56
#define MAILBOX_STATE        64
#define MAILBOX_LONG         72 /* far pointers: offset, selector */
#define MAILBOX_ENTER        80
#define MAILBOX_GDT          88 /* limit, base */
#define MAILBOX_ENTRY_GDT    104
#define MAILBOX_IDT          120
#define MAILBOX_NO_IDT       136
#define MAILBOX_DESCRIPTORS  152 /* of our GDT, then of our IDT */
#define MAILBOX_GATES        19  /* up to that of machine checks */
#define MAILBOX_SIZE         (MAILBOX_DESCRIPTORS + 24 + MAILBOX_GATES * 16)

#define LEAF_BASIC    1u   /* EBX: the first id that the core had, 8 bits */
#define LEAF_TOPOLOGY 0xBu /* EDX: all of it */

#define MAILBOX_SAVE    1 /* flags: IA32_TSC_ADJUST is read into `adjust` */
#define MAILBOX_RESTORE 2 /* written from it */

#endif
