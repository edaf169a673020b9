/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads the machine's device tree. Everything the hypervisor knows of addresses comes from here.
 */
#include <hv/arm64/platform.h>

#include <bulkhead/status.h>
#include <hv/arm64/gic.h>
#include <hv/arm64/pci.h>
#include <libfdt.h>
#include <string.h>

static struct range ram_ranges[64];
struct platform platform = {.ram = RANGE_SET(ram_ranges)};

#define TOO_MANY_RESERVED "device tree: more reserved ranges than the hypervisor can hold"

static uint64_t cells_read(const fdt32_t *cells, int count)
{
	uint64_t value = 0;

	while (count-- > 0)
		value = value << 32 | fdt32_to_cpu(*cells++);
	return value;
}

/* Entry `index` of a node's reg property; false when there is none. */
static bool reg_read(const void *fdt, int node, int index, struct range *out)
{
	int parent = fdt_parent_offset(fdt, node);
	int na = fdt_address_cells(fdt, parent), ns = fdt_size_cells(fdt, parent), len;
	const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &len);

	if (!reg || na < 1 || ns < 0 || len < (index + 1) * (na + ns) * 4)
		return false;
	reg += index * (na + ns);
	out->start = cells_read(reg, na);
	out->end = out->start + cells_read(reg + na, ns);
	return out->end >= out->start;
}

/* What a VM that spans NUMA nodes is made from; a machine that says nothing has none of them. */
static void node_read(const void *fdt, int memory, const struct range *ram)
{
	int len;
	const fdt32_t *id = fdt_getprop(fdt, memory, "numa-node-id", &len);

	if (id && len == 4 && fdt32_to_cpu(*id) < MAX_NODES &&
	    platform.node_ram[fdt32_to_cpu(*id)].end == 0)
		platform.node_ram[fdt32_to_cpu(*id)] = *ram;
}

static void distances_read(const void *fdt)
{
	int map = fdt_node_offset_by_compatible(fdt, -1, "numa-distance-map-v1");

	if (map >= 0)
		platform.distances = fdt_getprop(fdt, map, "distance-matrix",
						 &platform.distances_size);
}

static const char *memory_read(const void *fdt)
{
	int node, count = fdt_num_mem_rsv(fdt);
	struct range r;

	fdt_for_each_subnode(node, fdt, 0)
	{
		const char *type = fdt_getprop(fdt, node, "device_type", NULL);

		if (!type || strcmp(type, "memory") != 0)
			continue;
		for (int i = 0; reg_read(fdt, node, i, &r); i++) {
			if (r.end > r.start && range_add(&platform.ram, r.start, r.end - r.start))
				return "device tree: /memory: more ranges than the hypervisor can hold";
			node_read(fdt, node, &r);
		}
	}
	if (platform.ram.count == 0)
		return "device tree: no /memory node";
	for (int i = 0; i < count; i++) {
		uint64_t start, size;

		if (fdt_get_mem_rsv(fdt, i, &start, &size) == 0 && size &&
		    range_remove(&platform.ram, start, size) == BH_ENOMEM)
			return TOO_MANY_RESERVED;
	}
	node = fdt_path_offset(fdt, "/reserved-memory");
	if (node >= 0) {
		int sub;

		fdt_for_each_subnode(
			sub, fdt,
			node) for (int i = 0; reg_read(fdt, sub, i, &r);
				   i++) if (range_remove(&platform.ram, r.start, r.end - r.start) ==
					    BH_ENOMEM) return TOO_MANY_RESERVED;
	}
	return NULL;
}

static const char *cpus_read(const void *fdt)
{
	int node, cpus = fdt_path_offset(fdt, "/cpus");

	fdt_for_each_subnode(node, fdt, cpus)
	{
		const char *type = fdt_getprop(fdt, node, "device_type", NULL);
		int len;
		const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &len);

		if (!type || strcmp(type, "cpu") != 0 || !reg || len < 4)
			continue;
		if (platform.cpu_count == MAX_CPUS)
			return "device tree: /cpus: more cores than the hypervisor can hold";
		platform.cpu_mpidr[platform.cpu_count++] = cells_read(reg, len / 4);
	}
	return platform.cpu_count ? NULL : "device tree: no cores in /cpus";
}

static const char *gic_read(const void *fdt)
{
	int node = fdt_node_offset_by_compatible(fdt, -1, "arm,gic-v3");

	if (node >= 0) {
		platform.gic_version = 3;
		if (!reg_read(fdt, node, 0, &platform.gic_dist))
			return "device tree: GICv3 without distributor";
		while (platform.gic_redist_count < MAX_REDISTS &&
		       reg_read(fdt, node, 1 + (int)platform.gic_redist_count,
				&platform.gic_redist[platform.gic_redist_count]))
			platform.gic_redist_count++;
		return platform.gic_redist_count ? NULL
						 : "device tree: GICv3 without redistributors";
	}
	node = fdt_node_offset_by_compatible(fdt, -1, "arm,cortex-a15-gic");
	if (node < 0)
		node = fdt_node_offset_by_compatible(fdt, -1, "arm,gic-400");
	if (node < 0)
		return "device tree: no GICv2 or GICv3";
	platform.gic_version = 2;
	if (!reg_read(fdt, node, 0, &platform.gic_dist) ||
	    !reg_read(fdt, node, 1, &platform.gicc) || !reg_read(fdt, node, 2, &platform.gich) ||
	    !reg_read(fdt, node, 3, &platform.gicv))
		return "device tree: GICv2 without virtualization registers";
	return NULL;
}

/* The console is a convenience: a machine without one boots, silently. */
static void uart_read(const void *fdt)
{
	int len, node, chosen = fdt_path_offset(fdt, "/chosen");
	const char *path = chosen < 0 ? NULL : fdt_getprop(fdt, chosen, "stdout-path", &len);
	const char *end;
	const fdt32_t *irq;

	if (!path || len <= 0 || path[len - 1] != '\0')
		return;
	end = strchr(path, ':');
	node = fdt_path_offset_namelen(fdt, path, end ? (int)(end - path) : len - 1);
	if (node < 0 || fdt_node_check_compatible(fdt, node, "arm,pl011") != 0)
		return;
	if (!reg_read(fdt, node, 0, &platform.uart))
		return;
	irq = fdt_getprop(fdt, node, "interrupts", &len);
	if (irq && len >= 12 && fdt32_to_cpu(irq[0]) == 0 &&
	    fdt32_to_cpu(irq[1]) < INTID_LIMIT - INTID_SPI_FIRST)
		platform.uart_irq = 32 + fdt32_to_cpu(irq[1]);
}

static const char *bundle_read(const void *fdt)
{
	int len, chosen = fdt_path_offset(fdt, "/chosen");
	const fdt32_t *start = chosen < 0 ? NULL
					  : fdt_getprop(fdt, chosen, "linux,initrd-start", &len);
	const fdt32_t *end;

	if (!start)
		return "no boot bundle: the device tree has no /chosen linux,initrd-start";
	platform.bundle.start = cells_read(start, len / 4);
	end = fdt_getprop(fdt, chosen, "linux,initrd-end", &len);
	if (end)
		platform.bundle.end = cells_read(end, len / 4);
	if (platform.bundle.end <= platform.bundle.start ||
	    !range_contains(&platform.ram, platform.bundle.start,
			    platform.bundle.end - platform.bundle.start))
		return "boot bundle: linux,initrd-start and linux,initrd-end do not lie in memory";
	return NULL;
}

const char *platform_read(const void *fdt)
{
	const char *error;

	if (fdt_check_header(fdt) != 0 || fdt_check_full(fdt, fdt_totalsize(fdt)) != 0)
		return "the boot loader gave no device tree";
	uart_read(fdt);
	pci_read(fdt);
	error = memory_read(fdt);
	distances_read(fdt);
	error = error ? error : cpus_read(fdt);
	error = error ? error : gic_read(fdt);
	error = error ? error : bundle_read(fdt);
	return error;
}
