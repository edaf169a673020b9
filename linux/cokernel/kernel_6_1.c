// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kernel.h for Linux 6.1. An interrupt that an enclave raises is a child of Linux's domain of local APIC vectors, as a device's
 * message-signalled interrupt is one: Linux chooses vector and CPU, we tell the enclave in place of writing them into a device.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/eventfd.h>
#include <linux/gfp.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/slab.h>
#include <asm/apic.h>
#include <asm/irqdomain.h>
#include <asm/smp.h>
#include "kernel.h"

static int hotplug_state;
static struct cpumask leaving;
static struct fwnode_handle *bell_node;
static struct irq_domain *bell_domain;

struct kernel_bell {
	kernel_bell_moved moved;
	void *arg;
	int irq;
};

/*
 * The last thing that Linux does with a CPU that goes: from then on it is not present, so that Linux neither includes it in interrupts for
 * all others nor starts it again by itself.
 */
static int cpu_has_left(unsigned int cpu)
{
	if (cpumask_test_cpu(cpu, &leaving))
		set_cpu_present(cpu, false);
	return 0;
}

int kernel_cpu_remove(unsigned int cpu)
{
	int error;

	cpumask_set_cpu(cpu, &leaving);
	error = remove_cpu(cpu);
	cpumask_clear_cpu(cpu, &leaving);
	/* remove_cpu() is content with a CPU that was off before: its owner wants it so */
	if (error > 0 || (!error && cpu_present(cpu)))
		return -EBUSY;
	return error;
}

int kernel_cpu_add(unsigned int cpu)
{
	int error;

	set_cpu_present(cpu, true);
	error = add_cpu(cpu);
	if (!cpu_online(cpu)) {
		set_cpu_present(cpu, false);
		return error < 0 ? error : -EIO;
	}
	return 0;
}

void kernel_ipi(u32 apic_id, u32 command)
{
	unsigned long flags;

	/* two writes, with nothing of Linux's in between */
	local_irq_save(flags);
	safe_apic_wait_icr_idle();
	apic_icr_write(command, apic_id);
	local_irq_restore(flags);
}

bool kernel_is_x2apic(void)
{
	return x2apic_mode != 0;
}

u32 kernel_apic_id(unsigned int cpu)
{
	return cpu_physical_id(cpu);
}

struct kernel_place kernel_place_of(unsigned int cpu)
{
	return (struct kernel_place){
		.package = (u32)topology_physical_package_id(cpu),
		.core = (u32)topology_core_id(cpu),
	};
}

unsigned long kernel_pages_spare(u32 node)
{
	struct pglist_data *data = NODE_DATA((int)node);
	unsigned long spare = (unsigned long)atomic_long_read(&data->vm_stat[NR_INACTIVE_FILE]) +
			      (unsigned long)atomic_long_read(&data->vm_stat[NR_ACTIVE_FILE]);

	for (unsigned int i = 0; i < MAX_NR_ZONES; i++)
		spare += zone_page_state(&data->node_zones[i], NR_FREE_PAGES);
	return spare;
}

int kernel_pages_take(unsigned long pfn, unsigned long count)
{
	return alloc_contig_range(pfn, pfn + count, MIGRATE_MOVABLE, GFP_KERNEL | __GFP_NOWARN);
}

void kernel_event_signal(struct eventfd_ctx *event)
{
	eventfd_signal(event, 1);
}

void kernel_mapping_fix(struct vm_area_struct *mapping)
{
	mapping->vm_flags |= VM_DONTEXPAND;
}

/* The physical id: what the configuration has is Linux's logical one in flat mode. */
static void bell_tell(struct irq_data *data)
{
	const struct kernel_bell *bell = irq_data_get_irq_chip_data(data);
	unsigned int cpu = cpumask_first(irq_data_get_effective_affinity_mask(data));

	if (bell && cpu < nr_cpu_ids)
		bell->moved(bell->arg, kernel_apic_id(cpu), irqd_cfg(data)->vector);
}

static int bell_set_affinity(struct irq_data *data, const struct cpumask *mask, bool force)
{
	int status = irq_chip_set_affinity_parent(data, mask, force);

	if (status >= 0)
		bell_tell(data);
	return status;
}

static struct irq_chip bell_chip = {
	.name = "bulkhead",
	.irq_ack = irq_chip_ack_parent,
	.irq_set_affinity = bell_set_affinity,
	.irq_retrigger = irq_chip_retrigger_hierarchy,
	.flags = IRQCHIP_SKIP_SET_WAKE,
};

static int bell_alloc(struct irq_domain *domain, unsigned int irq, unsigned int count, void *arg)
{
	struct irq_alloc_info info = {};
	int error = irq_domain_alloc_irqs_parent(domain, irq, count, &info);

	if (error)
		return error;
	irq_domain_set_info(domain, irq, irq, &bell_chip, arg, handle_edge_irq, NULL, "edge");
	irq_modify_status(irq, 0, IRQ_MOVE_PCNTXT);
	return 0;
}

static int bell_activate(struct irq_domain *domain, struct irq_data *data, bool reserve)
{
	bell_tell(data);
	return 0;
}

static void bell_deactivate(struct irq_domain *domain, struct irq_data *data)
{
	const struct kernel_bell *bell = irq_data_get_irq_chip_data(data);

	if (bell)
		bell->moved(bell->arg, 0, 0);
}

static const struct irq_domain_ops bell_ops = {
	.alloc = bell_alloc,
	.free = irq_domain_free_irqs_common,
	.activate = bell_activate,
	.deactivate = bell_deactivate,
};

struct kernel_bell *kernel_bell_make(kernel_bell_moved moved, irq_handler_t handler, void *arg,
				     const char *name)
{
	struct kernel_bell *bell = kzalloc(sizeof(*bell), GFP_KERNEL);
	int error;

	if (!bell)
		return ERR_PTR(-ENOMEM);
	bell->moved = moved;
	bell->arg = arg;
	bell->irq = __irq_domain_alloc_irqs(bell_domain, -1, 1, NUMA_NO_NODE, bell, false, NULL);
	error = bell->irq;
	if (error < 0)
		goto no_irq;
	error = request_irq((unsigned int)bell->irq, handler, IRQF_NOBALANCING, name, arg);
	if (error)
		goto no_handler;
	return bell;
no_handler:
	irq_dispose_mapping((unsigned int)bell->irq);
no_irq:
	kfree(bell);
	return ERR_PTR(error);
}

void kernel_bell_free(struct kernel_bell *bell)
{
	if (!bell)
		return;
	free_irq((unsigned int)bell->irq, bell->arg);
	irq_dispose_mapping((unsigned int)bell->irq);
	kfree(bell);
}

int kernel_init(void)
{
	int state;

	bell_node = irq_domain_alloc_named_fwnode("bulkhead-cokernel");
	if (!bell_node)
		return -ENOMEM;
	bell_domain = irq_domain_create_hierarchy(x86_vector_domain, 0, 0, bell_node, &bell_ops,
						  NULL);
	if (!bell_domain) {
		irq_domain_free_fwnode(bell_node);
		return -ENOMEM;
	}
	state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "bulkhead:cokernel", NULL,
					  cpu_has_left);
	if (state < 0) {
		irq_domain_remove(bell_domain);
		irq_domain_free_fwnode(bell_node);
		return state;
	}
	hotplug_state = state;
	return 0;
}

void kernel_exit(void)
{
	cpuhp_remove_state_nocalls((enum cpuhp_state)hotplug_state);
	irq_domain_remove(bell_domain);
	irq_domain_free_fwnode(bell_node);
}
