/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Descriptors of memory transactions for the fuzzer (see fuzz.h).
 */
#include <tests/guest/fuzz.h>

#include <bulkhead/ffa.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/random.h>

static bool one_in(struct fuzz *f, uint64_t n)
{
	return random_below(&f->random, n) == 0;
}

/* Memory to offer: nobody looks at it, so that it may go away. Or another's */
static uint64_t offered_choose(struct fuzz *f)
{
	if (one_in(f, 8))
		return f->foreign[random_below(&f->random, ARRAY_SIZE(f->foreign))];
	return f->offered + PAGE_SIZE * random_below(&f->random, FUZZ_OFFERED);
}

uint16_t fuzz_partner(struct fuzz *f)
{
	return f->primary || one_in(f, 8) ? (uint16_t)fuzz_vm(f) : FFA_PRIMARY_ID;
}

uint64_t fuzz_descriptor(struct fuzz *f, uint32_t function)
{
	struct ffa_mem_header *h = (void *)(f->tx ? f->tx : f->pages);
	struct ffa_mem_access *access = (void *)(h + 1);
	struct ffa_mem_composite *composite = (void *)(access + 1);
	struct ffa_mem_range *ranges = (void *)(composite + 1);
	bool request = function == FFA_MEM_RETRIEVE_REQ_32;
	uint64_t r = random_next(&f->random);
	uint32_t count = 1 + (uint32_t)(r >> 8 & 1);

	if (function == FFA_MEM_RELINQUISH) {
		*(struct ffa_mem_relinquish *)h = (struct ffa_mem_relinquish){fuzz_handle(f, true),
									      0, 1, guest.id};
		return 0;
	}
	*h = (struct ffa_mem_header){.sender = request ? fuzz_partner(f) : guest.id,
				     .attributes = function == FFA_MEM_LEND_32 ? 0 : FFA_MEM_NORMAL,
				     .handle = request ? fuzz_handle(f, true) : 0,
				     .access_size = sizeof(*access),
				     .access_count = 1,
				     .access_offset = sizeof(*h)};
	*access = (struct ffa_mem_access){
		.receiver = request ? guest.id : fuzz_partner(f),
		.permissions = (uint8_t)(request ? 0 : 1 + (r >> 10 & 1)),
		.composite_offset = request ? 0 : sizeof(*h) + sizeof(*access)};
	*composite = (struct ffa_mem_composite){count, count, 0};
	for (uint32_t i = 0; i < count; i++)
		ranges[i] = (struct ffa_mem_range){offered_choose(f), 1, 0};
	f->receiver = access->receiver;
	if (one_in(f, 8))
		((uint32_t *)h)[random_below(&f->random, 24)] = (uint32_t)fuzz_edge(f);
	return request ? sizeof(*h) + sizeof(*access)
		       : sizeof(*h) + sizeof(*access) + sizeof(*composite) +
				 count * sizeof(*ranges);
}
