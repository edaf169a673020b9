/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The emulated PC, as far as the loader needs it: two serial lines (the second by interrupt), the local APIC, starting a processor, the
 * frequency of the time-stamp counter by channel 2 of the timer, and the emulator's exit device.
 */
#include "loader.h"
#include "protect.h"
#include <lib/arch/x86/cpu.h>
#include <string.h>

#define APIC             UINT64_C(0xfee00000)
#define APIC_ID          (APIC + 0x20)
#define APIC_SPURIOUS    (APIC + 0xf0)
#define APIC_ICR         (APIC + 0x300)
#define APIC_ICR_HIGH    (APIC + 0x310)
#define APIC_LVT_TIMER   (APIC + 0x320)
#define APIC_TIMER_START (APIC + 0x380)
#define APIC_DIVIDE      (APIC + 0x3e0)
#define LVT_PERIODIC     0x20000u
#define TICK_VECTOR      0x41u
#define TICK_COUNT       62500u /* of 16 ns each, on the emulator */
#define ICR_PENDING      0x1000u
#define ICR_INIT         0x4500u
#define ICR_STARTUP      0x4600u

#define TRAMPOLINE      UINT64_C(0x8000)
#define EXIT_PORT       0xf4u
#define BOCHS_EXIT_PORT 0x8900u
#define SERIAL_IRQ      3u /* of the second line */
#define PIC_VECTOR      0x20u
#define VECTORS         256u

#define PIT_HZ     1193182u
#define MEASURE_MS 20u

struct gate {
	uint16_t offset_low, selector, flags, offset_middle;
	uint32_t offset_high, zero;
};

static struct gate idt[VECTORS];
extern char trampoline[], trampoline_end[], interrupt_entry[];
extern uint64_t trampoline_cr3, trampoline_boot, trampoline_index, trampoline_entry,
	trampoline_state, trampoline_tsc, trampoline_apic_mode, trampoline_under, trampoline_gdt;

static void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static uint16_t serial_port(unsigned line)
{
	return line ? 0x2f8 : 0x3f8;
}

void serial_put(unsigned line, const void *data, size_t size)
{
	uint16_t port = serial_port(line);
	const uint8_t *from = data;

	for (; size > 0; size--) {
		while (!(in8((uint16_t)(port + 5)) & 0x20))
			cpu_relax();
		out8(port, *from++);
	}
}

size_t serial_get(unsigned line, void *to, size_t size)
{
	uint16_t port = serial_port(line);
	uint8_t *bytes = to;
	size_t got = 0;

	for (; got < size && in8((uint16_t)(port + 5)) & 1; got++)
		bytes[got] = in8(port);
	return got;
}

static void serial_init(unsigned line)
{
	uint16_t port = serial_port(line);

	out8((uint16_t)(port + 3), 3); /* 8 bits */
	out8((uint16_t)(port + 2), 1); /* FIFO, a byte at a time wakes */
	out8((uint16_t)(port + 4), 0xb);
	out8((uint16_t)(port + 1), line ? 1 : 0);
}

void machine_vector(uint32_t vector, const char *entry)
{
	uint64_t address = (uint64_t)entry;

	idt[vector] = (struct gate){(uint16_t)address, 8, 0x8e00, (uint16_t)(address >> 16), 0, 0};
}

static void interrupts_init(void)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} idtr = {sizeof(idt) - 1, (uint64_t)idt};

	for (unsigned i = 32; i < VECTORS; i++)
		machine_vector(i, interrupt_entry);
	__asm__ volatile("lidt %0" ::"m"(idtr));
	out8(0x20, 0x11);
	out8(0x21, PIC_VECTOR);
	out8(0x21, 4);
	out8(0x21, 3); /* ends its interrupts by itself */
	out8(0xa1, 0xff);
	out8(0x21, (uint8_t) ~(1u << SERIAL_IRQ));
	mmio_write32(APIC_SPURIOUS, 0x1ff);
}

void machine_init(void)
{
	serial_init(0);
	serial_init(1);
	interrupts_init();
}

uint64_t machine_tsc_khz(void)
{
	uint16_t count = PIT_HZ / 1000 * MEASURE_MS;
	uint64_t start;

	out8(0x61, (uint8_t)((in8(0x61) & ~2u) | 1));
	out8(0x43, 0xb0); /* channel 2, count down once */
	out8(0x42, (uint8_t)count);
	out8(0x42, (uint8_t)(count >> 8));
	start = tsc_read();
	while (!(in8(0x61) & 0x20))
		cpu_relax();
	return (tsc_read() - start) / MEASURE_MS;
}

uint32_t machine_apic_id(void)
{
	return mmio_read32(APIC_ID) >> 24;
}

static void icr_send(uint32_t apic_id, uint32_t value)
{
	while (mmio_read32(APIC_ICR) & ICR_PENDING)
		cpu_relax();
	mmio_write32(APIC_ICR_HIGH, apic_id << 24);
	mmio_write32(APIC_ICR, value);
}

void machine_send(uint32_t apic_id, uint32_t vector)
{
	icr_send(apic_id, vector);
}

static void trampoline_set(const struct enclave *enclave, uint32_t index)
{
	trampoline_cr3 = enclave->cr3;
	trampoline_gdt = enclave->gdt;
	trampoline_boot = (uint64_t)enclave->boot;
	trampoline_index = index;
	trampoline_under = 0;
	trampoline_entry = protect_core(enclave, index, &trampoline_under);
	if (!trampoline_entry)
		trampoline_entry = enclave->entry;
	trampoline_state = (uint64_t)&shared.core_state[index];
	trampoline_apic_mode = enclave->x2apic ? APIC_BASE_X2APIC : 0;
	memcpy((void *)TRAMPOLINE, trampoline, (size_t)(trampoline_end - trampoline));
}

static void pause_us(unsigned us)
{
	for (unsigned i = 0; i < us; i++) {
		in8(0x80); /* about a microsecond on a PC's bus */
		cpu_relax(); /* an emulator that counts instructions executes another processor here */
	}
}

/* Returns when the core has left the trampoline. One whose INIT is still pending drops the first start. */
void machine_start_core(const struct enclave *enclave, uint32_t apic_id, uint32_t index)
{
	trampoline_set(enclave, index);
	icr_send(apic_id, ICR_INIT);
	pause_us(10000);
	do {
		icr_send(apic_id, ICR_STARTUP | TRAMPOLINE >> 12);
		pause_us(10000);
	} while (__atomic_load_n(&shared.core_state[index], __ATOMIC_ACQUIRE) ==
		 COKERNEL_CORE_AWAY);
}

uint64_t machine_core_entered(void)
{
	return *(const uint64_t *)(TRAMPOLINE + ((uint64_t)&trampoline_tsc - (uint64_t)trampoline));
}

/* by INIT, after which it waits for a start */
void machine_park_core(uint32_t apic_id)
{
	icr_send(apic_id, ICR_INIT);
	pause_us(10000);
}

void machine_tick(void)
{
	mmio_write32(APIC_DIVIDE, 3);
	mmio_write32(APIC_LVT_TIMER, LVT_PERIODIC | TICK_VECTOR);
	mmio_write32(APIC_TIMER_START, TICK_COUNT);
}

void machine_wait(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
}

_Noreturn void machine_exit(unsigned code)
{
	for (unsigned line = 0; line < 2; line++)
		while (!(in8((uint16_t)(serial_port(line) + 5)) & 0x40)) /* what is on its way */
			cpu_relax();
	__asm__ volatile("outl %0, %1" ::"a"(code), "Nd"((uint16_t)EXIT_PORT));
	for (const char *word = "Shutdown"; *word; word++)
		out8(BOCHS_EXIT_PORT, (uint8_t)*word);
	for (;;)
		__asm__ volatile("cli\n\thlt");
}

void fail(const char *text)
{
	serial_put(0, "loader: ", 8);
	serial_put(0, text, strlen(text));
	serial_put(0, "\n", 1);
	machine_exit(3);
}
