/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See vcpu_area.h. One table of 512 pages shows all that the hypervisor has. Nothing in it is both written and executed; the page of
 * the table itself is there so that the window can be moved.
 */
#include <lib/vcpu_area.h>
#include <lib/string.h>

/* Intel SDM 3A 4.5 */
#define PRESENT    UINT64_C(1)
#define WRITABLE   UINT64_C(2)
#define UNCACHED   UINT64_C(0x18)
#define NO_EXECUTE (UINT64_C(1) << 63)

/* flat: 64-bit code, data, both accessed; a busy 64-bit task whose segment is never used, with the limit that VM exits give it */
#define DESCRIPTOR_CODE UINT64_C(0x00AF9B000000FFFF)
#define DESCRIPTOR_DATA UINT64_C(0x00CF93000000FFFF)
#define DESCRIPTOR_TASK (UINT64_C(0x00008B0000000067) | (uint64_t)VCPU_REPORT << 16)

static_assert(VCPU_STACK_OFFSET + VCPU_STACK_SIZE + 2 * VCPU_PAGE == VCPU_AREA_SIZE, "all of it");
static_assert(VCPU_REPORT < 1 << 24, "fits into the low part of a descriptor's base");

bool vcpu_image_is_sound(const void *image, size_t size)
{
	const struct vcpu_image *header = image;

	return size >= sizeof(*header) && header->magic == VCPU_IMAGE_MAGIC &&
	       header->version == VCPU_VERSION && header->file_size == size &&
	       header->memory_size >= size && header->memory_size <= VCPU_IMAGE_MAX &&
	       header->code_size % VCPU_PAGE == 0 && header->code_size <= header->memory_size &&
	       header->entry >= VCPU_IMAGE && header->entry < VCPU_IMAGE + header->code_size;
}

static void map(uint64_t *table, uint64_t address, uint64_t physical, uint64_t size, uint64_t flags)
{
	for (uint64_t at = 0; at < size; at += VCPU_PAGE)
		table[(address + at) / VCPU_PAGE] = (physical + at) | PRESENT | flags;
}

static void map_all(uint64_t *table, uint64_t physical, uint32_t code_size, uint64_t start_page,
		    uint64_t apic)
{
	const uint64_t data = WRITABLE | NO_EXECUTE;
	uint64_t stack = physical + VCPU_STACK_OFFSET;

	map(table, start_page, start_page, VCPU_PAGE, WRITABLE);
	map(table, VCPU_IMAGE, physical + VCPU_IMAGE_OFFSET, code_size, 0);
	map(table, VCPU_IMAGE + code_size, physical + VCPU_IMAGE_OFFSET + code_size,
	    VCPU_IMAGE_MAX - code_size, data);
	map(table, VCPU_CONFIG, physical + VCPU_CONFIG_OFFSET, VCPU_PAGE, NO_EXECUTE);
	map(table, VCPU_REPORT, physical + VCPU_REPORT_OFFSET, VCPU_PAGE, data);
	map(table, VCPU_STACK, stack, VCPU_STACK_SIZE, data);
	map(table, VCPU_CONTROL, stack + VCPU_STACK_SIZE, VCPU_PAGE, data);
	map(table, VCPU_SAVE, stack + VCPU_STACK_SIZE + VCPU_PAGE, VCPU_PAGE, data);
	map(table, VCPU_APIC, apic, VCPU_PAGE, data | UNCACHED);
	map(table, VCPU_TABLE, physical + 3 * VCPU_PAGE, VCPU_PAGE, data);
}

void vcpu_area_make(void *area, uint64_t physical, const void *image, size_t size,
		    uint64_t start_page, const struct vcpu_config *from)
{
	const struct vcpu_image *header = image;
	struct vcpu_config *config = vcpu_area_config(area);
	uint8_t *bytes = area;

	memset(area, 0, VCPU_AREA_SIZE);
	for (unsigned i = 0; i < VCPU_TABLE_PAGES - 1; i++)
		*(uint64_t *)(void *)(bytes + i * VCPU_PAGE) = (physical + (i + 1) * VCPU_PAGE) |
							       PRESENT | WRITABLE;
	map_all((uint64_t *)(void *)(bytes + 3 * VCPU_PAGE), physical, header->code_size,
		start_page, from->apic);
	memcpy(bytes + VCPU_IMAGE_OFFSET, image, size);
	*config = *from;
	config->version = VCPU_VERSION;
	config->size = sizeof(*config);
	config->control = physical + VCPU_STACK_OFFSET + VCPU_STACK_SIZE;
	config->save = config->control + VCPU_PAGE;
	config->gdt[1] = DESCRIPTOR_CODE;
	config->gdt[2] = DESCRIPTOR_DATA;
	config->gdt[3] = DESCRIPTOR_TASK;
}
