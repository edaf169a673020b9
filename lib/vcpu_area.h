/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The area of one core's hypervisor (bulkhead/vcpu.h): how its pages follow one another in memory, and the tables that show them to it.
 */
#ifndef LIB_VCPU_AREA_H
#define LIB_VCPU_AREA_H

#include <bulkhead/vcpu.h>
#include <stdbool.h>
#include <stddef.h>

#define VCPU_PAGE          0x1000u
#define VCPU_TABLE_PAGES   4u
#define VCPU_IMAGE_OFFSET  (VCPU_TABLE_PAGES * VCPU_PAGE)
#define VCPU_CONFIG_OFFSET (VCPU_IMAGE_OFFSET + VCPU_IMAGE_MAX)
#define VCPU_REPORT_OFFSET (VCPU_CONFIG_OFFSET + VCPU_PAGE)
#define VCPU_STACK_OFFSET  (VCPU_REPORT_OFFSET + VCPU_PAGE)

/* Whether the bytes are a hypervisor's image. */
bool vcpu_image_is_sound(const void *image, size_t size);
/*
 * Fills `area`, VCPU_AREA_SIZE bytes that lie at `physical`, a multiple of 4 KiB: tables (their root is the first page), the image, which is
 * sound, and `config`, whose control and save are filled in. `start_page`, below 1 MiB, is mapped to itself: cores come from there.
 */
void vcpu_area_make(void *area, uint64_t physical, const void *image, size_t size,
		    uint64_t start_page, const struct vcpu_config *config);

static inline struct vcpu_config *vcpu_area_config(void *area)
{
	return (struct vcpu_config *)((uint8_t *)area + VCPU_CONFIG_OFFSET);
}

static inline struct vcpu_report *vcpu_area_report(void *area)
{
	return (struct vcpu_report *)((uint8_t *)area + VCPU_REPORT_OFFSET);
}

#endif
