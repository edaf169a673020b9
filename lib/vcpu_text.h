/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a core's hypervisor has written down of the end of its enclave (bulkhead/vcpu.h), in words for people. Addresses of the co-kernel's code are
 * 0x and hexadecimal digits, so that whoever has its symbols can add names.
 */
#ifndef LIB_VCPU_TEXT_H
#define LIB_VCPU_TEXT_H

#include <bulkhead/vcpu.h>
#include <stdbool.h>

#define VCPU_TEXT_MAX 2048 /* with the NUL */

/* Lines that end with a newline. `core`: its index in the enclave; `cpu`: Linux's number of it. The report is not believed. */
void vcpu_text(const struct vcpu_report *report, uint32_t core, uint32_t cpu,
	       char text[VCPU_TEXT_MAX]);
/* An exit's name, as in counters. */
const char *vcpu_exit_name(uint32_t reason);

/* Its registers, from 0 on; false: there are no more. */
struct vcpu_register {
	const char *name;
	uint64_t value;
};
bool vcpu_register(const struct vcpu_fault *fault, unsigned number, struct vcpu_register *one);

#endif
