/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fields of the virtual-machine control structure, Intel SDM 3D appendix B; controls, 3C 24.6 to 24.8; exit reasons, 3D appendix C. */
#ifndef HV_X86_VMX_VMCS_H
#define HV_X86_VMX_VMCS_H

#include <stdbool.h>
#include <stdint.h>

enum vmcs_field {
	VPID = 0x0000,
	GUEST_ES = 0x0800, /* selectors: ES, CS, SS, DS, FS, GS, LDTR, TR, two apart */
	HOST_ES = 0x0c00,  /* the same without LDTR */
	HOST_TR = 0x0c0c,
	IO_BITMAP_A = 0x2000,
	IO_BITMAP_B = 0x2002,
	MSR_BITMAP = 0x2004,
	EPT_POINTER = 0x201a,
	GUEST_PHYSICAL = 0x2400,
	LINK_POINTER = 0x2800,
	GUEST_DEBUGCTL = 0x2802,
	GUEST_PAT = 0x2804,
	GUEST_EFER = 0x2806,
	HOST_PAT = 0x2c00,
	HOST_EFER = 0x2c02,
	PIN_CONTROLS = 0x4000,
	PROCESSOR_CONTROLS = 0x4002,
	EXCEPTION_BITMAP = 0x4004,
	EXIT_CONTROLS = 0x400c,
	ENTRY_CONTROLS = 0x4012,
	ENTRY_EVENT = 0x4016,
	ENTRY_ERROR = 0x4018,
	ENTRY_LENGTH = 0x401a,
	SECONDARY_CONTROLS = 0x401e,
	INSTRUCTION_ERROR = 0x4400,
	EXIT_REASON = 0x4402,
	EXIT_EVENT = 0x4404,
	VECTORING_EVENT = 0x4408,
	VECTORING_ERROR = 0x440a,
	EXIT_LENGTH = 0x440c,
	GUEST_ES_LIMIT = 0x4800, /* as the selectors, then GDTR, IDTR */
	GUEST_GDTR_LIMIT = 0x4810,
	GUEST_IDTR_LIMIT = 0x4812,
	GUEST_ES_RIGHTS = 0x4814,
	GUEST_INTERRUPTIBILITY = 0x4824,
	GUEST_SYSENTER_CS = 0x482a,
	CR0_MASK = 0x6000,
	CR4_MASK = 0x6002,
	CR0_SHADOW = 0x6004,
	CR4_SHADOW = 0x6006,
	QUALIFICATION = 0x6400,
	GUEST_LINEAR = 0x640a,
	GUEST_CR0 = 0x6800,
	GUEST_CR3 = 0x6802,
	GUEST_CR4 = 0x6804,
	GUEST_ES_BASE = 0x6806,
	GUEST_FS_BASE = 0x680e,
	GUEST_GS_BASE = 0x6810,
	GUEST_GDTR_BASE = 0x6816,
	GUEST_DR7 = 0x681a,
	GUEST_RSP = 0x681c,
	GUEST_RIP = 0x681e,
	GUEST_RFLAGS = 0x6820,
	GUEST_SYSENTER_ESP = 0x6824,
	GUEST_SYSENTER_EIP = 0x6826,
	HOST_CR0 = 0x6c00,
	HOST_CR3 = 0x6c02,
	HOST_CR4 = 0x6c04,
	HOST_TR_BASE = 0x6c0a,
	HOST_GDTR_BASE = 0x6c0c,
	HOST_IDTR_BASE = 0x6c0e,
	HOST_RIP = 0x6c16
};

#define PIN_NMI         (1u << 3)
#define PIN_VIRTUAL_NMI (1u << 5)

#define PROCESSOR_NMI_WINDOW (1u << 22) /* run.S has it, too */
#define PROCESSOR_IO         (1u << 25)
#define PROCESSOR_MSR        (1u << 28)
#define PROCESSOR_SECONDARY  (1u << 31)

#define SECONDARY_EPT          (1u << 1)
#define SECONDARY_RDTSCP       (1u << 3)
#define SECONDARY_VPID         (1u << 5)
#define SECONDARY_UNRESTRICTED (1u << 7)
#define SECONDARY_INVPCID      (1u << 12)
#define SECONDARY_XSAVES       (1u << 20)
#define SECONDARY_WAIT         (1u << 26) /* TPAUSE, UMWAIT */

#define EXIT_SAVE_DEBUG (1u << 2)
#define EXIT_HOST_64    (1u << 9)
#define EXIT_SAVE_PAT   (1u << 18)
#define EXIT_LOAD_PAT   (1u << 19)
#define EXIT_SAVE_EFER  (1u << 20)
#define EXIT_LOAD_EFER  (1u << 21)

#define ENTRY_LOAD_DEBUG (1u << 2)
#define ENTRY_GUEST_64   (1u << 9)
#define ENTRY_LOAD_PAT   (1u << 14)
#define ENTRY_LOAD_EFER  (1u << 15)

enum vmx_reason {
	REASON_EXCEPTION = 0,
	REASON_TRIPLE_FAULT = 2,
	REASON_INIT = 3,
	REASON_NMI_WINDOW = 8,
	REASON_CPUID = 10,
	REASON_GETSEC = 11,
	REASON_INVD = 13,
	REASON_VMCALL = 18,
	REASON_VMXON = 27,
	REASON_CONTROL = 28,
	REASON_IO = 30,
	REASON_RDMSR = 31,
	REASON_WRMSR = 32,
	REASON_EPT_VIOLATION = 48,
	REASON_INVEPT = 50,
	REASON_INVVPID = 53,
	REASON_XSETBV = 55,
	REASON_VMFUNC = 59
};

#define EVENT_VALID     0x80000000u
#define EVENT_EXCEPTION 0x300u
#define EVENT_ERROR     0x800u
#define EVENT_TYPE(e)   ((e) >> 8 & 7)
#define EVENT_NMI       2u

static inline uint64_t vmcs_read(uint64_t field)
{
	uint64_t value;

	__asm__ volatile("vmread %1, %0" : "=r"(value) : "r"(field) : "cc");
	return value;
}

static inline void vmcs_write(uint64_t field, uint64_t value)
{
	__asm__ volatile("vmwrite %1, %0" ::"r"(field), "r"(value) : "cc");
}

#endif
