/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters of one vCPU, kept by the hypervisor from its first instruction on. Every exit is counted once
 * under its reason; denials and injections beside it.
 */
#ifndef BULKHEAD_COUNTERS_H
#define BULKHEAD_COUNTERS_H

#include <assert.h>
#include <stdint.h>

/* X(enumerator, name for JSON) */
#define BH_EXIT_REASONS(X)                                                                      \
	X(BH_EXIT_FFA, "ffa")       /* FF-A calls, CONSOLE_LOG included */                      \
	X(BH_EXIT_PSCI, "psci")     /* PSCI and SMCCC calls */                                  \
	X(BH_EXIT_VENDOR, "vendor") /* Bulkhead's own calls */                                  \
	X(BH_EXIT_CALL_UNKNOWN, "call_unknown")                                                 \
	X(BH_EXIT_WFI, "wfi")                                                                   \
	X(BH_EXIT_SYSREG, "sysreg")   /* trapped system register, emulated */                   \
	X(BH_EXIT_FP, "fp")           /* first FP/SIMD use after a switch */                    \
	X(BH_EXIT_TIMER, "timer")     /* the vCPU's own virtual timer */                        \
	X(BH_EXIT_PREEMPT, "preempt") /* interrupt for the primary while the vCPU ran */        \
	X(BH_EXIT_DEVICE, "device")   /* device interrupt handed to the vCPU that ran */        \
	X(BH_EXIT_KICK, "kick")       /* "look at your pending interrupts" from another core */ \
	X(BH_EXIT_MAINTENANCE, "maintenance") /* list registers ran empty */                    \
	X(BH_EXIT_FAULT, "fault")             /* the wall was hit */                            \
	X(BH_EXIT_SPURIOUS,                                                                     \
	  "spurious")           /* an interrupt that was gone, or of another vCPU's timer */    \
	X(BH_EXIT_MMIO, "mmio") /* emulated register in memory */

enum bh_exit_reason {
#define X(id, name) id,
	BH_EXIT_REASONS(X)
#undef X
		BH_EXIT_REASON_COUNT
};

#define BH_COUNTERS_VERSION 2

/* By whose reasons exits are counted. */
enum bh_counters_kind {
	BH_COUNTERS_EL2 = 0, /* enum bh_exit_reason */
	BH_COUNTERS_CORE = 1 /* enum vcpu_exit_reason (vcpu.h): of a co-kernel's core */
};

struct bh_counters {
	uint16_t version; /* BH_COUNTERS_VERSION */
	uint16_t size;    /* bytes of this structure */
	uint16_t vm;
	uint16_t vcpu;
	uint64_t exits[16]; /* by reason */
	uint64_t
		runs; /* times the vCPU was entered from the primary (FFA_RUN or a direct request) */
	uint64_t denied;   /* calls and accesses refused */
	uint64_t injected; /* virtual interrupts made pending */
	uint64_t
		run_ticks; /* virtual counter ticks between entry and return to the primary, in sum */
	uint64_t dropped; /* CORE: interrupts that were not sent */
	uint64_t pending; /* CORE: doorbells left out, as the one before had not been heard */
	uint32_t kind;    /* enum bh_counters_kind */
	uint32_t zero;
};
static_assert(sizeof(struct bh_counters) == 8 + 8 * 23, "layout shared with the tools");
static_assert(BH_EXIT_REASON_COUNT <= 16, "exits[] holds every reason");

#endif
