/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the trampoline to the guest, and then from exit to exit. The co-kernel finds what it would have found without us: entry.S of the
 * image and bulkhead/cokernel.h agree on that, and the trampoline's last registers are told here.
 */
#include <bulkhead/cokernel.h>
#include <hv/x86/vcpu.h>

struct vcpu vcpu;

void hv_main(void);
void hv_exception(uint64_t vector, uint64_t error, uint64_t rip);

/* as linux/cokernel/trampoline.S leaves them */
#define FIRST_RFLAGS 0x46u

static void guest_begin(void)
{
	uint64_t state = config->entry.state;

	vcpu.r[RAX] = vcpu.rip = config->entry.rip;
	vcpu.r[RDI] = config->entry.boot;
	vcpu.r[RSI] = config->entry.index;
	vcpu.rflags = FIRST_RFLAGS;
	*(volatile uint32_t *)((uint8_t *)window(state) + state % 4096) = COKERNEL_CORE_ENTERED;
}

void hv_main(void)
{
	struct vcpu_exit exit;
	uint32_t detail = 0;

	report->version = VCPU_VERSION;
	if (config->version != VCPU_VERSION || config->size != sizeof(struct vcpu_config) ||
	    !backend_init(&detail))
		core_stop(VCPU_REFUSED, detail);
	guest_begin();
	/* before the tables are walked: whoever changes them either sees this, and has us flush, or was first */
	__atomic_store_n(&report->phase, VCPU_RUNS, __ATOMIC_SEQ_CST);
	for (;;) {
		backend_run(&exit);
		exit_handle(&exit);
	}
}

/* A defect of ours, or the machine's: the enclave ends, nothing else does. */
void hv_exception(uint64_t vector, uint64_t error, uint64_t rip)
{
	const struct vcpu_exit exit = {
		.reason = VCPU_EXIT_OTHER,
		.cause = vector == VECTOR_MC ? BH_FAULT_MACHINE : BH_FAULT_HYPERVISOR,
		.address = vector,
		.code = {vector, error, rip},
	};

	fault_end(&exit);
}
