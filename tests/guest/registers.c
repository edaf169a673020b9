/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See registers.h.
 */
#include <tests/guest/registers.h>

const struct allowed allowed_registers[] = {
	{"SCTLR_EL1", {3, 0, 1, 0, 0}, 0},
	{"CPACR_EL1", {3, 0, 1, 0, 2}, 0},
	{"ZCR_EL1", {3, 0, 1, 2, 0}, REG_PLAIN}, /* SVE */
	{"TTBR0_EL1", {3, 0, 2, 0, 0}, 0},
	{"TTBR1_EL1", {3, 0, 2, 0, 1}, REG_PLAIN},
	{"TCR_EL1", {3, 0, 2, 0, 2}, 0},
	{"SPSR_EL1", {3, 0, 4, 0, 0}, REG_PLAIN},
	{"ELR_EL1", {3, 0, 4, 0, 1}, REG_PLAIN},
	{"SP_EL0", {3, 0, 4, 1, 0}, REG_PLAIN},
	{"SPSel", {3, 0, 4, 2, 0}, 0},
	{"CurrentEL", {3, 0, 4, 2, 2}, 0},
	{"PAN", {3, 0, 4, 2, 3}, 0},
	{"UAO", {3, 0, 4, 2, 4}, 0},
	{"ICC_PMR_EL1", {3, 0, 4, 6, 0}, REG_PLAIN},
	{"AFSR0_EL1", {3, 0, 5, 1, 0}, REG_PLAIN},
	{"AFSR1_EL1", {3, 0, 5, 1, 1}, REG_PLAIN},
	{"ESR_EL1", {3, 0, 5, 2, 0}, REG_PLAIN},
	{"FAR_EL1", {3, 0, 6, 0, 0}, REG_PLAIN},
	{"PAR_EL1", {3, 0, 7, 4, 0}, REG_PLAIN},
	{"MAIR_EL1", {3, 0, 10, 2, 0}, 0},
	{"AMAIR_EL1", {3, 0, 10, 3, 0}, REG_PLAIN},
	{"VBAR_EL1", {3, 0, 12, 0, 0}, 0},
	{"ISR_EL1", {3, 0, 12, 1, 0}, 0},
	{"DISR_EL1", {3, 0, 12, 1, 1}, REG_PLAIN | REG_LOST},
	{"ICC_IAR0_EL1", {3, 0, 12, 8, 0}, 0},
	{"ICC_EOIR0_EL1", {3, 0, 12, 8, 1}, REG_WRITE},
	{"ICC_HPPIR0_EL1", {3, 0, 12, 8, 2}, 0},
	{"ICC_BPR0_EL1", {3, 0, 12, 8, 3}, REG_PLAIN},
	{"ICC_AP0R0_EL1", {3, 0, 12, 8, 4}, REG_PLAIN},
	{"ICC_AP1R0_EL1", {3, 0, 12, 9, 0}, REG_PLAIN},
	{"ICC_DIR_EL1", {3, 0, 12, 11, 1}, REG_WRITE},
	{"ICC_RPR_EL1", {3, 0, 12, 11, 3}, 0},
	{"ICC_IAR1_EL1", {3, 0, 12, 12, 0}, 0},
	{"ICC_EOIR1_EL1", {3, 0, 12, 12, 1}, REG_WRITE},
	{"ICC_HPPIR1_EL1", {3, 0, 12, 12, 2}, 0},
	{"ICC_BPR1_EL1", {3, 0, 12, 12, 3}, REG_PLAIN},
	{"ICC_CTLR_EL1", {3, 0, 12, 12, 4}, REG_PLAIN},
	{"ICC_SRE_EL1", {3, 0, 12, 12, 5}, 0},
	{"ICC_IGRPEN0_EL1", {3, 0, 12, 12, 6}, REG_PLAIN},
	{"ICC_IGRPEN1_EL1", {3, 0, 12, 12, 7}, REG_PLAIN},
	{"CONTEXTIDR_EL1", {3, 0, 13, 0, 1}, REG_PLAIN},
	{"TPIDR_EL1", {3, 0, 13, 0, 4}, 0},
	{"CNTKCTL_EL1", {3, 0, 14, 1, 0}, REG_PLAIN},
	{"CCSIDR_EL1", {3, 1, 0, 0, 0}, 0},
	{"CLIDR_EL1", {3, 1, 0, 0, 1}, 0},
	{"CCSIDR2_EL1", {3, 1, 0, 0, 2}, 0},
	{"AIDR_EL1", {3, 1, 0, 0, 7}, 0},
	{"CSSELR_EL1", {3, 2, 0, 0, 0}, REG_PLAIN},
	{"CTR_EL0", {3, 3, 0, 0, 1}, 0},
	{"DCZID_EL0", {3, 3, 0, 0, 7}, 0},
	{"RNDR", {3, 3, 2, 4, 0}, 0},
	{"RNDRRS", {3, 3, 2, 4, 1}, 0},
	{"NZCV", {3, 3, 4, 2, 0}, 0},
	{"DAIF", {3, 3, 4, 2, 1}, 0},
	{"DIT", {3, 3, 4, 2, 5}, 0},
	{"SSBS", {3, 3, 4, 2, 6}, 0},
	{"FPCR", {3, 3, 4, 4, 0}, REG_PLAIN},
	{"FPSR", {3, 3, 4, 4, 1}, REG_PLAIN},
	{"TPIDR_EL0", {3, 3, 13, 0, 2}, REG_PLAIN},
	{"TPIDRRO_EL0", {3, 3, 13, 0, 3}, REG_PLAIN},
	{"CNTFRQ_EL0", {3, 3, 14, 0, 0}, 0},
	{"CNTPCT_EL0", {3, 3, 14, 0, 1}, REG_PRIMARY},
	{"CNTVCT_EL0", {3, 3, 14, 0, 2}, 0},
	{"CNTP_TVAL_EL0", {3, 3, 14, 2, 0}, REG_PRIMARY},
	{"CNTP_CTL_EL0", {3, 3, 14, 2, 1}, REG_PRIMARY},
	{"CNTP_CVAL_EL0", {3, 3, 14, 2, 2}, REG_PRIMARY},
	{"CNTV_TVAL_EL0", {3, 3, 14, 3, 0}, 0},
	{"CNTV_CTL_EL0", {3, 3, 14, 3, 1}, 0},
	{"CNTV_CVAL_EL0", {3, 3, 14, 3, 2}, REG_PLAIN},
};
const size_t allowed_count = ARRAY_SIZE(allowed_registers);

static const struct allowed id_space = {"an ID register", {3, 0, 0, 0, 0}, 0};

const struct allowed *register_allowed(struct sysreg r)
{
	if (r.op0 == 3 && r.op1 == 0 && r.crn == 0 && r.crm < 8)
		return &id_space;
	for (size_t i = 0; i < ARRAY_SIZE(allowed_registers); i++)
		if (sysreg_is(allowed_registers[i].reg, r))
			return &allowed_registers[i];
	return NULL;
}
