/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PCI functions for the login VM (see pci.h). Configuration space is a page for each function (PCI Express base specification 7.2.2), which stage 2 can
 * split; interrupts are the four legacy lines, since message-signalled ones need physical addresses that nobody would check.
 */
#include <hv/arm64/pci.h>

#include <hv/arm64/gic.h>
#include <hv/arm64/log.h>
#include <hv/arm64/manifest.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/vm.h>
#include <libfdt.h>

#define FUNCTIONS 256u
/* 32-bit registers of a configuration page, and fields in them */
#define CONFIG_VENDOR    0x00
#define CONFIG_COMMAND   0x04
#define CONFIG_HEADER    0x0C
#define CONFIG_LIST      0x34
#define CONFIG_INTERRUPT 0x3C
#define COMMAND_INTX_OFF 0x0400u
#define HEADER_LAYOUT(v) ((v) >> 16 & 0x7F) /* 0: neither bridge nor CardBus */
#define INTERRUPT_PIN(v) ((v) >> 8 & 0xFF)
#define VENDOR_NONE      0xFFFFu
/* Capabilities: PCI local bus specification 6.7; PCI Express: base specification 7.5.3 */
#define CAPABILITY_FIRST   0x40u
#define CAPABILITY_ID(v)   ((v)&0xFF)
#define CAPABILITY_NEXT(v) ((v) >> 8 & 0xFC)
#define CAPABILITIES_MAX   48u
#define EXPRESS            0x10u
#define EXPRESS_DEVICE     0x04
#define EXPRESS_CONTROL    0x08
#define DEVICE_CAN_RESET   (1u << 28)
#define CONTROL_RESET      (1u << 15)
#define CONTROL_MASK       0xFFFFu /* above it status bits, write one to clear */
#define RESETS_A_SECOND    10u     /* base specification 6.6.2: 100 ms */

#define RANGE_TYPE     0x03000000u /* IEEE 1275 PCI binding 2.2.1.1: phys.hi */
#define RANGE_MEMORY32 0x02000000u
#define RANGE_CELLS    7 /* three of the bus address, two and two of CPU address and size */
#define MAP_PIN        3 /* cells of a child's address; its pin, then the parent */
#define MAP_SPI        0u

struct pci pci;

static uint64_t config(uint32_t function)
{
	return pci.ecam.start + function * PAGE_SIZE;
}

static uint64_t wide(const fdt32_t *cells)
{
	return (uint64_t)fdt32_to_cpu(cells[0]) << 32 | fdt32_to_cpu(cells[1]);
}

static void window_read(const void *fdt, int bridge)
{
	int len;
	const fdt32_t *at = fdt_getprop(fdt, bridge, "ranges", &len);

	for (int i = 0; at && i + RANGE_CELLS <= len / 4; i += RANGE_CELLS) {
		uint64_t start = wide(at + i + 3), size = wide(at + i + 5);

		if ((fdt32_to_cpu(at[i]) & RANGE_TYPE) == RANGE_MEMORY32 &&
		    wide(at + i + 1) == start && start + size > start)
			pci.window = (struct range){start, start + size};
	}
}

/* interrupt-map: child address (3), pin, controller, its address (#address-cells of it), SPI (3) */
static void lines_read(const void *fdt, int bridge)
{
	int len, mask_len;
	const fdt32_t *map = fdt_getprop(fdt, bridge, "interrupt-map", &len);
	const fdt32_t *mask = fdt_getprop(fdt, bridge, "interrupt-map-mask", &mask_len);
	int parent, stride;

	if (!map || !mask || len < (MAP_PIN + 2) * 4 || mask_len != (MAP_PIN + 1) * 4)
		return;
	parent = fdt_node_offset_by_phandle(fdt, fdt32_to_cpu(map[MAP_PIN + 1]));
	if (parent < 0)
		return;
	stride = MAP_PIN + 2 + fdt_address_cells(fdt, parent) + 3;
	pci.mask = fdt32_to_cpu(mask[0]) >> 8 & 0xFF;
	for (; len >= stride * 4 && pci.line_count < PCI_LINES_MAX;
	     len -= stride * 4, map += stride) {
		const fdt32_t *spi = map + stride - 3;

		if (fdt32_to_cpu(spi[0]) != MAP_SPI ||
		    fdt32_to_cpu(spi[1]) >= INTID_LIMIT - INTID_SPI_FIRST)
			continue;
		pci.lines[pci.line_count++] = (struct pci_line){
			.function = fdt32_to_cpu(map[0]) >> 8 & 0xFF,
			.pin = (uint8_t)fdt32_to_cpu(map[MAP_PIN]),
			.intid = INTID_SPI_FIRST + fdt32_to_cpu(spi[1]),
		};
	}
}

void pci_read(const void *fdt)
{
	int bridge = fdt_node_offset_by_compatible(fdt, -1, "pci-host-ecam-generic"), len;
	const fdt32_t *reg = bridge < 0 ? NULL : fdt_getprop(fdt, bridge, "reg", &len);

	if (!reg || len != 16 || wide(reg + 2) < FUNCTIONS * PAGE_SIZE)
		return;
	pci.ecam = (struct range){wide(reg), wide(reg) + FUNCTIONS * PAGE_SIZE};
	pci.coherent = fdt_getprop(fdt, bridge, "dma-coherent", NULL) != NULL;
	window_read(fdt, bridge);
	lines_read(fdt, bridge);
}

static bool function_exists(uint32_t function)
{
	return (mmio_read32(config(function) + CONFIG_VENDOR) & VENDOR_NONE) != VENDOR_NONE;
}

/* A bridge cuts off what lies behind it by the same bits. Its status, in the upper half, is write one to clear. */
void pci_silence(void)
{
	if (pci.ecam.start == pci.ecam.end)
		return;
	for (uint32_t function = 0; function < FUNCTIONS; function++)
		if (function_exists(function))
			mmio_write32(config(function) + CONFIG_COMMAND, COMMAND_INTX_OFF);
}

/* Of its PCI Express capability; 0: it has none. */
static uint64_t express_find(uint32_t function)
{
	uint32_t at = mmio_read32(config(function) + CONFIG_LIST) & 0xFC;

	for (unsigned i = 0; i < CAPABILITIES_MAX && at >= CAPABILITY_FIRST; i++) {
		uint32_t value = mmio_read32(config(function) + at);

		if (CAPABILITY_ID(value) == EXPRESS)
			return config(function) + at;
		at = CAPABILITY_NEXT(value);
	}
	return 0;
}

/* False: it cannot be. */
static bool function_reset(uint32_t function)
{
	uint64_t express = express_find(function);
	uint32_t control;

	if (!express || !(mmio_read32(express + EXPRESS_DEVICE) & DEVICE_CAN_RESET))
		return false;
	control = mmio_read32(express + EXPRESS_CONTROL) & CONTROL_MASK;
	mmio_write32(express + EXPRESS_CONTROL, control | CONTROL_RESET);
	return true;
}

void pci_reset_begin(void)
{
	bool any = false;

	pci_silence();
	for (uint32_t function = 0; pci.ecam.start != pci.ecam.end && function < FUNCTIONS;
	     function++)
		any |= function_exists(function) && function_reset(function);
	pci.ready = any ? sysreg_read(cntvct_el0) + sysreg_read(cntfrq_el0) / RESETS_A_SECOND : 0;
}

bool pci_reset_end(void)
{
	if (sysreg_read(cntvct_el0) < pci.ready)
		return false;
	pci_silence();
	return true;
}

static void line_give(struct vm *vm, uint32_t function)
{
	uint32_t pin = INTERRUPT_PIN(mmio_read32(config(function) + CONFIG_INTERRUPT));

	for (unsigned i = 0; i < pci.line_count; i++) {
		const struct pci_line *line = &pci.lines[i];

		if (line->pin == pin && line->function == (function & pci.mask))
			vm_give_interrupt(vm, line->intid);
	}
}

/* Configuration space that the VM was not given: there is nothing. */
static enum mmio_result config_absent(struct vcpu *vcpu, struct mmio_access *access)
{
	(void)vcpu;
	access->value = ~UINT64_C(0);
	return MMIO_DONE;
}

void pci_assign(struct vm *vm, const struct manifest_vm *m)
{
	int status = 0;

	for (unsigned i = 0; i < m->function_count && !status; i++) {
		uint32_t function = m->functions[i];

		if (pci.ecam.start == pci.ecam.end || !function_exists(function) ||
		    HEADER_LAYOUT(mmio_read32(config(function) + CONFIG_HEADER)))
			log_fatal(
				"manifest: /%s: bulkhead,pci-functions: no function %x on bus 0, or a bridge",
				m->node, function);
		line_give(vm, function);
		status = memory_map_device(vm, PA(config(function)), PAGE_SIZE);
	}
	if (m->function_count && !status)
		status = mmio_add(vm, pci.ecam.start, pci.ecam.end - pci.ecam.start, config_absent);
	if (m->function_count && !status)
		status = memory_map_device(vm, PA(pci.window.start),
					   pci.window.end - pci.window.start);
	if (status)
		log_fatal("manifest: /%s: devices cannot be mapped", m->node);
}
