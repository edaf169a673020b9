/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The local APIC, as page or as registers, and the interrupts that come from others (Intel SDM 3A 11). */
#include <lib/arch/x86/cpu.h>
#include "tiny.h"

#define APIC_ID       0x20u
#define APIC_EOI      0xB0u
#define APIC_SPURIOUS 0xF0u
#define APIC_ICR_LOW  0x300u
#define APIC_ICR_HIGH 0x310u
#define ICR_PENDING   (1u << 12)
#define ICR_ASSERT    (1u << 14)
#define SVR_ENABLE    0x100u
#define GATE          UINT64_C(0x8E00)
#define CODE          UINT64_C(8)
#define VECTORS       256
#define STUB_SIZE     16
#define EXCEPTIONS    32
#define SPURIOUS      0xFFu

uint32_t stray_interrupts;
uint32_t interrupt_counts[COKERNEL_VECTOR_LAST - COKERNEL_VECTOR_FIRST + 1];
void interrupt_taken(uint32_t vector);

static uint64_t idt[VECTORS][2] __attribute__((aligned(16)));

static bool is_x2apic(void)
{
	return boot->flags & COKERNEL_X2APIC;
}

static volatile uint32_t *page(uint32_t offset)
{
	return (volatile uint32_t *)((msr_read(MSR_APIC_BASE) & APIC_BASE_ADDRESS) + offset);
}

static void apic_write(uint32_t offset, uint32_t value)
{
	if (is_x2apic())
		msr_write(MSR_X2APIC + offset / 16, value);
	else
		*page(offset) = value;
}

uint32_t apic_id(void)
{
	return is_x2apic() ? (uint32_t)msr_read(MSR_X2APIC + APIC_ID / 16) : *page(APIC_ID) >> 24;
}

void apic_send(uint32_t apic, uint32_t vector)
{
	uint64_t flags = rflags_read();

	if (is_x2apic()) {
		msr_write(MSR_X2APIC + APIC_ICR_LOW / 16,
			  (uint64_t)apic << 32 | ICR_ASSERT | vector);
		return;
	}
	__asm__ volatile("cli");
	while (*page(APIC_ICR_LOW) & ICR_PENDING)
		__builtin_ia32_pause();
	*page(APIC_ICR_HIGH) = apic << 24;
	*page(APIC_ICR_LOW) = ICR_ASSERT | vector;
	if (flags & RFLAGS_IF)
		__asm__ volatile("sti");
}

void interrupt_taken(uint32_t vector)
{
	if (vector < COKERNEL_VECTOR_FIRST || vector > COKERNEL_VECTOR_LAST) {
		__atomic_fetch_add(&stray_interrupts, 1, __ATOMIC_RELAXED);
		if (vector >= EXCEPTIONS)
			apic_write(APIC_EOI, 0);
		return;
	}
	__atomic_fetch_add(&interrupt_counts[vector - COKERNEL_VECTOR_FIRST], 1, __ATOMIC_RELAXED);
	apic_write(APIC_EOI, 0);
	if (vector == COKERNEL_VECTOR_FIRST) {
		uint32_t id = apic_id(), probe = __atomic_load_n(&shared->probe, __ATOMIC_ACQUIRE);

		for (uint32_t i = 0; i < COKERNEL_CORES_MAX; i++)
			if (boot->cores[i].apic_id == id)
				__atomic_store_n(&shared->answer[i], probe, __ATOMIC_RELEASE);
	}
}

void idt_set(uint32_t vector, const char *handler)
{
	uint64_t address = (uint64_t)handler;

	idt[vector][1] = address >> 32;
	idt[vector][0] = (address & 0xFFFF) | CODE << 16 | GATE << 32 |
			 (address >> 16 & 0xFFFF) << 48;
}

void apic_start(void)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} table = {sizeof(idt) - 1, (uint64_t)idt};

	for (uint32_t v = 0; v < VECTORS; v++)
		idt_set(v, interrupt_stubs + v * STUB_SIZE);
	__asm__ volatile("lidt %0" ::"m"(table));
	apic_write(APIC_SPURIOUS, SVR_ENABLE | SPURIOUS);
}

void core_wait(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
}
