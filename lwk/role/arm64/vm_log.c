/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The log of a kernel in a VM that has no console: to the hypervisor, line by line.
 */
#include <arch/smccc.h>
#include <bulkhead/ffa.h>
#include <lwk/role.h>
#include <string.h>

/* Characters in registers, six at eight bytes (FF-A 1.2, FFA_CONSOLE_LOG). */
void vm_log_write(const char *text, size_t size)
{
	while (size > 0) {
		size_t piece = size < FFA_CONSOLE_LOG_64_MAX ? size : FFA_CONSOLE_LOG_64_MAX;
		struct smccc call = {{FFA_CONSOLE_LOG_64, piece}};

		memcpy(&call.x[2], text, piece);
		smccc_hvc(&call);
		text += piece;
		size -= piece;
	}
}
