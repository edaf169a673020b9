/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Secondary cores, by PSCI or by spin table. A core is told its record through struct
 * secondary_boot, which is read with the MMU off and therefore cleaned to memory first. Cores start
 * one after the other.
 */
#include <arch/boot.h>
#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/memory.h>
#include <arch/mmu.h>
#include <arch/psci.h>
#include <arch/smp.h>
#include <arch/timer.h>
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/dt.h>
#include <lwk/heap.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/progress.h>
#include <lwk/thread_life.h>
#include <string.h>

#define START_LIMIT_NS (2 * NS_PER_SECOND)
#define CACHE_LINE_MAX 2048 /* CTR_EL0.DminLine can say that much */

/* read by secondary_entry: keep the order */
struct secondary_boot {
	uint64_t ttbr1;
	struct core *core;
	uint64_t stack_top;
};

struct core cores[CORES_MAX];
unsigned core_count = 1;

static struct thread idle_threads[CORES_MAX];
static _Alignas(CACHE_LINE_MAX) struct secondary_boot boot;
_Alignas(CACHE_LINE_MAX) uint64_t secondary_boot_pa; /* for cores of a spin table */

static void clean_to_memory(const void *start, size_t bytes)
{
	uint64_t line = UINT64_C(4) << ((sysreg_read(ctr_el0) >> 16) & 15);

	for (uint64_t at = ALIGN_DOWN((uint64_t)start, line); at < (uint64_t)start + bytes;
	     at += line)
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	dsb(sy);
}

void smp_find_cores(void)
{
	uint64_t self = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
	int parent = dt_find_path("/cpus");

	cores[0].arch.mpidr = self;
	for (int node = parent < 0 ? -1 : dt_first_child(parent); node >= 0;
	     node = dt_next_sibling(node)) {
		const char *type = dt_string(node, "device_type");
		struct dt_reg reg;

		if (!type || strcmp(type, "cpu") != 0 || !dt_is_enabled(node) ||
		    !dt_reg(node, 0, &reg))
			continue;
		if (reg.base.v == self) {
			cores[0].node = dt_numa_node(node);
			continue;
		}
		if (core_count == CORES_MAX) {
			log_warn("more cores than this kernel can use: the rest stay off");
			break;
		}
		cores[core_count].index = core_count;
		cores[core_count].place.core = core_count;
		cores[core_count].arch.mpidr = reg.base.v;
		cores[core_count].node = dt_numa_node(node);
		cores[core_count].arch.dt_node = node;
		core_count++;
	}
	cpu_tell_place();
}

/*
 * boot protocol: a core in its loader's spin loop waits for a non-zero address, and for an event to
 * look again
 */
static bool spin_table_release(int node)
{
	uint64_t address;
	void *word;

	if (!dt_number(node, "cpu-release-addr", &address))
		return false;
	word = memory_map(PA(address), sizeof(uint64_t));
	if (!word)
		return false;
	*(volatile uint64_t *)word = virt_to_phys((void *)secondary_entry_spin).v;
	clean_to_memory(word, sizeof(uint64_t));
	sev();
	return true;
}

static bool core_release(struct core *core)
{
	const char *method = dt_string(core->arch.dt_node, "enable-method");

	if (method && strcmp(method, "spin-table") == 0)
		return spin_table_release(core->arch.dt_node);
	return psci_cpu_on(core->arch.mpidr, virt_to_phys((void *)secondary_entry),
			   virt_to_phys(&boot).v) == 0;
}

static bool core_start(struct core *core)
{
	uint64_t limit;

	core->arch.boot_stack = page_alloc(KERNEL_STACK_ORDER);
	if (!core->arch.boot_stack)
		return false;
	boot = (struct secondary_boot){
		.ttbr1 = mmu_kernel_root(),
		.core = core,
		.stack_top = (uint64_t)core->arch.boot_stack + KERNEL_STACK_SIZE,
	};
	secondary_boot_pa = virt_to_phys(&boot).v;
	clean_to_memory(&boot, sizeof(boot));
	clean_to_memory(&secondary_boot_pa, sizeof(secondary_boot_pa));
	if (!core_release(core))
		return false;
	limit = time_now_ns() + START_LIMIT_NS;
	while (!__atomic_load_n(&core->is_online, __ATOMIC_ACQUIRE)) {
		if (time_now_ns() > limit)
			return false;
		cpu_relax();
	}
	return true;
}

void smp_start_cores(void)
{
	for (unsigned i = 1; i < core_count; i++) {
		if (core_start(&cores[i]))
			continue;
		log_warn("core %u (MPIDR 0x%lx) does not start; going on with %u", i,
			 cores[i].arch.mpidr, i);
		core_count = i;
	}
}

void core_init_self(struct core *core, void *stack)
{
	thread_adopt(&idle_threads[core->index], "idle", core->index, stack);
	sched_init_core(core, &idle_threads[core->index]);
}

void secondary_start(struct core *core)
{
	arch_core_set_self(core);
	cpu_init();
	arch_space_leave();
	core_init_self(core, core->arch.boot_stack);
	interrupt_init_core();
	timer_init_core();
	__atomic_store_n(&core->is_online, true, __ATOMIC_RELEASE);
	progress_start_core();
	sched_idle();
}
