/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See descriptor.h.
 */
#include "descriptor.h"

static uint32_t put(uint8_t *tx, uint32_t at, const void *from, size_t size)
{
	memcpy(tx + at, from, size);
	return at + (uint32_t)size;
}

uint32_t descriptor_write(const struct descriptor *d, uint8_t *tx)
{
	const struct ffa_mem_header *h = &d->header;
	struct ffa_mem_header_v1_0 old = {
		h->sender, (uint8_t)h->attributes, (uint8_t)h->reserved[0], h->flags, h->handle,
		h->tag,    h->reserved[1],         h->access_count};
	uint32_t at = d->v1_0 ? put(tx, 0, &old, sizeof(old)) : put(tx, 0, h, sizeof(*h)),
		 composite;

	composite = at + h->access_count * (uint32_t)sizeof(d->access[0]) + d->gap;
	for (uint32_t i = 0; i < h->access_count; i++) {
		struct ffa_mem_access access = d->access[i];

		access.composite_offset += d->has_composite ? composite : 0;
		at = put(tx, at, &access, sizeof(access));
	}
	if (d->has_composite) {
		at = put(tx, at + d->gap, &d->composite, sizeof(d->composite));
		for (uint32_t i = 0; i < d->composite.range_count; i++)
			at = put(tx, at, &d->ranges[i], sizeof(d->ranges[i]));
	}
	return at - d->cut;
}

void descriptor_spoil(struct descriptor *d, struct random *rng)
{
	switch ((uint32_t)random_below(rng, 12)) {
	case 0:
		d->header.flags |= FFA_MEM_TIME_SLICE;
		break;
	case 1:
		d->header.reserved[(uint32_t)random_below(rng, 2)] = 1;
		break;
	case 2:
		d->access[(uint32_t)random_below(rng, d->header.access_count)].flags = 1;
		break;
	case 3:
		d->access[(uint32_t)random_below(rng, d->header.access_count)].reserved =
			UINT64_C(1) << (uint32_t)random_below(rng, 64);
		break;
	case 4:
		d->access[(uint32_t)random_below(rng, d->header.access_count)].permissions |= 3;
		break;
	case 5:
		d->access[(uint32_t)random_below(rng, d->header.access_count)].permissions |=
			(uint8_t)(0x10 << (uint32_t)random_below(rng, 4));
		break;
	case 6:
		d->header.access_count = 0;
		break;
	case 7:
		d->cut = 1 + (uint32_t)random_below(rng, 16);
		break;
	case 8:
		d->access[0].composite_offset += d->has_composite ? 4 : 8;
		break;
	case 9:
		d->header.attributes ^= (uint16_t)(1u << (uint32_t)random_below(rng, 6));
		d->header.attributes |= 0x10; /* device memory, or a type without the rest */
		break;
	case 10:
		if (d->has_composite)
			d->composite.page_count++;
		else
			d->header.flags |= 1u << 5;
		break;
	default:
		if (d->has_composite)
			d->ranges[0].reserved = 1;
		else
			d->header.flags |= 1u << 9;
	}
}
