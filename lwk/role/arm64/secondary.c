/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * In a VM that the primary schedules: the wire is a stream region shared with it, the log goes to the hypervisor line by line.
 */
#include <arch/mmu.h>
#include <arch/psci.h>
#include <arch/smccc.h>
#include <bulkhead/dt.h>
#include <bulkhead/exchange.h>
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <lwk/dt.h>
#include <lwk/errno.h>
#include <lwk/interrupt.h>
#include <lwk/role.h>
#include <role/memory_exchange.h>
#include <role/stream_wire.h>

/* The primary runs again and looks at the rings. */
static void primary_wake(void)
{
	hypercall(FFA_YIELD, 0, 0);
}

static bool call_succeeds(uint64_t function, uint64_t address)
{
	return (uint32_t)hypercall(function, address, 0).x[0] == FFA_SUCCESS_32;
}

static bool unit_accept(uint64_t address)
{
	return call_succeeds(BH_MEMORY_ACCEPT, address);
}

static bool unit_release(uint64_t address)
{
	return call_succeeds(BH_MEMORY_RELEASE, address);
}

static const struct exchange_peer primary = {
	.wake = primary_wake,
	.accept = unit_accept,
	.release = unit_release,
};

static void stream_interrupt(void *arg)
{
	(void)arg;
	stream_wire_doorbell();
}

static void exchange_interrupt(void *arg)
{
	(void)arg;
	memory_exchange_doorbell();
}

/* The primary may ring as soon as we take interrupts: nobody waits yet, and all input is found when somebody does. */
static int secondary_init(void)
{
	interrupt_register(STREAM_DOORBELL_SGI, stream_interrupt, NULL);
	interrupt_register(EXCHANGE_SGI, exchange_interrupt, NULL);
	return 0;
}

static int secondary_start(void)
{
	int node = dt_find_compatible(-1, DT_STREAM_COMPATIBLE);
	struct dt_reg reg;
	void *region;
	int status;

	if (node < 0 || !dt_reg(node, 0, &reg) || reg.size < STREAM_REGION_SIZE)
		return -ENODEV;
	region = memory_map(reg.base, STREAM_REGION_SIZE);
	if (!region)
		return -ENOMEM;
	status = memory_exchange_start(region, &primary);
	return status ? status : stream_wire_start(region, primary_wake);
}

const struct role role_secondary = {
	.name = DT_ROLE_SECONDARY,
	.init_files = {"/dev/wire/stdin", "/dev/wire/stdout", "/dev/wire/stderr"},
	.init = secondary_init,
	.start = secondary_start,
	.log_write = vm_log_write,
	.power_off = psci_system_off,
};
