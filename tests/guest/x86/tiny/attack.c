/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a co-kernel may not do, done on purpose: WAY NUMBER NUMBER (hexadecimal), as parameters behind "attack", or as a line of the stream with
 * "serve obey". Whoever is let through, or gets an exception, says so; whoever is ended says nothing. What it does to itself is ruin.c's.
 */
#include <lib/arch/x86/cpu.h>
#include <lib/fmt.h>
#include <lib/string.h>
#include "ruin.h"
#include "tiny.h"

#define VECTOR_DB  1
#define VECTOR_UD  6
#define VECTOR_NP  11
#define VECTOR_GP  13
#define VECTOR_PF  14
#define VECTOR_AC  17
#define RFLAGS_TF  (UINT64_C(1) << 8)
#define NO_VECTOR  0x100
#define ICR_ASSERT 0x4000

extern const char trap_db[], trap_ud[], trap_np[], trap_gp[], trap_pf[], trap_ac[];

__asm__(".text\n"
	".globl attack_try\n"
	".hidden attack_try\n"
	"attack_try:\n"
	"	push %rbx\n	push %rbp\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
	"	push %rcx\n"
	"	mov %rsp, attack_stack(%rip)\n"
	"	mov %rdi, %rax\n	mov %rsi, %rdi\n	mov %rdx, %rsi\n"
	"	call *%rax\n"
	"	mov (%rsp), %rcx\n"
	"	mov %rax, (%rcx)\n"
	"	mov $0x100, %eax\n"
	"1:	mov attack_stack(%rip), %rsp\n"
	"	add $8, %rsp\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbp\n	pop %rbx\n"
	"	pushq $2\n	popfq\n"
	"	ret\n"
	"trap_db: mov $1, %eax\n	jmp 1b\n"
	"trap_ud: mov $6, %eax\n	jmp 1b\n"
	"trap_np: mov $11, %eax\n	jmp 1b\n"
	"trap_gp: mov $13, %eax\n	jmp 1b\n"
	"trap_pf: mov $14, %eax\n	jmp 1b\n"
	"trap_ac: mov $17, %eax\n	jmp 1b\n"
	".bss\n"
	"attack_stack: .skip 8\n"
	".text");

static uint64_t memory_get(uint64_t address, uint64_t b)
{
	(void)b;
	return *(volatile uint64_t *)address;
}

static uint64_t memory_put(uint64_t address, uint64_t value)
{
	*(volatile uint64_t *)address = value;
	return 0;
}

static uint64_t memory_call(uint64_t address, uint64_t b)
{
	(void)b;
	((void (*)(void))address)();
	return 0;
}

static uint64_t msr_get(uint64_t msr, uint64_t b)
{
	(void)b;
	return msr_read((uint32_t)msr);
}

static uint64_t msr_put(uint64_t msr, uint64_t value)
{
	msr_write((uint32_t)msr, value);
	return 0;
}

static uint64_t port_get(uint64_t port, uint64_t b)
{
	uint8_t value;

	(void)b;
	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"((uint16_t)port));
	return value;
}

static uint64_t port_put(uint64_t port, uint64_t value)
{
	__asm__ volatile("outb %0, %1" ::"a"((uint8_t)value), "Nd"((uint16_t)port));
	return 0;
}

static uint64_t apic_put(uint64_t offset, uint64_t value)
{
	if (boot->flags & COKERNEL_X2APIC)
		msr_write(MSR_X2APIC + (uint32_t)offset / 16, value);
	else
		mmio_write32((msr_read(MSR_APIC_BASE) & APIC_BASE_ADDRESS) + offset,
			     (uint32_t)value);
	return 0;
}

static uint64_t port_get_long(uint64_t port, uint64_t b)
{
	uint32_t value;

	(void)b;
	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"((uint16_t)port));
	return value;
}

static uint64_t port_put_long(uint64_t port, uint64_t value)
{
	__asm__ volatile("outl %0, %1" ::"a"((uint32_t)value), "Nd"((uint16_t)port));
	return 0;
}

/* the command register whole: destination, then what is written to the low half */
static uint64_t icr_put(uint64_t apic, uint64_t low)
{
	if (boot->flags & COKERNEL_X2APIC)
		return apic_put(0x300, apic << 32 | low);
	apic_put(0x310, apic << 24);
	return apic_put(0x300, low);
}

/* each vector with each way of delivery, over and over, but for fixed ones to Linux: its doorbell may be rung */
static uint64_t icr_flood(uint64_t apic, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		icr_put(apic, ICR_ASSERT | (i >> 8 & 7) << 8 | (i & 0xff));
	return count;
}

static uint64_t cpuid_get(uint64_t leaf, uint64_t b)
{
	struct cpuid answer = cpuid((uint32_t)leaf, 0);

	return b == 0xc ? answer.ecx : b == 0xd ? answer.edx : answer.eax;
}

static uint64_t xcr_put(uint64_t index, uint64_t value)
{
	cr4_write(cr4_read() | CR4_OSXSAVE);
	__asm__ volatile("xsetbv" ::"c"((uint32_t)index), "a"((uint32_t)value),
			 "d"((uint32_t)(value >> 32)));
	return 0;
}

static uint64_t cr0_put(uint64_t set, uint64_t clear)
{
	cr0_write((cr0_read() | set) & ~clear);
	return cr0_read();
}

static uint64_t cr4_put(uint64_t set, uint64_t clear)
{
	cr4_write((cr4_read() | set) & ~clear);
	return cr4_read();
}

#define INSTRUCTION(name, text)                             \
	static uint64_t name##_do(uint64_t a, uint64_t b)   \
	{                                                   \
		(void)b;                                    \
		__asm__ volatile(text ::"a"(a) : "memory"); \
		return 0;                                   \
	}
INSTRUCTION(vmrun, "vmrun %%rax")
INSTRUCTION(vmload, "vmload %%rax")
INSTRUCTION(vmsave, "vmsave %%rax")
INSTRUCTION(stgi, "stgi")
INSTRUCTION(clgi, "clgi")
INSTRUCTION(skinit, "skinit %%eax")
INSTRUCTION(invlpga, "xor %%ecx, %%ecx\n\tinvlpga")
INSTRUCTION(vmmcall, "vmmcall")
INSTRUCTION(vmcall, "vmcall")
INSTRUCTION(vmxoff, "vmxoff")
INSTRUCTION(vmxon, "push %%rax\n\tvmxon (%%rsp)\n\tpop %%rax")
INSTRUCTION(invd, "invd")
INSTRUCTION(rsm, "rsm")
INSTRUCTION(halt, "cli\n\thlt")
INSTRUCTION(hang, "cli\n1:\tpause\n\tjmp 1b")

static uint64_t ring_often(uint64_t count, uint64_t b)
{
	(void)b;
	while (count-- > 0)
		linux_ring();
	return 0;
}

static uint64_t single_step(uint64_t a, uint64_t b)
{
	(void)a;
	(void)b;
	__asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq\n\tnop" ::"i"(RFLAGS_TF) : "memory");
	return 0;
}

/* X(name, function). No table of pointers: the image has no relocations. */
#define WAYS(X)                     \
	X(read, memory_get)         \
	X(write, memory_put)        \
	X(exec, memory_call)        \
	X(rdmsr, msr_get)           \
	X(wrmsr, msr_put)           \
	X(in, port_get)             \
	X(out, port_put)            \
	X(inl, port_get_long)       \
	X(outl, port_put_long)      \
	X(apic, apic_put)           \
	X(ipi, icr_put)             \
	X(flood, icr_flood)         \
	X(ring, ring_often)         \
	X(cpuid, cpuid_get)         \
	X(xsetbv, xcr_put)          \
	X(cr0, cr0_put)             \
	X(cr4, cr4_put)             \
	X(vmrun, vmrun_do)          \
	X(vmload, vmload_do)        \
	X(vmsave, vmsave_do)        \
	X(stgi, stgi_do)            \
	X(clgi, clgi_do)            \
	X(skinit, skinit_do)        \
	X(invlpga, invlpga_do)      \
	X(vmmcall, vmmcall_do)      \
	X(vmcall, vmcall_do)        \
	X(vmxoff, vmxoff_do)        \
	X(vmxon, vmxon_do)          \
	X(invd, invd_do)            \
	X(rsm, rsm_do)              \
	X(halt, halt_do)            \
	X(loop, hang_do)            \
	X(idt, ruin_idt)            \
	X(gdt, ruin_gdt)            \
	X(root, ruin_root)          \
	X(cr3, ruin_cr3)            \
	X(stack, ruin_stack)        \
	X(overflow, ruin_overflow)  \
	X(debug, loop_debug)        \
	X(align, loop_align)        \
	X(step, single_step)        \
	X(nonsense, nonsense_write) \
	X(guard, guard_fill)        \
	X(verify, guard_verify)

enum way {
#define X(name, function) WAY_##name,
	WAYS(X)
#undef X
};

static const char names[][12] = {
#define X(name, function) #name,
	WAYS(X)
#undef X
};

static uint64_t (*way_of(enum way way))(uint64_t, uint64_t)
{
	switch (way) {
#define X(name, function) \
	case WAY_##name:  \
		return function;
		WAYS(X)
#undef X
	}
	return NULL;
}

static uint64_t number_take(const char **at)
{
	uint64_t value = 0;

	while (**at == ' ')
		++*at;
	for (; **at && **at != ' '; ++*at)
		value = value << 4 | (uint64_t)(**at <= '9' ? **at - '0' : **at - 'a' + 10);
	return value;
}

void traps_set(void)
{
	idt_set(VECTOR_DB, trap_db);
	idt_set(VECTOR_UD, trap_ud);
	idt_set(VECTOR_NP, trap_np);
	idt_set(VECTOR_GP, trap_gp);
	idt_set(VECTOR_PF, trap_pf);
	idt_set(VECTOR_AC, trap_ac);
}

static bool is_way(const char *words, const char *name)
{
	size_t length = strlen(name);

	return strncmp(words, name, length) == 0 && (!words[length] || words[length] == ' ');
}

const char *attack(const char *words)
{
	static char answer[40];
	uint64_t a, b, result = 0, vector;
	unsigned way = 0;

	traps_set();
	while (way < sizeof(names) / sizeof(names[0]) && !is_way(words, names[way]))
		way++;
	if (way == sizeof(names) / sizeof(names[0]))
		return "there is no such attack\n";
	words += strlen(names[way]);
	a = number_take(&words);
	b = number_take(&words);
	say("tiny: %s %lx %lx\n", names[way], a, b);
	vector = attack_try(way_of(way), a, b, &result);
	if (vector == NO_VECTOR)
		fmt_print(answer, sizeof(answer), "nothing stopped it: %lx\n", result);
	else
		fmt_print(answer, sizeof(answer), "exception %lu\n", vector);
	say("tiny: %s", answer);
	return answer;
}
