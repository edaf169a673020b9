/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Between the controller (Linux's module, or the loader of bench/x86) and the hypervisor that it puts under each core of an enclave
 * (hv/x86, docs/hv-x86.md). The hypervisor has an address space of its own, that of its core's area: what is not listed here it cannot reach.
 *
 * The area is VCPU_AREA_SIZE of the controller's memory, in one piece: tables, image, stack, the processor's control block, and the two pages that
 * both sides know. `config` is written by the controller, which may change what is marked so at any time; the hypervisor cannot write to it.
 * `report` is written by the hypervisor alone.
 */
#ifndef BULKHEAD_VCPU_H
#define BULKHEAD_VCPU_H

/* Virtual addresses of the hypervisor; the page through which cores start is mapped to its own, which is below. */
#define VCPU_IMAGE       0x100000
#define VCPU_IMAGE_MAX   0x8000 /* in memory */
#define VCPU_CONFIG      0x110000
#define VCPU_REPORT      0x111000
#define VCPU_STACK       0x113000 /* the page below is not mapped */
#define VCPU_STACK_SIZE  0x2000
#define VCPU_CONTROL     0x116000 /* VMCB, VMCS */
#define VCPU_SAVE        0x117000 /* host save area, VMXON region */
#define VCPU_APIC        0x118000
#define VCPU_WINDOW      0x119000 /* one page of anything that the enclave owns */
#define VCPU_TABLE       0x11A000 /* the last level of the hypervisor's own tables */
#define VCPU_SPACE_LIMIT 0x200000
#define VCPU_AREA_SIZE   (18 * 0x1000)

#define VCPU_CONFIG_GDT    120 /* offset of config.gdt, for assembly */
#define VCPU_SELECTOR_CODE 8   /* in it */
#define VCPU_SELECTOR_DATA 16
#define VCPU_SELECTOR_TASK 24

#ifndef __ASSEMBLER__
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define VCPU_IMAGE_MAGIC UINT64_C(0x7265646e75766865) /* "ehvunder" */
#define VCPU_VERSION     1

/* The flat image begins with it. All sizes in bytes from VCPU_IMAGE on. */
struct vcpu_image {
	uint64_t magic;
	uint32_t version;
	uint32_t backend; /* enum vcpu_backend */
	uint32_t entry;   /* virtual address */
	uint32_t
		code_size; /* read and executed; what is behind it is read and written. Whole pages */
	uint32_t file_size;
	uint32_t memory_size;
};
static_assert(sizeof(struct vcpu_image) == 32, "an ABI");

enum vcpu_backend { VCPU_SVM = 1, VCPU_VMX = 2 };

/* Features; without any: the floor, which protects the hypervisor and the return of the core. */
#define VCPU_MEM   (1u << 0)
#define VCPU_MSR   (1u << 1)
#define VCPU_IO    (1u << 2)
#define VCPU_IPI   (1u << 3)
#define VCPU_ABORT (1u << 4)
#define VCPU_FULL  0x1fu

enum vcpu_command_kind {
	VCPU_COMMAND_FLUSH = 1,  /* forget all translations */
	VCPU_COMMAND_RELOAD = 2, /* look at config again */
	VCPU_COMMAND_REPORT = 3, /* write down where the core is: `where` */
	VCPU_COMMAND_STOP =
		4 /* leave the enclave and virtualization, stop: told by the phase, not counted */
};

#define VCPU_COMMANDS 8u  /* in the queue at once */
#define VCPU_TARGETS  64u /* IPI destinations beside the enclave's own cores */
#define VCPU_CORES    32u
#define VCPU_NO_APIC  0xFFFFFFFFu

/* The state in which a co-kernel's core begins (bulkhead/cokernel.h) beyond what is the same for all. */
struct vcpu_entry {
	uint64_t rip, boot, index, cr3, gdt;
	uint64_t state; /* physical address of its core_state, which becomes ENTERED */
};

struct vcpu_config {
	uint32_t version; /* VCPU_VERSION */
	uint32_t size;    /* bytes of this structure */
	uint32_t features;
	uint32_t enclave, core; /* ids, for the record */
	uint32_t x2apic;
	uint64_t control, save; /* physical addresses of the area's pages */
	uint64_t nested;        /* root of NPT or EPT; 0: none. Entries change at any time */
	uint64_t msr_bitmap;    /* as the processor wants them */
	uint64_t io_bitmap;
	uint64_t apic; /* physical address of the local APIC's page */
	struct vcpu_entry entry;
	uint64_t gdt[5]; /* null, code, data, task */
	/* changed by the controller at any time */
	uint64_t bell; /* interrupt that tells the controller: APIC id << 32 | vector; 0: none */
	/* as much of report.rung as has been heard: until then the bell is pending, and not rung again */
	uint64_t heard;
	uint32_t cores[VCPU_CORES];     /* APIC ids that are the enclave's, others VCPU_NO_APIC */
	uint64_t targets[VCPU_TARGETS]; /* what it may signal: APIC id << 32 | vector; 0: none */
	uint32_t posted;                /* commands ever put into the queue */
	uint32_t
		commands[VCPU_COMMANDS]; /* enum vcpu_command_kind; number n at n % VCPU_COMMANDS */
};
static_assert(sizeof(struct vcpu_config) <= 4096, "a page");
static_assert(offsetof(struct vcpu_config, gdt) == VCPU_CONFIG_GDT, "as assembly has it");

/* X(enumerator, name): exits by reason */
#define VCPU_EXITS(X)                                                    \
	X(VCPU_EXIT_CPUID, "cpuid")                                      \
	X(VCPU_EXIT_XSETBV, "xsetbv")                                    \
	X(VCPU_EXIT_MSR, "msr")                                          \
	X(VCPU_EXIT_IO, "io")                                            \
	X(VCPU_EXIT_MEMORY, "memory")                                    \
	X(VCPU_EXIT_APIC, "apic") /* writes to its page */               \
	X(VCPU_EXIT_NMI, "nmi")                                          \
	X(VCPU_EXIT_INIT, "init")                                        \
	X(VCPU_EXIT_EXCEPTION, "exception")                              \
	X(VCPU_EXIT_SHUTDOWN, "shutdown")       /* triple fault */       \
	X(VCPU_EXIT_CONTROL, "control")         /* registers CR0, CR4 */ \
	X(VCPU_EXIT_INSTRUCTION, "instruction") /* of virtualization */  \
	X(VCPU_EXIT_CACHE, "cache")             /* INVD */               \
	X(VCPU_EXIT_OTHER, "other")

enum vcpu_exit_reason {
#define X(id, name) id,
	VCPU_EXITS(X)
#undef X
		VCPU_EXIT_REASONS
};

enum vcpu_phase {
	VCPU_BEGINS = 0,
	VCPU_RUNS = 1,    /* the co-kernel has been entered */
	VCPU_FAULTED = 2, /* `fault` says why; the core stands, outside of virtualization */
	VCPU_STOPPED = 3, /* by command or by INIT */
	VCPU_REFUSED = 4  /* the processor does not do what is needed: `detail` says what */
};

#define VCPU_FRAMES 8u
#define VCPU_TRACES 8u

/* Where a core was. Registers in the order of their encoding: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15 */
struct vcpu_fault {
	uint32_t cause;           /* enum bh_fault_cause */
	uint32_t reason;          /* enum vcpu_exit_reason */
	uint64_t address;         /* physical address, MSR or port; of exceptions the vector */
	uint64_t virtual_address; /* where the processor tells; else 0 */
	uint64_t value;           /* that was to be written */
	uint64_t code[3];         /* the processor's: exit code, and what describes it */
	uint64_t tsc;
	uint64_t rip, rflags, cr0, cr2, cr3, cr4, efer, cs;
	uint64_t r[16];
	uint64_t frames[VCPU_FRAMES]; /* return addresses, 0: no more */
};

struct vcpu_report {
	uint32_t version; /* VCPU_VERSION, when it is filled */
	uint32_t phase;   /* enum vcpu_phase */
	uint32_t done;    /* commands ever executed, but for STOP */
	uint32_t detail;
	uint64_t exits[16];      /* by enum vcpu_exit_reason */
	uint64_t rung;           /* how often this core has rung the bell */
	uint64_t pending;        /* how often it was to be rung and was pending */
	uint64_t denied;         /* accesses refused */
	uint64_t dropped;        /* IPIs */
	uint64_t denied_last[2]; /* the MSR or port; ICR's value */
	uint64_t nmis;           /* without a command */
	struct {
		uint32_t reason, zero;
		uint64_t rip;
	} trace[VCPU_TRACES];    /* the last exits */
	uint64_t traced;         /* exits ever; number n at n % VCPU_TRACES */
	struct vcpu_fault fault; /* of phase FAULTED, or what REPORT found */
};
static_assert(sizeof(struct vcpu_report) <= 4096, "a page");
static_assert(VCPU_EXIT_REASONS <= 16, "exits[] holds every reason");

#endif
#endif
