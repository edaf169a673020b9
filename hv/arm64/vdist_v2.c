/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The emulated GICv2 distributor (IHI 0048): without the Security Extensions. CPU interface n is vCPU n; those beyond the eighth cannot be
 * named. An SPI that is targeted at several goes to the first.
 */
#include <hv/arm64/vdist_state.h>

#define GICD_ITARGETSR_END 0xC00u
#define GICD_SGIR          0xF00u
#define GICD_CPENDSGIR     0xF10u
#define GICD_SPENDSGIR     0xF20u
#define GICD_PENDSGIR_END  0xF30u
#define GICD_PIDR2         0xFE8u
#define PIDR2_V2           0x2Bu
#define INTERFACES         8u
#define TYPER_CPUS(n)      (((n)-1) << 5)

static uint32_t interface_count(const struct vdist *dist)
{
	return dist->vm->vcpu_count < INTERFACES ? dist->vm->vcpu_count : INTERFACES;
}

static void target_write(struct vdist *dist, uint32_t id, uint8_t targets)
{
	targets &= (uint8_t)((1u << interface_count(dist)) - 1);
	dist->target[id] = targets;
	dist_route(dist, id, targets ? (uint32_t)__builtin_ctz(targets) : 0, targets);
}

/* A byte for each interrupt; those of private ones tell who reads. */
static void targets_access(struct vdist *dist, uint32_t me, struct mmio_access *access)
{
	uint32_t first = (uint32_t)access->offset - REG_ITARGETSR;
	uint64_t read = 0;

	for (uint32_t id = first; id < first + access->size; id++) {
		unsigned shift = (id - first) * 8;

		if (id < INTID_SPI_FIRST) {
			read |= (me < INTERFACES ? UINT64_C(1) << me : 0) << shift;
			continue;
		}
		if (id >= dist_limit() || !(dist_owned(dist, id / 32) >> id % 32 & 1))
			continue;
		if (access->write)
			target_write(dist, id, (uint8_t)(access->value >> shift));
		read |= dist->target[id] << shift;
	}
	if (!access->write)
		access->value = read;
}

/* 4.3.15 */
static void sgi_write(struct vdist *dist, uint32_t me, uint32_t value)
{
	uint32_t filter = value >> 24 & 3, list = value >> 16 & 0xFF;

	if (filter == 1)
		list = ~(1u << me);
	else if (filter == 2)
		list = 1u << me;
	else if (filter == 3)
		return;
	for (uint32_t v = 0; v < dist->vm->vcpu_count; v++)
		if (list >> v & 1)
			dist_sgi_send(dist, v, value & 0xF, (uint8_t)(1u << me));
}

/* A byte for each SGI of the reader's: its pending senders, 4.3.17 and 4.3.18 */
static void senders_access(struct vdist *dist, uint32_t me, struct mmio_access *access)
{
	uint32_t first = (uint32_t)access->offset % 16;
	uint64_t read = 0;

	for (uint32_t i = 0; i < access->size; i++) {
		uint8_t senders = (uint8_t)(access->value >> 8 * i &
					    ((1u << interface_count(dist)) - 1));

		if (!access->write)
			read |= (uint64_t)dist_senders(dist, me, first + i) << 8 * i;
		else if (senders && access->offset < GICD_SPENDSGIR)
			dist_sgi_take_back(dist, me, first + i, senders);
		else if (senders)
			dist_sgi_send(dist, me, first + i, senders);
	}
	if (!access->write)
		access->value = read;
}

static void control_access(struct vdist *dist, uint32_t me, struct mmio_access *access)
{
	if (access->write) {
		if (access->offset == REG_CTLR && access->size == 4)
			dist_ctlr_write(dist, access->value & (CTLR_GROUP0 | CTLR_GROUP1));
		else if (access->offset == GICD_SGIR && access->size == 4)
			sgi_write(dist, me, (uint32_t)access->value);
		return;
	}
	access->value = 0;
	if (access->size != 4)
		return;
	if (access->offset == REG_CTLR)
		access->value = dist->ctlr;
	else if (access->offset == REG_TYPER)
		access->value = (gic->lines - 1) | TYPER_CPUS(interface_count(dist));
	else if (access->offset == REG_IIDR)
		access->value = DIST_IIDR;
	else if (access->offset == GICD_PIDR2)
		access->value = PIDR2_V2;
}

enum mmio_result vdist_v2_gicd(struct vcpu *vcpu, struct mmio_access *access)
{
	struct vdist *dist = vcpu->vm->dist;
	struct dist_bank bank = {vcpu->index, vcpu->index, 0, dist_limit()};
	enum mmio_result result = MMIO_DONE;
	uint64_t offset = access->offset;

	spin_lock(&dist->lock);
	if (offset >= REG_ITARGETSR && offset < GICD_ITARGETSR_END &&
	    (access->size == 1 || access->size == 4))
		targets_access(dist, vcpu->index, access);
	else if (offset >= GICD_CPENDSGIR && offset < GICD_PENDSGIR_END &&
		 (access->size == 1 || access->size == 4))
		senders_access(dist, vcpu->index, access);
	else if (offset >= REG_IGROUPR && offset < REG_BANKED_END)
		result = dist_bank_access(dist, &bank, access);
	else
		control_access(dist, vcpu->index, access);
	spin_unlock(&dist->lock);
	return result;
}
