/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The virtual machine control block, AMD APM 2 appendix B; exit codes, appendix C. */
#ifndef HV_X86_SVM_VMCB_H
#define HV_X86_SVM_VMCB_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

struct vmcb_segment {
	uint16_t selector;
	uint16_t attributes; /* bits 40 to 47 and 52 to 55 of a descriptor */
	uint32_t limit;
	uint64_t base;
};

struct vmcb {
	uint32_t cr_intercepts, dr_intercepts, exception_intercepts;
	uint32_t intercepts[2];
	uint8_t zero0[0x40 - 0x14];
	uint64_t io_bitmap, msr_bitmap, tsc_offset;
	uint32_t asid;
	uint32_t tlb_control;
	uint64_t interrupt_control, interrupt_shadow;
	uint64_t exit_code, exit_info1, exit_info2, exit_interrupt;
	uint64_t nested_enable;
	uint8_t zero1[0xA8 - 0x98];
	uint64_t event;
	uint64_t nested_root;
	uint64_t lbr_enable;
	uint64_t clean;
	uint64_t next_rip;
	uint8_t zero2[0x400 - 0xD0];
	struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint8_t zero3[0x4CB - 0x4A0];
	uint8_t cpl;
	uint32_t zero4;
	uint64_t efer;
	uint8_t zero5[0x548 - 0x4D8];
	uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
	uint8_t zero6[0x5D8 - 0x580];
	uint64_t rsp;
	uint8_t zero7[0x5F8 - 0x5E0];
	uint64_t rax, star, lstar, cstar, sfmask, kernel_gs_base, sysenter[3], cr2;
	uint8_t zero8[0x668 - 0x648];
	uint64_t pat;
};
static_assert(offsetof(struct vmcb, io_bitmap) == 0x40, "APM 2, B-1");
static_assert(offsetof(struct vmcb, exit_code) == 0x70, "APM 2, B-1");
static_assert(offsetof(struct vmcb, event) == 0xA8, "APM 2, B-1");
static_assert(offsetof(struct vmcb, next_rip) == 0xC8, "APM 2, B-1");
static_assert(offsetof(struct vmcb, es) == 0x400 && offsetof(struct vmcb, efer) == 0x4D0, "B-2");
static_assert(offsetof(struct vmcb, cr4) == 0x548 && offsetof(struct vmcb, rip) == 0x578, "B-2");
static_assert(offsetof(struct vmcb, rsp) == 0x5D8 && offsetof(struct vmcb, rax) == 0x5F8, "B-2");
static_assert(offsetof(struct vmcb, cr2) == 0x640 && offsetof(struct vmcb, pat) == 0x668, "B-2");

/* bits of intercepts[0] and [1] */
#define INTERCEPT_NMI      (1u << 1)
#define INTERCEPT_INIT     (1u << 3)
#define INTERCEPT_CPUID    (1u << 18)
#define INTERCEPT_RSM      (1u << 19)
#define INTERCEPT_INVD     (1u << 22)
#define INTERCEPT_INVLPGA  (1u << 26)
#define INTERCEPT_IO       (1u << 27)
#define INTERCEPT_MSR      (1u << 28)
#define INTERCEPT_SHUTDOWN (1u << 31)
#define INTERCEPT1_SVM     0x5Fu /* VMRUN, VMMCALL, VMLOAD, VMSAVE, STGI, SKINIT */
#define INTERCEPT1_CLGI    (1u << 5)
#define INTERCEPT1_XSETBV  (1u << 13)

#define EXIT_EXCEPTION 0x40u /* + vector, to 0x5F */
#define EXIT_NMI       0x61u
#define EXIT_INIT      0x63u
#define EXIT_CPUID     0x72u
#define EXIT_RSM       0x73u
#define EXIT_INVD      0x76u
#define EXIT_INVLPGA   0x7Au
#define EXIT_IO        0x7Bu
#define EXIT_MSR       0x7Cu
#define EXIT_SHUTDOWN  0x7Fu
#define EXIT_VMRUN     0x80u
#define EXIT_SKINIT    0x86u
#define EXIT_XSETBV    0x8Du
#define EXIT_NESTED    0x400u

#define TLB_FLUSH_ALL 1u

/* EVENTINJ, EXITINTINFO: 15.20 */
#define EVENT_EXCEPTION 0x300u
#define EVENT_ERROR     0x800u
#define EVENT_VALID     0x80000000u

/* EXITINFO1 of a nested page fault: 15.25.6 */
#define NESTED_WRITE UINT64_C(2)
#define NESTED_FETCH UINT64_C(0x10)
#define NESTED_WALK  (UINT64_C(1) << 33) /* of the guest's own tables */

#endif
