/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A reader of flattened device trees (Devicetree Specification 0.4, section 5) for the few nodes
 * that a test guest needs.
 */
#include <tests/guest/runtime/guest.h>

#include <bulkhead/dt.h>
#include <lib/string.h>

#define FDT_MAGIC      0xD00DFEEDu
#define FDT_BEGIN_NODE 1u
#define FDT_END_NODE   2u
#define FDT_PROP       3u
#define FDT_NOP        4u
#define DEPTH_MAX      4

struct guest guest;

struct property {
	const char *node, *parent; /* names, "" for the root's */
	const char *name;
	const uint8_t *data;
	uint32_t length;
};

static uint32_t cell(const void *at)
{
	const uint8_t *p = at;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t wide(const void *at)
{
	return (uint64_t)cell(at) << 32 | cell((const uint8_t *)at + 4);
}

static bool is(const struct property *p, const char *name)
{
	return strcmp(p->name, name) == 0;
}

static bool node_is(const char *node, const char *name)
{
	size_t length = strlen(name);

	return strncmp(node, name, length) == 0 && (node[length] == '\0' || node[length] == '@');
}

static void span_read(const struct property *p, struct span *out)
{
	if (is(p, "reg") && p->length >= 16)
		*out = (struct span){wide(p->data), wide(p->data + 8)};
}

static void hypervisor_property(const struct property *p)
{
	if (is(p, "role"))
		guest.primary = strcmp((const char *)p->data, DT_ROLE_PRIMARY) == 0;
	if (is(p, "vm-id"))
		guest.id = (uint16_t)cell(p->data);
	if (is(p, DT_LOGIN_VM))
		guest.login = (uint16_t)cell(p->data);
}

/* the hypervisor writes reg before vm-id */
static void stream_property(const struct property *p)
{
	struct guest_stream *stream = &guest.streams[guest.stream_count];

	if (guest.stream_count == STREAMS_MAX)
		return;
	span_read(p, &stream->at);
	if (is(p, "vm-id")) {
		stream->peer = (uint16_t)cell(p->data);
		guest.stream_count++;
	}
}

static void gic_property(const struct property *p)
{
	struct span reg = {0};

	const char *compatible = (const char *)p->data;

	if (is(p, "compatible"))
		guest.gic_version = strcmp(compatible, DT_PV_GICV3_COMPATIBLE) == 0 ||
						    strcmp(compatible, "arm,gic-v3") == 0
					    ? 3
					    : 2;
	span_read(p, &reg);
	/* a standard one: the distributor, then the redistributors or the CPU interface */
	if (reg.size && p->length == 32) {
		guest.gicd = reg.start;
		guest.gicr = guest.gicv = wide(p->data + 16);
		return;
	}
	if (reg.size) {
		guest.gicv = reg.start;
		guest.gicv_size = reg.size;
	}
}

/* ranges: bus address (3 cells), address, size */
static void pci_property(const struct property *p)
{
	struct span reg = {0};

	span_read(p, &reg);
	if (reg.size)
		guest.ecam = reg.start;
	if (is(p, "ranges") && p->length >= 28)
		guest.window = (struct span){wide(p->data + 12), wide(p->data + 20)};
}

/* The first is what it was loaded into; of the others the largest counts. */
static void memory_property(const struct property *p)
{
	struct span span = {0};

	if (!guest.memory.size) {
		span_read(p, &guest.memory);
		return;
	}
	span_read(p, &span);
	if (span.size > guest.rest.size)
		guest.rest = span;
}

static void property_read(const struct property *p)
{
	if (node_is(p->node, "hypervisor"))
		hypervisor_property(p);
	else if (node_is(p->node, "stream"))
		stream_property(p);
	else if (node_is(p->node, "log"))
		span_read(p, &guest.log);
	else if (node_is(p->node, "memory"))
		memory_property(p);
	else if (node_is(p->node, "pl011"))
		span_read(p, &guest.uart);
	else if (node_is(p->node, "interrupt-controller"))
		gic_property(p);
	else if (node_is(p->node, "pcie"))
		pci_property(p);
	else if (node_is(p->node, "cpu") && is(p, "reg") && guest.vcpus < CORES_MAX)
		guest.mpidr[guest.vcpus++] = wide(p->data);
	else if (node_is(p->node, "chosen") && is(p, "bootargs"))
		guest.bootargs = (const char *)p->data;
	else if (node_is(p->node, "chosen") && is(p, "rng-seed") && p->length >= 8)
		guest.seed = p->data;
}

bool guest_read(const void *fdt)
{
	const uint8_t *at = (const uint8_t *)fdt + cell((const uint8_t *)fdt + 8);
	const char *strings = (const char *)fdt + cell((const uint8_t *)fdt + 12);
	const char *names[DEPTH_MAX + 1] = {"", ""};
	unsigned depth = 0;

	guest.bootargs = "";
	if (cell(fdt) != FDT_MAGIC)
		return false;
	for (;;) {
		uint32_t token = cell(at);

		at += 4;
		if (token == FDT_BEGIN_NODE && depth < DEPTH_MAX) {
			names[++depth] = (const char *)at;
			at += ALIGN_UP(strlen((const char *)at) + 1, 4u);
		} else if (token == FDT_END_NODE && depth) {
			depth--;
		} else if (token == FDT_PROP && depth) {
			struct property p = {names[depth], names[depth - 1], strings + cell(at + 4),
					     at + 8, cell(at)};

			property_read(&p);
			at += 8 + ALIGN_UP(p.length, 4u);
		} else if (token != FDT_NOP) {
			return depth == 0 && guest.memory.size && guest.vcpus;
		}
	}
}

void guest_word(const char *name, char *out, size_t room)
{
	size_t length = strlen(name), used = 0;

	for (const char *p = guest.bootargs; *p; p++) {
		if ((p != guest.bootargs && p[-1] != ' ') || strncmp(p, name, length) != 0 ||
		    p[length] != '=')
			continue;
		for (p += length + 1; *p && *p != ' ' && used + 1 < room; p++)
			out[used++] = *p;
		break;
	}
	out[used] = '\0';
}

uint64_t guest_argument(const char *name, uint64_t otherwise)
{
	char text[32];

	guest_word(name, text, sizeof(text));
	return text[0] ? strtoul(text, NULL, 0) : otherwise;
}
