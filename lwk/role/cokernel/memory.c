/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that comes and goes: an offer is all it takes, and what is given back must not be in this kernel's tables any more.
 */
#include <role/cokernel/cokernel.h>

#include <arch/layout.h>
#include <arch/memory.h>
#include <arch/mmu.h>
#include <lwk/log.h>

/* What is here already may be in use: it is not taken again, nor unmapped when it cannot be taken. */
static bool unit_accept(uint64_t address)
{
	return IS_ALIGNED(address, SIZE_2M) && address < DIRECT_MAP_SIZE &&
	       (address + SIZE_2M <= image_pa ||
		address >= image_pa + (uint64_t)(_image_end - _head)) &&
	       !direct_map_has(PA(address));
}

static bool unit_release(uint64_t address)
{
	return direct_map_remove(PA(address), SIZE_2M) == 0;
}

static void other(const struct exchange_message *message)
{
	switch (message->kind) {
	case EXCHANGE_CORE_COMES:
		cokernel_core_comes(message->value);
		break;
	case EXCHANGE_CORE_LEAVES:
		cokernel_core_leaves(message->value);
		break;
	case EXCHANGE_REGION_COMES:
		cokernel_region_comes(message->value);
		break;
	case EXCHANGE_REGION_GOES:
		cokernel_region_goes(message->value);
		break;
	case EXCHANGE_REGION_ENDED:
		cokernel_region_ended(message->value, message->address);
		break;
	case EXCHANGE_VECTOR_IS:
		cokernel_vector_is(message->value);
		break;
	default:
		log_warn("a message of unknown kind %u is ignored", message->kind);
	}
}

const struct exchange_peer cokernel_exchange = {
	.wake = cokernel_ring,
	.accept = unit_accept,
	.release = unit_release,
	.other = other,
};
