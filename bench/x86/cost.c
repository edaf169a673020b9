/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The controller's part of what protection costs (tests/guest/x86/tiny/cost.c has the co-kernel's): commands, and tables that change. All
 * addresses are beyond the machine's memory, where nothing is: only tables are needed to map it. The time-stamp counter counts the instructions
 * of all processors; those that wait execute none. A line each: "cost NAME TIMES TICKS 0".
 */
#include "loader.h"
#include "measure.h"
#include "protect.h"
#include <bulkhead/types.h>
#include <bulkhead/vcpu.h>
#include <lib/arch/x86/cpu.h>
#include <lib/fmt.h>
#include <string.h>

#define COST_VECTOR   0x44u
#define COST_REGISTER 15 /* r15: the counter just before the tiny co-kernel went too far */
#define TIMES         100u
#define UNITS         512u
#define FAR           (64 * SIZE_1G)
#define LINE          96

extern char cost_entry[];
extern uint32_t cost_count;

static uint32_t core_apic, cores, asked;
static bool is_on;

void cost_start(const struct enclave *enclave)
{
	is_on = true;
	core_apic = enclave->boot->cores[0].apic_id;
	cores = enclave->boot->core_count;
	shared.targets[0] = (struct cokernel_target){machine_apic_id(), COST_VECTOR, 1, 0};
	machine_vector(COST_VECTOR, cost_entry);
}

static void cost_say(const char *name, uint64_t size, uint64_t times, uint64_t ticks)
{
	char line[LINE];

	fmt_print(line, sizeof(line), "cost %s_%lu %lu %lu 0\n", name, size, times, ticks);
	serial_put(0, line, strlen(line));
}

/* The first time is warm-up. */
static void command_measure(const char *name, enum vcpu_command_kind kind, unsigned of_cores)
{
	uint64_t ticks = 0;

	for (unsigned i = 0; i <= TIMES; i++) {
		uint64_t start = tsc_read();

		protect_command(of_cores, kind);
		ticks += i ? tsc_read() - start : 0;
	}
	cost_say(name, of_cores, TIMES, ticks);
}

/* What is left mapped beside it keeps the tables on the way. */
static void size_measure(uint64_t at, uint64_t size, uint64_t neighbour)
{
	uint64_t start, mapped = 0, unmapped = 0;

	protect_map(at + 2 * size, neighbour);
	for (unsigned i = 0; i <= TIMES; i++) {
		start = tsc_read();
		protect_map(at, size);
		mapped += i ? tsc_read() - start : 0;
		start = tsc_read();
		protect_unmap(at, size);
		unmapped += i ? tsc_read() - start : 0;
	}
	cost_say("map", size, TIMES, mapped);
	cost_say("unmap", size, TIMES, unmapped);
	protect_unmap(at + 2 * size, neighbour);
}

/* All units of a block but one, that one, and out again. */
static void growth_measure(uint64_t at)
{
	uint64_t start = tsc_read(), last = at + (UNITS - 1) * SIZE_2M, now;
	struct pt_leaf leaf;

	for (uint64_t unit = at; unit < last; unit += SIZE_2M)
		protect_map(unit, SIZE_2M);
	now = tsc_read();
	cost_say("grow", SIZE_2M, UNITS - 1, now - start);
	protect_map(last, SIZE_2M);
	cost_say("join", SIZE_1G, 1, tsc_read() - now);
	if (!pt_lookup(protect_tables(), at, &leaf) || leaf.size != SIZE_1G)
		fail("units do not become a block");
	start = tsc_read();
	protect_unmap(at + 7 * SIZE_2M, SIZE_2M);
	cost_say("split", SIZE_1G, 1, tsc_read() - start);
	if (!pt_lookup(protect_tables(), at, &leaf) || leaf.size != SIZE_2M)
		fail("a block stays one");
	protect_unmap(at, SIZE_1G);
}

static void measure(void)
{
	uint64_t commands;

	command_measure("flush", VCPU_COMMAND_FLUSH, 1);
	command_measure("reload", VCPU_COMMAND_RELOAD, 1);
	command_measure("report", VCPU_COMMAND_REPORT, 1);
	if (cores > 1) {
		command_measure("flush", VCPU_COMMAND_FLUSH, cores);
		return;
	}
	size_measure(FAR, PAGE_SIZE, PAGE_SIZE);
	size_measure(2 * FAR, SIZE_2M, SIZE_2M);
	size_measure(3 * FAR, SIZE_1G, SIZE_1G);
	size_measure(4 * FAR, 16 * SIZE_1G, SIZE_1G);
	commands = protect_commands();
	protect_map(6 * FAR, SIZE_1G);
	if (protect_commands() != commands)
		fail("growing takes a command");
	growth_measure(5 * FAR);
}

void cost_fault(const struct vcpu_fault *fault)
{
	if (is_on)
		cost_say("recorded", fault->cause, 1, fault->tsc - fault->r[COST_REGISTER]);
}

bool cost_step(void)
{
	if (!is_on || asked == __atomic_load_n(&cost_count, __ATOMIC_RELAXED))
		return false;
	asked = cost_count;
	if (protect_tables()->format)
		measure();
	machine_send(core_apic, MEASURE_ECHO_BACK);
	return true;
}
