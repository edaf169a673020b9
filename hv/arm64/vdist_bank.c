/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Registers of the emulated distributor that both versions have, in one layout (IHI 0069 12.9 and 12.11, IHI 0048 4.3): one bit, two bits or a byte
 * for each interrupt. Interrupts that the VM does not have read as zero and ignore writes, and so do accesses of other sizes
 * than the architecture knows.
 */
#include <hv/arm64/vdist_state.h>

#define PRIORITY_MASK  0xF8u /* as many bits as the virtual CPU interface compares */
#define SGIS           0x0000FFFFu
#define REGISTER_BYTES 0x80u /* of one kind with a bit for each interrupt */

/* Bits of word n whose interrupts have registers in this bank and are the VM's. */
static uint32_t bank_mask(const struct vdist *dist, const struct dist_bank *bank, uint32_t n)
{
	if (n * 32 < bank->first || n * 32 >= bank->end)
		return 0;
	return dist_owned(dist, n) & (bank->end - n * 32 < 32 ? (1u << bank->end % 32) - 1 : ~0u);
}

static void enabled_write(struct vdist *dist, const struct dist_bank *bank, uint32_t n,
			  uint32_t set, uint32_t clear)
{
	struct dist_word *w = dist_word(dist, bank->v, n);

	w->enabled = (w->enabled | set) & ~clear;
	dist_refresh(dist, bank->v, n);
}

static void group_write(struct vdist *dist, const struct dist_bank *bank, uint32_t n, uint32_t mask,
			uint32_t value)
{
	struct dist_word *w = dist_word(dist, bank->v, n);
	uint32_t group = (w->group & ~mask) | (value & mask);

	if (group == w->group)
		return;
	__atomic_store_n(&w->group, group, __ATOMIC_RELAXED);
	dist_refresh(dist, bank->v, n);
	for (uint32_t v = n ? 0 : bank->v; v < (n ? dist->vm->vcpu_count : bank->v + 1); v++)
		dist_ask(dist, v);
}

static void pending_write(struct vdist *dist, const struct dist_bank *bank, uint32_t n,
			  uint32_t set, uint32_t clear)
{
	for (; set; set &= set - 1)
		dist_pend(dist, bank->v, n * 32 + LOWEST(set));
	if (!clear)
		return;
	for (uint32_t bits = clear & dist_backed(dist, n); bits; bits &= bits - 1)
		gic_spi_set_pending(n * 32 + LOWEST(bits), false);
	for (uint32_t v = n ? 0 : bank->v; v < (n ? dist->vm->vcpu_count : bank->v + 1); v++)
		dist_unpend(dist, v, n, clear);
}

static void active_clear(struct vdist *dist, const struct dist_bank *bank, uint32_t n,
			 uint32_t clear)
{
	for (uint32_t v = n ? 0 : bank->v; v < (n ? dist->vm->vcpu_count : bank->v + 1); v++)
		dist_unactivate(dist, v, n, clear);
}

/* What is pending or active, at any vCPU that may have it. */
static enum mmio_result state_read(struct vdist *dist, const struct dist_bank *bank, uint32_t n,
				   bool active, uint64_t *value)
{
	uint32_t first = n ? 0 : bank->v, end = n ? dist->vm->vcpu_count : bank->v + 1, bits = 0;
	uint32_t told;

	if (!dist_all_told(dist, bank->me, first, end, &told))
		return MMIO_AGAIN;
	for (uint32_t v = first; v < end; v++) {
		bits |= active ? dist_active(dist, v, n, told >> v & 1)
			       : dist_pending(dist, v, n, told >> v & 1);
		/* run since: what it left in memory may be half of the truth */
		if (!(told >> v & 1) && vcpu_is_running(dist_vcpu(dist, v)))
			return MMIO_AGAIN;
	}
	if (n && !active)
		bits |= (gic_spi_pending(n) & dist_backed(dist, n)) | dist->words[n].waiting;
	*value = bits;
	return MMIO_DONE;
}

/* What is not active anywhere becomes so where it would be taken. */
static enum mmio_result active_set(struct vdist *dist, const struct dist_bank *bank, uint32_t n,
				   uint32_t set)
{
	uint64_t active = 0;
	enum mmio_result result = state_read(dist, bank, n, true, &active);

	if (result != MMIO_DONE)
		return result;
	for (set &= ~(uint32_t)active; set; set &= set - 1) {
		uint32_t id = n * 32 + LOWEST(set);

		dist_activate(dist, n ? dist->route[id] : bank->v, n, set & -set);
	}
	return MMIO_DONE;
}

static enum mmio_result bits_access(struct vdist *dist, const struct dist_bank *bank,
				    struct mmio_access *access)
{
	uint32_t n = (uint32_t)(access->offset % REGISTER_BYTES / 4);
	uint32_t kind = (uint32_t)(access->offset - access->offset % REGISTER_BYTES);
	uint32_t mask = bank_mask(dist, bank, n), value = (uint32_t)access->value & mask;
	/* GICv2: they have registers of their own, with the sender */
	uint32_t pend = gic->version == 2 && n == 0 ? value & ~SGIS : value;
	enum mmio_result result = MMIO_DONE;

	if (!access->write) {
		if (!mask)
			access->value = 0;
		else if (kind == REG_IGROUPR)
			access->value = dist_word(dist, bank->v, n)->group;
		else if (kind == REG_ISENABLER || kind == REG_ICENABLER)
			access->value = dist_word(dist, bank->v, n)->enabled;
		else
			result = state_read(dist, bank, n, kind >= REG_ISACTIVER, &access->value);
		access->value &= mask;
		return result;
	}
	if (kind == REG_IGROUPR)
		group_write(dist, bank, n, mask, value);
	else if (kind == REG_ISENABLER)
		enabled_write(dist, bank, n, value, 0);
	else if (kind == REG_ICENABLER)
		enabled_write(dist, bank, n, 0, value);
	else if (kind == REG_ISPENDR)
		pending_write(dist, bank, n, pend, 0);
	else if (kind == REG_ICPENDR)
		pending_write(dist, bank, n, 0, pend);
	else if (kind == REG_ISACTIVER && value)
		result = active_set(dist, bank, n, value);
	else if (kind == REG_ICACTIVER && value)
		active_clear(dist, bank, n, value);
	return result;
}

static bool has_interrupt(const struct vdist *dist, const struct dist_bank *bank, uint32_t id)
{
	return bank_mask(dist, bank, id / 32) >> id % 32 & 1;
}

/* An interrupt that waits in a list register gets it there as well. */
static void priority_write(struct vdist *dist, const struct dist_bank *bank, uint32_t id,
			   uint8_t priority)
{
	uint8_t *at = dist_priority(dist, bank->v, id);

	if (*at == priority)
		return;
	__atomic_store_n(at, priority, __ATOMIC_RELAXED);
	dist_ask(dist, id < INTID_SPI_FIRST ? bank->v : dist->route[id]);
}

static void priority_access(struct vdist *dist, const struct dist_bank *bank,
			    struct mmio_access *access)
{
	uint32_t first = (uint32_t)access->offset - REG_IPRIORITYR;
	uint64_t read = 0;

	for (uint32_t i = 0; i < access->size; i++) {
		uint8_t *at;

		if (!has_interrupt(dist, bank, first + i))
			continue;
		at = dist_priority(dist, bank->v, first + i);
		if (access->write)
			priority_write(dist, bank, first + i,
				       (uint8_t)(access->value >> 8 * i & PRIORITY_MASK));
		read |= (uint64_t)*at << 8 * i;
	}
	if (!access->write)
		access->value = read;
}

/* Two bits for each of 16: the upper one says edge-triggered; SGIs always are. */
static void configuration_access(struct vdist *dist, const struct dist_bank *bank,
				 struct mmio_access *access)
{
	uint32_t first = ((uint32_t)access->offset - REG_ICFGR) * 4;
	uint64_t read = 0;

	for (uint32_t i = 0; i < 16; i++) {
		uint32_t id = first + i, bit = 1u << id % 32;
		struct dist_word *w = dist_word(dist, bank->v, id / 32);
		bool edge = access->value >> (2 * i + 1) & 1;

		if (!has_interrupt(dist, bank, id))
			continue;
		if (access->write && id >= 16) {
			w->edge = edge ? w->edge | bit : w->edge & ~bit;
			if (dist_backed(dist, id / 32) & bit)
				gic_spi_configure(id, edge);
		}
		read |= (uint64_t)(w->edge & bit ? 2 : 0) << 2 * i;
	}
	if (!access->write)
		access->value = read;
}

enum mmio_result dist_bank_access(struct vdist *dist, const struct dist_bank *bank,
				  struct mmio_access *access)
{
	uint64_t offset = access->offset;

	if (offset >= REG_IGROUPR && offset < REG_IPRIORITYR && access->size == 4)
		return bits_access(dist, bank, access);
	if (offset >= REG_IPRIORITYR && offset < REG_ITARGETSR &&
	    (access->size == 1 || access->size == 4))
		priority_access(dist, bank, access);
	else if (offset >= REG_ICFGR && offset < REG_BANKED_END && access->size == 4)
		configuration_access(dist, bank, access);
	else if (!access->write)
		access->value = 0;
	return MMIO_DONE;
}
