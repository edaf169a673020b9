/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The emulated GICv3 (IHI 0069): one security state (GICD_CTLR.DS), affinity routing always on, no message-signalled interrupts of any
 * kind, SPIs to one vCPU each.
 */
#include <hv/arm64/vdist.h>

#include <hv/arm64/vdist_state.h>

/* 12.9 */
#define GICD_IROUTER     0x6000u
#define GICD_IROUTER_END 0x7FE0u
#define PIDR2            0xFFE8u
#define PIDR2_V3         0x3Bu
#define GICD_CTLR_ARE    (1u << 4)
#define GICD_CTLR_DS     (1u << 6)
#define GICD_CTLR_RWP    (1u << 31)
#define TYPER_ID_BITS    (9u << 19) /* ten */
#define TYPER_A3V        (1u << 24)
#define TYPER_NO_1_OF_N  (1u << 25)
#define TYPER_RSS        (1u << 26)
/* 12.11 */
#define GICR_SGI_FRAME  0x10000u
#define GICR_CTLR       0x0000u
#define GICR_IIDR       0x0004u
#define GICR_TYPER      0x0008u
#define GICR_WAKER      0x0014u
#define GICR_CTLR_RWP   (1u << 3)
#define GICR_TYPER_LAST (1u << 4)
#define WAKER_SLEEP     (1u << 1)
#define WAKER_ASLEEP    (1u << 2)

/* What an access of 4 bytes reads of a register of 8 bytes at `at`, or of 8 bytes all of it */
static uint64_t part_read(const struct mmio_access *access, uint64_t at, uint64_t value)
{
	return access->size == 8 ? value : (uint32_t)(value >> 8 * (access->offset - at));
}

static void router_access(struct vdist *dist, const struct dist_bank *bank,
			  struct mmio_access *access)
{
	uint32_t id = (uint32_t)(access->offset - GICD_IROUTER) / 8;
	uint64_t at = GICD_IROUTER + 8 * (uint64_t)id, value;
	const struct vcpu *vcpu;

	if (access->size < 4 || id < bank->first || id >= bank->end ||
	    !(dist_owned(dist, id / 32) >> id % 32 & 1)) {
		access->value = 0;
		return;
	}
	value = dist->target[id];
	if (!access->write) {
		access->value = part_read(access, at, value);
		return;
	}
	if (access->size == 8)
		value = access->value;
	else if (access->offset == at)
		value = (value & ~UINT64_C(0xFFFFFFFF)) | access->value;
	else
		value = (uint32_t)value | access->value << 32;
	dist->target[id] = value & MPIDR_AFFINITY;
	vcpu = vm_vcpu_at(dist->vm, dist->target[id]);
	dist_route(dist, id, vcpu ? vcpu->index : 0, vcpu);
}

static uint32_t gicd_control(struct vdist *dist)
{
	uint32_t value = dist->ctlr | GICD_CTLR_ARE | GICD_CTLR_DS;

	for (uint32_t v = 0; v < dist->vm->vcpu_count; v++)
		if (dist_is_busy(dist, v))
			value |= GICD_CTLR_RWP;
	return value;
}

static enum mmio_result gicd_access(struct vdist *dist, uint32_t me, struct mmio_access *access)
{
	struct dist_bank bank = {me, 0, INTID_SPI_FIRST, dist_limit()};

	if (access->offset >= GICD_IROUTER && access->offset < GICD_IROUTER_END) {
		router_access(dist, &bank, access);
		return MMIO_DONE;
	}
	if (access->offset >= REG_IGROUPR && access->offset < REG_BANKED_END)
		return dist_bank_access(dist, &bank, access);
	if (access->write) {
		if (access->offset == REG_CTLR && access->size == 4)
			dist_ctlr_write(dist, access->value & (CTLR_GROUP0 | CTLR_GROUP1));
		return MMIO_DONE;
	}
	access->value = 0;
	if (access->size != 4)
		return MMIO_DONE;
	if (access->offset == REG_CTLR)
		access->value = gicd_control(dist);
	else if (access->offset == REG_TYPER)
		access->value = (gic->lines - 1) | TYPER_ID_BITS | TYPER_A3V | TYPER_NO_1_OF_N |
				TYPER_RSS;
	else if (access->offset == REG_IIDR)
		access->value = DIST_IIDR;
	else if (access->offset == PIDR2)
		access->value = PIDR2_V3;
	return MMIO_DONE;
}

static uint64_t gicr_type(const struct vm *vm, uint32_t v)
{
	uint64_t mpidr = vm->vcpus[v].mpidr;

	return (mpidr >> 32 & 0xFF) << 56 | (mpidr & 0xFFFFFF) << 32 | (uint64_t)v << 8 |
	       (v == vm->vcpu_count - 1 ? GICR_TYPER_LAST : 0);
}

static void gicr_control_access(struct vdist *dist, uint32_t v, struct mmio_access *access)
{
	struct dist_vcpu *dv = &dist->vcpus[v];
	uint64_t offset = access->offset;

	if (access->write) {
		if (offset == GICR_WAKER && access->size == 4)
			dv->asleep = access->value & WAKER_SLEEP;
		return;
	}
	access->value = 0;
	if (access->size < 4)
		return;
	if (offset - GICR_TYPER < 8)
		access->value = part_read(access, GICR_TYPER, gicr_type(dist->vm, v));
	else if (access->size != 4)
		return;
	else if (offset == GICR_CTLR)
		access->value = dist_is_busy(dist, v) ? GICR_CTLR_RWP : 0;
	else if (offset == GICR_IIDR)
		access->value = DIST_IIDR;
	else if (offset == GICR_WAKER)
		access->value = dv->asleep ? WAKER_SLEEP | WAKER_ASLEEP : 0;
	else if (offset == PIDR2)
		access->value = PIDR2_V3;
}

enum mmio_result vdist_v3_gicd(struct vcpu *vcpu, struct mmio_access *access)
{
	struct vdist *dist = vcpu->vm->dist;
	enum mmio_result result;

	spin_lock(&dist->lock);
	result = gicd_access(dist, vcpu->index, access);
	spin_unlock(&dist->lock);
	return result;
}

enum mmio_result vdist_v3_gicr(struct vcpu *vcpu, struct mmio_access *access)
{
	struct vdist *dist = vcpu->vm->dist;
	uint32_t v = (uint32_t)(access->offset / GICR_STRIDE);
	struct dist_bank bank = {vcpu->index, v, 0, INTID_SPI_FIRST};
	enum mmio_result result = MMIO_DONE;

	access->offset %= GICR_STRIDE;
	spin_lock(&dist->lock);
	if (access->offset < GICR_SGI_FRAME) {
		gicr_control_access(dist, v, access);
	} else {
		access->offset -= GICR_SGI_FRAME;
		result = dist_bank_access(dist, &bank, access);
	}
	spin_unlock(&dist->lock);
	return result;
}

/* ICC_SGI1R_EL1 and its kin (12.2): by affinity, in clusters of 16 */
struct sgi {
	uint32_t id;
	bool group1, others; /* to all but the sender */
	uint64_t cluster;    /* affinity, but for level 0 */
	uint32_t range, list;
};

static bool sgi_reaches(const struct sgi *sgi, const struct vcpu *sender, const struct vcpu *vcpu)
{
	uint64_t affinity = vcpu->mpidr & MPIDR_AFFINITY;

	if (sgi->others)
		return vcpu != sender;
	return affinity >> 8 == sgi->cluster && (affinity >> 4 & 0xF) == sgi->range &&
	       sgi->list >> (affinity & 0xF) & 1;
}

void vdist_sgi_write(struct vcpu *vcpu, unsigned op2, uint64_t value)
{
	struct vdist *dist = vcpu->vm->dist;
	struct sgi sgi = {
		.id = value >> 24 & 0xF,
		.group1 = op2 == 5, /* with one security state the other two make group 0 */
		.others = value >> 40 & 1,
		.cluster = (value >> 16 & 0xFF) | (value >> 32 & 0xFF) << 8 |
			   (value >> 48 & 0xFF) << 24,
		.range = value >> 44 & 0xF,
		.list = value & 0xFFFF,
	};

	spin_lock(&dist->lock);
	for (uint32_t v = 0; v < dist->vm->vcpu_count; v++)
		if (sgi_reaches(&sgi, vcpu, &dist->vm->vcpus[v]) &&
		    (dist->vcpus[v].word.group >> sgi.id & 1) == sgi.group1)
			dist_pend(dist, v, sgi.id);
	spin_unlock(&dist->lock);
}
