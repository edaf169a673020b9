/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fake interrupt controller (see gic.h), and `gic`, the hypervisor's view of it.
 */
#include "gic.h"
#include "machine.h"
#include <hv/arm64/cpu.h>
#include <hv/arm64/vdist.h>
#include <hv/arm64/vdist_state.h>
#include <stdlib.h>

#define LR_STATE (LR_PENDING | LR_ACTIVE)
#define SPURIOUS 1023u

struct fake_gic fake_gics[MAX_CPUS];
struct fake_spi fake_spis[DIST_IDS];
static struct gic_ops fake_ops;

struct fake_gic *fake_gic_of_core(void)
{
	return &fake_gics[cpu_this()->index];
}

void fake_gic_reset(void)
{
	for (unsigned i = 0; i < MAX_CPUS; i++)
		fake_gics[i] = (struct fake_gic){0};
	for (unsigned i = 0; i < INTID_LIMIT; i++)
		fake_spis[i] = (struct fake_spi){0};
	fake_gic_version_set(3);
}

/* Cores share these, and a thread may be each of them. */
#define get(at)        __atomic_load_n(&(at), __ATOMIC_SEQ_CST)
#define put(at, value) __atomic_store_n(&(at), value, __ATOMIC_SEQ_CST)

static bool spi_is_pending(const struct fake_spi *spi)
{
	return get(spi->latched) || (!get(spi->edge) && get(spi->level));
}

void fake_spi_pulse(uint32_t id)
{
	put(fake_spis[id].latched, true);
}

/* a list register whose end has to be told, and has come */
static bool lr_has_ended(uint64_t lr)
{
	return !(lr & (LR_STATE | LR_HW)) && lr & LR_EOI;
}

static bool maintenance_is_pending(const struct fake_gic *g)
{
	bool pending = false;

	for (unsigned i = 0; i < MAX_LRS; i++) {
		if (lr_has_ended(g->lr[i]))
			return true;
		pending |= (g->lr[i] & LR_STATE) == LR_PENDING;
	}
	return (g->refill & REFILL_FEW && fake_gic_lrs_valid(g) <= 1) ||
	       (g->refill & REFILL_NONE_PENDING && !pending);
}

unsigned fake_gic_lrs_valid(const struct fake_gic *g)
{
	unsigned count = 0;

	for (unsigned i = 0; i < MAX_LRS; i++)
		count += (g->lr[i] & LR_STATE) != 0;
	return count;
}

int fake_gic_lr_of(const struct fake_gic *g, uint32_t id)
{
	for (int i = 0; i < MAX_LRS; i++)
		if ((g->lr[i] & LR_STATE) && LR_VINTID(g->lr[i]) == id)
			return i;
	return -1;
}

/* --- the physical side --- */

static bool private_is_pending(const struct fake_gic *g, uint32_t id)
{
	const struct fake_core *core = fake_core;

	switch (id) {
	case INTID_KICK:
		return __atomic_load_n(&g->kicked, __ATOMIC_SEQ_CST);
	case INTID_MAINTENANCE:
		return maintenance_is_pending(g);
	case INTID_VTIMER:
		return g->vtimer_late ||
		       ((core->cntv_ctl_el0 & 3) == 1 && core->cntv_cval_el0 <= core->cntvct_el0);
	case INTID_PTIMER:
		return g->ptimer;
	default:
		return false;
	}
}

/* the lowest id that the core would take, or SPURIOUS */
static uint32_t signalled(void)
{
	const struct fake_gic *g = fake_gic_of_core();

	if (g->running)
		return SPURIOUS;
	for (uint32_t id = 0; id < INTID_SPI_FIRST; id++)
		if (private_is_pending(g, id) && !(g->active >> id & 1))
			return id;
	for (uint32_t id = INTID_SPI_FIRST; id < INTID_LIMIT; id++)
		if (spi_is_pending(&fake_spis[id]) && get(fake_spis[id].enabled) &&
		    !get(fake_spis[id].active) && get(fake_spis[id].core) == cpu_this()->index)
			return id;
	return SPURIOUS;
}

bool fake_gic_is_signalled(void)
{
	return signalled() != SPURIOUS;
}

static uint32_t acknowledge(void)
{
	struct fake_gic *g = fake_gic_of_core();
	uint32_t id = signalled();

	if (id == SPURIOUS)
		return id;
	if (id == INTID_KICK)
		__atomic_store_n(&g->kicked, false, __ATOMIC_SEQ_CST);
	if (id == INTID_VTIMER)
		g->vtimer_late = false;
	if (id < INTID_SPI_FIRST) {
		g->active |= 1u << id;
	} else {
		put(fake_spis[id].active, true);
		put(fake_spis[id].latched, false);
		fake_spis[id].taker = cpu_this()->index;
	}
	g->running = true;
	return id;
}

static void drop(uint32_t id)
{
	(void)id;
	fake_require(fake_gic_of_core()->running, "a drop without an acknowledged interrupt");
	fake_gic_of_core()->running = false;
}

static void deactivate(uint32_t id)
{
	struct fake_gic *g = fake_gic_of_core();

	if (id >= INTID_SPI_FIRST) {
		fake_require(get(fake_spis[id].active),
			     "an inactive device interrupt is deactivated");
		put(fake_spis[id].active, false);
		return;
	}
	fake_require(g->active >> id & 1, "an inactive interrupt is deactivated");
	g->active &= ~(1u << id);
}

static void kick(uint32_t core)
{
	fake_require(core < MAX_CPUS, "a kick goes to no core");
	__atomic_store_n(&fake_gics[core].kicked, true, __ATOMIC_SEQ_CST);
}

static void spi_enable(uint32_t id, bool enable, uint32_t core)
{
	put(fake_spis[id].enabled, enable);
	if (enable)
		put(fake_spis[id].core, core);
}

void gic_spi_configure(uint32_t id, bool edge)
{
	put(fake_spis[id].edge, edge);
}

void gic_spi_set_pending(uint32_t id, bool pending)
{
	put(fake_spis[id].latched, pending);
}

void gic_spi_set_active(uint32_t id)
{
	fake_require(!get(fake_spis[id].active), "an active device interrupt is made active");
	put(fake_spis[id].active, true);
}

uint32_t gic_spi_pending(uint32_t n)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < 32; i++)
		bits |= (uint32_t)spi_is_pending(&fake_spis[n * 32 + i]) << i;
	return bits;
}

static void ppi_set_active(uint32_t id, bool active)
{
	struct fake_gic *g = fake_gic_of_core();

	g->active = active ? g->active | 1u << id : g->active & ~(1u << id);
}

/* --- list registers --- */

static uint64_t lr_read(unsigned index)
{
	fake_require(index < MAX_LRS, "no such list register");
	return fake_gic_of_core()->lr[index];
}

static void lr_write(unsigned index, uint64_t lr)
{
	struct fake_gic *g = fake_gic_of_core();

	fake_require(index < MAX_LRS, "no such list register");
	fake_require(!(lr & LR_HW) || (lr & LR_STATE) != LR_STATE,
		     "a hardware interrupt is pending and active in a list register");
	g->lr[index] = 0;
	fake_require(!(lr & LR_STATE) || fake_gic_lr_of(g, LR_VINTID(lr)) < 0,
		     "an interrupt is in two list registers");
	g->lr[index] = lr;
}

static uint32_t lr_empty(void)
{
	const struct fake_gic *g = fake_gic_of_core();
	uint32_t empty = ~0u << MAX_LRS; /* those that the core does not have read as zero or one */

	for (unsigned i = 0; i < MAX_LRS; i++)
		if (!(g->lr[i] & LR_STATE) && !lr_has_ended(g->lr[i]))
			empty |= 1u << i;
	return empty;
}

uint32_t *fake_gich_register(uint64_t address)
{
	switch (address - FAKE_GICH) {
	case GICH_VMCR:
		return &fake_gic_of_core()->vmcr;
	case GICH_APR:
		return &fake_gic_of_core()->apr;
	default:
		return NULL;
	}
}

static void apr_write(uint64_t apr)
{
	fake_gic_of_core()->apr = (uint32_t)apr;
}

static void refill_set(uint32_t when)
{
	fake_gic_of_core()->refill = when;
}

/* --- the virtual CPU interface --- */

#define PRIORITY(lr) ((unsigned)((lr) >> 51 & 0x1F))

uint32_t fake_guest_acknowledge(void)
{
	struct fake_gic *g = fake_gic_of_core();
	uint64_t *best = NULL;

	if ((g->vmcr & FAKE_VMCR_ENABLED) != FAKE_VMCR_ENABLED)
		return SPURIOUS;
	for (unsigned i = 0; i < MAX_LRS; i++)
		if ((g->lr[i] & LR_STATE) == LR_PENDING &&
		    (!best || LR_RANK(g->lr[i]) < LR_RANK(*best)))
			best = &g->lr[i];
	/* one of the same or a higher priority is active */
	if (!best || g->apr & ((2u << PRIORITY(*best)) - 1))
		return SPURIOUS;
	*best ^= LR_STATE;
	g->apr |= 1u << PRIORITY(*best);
	if (fake_ops.version == 2 && LR_VINTID(*best) < 16)
		return LR_VINTID(*best) | LR_SOURCE(*best) << 10;
	return LR_VINTID(*best);
}

void fake_guest_deactivate(uint32_t id)
{
	struct fake_gic *g = fake_gic_of_core();
	int i = fake_gic_lr_of(g, id & 0x3FF);

	if (i < 0 || !(g->lr[i] & LR_ACTIVE)) {
		g->stray_eois++;
		return;
	}
	g->lr[i] &= ~LR_ACTIVE;
	if (g->lr[i] & LR_HW)
		deactivate((uint32_t)(g->lr[i] >> 32 & 0x3FF));
}

void fake_guest_eoi(uint32_t id)
{
	struct fake_gic *g = fake_gic_of_core();

	if (g->apr)
		g->apr &= g->apr - 1;
	if (!(g->vmcr & FAKE_VMCR_SPLIT_EOI))
		fake_guest_deactivate(id);
}

static struct gic_ops fake_ops = {
	.version = 3,
	.lr_count = MAX_LRS,
	.lines = 9,
	.lr_default = LR_GROUP1 | LR_PRIORITY,
	.acknowledge = acknowledge,
	.drop = drop,
	.deactivate = deactivate,
	.kick = kick,
	.spi_enable = spi_enable,
	.ppi_set_active = ppi_set_active,
	.lr_read = lr_read,
	.lr_write = lr_write,
	.lr_empty = lr_empty,
	.apr_write = apr_write,
	.refill_set = refill_set,
};

const struct gic_ops *gic = &fake_ops;

void fake_gic_version_set(unsigned version)
{
	fake_ops.version = version;
}
