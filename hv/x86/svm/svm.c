/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The back end for AMD's SVM (APM 2 chapter 15). GIF is clear whenever we run, so that nothing interrupts us; in the guest interrupts are the
 * guest's own, as none is intercepted but NMI and INIT.
 */
#include <hv/x86/svm/vmcb.h>
#include <hv/x86/vcpu.h>
#include <lib/arch/x86/cpu.h>

#define MSR_VM_CR       0xc0010114u
#define MSR_VM_HSAVE_PA 0xc0010117u
#define MSR_PAT         0x277u
#define VM_CR_SVMDIS    (1u << 4)
#define EFER_LME        (UINT64_C(1) << 8)
#define EFER_LMA        (UINT64_C(1) << 10)
#define EFER_NXE        (UINT64_C(1) << 11)
#define EFER_SVME       (UINT64_C(1) << 12)

#define LEAF_EXTENDED    0x80000001u
#define EXTENDED_ECX_SVM (1u << 2)
#define LEAF_SVM         0x8000000au
#define SVM_EDX_NESTED   1u
#define LEAF1_ECX_XSAVE  (1u << 26)
#define LENGTH_SYSTEM    2u /* of CPUID, RDMSR, WRMSR, INVD without prefixes */
#define LENGTH_XSETBV    3u

/* what a core has in its first moment: linux/cokernel/trampoline.S, and the defaults of INIT */
#define FIRST_CR0  UINT64_C(0x80010011)
#define FIRST_EFER (EFER_LME | EFER_LMA | EFER_NXE)
#define FIRST_DR6  UINT64_C(0xffff0ff0)
#define FIRST_DR7  UINT64_C(0x400)
#define FLAT_CODE  0xa9bu
#define FLAT_DATA  0xc93u
#define GDT_LIMIT  23u
#define ASID       1u /* 0 is ours */

#define vmcb ((volatile struct vmcb *)VCPU_CONTROL)

void svm_run(uint64_t *r, uint64_t vmcb_address);

static bool features_find(uint32_t *detail)
{
	bool has_svm = cpuid(LEAF_EXTENDED, 0).ecx & EXTENDED_ECX_SVM;

	*detail = LEAF_EXTENDED;
	if (!has_svm || msr_read(MSR_VM_CR) & VM_CR_SVMDIS)
		return false;
	*detail = LEAF_SVM;
	return !config->nested || cpuid(LEAF_SVM, 0).edx & SVM_EDX_NESTED;
}

static void segment_set(volatile struct vmcb_segment *segment, uint16_t selector,
			uint16_t attributes)
{
	segment->selector = selector;
	segment->attributes = attributes;
	segment->limit = 0xffffffff;
	segment->base = 0;
}

static void guest_state_fill(void)
{
	segment_set(&vmcb->cs, VCPU_SELECTOR_CODE, FLAT_CODE);
	segment_set(&vmcb->ds, VCPU_SELECTOR_DATA, FLAT_DATA);
	segment_set(&vmcb->es, VCPU_SELECTOR_DATA, FLAT_DATA);
	segment_set(&vmcb->ss, VCPU_SELECTOR_DATA, FLAT_DATA);
	vmcb->gdtr.base = config->entry.gdt;
	vmcb->gdtr.limit = GDT_LIMIT;
	vmcb->cr0 = FIRST_CR0;
	vmcb->cr3 = config->entry.cr3;
	vmcb->cr4 = CR4_PAE;
	vmcb->efer = FIRST_EFER | EFER_SVME;
	vmcb->dr6 = FIRST_DR6;
	vmcb->dr7 = FIRST_DR7;
	vmcb->cr2 = cr2_read();
	vmcb->pat = msr_read(MSR_PAT);
}

static void control_fill(void)
{
	vmcb->exception_intercepts = 1u << VECTOR_DB | 1u << VECTOR_AC | 1u << VECTOR_MC;
	if (config->features & VCPU_ABORT)
		vmcb->exception_intercepts |= 1u << VECTOR_DF;
	vmcb->intercepts[0] = INTERCEPT_NMI | INTERCEPT_INIT | INTERCEPT_CPUID | INTERCEPT_RSM |
			      INTERCEPT_INVD | INTERCEPT_INVLPGA | INTERCEPT_MSR |
			      INTERCEPT_SHUTDOWN;
	if (config->features & VCPU_IO)
		vmcb->intercepts[0] |= INTERCEPT_IO;
	vmcb->intercepts[1] = INTERCEPT1_SVM | INTERCEPT1_CLGI | INTERCEPT1_XSETBV;
	vmcb->io_bitmap = config->io_bitmap;
	vmcb->msr_bitmap = config->msr_bitmap;
	vmcb->asid = ASID;
	vmcb->tlb_control = TLB_FLUSH_ALL;
	vmcb->nested_enable = config->nested != 0;
	vmcb->nested_root = config->nested;
}

bool backend_init(uint32_t *detail)
{
	uint64_t cr4 = CR4_PAE | CR4_MCE;

	if (!features_find(detail))
		return false;
	cr4 |= cpuid(1, 0).ecx & LEAF1_ECX_XSAVE ? CR4_OSXSAVE : 0;
	msr_write(MSR_EFER, FIRST_EFER | EFER_SVME);
	msr_write(MSR_VM_HSAVE_PA, config->save);
	__asm__ volatile("clgi");
	guest_state_fill();
	control_fill();
	cr4_write(cr4);
	return true;
}

static uint64_t exit_length(uint32_t fallback)
{
	/* zero where the processor does not save it */
	return vmcb->next_rip ? vmcb->next_rip - vmcb->rip : fallback;
}

static void exit_instruction(struct vcpu_exit *exit, enum vcpu_exit_reason reason, uint32_t length)
{
	exit->reason = reason;
	exit->length = (uint32_t)exit_length(length);
	exit->cause = BH_FAULT_SYSREG;
}

static void exit_nested(struct vcpu_exit *exit)
{
	exit->reason = VCPU_EXIT_MEMORY;
	exit->address = vmcb->exit_info2;
	exit->cause = BH_FAULT_MEMORY_READ;
	/* a walk counts as a write to the processor, whatever it is for */
	if (vmcb->exit_info1 & NESTED_WALK)
		return;
	exit->is_write = vmcb->exit_info1 & NESTED_WRITE;
	if (exit->is_write)
		exit->cause = BH_FAULT_MEMORY_WRITE;
	else if (vmcb->exit_info1 & NESTED_FETCH)
		exit->cause = BH_FAULT_MEMORY_EXEC;
}

static void exit_io(struct vcpu_exit *exit)
{
	exit->reason = VCPU_EXIT_IO;
	exit->cause = BH_FAULT_PORT;
	exit->length = (uint32_t)(vmcb->exit_info2 - vmcb->rip);
	exit->address = vmcb->exit_info1 >> 16 & 0xffff;
	exit->is_write = !(vmcb->exit_info1 & 1);
}

static void exit_exception(struct vcpu_exit *exit, uint64_t vector)
{
	exit->reason = VCPU_EXIT_EXCEPTION;
	exit->address = vector;
	exit->cause = vector == VECTOR_MC   ? BH_FAULT_MACHINE
		      : vector == VECTOR_DF ? BH_FAULT_ABORT
					    : BH_FAULT_UNKNOWN;
}

static void exit_decode(struct vcpu_exit *exit, uint64_t code)
{
	if (code >= EXIT_EXCEPTION && code < EXIT_EXCEPTION + 32) {
		exit_exception(exit, code - EXIT_EXCEPTION);
	} else if (code >= EXIT_VMRUN && code <= EXIT_SKINIT) {
		exit_instruction(exit, VCPU_EXIT_INSTRUCTION, 0);
	} else {
		switch (code) {
		case EXIT_NMI:
			exit->reason = VCPU_EXIT_NMI;
			break;
		case EXIT_INIT:
			exit->reason = VCPU_EXIT_INIT;
			break;
		case EXIT_CPUID:
			exit_instruction(exit, VCPU_EXIT_CPUID, LENGTH_SYSTEM);
			break;
		case EXIT_MSR:
			exit_instruction(exit, VCPU_EXIT_MSR, LENGTH_SYSTEM);
			exit->address = (uint32_t)vcpu.r[RCX];
			exit->is_write = vmcb->exit_info1 & 1;
			break;
		case EXIT_XSETBV:
			exit_instruction(exit, VCPU_EXIT_XSETBV, LENGTH_XSETBV);
			break;
		case EXIT_INVD:
			exit_instruction(exit, VCPU_EXIT_CACHE, LENGTH_SYSTEM);
			break;
		case EXIT_RSM:
		case EXIT_INVLPGA:
			exit_instruction(exit, VCPU_EXIT_INSTRUCTION, 0);
			break;
		case EXIT_IO:
			exit_io(exit);
			break;
		case EXIT_NESTED:
			exit_nested(exit);
			break;
		case EXIT_SHUTDOWN:
			exit->reason = VCPU_EXIT_SHUTDOWN;
			exit->cause = BH_FAULT_ABORT;
			break;
		default:
			exit->reason = VCPU_EXIT_OTHER;
			exit->cause = BH_FAULT_UNKNOWN;
		}
	}
}

void backend_run(struct vcpu_exit *exit)
{
	if (vmcb->rip != vcpu.rip)
		vmcb->interrupt_shadow = 0;
	vmcb->rip = vcpu.rip;
	vmcb->rflags = vcpu.rflags;
	vmcb->rax = vcpu.r[RAX];
	vmcb->rsp = vcpu.r[RSP];
	svm_run(vcpu.r, config->control);
	vcpu.rip = vmcb->rip;
	vcpu.rflags = vmcb->rflags;
	vcpu.r[RAX] = vmcb->rax;
	vcpu.r[RSP] = vmcb->rsp;
	vmcb->tlb_control = 0;
	/* what was being delivered is delivered again (15.7.2) */
	vmcb->event = vmcb->exit_interrupt & EVENT_VALID ? vmcb->exit_interrupt : 0;
	*exit = (struct vcpu_exit){.in_delivery = vmcb->exit_interrupt & EVENT_VALID,
				   .code = {vmcb->exit_code, vmcb->exit_info1, vmcb->exit_info2}};
	exit_decode(exit, vmcb->exit_code);
}

void backend_inject(uint32_t vector, bool has_error)
{
	vmcb->event = EVENT_VALID | EVENT_EXCEPTION | vector | (has_error ? EVENT_ERROR : 0);
}

uint64_t backend_cr0(void)
{
	return vmcb->cr0;
}

uint64_t backend_cr3(void)
{
	return vmcb->cr3;
}

uint64_t backend_cr4(void)
{
	return vmcb->cr4;
}

uint64_t backend_efer(void)
{
	return vmcb->efer & ~EFER_SVME;
}

uint64_t backend_cs(void)
{
	return vmcb->cs.selector;
}

/*
 * The processor would refuse what it does not have when it loads it, and that is too late; and LMA follows from what is not changed
 * here. So: long mode stays, SVME does not come.
 */
bool backend_efer_write(uint64_t value)
{
	const uint64_t kept = EFER_LME;
	uint64_t before = msr_read(MSR_EFER);
	bool is_good;

	if (value & EFER_SVME || (value ^ vmcb->efer) & kept)
		return false;
	/* NXE is ours, too: our tables say so */
	is_good = msr_write_safely(MSR_EFER, value | EFER_NXE | EFER_LMA | EFER_SVME);
	msr_write(MSR_EFER, before);
	if (is_good)
		vmcb->efer = (value & ~EFER_LMA) | (vmcb->efer & EFER_LMA) | EFER_SVME;
	return is_good;
}

void backend_flush(void)
{
	vmcb->tlb_control = TLB_FLUSH_ALL;
}

enum verdict backend_control(const struct vcpu_exit *exit)
{
	(void)exit;
	return FATAL;
}

/* It is pending still; here it is taken (backend_nmi). */
void backend_nmi_taken(void)
{
	__asm__ volatile("stgi\n\tnop\n\tclgi" ::: "memory");
}

void backend_leave(void)
{
	__asm__ volatile("stgi" ::: "memory");
	msr_write(MSR_EFER, FIRST_EFER);
}
