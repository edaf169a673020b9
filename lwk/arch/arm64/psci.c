/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PSCI through the conduit that the device tree names.
 */
#include <arch/psci.h>
#include <arch/smccc.h>
#include <bulkhead/smccc.h>
#include <lwk/dt.h>
#include <string.h>

static enum { CONDUIT_NONE, CONDUIT_SMC, CONDUIT_HVC } conduit;

static int64_t psci_call(uint64_t function, uint64_t arg1, uint64_t arg2, uint64_t arg3)
{
	struct smccc regs = {{function, arg1, arg2, arg3}};

	if (conduit == CONDUIT_HVC)
		smccc_hvc(&regs);
	else if (conduit == CONDUIT_SMC)
		smccc_smc(&regs);
	else
		return PSCI_NOT_SUPPORTED;
	return (int32_t)regs.x[0];
}

bool psci_init(void)
{
	static const char *const compatible[] = {"arm,psci-1.0", "arm,psci-0.2"};
	const char *method = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(compatible) && !method; i++) {
		int node = dt_find_compatible(-1, compatible[i]);

		method = node < 0 ? NULL : dt_string(node, "method");
	}
	if (method && strcmp(method, "hvc") == 0)
		conduit = CONDUIT_HVC;
	else if (method && strcmp(method, "smc") == 0)
		conduit = CONDUIT_SMC;
	return conduit != CONDUIT_NONE;
}

int psci_cpu_on(uint64_t mpidr, pa_t entry, uint64_t context)
{
	return (int)psci_call(PSCI_CPU_ON_64, mpidr, entry.v, context);
}

void psci_system_off(void)
{
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
}
