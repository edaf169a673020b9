/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See ruin.h. */
#include <lib/arch/x86/cpu.h>
#include <lib/string.h>
#include "ruin.h"
#include "tiny.h"

#define VECTOR_DB     1
#define VECTOR_AC     17
#define STUB_SIZE     16
#define ADDRESS       UINT64_C(0x000FFFFFFFFFF000)
#define USER          4u /* of tables */
#define ENTRIES       512
#define GUARD_SIZE    UINT64_C(0x100000)
#define GUARD_PATTERN UINT64_C(0x9E3779B97F4A7C15)
/* selectors of loop_align()'s own GDT; interrupt handlers are at 8 */
#define USER_DATA 0x1b
#define USER_CODE 0x23
#define TASK      0x28

struct __attribute__((packed)) table_register {
	uint16_t limit;
	uint64_t base;
};

/* then a fault */
uint64_t ruin_idt(uint64_t limit, uint64_t b)
{
	struct table_register table = {(uint16_t)limit, 0};

	(void)b;
	__asm__ volatile("lidt %0\n\tud2" ::"m"(table));
	return 0;
}

/* the handler's code segment cannot be loaded */
uint64_t ruin_gdt(uint64_t limit, uint64_t b)
{
	struct table_register table = {(uint16_t)limit, 0};

	(void)b;
	__asm__ volatile("lgdt %0\n\tud2" ::"m"(table));
	return 0;
}

uint64_t ruin_root(uint64_t entry, uint64_t b)
{
	(void)b;
	*(volatile uint64_t *)(cr3_read() & ADDRESS) = entry;
	cr3_write(cr3_read());
	return 0;
}

uint64_t ruin_cr3(uint64_t value, uint64_t b)
{
	(void)b;
	cr3_write(value);
	return 0;
}

/* what is raised there cannot be delivered */
uint64_t ruin_stack(uint64_t address, uint64_t b)
{
	(void)b;
	__asm__ volatile("mov %0, %%rsp\n\tud2" ::"r"(address));
	return 0;
}

/* a stack of four words at the beginning of its memory; when the image is there, these are its header */
uint64_t ruin_overflow(uint64_t a, uint64_t b)
{
	(void)a;
	(void)b;
	__asm__ volatile(
		"mov %0, %%rsp\n1:	push %%rax\n\tjmp 1b" ::"r"(boot->ranges[0].start + 32));
	return 0;
}

/* a data breakpoint on the stack where the processor pushes */
uint64_t loop_debug(uint64_t a, uint64_t b)
{
	uint64_t here;

	(void)a;
	(void)b;
	idt_set(VECTOR_DB, interrupt_stubs + STUB_SIZE * VECTOR_DB);
	__asm__ volatile("lea -8(%%rsp), %0" : "=r"(here));
	__asm__ volatile("mov %0, %%dr0" ::"r"(here & ~UINT64_C(7)));
	__asm__ volatile("mov %0, %%dr7" ::"r"(UINT64_C(0xd0402)));
	for (;;)
		__asm__ volatile("push %%rax\n\tpop %%rax" ::: "memory");
	return 0;
}

static void user_may_all(void)
{
	uint64_t *root = (uint64_t *)(cr3_read() & ADDRESS), *next;

	root[0] |= USER;
	next = (uint64_t *)(root[0] & ADDRESS);
	for (unsigned i = 0; i < ENTRIES; i++)
		next[i] |= USER;
	cr3_write(cr3_read());
}

/* its handler skips the error code and returns to the instruction that raises it again */
extern const char align_handler[], align_user[];
__asm__(".text\n"
	"align_handler: add $8, %rsp\n	iretq\n"
	"align_user: mov 1(%rsp), %rax\n	jmp align_user\n");

/* in user mode, since alignment is checked there only (Intel SDM 3A 6.15) */
uint64_t loop_align(uint64_t a, uint64_t b)
{
	static uint8_t stack[4096] __attribute__((aligned(16))), task[104];
	static uint64_t gdt[7] = {
		0,
		UINT64_C(0x00AF9B000000FFFF),
		UINT64_C(0x00CF93000000FFFF),
		UINT64_C(0x00CFF3000000FFFF),
		UINT64_C(0x00AFFB000000FFFF),
	};
	struct table_register table = {sizeof(gdt) - 1, (uint64_t)gdt};
	uint64_t at = (uint64_t)task, top = (uint64_t)stack + sizeof(stack);

	(void)a;
	(void)b;
	memcpy(task + 4, &top, sizeof(top));
	gdt[5] = UINT64_C(0x0000890000000067) | (at & 0xFFFFFF) << 16 | (at >> 24 & 0xFF) << 56;
	gdt[6] = at >> 32;
	user_may_all();
	idt_set(VECTOR_AC, align_handler);
	cr0_write(cr0_read() | CR0_AM);
	__asm__ volatile("lgdt %0\n\tltr %w1\n\t"
			 "pushq %2\n\tpushq %3\n\tpushq $0x40002\n\tpushq %4\n\tpushq %5\n\tiretq"
			 :
			 : "m"(table), "r"(TASK), "i"(USER_DATA), "r"(top - 64), "i"(USER_CODE),
			   "r"((uint64_t)align_user)
			 : "memory");
	return 0;
}

static void random_fill(void *start, size_t size, uint64_t *state)
{
	uint64_t *words = start;

	for (size_t i = 0; i < size / sizeof(*words); i++) {
		*state = *state * UINT64_C(6364136223846793005) + 1;
		words[i] = *state;
	}
}

uint64_t nonsense_write(uint64_t seed, uint64_t b)
{
	uint64_t state = seed;

	(void)b;
	random_fill((void *)boot->early.start, boot->early.size, &state);
	/* `end` is left out, or it would be taken for that */
	random_fill(shared, offsetof(struct cokernel_shared, probe), &state);
	random_fill(shared->core_state,
		    sizeof(*shared) - offsetof(struct cokernel_shared, core_state), &state);
	for (;;)
		__asm__ volatile("cli\n\tpause");
}

static uint64_t *guard;

uint64_t guard_fill(uint64_t a, uint64_t b)
{
	const struct enclave_range *first = &boot->ranges[0];

	(void)a;
	(void)b;
	/* the image, and what lies behind it, is at its beginning or at its end */
	guard = (uint64_t *)(boot->image.start == first->start
				     ? first->start + first->size - ENCLAVE_UNIT
				     : first->start);
	for (uint64_t i = 0; i < GUARD_SIZE / sizeof(*guard); i++)
		guard[i] = i * GUARD_PATTERN;
	return (uint64_t)guard;
}

uint64_t guard_verify(uint64_t a, uint64_t b)
{
	uint64_t wrong = stray_interrupts;

	(void)a;
	(void)b;
	for (uint64_t i = 0; i < GUARD_SIZE / sizeof(*guard); i++)
		wrong += guard[i] != i * GUARD_PATTERN;
	for (unsigned i = 1; i < sizeof(interrupt_counts) / sizeof(interrupt_counts[0]); i++)
		wrong += interrupt_counts[i];
	return wrong;
}
