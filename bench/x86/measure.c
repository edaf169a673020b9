/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The host's part in make bench: answers what the program bench/cokernel asks, and counts what it does itself: messages by the control
 * ring and shared regions that come and go, with the time-stamp counter, which counts the instructions of both processors. While one of
 * them works the other one waits. What was counted is said when the co-kernel has ended.
 */
#include "loader.h"
#include "measure.h"
#include "protect.h"
#include <bulkhead/exchange.h>
#include <bulkhead/types.h>
#include <lib/arch/x86/cpu.h>
#include <lib/fmt.h>
#include <lib/ring.h>
#include <string.h>

#define ECHO_VECTOR    0x42u
#define REGIONS_VECTOR 0x43u
#define SLOT           0u
#define MESSAGES       100u
#define NO_UNIT        1u /* an offer that every co-kernel refuses */

extern char echo_entry[], regions_entry[];
extern uint32_t echo_count, regions_count;

static const uint64_t sizes[] = {PAGE_SIZE,    16 * PAGE_SIZE, 256 * PAGE_SIZE, SIZE_2M,
				 16 * SIZE_2M, 64 * SIZE_2M,   256 * SIZE_2M,   SIZE_1G};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static struct ring up, down;
static uint32_t core_apic;
static struct enclave_blob rest; /* memory that is nobody's */
static uint32_t echos, regions;
static bool is_on;
static uint64_t offers, attached[SIZES], detached[SIZES];

void measure_start(const struct enclave *enclave, struct enclave_blob free)
{
	struct exchange_region *region = (struct exchange_region *)(shared.streams +
								    EXCHANGE_OFFSET);

	is_on = true;
	core_apic = enclave->boot->cores[0].apic_id;
	rest = free;
	ring_init_consumer(&up, &region->up, region->up_data, EXCHANGE_RING_SIZE);
	ring_init_producer(&down, &region->down, region->down_data, EXCHANGE_RING_SIZE);
	shared.targets[0] = (struct cokernel_target){machine_apic_id(), ECHO_VECTOR, MEASURE_ECHO,
						     0};
	shared.targets[1] = (struct cokernel_target){machine_apic_id(), REGIONS_VECTOR,
						     MEASURE_REGIONS, 0};
	shared.targets[2] = (struct cokernel_target){core_apic, MEASURE_OWN_BACK, MEASURE_OWN, 0};
	machine_vector(ECHO_VECTOR, echo_entry);
	machine_vector(REGIONS_VECTOR, regions_entry);
}

static void tell(uint32_t kind, uint32_t value, uint64_t address)
{
	struct exchange_message message = {kind, value, address};

	if (ring_write(&down, &message, sizeof(message)) != sizeof(message))
		fail("the exchange ring is full");
	machine_send(core_apic, COKERNEL_VECTOR_FIRST);
}

/* a message and its answer: instructions */
static uint64_t ask(uint32_t kind, uint32_t value, uint64_t address, uint32_t expected)
{
	struct exchange_message message;
	uint64_t start = tsc_read();

	tell(kind, value, address);
	while (ring_read(&up, &message, sizeof(message)) != sizeof(message))
		machine_wait();
	if (message.kind != expected)
		fail("the co-kernel gives another answer");
	return tsc_read() - start;
}

static void region_measure(unsigned size, bool is_counted)
{
	struct cokernel_region *slot = &shared.regions[SLOT];
	uint64_t in, out;

	if (sizes[size] > rest.size)
		fail("no memory for regions");
	*slot = (struct cokernel_region){.id = 1, .extent_count = 1, .name = "measured"};
	slot->extents[0] = (struct enclave_blob){rest.start, sizes[size]};
	in = ask(EXCHANGE_REGION_COMES, SLOT, 0, EXCHANGE_REGION_TAKEN);
	out = ask(EXCHANGE_REGION_GOES, SLOT, 0, EXCHANGE_REGION_LEFT);
	slot->id = 0;
	if (is_counted)
		attached[size] = in, detached[size] = out;
}

/* The first time each way is warm-up: the tables that a region needs stay. */
static void regions_measure(void)
{
	for (unsigned i = 0; i <= MESSAGES; i++) {
		uint64_t ticks = ask(EXCHANGE_OFFER, 0, NO_UNIT, EXCHANGE_REFUSED);

		offers += i ? ticks : 0;
	}
	for (unsigned i = 0; i < SIZES; i++)
		region_measure(i, false);
	for (unsigned i = 0; i < SIZES; i++)
		region_measure(i, true);
}

/* There is no vector to be had, so that a question changes nothing. */
static bool question_answer(void)
{
	struct exchange_message message;

	if (ring_read(&up, &message, sizeof(message)) != sizeof(message))
		return false;
	if (message.kind != EXCHANGE_VECTOR_WANT)
		fail("the co-kernel asks for something else");
	tell(EXCHANGE_VECTOR_IS, 0, 0);
	return true;
}

bool measure_step(void)
{
	if (!is_on)
		return false;
	if (echos != __atomic_load_n(&echo_count, __ATOMIC_RELAXED)) {
		echos = echo_count;
		machine_send(core_apic, MEASURE_ECHO_BACK);
		return true;
	}
	if (regions != __atomic_load_n(&regions_count, __ATOMIC_RELAXED)) {
		regions = regions_count;
		regions_measure();
		machine_send(core_apic, MEASURE_REGIONS_BACK);
		return true;
	}
	return question_answer();
}

static void line_put(const char *name, uint64_t size, uint64_t operations, uint64_t ticks)
{
	char line[128];

	fmt_print(line, sizeof(line), "cost %s_%lu %lu %lu 0\n", name, size, operations, ticks);
	serial_put(0, line, strlen(line));
}

void measure_report(uint64_t making, uint64_t made)
{
	char line[160];

	if (!is_on)
		return;
	fmt_print(line, sizeof(line),
		  "counter making %lu\ncounter made %lu\ncounter areas %lu\ncounter entered %lu\n",
		  making, made, protect_areas_ticks(), machine_core_entered());
	serial_put(0, line, strlen(line));
	if (!offers)
		return;
	line_put("offer", 0, MESSAGES, offers);
	for (unsigned i = 0; i < SIZES; i++) {
		line_put("attach", sizes[i], 1, attached[i]);
		line_put("detach", sizes[i], 1, detached[i]);
	}
}
