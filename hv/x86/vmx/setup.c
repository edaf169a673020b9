/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The VMCS (Intel SDM 3C chapters 24 and 26) from the processor's capabilities, and what the guest and we find in it. */
#include <hv/x86/vmx/setup.h>
#include <hv/x86/vmx/vmcs.h>
#include <lib/arch/x86/cpu.h>

#define MSR_FEATURE_CONTROL 0x3au
#define MSR_SYSENTER_ESP    0x175u
#define MSR_SYSENTER_EIP    0x176u
#define MSR_DEBUGCTL        0x1d9u
#define MSR_PAT             0x277u
#define MSR_VMX_BASIC       0x480u
#define MSR_VMX_PIN         0x481u /* then processor, exit, entry */
#define MSR_VMX_CR0_FIXED   0x486u
#define MSR_VMX_SECONDARY   0x48bu
#define MSR_VMX_TRUE_PIN    0x48du

#define FEATURE_LOCK_VMX 5u
#define BASIC_TRUE       (UINT64_C(1) << 55)
#define LEAF1_ECX_VMX    (1u << 5)
#define LEAF1_ECX_XSAVE  (1u << 26)

#define SEGMENTS        8u
#define RIGHTS_CODE     0xa09bu
#define RIGHTS_DATA     0xc093u
#define RIGHTS_TASK     0x8bu
#define RIGHTS_UNUSABLE 0x10000u
#define GDT_LIMIT       23u
#define FIRST_CR0       UINT64_C(0x80010011)
#define FIRST_EFER      UINT64_C(0xd00)
#define FIRST_DR7       UINT64_C(0x400)
#define FIXED_PE_PG     UINT64_C(0x80000001)
#define EPT_WB_4_LEVELS UINT64_C(0x1e)

extern const uint8_t idt[], vmx_exit[];

uint32_t vmx_processor_controls;
bool vmx_has_ept, vmx_has_vpid;

static uint32_t msr_of_controls(unsigned index)
{
	bool is_true = msr_read(MSR_VMX_BASIC) & BASIC_TRUE;

	return (is_true ? MSR_VMX_TRUE_PIN : MSR_VMX_PIN) + index;
}

/* Wanted bits that may be set, and those that must be; SDM 3D A.3. False in *is_good: a needed one may not be. */
static uint32_t controls(uint32_t msr, uint32_t needed, uint32_t wanted, bool *is_good)
{
	uint64_t capability = msr_read(msr);
	uint32_t allowed = (uint32_t)(capability >> 32), always = (uint32_t)capability;

	if ((needed & ~allowed) != 0)
		*is_good = false;
	return ((needed | wanted) & allowed) | always;
}

static bool vmx_on(uint32_t *detail)
{
	uint64_t control;
	uint32_t revision;
	uint8_t failed;

	*detail = LEAF1_ECX_VMX;
	if (!(cpuid(1, 0).ecx & LEAF1_ECX_VMX))
		return false;
	*detail = MSR_FEATURE_CONTROL;
	control = msr_read(MSR_FEATURE_CONTROL);
	if (!(control & 1))
		msr_write(MSR_FEATURE_CONTROL, control | FEATURE_LOCK_VMX);
	if ((msr_read(MSR_FEATURE_CONTROL) & FEATURE_LOCK_VMX) != FEATURE_LOCK_VMX)
		return false;
	*detail = MSR_VMX_BASIC;
	revision = (uint32_t)msr_read(MSR_VMX_BASIC) & 0x7fffffff;
	*(volatile uint32_t *)VCPU_SAVE = revision;
	*(volatile uint32_t *)VCPU_CONTROL = revision;
	cr0_write(cr0_read() | CR0_NE);
	cr4_write(CR4_PAE | CR4_MCE | CR4_VMXE |
		  (cpuid(1, 0).ecx & LEAF1_ECX_XSAVE ? CR4_OSXSAVE : 0));
	__asm__ volatile("vmxon %1\n\tsetna %0"
			 : "=q"(failed)
			 : "m"(*(const uint64_t *)&config->save)
			 : "cc", "memory");
	if (failed)
		return false;
	__asm__ volatile("vmclear %1\n\tvmptrld %1\n\tsetna %0"
			 : "=q"(failed)
			 : "m"(*(const uint64_t *)&config->control)
			 : "cc", "memory");
	return !failed;
}

static bool controls_fill(void)
{
	uint32_t secondary = SECONDARY_RDTSCP | SECONDARY_INVPCID | SECONDARY_XSAVES |
			     SECONDARY_WAIT | SECONDARY_VPID;
	uint32_t needed = 0, processor = PROCESSOR_MSR | PROCESSOR_SECONDARY;
	bool is_good = true;

	if (config->features & VCPU_IO)
		processor |= PROCESSOR_IO;
	if (config->nested)
		needed = SECONDARY_EPT | SECONDARY_UNRESTRICTED;
	vmx_has_ept = config->nested;
	vmx_processor_controls = controls(msr_of_controls(1), processor, 0, &is_good);
	vmcs_write(PIN_CONTROLS,
		   controls(msr_of_controls(0), PIN_NMI | PIN_VIRTUAL_NMI, 0, &is_good));
	vmcs_write(PROCESSOR_CONTROLS, vmx_processor_controls);
	secondary = controls(MSR_VMX_SECONDARY, needed, secondary, &is_good);
	vmcs_write(SECONDARY_CONTROLS, secondary);
	vmcs_write(EXIT_CONTROLS, controls(msr_of_controls(2),
					   EXIT_SAVE_DEBUG | EXIT_HOST_64 | EXIT_SAVE_PAT |
						   EXIT_LOAD_PAT | EXIT_SAVE_EFER | EXIT_LOAD_EFER,
					   0, &is_good));
	vmcs_write(ENTRY_CONTROLS,
		   controls(msr_of_controls(3),
			    ENTRY_LOAD_DEBUG | ENTRY_GUEST_64 | ENTRY_LOAD_PAT | ENTRY_LOAD_EFER, 0,
			    &is_good));
	vmcs_write(EXCEPTION_BITMAP, 1u << VECTOR_DB | 1u << VECTOR_AC | 1u << VECTOR_MC |
					     (config->features & VCPU_ABORT ? 1u << VECTOR_DF : 0));
	vmx_has_vpid = secondary & SECONDARY_VPID;
	if (vmx_has_vpid)
		vmcs_write(VPID, 1);
	vmcs_write(EPT_POINTER, config->nested | EPT_WB_4_LEVELS);
	vmcs_write(MSR_BITMAP, config->msr_bitmap);
	vmcs_write(IO_BITMAP_A, config->io_bitmap);
	vmcs_write(IO_BITMAP_B, config->io_bitmap + 4096);
	return is_good;
}

static void segments_fill(void)
{
	static const struct {
		uint16_t selector;
		uint32_t rights, limit;
	} segments[SEGMENTS] = {
		{VCPU_SELECTOR_DATA, RIGHTS_DATA, 0xffffffff},
		{VCPU_SELECTOR_CODE, RIGHTS_CODE, 0xffffffff},
		{VCPU_SELECTOR_DATA, RIGHTS_DATA, 0xffffffff},
		{VCPU_SELECTOR_DATA, RIGHTS_DATA, 0xffffffff},
		{0, RIGHTS_UNUSABLE, 0},
		{0, RIGHTS_UNUSABLE, 0},
		{0, RIGHTS_UNUSABLE, 0xffff},
		{0, RIGHTS_TASK, 0xffff},
	};

	for (unsigned i = 0; i < SEGMENTS; i++) {
		vmcs_write(GUEST_ES + 2 * i, segments[i].selector);
		vmcs_write(GUEST_ES_RIGHTS + 2 * i, segments[i].rights);
		vmcs_write(GUEST_ES_LIMIT + 2 * i, segments[i].limit);
		vmcs_write(GUEST_ES_BASE + 2 * i, 0);
	}
	vmcs_write(GUEST_FS_BASE, msr_read(MSR_FS_BASE));
	vmcs_write(GUEST_GS_BASE, msr_read(MSR_GS_BASE));
	vmcs_write(GUEST_GDTR_BASE, config->entry.gdt);
	vmcs_write(GUEST_GDTR_LIMIT, GDT_LIMIT);
	vmcs_write(GUEST_IDTR_LIMIT, 0);
}

/* NE and VMXE have to be set while the processor is in this mode, and the guest does not see that they are. */
static void registers_fill(void)
{
	uint64_t fixed = CR0_NE | (config->nested ? 0 : FIXED_PE_PG);

	vmcs_write(CR0_MASK, fixed);
	vmcs_write(CR0_SHADOW, FIRST_CR0);
	vmcs_write(GUEST_CR0, FIRST_CR0 | CR0_NE);
	vmcs_write(CR4_MASK, CR4_VMXE);
	vmcs_write(CR4_SHADOW, 0);
	vmcs_write(GUEST_CR4, CR4_PAE | CR4_VMXE);
	vmcs_write(GUEST_CR3, config->entry.cr3);
	vmcs_write(GUEST_EFER, FIRST_EFER);
	vmcs_write(GUEST_DR7, FIRST_DR7);
	vmcs_write(GUEST_PAT, msr_read(MSR_PAT));
	vmcs_write(GUEST_DEBUGCTL, msr_read(MSR_DEBUGCTL));
	vmcs_write(GUEST_SYSENTER_CS, msr_read(MSR_SYSENTER_CS));
	vmcs_write(GUEST_SYSENTER_ESP, msr_read(MSR_SYSENTER_ESP));
	vmcs_write(GUEST_SYSENTER_EIP, msr_read(MSR_SYSENTER_EIP));
	vmcs_write(LINK_POINTER, UINT64_MAX);
}

static void host_fill(void)
{
	vmcs_write(HOST_CR0, cr0_read());
	vmcs_write(HOST_CR3, cr3_read());
	vmcs_write(HOST_CR4, cr4_read());
	vmcs_write(HOST_EFER, msr_read(MSR_EFER));
	vmcs_write(HOST_PAT, msr_read(MSR_PAT));
	vmcs_write(HOST_ES, VCPU_SELECTOR_DATA);
	vmcs_write(HOST_ES + 2, VCPU_SELECTOR_CODE);
	vmcs_write(HOST_ES + 4, VCPU_SELECTOR_DATA);
	vmcs_write(HOST_ES + 6, VCPU_SELECTOR_DATA);
	vmcs_write(HOST_TR, VCPU_SELECTOR_TASK);
	vmcs_write(HOST_TR_BASE, VCPU_REPORT);
	vmcs_write(HOST_GDTR_BASE, VCPU_CONFIG + VCPU_CONFIG_GDT);
	vmcs_write(HOST_IDTR_BASE, (uint64_t)idt);
	vmcs_write(HOST_RIP, (uint64_t)vmx_exit);
}

bool backend_init(uint32_t *detail)
{
	if (!vmx_on(detail))
		return false;
	*detail = MSR_VMX_SECONDARY;
	if (!controls_fill())
		return false;
	segments_fill();
	registers_fill();
	host_fill();
	backend_flush();
	return true;
}
