/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The back end for Intel's VMX (SDM 3C chapters 25 to 27). Interrupts are the guest's own, none exits. We run with interrupts off; NMIs that come
 * meanwhile lead to an exit soon (run.S).
 */
#include <hv/x86/vmx/setup.h>
#include <hv/x86/vmx/vmcs.h>
#include <lib/arch/x86/cpu.h>

#define REASON_MASK     0xffffu
#define ENTRY_FAILED    0x80000000u
#define IO_IN           8u
#define MEMORY_WRITE    2u
#define MEMORY_FETCH    4u
#define MEMORY_LINEAR   0x80u
#define MEMORY_FINAL    0x100u
#define BLOCKING        3u /* by STI, by MOV SS */
#define CONTROL_CR(q)   ((q)&15)
#define CONTROL_TYPE(q) ((q) >> 4 & 3)
#define CONTROL_GPR(q)  ((q) >> 8 & 15)
#define DR6_CAUSES      UINT64_C(0x600f)

#define CR0_PE UINT64_C(1)
#define CR0_ET UINT64_C(0x10)
#define CR0_NW (UINT64_C(1) << 29)
#define CR0_CD (UINT64_C(1) << 30)
#define CR0_PG (UINT64_C(1) << 31)
#define CR0_DEFINED                                                                                \
	(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | \
	 CR0_PG)

bool vmx_run(uint64_t *r, bool is_first);
void vmx_unmask_nmi(void);

static uint64_t entered_rip;

static void exit_exception(struct vcpu_exit *exit)
{
	uint32_t event = (uint32_t)vmcs_read(EXIT_EVENT), vector = event & 0xff;

	if (EVENT_TYPE(event) == EVENT_NMI) {
		exit->reason = VCPU_EXIT_NMI;
		return;
	}
	exit->reason = VCPU_EXIT_EXCEPTION;
	exit->address = vector;
	exit->cause = vector == VECTOR_MC   ? BH_FAULT_MACHINE
		      : vector == VECTOR_DF ? BH_FAULT_ABORT
					    : BH_FAULT_UNKNOWN;
	/* the processor would have done it had it not exited (27.1) */
	if (vector == VECTOR_DB) {
		uint64_t dr6;

		__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
		dr6 |= exit->code[1] & DR6_CAUSES;
		__asm__ volatile("mov %0, %%dr6" ::"r"(dr6));
	}
}

static void exit_memory(struct vcpu_exit *exit)
{
	exit->reason = VCPU_EXIT_MEMORY;
	exit->address = vmcs_read(GUEST_PHYSICAL);
	exit->cause = BH_FAULT_MEMORY_READ;
	if (exit->code[1] & MEMORY_LINEAR)
		exit->virtual_address = vmcs_read(GUEST_LINEAR);
	/* the guest's own tables are walked, perhaps to be marked */
	if (exit->code[1] & MEMORY_LINEAR && !(exit->code[1] & MEMORY_FINAL))
		return;
	exit->is_write = exit->code[1] & MEMORY_WRITE;
	if (exit->is_write)
		exit->cause = BH_FAULT_MEMORY_WRITE;
	else if (exit->code[1] & MEMORY_FETCH)
		exit->cause = BH_FAULT_MEMORY_EXEC;
}

static void exit_decode(struct vcpu_exit *exit, uint32_t reason)
{
	exit->length = (uint32_t)vmcs_read(EXIT_LENGTH);
	exit->cause = BH_FAULT_SYSREG;
	switch (reason) {
	case REASON_EXCEPTION:
		exit_exception(exit);
		break;
	case REASON_NMI_WINDOW:
		vmcs_write(PROCESSOR_CONTROLS, vmx_processor_controls);
		exit->reason = VCPU_EXIT_NMI;
		break;
	case REASON_TRIPLE_FAULT:
		exit->reason = VCPU_EXIT_SHUTDOWN;
		exit->cause = BH_FAULT_ABORT;
		break;
	case REASON_INIT:
		exit->reason = VCPU_EXIT_INIT;
		break;
	case REASON_CPUID:
		exit->reason = VCPU_EXIT_CPUID;
		break;
	case REASON_INVD:
		exit->reason = VCPU_EXIT_CACHE;
		break;
	case REASON_CONTROL:
		exit->reason = VCPU_EXIT_CONTROL;
		exit->address = CONTROL_CR(exit->code[1]);
		break;
	case REASON_IO:
		exit->reason = VCPU_EXIT_IO;
		exit->cause = BH_FAULT_PORT;
		exit->address = exit->code[1] >> 16 & 0xffff;
		exit->is_write = !(exit->code[1] & IO_IN);
		break;
	case REASON_RDMSR:
	case REASON_WRMSR:
		exit->reason = VCPU_EXIT_MSR;
		exit->address = (uint32_t)vcpu.r[RCX];
		exit->is_write = reason == REASON_WRMSR;
		break;
	case REASON_EPT_VIOLATION:
		exit_memory(exit);
		break;
	case REASON_XSETBV:
		exit->reason = VCPU_EXIT_XSETBV;
		break;
	case REASON_GETSEC:
	case REASON_INVEPT:
	case REASON_INVVPID:
	case REASON_VMFUNC:
		exit->reason = VCPU_EXIT_INSTRUCTION;
		break;
	default:
		exit->reason = reason >= REASON_VMCALL && reason <= REASON_VMXON
				       ? VCPU_EXIT_INSTRUCTION
				       : VCPU_EXIT_OTHER;
		exit->cause = BH_FAULT_UNKNOWN;
	}
}

/* What was being delivered when the guest exited is delivered again (27.2.4). */
static bool event_again(void)
{
	uint64_t event = vmcs_read(VECTORING_EVENT);

	if (!(event & EVENT_VALID))
		return false;
	vmcs_write(ENTRY_EVENT, event & ~UINT64_C(0x1000)); /* that bit is undefined there */
	vmcs_write(ENTRY_ERROR, vmcs_read(VECTORING_ERROR));
	vmcs_write(ENTRY_LENGTH, vmcs_read(EXIT_LENGTH));
	return true;
}

void backend_run(struct vcpu_exit *exit)
{
	static bool has_run;

	if (vcpu.rip != entered_rip)
		vmcs_write(GUEST_INTERRUPTIBILITY,
			   vmcs_read(GUEST_INTERRUPTIBILITY) & ~(uint64_t)BLOCKING);
	vmcs_write(GUEST_RIP, vcpu.rip);
	vmcs_write(GUEST_RSP, vcpu.r[RSP]);
	vmcs_write(GUEST_RFLAGS, vcpu.rflags);
	if (!vmx_run(vcpu.r, !has_run))
		core_stop(VCPU_REFUSED, (uint32_t)vmcs_read(INSTRUCTION_ERROR));
	has_run = true;
	entered_rip = vcpu.rip = vmcs_read(GUEST_RIP);
	vcpu.r[RSP] = vmcs_read(GUEST_RSP);
	vcpu.rflags = vmcs_read(GUEST_RFLAGS);
	*exit = (struct vcpu_exit){
		.code = {vmcs_read(EXIT_REASON), vmcs_read(QUALIFICATION), vmcs_read(EXIT_EVENT)}};
	if (exit->code[0] & ENTRY_FAILED) {
		exit->reason = VCPU_EXIT_OTHER;
		exit->cause = BH_FAULT_UNKNOWN;
		return;
	}
	exit->in_delivery = event_again();
	exit_decode(exit, (uint32_t)exit->code[0] & REASON_MASK);
}

void backend_inject(uint32_t vector, bool has_error)
{
	vmcs_write(ENTRY_ERROR, 0);
	vmcs_write(ENTRY_EVENT,
		   EVENT_VALID | EVENT_EXCEPTION | vector | (has_error ? EVENT_ERROR : 0));
}

/*
 * MOV to CR0 or CR4 that would change what has to stay. NE is the guest's to choose, as far as it can see; paging and protection stay;
 * VMXE is refused as on a processor that does not have it.
 */
enum verdict backend_control(const struct vcpu_exit *exit)
{
	uint64_t value = vcpu.r[CONTROL_GPR(exit->code[1])];
	uint64_t before = vmcs_read(GUEST_CR0);

	if (CONTROL_TYPE(exit->code[1]) != 0 || exit->address == 3)
		return FATAL;
	if (exit->address != 0 || (value & ~CR0_DEFINED) != 0 ||
	    ((value ^ before) & (CR0_PE | CR0_PG)) != 0 || (value & (CR0_NW | CR0_CD)) == CR0_NW)
		return REFUSED;
	vmcs_write(CR0_SHADOW, value);
	vmcs_write(GUEST_CR0, value | CR0_NE | CR0_ET);
	return SKIP;
}

static uint64_t seen(uint64_t field, uint64_t mask, uint64_t shadow)
{
	uint64_t hidden = vmcs_read(mask);

	return (vmcs_read(field) & ~hidden) | (vmcs_read(shadow) & hidden);
}

uint64_t backend_cr0(void)
{
	return seen(GUEST_CR0, CR0_MASK, CR0_SHADOW);
}

uint64_t backend_cr3(void)
{
	return vmcs_read(GUEST_CR3);
}

uint64_t backend_cr4(void)
{
	return seen(GUEST_CR4, CR4_MASK, CR4_SHADOW);
}

uint64_t backend_efer(void)
{
	return vmcs_read(GUEST_EFER);
}

uint64_t backend_cs(void)
{
	return vmcs_read(GUEST_ES + 2);
}

/* The register is the guest's own, and the bitmap lets it through. */
bool backend_efer_write(uint64_t value)
{
	(void)value;
	return false;
}

/* all contexts: there is one */
void backend_flush(void)
{
	const uint64_t descriptor[2] = {0, 0};

	if (vmx_has_ept)
		__asm__ volatile("invept %0, %1" ::"m"(descriptor), "r"(UINT64_C(2))
				 : "cc", "memory");
	if (vmx_has_vpid)
		__asm__ volatile("invvpid %0, %1" ::"m"(descriptor), "r"(UINT64_C(2))
				 : "cc", "memory");
}

void backend_nmi_taken(void)
{
	vmx_unmask_nmi();
}

/* INIT is blocked as long as VMX is on. */
void backend_leave(void)
{
	if (!(cr4_read() & CR4_VMXE))
		return;
	__asm__ volatile("vmxoff" ::: "cc", "memory");
	cr4_write(cr4_read() & ~CR4_VMXE);
}
