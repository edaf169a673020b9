/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * BCM2836 (Raspberry Pi 2 and 3): a local controller with a few private interrupts and mailboxes
 * for each core (BCM2836 ARM-local peripherals, QA7 rev 3.4), and behind it the BCM2835 controller
 * of the devices, routed to core 0. Numbers: 0 to 15 mailbox 0 bits (between cores), 16 to 31
 * local, 32 to 127 devices (bank * 32 + bit).
 */
#include <arch/mmu.h>
#include <lib/arch/arm64/sysreg.h>
#include <lwk/core.h>
#include <lwk/dt.h>
#include <lwk/errno.h>
#include <lwk/interrupt.h>

#define LOCAL_GPU_ROUTING    0x00cu
#define LOCAL_TIMER_CONTROL  0x040u /* + 4 * core: the generic timers */
#define LOCAL_MAILBOX_ENABLE 0x050u /* + 4 * core */
#define LOCAL_SOURCE         0x060u /* + 4 * core */
#define LOCAL_MAILBOX_SET    0x080u /* + 16 * core: mailbox 0 */
#define LOCAL_MAILBOX_CLEAR  0x0c0u
#define LOCAL_TIMERS         4u /* their bits in control and source */
#define SOURCE_MAILBOX0      4u
#define SOURCE_GPU           8u

#define DEVICES_COMPATIBLE "brcm,bcm2836-armctrl-ic"

/* BCM2835 ARM peripherals, 7.5: bank 0 is the ARM's own, 1 and 2 the GPU's */
struct bank {
	uint32_t pending, enable, disable;
	uint32_t
		mask; /* of the pending register; the rest of bank 0's summarizes the other banks */
};

static const struct bank banks[] = {
	{0x00, 0x18, 0x24, 0xff},
	{0x04, 0x10, 0x1c, UINT32_MAX},
	{0x08, 0x14, 0x20, UINT32_MAX},
};

#define IRQ_LOCAL  16u
#define IRQ_DEVICE 32u

static uint64_t local, devices;

static unsigned self(void)
{
	return (unsigned)core_self()->arch.mpidr & 3;
}

static void bcm2836_init_core(void)
{
	mmio_write32(local + LOCAL_TIMER_CONTROL + 4 * self(), 0);
	mmio_write32(local + LOCAL_MAILBOX_ENABLE + 4 * self(), 1);
}

/* cells: <number, flags> at the local controller, <bank, number> at the devices' */
static bool bcm2836_translate(int parent, const uint32_t *cells, unsigned count, unsigned *irq)
{
	if (count != 2)
		return false;
	if (!dt_is_compatible(parent, DEVICES_COMPATIBLE)) {
		*irq = IRQ_LOCAL + cells[0];
		return cells[0] < 16;
	}
	*irq = IRQ_DEVICE + cells[0] * 32 + cells[1];
	return cells[0] < ARRAY_SIZE(banks) && cells[1] < 32;
}

static void local_switch(unsigned number, bool on)
{
	uint64_t control = local + LOCAL_TIMER_CONTROL + 4 * self();
	uint32_t bits = mmio_read32(control) & ~(1u << number);

	if (number < LOCAL_TIMERS)
		mmio_write32(control, bits | (uint32_t)on << number);
}

static void bcm2836_enable(unsigned irq)
{
	if (irq >= IRQ_DEVICE)
		mmio_write32(devices + banks[(irq - IRQ_DEVICE) / 32].enable, 1u << irq % 32);
	else if (irq >= IRQ_LOCAL)
		local_switch(irq - IRQ_LOCAL, true);
}

static void bcm2836_disable(unsigned irq)
{
	if (irq >= IRQ_DEVICE)
		mmio_write32(devices + banks[(irq - IRQ_DEVICE) / 32].disable, 1u << irq % 32);
	else if (irq >= IRQ_LOCAL)
		local_switch(irq - IRQ_LOCAL, false);
}

static unsigned lowest(uint32_t bits)
{
	return (unsigned)__builtin_ctz(bits);
}

static unsigned device_pending(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(banks); i++) {
		uint32_t pending = mmio_read32(devices + banks[i].pending) & banks[i].mask;

		if (pending)
			return IRQ_DEVICE + 32 * i + lowest(pending);
	}
	return INTERRUPT_NONE;
}

/*
 * A mailbox bit is cleared before its handler runs, so that one sent meanwhile is seen; the others
 * are levels.
 */
static unsigned bcm2836_acknowledge(void)
{
	uint32_t source = mmio_read32(local + LOCAL_SOURCE + 4 * self());
	uint64_t mailbox = local + LOCAL_MAILBOX_CLEAR + 16 * self();
	uint32_t bits = source & 1u << SOURCE_MAILBOX0 ? mmio_read32(mailbox) : 0;

	if (bits) {
		mmio_write32(mailbox, 1u << lowest(bits));
		return lowest(bits);
	}
	if (source & ((1u << LOCAL_TIMERS) - 1))
		return IRQ_LOCAL + lowest(source);
	return source & 1u << SOURCE_GPU ? device_pending() : INTERRUPT_NONE;
}

static void bcm2836_end(unsigned irq)
{
	(void)irq;
}

static void bcm2836_send(const struct core *core, unsigned irq)
{
	dsb(ishst); /* what the other core is to see */
	mmio_write32(local + LOCAL_MAILBOX_SET + 16 * (core->arch.mpidr & 3), 1u << irq);
}

static const struct irqchip bcm2836 = {
	.name = "BCM2836",
	.init_core = bcm2836_init_core,
	.translate = bcm2836_translate,
	.enable = bcm2836_enable,
	.disable = bcm2836_disable,
	.acknowledge = bcm2836_acknowledge,
	.end = bcm2836_end,
	.send = bcm2836_send,
};

int bcm2836_probe(int node)
{
	struct dt_reg reg, device_reg;
	int device_node = dt_find_compatible(-1, DEVICES_COMPATIBLE);

	if (device_node < 0 || !dt_reg(node, 0, &reg) || !dt_reg(device_node, 0, &device_reg))
		return -EINVAL;
	local = (uint64_t)io_map(reg.base, reg.size);
	devices = (uint64_t)io_map(device_reg.base, device_reg.size);
	if (!local || !devices)
		return -ENOMEM;
	for (unsigned i = 0; i < ARRAY_SIZE(banks); i++)
		mmio_write32(devices + banks[i].disable, UINT32_MAX);
	mmio_write32(local + LOCAL_GPU_ROUTING, 0);
	irqchip = &bcm2836;
	return 0;
}
