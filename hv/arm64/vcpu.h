/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A virtual CPU: the registers of a VM's core while it does not run, its interrupt state and its counters.
 *
 * state says who may touch the rest. The core that moved it to RUNNING (compare and swap) owns the vCPU until it stores another
 * state; other cores may then only set bits in irq.pending and send a kick. The saved registers are complete before the store.
 */
#ifndef HV_ARM64_VCPU_H
#define HV_ARM64_VCPU_H

#include <bulkhead/counters.h>
#include <assert.h>
#include <bulkhead/types.h>
#include <hv/arm64/limits.h>
#include <hv/arm64/offsets.h>
#include <lib/arch/arm64/vector.h>

struct cpu;
struct vm;

enum vcpu_state {
	VCPU_OFF,           /* PSCI: off */
	VCPU_READY,         /* pre-empted, yielded or just turned on */
	VCPU_RUNNING,       /* on vcpu->core */
	VCPU_WAIT_MESSAGE,  /* in FFA_MSG_WAIT */
	VCPU_WAIT_INTERRUPT /* in WFI */
};

/* EL1 state that is switched between vCPUs; neighbours as vcpu.c pairs them */
struct vcpu_sysregs {
	uint64_t sctlr, cpacr;
	uint64_t ttbr0, ttbr1;
	uint64_t tcr, mair;
	uint64_t vbar, contextidr;
	uint64_t esr, far;
	uint64_t elr, spsr;
	uint64_t sp_el0, sp_el1;
	uint64_t tpidr_el0, tpidrro_el0;
	uint64_t tpidr_el1, par;
	uint64_t cntkctl, csselr;
	uint64_t cntv_cval, cntv_ctl;
	uint64_t amair, afsr0, afsr1; /* with cpu->has_auxiliary */
};

#define IRQ_WORDS 16 /* interrupt ids 0 to 1023 */
/* in summary, beyond the bits of words: */
#define IRQ_SUMMARY ((1u << IRQ_WORDS) - 1)
#define IRQ_RESYNC \
	(1u << 30)          /* the emulated distributor has changed what list registers may hold */
#define IRQ_DIST (1u << 31) /* the VM has an emulated distributor */

/*
 * Virtual interrupts. pending and summary are set by any core, atomically, and so is enabled where there is an emulated distributor; else it
 * belongs to the core that runs the vCPU.
 */
struct vcpu_irq {
	uint64_t pending[IRQ_WORDS];
	uint64_t enabled[IRQ_WORDS];
	uint64_t hardware
		[IRQ_WORDS]; /* pending because of a physical interrupt that is active until the guest ends it */
	uint32_t summary;     /* bit n: pending[n] is not empty */
	uint32_t always;      /* what summary never loses: IRQ_DIST or nothing */
	uint32_t lr_used;     /* bit n: list register n is in use */
	uint64_t lr[MAX_LRS]; /* list registers while not running, in GICv3's layout */
	uint64_t vmcr, apr;   /* CPU interface state */
};

struct vcpu {
	uint64_t x[31];
	uint64_t pc;
	uint64_t pstate;

	struct vm *vm;
	uint32_t index;
	uint32_t state; /* enum vcpu_state, atomic */
	uint32_t core;  /* index of the core that runs it, valid while RUNNING */
	bool serving;   /* a direct request that is not answered */
	uint64_t
		notify_pending; /* notifications for this vCPU that the VM has not taken; vm->lock */
	uint64_t mpidr;         /* what MPIDR_EL1 reads */
	uint64_t hcr;           /* HCR_EL2 while it runs */
	uint64_t cnthctl;       /* CNTHCTL_EL2 while it runs */

	struct vcpu_sysregs sys;
	struct vcpu_irq irq;
	uint64_t zcr;     /* ZCR_EL1, meaningful with SVE */
	uint32_t fp_core; /* index + 1 of the core that last loaded its FP registers */
	struct bh_counters counters;
	__attribute__((aligned(16))) uint8_t vector[VECTOR_STATE_SIZE(VECTOR_LENGTH_MAX)];
};
static_assert(offsetof(struct vcpu, x) == VCPU_X, "vectors.S");
static_assert(offsetof(struct vcpu, pc) == VCPU_PC, "vectors.S");
static_assert(offsetof(struct vcpu, pstate) == VCPU_PSTATE, "vectors.S");

static inline bool vcpu_is_running(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->state, __ATOMIC_SEQ_CST) == VCPU_RUNNING;
}

/* Registers as after reset: EL1h, interrupts masked, MMU off; starts at entry with x0 = argument. */
void vcpu_reset(struct vcpu *vcpu, uint64_t entry, uint64_t argument);
/* Makes `next` the vCPU whose registers the core holds; the caller owns both (see state). */
void vcpu_switch(struct cpu *cpu, struct vcpu *next);
/* Loads what vcpu_switch loads, for the first vCPU of a core. */
void vcpu_load_first(struct cpu *cpu, struct vcpu *vcpu);
/* Implementation defined registers of EL1 exist on this core; most have none. Leaves them with any value. */
bool vcpu_has_auxiliary(void);
/* Vector registers for the hypervisor itself, between these two: not a guest's meanwhile. */
void vcpu_fp_borrow(struct cpu *cpu);
void vcpu_fp_return(void);
/* First use of FP or SVE by the current vCPU since it was entered */
void vcpu_fp_enable(struct cpu *cpu);

#define MPIDR_AFFINITY UINT64_C(0xFF00FFFFFF)

/* PSTATE and ESR constants (Arm ARM C5.2.18, D17.2.37) */
#define PSTATE_EL1H  0x5u
#define PSTATE_EL0T  0x0u
#define PSTATE_DAIF  0x3C0u
#define PSTATE_SSBS  (1u << 12)
#define PSTATE_PAN   (1u << 22)
#define PSTATE_DIT   (1u << 24)
#define PSTATE_NZCV  0xF0000000u
#define ESR_EC(esr)  ((unsigned)(((esr) >> 26) & 0x3F))
#define ESR_IL       (UINT64_C(1) << 25)
#define ESR_ISS(esr) ((uint32_t)((esr)&0x1FFFFFF))

/* Arm ARM D17.2.37, EC 0x20 and 0x24: bits of the ISS */
#define ISS_ISV         (1u << 24)        /* what follows is valid: */
#define ISS_SAS(iss)    ((iss) >> 22 & 3) /* log2 of the bytes */
#define ISS_SSE         (1u << 21)        /* a load extends the sign */
#define ISS_SRT(iss)    ((iss) >> 16 & 0x1F)
#define ISS_SF          (1u << 15) /* a register of 64 bits */
#define ISS_WNR         (1u << 6)
#define ISS_S1PTW       (1u << 7)
#define ISS_CM          (1u << 8)
#define ISS_FSC         0x3Fu
#define ISS_FSC_TYPE    0x3Cu
#define FSC_TRANSLATION 0x04u
#define FSC_PERMISSION  0x0Cu
#define FSC_EXTERNAL    0x10u /* this and beyond are not of stage 2 */

#endif
