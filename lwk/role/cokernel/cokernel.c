/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * On cores and memory that Linux gave away: the wire and the exchange of memory and cores are rings in a region that is Linux's, and so is the
 * log (bulkhead/cokernel.h). What is read there is not believed; what this kernel may use is in the boot record.
 */
#include <role/cokernel/cokernel.h>

#include <arch/boot.h>
#include <arch/context.h>
#include <arch/mmu.h>
#include <lwk/apic.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/interrupt.h>
#include <lwk/cokernel.h>
#include <lwk/log_sink.h>
#include <lwk/role.h>
#include <role/memory_exchange.h>
#include <role/stream_wire.h>
#include <string.h>

#define SEND_TRIES 16u /* whoever changes them all the time is not waited for */

static struct cokernel_shared *shared;
static uint32_t log_size; /* of the ring's text: as it was at boot */
static uint32_t report_used;

struct cokernel_shared *cokernel_shared(void)
{
	return shared;
}

/* While Linux changes the two the vector is 0: with the same one before and behind, the APIC id is that vector's. */
bool cokernel_send(const uint32_t *apic, const uint32_t *vector)
{
	for (unsigned i = 0; i < SEND_TRIES; i++) {
		uint32_t number = __atomic_load_n(vector, __ATOMIC_ACQUIRE);
		uint32_t to = __atomic_load_n(apic, __ATOMIC_ACQUIRE);

		if (number != __atomic_load_n(vector, __ATOMIC_ACQUIRE))
			continue;
		if (number < 16 || number > UINT8_MAX)
			return false;
		apic_send(to, number);
		return true;
	}
	return false;
}

void cokernel_ring(void)
{
	if (irqchip)
		(void)cokernel_send(&shared->doorbell_apic, &shared->doorbell_vector);
}

/* The first doorbell: rings to look at, or a probe. Also while nothing has been set up. */
static void doorbell(void *unused)
{
	unsigned core = core_self()->index;

	(void)unused;
	if (core < COKERNEL_CORES_MAX)
		__atomic_store_n(&shared->answer[core],
				 __atomic_load_n(&shared->probe, __ATOMIC_ACQUIRE),
				 __ATOMIC_RELEASE);
	stream_wire_doorbell();
	memory_exchange_doorbell();
}

static void core_state_set(enum cokernel_core_state state)
{
	__atomic_store_n(&shared->core_state[core_self()->index], state, __ATOMIC_RELEASE);
	cokernel_ring();
}

static void cokernel_core_up(void)
{
	core_state_set(COKERNEL_CORE_UP);
}

static void cokernel_core_down(void)
{
	core_state_set(COKERNEL_CORE_DOWN);
}

static int cokernel_init(void)
{
	interrupt_register(COKERNEL_VECTOR_FIRST, doorbell, NULL);
	cokernel_core_up();
	return 0;
}

static int cokernel_start(void)
{
	int status;

	cokernel_regions_init();
	status = memory_exchange_start(shared->streams, &cokernel_exchange);

	if (status == 0)
		status = cokernel_vectors_init();
	return status ? status : stream_wire_start(shared->streams, cokernel_ring);
}

/* Linux reads what `written` says is there. */
static void log_append(const char *text, size_t size)
{
	struct bh_log *log = (struct bh_log *)shared->log;
	uint64_t written = log->written;

	for (size_t i = 0; i < size && log_size; i++)
		log->text[(written + i) & (log_size - 1)] = text[i];
	__atomic_store_n(&log->written, written + size, __ATOMIC_RELEASE);
}

static void report_append(const char *text, size_t size)
{
	size_t room = COKERNEL_REPORT_MAX - 1 - report_used;

	size = size < room ? size : room;
	memcpy(shared->report + report_used, text, size);
	report_used += (uint32_t)size;
	shared->report[report_used] = 0;
}

static void cokernel_log(const char *text, size_t size)
{
	log_append(text, size);
	if (panic_is_active())
		report_append(text, size);
	cokernel_ring();
}

/* The other cores stop first, so that nothing runs when Linux hears that this kernel has ended. */
static void cokernel_power_off(void)
{
	arch_irq_disable();
	cores_stop_others();
	__atomic_store_n(&shared->end, panic_is_active() ? COKERNEL_PANIC : COKERNEL_OFF,
			 __ATOMIC_RELEASE);
	cokernel_core_down();
	arch_halt();
}

const struct role role_cokernel = {
	.name = "co-kernel",
	.init_files = {"/dev/wire/stdin", "/dev/wire/stdout", "/dev/wire/stderr"},
	.init = cokernel_init,
	.start = cokernel_start,
	.log_write = cokernel_log,
	.power_off = cokernel_power_off,
	.core_up = cokernel_core_up,
	.core_down = cokernel_core_down,
	.process_ends = cokernel_process_ends,
};

const struct role *role;

/* cokernel_early did */
void role_find(void)
{
}

void cokernel_early(void)
{
	const struct bh_log *log;

	shared = (struct cokernel_shared *)(EARLY_SHARED + boot_record.shared.start % SIZE_2M);
	log = (const struct bh_log *)shared->log;
	log_size = log->size;
	if (log_size & (log_size - 1) || log_size > sizeof(shared->log) - sizeof(*log))
		log_size = 0;
	role = &role_cokernel;
	log_set_sink(role->log_write);
}

void cokernel_map(void)
{
	shared = memory_map(PA(boot_record.shared.start), sizeof(*shared));
}
