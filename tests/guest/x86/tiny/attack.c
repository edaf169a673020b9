/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a co-kernel may not do, done on purpose. Parameters: attack WAY NUMBER NUMBER (hexadecimal). Whoever is let through, or gets an exception,
 * says so; whoever is ended says nothing.
 */
#include <lib/arch/x86/cpu.h>
#include <lib/string.h>
#include "tiny.h"

#define VECTOR_DB 1
#define VECTOR_UD 6
#define VECTOR_NP 11
#define VECTOR_GP 13
#define VECTOR_PF 14
#define VECTOR_AC 17
#define RFLAGS_TF (UINT64_C(1) << 8)
#define NO_VECTOR 0x100

/*
 * attack_try: calls a way and returns NO_VECTOR, or the vector of the exception that it raised. One at a time.
 */
uint64_t attack_try(uint64_t (*go)(uint64_t, uint64_t), uint64_t a, uint64_t b, uint64_t *result);
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

/* the command register whole: destination, then what is written to the low half */
static uint64_t icr_put(uint64_t apic, uint64_t low)
{
	if (boot->flags & COKERNEL_X2APIC)
		return apic_put(0x300, apic << 32 | low);
	apic_put(0x310, apic << 24);
	return apic_put(0x300, low);
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

#define COST_TIMES 1000u

/* ticks of many, by kind: what is dropped or changes nothing */
static uint64_t cost_of(uint64_t kind)
{
	uint64_t start = tsc_read();

	for (unsigned i = 0; i < COST_TIMES; i++) {
		if (kind == 0)
			(void)cpuid(0, 0);
		else if (kind == 1)
			(void)msr_read(MSR_EFER);
		else if (kind == 2)
			apic_put(0x80, 0);
		else
			icr_put(boot->cores[0].apic_id, 0x600);
	}
	return tsc_read() - start;
}

/* each twice: the first is warm-up */
static uint64_t costs_say(uint64_t a, uint64_t b)
{
	(void)a;
	(void)b;
	for (uint64_t kind = 0; kind < 4; kind++) {
		(void)cost_of(kind);
		say("cost %s %lu\n",
		    kind == 0   ? "cpuid"
		    : kind == 1 ? "efer"
		    : kind == 2 ? "apic"
				: "icr",
		    cost_of(kind));
	}
	return 0;
}

/* an IDT without handlers, then a fault */
static uint64_t table_lost(uint64_t limit, uint64_t b)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} table = {(uint16_t)limit, 0};

	(void)b;
	__asm__ volatile("lidt %0\n\tud2" ::"m"(table));
	return 0;
}

/* a stack that is not there: what is raised there cannot be delivered */
static uint64_t stack_lost(uint64_t address, uint64_t b)
{
	(void)b;
	__asm__ volatile("mov %0, %%rsp\n\tud2" ::"r"(address));
	return 0;
}

/* exceptions without end: a data breakpoint on the stack where the processor pushes */
static uint64_t debug_loop(uint64_t a, uint64_t b)
{
	uint64_t here;

	(void)a;
	(void)b;
	idt_set(VECTOR_DB, interrupt_stubs + 16 * VECTOR_DB);
	__asm__ volatile("lea -8(%%rsp), %0" : "=r"(here));
	__asm__ volatile("mov %0, %%dr0" ::"r"(here & ~UINT64_C(7)));
	__asm__ volatile("mov %0, %%dr7" ::"r"(UINT64_C(0xd0402)));
	for (;;)
		__asm__ volatile("push %%rax\n\tpop %%rax" ::: "memory");
	return 0;
}

static uint64_t single_step(uint64_t a, uint64_t b)
{
	(void)a;
	(void)b;
	__asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq\n\tnop" ::"i"(RFLAGS_TF) : "memory");
	return 0;
}

static const struct {
	char name[12];
	uint32_t number;
} names[] = {
	{"read", 0},     {"write", 1},   {"exec", 2},    {"rdmsr", 3},   {"wrmsr", 4},
	{"in", 5},       {"out", 6},     {"apic", 7},    {"ipi", 8},     {"cpuid", 9},
	{"xsetbv", 10},  {"cr0", 11},    {"cr4", 12},    {"vmrun", 13},  {"vmload", 14},
	{"vmsave", 15},  {"stgi", 16},   {"clgi", 17},   {"skinit", 18}, {"invlpga", 19},
	{"vmmcall", 20}, {"vmcall", 21}, {"vmxoff", 22}, {"vmxon", 23},  {"invd", 24},
	{"rsm", 25},     {"halt", 26},   {"loop", 27},   {"idt", 28},    {"stack", 29},
	{"debug", 30},   {"step", 31},   {"ring", 32},   {"cost", 33},
};

/* No table of pointers: the image has no relocations. */
static uint64_t (*way_of(uint32_t number))(uint64_t, uint64_t)
{
	switch (number) {
	case 0:
		return memory_get;
	case 1:
		return memory_put;
	case 2:
		return memory_call;
	case 3:
		return msr_get;
	case 4:
		return msr_put;
	case 5:
		return port_get;
	case 6:
		return port_put;
	case 7:
		return apic_put;
	case 8:
		return icr_put;
	case 9:
		return cpuid_get;
	case 10:
		return xcr_put;
	case 11:
		return cr0_put;
	case 12:
		return cr4_put;
	case 13:
		return vmrun_do;
	case 14:
		return vmload_do;
	case 15:
		return vmsave_do;
	case 16:
		return stgi_do;
	case 17:
		return clgi_do;
	case 18:
		return skinit_do;
	case 19:
		return invlpga_do;
	case 20:
		return vmmcall_do;
	case 21:
		return vmcall_do;
	case 22:
		return vmxoff_do;
	case 23:
		return vmxon_do;
	case 24:
		return invd_do;
	case 25:
		return rsm_do;
	case 26:
		return halt_do;
	case 27:
		return hang_do;
	case 28:
		return table_lost;
	case 29:
		return stack_lost;
	case 30:
		return debug_loop;
	case 32:
		return ring_often;
	case 33:
		return costs_say;
	default:
		return single_step;
	}
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

static void traps_set(void)
{
	idt_set(VECTOR_DB, trap_db);
	idt_set(VECTOR_UD, trap_ud);
	idt_set(VECTOR_NP, trap_np);
	idt_set(VECTOR_GP, trap_gp);
	idt_set(VECTOR_PF, trap_pf);
	idt_set(VECTOR_AC, trap_ac);
}

void attack(const char *words)
{
	uint64_t a, b, result = 0, vector;

	traps_set();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i].name);

		if (strncmp(words, names[i].name, length) != 0 ||
		    (words[length] && words[length] != ' '))
			continue;
		words += length;
		a = number_take(&words);
		b = number_take(&words);
		say("tiny: %s %lx %lx\n", names[i].name, a, b);
		vector = attack_try(way_of(names[i].number), a, b, &result);
		if (vector == NO_VECTOR)
			say("tiny: nothing stopped it: %lx\n", result);
		else
			say("tiny: exception %lu\n", vector);
		return;
	}
	say("tiny: there is no such attack\n");
}
