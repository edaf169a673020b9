/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the tiny co-kernel does, by the first word of its parameters:
 *   off: core 0 ends it when all cores are up     hang: all stop with interrupts off       serve: serve.c
 *   panic: core 0 gives up, with a report         fill: as off, all memory filled before   storm: writes nonsense where Linux reads
 *   state: says what it finds when it enters
 *   attack: does what it may not, attack.c: one thing, or some with semicolons between
 *   cost: says what exits cost, cost.c
 */
#include <lib/arch/x86/cpu.h>
#include <lib/fmt.h>
#include <lib/string.h>
#include "tiny.h"

#define PAGE_FLAGS  0x3u  /* present, writable */
#define LARGE_FLAGS 0x83u /* 1 GiB */
#define TABLE_SIZE  512
#define FILL_PAGE   4096u

struct cokernel_boot *boot;
struct cokernel_shared *shared;
static uint32_t log_lock;
/* the low 512 GiB to themselves, for cores that have left the tables they began with */
static uint64_t root[TABLE_SIZE] __attribute__((aligned(4096)));
static uint64_t gigabytes[TABLE_SIZE] __attribute__((aligned(4096)));

static void log_put(const char *text, size_t size)
{
	struct bh_log *log = (struct bh_log *)shared->log;
	uint64_t at = log->written;

	for (size_t i = 0; i < size; i++)
		log->text[(at + i) % log->size] = text[i];
	__atomic_store_n(&log->written, at + size, __ATOMIC_RELEASE);
}

void say(const char *format, ...)
{
	char line[160];
	va_list arguments;
	size_t size;

	va_start(arguments, format);
	size = fmt_vprint(line, sizeof(line), format, arguments);
	va_end(arguments);
	size = size < sizeof(line) ? size : sizeof(line) - 1;
	while (__atomic_exchange_n(&log_lock, 1, __ATOMIC_ACQUIRE))
		__builtin_ia32_pause();
	log_put(line, size);
	__atomic_store_n(&log_lock, 0, __ATOMIC_RELEASE);
}

void linux_ring(void)
{
	uint32_t vector = __atomic_load_n(&shared->doorbell_vector, __ATOMIC_ACQUIRE);
	uint32_t apic = __atomic_load_n(&shared->doorbell_apic, __ATOMIC_ACQUIRE);

	if (vector)
		apic_send(apic, vector);
}

void core_down(uint32_t index)
{
	__atomic_store_n(&shared->core_state[index], COKERNEL_CORE_DOWN, __ATOMIC_RELEASE);
	linux_ring();
	for (;;)
		__asm__ volatile("cli\n\thlt");
}

static void end(uint32_t how)
{
	__atomic_store_n(&shared->end, how, __ATOMIC_RELEASE);
	linux_ring();
}

static void leave_first_tables(void)
{
	for (uint64_t i = 0; i < TABLE_SIZE; i++)
		gigabytes[i] = i << 30 | LARGE_FLAGS;
	root[0] = (uint64_t)gigabytes | PAGE_FLAGS;
	cr3_write((uint64_t)root);
}

static bool does(const char *word)
{
	return strncmp(boot->parameters, word, strlen(word)) == 0;
}

static void wait_for_all(void)
{
	for (uint32_t i = 0; i < boot->core_count; i++)
		while (__atomic_load_n(&shared->core_state[i], __ATOMIC_ACQUIRE) < COKERNEL_CORE_UP)
			__builtin_ia32_pause();
}

static void describe(void)
{
	const struct cokernel_core *core = &boot->cores[0];
	uint64_t memory = 0;

	for (uint32_t i = 0; i < boot->range_count; i++)
		memory += boot->ranges[i].size;
	say("tiny: enclave %u, %u cores, %lu MiB in %u pieces, %u nodes, first core on cpu %u node %u, tsc %lu kHz\n",
	    boot->enclave, boot->core_count, memory >> 20, boot->range_count, boot->node_count,
	    core->linux_cpu, core->node, boot->tsc_khz);
	say("tiny: ramdisk %lu bytes, first %c, memory behind the image %s\n", boot->ramdisk.size,
	    boot->ramdisk.size ? *(const char *)boot->ramdisk.start : '-',
	    boot->magic == COKERNEL_BOOT_MAGIC && boot->size == sizeof(*boot) ? "fits"
									      : "does not fit");
}

static bool is_needed(uint64_t address)
{
	return (address >= boot->image.start && address < boot->image.start + boot->image.size) ||
	       (address >= boot->early.start && address < boot->early.start + boot->early.size);
}

/* Leaves traces in all of its memory that it does not need itself. */
static void fill(void)
{
	for (uint32_t i = 0; i < boot->range_count; i++) {
		const struct enclave_range *range = &boot->ranges[i];

		for (uint64_t at = range->start; at < range->start + range->size; at += FILL_PAGE)
			if (!is_needed(at))
				memset((void *)at, TINY_PATTERN, FILL_PAGE);
		say("tiny: filled %lx to %lx\n", range->start, range->start + range->size);
	}
}

static void storm(void)
{
	uint32_t *word = (uint32_t *)shared->streams, value = 1;

	for (;;) {
		for (size_t i = 0; i < STREAM_UP_OFFSET / sizeof(*word); i++) {
			value = value * 1664525u + 1013904223u;
			word[i] = value;
		}
		((struct bh_log *)shared->log)->written = value;
		((struct bh_log *)shared->log)->size = value;
		linux_ring();
	}
}

static void attack_all(const char *words)
{
	while (*words) {
		char one[64];
		size_t size = 0;

		for (; *words && *words != ';'; words++)
			if (size < sizeof(one) - 1)
				one[size++] = *words;
		one[size] = 0;
		words += *words == ';';
		(void)attack(one);
	}
}

static void first_core(void)
{
	describe();
	if (does("hang"))
		return;
	if (does("serve")) {
		serve();
		end(COKERNEL_OFF);
	} else if (does("attack ")) {
		attack_all(boot->parameters + strlen("attack "));
		end(COKERNEL_OFF);
	} else if (does("cost ")) {
		cost(boot->parameters + strlen("cost "));
		end(COKERNEL_OFF);
	} else if (does("storm")) {
		storm();
	} else if (does("panic")) {
		fmt_print(shared->report, sizeof(shared->report), "tiny: panic as asked for");
		end(COKERNEL_PANIC);
	} else {
		if (does("fill"))
			fill();
		wait_for_all();
		say("tiny: all cores are up\n");
		end(COKERNEL_OFF);
	}
}

void tiny_main(struct cokernel_boot *parameters, uint32_t index);

void tiny_main(struct cokernel_boot *parameters, uint32_t index)
{
	if (index == 0) {
		boot = parameters;
		shared = (struct cokernel_shared *)boot->shared.start;
	} else {
		while (!__atomic_load_n(&shared, __ATOMIC_ACQUIRE))
			__builtin_ia32_pause();
	}
	if (index == 0 && does("state"))
		state_say();
	if (index == 0)
		tables_say();
	leave_first_tables();
	apic_start();
	while (index != 0 && is_held())
		__builtin_ia32_pause();
	say("tiny: core %u, apic %u\n", index, apic_id());
	__atomic_store_n(&shared->core_state[index], COKERNEL_CORE_UP, __ATOMIC_RELEASE);
	linux_ring();
	if (index == 0)
		first_core();
	else if (does("serve"))
		serve_others(index);
	if (does("hang"))
		for (;;)
			__asm__ volatile("cli\n\tpause");
	core_down(index);
}
