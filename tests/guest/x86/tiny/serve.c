/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Core 0 answers Linux: sends the stream back, says which signals came (15 ends it), takes what memory it is offered and gives that back when
 * asked, lets cores come and go, writes into regions. Parameters "refuse": no to memory, cores, regions; "mute": answers no exchange; "half":
 * says half a message; "late": is_held();
 * "keep": goes on using a region that it says it has let go of; "obey": does what lines of the stream say (attack.c) and answers each by one; with
 * "last" its last core does.
 */
#include <bulkhead/exchange.h>
#include <lib/ring.h>
#include <lib/string.h>
#include "tiny.h"

#define UNITS_MAX 64
#define HOLD      1  /* SIGHUP */
#define END       15 /* SIGTERM */

static struct ring up, down, exchange_up, exchange_down;
static uint64_t units[UNITS_MAX];
static uint32_t unit_count;
static bool was_released;
static uint32_t is_leaving[COKERNEL_CORES_MAX];
static uint64_t *kept; /* in a region: counted up there for ever, by all cores but the first */
static char line[4096];
static bool is_ordered; /* the last core is to do what the line says */
static uint32_t seen[sizeof(interrupt_counts) / sizeof(interrupt_counts[0])];

static bool has_word(const char *word)
{
	size_t size = strlen(word);

	for (const char *at = boot->parameters; *at; at++)
		if (strncmp(at, word, size) == 0)
			return true;
	return false;
}

bool is_held(void)
{
	return has_word("late") && !__atomic_load_n(&was_released, __ATOMIC_ACQUIRE);
}

static void tell(uint32_t kind, uint32_t value, uint64_t address)
{
	struct exchange_message message = {kind, value, address};

	while (ring_write(&exchange_up, &message, sizeof(message)) == 0)
		linux_ring();
	linux_ring();
}

static void take_unit(uint64_t address)
{
	bool is_clear = true;

	if (has_word("refuse") || unit_count == UNITS_MAX) {
		tell(EXCHANGE_REFUSED, 0, address);
		return;
	}
	for (uint64_t at = address; at < address + ENCLAVE_UNIT; at += 8)
		is_clear = is_clear && *(const uint64_t *)at == 0;
	if (!is_clear)
		say("tiny: the unit at %lx is not clear\n", address);
	memset((void *)address, TINY_PATTERN, ENCLAVE_UNIT);
	say("tiny: filled %lx to %lx\n", address, address + ENCLAVE_UNIT);
	units[unit_count++] = address;
	tell(EXCHANGE_ACCEPTED, 0, address);
}

static void give_units(uint32_t count)
{
	for (; count > 0 && unit_count > 0; count--)
		tell(EXCHANGE_RELEASED, 0, units[--unit_count]);
	if (count > 0)
		tell(EXCHANGE_NO_MORE, count, 0);
}

static void let_core_go(uint32_t index)
{
	if (has_word("refuse") || index >= COKERNEL_CORES_MAX ||
	    __atomic_load_n(&shared->core_state[index], __ATOMIC_ACQUIRE) != COKERNEL_CORE_UP) {
		tell(EXCHANGE_CORE_STAYS, index, 0);
		return;
	}
	__atomic_store_n(&is_leaving[index], 1, __ATOMIC_RELEASE);
	apic_send(boot->cores[index].apic_id, COKERNEL_VECTOR_FIRST);
	while (__atomic_load_n(&shared->core_state[index], __ATOMIC_ACQUIRE) != COKERNEL_CORE_DOWN)
		__builtin_ia32_pause();
	__atomic_store_n(&is_leaving[index], 0, __ATOMIC_RELEASE);
	tell(EXCHANGE_CORE_LEFT, index, 0);
}

/* Answers what Linux wrote there. */
static void take_region(uint32_t slot)
{
	const struct cokernel_region *region = &shared->regions[slot];
	char *text = (char *)region->extents[0].start;

	if (has_word("refuse")) {
		tell(EXCHANGE_REGION_REFUSED, slot, 0);
		return;
	}
	say("tiny: region %u \"%s\" in %u pieces says %s\n", region->id, region->name,
	    region->extent_count, text);
	if (!(region->flags & COKERNEL_REGION_READ))
		memcpy(text, "tiny was here", sizeof("tiny was here"));
	if (has_word("keep"))
		__atomic_store_n(&kept, (uint64_t *)(text + TINY_KEPT), __ATOMIC_RELEASE);
	tell(EXCHANGE_REGION_TAKEN, slot, 0);
}

static void take_message(const struct exchange_message *message)
{
	switch (message->kind) {
	case EXCHANGE_OFFER:
		take_unit(message->address);
		break;
	case EXCHANGE_WANT:
		give_units(message->value);
		break;
	case EXCHANGE_CORE_LEAVES:
		let_core_go(message->value);
		break;
	case EXCHANGE_REGION_COMES:
		take_region(message->value);
		break;
	case EXCHANGE_REGION_GOES:
		tell(EXCHANGE_REGION_LEFT, message->value, 0);
		break;
	case EXCHANGE_REGION_ENDED:
		say("tiny: enclave %u of region %u has ended, cause %u\n",
		    (uint32_t)message->address, shared->regions[message->value].id,
		    (uint32_t)(message->address >> 32));
		break;
	case EXCHANGE_VECTOR_IS:
		say("tiny: vector %x is ours\n", message->value);
		break;
	default:
		break;
	}
}

static bool serve_exchange(void)
{
	struct exchange_message message;
	bool is_any = false;

	while (!has_word("mute") && !is_held() &&
	       ring_read(&exchange_down, &message, sizeof(message)) == sizeof(message)) {
		take_message(&message);
		is_any = true;
	}
	return is_any;
}

static void send(const char *text, int64_t size)
{
	for (int64_t at = 0; at < size;) {
		int64_t put = ring_write(&up, text + at, (size_t)(size - at));

		if (put <= 0)
			linux_ring();
		else
			at += put;
	}
	linux_ring();
}

static void obey(const char *order)
{
	const char *answer = attack(order);

	send(answer, (int64_t)strlen(answer));
}

/* A line comes whole: who gives orders waits for the answer. */
static void take_order(int64_t size)
{
	line[size - 1] = 0;
	if (!has_word("last") || boot->core_count == 1) {
		obey(line);
		return;
	}
	__atomic_store_n(&is_ordered, true, __ATOMIC_RELEASE);
	apic_send(boot->cores[boot->core_count - 1].apic_id, COKERNEL_VECTOR_FIRST);
}

static bool serve_stream(void)
{
	int64_t got = ring_read(&down, line, sizeof(line));

	if (got <= 0)
		return false;
	if (has_word("obey"))
		take_order(got);
	else
		send(line, got);
	return true;
}

/* Whoever signals one of our vectors hears of it by our first target. */
static bool serve_vectors(void)
{
	bool is_any = false;

	for (uint32_t i = 1; i < sizeof(seen) / sizeof(seen[0]); i++) {
		uint32_t count = __atomic_load_n(&interrupt_counts[i], __ATOMIC_RELAXED);

		if (count == seen[i])
			continue;
		seen[i] = count;
		say("tiny: vector %x came %u times\n", COKERNEL_VECTOR_FIRST + i, count);
		if (shared->targets[0].vector)
			apic_send(shared->targets[0].apic, shared->targets[0].vector);
		is_any = true;
	}
	return is_any;
}

static uint32_t take_signals(void)
{
	struct stream_region *region = (struct stream_region *)shared->streams;
	uint32_t signals = __atomic_exchange_n(&region->signals, 0, __ATOMIC_ACQUIRE);

	if (signals >> HOLD & 1)
		__atomic_store_n(&was_released, !was_released, __ATOMIC_RELEASE);
	for (uint32_t i = 1; i < 32; i++)
		if (signals >> i & 1)
			say("tiny: signal %u, %u stray interrupts\n", i, stray_interrupts);
	return signals;
}

void serve(void)
{
	struct stream_region *region = (struct stream_region *)shared->streams;
	struct exchange_region *exchange = (struct exchange_region *)(shared->streams +
								      EXCHANGE_OFFSET);

	ring_init_producer(&up, &region->up, shared->streams + STREAM_UP_OFFSET, STREAM_UP_SIZE);
	ring_init_consumer(&down, &region->down, shared->streams + STREAM_DOWN_OFFSET,
			   STREAM_DOWN_SIZE);
	ring_init_producer(&exchange_up, &exchange->up, exchange->up_data, EXCHANGE_RING_SIZE);
	ring_init_consumer(&exchange_down, &exchange->down, exchange->down_data,
			   EXCHANGE_RING_SIZE);
	if (has_word("vector"))
		tell(EXCHANGE_VECTOR_WANT, 0, 0);
	if (has_word("half"))
		(void)ring_write(&exchange_up, "half a m", sizeof(struct exchange_message) / 2);
	for (;;) {
		bool is_any = serve_stream();
		uint32_t signals;

		is_any = serve_exchange() || is_any;
		is_any = serve_vectors() || is_any;
		signals = take_signals();
		if (signals >> END & 1)
			return;
		if (!is_any && signals == 0)
			core_wait();
	}
}

void serve_others(uint32_t index)
{
	while (!__atomic_load_n(&is_leaving[index], __ATOMIC_ACQUIRE)) {
		volatile uint64_t *counter = __atomic_load_n(&kept, __ATOMIC_ACQUIRE);

		if (__atomic_load_n(&is_ordered, __ATOMIC_ACQUIRE) &&
		    index == boot->core_count - 1) {
			__atomic_store_n(&is_ordered, false, __ATOMIC_RELEASE);
			obey(line);
		}
		if (counter)
			counter[index]++;
		else if (has_word("keep"))
			__builtin_ia32_pause();
		else
			core_wait();
	}
}
