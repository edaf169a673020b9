/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CPUID: the processor's own answers, without what we keep to ourselves (VMX, SVM), and with the bits that mirror the guest's CR4. */
#include <hv/x86/vcpu.h>
#include <lib/arch/x86/cpu.h>

#define LEAF_FEATURES     1u
#define LEAF_STRUCTURED   7u
#define LEAF_EXTENDED     0x80000001u
#define LEAF_SVM          0x8000000au
#define ECX_VMX           (1u << 5)
#define ECX_OSXSAVE       (1u << 27)
#define ECX_OSPKE         (1u << 4)
#define EXTENDED_ECX_SVM  (1u << 2)
#define EXTENDED_ECX_SKIN (1u << 12)
#define CR4_PKE           (UINT64_C(1) << 22)

static uint32_t mirrored(uint32_t value, uint32_t bit, uint64_t cr4_bit)
{
	return backend_cr4() & cr4_bit ? value | bit : value & ~bit;
}

enum verdict cpuid_exit(void)
{
	uint32_t leaf = (uint32_t)vcpu.r[RAX];
	struct cpuid answer = cpuid(leaf, (uint32_t)vcpu.r[RCX]);

	if (leaf == LEAF_FEATURES)
		answer.ecx = mirrored(answer.ecx & ~ECX_VMX, ECX_OSXSAVE, CR4_OSXSAVE);
	else if (leaf == LEAF_STRUCTURED && vcpu.r[RCX] == 0)
		answer.ecx = mirrored(answer.ecx, ECX_OSPKE, CR4_PKE);
	else if (leaf == LEAF_EXTENDED)
		answer.ecx &= ~(EXTENDED_ECX_SVM | EXTENDED_ECX_SKIN);
	else if (leaf == LEAF_SVM)
		answer = (struct cpuid){0};
	vcpu.r[RAX] = answer.eax;
	vcpu.r[RBX] = answer.ebx;
	vcpu.r[RCX] = answer.ecx;
	vcpu.r[RDX] = answer.edx;
	return SKIP;
}
