/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Cores and memory that come and go while a program runs in the co-kernel: the last core leaves, is stopped and comes again; some memory is
 * wanted back, filled with a pattern, and offered again, with a unit that the co-kernel has; a shared region goes and comes. What does not
 * come is counted.
 */
#include "loader.h"
#include "protect.h"
#include <bulkhead/exchange.h>
#include <bulkhead/types.h>
#include <lib/fmt.h>
#include <lib/ring.h>
#include <string.h>

#define UNITS_MAX    8u
#define PATTERN      0xa5
#define STEP_PERIODS 50u /* ticks between two */

enum stage { OFF, IDLE, CORE_LEAVES, CORE_COMES, UNITS_WANTED, UNITS_OFFERED, REGION_GOES };

static struct ring up, down;
static struct enclave *enclave;
static unsigned cores, ticks;
static enum stage stage;
static uint64_t units[UNITS_MAX], kept;
/* when memory began to come; the least that its coming took */
static uint64_t exits_before, commands_before, exits_least = UINT64_MAX, commands_all;
static unsigned unit_count, units_open;
static _Alignas(4096) uint8_t shared_bytes[64 * 1024];
static unsigned regions_moved;
static unsigned cores_moved, cores_refused, units_moved, units_refused;

void exercise_start(struct enclave *of, unsigned count)
{
	struct exchange_region *region = (struct exchange_region *)(shared.streams +
								    EXCHANGE_OFFSET);

	enclave = of;
	cores = count;
	ring_init_consumer(&up, &region->up, region->up_data, EXCHANGE_RING_SIZE);
	ring_init_producer(&down, &region->down, region->down_data, EXCHANGE_RING_SIZE);
	stage = IDLE;
	memset(shared_bytes, 'r', sizeof(shared_bytes));
	machine_tick();
}

static void tell(uint32_t kind, uint32_t value, uint64_t address)
{
	struct exchange_message message = {kind, value, address};

	if (ring_write(&down, &message, sizeof(message)) != sizeof(message))
		fail("the exchange ring is full");
	machine_send(enclave->boot->cores[0].apic_id, COKERNEL_VECTOR_FIRST);
}

static uint32_t last_state(void)
{
	return __atomic_load_n(&shared.core_state[cores - 1], __ATOMIC_ACQUIRE);
}

/* /dev/region/exercise, of two pieces */
static void region_comes(void)
{
	struct cokernel_region *slot = &shared.regions[0];

	*slot = (struct cokernel_region){.id = 1, .extent_count = 2, .name = "exercise"};
	slot->extents[0] = (struct enclave_blob){(uint64_t)shared_bytes, 4096};
	slot->extents[1] = (struct enclave_blob){(uint64_t)shared_bytes + 4096,
						 sizeof(shared_bytes) - 4096};
	protect_map((uint64_t)shared_bytes, sizeof(shared_bytes));
	tell(EXCHANGE_REGION_COMES, 0, 0);
}

static void begin(void)
{
	static unsigned turn;

	turn++;
	if (turn % 3 == 1) {
		stage = REGION_GOES;
		if (shared.regions[0].id)
			tell(EXCHANGE_REGION_GOES, 0, 0);
		else
			region_comes();
	} else if (turn % 3 == 2 || cores == 1) {
		unit_count = 0;
		units_open = UNITS_MAX;
		stage = UNITS_WANTED;
		tell(EXCHANGE_WANT, UNITS_MAX, 0);
	} else {
		stage = CORE_LEAVES;
		tell(EXCHANGE_CORE_LEAVES, cores - 1, 0);
	}
}

static void core_start_again(void)
{
	uint32_t apic_id = enclave->boot->cores[cores - 1].apic_id;

	if (last_state() != COKERNEL_CORE_DOWN)
		fail("a core that has left is not down");
	machine_park_core(apic_id);
	shared.core_state[cores - 1] = COKERNEL_CORE_AWAY;
	tell(EXCHANGE_CORE_COMES, cores - 1, 0);
	machine_start_core(enclave, apic_id, cores - 1);
	stage = CORE_COMES;
}

static bool is_away(uint64_t address)
{
	for (unsigned i = 0; i < unit_count; i++) {
		if (units[i] == address)
			return true;
	}
	return false;
}

/* the last that the co-kernel has */
static uint64_t unit_kept(void)
{
	const struct enclave_range *range = &enclave->boot->ranges[0];
	uint64_t address = ALIGN_DOWN(range->start + range->size, SIZE_2M) - SIZE_2M;

	while (is_away(address))
		address -= SIZE_2M;
	return address;
}

static void units_offer(void)
{
	exits_before = protect_exits();
	commands_before = protect_commands();
	kept = unit_kept();
	tell(EXCHANGE_OFFER, 0, kept);
	units_open = unit_count;
	stage = unit_count ? UNITS_OFFERED : IDLE;
	for (unsigned i = 0; i < unit_count; i++) {
		memset((void *)units[i], PATTERN, SIZE_2M);
		protect_map(units[i], SIZE_2M);
		tell(EXCHANGE_OFFER, 0, units[i]);
	}
}

static void units_came(void)
{
	uint64_t exits = protect_exits() - exits_before;

	/* those of a program that begins just then are not its */
	exits_least = exits < exits_least ? exits : exits_least;
	commands_all += protect_commands() - commands_before;
	stage = IDLE;
}

static void answered(const struct exchange_message *message)
{
	switch (message->kind) {
	case EXCHANGE_RELEASED:
		protect_unmap(message->address, SIZE_2M);
		units[unit_count++ % UNITS_MAX] = message->address;
		units_open--;
		break;
	case EXCHANGE_NO_MORE:
		units_refused += message->value;
		units_open -= message->value;
		break;
	case EXCHANGE_ACCEPTED:
	case EXCHANGE_REFUSED:
		if (message->address == kept) {
			if (message->kind == EXCHANGE_ACCEPTED)
				fail("memory that it has is taken again");
			break;
		}
		units_moved += message->kind == EXCHANGE_ACCEPTED;
		units_refused += message->kind == EXCHANGE_REFUSED;
		units_open--;
		break;
	case EXCHANGE_CORE_LEFT:
		core_start_again();
		break;
	case EXCHANGE_REGION_LEFT:
		protect_unmap((uint64_t)shared_bytes, sizeof(shared_bytes));
		region_comes();
		break;
	case EXCHANGE_REGION_TAKEN:
		regions_moved++;
		stage = IDLE;
		break;
	case EXCHANGE_REGION_REFUSED:
		fail("the region is refused");
	case EXCHANGE_CORE_STAYS:
		cores_refused++;
		stage = IDLE;
		break;
	}
}

bool exercise_step(void)
{
	struct exchange_message message;

	if (stage == OFF)
		return false;
	if (ring_read(&up, &message, sizeof(message)) == sizeof(message)) {
		answered(&message);
		return true;
	}
	if (stage == UNITS_WANTED && units_open == 0)
		units_offer();
	else if (stage == UNITS_OFFERED && units_open == 0)
		units_came();
	else if (stage == CORE_COMES && last_state() == COKERNEL_CORE_UP)
		cores_moved++, stage = IDLE;
	else if (stage == IDLE && ++ticks % STEP_PERIODS == 0)
		begin();
	return false;
}

void exercise_report(void)
{
	char line[128];

	if (stage == OFF)
		return;
	fmt_print(
		line, sizeof(line),
		"exercise: %u cores, %u units and %u regions went and came, %u and %u were refused, '%c'\n",
		cores_moved, units_moved, regions_moved, cores_refused, units_refused,
		shared_bytes[0]);
	serial_put(0, line, strlen(line));
	fmt_print(line, sizeof(line), "exercise: memory came with %lu exits and %lu commands\n",
		  exits_least, commands_all);
	serial_put(0, line, strlen(line));
}
