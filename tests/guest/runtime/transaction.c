/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See transaction.h.
 */
#include <tests/guest/runtime/transaction.h>

#include <lib/string.h>

struct transaction transaction_of(uint64_t function, uint16_t receiver, uint64_t address,
				  uint32_t pages)
{
	bool donated = (function & ~UINT64_C(0x40000000)) == FFA_MEM_DONATE_32;
	bool shared = (function & ~UINT64_C(0x40000000)) == FFA_MEM_SHARE_32;

	return (struct transaction){
		.function = function,
		.header = {.sender = guest.id,
			   .attributes = shared ? FFA_MEM_NORMAL : 0,
			   .access_size = sizeof(struct ffa_mem_access),
			   .access_count = 1},
		.access = {{.receiver = receiver, .permissions = donated ? 0 : FFA_MEM_READ_WRITE}},
		.composite = {.page_count = pages, .range_count = 1},
		.ranges = {{.address = address, .page_count = pages}},
	};
}

struct transaction transaction_request(uint16_t owner, uint64_t handle)
{
	return (struct transaction){
		.function = FFA_MEM_RETRIEVE_REQ_32,
		.header = {.sender = owner,
			   .handle = handle,
			   .access_size = sizeof(struct ffa_mem_access),
			   .access_count = 1},
		.access = {{.receiver = guest.id}},
	};
}

static uint32_t header_write(const struct transaction *t, uint8_t *out)
{
	const struct ffa_mem_header *h = &t->header;
	struct ffa_mem_header header = *h;

	if (t->v1_0) {
		struct ffa_mem_header_v1_0 old = {.sender = h->sender,
						  .attributes = (uint8_t)h->attributes,
						  .flags = h->flags,
						  .handle = h->handle,
						  .tag = h->tag,
						  .access_count = h->access_count};

		memcpy(out, &old, sizeof(old));
		return sizeof(old);
	}
	header.access_offset = h->access_offset ? h->access_offset : (uint32_t)sizeof(header);
	memcpy(out, &header, sizeof(header));
	return sizeof(header);
}

static uint32_t append(uint8_t *out, uint32_t at, const void *from, size_t size)
{
	memcpy(out + at, from, size);
	return at + (uint32_t)size;
}

struct regs transaction_call(const struct transaction *t)
{
	bool request = !t->composite.range_count;
	uint32_t at = header_write(t, mailbox_tx), composite;

	composite = at + t->header.access_count * (uint32_t)sizeof(t->access[0]);
	for (uint32_t i = 0; i < t->header.access_count && i < TRANSACTION_ACCESSES; i++) {
		struct ffa_mem_access access = t->access[i];

		if (!request && !access.composite_offset)
			access.composite_offset = composite;
		at = append(mailbox_tx, at, &access, sizeof(access));
	}
	if (!request) {
		at = append(mailbox_tx, at, &t->composite, sizeof(t->composite));
		for (uint32_t i = 0; i < t->composite.range_count && i < TRANSACTION_RANGES; i++)
			at = append(mailbox_tx, at, &t->ranges[i], sizeof(t->ranges[i]));
	}
	at = t->length ? t->length : at;
	return call(t->function, at, at);
}

struct regs mem_relinquish(uint64_t handle, uint32_t flags)
{
	struct ffa_mem_relinquish r = {handle, flags, 1, guest.id};

	memcpy(mailbox_tx, &r, sizeof(r));
	return call(FFA_MEM_RELINQUISH);
}

struct regs mem_reclaim(uint64_t handle, uint32_t flags)
{
	return call(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, flags);
}

uint64_t handle_of(const struct regs *r)
{
	return r->x[0] == FFA_SUCCESS_32 ? r->x[2] | r->x[3] << 32 : 0;
}

static void answer_put(const struct regs *r, uint64_t out[REMOTE_WORDS])
{
	memcpy(out, r->x, 4 * sizeof(uint64_t));
	out[4] = (uint64_t)(int64_t)error_of(r);
}

void offer_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct transaction t = transaction_of((uint32_t)in[0], (uint16_t)(in[0] >> 32), in[1],
					      (uint32_t)in[2]);
	struct regs r;

	t.header.flags = (uint32_t)(in[2] >> 32);
	t.header.tag = in[3];
	if (in[0] >> 48)
		t.access[0].permissions = (uint8_t)(in[0] >> 48);
	r = transaction_call(&t);
	answer_put(&r, out);
}

/* The first address of a response for this guest, 0 when something is wrong with it */
static uint64_t response_address(const struct transaction *request)
{
	const struct ffa_mem_header *h = (const void *)mailbox_rx;
	const struct ffa_mem_access *access = (const void *)(h + 1);
	const struct ffa_mem_composite *composite = (const void *)(access + 1);
	const struct ffa_mem_range *range = (const void *)(composite + 1);

	if (h->sender != request->header.sender || h->handle != request->header.handle ||
	    h->tag != request->header.tag || h->attributes != FFA_MEM_NORMAL ||
	    h->access_size != sizeof(*access) || h->access_count != 1 ||
	    h->access_offset != sizeof(*h) || access->receiver != guest.id ||
	    access->composite_offset != sizeof(*h) + sizeof(*access) || !composite->range_count)
		return 0;
	return range->address;
}

void request_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct transaction t = transaction_request((uint16_t)in[0], in[1]);
	struct regs r;

	t.access[0].permissions = (uint8_t)(in[0] >> 16);
	t.header.flags = (uint32_t)in[2];
	t.header.tag = in[3];
	r = transaction_call(&t);
	answer_put(&r, out);
	if (r.x[0] != FFA_MEM_RETRIEVE_RESP)
		return;
	out[4] = response_address(&t);
	call(FFA_RX_RELEASE);
}

void relinquish_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct regs r = mem_relinquish(in[0], (uint32_t)in[1]);

	answer_put(&r, out);
}

void reclaim_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct regs r = mem_reclaim(in[0], (uint32_t)in[1]);

	answer_put(&r, out);
}

static void mailbox_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct regs r = call(FFA_RXTX_MAP_64, (uint64_t)mailbox_tx, (uint64_t)mailbox_rx, 1);

	(void)in;
	answer_put(&r, out);
}

bool peer_mailbox(struct peer *peer)
{
	struct remote r = remote_call(peer, mailbox_serve, 0, 0, 0, 0);

	return r.end == REMOTE_DONE && r.out[0] == FFA_SUCCESS_32;
}

int32_t remote_error(const struct remote *remote)
{
	if (remote->end != REMOTE_DONE)
		return 100;
	return remote->out[0] == FFA_ERROR ? (int32_t)remote->out[2] : 0;
}
