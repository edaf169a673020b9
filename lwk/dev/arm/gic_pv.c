/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interrupt controller of a VM: an ordinary CPU interface (GICv3 system registers, or GICV
 * mapped as reg), and hypercalls instead of a distributor (include/bulkhead/hypercall.h).
 */
#include <arch/mmu.h>
#include <arch/smccc.h>
#include <bulkhead/dt.h>
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <lib/arch/arm64/sysreg.h>
#include <lwk/core.h>
#include <lwk/dt.h>
#include <lwk/errno.h>
#include <lwk/gic.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>

static uint64_t vm_id;

static void pv_switch(unsigned irq, uint64_t on)
{
	struct smccc result = hypercall(BH_INTR_ENABLE, irq, on);

	if ((uint32_t)result.x[0] != FFA_SUCCESS_32)
		log_warn("the hypervisor refuses interrupt %u: %d", irq, (int)result.x[2]);
}

static void pv_enable(unsigned irq)
{
	pv_switch(irq, 1);
}

static void pv_disable(unsigned irq)
{
	pv_switch(irq, 0);
}

/* Cores have the indices of their vCPUs. */
static void pv_send(const struct core *core, unsigned irq)
{
	dsb(ishst); /* what the other core is to see */
	hypercall(BH_INTR_INJECT, FFA_VM_VCPU(vm_id, core->index), irq);
}

static void enable_own(void)
{
	for (unsigned irq = 0; irq < 16; irq++)
		pv_enable(irq);
}

static void pv_v3_init_core(void)
{
	enable_own();
	gicv3_cpu_init();
}

static void pv_v2_init_core(void)
{
	enable_own();
	gicv2_cpu_init();
}

static const struct irqchip pv_v3 = {
	.name = "para-virtual distributor, GICv3 interface",
	.init_core = pv_v3_init_core,
	.translate = gic_translate,
	.enable = pv_enable,
	.disable = pv_disable,
	.acknowledge = gicv3_acknowledge,
	.end = gicv3_end,
	.send = pv_send,
};

static const struct irqchip pv_v2 = {
	.name = "para-virtual distributor, GICv2 interface",
	.init_core = pv_v2_init_core,
	.translate = gic_translate,
	.enable = pv_enable,
	.disable = pv_disable,
	.acknowledge = gicv2_acknowledge,
	.end = gicv2_end,
	.send = pv_send,
};

int gic_pv_probe(int node)
{
	struct dt_reg reg;
	void *registers;

	if (!dt_number(dt_find_compatible(-1, DT_VM_COMPATIBLE), "vm-id", &vm_id))
		return -EINVAL;
	if (dt_is_compatible(node, DT_PV_GICV3_COMPATIBLE)) {
		irqchip = &pv_v3;
		return 0;
	}
	if (!dt_reg(node, 0, &reg))
		return -EINVAL;
	registers = io_map(reg.base, reg.size);
	if (!registers)
		return -ENOMEM;
	gicv2_cpu_set((uint64_t)registers);
	irqchip = &pv_v2;
	return 0;
}
