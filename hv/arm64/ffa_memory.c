/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * FF-A memory management calls (DEN0077A 1.1 sections 10.9 to 10.11 and 16.2 to 16.4): descriptors are copied out of the TX buffer, read
 * in the layout of the version that the VM negotiated, and handed to share.c. One fragment only: what is longer than the copy has
 * more ranges than a transaction may have.
 */
#include <hv/arm64/call.h>

#include <hv/arm64/cpu.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/share.h>
#include <lib/pt.h>
#include <string.h>

#define COPY_MAX 1024u

/* a copy of what the caller sent */
struct message {
	uint32_t length;
	bool v1_0;
	struct ffa_mem_header header; /* of either version */
	_Alignas(8) uint8_t bytes[COPY_MAX];
};

/* w1 = total length, w2 = length of this fragment, x3 and w4 = buffer other than TX: not supported */
static int32_t message_read(const struct vcpu *vcpu, struct message *m)
{
	uint32_t length = ARG32(vcpu, 1);

	if (ARG32(vcpu, 2) != length || ARG_WIDE(vcpu, 3) || ARG32(vcpu, 4) || length > PAGE_SIZE)
		return FFA_INVALID_PARAMETERS;
	if (length > COPY_MAX)
		return FFA_NO_MEMORY;
	m->length = length;
	m->v1_0 = vcpu->vm->ffa_version < FFA_VERSION_1_1;
	return mailbox_get(vcpu->vm, m->bytes, length);
}

/* `size` bytes of the message at `offset`, which is a multiple of `size`'s alignment; false when they are not all there */
static bool message_part(const struct message *m, uint32_t offset, void *out, uint32_t size)
{
	if (!IS_ALIGNED(offset, 8) || offset > m->length || size > m->length - offset)
		return false;
	memcpy(out, m->bytes + offset, size);
	return true;
}

static bool header_read_v1_0(struct message *m)
{
	struct ffa_mem_header_v1_0 old;

	if (!message_part(m, 0, &old, sizeof(old)) || old.reserved || old.reserved2)
		return false;
	m->header = (struct ffa_mem_header){
		.sender = old.sender,
		.attributes = old.attributes,
		.flags = old.flags,
		.handle = old.handle,
		.tag = old.tag,
		.access_size = sizeof(struct ffa_mem_access),
		.access_count = old.access_count,
		.access_offset = sizeof(old),
	};
	return true;
}

static bool header_read(struct message *m)
{
	struct ffa_mem_header *h = &m->header;

	if (m->v1_0)
		return header_read_v1_0(m);
	return message_part(m, 0, h, sizeof(*h)) &&
	       !(h->reserved[0] | h->reserved[1] | h->reserved[2]) &&
	       h->access_size == sizeof(struct ffa_mem_access) && h->access_offset >= sizeof(*h) &&
	       IS_ALIGNED(h->access_offset, 16);
}

static bool access_read(const struct message *m, uint32_t index, struct ffa_mem_access *out)
{
	return message_part(m, m->header.access_offset + index * (uint32_t)sizeof(*out), out,
			    sizeof(*out)) &&
	       !out->flags && !out->reserved && !(out->permissions & 0xF0) &&
	       (out->permissions & 3) != 3 && (out->permissions & 0xC) != 0xC;
}

/* Where the access descriptors end; those that a header may count fit in the copy. */
static uint32_t access_end(const struct message *m)
{
	return m->header.access_offset +
	       m->header.access_count * (uint32_t)sizeof(struct ffa_mem_access);
}

/* --- SHARE, LEND, DONATE --- */

static bool attributes_allowed(const struct share *offer, uint16_t attributes)
{
	/* who gets memory for itself alone chooses for itself (10.10.4) */
	if (offer->kind == SHARE_DONATE ||
	    (offer->kind == SHARE_LEND && offer->borrower_count == 1))
		return attributes == 0;
	return attributes == FFA_MEM_NORMAL;
}

/* An owner says what data access it allows, but for a donation; instruction access is the borrower's to ask for. */
static bool borrower_read(const struct ffa_mem_access *access, enum share_kind kind,
			  struct share_borrower *out)
{
	uint32_t data = access->permissions & 3;

	if (access->permissions & FFA_MEM_EXECUTE || (kind == SHARE_DONATE) != (data == 0))
		return false;
	*out = (struct share_borrower){
		.vm = access->receiver,
		.writable = data != FFA_MEM_READ_ONLY,
	};
	return true;
}

static int32_t borrowers_read(const struct message *m, struct share *offer, uint32_t *composite)
{
	uint32_t count = m->header.access_count;

	if (count == 0 || (offer->kind == SHARE_DONATE && count > 1))
		return FFA_INVALID_PARAMETERS;
	if (count > SHARE_BORROWERS)
		return FFA_NO_MEMORY;
	for (uint32_t i = 0; i < count; i++) {
		struct ffa_mem_access access;

		if (!access_read(m, i, &access) ||
		    !borrower_read(&access, offer->kind, &offer->borrowers[i]) ||
		    (i > 0 && access.composite_offset != *composite))
			return FFA_INVALID_PARAMETERS;
		*composite = access.composite_offset;
	}
	offer->borrower_count = count;
	return *composite < access_end(m) ? FFA_INVALID_PARAMETERS : 0;
}

static int32_t ranges_read(const struct message *m, uint32_t offset, struct share *offer)
{
	struct ffa_mem_composite composite;
	uint64_t pages = 0;

	if (!message_part(m, offset, &composite, sizeof(composite)) || composite.reserved ||
	    composite.range_count == 0)
		return FFA_INVALID_PARAMETERS;
	if (composite.range_count > SHARE_RANGES)
		return FFA_NO_MEMORY;
	offset += (uint32_t)sizeof(composite);
	if (m->length != offset + composite.range_count * sizeof(struct ffa_mem_range))
		return FFA_INVALID_PARAMETERS;
	for (uint32_t i = 0; i < composite.range_count;
	     i++, offset += (uint32_t)sizeof(struct ffa_mem_range)) {
		struct ffa_mem_range range;

		if (!message_part(m, offset, &range, sizeof(range)) || range.reserved)
			return FFA_INVALID_PARAMETERS;
		offer->ranges[i] = (struct share_range){range.address, range.page_count};
		pages += range.page_count;
	}
	offer->range_count = composite.range_count;
	return pages == composite.page_count ? 0 : FFA_INVALID_PARAMETERS;
}

static int32_t offer_read(const struct message *m, const struct vm *vm, struct share *offer)
{
	const struct ffa_mem_header *h = &m->header;
	uint32_t composite = 0;
	int32_t error;

	if (h->sender != vm->id || h->handle ||
	    h->flags & ~(offer->kind == SHARE_SHARE ? 0 : FFA_MEM_ZERO))
		return FFA_INVALID_PARAMETERS;
	offer->tag = h->tag;
	offer->zeroed = h->flags & FFA_MEM_ZERO;
	error = borrowers_read(m, offer, &composite);
	if (error)
		return error;
	if (!attributes_allowed(offer, h->attributes))
		return FFA_INVALID_PARAMETERS;
	return ranges_read(m, composite, offer);
}

static enum share_kind kind_of_call(const struct vcpu *vcpu)
{
	switch (ARG32(vcpu, 0) & ~WIDE) {
	case FFA_MEM_SHARE_32:
		return SHARE_SHARE;
	case FFA_MEM_LEND_32:
		return SHARE_LEND;
	default:
		return SHARE_DONATE;
	}
}

void ffa_mem_send(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	struct share offer = {.kind = kind_of_call(vcpu)};
	struct message m;
	int32_t error = message_read(vcpu, &m);

	if (!error && !header_read(&m))
		error = FFA_INVALID_PARAMETERS;
	if (!error)
		error = offer_read(&m, vcpu->vm, &offer);
	if (!error)
		error = share_offer(vcpu->vm, &offer);
	if (error) {
		answer_error(vcpu, error);
		return;
	}
	answer_success(vcpu, (uint32_t)offer.handle);
	vcpu->x[3] = offer.handle >> 32;
}

/* --- RETRIEVE_REQ --- */

static int32_t wish_read(const struct message *m, const struct vm *vm, struct share_wish *wish)
{
	const struct ffa_mem_header *h = &m->header;
	uint32_t known = FFA_MEM_ZERO | FFA_MEM_ZERO_AFTER | 3u << FFA_MEM_KIND_SHIFT |
			 (m->v1_0 ? 0 : FFA_MEM_ALONE);

	if (h->flags & ~known || (h->attributes && h->attributes != FFA_MEM_NORMAL) ||
	    h->access_count == 0 || h->access_count > SHARE_BORROWERS || m->length != access_end(m))
		return FFA_INVALID_PARAMETERS;
	*wish = (struct share_wish){
		.handle = h->handle,
		.tag = h->tag,
		.owner = h->sender,
		.kind = FFA_MEM_KIND(h->flags),
		.zeroed = h->flags & FFA_MEM_ZERO,
		.clear = h->flags & FFA_MEM_ZERO_AFTER,
		.alone = h->flags & FFA_MEM_ALONE,
		.count = h->access_count,
	};
	for (uint32_t i = 0; i < wish->count; i++) {
		struct ffa_mem_access access;

		if (!access_read(m, i, &access) || access.composite_offset)
			return FFA_INVALID_PARAMETERS;
		wish->borrowers[i] = access.receiver;
		if (access.receiver != vm->id)
			continue;
		wish->read_only = (access.permissions & 3) == FFA_MEM_READ_ONLY;
		wish->writable = (access.permissions & 3) == FFA_MEM_READ_WRITE;
		wish->executable = access.permissions & FFA_MEM_EXECUTE;
	}
	return 0;
}

/* FFA_MEM_RETRIEVE_RESP in the layout of the caller's version; its length */
static uint32_t response_write(const struct share *share, const struct vm *vm, uint8_t attr,
			       uint8_t *out)
{
	bool v1_0 = vm->ffa_version < FFA_VERSION_1_1;
	uint32_t flags = (uint32_t)share->kind << FFA_MEM_KIND_SHIFT |
			 (share->zeroed ? FFA_MEM_ZERO : 0);
	uint32_t at = v1_0 ? sizeof(struct ffa_mem_header_v1_0) : sizeof(struct ffa_mem_header);
	struct ffa_mem_access access = {
		.receiver = vm->id,
		.permissions = (uint8_t)((attr & PT_W ? FFA_MEM_READ_WRITE : FFA_MEM_READ_ONLY) |
					 (attr & PT_X ? FFA_MEM_EXECUTE : FFA_MEM_NO_EXECUTE)),
		.composite_offset = at + (uint32_t)sizeof(access),
	};
	struct ffa_mem_composite composite = {share->pages, share->range_count, 0};
	struct ffa_mem_header_v1_0 old = {share->owner,  FFA_MEM_NORMAL, 0, flags,
					  share->handle, share->tag,     0, 1};
	struct ffa_mem_header header = {share->owner, FFA_MEM_NORMAL, flags, share->handle,
					share->tag,   sizeof(access), 1,     at,
					{0}};

	memcpy(out, v1_0 ? (const void *)&old : (const void *)&header, at);
	memcpy(out + at, &access, sizeof(access));
	at += (uint32_t)sizeof(access);
	memcpy(out + at, &composite, sizeof(composite));
	at += (uint32_t)sizeof(composite);
	for (uint32_t i = 0; i < share->range_count;
	     i++, at += (uint32_t)sizeof(struct ffa_mem_range)) {
		struct ffa_mem_range range = {share->ranges[i].start, share->ranges[i].pages, 0};

		memcpy(out + at, &range, sizeof(range));
	}
	return at;
}
static_assert(sizeof(struct ffa_mem_header) + sizeof(struct ffa_mem_access) +
			      sizeof(struct ffa_mem_composite) +
			      SHARE_RANGES * sizeof(struct ffa_mem_range) <=
		      COPY_MAX,
	      "a response fits in the message");

static int32_t retrieve(struct vm *vm, const struct share_wish *wish, uint8_t *out,
			uint32_t *length)
{
	struct memory_locked memory = memory_lock();
	struct vm_locked locked = vm_lock(vm);
	int32_t error = mailbox_check(locked);
	struct share share;
	uint8_t attr;

	if (!error)
		error = share_retrieve(memory, vm, wish, &share, &attr);
	if (!error) {
		*length = response_write(&share, vm, attr, out);
		mailbox_fill(locked, out, *length);
	}
	vm_unlock(locked);
	memory_unlock(memory);
	return error;
}

void ffa_mem_retrieve(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	struct share_wish wish;
	struct message m;
	uint32_t length = 0;
	int32_t error = message_read(vcpu, &m);

	if (!error && !header_read(&m))
		error = FFA_INVALID_PARAMETERS;
	if (!error)
		error = wish_read(&m, vcpu->vm, &wish);
	if (!error)
		error = retrieve(vcpu->vm, &wish, m.bytes, &length);
	if (error) {
		answer_error(vcpu, error);
		return;
	}
	answer_success(vcpu, length);
	vcpu->x[0] = FFA_MEM_RETRIEVE_RESP;
	vcpu->x[1] = length;
}

/* --- RELINQUISH, RECLAIM --- */

/* the descriptor lies in the TX buffer */
void ffa_mem_relinquish(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	struct ffa_mem_relinquish r;
	int32_t error = mailbox_get(vcpu->vm, &r, sizeof(r));

	if (!error &&
	    (r.flags & ~FFA_MEM_ZERO || r.endpoint_count != 1 || r.endpoint != vcpu->vm->id))
		error = FFA_INVALID_PARAMETERS;
	if (!error)
		error = share_relinquish(vcpu->vm, r.handle, r.flags & FFA_MEM_ZERO);
	answer(vcpu, error, 0);
}

/* w1, w2 = handle, w3 = flags */
void ffa_mem_reclaim(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint64_t handle = ARG32(vcpu, 1) | (uint64_t)ARG32(vcpu, 2) << 32;
	uint32_t flags = ARG32(vcpu, 3);
	int32_t error = FFA_INVALID_PARAMETERS;

	if (!(flags & ~FFA_MEM_ZERO))
		error = share_reclaim(vcpu->vm, handle, flags & FFA_MEM_ZERO);
	answer(vcpu, error, 0);
}
