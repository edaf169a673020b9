/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The enclave's cores. The host starts each at the image's entry, where it waits until this gives it a stack (boot.S). Cores are let in one
 * after the other.
 */
#include <arch/boot.h>
#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/smp.h>
#include <arch/timer.h>
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/heap.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/progress.h>
#include <lwk/role.h>
#include <lwk/sysinfo.h>
#include <lwk/errno.h>
#include <lwk/thread_life.h>

#define START_LIMIT_NS (10 * NS_PER_SECOND) /* emulated cores may come late */
#define LOOK_NS        (NS_PER_SECOND / 1000)

struct core cores[CORES_MAX];
unsigned core_count = 1;
uint64_t secondary_stacks[COKERNEL_CORES_MAX];
uint64_t secondary_cr3;

static struct thread idle_threads[CORES_MAX];
static void *ist_stacks[CORES_MAX];

static void core_describe(unsigned index)
{
	const struct cokernel_core *from = &boot_record.cores[index];
	struct core *core = &cores[index];

	core->index = index;
	core->node = from->node;
	core->place = (struct core_place){
		.package = from->package, .core = from->core, .thread = from->thread};
	core->arch.apic_id = from->apic_id;
}

void smp_find_cores(void)
{
	core_count = boot_record.core_count;
	for (unsigned i = 0; i < core_count; i++)
		core_describe(i);
	cpu_tell_place();
}

/* A core that was here before has them still. */
static bool stacks_make(struct core *core)
{
	if (!core->arch.boot_stack)
		core->arch.boot_stack = page_alloc(KERNEL_STACK_ORDER);
	if (!ist_stacks[core->index])
		ist_stacks[core->index] = page_alloc(IST_STACK_ORDER);
	return core->arch.boot_stack && ist_stacks[core->index];
}

/* At boot there is no thread yet that could wait. */
static void boot_pause(void)
{
	cpu_relax();
}

static void thread_pause(void)
{
	thread_park_always(time_now_ns() + LOOK_NS);
}

static bool core_await(const struct core *core, void (*pause)(void))
{
	uint64_t limit = time_now_ns() + START_LIMIT_NS;

	while (!__atomic_load_n(&core->is_online, __ATOMIC_ACQUIRE)) {
		if (time_now_ns() > limit)
			return false;
		pause();
	}
	return true;
}

/* A core takes its stack once, or it is withdrawn: one that comes later still waits for it and is nobody's. */
static bool core_start(struct core *core, void (*pause)(void))
{
	if (!stacks_make(core))
		return false;
	__atomic_store_n(&secondary_stacks[core->index],
			 (uint64_t)core->arch.boot_stack + KERNEL_STACK_SIZE, __ATOMIC_RELEASE);
	if (core_await(core, pause))
		return true;
	if (__atomic_exchange_n(&secondary_stacks[core->index], 0, __ATOMIC_ACQ_REL) != 0)
		return false;
	return core_await(core, pause); /* it is on its way */
}

void smp_start_cores(void)
{
	for (unsigned i = 1; i < core_count; i++) {
		if (core_start(&cores[i], boot_pause))
			continue;
		log_warn("core %u (APIC id %u) does not come; going on with %u", i,
			 cores[i].arch.apic_id, i);
		core_count = i;
	}
}

/* One more that may come, and is not there: whoever looks at all cores finds a whole record. */
static int core_appears(unsigned index)
{
	core_describe(index);
	core_init_self(&cores[index], NULL);
	core_count = index + 1;
	return sys_core_register(&cores[index]);
}

int smp_add_core(unsigned index)
{
	struct core *core = &cores[index];

	if (index >= COKERNEL_CORES_MAX || core->is_online)
		return -EINVAL;
	for (unsigned i = core_count; i <= index; i++) {
		int error = core_appears(i);

		if (error)
			return error;
	}
	return core_start(core, thread_pause) ? 0 : -EIO;
}

void core_init_self(struct core *core, void *stack)
{
	thread_adopt(&idle_threads[core->index], "idle", core->index, stack);
	sched_init_core(core, &idle_threads[core->index]);
}

void secondary_start(unsigned index)
{
	struct core *core = &cores[index];

	cpu_init(core, ist_stacks[index]);
	core_init_self(core, core->arch.boot_stack);
	interrupt_init_core();
	timer_init_core();
	role->core_up();
	__atomic_store_n(&core->is_online, true, __ATOMIC_RELEASE);
	progress_start_core();
	sched_idle();
}
