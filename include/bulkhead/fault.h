/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fault record: what the hypervisor saw when a VM ended, in one fixed layout for the operator's tools.
 */
#ifndef BULKHEAD_FAULT_H
#define BULKHEAD_FAULT_H

#include <assert.h>
#include <stdint.h>

enum bh_fault_cause {
	BH_FAULT_NONE = 0,
	BH_FAULT_OFF = 1,         /* PSCI SYSTEM_OFF or SYSTEM_RESET: an orderly end, no fault */
	BH_FAULT_MEMORY_READ = 2, /* load, or a translation table walk, outside the VM's memory */
	BH_FAULT_MEMORY_WRITE = 3,
	BH_FAULT_MEMORY_EXEC = 4,
	BH_FAULT_SYSREG = 5,      /* system register or instruction that the VM may not use */
	BH_FAULT_EXTERNAL = 6,    /* SError or synchronous external abort */
	BH_FAULT_UNKNOWN = 7,     /* exception class without a handler */
	BH_FAULT_STOPPED = 8,     /* the primary stopped it (BH_VM_STOP) */
	BH_FAULT_PANIC = 9,       /* a co-kernel gave up: it has said why (COKERNELDEV_REPORT) */
	BH_FAULT_PORT = 10,       /* I/O port that is not the enclave's */
	BH_FAULT_ABORT = 11,      /* double or triple fault of an enclave's kernel */
	BH_FAULT_MACHINE = 12,    /* machine check */
	BH_FAULT_HYPERVISOR = 13, /* a defect of the hypervisor under an enclave's core */
	BH_FAULT_CAUSES
};

/* X(cause, name for programs, words for people: what the VM did) */
#define BH_FAULT_WORDS(X)                                                                         \
	X(BH_FAULT_NONE, "none", "it ended for no reason that was recorded")                      \
	X(BH_FAULT_OFF, "off", "it turned itself off")                                            \
	X(BH_FAULT_MEMORY_READ, "memory_read", "it read memory that does not belong to it")       \
	X(BH_FAULT_MEMORY_WRITE, "memory_write", "it wrote to memory that does not belong to it") \
	X(BH_FAULT_MEMORY_EXEC, "memory_exec",                                                    \
	  "it tried to execute memory that does not belong to it")                                \
	X(BH_FAULT_SYSREG, "sysreg",                                                              \
	  "it used a system register or instruction that a VM may not use")                       \
	X(BH_FAULT_EXTERNAL, "external", "the memory system reported an external abort")          \
	X(BH_FAULT_UNKNOWN, "unknown",                                                            \
	  "it took an exception that the hypervisor has no handler for")                          \
	X(BH_FAULT_STOPPED, "stopped", "it was stopped")                                          \
	X(BH_FAULT_PANIC, "panic", "its kernel gave up")                                          \
	X(BH_FAULT_PORT, "port", "it used an I/O port that does not belong to it")                \
	X(BH_FAULT_ABORT, "abort", "its kernel could not handle a fault of its own")              \
	X(BH_FAULT_MACHINE, "machine", "the processor reported a machine check")                  \
	X(BH_FAULT_HYPERVISOR, "hypervisor", "the hypervisor under it failed")

#define BH_FAULT_VERSION 1

struct bh_fault {
	uint16_t version; /* BH_FAULT_VERSION */
	uint16_t size;    /* bytes of this structure */
	uint32_t cause;   /* enum bh_fault_cause */
	uint16_t vm;
	uint16_t vcpu;
	uint32_t core;    /* index of the physical core */
	uint64_t counter; /* virtual counter (CNTVCT) when it happened */
	uint64_t esr;     /* ESR_EL2 */
	uint64_t far;     /* FAR_EL2: the guest's virtual address, for memory causes */
	uint64_t
		ipa; /* guest-physical address, for memory causes; 0 where the machine cannot tell */
	uint64_t pc;     /* ELR_EL2 */
	uint64_t pstate; /* SPSR_EL2 */
	uint64_t sp_el0;
	uint64_t sp_el1;
	uint64_t elr_el1;
	uint64_t esr_el1;
	uint64_t far_el1;
	uint64_t ttbr0;
	uint64_t ttbr1;
	uint64_t x[31];
};
static_assert(sizeof(struct bh_fault) == 16 + 8 * 44, "layout shared with the tools");

#endif
