/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hypervisor of one core: what its parts share, and the interface of its two back ends (svm/, vmx/). It has one guest, entered once, no
 * locks, no heap and no other core: everything below is this core's.
 */
#ifndef HV_X86_VCPU_H
#define HV_X86_VCPU_H

#include <bulkhead/fault.h>
#include <bulkhead/vcpu.h>
#include <stdbool.h>
#include <stddef.h>

#define config ((const volatile struct vcpu_config *)VCPU_CONFIG)
#define report ((volatile struct vcpu_report *)VCPU_REPORT)

/* in the order of their encoding */
enum gpr { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

#define VECTOR_DB 1u
#define VECTOR_UD 6u
#define VECTOR_DF 8u
#define VECTOR_GP 13u
#define VECTOR_AC 17u
#define VECTOR_MC 18u

/* The guest, between an exit and the next entry. */
struct vcpu {
	uint64_t r[16];
	uint64_t rip, rflags;
};
extern struct vcpu vcpu;

/* Why the guest was left. */
struct vcpu_exit {
	enum vcpu_exit_reason reason;
	uint32_t length;  /* of the instruction, where it can be skipped */
	uint32_t cause;   /* enum bh_fault_cause when it is refused */
	bool is_write;    /* MSR, I/O, memory */
	bool in_delivery; /* of an event to the guest */
	uint64_t address; /* MSR, port, physical address, vector */
	uint64_t virtual_address;
	uint64_t code[3]; /* as the processor has it, for the record */
};

/* What a handler says. */
enum verdict {
	HANDLED,   /* go on where vcpu.rip is */
	SKIP,      /* go on behind the instruction */
	UNDEFINED, /* #UD, as on a processor that does not have it */
	REFUSED,   /* #GP(0); counted as denied */
	FATAL      /* the enclave ends, for exit->cause */
};

/* The back end: one of the two is linked. */

/* Makes the control block and switches virtualization on. False: the processor cannot, for `detail`. */
bool backend_init(uint32_t *detail);
/* Enters the guest; returns at an exit that is not the back end's own business. */
void backend_run(struct vcpu_exit *exit);
/* An exception that the guest finds when it goes on, in place of its next instruction. */
void backend_inject(uint32_t vector, bool has_error);
/* What the guest has in the registers that it cannot tell from ours. */
uint64_t backend_cr0(void);
uint64_t backend_cr3(void);
uint64_t backend_cr4(void);
uint64_t backend_efer(void);
uint64_t backend_cs(void);
/* Before the next entry all translations are forgotten. */
void backend_flush(void);
/* After an NMI made the guest exit: NMIs can come again. */
void backend_nmi_taken(void);
/* Whether a guest's value of EFER is one that this back end can run with; then it has it. */
bool backend_efer_write(uint64_t value);
/* An exit for a control register: SVM has none. */
enum verdict backend_control(const struct vcpu_exit *exit);
/* Out of virtualization mode: INIT is taken as on a bare core. */
void backend_leave(void);

/* exit.c */
void exit_handle(struct vcpu_exit *exit);
/* cpuid.c */
enum verdict cpuid_exit(void);
/* msr.c */
enum verdict msr_exit(const struct vcpu_exit *exit);
enum verdict xsetbv_exit(void);
/* command.c: all that wait; true: stop */
bool commands_execute(void);
/* fault.c */
void fault_fill(const struct vcpu_exit *exit);
_Noreturn void fault_end(const struct vcpu_exit *exit);
_Noreturn void core_stop(enum vcpu_phase phase, uint32_t detail);
/* memory.c: bytes at the guest's virtual address, all of them in its own memory; false: they are not */
bool guest_read(uint64_t address, void *to, size_t size);
/* apic.c */
void bell_ring(void);
/* window.c: the page that it shows from now on */
void *window(uint64_t physical);

/* entry.S; false: the processor raised #GP */
bool msr_read_safely(uint32_t msr, uint64_t *value);
bool msr_write_safely(uint32_t msr, uint64_t value);
bool xcr_write_safely(uint32_t index, uint64_t value);

#endif
