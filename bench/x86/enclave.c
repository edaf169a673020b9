/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An enclave of all memory behind the multiboot modules: image, ramdisk, and the early page range with the boot record, the first
 * tables (a copy of the loader's) and a GDT.
 */
#include "loader.h"
#include <bulkhead/types.h>
#include <lib/arch/x86/cpu.h>
#include <string.h>

#define TABLE_PAGES 6u
#define EARLY_PAGES (2 + TABLE_PAGES) /* the boot record; the GDT */
#define GDT_SIZE    24u
#define SECOND_2026 UINT64_C(1767225600)

extern uint64_t tables[TABLE_PAGES * 512];
extern char gdt32[];

static bool number_read(const char **at, const char *name, uint64_t *value)
{
	size_t length = strlen(name);

	if (strncmp(*at, name, length) != 0)
		return false;
	for (*at += length, *value = 0; **at >= '0' && **at <= '9'; ++*at)
		*value = *value * 10 + (uint64_t)(**at - '0');
	return true;
}

/* "NAME NUMBERS... PARAMETERS": the first word that is not one of these begins the co-kernel's parameters */
void options_read(const char *at, struct options *options)
{
	uint64_t value;

	*options = (struct options){.cores = 1, .nodes = 1};
	while (*at && *at != ' ')
		at++;
	for (;;) {
		while (*at == ' ')
			at++;
		if (number_read(&at, "costs=", &value))
			options->costs = value;
		else if (number_read(&at, "probe=", &value))
			options->probe = value;
		else if (number_read(&at, "leaves=", &value))
			options->leaves = (unsigned)value;
		else if (number_read(&at, "at=", &value))
			options->at = value << 20;
		else if (number_read(&at, "cores=", &value))
			options->cores = (unsigned)value;
		else if (number_read(&at, "nodes=", &value))
			options->nodes = (unsigned)value;
		else if (number_read(&at, "exercise=", &value))
			options->exercise = value;
		else if (number_read(&at, "measure=", &value))
			options->measure = value;
		else if (number_read(&at, "x2apic=", &value))
			options->x2apic = value;
		else if (number_read(&at, "isolation=", &value))
			options->isolation = (unsigned)value;
		else if (number_read(&at, "stop=", &value))
			options->stop_ms = value;
		else if (number_read(&at, "memory=", &value))
			options->memory = value << 20;
		else
			break;
	}
	options->parameters = at;
	if (options->cores < 1 || options->cores > COKERNEL_CORES_MAX || options->nodes < 1 ||
	    options->nodes > ENCLAVE_NODES_MAX)
		fail("bad options");
}

/* The copies' entries point to one another. */
static uint64_t tables_copy(uint64_t to)
{
	uint64_t *table = (uint64_t *)to;

	memcpy(table, tables, sizeof(tables));
	table[0] = (to + 4096) | 3;
	for (unsigned i = 0; i < 4; i++)
		table[512 + i] = (to + (2 + i) * 4096) | 3;
	return to;
}

static void cores_describe(struct cokernel_boot *boot, const struct options *options)
{
	for (unsigned i = 0; i < COKERNEL_CORES_MAX; i++)
		boot->cores[i] = (struct cokernel_core){
			.apic_id = i + 1,
			.node = i < options->cores ? i * options->nodes / options->cores : 0,
			.package = i < options->cores ? i * options->nodes / options->cores : 0,
			.core = i,
			.linux_cpu = i + 1,
		};
}

static void ranges_describe(struct cokernel_boot *boot, uint64_t start, uint64_t size,
			    unsigned nodes)
{
	uint64_t each = ALIGN_DOWN(size / nodes, SIZE_2M);

	boot->range_count = boot->node_count = nodes;
	for (unsigned i = 0; i < nodes; i++) {
		boot->ranges[i] = (struct enclave_range){start + i * each, each, i, 0};
		for (unsigned to = 0; to < nodes; to++)
			boot->distances[i][to] = i == to ? 10 : 20;
	}
}

struct enclave enclave_make(const struct options *options, const uint32_t *modules, uint64_t top)
{
	const struct cokernel_image *image = (const struct cokernel_image *)(uint64_t)modules[0];
	uint64_t file = modules[1] - modules[0], disk = modules[5] - modules[4];
	uint64_t behind = ALIGN_UP(modules[5], SIZE_2M);
	uint64_t start = options->at > behind ? options->at : behind;
	uint64_t size = ALIGN_DOWN(top - start, SIZE_2M), ramdisk, early;
	struct cokernel_boot *boot;

	if (file < sizeof(*image) || image->magic != COKERNEL_IMAGE_MAGIC ||
	    image->version != COKERNEL_VERSION || image->memory_size < file || image->entry >= file)
		fail("the first module is no co-kernel");
	if (options->memory && options->memory < size)
		size = ALIGN_UP(options->memory, SIZE_2M);
	ramdisk = ALIGN_UP(start + image->memory_size, PAGE_SIZE);
	early = ALIGN_UP(ramdisk + disk, PAGE_SIZE);
	if (top < start || early + EARLY_PAGES * PAGE_SIZE > start + size)
		fail("not enough memory");
	memset((void *)start, 0, early + EARLY_PAGES * PAGE_SIZE - start);
	memcpy((void *)start, image, file);
	memcpy((void *)ramdisk, (void *)(uint64_t)modules[4], disk);
	memcpy((void *)(early + PAGE_SIZE), gdt32, GDT_SIZE);
	boot = (struct cokernel_boot *)early;
	*boot = (struct cokernel_boot){
		.magic = COKERNEL_BOOT_MAGIC,
		.version = COKERNEL_VERSION,
		.enclave = 1,
		.size = sizeof(*boot),
		.flags = options->x2apic ? COKERNEL_X2APIC : 0,
		.core_count = options->cores,
		.tsc_khz = options->tsc_khz,
		.wall_ns = SECOND_2026 * 1000000000,
		.wall_tsc = tsc_read(),
		.image = {start, image->memory_size},
		.ramdisk = {ramdisk, disk},
		.early = {early, EARLY_PAGES * PAGE_SIZE},
		.shared = {(uint64_t)&shared, SHARED_SIZE},
	};
	cores_describe(boot, options);
	ranges_describe(boot, start, size, options->nodes);
	if (strlen(options->parameters) >= sizeof(boot->parameters))
		fail("too many parameters");
	memcpy(boot->parameters, options->parameters, strlen(options->parameters));
	return (struct enclave){boot, start + image->entry, tables_copy(early + 2 * PAGE_SIZE),
				early + PAGE_SIZE, options->x2apic};
}
