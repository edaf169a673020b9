/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bits of EL2's control registers (Arm ARM D17.2), by the names that the manual gives them.
 */
#ifndef HV_ARM64_REGS_H
#define HV_ARM64_REGS_H

#include <stdint.h>

#define BIT64(n) (UINT64_C(1) << (n))

#define HCR_VM    BIT64(0)
#define HCR_SWIO  BIT64(1)
#define HCR_PTW   BIT64(2)
#define HCR_FMO   BIT64(3)
#define HCR_IMO   BIT64(4)
#define HCR_AMO   BIT64(5)
#define HCR_VSE   BIT64(8) /* a virtual SError is pending */
#define HCR_FB    BIT64(9)
#define HCR_BSU   BIT64(10) /* inner shareable */
#define HCR_TWI   BIT64(13)
#define HCR_TID3  BIT64(18)
#define HCR_TSC   BIT64(19)
#define HCR_TIDCP BIT64(20)
#define HCR_TACR  BIT64(21)
#define HCR_TSW   BIT64(22)
#define HCR_RW    BIT64(31)
#define HCR_TLOR  BIT64(35)
#define HCR_TERR  BIT64(36)

/* every VM: stage 2, interrupts to EL2, what is not switched trapped; pointer authentication off (APK = API = 0) */
#define HCR_GUEST                                                                                  \
	(HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO | HCR_FB | HCR_BSU | HCR_TID3 | \
	 HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_TSW | HCR_RW | HCR_TLOR | HCR_TERR)

#define CPTR_RES1 UINT64_C(0x32FF)
#define CPTR_TZ   BIT64(8)
#define CPTR_TFP  BIT64(10)
#define CPTR_TTA  BIT64(20)
#define CPTR_TAM  BIT64(30)
/* trace and activity monitors are trapped always; TFP and TZ, for FP and SVE, until their first use */
#define CPTR_GUEST (CPTR_RES1 | CPTR_TTA | CPTR_TAM)

#define MDCR_TPMCR BIT64(5)
#define MDCR_TPM   BIT64(6)
#define MDCR_TDA   BIT64(9)
#define MDCR_TDOSA BIT64(10)
#define MDCR_TDRA  BIT64(11)
#define MDCR_TPMS  BIT64(14)
#define MDCR_TTRF  BIT64(19)
#define MDCR_GUEST \
	(MDCR_TPMCR | MDCR_TPM | MDCR_TDA | MDCR_TDOSA | MDCR_TDRA | MDCR_TPMS | MDCR_TTRF)

/* MPAM2_EL2 (DDI 0598): MPAMIDR_EL1, MPAM0_EL1 and MPAM1_EL1 trap, partition 0 for all */
#define MPAM2_GUEST (BIT64(58) | BIT64(49) | BIT64(48))

#define CNTHCTL_EL1PCTEN BIT64(0) /* the VM reads CNTPCT */
#define CNTHCTL_EL1PCEN  BIT64(1) /* the VM uses CNTP */

/* VTCR_EL2: RES1, walks write-back and inner shareable, start at level 1 */
#define VTCR_BASE        (BIT64(31) | 3u << 12 | 1u << 10 | 1u << 8 | 1u << 6)
#define VTCR_PS(parange) ((uint64_t)(parange) << 16)
#define VTCR_T0SZ(bits)  (64u - (bits))

#define SCTLR_EL1_RESET UINT64_C(0x30D00800)
#define SCTLR_EL1_SPAN  BIT64(23) /* RES1 without PAN */
#define SCTLR_EL1_DSSBS BIT64(44)

#define CNTV_ENABLE 1u
#define CNTV_IMASK  2u

#endif
