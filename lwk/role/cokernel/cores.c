/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Cores that come and go while programs run.
 */
#include <role/cokernel/cokernel.h>

#include <arch/smp.h>
#include <lwk/core.h>
#include <lwk/log.h>

void cokernel_core_comes(uint32_t index)
{
	int error = smp_add_core(index);

	if (error)
		log_warn("core %u does not come: error %d", index, -error);
	else
		log_info("core %u has come", index);
}

void cokernel_core_leaves(uint32_t index)
{
	bool is_gone = index < COKERNEL_CORES_MAX && core_remove(index) == 0;

	if (is_gone)
		cokernel_vectors_leave(index);
	log_info("core %u %s", index, is_gone ? "has gone" : "stays");
	memory_exchange_tell(is_gone ? EXCHANGE_CORE_LEFT : EXCHANGE_CORE_STAYS, index, 0);
}
