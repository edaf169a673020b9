// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The life of an enclave: made (memory, files), started (cores), ended (cores parked), destroyed (all given back). See enclave.h. */
#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/apicdef.h>
#include <asm/msr.h>
#include <inject.h>
#include "cores.h"
#include "enclave.h"
#include "protect.h"
#include "regions.h"

/* A co-kernel that rings is looked at once; one that died without a word, or whose bell was lost, after this long. */
#define PULSE       msecs_to_jiffies(50)
#define SHARED_SIZE PAGE_ALIGN(sizeof(struct cokernel_shared))
#define CHECK_UNITS (1ull << 40)

static bool is_text(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	for (size_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return length < size;
}

/* One way or the other, and said. */
static bool is_isolation(u32 isolation)
{
	return isolation == ENCLAVE_ISOLATION_NONE ||
	       (isolation & ~VCPU_FULL) == ENCLAVE_ISOLATION_FEATURES;
}

/* What is wrong whatever the machine has. */
static int check_config(const struct enclave_config *config)
{
	if (config->version != ENCLAVE_VERSION || config->size != sizeof(*config) ||
	    config->range_count < 1 || config->range_count > ENCLAVE_RANGES_MAX ||
	    config->vcpus < 1 || config->vcpus > COKERNEL_CORES_MAX || config->nodes < 1 ||
	    config->nodes > ENCLAVE_NODES_MAX || !is_isolation(config->isolation) ||
	    config->grant_count > ENCLAVE_GRANTS_MAX ||
	    !is_text(config->name, sizeof(config->name)) ||
	    !is_text(config->bootargs, sizeof(config->bootargs)))
		return -EINVAL;
	for (unsigned int i = 0; i < config->range_count; i++) {
		const struct enclave_range *range = &config->ranges[i];

		if (range->start != 0 || range->size == 0 || range->size % ENCLAVE_UNIT ||
		    range->size > CHECK_UNITS || range->node >= ENCLAVE_NODES_MAX ||
		    !node_online(range->node) || range->zero != 0)
			return -EINVAL;
	}
	return 0;
}

static void bell_moved(void *arg, u32 apic, u32 vector)
{
	struct enclave *enclave = arg;

	/* the vector last: with a stale id it would be somebody else's */
	WRITE_ONCE(enclave->shared->doorbell_vector, 0);
	protect_bell(enclave, apic, vector);
	smp_store_release(&enclave->shared->doorbell_apic, apic);
	smp_store_release(&enclave->shared->doorbell_vector, vector);
}

static irqreturn_t bell_rang(int irq, void *arg)
{
	struct enclave *enclave = arg;

	protect_heard(enclave);
	wake_up_all(&enclave->changed);
	mod_delayed_work(system_wq, &enclave->pulse, 0);
	return IRQ_HANDLED;
}

/* Never waits for the lock: whoever has it may be waiting for this work to end, and looks itself. */
static void pulse(struct work_struct *work)
{
	struct enclave *enclave = container_of(to_delayed_work(work), struct enclave, pulse);
	bool goes_on = true;

	protect_heard(enclave);
	if (mutex_trylock(&enclave->lock)) {
		enclave_look(enclave);
		goes_on = enclave->state == VMDEV_RUNNING;
		mutex_unlock(&enclave->lock);
	}
	wake_up_all(&enclave->changed);
	if (goes_on)
		schedule_delayed_work(&enclave->pulse, PULSE);
}

static int make_shared(struct enclave *enclave)
{
	struct cokernel_shared *shared =
		inject_fails() ? NULL : alloc_pages_exact(SHARED_SIZE, GFP_KERNEL | __GFP_ZERO);
	struct stream_region *region = (struct stream_region *)shared;
	struct bh_log *log;

	if (!shared)
		return -ENOMEM;
	enclave->shared = shared;
	log = (struct bh_log *)shared->log;
	log->size = ENCLAVE_LOG_SIZE;
	log->magic = BH_LOG_MAGIC;
	ring_init_consumer(&enclave->up, &region->up, shared->streams + STREAM_UP_OFFSET,
			   STREAM_UP_SIZE);
	ring_init_producer(&enclave->down, &region->down, shared->streams + STREAM_DOWN_OFFSET,
			   STREAM_DOWN_SIZE);
	exchange_init(enclave);
	return 0;
}

static struct enclave *alloc_enclave(void)
{
	struct enclave *enclave = inject_fails() ? NULL : vzalloc(sizeof(*enclave));

	if (!enclave)
		return NULL;
	kref_init(&enclave->references);
	INIT_LIST_HEAD(&enclave->link);
	mutex_init(&enclave->lock);
	mutex_init(&enclave->read_lock);
	mutex_init(&enclave->write_lock);
	init_waitqueue_head(&enclave->changed);
	INIT_DELAYED_WORK(&enclave->pulse, pulse);
	enclave->state = VMDEV_READY;
	return enclave;
}

static void release(struct kref *references)
{
	vfree(container_of(references, struct enclave, references));
}

void enclave_put(struct enclave *enclave)
{
	kref_put(&enclave->references, release);
}

/* The memory that load_files() has not taken. */
static int take_memory(struct enclave *enclave)
{
	struct enclave_config *config = &enclave->config;

	for (unsigned int i = 0; i < config->range_count; i++) {
		u64 units = config->ranges[i].size / ENCLAVE_UNIT;
		int error;

		if (i == 0)
			units -= memory_units(&enclave->memory);
		error = memory_take(&enclave->memory, config->ranges[i].node, units);
		if (error)
			return error;
	}
	return enclave->memory.count > ENCLAVE_RANGES_MAX ? -ENOMEM : 0;
}

static void free_memory(struct enclave *enclave)
{
	protect_free(enclave);
	memory_give_all(&enclave->memory);
	if (enclave->exchange.offered)
		memory_give(enclave->exchange.offered, 1);
	enclave->exchange.offered = 0;
	enclave->boot = NULL;
	if (enclave->shared) {
		memset(enclave->shared, 0, SHARED_SIZE);
		free_pages_exact(enclave->shared, SHARED_SIZE);
	}
	enclave->shared = NULL;
}

struct enclave *enclave_make(const struct vmdev_create *create, int *error)
{
	struct enclave *enclave;

	*error = check_config(&create->config);
	if (*error)
		return NULL;
	enclave = alloc_enclave();
	if (!enclave) {
		*error = -ENOMEM;
		return NULL;
	}
	enclave->config = create->config;
	*error = protect_make(enclave);
	if (!*error)
		*error = make_shared(enclave);
	if (!*error)
		*error = load_files(enclave, create);
	if (!*error)
		*error = take_memory(enclave);
	if (!*error)
		*error = enclaves_add(enclave);
	if (!*error) {
		__module_get(THIS_MODULE);
		return enclave;
	}
	free_memory(enclave);
	enclave_put(enclave);
	return NULL;
}

/* The one that was asked for by number, or one near the memory that a core in its place would have. */
static int take_core(struct enclave *enclave, u32 index, u32 *cpu)
{
	const struct enclave_config *config = &enclave->config;
	u32 range = index * config->range_count / config->vcpus;

	if (*cpu == ENCLAVE_CORE_ANY)
		return core_take_near(config->ranges[range].node, NULL, enclave->id, cpu);
	for (u32 i = 0; i < index; i++)
		if (enclave->cores[i].cpu == *cpu)
			return -EINVAL;
	return core_take(*cpu, enclave->id);
}

static int take_cores(struct enclave *enclave, const struct vmdev_start *start)
{
	for (u32 i = 0; i < enclave->config.vcpus; i++) {
		u32 cpu = start->core[i];
		int error = take_core(enclave, i, &cpu);

		if (error)
			return error;
		enclave->cores[i] = (struct enclave_core){.cpu = cpu, .is_used = true};
	}
	return 0;
}

static int start_cores(struct enclave *enclave)
{
	for (u32 i = 0; i < enclave->config.vcpus; i++) {
		struct park_entry entry;
		int error;

		error = load_entry(enclave, i, &entry);
		if (!error)
			error = core_start(enclave->cores[i].cpu, &entry);
		if (error)
			return error;
	}
	return 0;
}

static int make_bell(struct enclave *enclave)
{
	struct kernel_bell *bell = inject_fails() ? ERR_PTR(-ENOMEM)
						  : kernel_bell_make(bell_moved, bell_rang, enclave,
								     "bulkhead-enclave");

	if (IS_ERR(bell))
		return PTR_ERR(bell);
	enclave->bell = bell;
	return 0;
}

/* Those that were asked for explicitly may not be taken by ENCLAVE_CORE_ANY before: the caller names all or none, or has bad luck. */
int enclave_start(struct enclave *enclave, const struct vmdev_start *start)
{
	int error;

	if (enclave->state != VMDEV_READY)
		return -EBUSY;
	error = take_cores(enclave, start);
	if (!error)
		error = make_bell(enclave);
	if (!error)
		error = load_boot(enclave);
	if (!error)
		error = protect_begin(enclave);
	if (error)
		goto give_back;
	enclave->started = rdtsc();
	enclave->state = VMDEV_RUNNING;
	error = start_cores(enclave);
	if (error) {
		/* some have run: its memory is not what it was */
		(void)enclave_stop(enclave, BH_FAULT_STOPPED);
		return error;
	}
	schedule_delayed_work(&enclave->pulse, PULSE);
	return 0;
give_back:
	kernel_bell_free(enclave->bell);
	enclave->bell = NULL;
	(void)cores_return(enclave->id);
	for (u32 i = 0; i < COKERNEL_CORES_MAX; i++)
		enclave->cores[i].is_used = false;
	return error;
}

int enclave_stop(struct enclave *enclave, enum bh_fault_cause cause)
{
	int error;

	if (enclave->state != VMDEV_RUNNING)
		return 0;
	protect_stop(enclave);
	error = cores_park(enclave->id);
	/* while Linux falls asleep it is only too early */
	enclave->is_stuck = error && error != -ESHUTDOWN;
	if (error)
		return error;
	enclave->ended = rdtsc();
	enclave->cause = cause;
	smp_store_release(&enclave->state, VMDEV_ENDED);
	regions_tell(enclave);
	wake_up_all(&enclave->changed);
	return 0;
}

/* Each attempt to stop a core that does not answer takes seconds in which no other enclave gets one: only who asks for it has another made. */
void enclave_look(struct enclave *enclave)
{
	if (enclave->state != VMDEV_RUNNING || enclave->is_stuck)
		return;
	exchange_serve(enclave);
	regions_hear(enclave);
	if (protect_cause(enclave) != BH_FAULT_NONE) {
		(void)enclave_stop(enclave, protect_cause(enclave));
		return;
	}
	switch (READ_ONCE(enclave->shared->end)) {
	case COKERNEL_LIVES:
		return;
	case COKERNEL_OFF:
		(void)enclave_stop(enclave, BH_FAULT_OFF);
		return;
	default:
		(void)enclave_stop(enclave, BH_FAULT_PANIC);
	}
}

/* Nothing is given back before every core is parked; if one does not answer, all stays as it is, for another attempt. */
int enclave_destroy(struct enclave *enclave)
{
	int error;

	if (enclave->state == VMDEV_NONE)
		return -ENODEV;
	error = enclave_stop(enclave, BH_FAULT_STOPPED);
	if (!error)
		error = cores_park(enclave->id);
	if (error)
		return error;
	vectors_end(enclave);
	/* whoever found it running with one of these has rung its cores by now */
	mutex_lock(&enclave->read_lock);
	mutex_lock(&enclave->write_lock);
	mutex_unlock(&enclave->write_lock);
	mutex_unlock(&enclave->read_lock);
	error = cores_return(enclave->id);
	if (error)
		return error;
	cancel_delayed_work_sync(&enclave->pulse);
	kernel_bell_free(enclave->bell);
	enclave->bell = NULL;
	cancel_delayed_work_sync(&enclave->pulse); /* the bell may have rung in between */
	regions_end(enclave);
	enclaves_remove(enclave);
	mutex_lock(&enclave->read_lock);
	mutex_lock(&enclave->write_lock);
	smp_store_release(&enclave->state, VMDEV_NONE);
	free_memory(enclave);
	mutex_unlock(&enclave->write_lock);
	mutex_unlock(&enclave->read_lock);
	wake_up_all(&enclave->changed);
	module_put(THIS_MODULE);
	return 0;
}

void enclave_ring_core(struct enclave *enclave, u32 index, u32 vector)
{
	struct enclave_core *core = &enclave->cores[index];

	if (enclave->state != VMDEV_RUNNING || index >= enclave->core_count || !core->is_used)
		return;
	atomic64_inc(&core->rings);
	kernel_ipi(core_place(core->cpu).apic_id, APIC_DM_FIXED | vector);
}

void enclave_ring(struct enclave *enclave)
{
	enclave_ring_core(enclave, 0, COKERNEL_VECTOR_FIRST);
}
