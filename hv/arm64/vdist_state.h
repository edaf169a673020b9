/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Inside of the emulated distributor: its state and what registers of both versions do to it. All functions are called with the
 * lock held; `v` is the index of a vCPU, `n` that of a register with a bit for each of 32 interrupts, of which the first is the
 * vCPU's own.
 */
#ifndef HV_ARM64_VDIST_STATE_H
#define HV_ARM64_VDIST_STATE_H

#include <hv/arm64/gic.h>
#include <hv/arm64/limits.h>
#include <hv/arm64/mmio.h>
#include <hv/arm64/vcpu.h>
#include <hv/arm64/vm.h>
#include <lib/arch/arm64/spinlock.h>

#define DIST_WORDS 32u /* interrupt ids 0 to 1023 */
#define DIST_IDS   (DIST_WORDS * 32)

/* Registers whose layout both versions share: offsets in GICD, and in the second frame of GICR */
#define REG_CTLR       0x000u
#define REG_TYPER      0x004u
#define REG_IIDR       0x008u
#define REG_IGROUPR    0x080u
#define REG_ISENABLER  0x100u
#define REG_ICENABLER  0x180u
#define REG_ISPENDR    0x200u
#define REG_ICPENDR    0x280u
#define REG_ISACTIVER  0x300u
#define REG_ICACTIVER  0x380u
#define REG_IPRIORITYR 0x400u
#define REG_ITARGETSR  0x800u
#define REG_ICFGR      0xC00u
#define REG_BANKED_END 0xD00u

#define DIST_IIDR 0x4200043Bu /* product "B"; as revision and implementer a generic one of Arm's */

#define CTLR_GROUP0 1u
#define CTLR_GROUP1 2u

/* of 32 interrupts, as the guest wrote them */
struct dist_word {
	uint32_t enabled, group, edge;
	/* of SPIs: enabled in the physical distributor; sent to no vCPU */
	uint32_t physical, lost;
	uint32_t waiting; /* active, and the primary's to forward */
};

struct dist_vcpu {
	struct dist_word word;
	uint8_t priority[32];
	uint32_t core; /* index + 1 of the core to which its SPIs are routed; 0: none yet */
	bool asleep;   /* GICR_WAKER */
	/* asked to look at what changed, do it to its list registers, and tell what it has in them and in the bitmap */
	enum { RESYNC_NONE, RESYNC_ASKED, RESYNC_BEGUN } resync;
	uint64_t lr[MAX_LRS], pending[IRQ_WORDS];
	uint32_t unpend[DIST_WORDS], unactivate[DIST_WORDS]; /* states to end */
	uint32_t activate[DIST_WORDS];                       /* and to begin */
	uint8_t senders[16]; /* GICv2: of pending SGIs, a bit for each; atomic */
	uint64_t asked; /* its load at this address waits until others have told; 0: none does */
};

struct vdist {
	struct spinlock lock;
	struct vm *vm;
	uint32_t ctlr;
	struct dist_word words[DIST_WORDS]; /* of SPIs: the first is unused */
	uint8_t priority[DIST_IDS];
	uint8_t route[DIST_IDS];   /* the vCPU that gets an SPI */
	uint64_t target[DIST_IDS]; /* as written: IROUTER, or ITARGETSR */
	struct dist_vcpu vcpus[MAX_VCPUS];
};

#define LOWEST(bits) ((uint32_t)__builtin_ctz(bits))

static inline struct vcpu *dist_vcpu(struct vdist *dist, uint32_t v)
{
	return &dist->vm->vcpus[v];
}

/* Of word n, what is a physical interrupt of the VM; and all that the VM has. */
uint32_t dist_backed(const struct vdist *dist, uint32_t n);
uint32_t dist_owned(const struct vdist *dist, uint32_t n);
struct dist_word *dist_word(struct vdist *dist, uint32_t v, uint32_t n);
/* Read by any core, without the lock; written atomically. */
static inline uint8_t *dist_priority(struct vdist *dist, uint32_t v, uint32_t id)
{
	return id < INTID_SPI_FIRST ? &dist->vcpus[v].priority[id] : &dist->priority[id];
}
/* After enabled, group, lost or route changed: makes it so. */
void dist_refresh(struct vdist *dist, uint32_t v, uint32_t n);
void dist_ctlr_write(struct vdist *dist, uint32_t value);
/* Sends an SPI to another vCPU; not `reachable`: to none, and what is pending stays where it is. */
void dist_route(struct vdist *dist, uint32_t id, uint32_t v, bool reachable);
/* Makes an interrupt pending: of `v`, or the physical one of an SPI. */
void dist_pend(struct vdist *dist, uint32_t v, uint32_t id);
/* After an interrupt became pending, or may be taken: a vCPU on another core does so now, one that waits is the primary's to run. */
void dist_notify(struct vcpu *vcpu, bool fresh);
/* SPIs that are pending at `v` and routed to another vCPU go there. */
void dist_strays_move(struct vdist *dist, uint32_t v);
/* Takes what is pending at `v` back. */
void dist_unpend(struct vdist *dist, uint32_t v, uint32_t n, uint32_t bits);
/* Ends or begins active states at `v`. */
void dist_unactivate(struct vdist *dist, uint32_t v, uint32_t n, uint32_t bits);
void dist_activate(struct vdist *dist, uint32_t v, uint32_t n, uint32_t bits);
/* GICv2: SGIs by sender. dist_senders: bits of those that are pending at the current vCPU. */
void dist_sgi_send(struct vdist *dist, uint32_t v, uint32_t id, uint8_t senders);
void dist_sgi_take_back(struct vdist *dist, uint32_t me, uint32_t id, uint8_t senders);
uint8_t dist_senders(struct vdist *dist, uint32_t me, uint32_t id);
/* Has `v` look at its list registers. */
void dist_ask(struct vdist *dist, uint32_t v);
/* It has not yet: RWP. */
bool dist_is_busy(struct vdist *dist, uint32_t v);
/*
 * For vCPU `me`, which is current: what the vCPUs first to end - 1 hold is known. If not, they have been asked. A bit of *told for each that
 * has told, and has not just left it in memory.
 */
bool dist_all_told(struct vdist *dist, uint32_t me, uint32_t first, uint32_t end, uint32_t *told);
uint32_t dist_pending(struct vdist *dist, uint32_t v, uint32_t n, bool told);
uint32_t dist_active(struct vdist *dist, uint32_t v, uint32_t n, bool told);
/* 32 (ITLinesNumber + 1): interrupt ids from here on are not there. */
static inline uint32_t dist_limit(void)
{
	return gic->lines * 32 < INTID_LIMIT ? gic->lines * 32 : INTID_LIMIT;
}

/* Whose registers are accessed, and by whom */
struct dist_bank {
	uint32_t me;         /* the current vCPU */
	uint32_t v;          /* private interrupts are this vCPU's */
	uint32_t first, end; /* the interrupts that have registers here */
};
/* Registers with one bit, two bits or the priority byte for each interrupt. What else there is reads as zero. */
enum mmio_result dist_bank_access(struct vdist *dist, const struct dist_bank *bank,
				  struct mmio_access *access);

/* Handlers of regions, by version */
enum mmio_result vdist_v3_gicd(struct vcpu *vcpu, struct mmio_access *access);
enum mmio_result vdist_v3_gicr(struct vcpu *vcpu, struct mmio_access *access);
enum mmio_result vdist_v2_gicd(struct vcpu *vcpu, struct mmio_access *access);

#endif
