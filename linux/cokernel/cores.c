// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * See cores.h. `cores_lock` guards the table; it is taken inside an enclave's lock, and park.c's inside of it.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <inject.h>
#include "cores.h"
#include "kernel.h"

struct core {
	bool is_known, is_taken, is_parked;
	u32 owner;
	u32 group; /* the first of its siblings */
	struct park_cpu cpu;
	struct cokernel_core place;
};

static DEFINE_MUTEX(cores_lock);
static struct core *cores;
static bool is_closed; /* Linux ends, or sleeps: no core begins anything */

static u32 thread_of(u32 cpu)
{
	u32 thread = 0;
	unsigned int other;

	for_each_cpu(other, topology_sibling_cpumask(cpu))
	{
		if (other == cpu)
			break;
		thread++;
	}
	return thread;
}

static void note_core(u32 cpu)
{
	struct kernel_place place = kernel_place_of(cpu);

	/* no boot record has that node */
	if (cpu_to_node((int)cpu) >= ENCLAVE_NODES_MAX)
		return;
	cores[cpu] = (struct core){
		.is_known = true,
		.group = cpumask_first(topology_sibling_cpumask(cpu)),
		.place =
			{
				.apic_id = kernel_apic_id(cpu),
				.node = (u32)cpu_to_node((int)cpu),
				.package = place.package,
				.core = place.core,
				.thread = thread_of(cpu),
				.linux_cpu = cpu,
			},
	};
	park_note(cpu, &cores[cpu].cpu);
}

int cores_init(void)
{
	unsigned int cpu;

	cores = inject_fails() ? NULL : kcalloc(nr_cpu_ids, sizeof(*cores), GFP_KERNEL);
	if (!cores)
		return -ENOMEM;
	cpus_read_lock();
	for_each_online_cpu(cpu) note_core(cpu);
	cpus_read_unlock();
	return 0;
}

void cores_exit(void)
{
	kfree(cores);
}

bool core_is_known(u32 cpu)
{
	return cpu < nr_cpu_ids && cores[cpu].is_known;
}

struct cokernel_core core_place(u32 cpu)
{
	return cores[cpu].place;
}

u32 core_owner(u32 cpu)
{
	return core_is_known(cpu) && READ_ONCE(cores[cpu].is_taken) ? READ_ONCE(cores[cpu].owner)
								    : 0;
}

static bool is_free(u32 cpu)
{
	return cores[cpu].is_known && !cores[cpu].is_taken && cores[cpu].group != cores[0].group &&
	       cpu_online(cpu);
}

static int park_locked(u32 cpu)
{
	struct core *core = &cores[cpu];
	int error;

	if (core->is_parked)
		return 0;
	error = READ_ONCE(is_closed) || inject_fails() ? -ESHUTDOWN : park_core(&core->cpu);
	core->is_parked = !error;
	return error;
}

static int return_cpu(u32 cpu)
{
	int error = inject_fails() ? -EBUSY : kernel_cpu_add(cpu);

	if (error)
		return error;
	cores[cpu].is_taken = false;
	cores[cpu].is_parked = false;
	cores[cpu].owner = 0;
	cores[cpu].cpu.has_adjust = false; /* Linux may change it now */
	return 0;
}

static int take_cpu(u32 cpu, u32 enclave)
{
	struct core *core = &cores[cpu];
	int error = inject_fails() ? -EBUSY : kernel_cpu_remove(cpu);

	if (error)
		return error;
	core->is_taken = true;
	core->is_parked = false;
	core->owner = enclave;
	error = park_locked(cpu);
	/* it has done nothing of ours; Linux starts it as we did, and may have better luck */
	if (error && return_cpu(cpu))
		pr_err("bulkhead: CPU %u is lost: it answers neither us nor Linux\n", cpu);
	return error;
}

static int return_group(u32 group, u32 enclave)
{
	int error = 0;

	for (u32 cpu = 0; cpu < nr_cpu_ids && !error; cpu++)
		if (cores[cpu].is_taken && cores[cpu].group == group && cores[cpu].owner == enclave)
			error = return_cpu(cpu);
	return error;
}

/* Of a core one of whose CPUs was off when the module was loaded: Linux has that now. */
static bool has_unknown(u32 cpu)
{
	unsigned int other;

	for_each_cpu(other, topology_sibling_cpumask(cpu)) if (!cores[other].is_known) return true;
	return false;
}

/* What can be said before anything is done. 1: all of it is the enclave's already. */
static int check_group(u32 group, u32 enclave)
{
	bool has_ours = false, has_free = false;

	for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (!cores[cpu].is_known || cores[cpu].group != group)
			continue;
		if (cores[cpu].is_taken) {
			if (cores[cpu].owner != enclave)
				return -EBUSY;
			has_ours = true;
			continue;
		}
		if (group == cores[0].group)
			return -EBUSY;
		if (!cpu_online(cpu))
			return -EINVAL;
		if (has_unknown(cpu))
			return -EBUSY;
		has_free = true;
	}
	/* Linux got one of them back, and another not, which waits for the enclave's end */
	if (has_ours && has_free)
		return -EBUSY;
	return has_ours;
}

static int take_locked(u32 cpu, u32 enclave)
{
	u32 group = cores[cpu].group;
	int error = READ_ONCE(is_closed) ? -ESHUTDOWN : check_group(group, enclave);

	if (error)
		return min(error, 0);
	for (u32 one = 0; one < nr_cpu_ids && !error; one++)
		if (cores[one].is_known && cores[one].group == group)
			error = take_cpu(one, enclave);
	/* none was the enclave's before */
	if (error)
		(void)return_group(group, enclave);
	return error;
}

int core_take(u32 cpu, u32 enclave)
{
	int error;

	if (!core_is_known(cpu))
		return -EINVAL;
	mutex_lock(&cores_lock);
	error = take_locked(cpu, enclave);
	mutex_unlock(&cores_lock);
	return error;
}

/* One that cannot be had is no reason not to try the others. */
static u32 take_first(u32 node, const struct cpumask *among, u32 enclave, int *error)
{
	for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (!is_free(cpu) || (node != CORES_NONE && cores[cpu].place.node != node) ||
		    (among && !cpumask_test_cpu(cpu, among)))
			continue;
		*error = take_locked(cpu, enclave);
		if (!*error)
			return cpu;
	}
	return CORES_NONE;
}

int core_take_near(u32 node, const struct cpumask *among, u32 enclave, u32 *cpu)
{
	int error = -EBUSY;

	mutex_lock(&cores_lock);
	*cpu = take_first(node, among, enclave, &error);
	if (*cpu == CORES_NONE)
		*cpu = take_first(CORES_NONE, among, enclave, &error);
	mutex_unlock(&cores_lock);
	return error;
}

int core_start(u32 cpu, const struct park_entry *entry)
{
	int error = -ESHUTDOWN;

	mutex_lock(&cores_lock);
	if (!READ_ONCE(is_closed)) {
		cores[cpu].is_parked = false;
		error = park_start(&cores[cpu].cpu, entry);
	}
	mutex_unlock(&cores_lock);
	return error;
}

int core_park(u32 cpu)
{
	int error;

	mutex_lock(&cores_lock);
	error = park_locked(cpu);
	mutex_unlock(&cores_lock);
	return error;
}

int core_return(u32 cpu)
{
	u32 group = cores[cpu].group;
	int error = 0;

	mutex_lock(&cores_lock);
	for (u32 one = 0; one < nr_cpu_ids; one++)
		if (cores[one].is_taken && cores[one].group == group && !cores[one].is_parked)
			error = 1;
	if (!error)
		error = return_group(group, cores[cpu].owner);
	mutex_unlock(&cores_lock);
	return error;
}

int cores_park(u32 enclave)
{
	int error = 0;

	mutex_lock(&cores_lock);
	for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++) {
		int failed;

		if (!cores[cpu].is_taken || cores[cpu].owner != enclave)
			continue;
		failed = park_locked(cpu);
		if (failed)
			error = failed;
	}
	mutex_unlock(&cores_lock);
	return error;
}

int cores_return(u32 enclave)
{
	int error = 0;

	for (u32 cpu = 0; cpu < nr_cpu_ids && !error; cpu++)
		if (core_owner(cpu) == enclave)
			error = core_return(cpu);
	return error;
}

u32 cores_of(u32 enclave)
{
	u32 count = 0;

	for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++)
		count += core_owner(cpu) == enclave;
	return count;
}

void cores_close(bool closes)
{
	mutex_lock(&cores_lock);
	WRITE_ONCE(is_closed, closes);
	mutex_unlock(&cores_lock);
}

void cores_stop(void)
{
	WRITE_ONCE(is_closed, true);
	for (u32 cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (READ_ONCE(cores[cpu].is_taken))
			park_stop(cores[cpu].place.apic_id);
}
