/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Machine checks. Many processors send one to all cores, whichever core met the error: one that did not goes on. What the banks say stays
 * there, for Linux. MCG_STATUS.MCIP is cleared whatever comes then: INIT keeps it, and with it set the next machine check resets the machine.
 */
#include <arch/trap.h>
#include <lib/arch/x86/cpu.h>
#include <lwk/core.h>
#include <lwk/log.h>

/* Intel SDM 3B 15.3 */
#define MCG_CAP_BANKS      0xffu
#define MCG_CAP_RECOVERY   (UINT64_C(1) << 24)
#define MCG_STATUS_RESTART (UINT64_C(1) << 0)
#define BANK_VALID         (UINT64_C(1) << 63)
#define BANK_UNCORRECTED   (UINT64_C(1) << 61)
#define BANK_ENABLED       (UINT64_C(1) << 60) /* clear: it is not what the exception is for */
#define BANK_CORRUPT       (UINT64_C(1) << 57)
#define BANK_ACTION        (UINT64_C(1) << 55) /* with MCG_CAP_RECOVERY: the core cannot just go on */
#define BANK_OURS          (BANK_VALID | BANK_UNCORRECTED | BANK_ENABLED)

/* A bank may be of several cores: what wants no action of a core does not end it. 0: none does. */
static uint64_t error_find(void)
{
	uint64_t capabilities = msr_read(MSR_MCG_CAP);
	uint64_t needed = capabilities & MCG_CAP_RECOVERY ? BANK_CORRUPT | BANK_ACTION : BANK_VALID;

	for (uint32_t i = 0; i < (capabilities & MCG_CAP_BANKS); i++) {
		uint64_t status = msr_read(MSR_MC0_STATUS + 4 * i);

		if ((status & BANK_OURS) == BANK_OURS && status & needed)
			return status;
	}
	return 0;
}

void machine_check(const struct trap_frame *frame)
{
	uint64_t status = msr_read(MSR_MCG_STATUS), error = error_find();

	msr_write(MSR_MCG_STATUS, 0);
	if (status & MCG_STATUS_RESTART && !error) {
		core_self()->strays++;
		return;
	}
	registers_print(frame);
	panic("machine check: status 0x%lx, error 0x%lx, pc 0x%lx", status, error, frame->rip);
}
