/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The device tree through libfdt. No state but where the blob is.
 */
#include <lwk/dt.h>
#include <lwk/errno.h>
#include <libfdt.h>
#include <string.h>

static const void *fdt;

int dt_init(const void *blob, uint64_t size)
{
	if (size < sizeof(struct fdt_header) || fdt_check_header(blob) != 0 ||
	    fdt_totalsize(blob) > size)
		return -EINVAL;
	fdt = blob;
	return 0;
}

uint64_t dt_size(void)
{
	return fdt_totalsize(fdt);
}

int dt_find_compatible(int after, const char *compatible)
{
	int node = after;

	do {
		node = fdt_node_offset_by_compatible(fdt, node, compatible);
	} while (node >= 0 && !dt_is_enabled(node));
	return node < 0 ? -1 : node;
}

int dt_find_path(const char *path)
{
	int node = fdt_path_offset(fdt, path);

	return node < 0 ? -1 : node;
}

int dt_find_phandle(uint32_t phandle)
{
	int node = fdt_node_offset_by_phandle(fdt, phandle);

	return node < 0 ? -1 : node;
}

int dt_first_child(int node)
{
	int child = fdt_first_subnode(fdt, node);

	return child < 0 ? -1 : child;
}

int dt_next_sibling(int node)
{
	int next = fdt_next_subnode(fdt, node);

	return next < 0 ? -1 : next;
}

int dt_parent(int node)
{
	int parent = fdt_parent_offset(fdt, node);

	return parent < 0 ? -1 : parent;
}

const char *dt_name(int node)
{
	const char *name = fdt_get_name(fdt, node, NULL);

	return name ? name : "";
}

bool dt_is_compatible(int node, const char *compatible)
{
	return fdt_node_check_compatible(fdt, node, compatible) == 0;
}

bool dt_is_enabled(int node)
{
	const char *status = dt_string(node, "status");

	return !status || strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0;
}

static uint64_t cells_read(const fdt32_t *cells, unsigned count)
{
	uint64_t value = 0;

	while (count-- > 0)
		value = value << 32 | fdt32_to_cpu(*cells++);
	return value;
}

/*
 * Through the `ranges` of `bus` and of its parents up to the root. An empty `ranges` is the
 * identity, a missing one no way.
 */
static bool translate(int bus, uint64_t *address)
{
	for (int parent; (parent = dt_parent(bus)) >= 0; bus = parent) {
		int length;
		const fdt32_t *ranges = fdt_getprop(fdt, bus, "ranges", &length);
		unsigned child_cells = (unsigned)fdt_address_cells(fdt, bus);
		unsigned parent_cells = (unsigned)fdt_address_cells(fdt, parent);
		unsigned size_cells = (unsigned)fdt_size_cells(fdt, bus);
		unsigned step = child_cells + parent_cells + size_cells;
		unsigned count;

		if (!ranges || child_cells > 2 || parent_cells > 2 || size_cells > 2)
			return false;
		if (length == 0)
			continue;
		for (count = (unsigned)length / 4 / step; count > 0; count--, ranges += step) {
			uint64_t base = cells_read(ranges, child_cells);
			uint64_t size = cells_read(ranges + child_cells + parent_cells, size_cells);

			if (*address - base < size) {
				*address += cells_read(ranges + child_cells, parent_cells) - base;
				break;
			}
		}
		if (count == 0)
			return false;
	}
	return true;
}

bool dt_reg(int node, unsigned index, struct dt_reg *reg)
{
	int length, parent = dt_parent(node);
	const fdt32_t *cells = fdt_getprop(fdt, node, "reg", &length);
	unsigned address_cells, size_cells, step;

	if (!cells || parent < 0)
		return false;
	address_cells = (unsigned)fdt_address_cells(fdt, parent);
	size_cells = (unsigned)fdt_size_cells(fdt, parent);
	step = address_cells + size_cells;
	if (address_cells > 2 || size_cells > 2 || (index + 1) * step > (unsigned)length / 4)
		return false;
	cells += index * step;
	reg->base.v = cells_read(cells, address_cells);
	reg->size = cells_read(cells + address_cells, size_cells);
	/* what has no size is no memory (cpu numbers) and is not translated */
	return size_cells == 0 || translate(parent, &reg->base.v);
}

bool dt_cell(int node, const char *property, unsigned index, uint32_t *value)
{
	int length;
	const fdt32_t *cells = fdt_getprop(fdt, node, property, &length);

	if (!cells || (index + 1) * 4 > (unsigned)length)
		return false;
	*value = fdt32_to_cpu(cells[index]);
	return true;
}

bool dt_number(int node, const char *property, uint64_t *value)
{
	int length;
	const fdt32_t *cells = fdt_getprop(fdt, node, property, &length);

	if (!cells || (length != 4 && length != 8))
		return false;
	*value = cells_read(cells, (unsigned)length / 4);
	return true;
}

const char *dt_string(int node, const char *property)
{
	int length;
	const char *text = fdt_getprop(fdt, node, property, &length);

	return text && length > 0 && text[length - 1] == '\0' ? text : NULL;
}

int dt_interrupt_parent(int node)
{
	for (; node >= 0; node = dt_parent(node)) {
		uint32_t phandle;

		if (dt_cell(node, "interrupt-parent", 0, &phandle))
			return dt_find_phandle(phandle);
	}
	return -1;
}

unsigned dt_interrupt(int node, unsigned index, uint32_t cells[4])
{
	uint32_t count;

	if (!dt_cell(dt_interrupt_parent(node), "#interrupt-cells", 0, &count) || count == 0 ||
	    count > 4)
		return 0;
	for (unsigned i = 0; i < count; i++) {
		if (!dt_cell(node, "interrupts", index * count + i, &cells[i]))
			return 0;
	}
	return count;
}

static int ranges_add_reg(struct range_set *set, int node)
{
	struct dt_reg reg;

	for (unsigned i = 0; dt_reg(node, i, &reg); i++) {
		if (reg.size && range_add(set, reg.base.v, reg.size))
			return -ENOMEM;
	}
	return 0;
}

static bool is_memory(int node)
{
	const char *type = dt_string(node, "device_type");

	return dt_is_enabled(node) &&
	       ((type && strcmp(type, "memory") == 0) || strncmp(dt_name(node), "memory@", 7) == 0);
}

int dt_next_memory(int after)
{
	int node = after < 0 ? dt_first_child(0) : dt_next_sibling(after);

	while (node >= 0 && !is_memory(node))
		node = dt_next_sibling(node);
	return node;
}

int dt_memory(struct range_set *ram)
{
	int status = 0;

	for (int node = dt_next_memory(-1); node >= 0 && !status; node = dt_next_memory(node))
		status = ranges_add_reg(ram, node);
	return status;
}

int dt_reserved(struct range_set *reserved)
{
	int node = dt_find_path("/reserved-memory");
	int status = 0;

	for (int i = 0; i < fdt_num_mem_rsv(fdt) && !status; i++) {
		uint64_t base, size;

		if (fdt_get_mem_rsv(fdt, i, &base, &size) == 0 && size &&
		    range_add(reserved, base, size))
			status = -ENOMEM;
	}
	for (node = node < 0 ? -1 : dt_first_child(node); node >= 0 && !status;
	     node = dt_next_sibling(node))
		status = ranges_add_reg(reserved, node);
	return status;
}
