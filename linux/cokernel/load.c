// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a co-kernel finds in its memory when it begins (bulkhead/cokernel.h). All of it lies in the first piece of the enclave's memory:
 * image, ramdisk, and `early`, which the module alone writes.
 */
#include <crypto/sha2.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/uaccess.h>
#include <asm/apicdef.h>
#include <asm/msr.h>
#include <asm/pgtable_types.h>
#include <asm/tsc.h>
#include "cores.h"
#include "enclave.h"
#include "protect.h"
#include "tables.h"

#define COPY_STEP   (1u << 20)
#define EARLY_FIXED 2u /* the boot parameters; the GDT */
#define APIC_GIB    4u /* the local APIC is in the fourth */
#define FINE_TABLES \
	4u /* of 4 KiB pages: local APIC, trampoline, the shared region, which may lie in two units */

static int copy_in(u64 to, u64 from, u64 size)
{
	for (u64 at = 0; at < size; at += COPY_STEP) {
		u64 part = min_t(u64, size - at, COPY_STEP);

		if (copy_from_user(__va(to + at), u64_to_user_ptr(from + at), part))
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int check_header(const struct cokernel_image *header, u64 size)
{
	if (header->magic != COKERNEL_IMAGE_MAGIC || header->version != COKERNEL_VERSION ||
	    header->zero != 0 || header->entry < sizeof(*header) || header->entry >= size ||
	    header->memory_size < size || header->memory_size > 1ull << 40)
		return -ENOEXEC;
	return 0;
}

/* Tables have room for all memory that the machine has: nobody knows which of it the enclave will get. */
static u64 early_pages(void)
{
	u64 gib = APIC_GIB;
	int node;

	for_each_online_node(node) gib = max(gib, (PFN_PHYS(node_end_pfn(node)) >> 30) + 1);
	return EARLY_FIXED + 1 + DIV_ROUND_UP(gib, 512) + gib + FINE_TABLES;
}

static void digest_image(struct enclave *enclave, u64 size)
{
	struct sha256_state sha;

	sha256_init(&sha);
	for (u64 at = 0; at < size; at += COPY_STEP) {
		sha256_update(&sha, __va(enclave->image.start + at),
			      (unsigned int)min_t(u64, size - at, COPY_STEP));
		cond_resched();
	}
	sha256_final(&sha, enclave->digest);
}

int load_files(struct enclave *enclave, const struct vmdev_create *create)
{
	struct enclave_config *config = &enclave->config;
	struct enclave_range *first = &config->ranges[0];
	struct cokernel_image header;
	u64 early = early_pages() * PAGE_SIZE, size, start;
	struct memory_search search = {};
	int error;

	if (create->image_size < sizeof(header) || create->image_size > first->size)
		return -ENOEXEC;
	if (copy_from_user(&header, u64_to_user_ptr(create->image), sizeof(header)))
		return -EFAULT;
	error = check_header(&header, create->image_size);
	if (error)
		return error;
	if (create->ramdisk_size > 1ull << 40)
		return -ENOMEM;
	size = PAGE_ALIGN(header.memory_size) + PAGE_ALIGN(create->ramdisk_size) + early;
	if (size > first->size)
		return -ENOMEM;
	start = memory_take_run(first->node, DIV_ROUND_UP(size, ENCLAVE_UNIT), &search, &error);
	if (!start)
		return error;
	/* there is room for the first */
	error = memory_add(&enclave->memory, start, DIV_ROUND_UP(size, ENCLAVE_UNIT), first->node);
	if (WARN_ON(error))
		return error;
	enclave->image = (struct enclave_blob){start, header.memory_size};
	enclave->entry = start + header.entry;
	enclave->ramdisk.size = create->ramdisk_size;
	enclave->ramdisk.start = create->ramdisk_size ? start + PAGE_ALIGN(header.memory_size) : 0;
	enclave->early.start = start + PAGE_ALIGN(header.memory_size) +
			       PAGE_ALIGN(create->ramdisk_size);
	enclave->early.size = early;
	enclave->boot = __va(enclave->early.start);
	error = copy_in(start, create->image, create->image_size);
	if (!error && create->ramdisk_size)
		error = copy_in(enclave->ramdisk.start, create->ramdisk, create->ramdisk_size);
	if (error)
		return error;
	/* it is the caller's memory, and may have changed since */
	memcpy(__va(start), &header, sizeof(header));
	digest_image(enclave, create->image_size);
	return 0;
}

bool load_needs(const struct enclave *enclave, u64 unit)
{
	u64 end = unit + ENCLAVE_UNIT;

	return (unit < enclave->image.start + enclave->image.size && end > enclave->image.start) ||
	       (unit < enclave->early.start + enclave->early.size && end > enclave->early.start);
}

static void list_core(struct enclave *enclave, struct cokernel_boot *boot, u32 cpu)
{
	u32 index = enclave->core_count++;

	cpumask_set_cpu(cpu, &enclave->listed);
	enclave->cores[index].cpu = cpu;
	boot->cores[index] = core_place(cpu);
}

static bool has_node(const struct enclave *enclave, u32 node)
{
	for (u32 i = 0; i < enclave->config.range_count; i++)
		if (enclave->config.ranges[i].node == node)
			return true;
	return false;
}

/* Behind those that start: others that the machine has, at first those near the enclave's memory. */
static void list_cores(struct enclave *enclave, struct cokernel_boot *boot)
{
	enclave->core_count = 0;
	cpumask_clear(&enclave->listed);
	for (u32 i = 0; i < enclave->config.vcpus; i++)
		list_core(enclave, boot, enclave->cores[i].cpu);
	for (u32 is_far = 0; is_far < 2; is_far++)
		for (u32 cpu = 1; cpu < nr_cpu_ids; cpu++)
			if (core_is_known(cpu) && enclave->core_count < COKERNEL_CORES_MAX &&
			    !cpumask_test_cpu(cpu, &enclave->listed) &&
			    has_node(enclave, core_place(cpu).node) != is_far)
				list_core(enclave, boot, cpu);
}

static void list_nodes(struct cokernel_boot *boot)
{
	boot->node_count = min_t(u32, (u32)nr_node_ids, ENCLAVE_NODES_MAX);
	for (u32 i = 0; i < boot->node_count; i++)
		for (u32 j = 0; j < boot->node_count; j++)
			boot->distances[i][j] = (u8)node_distance((int)i, (int)j);
}

int load_boot(struct enclave *enclave)
{
	struct cokernel_boot *boot = enclave->boot;
	static const u64 gdt[3] = {0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF};

	if (enclave->memory.count > ENCLAVE_RANGES_MAX)
		return -ENOMEM;
	memset(boot, 0, PAGE_SIZE);
	memcpy((u8 *)boot + PAGE_SIZE, gdt, sizeof(gdt));
	boot->magic = COKERNEL_BOOT_MAGIC;
	boot->version = COKERNEL_VERSION;
	boot->enclave = enclave->id;
	boot->size = sizeof(*boot);
	boot->flags = kernel_is_x2apic() ? COKERNEL_X2APIC : 0;
	boot->core_count = enclave->config.vcpus;
	boot->range_count = enclave->memory.count;
	memcpy(boot->ranges, enclave->memory.ranges,
	       enclave->memory.count * sizeof(boot->ranges[0]));
	boot->tsc_khz = tsc_khz;
	boot->image = enclave->image;
	boot->ramdisk = enclave->ramdisk;
	boot->early = enclave->early;
	boot->shared = (struct enclave_blob){virt_to_phys(enclave->shared),
					     PAGE_ALIGN(sizeof(*enclave->shared))};
	get_random_bytes(boot->seed, sizeof(boot->seed));
	strscpy(boot->parameters, enclave->config.bootargs, sizeof(boot->parameters));
	list_cores(enclave, boot);
	list_nodes(boot);
	boot->wall_ns = ktime_get_real_ns();
	boot->wall_tsc = rdtsc();
	return load_tables(enclave);
}

int load_tables(struct enclave *enclave)
{
	struct tables tables;
	u64 apic;
	int error = tables_init(&tables, enclave->early.start + EARLY_FIXED * PAGE_SIZE,
				enclave->early.size / PAGE_SIZE - EARLY_FIXED);

	if (error)
		return error;
	for (unsigned int i = 0; i < enclave->memory.count; i++)
		tables_map(&tables, enclave->memory.ranges[i].start, enclave->memory.ranges[i].size,
			   0);
	tables_map(&tables, virt_to_phys(enclave->shared), PAGE_ALIGN(sizeof(*enclave->shared)), 0);
	tables_map(&tables, park_page(), PAGE_SIZE, 0);
	rdmsrl(MSR_IA32_APICBASE, apic);
	tables_map(&tables, apic & MSR_IA32_APICBASE_BASE, PAGE_SIZE, _PAGE_PCD | _PAGE_PWT);
	return tables_put(&tables);
}

int load_entry(struct enclave *enclave, u32 index, struct park_entry *entry)
{
	u64 boot = enclave->early.start;

	*entry = (struct park_entry){
		.entry = enclave->entry,
		.boot = boot,
		.index = index,
		.tables = boot + EARLY_FIXED * PAGE_SIZE,
		.gdt = boot + PAGE_SIZE,
		.state = virt_to_phys(&enclave->shared->core_state[index]),
	};
	return protect_core(enclave, index, entry);
}
