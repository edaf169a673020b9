/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Set-up of a core: segments, descriptor tables, control registers, system calls. Whatever the host left in registers that could lead a
 * program into its code (SYSENTER) or that this kernel relies on is written; memory types, microcode and power stay the host's.
 */
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/trap.h>
#include <arch/vector.h>
#include <lib/arch/x86/cpu.h>
#include <lwk/core.h>
#include <lwk/log.h>
#include <string.h>

/* CPUID */
#define LEAF1_ECX_X2APIC   (1u << 21)
#define LEAF1_ECX_DEADLINE (1u << 24)
#define LEAF1_ECX_XSAVE    (1u << 26)
#define LEAF7_EBX_FSGSBASE (1u << 0)
#define LEAF7_EBX_SMEP     (1u << 7)
#define LEAF7_EBX_SMAP     (1u << 20)
#define LEAF7_ECX_UMIP     (1u << 2)
#define LEAF7_ECX_RDPID    (1u << 22)
#define LEAF7_ECX_BUS_LOCK (1u << 24)
#define LEAF7_EDX_FEATURES (1u << 30)
#define EXT1_EDX_1G        (1u << 26)
#define EXT1_EDX_RDTSCP    (1u << 27)

#define LEAF_XSAVE 0xdu

#define FEATURES_SPLIT_LOCK  (1u << 5)
#define TEST_CTRL_SPLIT_LOCK (UINT64_C(1) << 29)
#define DEBUGCTL_BUS_LOCK    (UINT64_C(1) << 2)

#define HWCAP2_FSGSBASE 2u

/* IF, TF, DF, IOPL, NT, RF, AC: cleared by SYSCALL */
#define FLAGS_CLEARED 0x57700u

/* descriptors: long-mode code, data; present, accessed */
#define DESCRIPTOR_KERNEL_CODE UINT64_C(0x00af9b000000ffff)
#define DESCRIPTOR_KERNEL_DATA UINT64_C(0x00cf93000000ffff)
#define DESCRIPTOR_USER_CODE   UINT64_C(0x00affb000000ffff)
#define DESCRIPTOR_USER_DATA   UINT64_C(0x00cff3000000ffff)
#define DESCRIPTOR_TSS         UINT64_C(0x0000890000000000)
/* a 20-bit limit for LSL: core in the low 12 bits, node above, as Linux has it */
#define DESCRIPTOR_PLACE UINT64_C(0x0040f50000000000)
#define PLACE_NODE_SHIFT 12
#define ENTRY(selector)  ((selector) >> 3)
#define GATE_INTERRUPT   0x8e00u
#define GATE_PROGRAMS    0x6000u
#define IDT_VECTORS      256

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint16_t flags;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t zero;
};
static_assert(sizeof(struct gate) == 16, "as the processor reads it");

struct __attribute__((packed)) table_register {
	uint16_t limit;
	uint64_t base;
};

static struct gate idt[IDT_VECTORS];
static struct cpuid leaf1, leaf7, ext1;

bool cpu_has_smap; /* for entry.S and uaccess.S */

void cpu_find_features(void)
{
	uint32_t leaves = cpuid(0, 0).eax;

	leaf1 = cpuid(1, 0);
	if (leaves >= 7)
		leaf7 = cpuid(7, 0);
	ext1 = cpuid(0x80000001, 0);
	if (!(leaf1.ecx & LEAF1_ECX_XSAVE) || leaves < LEAF_XSAVE)
		panic("this processor has no XSAVE");
	cpu_has_smap = leaf7.ebx & LEAF7_EBX_SMAP;
	vector_find();
}

uint64_t cpu_hwcap(void)
{
	return leaf1.edx;
}

uint64_t cpu_hwcap2(void)
{
	return cpu_has_fsgsbase() ? HWCAP2_FSGSBASE : 0;
}

bool cpu_has_deadline(void)
{
	return leaf1.ecx & LEAF1_ECX_DEADLINE;
}

bool cpu_has_1g(void)
{
	return ext1.edx & EXT1_EDX_1G;
}

bool cpu_has_fsgsbase(void)
{
	return leaf7.ebx & LEAF7_EBX_FSGSBASE;
}

static void gdt_init(struct arch_core *core)
{
	struct table_register gdtr = {sizeof(core->gdt) - 1, (uint64_t)core->gdt};
	uint64_t tss = (uint64_t)&core->tss;

	core->gdt[ENTRY(SEGMENT_KERNEL_CODE)] = DESCRIPTOR_KERNEL_CODE;
	core->gdt[ENTRY(SEGMENT_KERNEL_DATA)] = DESCRIPTOR_KERNEL_DATA;
	core->gdt[ENTRY(SEGMENT_USER_DATA)] = DESCRIPTOR_USER_DATA;
	core->gdt[ENTRY(SEGMENT_USER_CODE)] = DESCRIPTOR_USER_CODE;
	core->gdt[ENTRY(SEGMENT_TSS)] = DESCRIPTOR_TSS | (sizeof(core->tss) - 1) |
					(tss & 0xffffff) << 16 | (tss >> 24 & 0xff) << 56;
	core->gdt[ENTRY(SEGMENT_TSS) + 1] = tss >> 32;
	__asm__ volatile("lgdt %0\n\t"
			 "mov %1, %%ds\n\tmov %1, %%es\n\tmov %1, %%ss\n\t"
			 "mov %2, %%fs\n\tmov %2, %%gs\n\t"
			 "pushq %3\n\tlea 1f(%%rip), %%rax\n\tpush %%rax\n\tlretq\n"
			 "1:\tltr %w4\n\tlldt %w2"
			 :
			 : "m"(gdtr), "r"(SEGMENT_KERNEL_DATA), "r"(0), "i"(SEGMENT_KERNEL_CODE),
			   "r"(SEGMENT_TSS)
			 : "rax", "memory");
}

/* The stacks' last words tell entry.S whose they are. */
static void tss_init(struct core *core, void *ist)
{
	struct task_state *tss = &core->arch.tss;

	memset(tss, 0, sizeof(*tss));
	tss->io_map = sizeof(*tss);
	for (unsigned i = 1; i <= IST_COUNT; i++) {
		uint64_t top = (uint64_t)ist + i * IST_STACK_SIZE - 16;

		*(struct core **)(top + 8) = core;
		tss->ist[2 * i - 2] = (uint32_t)top;
		tss->ist[2 * i - 1] = (uint32_t)(top >> 32);
	}
}
static_assert(offsetof(struct task_state, ist) == 36, "ist[0] and ist[1] are IST 1");

static void gate_set(unsigned vector, unsigned ist)
{
	uint64_t entry = (uint64_t)trap_stubs + 16 * vector;

	idt[vector] = (struct gate){
		.offset_low = (uint16_t)entry,
		.selector = SEGMENT_KERNEL_CODE,
		.flags = (uint16_t)(GATE_INTERRUPT | ist),
		.offset_middle = (uint16_t)(entry >> 16),
		.offset_high = (uint32_t)(entry >> 32),
	};
}

static void idt_init(void)
{
	const struct table_register idtr = {sizeof(idt) - 1, (uint64_t)idt};

	if (!idt[0].selector) {
		for (unsigned vector = 0; vector < IDT_VECTORS; vector++)
			gate_set(vector, 0);
		gate_set(VECTOR_DEBUG, IST_DEBUG);
		gate_set(VECTOR_NMI, IST_NMI);
		gate_set(VECTOR_DOUBLE_FAULT, IST_DOUBLE_FAULT);
		gate_set(VECTOR_MACHINE_CHECK, IST_MACHINE_CHECK);
		idt[VECTOR_BREAKPOINT].flags |= GATE_PROGRAMS;
		idt[VECTOR_OVERFLOW].flags |= GATE_PROGRAMS;
	}
	__asm__ volatile("lidt %0" ::"m"(idtr));
}

static void control_init(void)
{
	uint64_t cr4 = CR4_DE | CR4_PAE | CR4_MCE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT |
		       CR4_OSXSAVE;

	cr4 |= leaf7.ebx & LEAF7_EBX_SMEP ? CR4_SMEP : 0;
	cr4 |= leaf7.ebx & LEAF7_EBX_SMAP ? CR4_SMAP : 0;
	cr4 |= leaf7.ecx & LEAF7_ECX_UMIP ? CR4_UMIP : 0;
	cr4 |= cpu_has_fsgsbase() ? CR4_FSGSBASE : 0;
	cr4_write(cr4);
	cr0_write((cr0_read() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE | CR0_WP | CR0_AM);
}

/* Linux has locks across cache lines fault, to warn of them; here no program dies of that. It writes both when it gets the core back. */
static void locks_init(void)
{
	if (leaf7.edx & LEAF7_EDX_FEATURES && msr_read(MSR_CORE_FEATURES) & FEATURES_SPLIT_LOCK)
		msr_write(MSR_TEST_CTRL, msr_read(MSR_TEST_CTRL) & ~TEST_CTRL_SPLIT_LOCK);
	if (leaf7.ecx & LEAF7_ECX_BUS_LOCK && msr_read(MSR_DEBUGCTL) & DEBUGCTL_BUS_LOCK)
		msr_write(MSR_DEBUGCTL, msr_read(MSR_DEBUGCTL) & ~DEBUGCTL_BUS_LOCK);
}

static void call_init(void)
{
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SCE);
	msr_write(MSR_STAR, (uint64_t)SEGMENT_USER_32 << 48 | (uint64_t)SEGMENT_KERNEL_CODE << 32);
	msr_write(MSR_LSTAR, (uint64_t)trap_call_entry);
	msr_write(MSR_FMASK, FLAGS_CLEARED);
	/* the host's entries: there is no 32-bit code here, but a processor of Intel's has SYSENTER in 64-bit mode */
	msr_write(MSR_CSTAR, 0);
	msr_write(MSR_SYSENTER_CS, 0);
}

void cpu_tell_place(void)
{
	struct core *core = core_self();
	uint64_t place = core->index | core->node << PLACE_NODE_SHIFT;

	core->arch.gdt[ENTRY(SEGMENT_PLACE)] = DESCRIPTOR_PLACE | (place & 0xffff) |
					       (place >> 16 & 15) << 48;
	if (ext1.edx & EXT1_EDX_RDTSCP || leaf7.ecx & LEAF7_ECX_RDPID)
		msr_write(MSR_TSC_AUX, place);
}

void cpu_init_first(struct core *core)
{
	core->arch.self = &core->arch;
	msr_write(MSR_GS_BASE, (uint64_t)core);
}

void cpu_init(struct core *core, void *ist)
{
	core->arch.self = &core->arch;
	tss_init(core, ist);
	gdt_init(&core->arch);
	msr_write(MSR_GS_BASE, (uint64_t)core);
	msr_write(MSR_FS_BASE, 0);
	msr_write(MSR_KERNEL_GS_BASE, 0);
	idt_init();
	control_init();
	locks_init();
	call_init();
	vector_init();
	cpu_tell_place();
}
