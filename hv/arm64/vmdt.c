/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Device trees for VMs, written front to back by libfdt. Errors add up in struct writer, so that the text reads like the tree.
 */
#include <hv/arm64/vmdt.h>

#include <bulkhead/dt.h>
#include <bulkhead/ffa.h>
#include <bulkhead/status.h>
#include <hv/arm64/gic.h>
#include <hv/arm64/pci.h>
#include <hv/arm64/platform.h>
#include <hv/arm64/seed.h>
#include <lib/fmt.h>
#include <libfdt.h>
#include <string.h>

#define PHANDLE_GIC   1u
#define PHANDLE_CLOCK 2u
#define UART_CLOCK_HZ 24000000u

#define IRQ_SPI  0u
#define IRQ_PPI  1u
#define IRQ_EDGE 1u /* rising */
#define IRQ_HIGH 4u /* level, active high */

struct writer {
	void *fdt;
	int error;
};

static void begin(struct writer *w, const char *name)
{
	w->error = w->error ? w->error : fdt_begin_node(w->fdt, name);
}

static void begin_at(struct writer *w, const char *name, uint64_t address)
{
	char text[48];

	fmt_print(text, sizeof(text), "%s@%llx", name, (unsigned long long)address);
	begin(w, text);
}

static void end(struct writer *w)
{
	w->error = w->error ? w->error : fdt_end_node(w->fdt);
}

static void text(struct writer *w, const char *name, const char *value)
{
	w->error = w->error ? w->error : fdt_property(w->fdt, name, value, (int)strlen(value) + 1);
}

/* several strings in one literal */
#define list(w, name, strings)                \
	((w)->error = (w)->error ? (w)->error \
				 : fdt_property((w)->fdt, name, strings, sizeof(strings)))

static void cell(struct writer *w, const char *name, uint32_t value)
{
	w->error = w->error ? w->error : fdt_property_u32(w->fdt, name, value);
}

static void wide(struct writer *w, const char *name, uint64_t value)
{
	w->error = w->error ? w->error : fdt_property_u64(w->fdt, name, value);
}

static void cells(struct writer *w, const char *name, const uint32_t *values, unsigned count)
{
	fdt32_t *at;

	if (!w->error)
		w->error = fdt_property_placeholder(w->fdt, name, (int)(count * 4), (void **)&at);
	for (unsigned i = 0; !w->error && i < count; i++)
		at[i] = cpu_to_fdt32(values[i]);
}

/* An address and a size, of two cells each */
static void wide_pair(uint32_t *values, const struct range *r)
{
	uint64_t size = r->end - r->start;

	values[0] = (uint32_t)(r->start >> 32);
	values[1] = (uint32_t)r->start;
	values[2] = (uint32_t)(size >> 32);
	values[3] = (uint32_t)size;
}

static void reg(struct writer *w, uint64_t start, uint64_t size)
{
	uint32_t values[4];

	wide_pair(values, &(struct range){start, start + size});
	cells(w, "reg", values, 4);
}

static void forward_write(struct writer *w, const struct vm *login)
{
	uint32_t ids[PCI_LINES_MAX + 1], count = 0;

	for (uint32_t id = INTID_SPI_FIRST; id < INTID_LIMIT && count < ARRAY_SIZE(ids); id++)
		if (vm_has_interrupt(login, id))
			ids[count++] = id;
	cell(w, "forward-vm", login->id);
	cells(w, DT_FORWARD, ids, count);
}

static void hypervisor_write(struct writer *w, const struct vmdt *what)
{
	static const char *const roles[] = {
		[VM_PRIMARY] = DT_ROLE_PRIMARY,
		[VM_LOGIN] = DT_ROLE_LOGIN,
		[VM_SECONDARY] = DT_ROLE_SECONDARY,
	};

	static const uint32_t notification[] = {IRQ_SPI, BH_INTID_NPI_LOGIN - 32, IRQ_EDGE};

	begin(w, "hypervisor");
	text(w, "compatible", DT_VM_COMPATIBLE);
	text(w, "role", roles[what->vm->role]);
	text(w, "method", "hvc");
	cell(w, "vm-id", what->vm->id);
	if (what->vm->role == VM_PRIMARY && login_vm && login_vm->forward)
		forward_write(w, login_vm);
	cell(w, "#address-cells", 2);
	cell(w, "#size-cells", 2);
	cells(w, "ranges", NULL, 0); /* the children's addresses are physical ones */
	if (what->vm->role == VM_PRIMARY && login_vm)
		cell(w, DT_LOGIN_VM, login_vm->id);
	if (what->vm->role == VM_LOGIN)
		cells(w, "interrupts", notification, ARRAY_SIZE(notification));
	for (unsigned i = 0; i < what->stream_count; i++) {
		begin_at(w, "stream", what->streams[i].start);
		text(w, "compatible", DT_STREAM_COMPATIBLE);
		reg(w, what->streams[i].start, what->streams[i].size);
		cell(w, "vm-id", what->streams[i].peer);
		end(w);
	}
	if (what->log.end > what->log.start) {
		begin_at(w, "log", what->log.start);
		text(w, "compatible", DT_LOG_COMPATIBLE);
		reg(w, what->log.start, what->log.end - what->log.start);
		end(w);
	}
	end(w);
}

static void cpus_write(struct writer *w, const struct vm *vm, uint32_t nodes)
{
	begin(w, "cpus");
	cell(w, "#address-cells", 2);
	cell(w, "#size-cells", 0);
	for (uint32_t i = 0; i < vm->vcpu_count; i++) {
		uint64_t affinity = vm->vcpus[i].mpidr & MPIDR_AFFINITY;

		begin_at(w, "cpu", affinity);
		text(w, "device_type", "cpu");
		text(w, "compatible", "arm,armv8");
		wide(w, "reg", affinity);
		text(w, "enable-method", "psci");
		if (nodes > 1)
			cell(w, "numa-node-id", i * nodes / vm->vcpu_count);
		end(w);
	}
	end(w);
}

static void memory_write(struct writer *w, const struct vmdt *what)
{
	for (unsigned i = 0; i < what->memory_count; i++) {
		const struct enclave_range *r = &what->memory[i];

		begin_at(w, "memory", r->start);
		text(w, "device_type", "memory");
		reg(w, r->start, r->size);
		if (what->nodes > 1)
			cell(w, "numa-node-id", r->node);
		end(w);
	}
	if (what->nodes == 1 || !platform.distances)
		return;
	begin(w, "distance-map");
	text(w, "compatible", "numa-distance-map-v1");
	w->error = w->error ? w->error
			    : fdt_property(w->fdt, "distance-matrix", platform.distances,
					   platform.distances_size);
	end(w);
}

/* The binding of a real controller: an emulated distributor at its own address, for a kernel that does not know of us. */
static void gic_real_write(struct writer *w, const struct vm *vm)
{
	struct range dist = platform.gic_dist, second = platform.gicv;
	bool v3 = platform.gic_version == 3;
	uint32_t values[8];

	if (v3) {
		second.start = platform.gic_redist[0].start;
		second.end = second.start + vm->vcpu_count * GICR_STRIDE;
	}
	wide_pair(values, &dist);
	wide_pair(values + 4, &second);
	begin_at(w, "interrupt-controller", dist.start);
	text(w, "compatible", v3 ? "arm,gic-v3" : "arm,cortex-a15-gic");
	cells(w, "reg", values, ARRAY_SIZE(values));
	cell(w, "#interrupt-cells", 3);
	cell(w, "#address-cells", 0);
	cells(w, "interrupt-controller", NULL, 0);
	cell(w, "phandle", PHANDLE_GIC);
	end(w);
}

static void gic_write(struct writer *w)
{
	bool v3 = platform.gic_version == 3;

	if (v3)
		begin(w, "interrupt-controller");
	else
		begin_at(w, "interrupt-controller", platform.gicv.start);
	text(w, "compatible", v3 ? DT_PV_GICV3_COMPATIBLE : DT_PV_GICV2_COMPATIBLE);
	if (!v3)
		reg(w, platform.gicv.start, platform.gicv.end - platform.gicv.start);
	cell(w, "#interrupt-cells", 3);
	cells(w, "interrupt-controller", NULL, 0);
	cell(w, "phandle", PHANDLE_GIC);
	end(w);
}

static void timer_write(struct writer *w)
{
	/* secure, non-secure, virtual, hypervisor: PPI numbers start at interrupt id 16 */
	static const uint32_t interrupts[] = {IRQ_PPI, 13, IRQ_HIGH, IRQ_PPI, 14, IRQ_HIGH,
					      IRQ_PPI, 11, IRQ_HIGH, IRQ_PPI, 10, IRQ_HIGH};

	begin(w, "timer");
	text(w, "compatible", "arm,armv8-timer");
	cells(w, "interrupts", interrupts, ARRAY_SIZE(interrupts));
	end(w);
}

static void console_write(struct writer *w)
{
	uint32_t interrupts[] = {IRQ_SPI, platform.uart_irq - 32, IRQ_HIGH};
	uint32_t clocks[] = {PHANDLE_CLOCK, PHANDLE_CLOCK};

	begin(w, "clock");
	text(w, "compatible", "fixed-clock");
	cell(w, "#clock-cells", 0);
	cell(w, "clock-frequency", UART_CLOCK_HZ);
	cell(w, "phandle", PHANDLE_CLOCK);
	end(w);
	begin_at(w, "pl011", platform.uart.start);
	list(w, "compatible", "arm,pl011\0arm,primecell");
	reg(w, platform.uart.start, platform.uart.end - platform.uart.start);
	if (platform.uart_irq)
		cells(w, "interrupts", interrupts, ARRAY_SIZE(interrupts));
	cells(w, "clocks", clocks, ARRAY_SIZE(clocks));
	list(w, "clock-names", "uartclk\0apb_pclk");
	end(w);
}

#define PCI_MEMORY32  0x02000000u /* IEEE 1275 PCI binding 2.2.1.1 */
#define PCI_MAP_CELLS 8           /* function (3), pin, controller, SPI (3) */

static void pci_lines_write(struct writer *w, const struct vm *vm)
{
	uint32_t map[PCI_LINES_MAX * PCI_MAP_CELLS], count = 0;
	uint32_t mask[] = {(uint32_t)pci.mask << 8, 0, 0, 7};

	for (unsigned i = 0; i < pci.line_count; i++) {
		const struct pci_line *line = &pci.lines[i];
		uint32_t spi = line->intid - INTID_SPI_FIRST;
		const uint32_t entry[PCI_MAP_CELLS] = {(uint32_t)line->function << 8,
						       0,
						       0,
						       line->pin,
						       PHANDLE_GIC,
						       IRQ_SPI,
						       spi,
						       IRQ_HIGH};

		if (vm_has_interrupt(vm, line->intid)) {
			memcpy(map + count, entry, sizeof(entry));
			count += PCI_MAP_CELLS;
		}
	}
	cell(w, "#interrupt-cells", 1);
	cells(w, "interrupt-map-mask", mask, ARRAY_SIZE(mask));
	cells(w, "interrupt-map", map, count);
}

/* No I/O ports, no 64-bit window, no interrupts by message: what there is suffices for BARs of all kinds but those. */
static void pci_write(struct writer *w, const struct vm *vm)
{
	uint32_t ranges[7] = {PCI_MEMORY32, (uint32_t)(pci.window.start >> 32),
			      (uint32_t)pci.window.start};
	uint32_t buses[] = {0, 0};

	wide_pair(ranges + 3, &pci.window);
	begin_at(w, "pcie", pci.ecam.start);
	text(w, "compatible", "pci-host-ecam-generic");
	text(w, "device_type", "pci");
	reg(w, pci.ecam.start, pci.ecam.end - pci.ecam.start);
	cell(w, "#address-cells", 3);
	cell(w, "#size-cells", 2);
	cells(w, "bus-range", buses, ARRAY_SIZE(buses));
	cells(w, "ranges", ranges, ARRAY_SIZE(ranges));
	if (pci.coherent)
		cells(w, "dma-coherent", NULL, 0);
	pci_lines_write(w, vm);
	end(w);
}

static void chosen_write(struct writer *w, const struct vmdt *what)
{
	char path[48];

	begin(w, "chosen");
	if (what->bootargs)
		text(w, "bootargs", what->bootargs);
	if (what->ramdisk.end > what->ramdisk.start) {
		wide(w, "linux,initrd-start", what->ramdisk.start);
		wide(w, "linux,initrd-end", what->ramdisk.end);
	}
	w->error = w->error ? w->error : seed_write(w->fdt);
	if (what->console) {
		fmt_print(path, sizeof(path), "/pl011@%llx",
			  (unsigned long long)platform.uart.start);
		text(w, "stdout-path", path);
	}
	end(w);
}

int vmdt_write(const struct vmdt *what, void *out, size_t room)
{
	struct writer w = {.fdt = out};

	w.error = fdt_create(out, (int)room);
	w.error = w.error ? w.error : fdt_finish_reservemap(out);
	begin(&w, "");
	cell(&w, "#address-cells", 2);
	cell(&w, "#size-cells", 2);
	cell(&w, "interrupt-parent", PHANDLE_GIC);
	text(&w, "compatible", "bulkhead,vm");
	hypervisor_write(&w, what);
	begin(&w, "psci");
	text(&w, "compatible", "arm,psci-1.0");
	text(&w, "method", "hvc");
	end(&w);
	cpus_write(&w, what->vm, what->nodes);
	memory_write(&w, what);
	if (what->vm->role == VM_LOGIN)
		gic_real_write(&w, what->vm);
	else
		gic_write(&w);
	timer_write(&w);
	if (what->console)
		console_write(&w);
	if (what->pci)
		pci_write(&w, what->vm);
	chosen_write(&w, what);
	end(&w);
	w.error = w.error ? w.error : fdt_finish(out);
	return w.error ? BH_ENOMEM : BH_OK;
}
