/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A machine without Linux for a co-kernel: this program on the first processor does what Linux's module would (docs/boot-x86.md), the
 * co-kernel has the others. The log goes to the first serial line, the stream region's frames to and from the second. While nothing
 * happens the processor sleeps, so that it executes nothing beside what is measured.
 */
#include "loader.h"
#include "protect.h"
#include <bulkhead/types.h>
#include <lib/arch/x86/cpu.h>
#include <lib/ring.h>
#include <string.h>

#define MULTIBOOT_MODULES 8u
#define MULTIBOOT_MAP     64u
#define MEMORY_USABLE     1u
#define LOG_TEXT_SIZE     32768u

struct multiboot {
	uint32_t flags, memory[2], boot_device, command_line;
	uint32_t module_count, modules;
	uint32_t symbols[4];
	uint32_t map_size, map;
};

struct __attribute__((packed)) map_entry {
	uint32_t size; /* of the rest */
	uint64_t base, length;
	uint32_t type;
};

_Alignas(4096) struct cokernel_shared shared;

static struct ring up, down;
static uint64_t log_read;

void loader_main(const struct multiboot *multiboot);

/* end of the memory in which the modules lie */
static uint64_t memory_top(const struct multiboot *multiboot, uint64_t address)
{
	uint64_t at = multiboot->map;

	while (at < multiboot->map + multiboot->map_size) {
		const struct map_entry *entry = (const struct map_entry *)at;

		if (entry->type == MEMORY_USABLE && address >= entry->base &&
		    address < entry->base + entry->length)
			return entry->base + entry->length;
		at += entry->size + sizeof(entry->size);
	}
	return 0;
}

static void shared_init(void)
{
	struct stream_region *region = (struct stream_region *)shared.streams;
	struct bh_log *log = (struct bh_log *)shared.log;

	log->size = LOG_TEXT_SIZE;
	log->magic = BH_LOG_MAGIC;
	ring_init_consumer(&up, &region->up, shared.streams + STREAM_UP_OFFSET, STREAM_UP_SIZE);
	ring_init_producer(&down, &region->down, shared.streams + STREAM_DOWN_OFFSET,
			   STREAM_DOWN_SIZE);
	shared.doorbell_apic = machine_apic_id();
	shared.doorbell_vector = DOORBELL_VECTOR;
}

static bool log_pass(void)
{
	const struct bh_log *log = (const struct bh_log *)shared.log;
	uint64_t written = __atomic_load_n(&log->written, __ATOMIC_ACQUIRE);
	bool any = log_read < written;

	for (; log_read < written; log_read++)
		serial_put(0, &log->text[log_read % LOG_TEXT_SIZE], 1);
	return any;
}

static bool frames_pass_up(uint32_t core_apic)
{
	char piece[512];
	int64_t got = ring_read(&up, piece, sizeof(piece));

	if (got < 0)
		fail("the ring makes no sense");
	if (got == 0)
		return false;
	serial_put(1, piece, (size_t)got);
	machine_send(core_apic, COKERNEL_VECTOR_FIRST);
	return true;
}

static bool frames_pass_down(uint32_t core_apic)
{
	char piece[16];
	size_t got;

	if (ring_space(&down) < (int64_t)sizeof(piece))
		return false;
	got = serial_get(1, piece, sizeof(piece));
	if (got == 0)
		return false;
	ring_write(&down, piece, got);
	machine_send(core_apic, COKERNEL_VECTOR_FIRST);
	return true;
}

static void control(uint32_t core_apic)
{
	for (;;) {
		uint32_t end = __atomic_load_n(&shared.end, __ATOMIC_ACQUIRE);
		bool any;

		protect_heard();
		any = log_pass();

		any |= frames_pass_up(core_apic);
		any |= frames_pass_down(core_apic);
		any |= exercise_step();
		any |= measure_step();
		any |= cost_step();
		if (any)
			continue;
		if (end != COKERNEL_LIVES || protect_has_ended())
			break;
		machine_wait();
	}
}

/* what the enclave has not, behind it */
static struct enclave_blob enclave_rest(const struct enclave *enclave, uint64_t top)
{
	const struct cokernel_boot *boot = enclave->boot;
	const struct enclave_range *last = &boot->ranges[boot->range_count - 1];

	return (struct enclave_blob){last->start + last->size, top - last->start - last->size};
}

void loader_main(const struct multiboot *multiboot)
{
	const uint32_t *modules = (const uint32_t *)(uint64_t)multiboot->modules;
	struct options options;
	struct enclave enclave;
	uint64_t top, making, made;

	machine_init();
	if (!(multiboot->flags & MULTIBOOT_MODULES) || multiboot->module_count < 2 ||
	    !(multiboot->flags & MULTIBOOT_MAP))
		fail("wants an image and a ramdisk as modules");
	options_read((const char *)(uint64_t)multiboot->command_line, &options);
	shared_init();
	top = memory_top(multiboot, modules[0]);
	options.tsc_khz = machine_tsc_khz();
	if (options.isolation && multiboot->module_count > 2)
		protect_begin(&options, modules + 8);
	making = tsc_read();
	enclave = enclave_make(&options, modules, top);
	protect_enclave(enclave.boot);
	made = tsc_read();
	if (options.measure)
		measure_start(&enclave, enclave_rest(&enclave, top));
	if (options.costs)
		cost_start(&enclave);
	for (uint32_t i = 0; i < options.cores; i++)
		machine_start_core(&enclave, enclave.boot->cores[i].apic_id, i);
	if (options.exercise)
		exercise_start(&enclave, options.cores);
	control(enclave.boot->cores[0].apic_id);
	exercise_report();
	measure_report(making, made);
	protect_report();
	if (shared.end == COKERNEL_LIVES)
		machine_exit(2);
	if (shared.end == COKERNEL_PANIC)
		serial_put(0, shared.report, strlen(shared.report));
	machine_exit(shared.end == COKERNEL_OFF ? 0 : 1);
}
