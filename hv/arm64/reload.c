/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Starts the login VM again (see reload.h), a bounded step a call. From the first step to the last all its vCPUs are claimed, as by a core
 * that runs them: nobody runs, resets or turns one on meanwhile, and the VM's record says that it has ended. Its devices are reset before
 * its memory is touched. reload.busy makes the steps one core's at a time.
 */
#include <hv/arm64/reload.h>

#include <bulkhead/hypercall.h>
#include <bulkhead/status.h>
#include <hv/arm64/cache.h>
#include <hv/arm64/call.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/log.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/notify.h>
#include <hv/arm64/pci.h>
#include <hv/arm64/regs.h>
#include <hv/arm64/run.h>
#include <hv/arm64/seed.h>
#include <hv/arm64/share.h>
#include <hv/arm64/stage2.h>
#include <hv/arm64/vdist.h>
#include <string.h>

#define PIECES    3u /* image, ramdisk, device tree */
#define COPY_STEP SIZE_2M

enum phase { RELOAD_IDLE, RELOAD_SILENCING, RELOAD_LEAVING, RELOAD_CLEARING, RELOAD_COPYING };

static struct {
	bool busy;
	enum phase phase;
	uint32_t claimed; /* vCPUs from 0 on */
	uint64_t cursor;  /* of memory_renew */
	uint64_t units;   /* cleared so far, of those that it had at boot */
	unsigned piece;
	uint64_t done; /* bytes of it */

	/* as at boot */
	struct {
		const uint8_t *from;
		uint64_t to, size;
	} pieces[PIECES];
	unsigned piece_count;
	uint64_t entry, tree_at;
	uint64_t boot_units;
	uint32_t ffa_version;
	__attribute__((aligned(8))) uint8_t tree[RELOAD_TREE_SIZE]; /* as libfdt wants it */
} reload;

void reload_note(const void *from, uint64_t to, uint64_t size)
{
	reload.pieces[reload.piece_count].from = from;
	reload.pieces[reload.piece_count].to = to;
	reload.pieces[reload.piece_count++].size = size;
}

void reload_note_start(const struct vm *vm, uint64_t entry, uint64_t tree)
{
	memcpy(reload.tree, (const void *)tree, sizeof(reload.tree));
	reload_note(reload.tree, tree, sizeof(reload.tree));
	reload.entry = entry;
	reload.tree_at = tree;
	reload.boot_units = memory_count(vm->id);
	reload.ffa_version = vm->ffa_version;
}

/* True when all are ours; those that a core still runs leave it at their next exit, since the VM has ended. */
static bool vcpus_claim(struct cpu *cpu, struct vm *vm)
{
	while (reload.claimed < vm->vcpu_count) {
		struct vcpu *vcpu = &vm->vcpus[reload.claimed];

		if (run_claim(cpu, vcpu, ~(1u << VCPU_RUNNING)) == VCPU_RUNNING)
			return false;
		reload.claimed++;
	}
	return true;
}

static int quiesce(struct cpu *cpu, struct vm *vm)
{
	if (!vcpus_claim(cpu, vm))
		return 1;
	pci_reset_begin();
	reload.phase = RELOAD_SILENCING;
	return 1;
}

static int silence(struct vm *vm)
{
	if (!pci_reset_end())
		return 1;
	vdist_reset(vm);
	stage2_flush(vm);
	reload.phase = RELOAD_LEAVING;
	return 1;
}

/* One transaction a step. */
static int leave(struct vm *vm)
{
	if (!share_vm_exit(vm))
		return 1;
	mailbox_drop(vm);
	notify_vm_reset(vm);
	log_forget(vm->id);
	reload.cursor = 0;
	reload.units = 0;
	reload.phase = RELOAD_CLEARING;
	return 1;
}

static bool had_at_boot(const struct vm *vm, pa_t unit)
{
	for (unsigned i = 0; i < MAX_NODES && vm->memory[i].v; i++)
		if (unit.v >= vm->memory[i].v && unit.v - vm->memory[i].v < vm->memory_size)
			return true;
	return false;
}

/* One unit. EPERM: a borrower that lives holds memory of it, or it has given some away for good. */
static int clear(struct vm *vm)
{
	pa_t unit = PA(0);
	int status = memory_renew(vm, &reload.cursor, &unit);

	if (status == BH_OK)
		reload.units += had_at_boot(vm, unit);
	if (status == BH_OK || status == BH_ERANGE)
		return 1;
	if (status != BH_ENOENT || reload.units != reload.boot_units)
		return BH_EPERM;
	seed_renew(reload.tree);
	reload.piece = 0;
	reload.done = 0;
	reload.phase = RELOAD_COPYING;
	return 1;
}

static void start(struct vm *vm)
{
	struct vm_locked locked;

	cache_invalidate_instructions();
	for (uint32_t i = 0; i < vm->vcpu_count; i++) {
		vcpu_reset(&vm->vcpus[i], i ? 0 : reload.entry, i ? 0 : reload.tree_at);
		vm->vcpus[i].hcr = HCR_GUEST | HCR_TWI;
	}
	locked = vm_lock(vm);
	vm->ffa_version = reload.ffa_version;
	__atomic_store_n(&vm->ended, 0, __ATOMIC_SEQ_CST);
	vm_unlock(locked);
	reload.claimed = 0;
	reload.phase = RELOAD_IDLE;
	log_line("VM %u: loaded again", vm->id);
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		__atomic_store_n(&vm->vcpus[i].state, i ? VCPU_OFF : VCPU_READY, __ATOMIC_SEQ_CST);
}

/* The pieces lie in memory that it had at boot, and has. */
static int copy(struct vm *vm)
{
	uint64_t left = reload.pieces[reload.piece].size - reload.done;
	uint64_t size = left < COPY_STEP ? left : COPY_STEP;
	uint8_t *to = (uint8_t *)reload.pieces[reload.piece].to + reload.done;

	memcpy(to, reload.pieces[reload.piece].from + reload.done, size);
	cache_clean(to, size);
	reload.done += size;
	if (size < left)
		return 1;
	reload.done = 0;
	if (++reload.piece < reload.piece_count)
		return 1;
	start(vm);
	return 0;
}

static int step(struct cpu *cpu, struct vm *vm)
{
	switch (reload.phase) {
	case RELOAD_IDLE:
		return vm_has_ended(vm) ? quiesce(cpu, vm) : BH_EPERM;
	case RELOAD_SILENCING:
		return silence(vm);
	case RELOAD_LEAVING:
		return leave(vm);
	case RELOAD_CLEARING:
		return clear(vm);
	default:
		return copy(vm);
	}
}

/* w1 = id. x2 = 1: again */
void reload_call(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	struct vm *vm = vm_find(ARG32(vcpu, 1));
	int status;

	if (!vm || vm->role != VM_LOGIN) {
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
		return;
	}
	if (__atomic_exchange_n(&reload.busy, true, __ATOMIC_ACQUIRE)) {
		answer_error(vcpu, FFA_BUSY);
		return;
	}
	status = step(cpu, vm);
	__atomic_store_n(&reload.busy, false, __ATOMIC_RELEASE);
	answer(vcpu, status < 0 ? FFA_DENIED : 0, status == 1);
}
