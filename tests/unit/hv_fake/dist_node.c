/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The login VM of tests (see dist_node.h).
 */
#include "dist_node.h"
#include "gic.h"
#include "machine.h"
#include "node.h"
#include "vm_make.h"
#include <hv/arm64/cpu.h>
#include <hv/arm64/platform.h>
#include <hv/arm64/vdist.h>
#include <hv/arm64/vgic.h>
#include <stdlib.h>
#include <string.h>

#define EC_DATA_ABORT 0x24u
#define FSC_LEVEL_3   0x07u
#define REGISTER      5u

const uint32_t dist_spis[DIST_SPIS] = {33, 36, 63, 70, 287};

static struct vm *vm;

struct vm *dist_node_make(unsigned version, uint32_t vcpus)
{
	struct vm *primary;
	void *dist = aligned_alloc(16, ALIGN_UP(vdist_size(), (size_t)16));

	fake_machine_reset(vcpus);
	fake_gic_version_set(version);
	platform.gic_version = version;
	platform.gic_dist = (struct range){DIST_GICD, DIST_GICD + 0x10000};
	platform.gic_redist[0] = (struct range){DIST_GICR, DIST_GICR + vcpus * DIST_STRIDE};
	primary = vm_make_bare(1, vcpus, 1);
	vm = vm_make_bare(2, vcpus, 1);
	vm->role = VM_LOGIN;
	for (unsigned i = 0; i < DIST_SPIS; i++)
		vm->devices[dist_spis[i] / 64] |= UINT64_C(1) << dist_spis[i] % 64;
	for (uint32_t v = 0; v < vcpus; v++) {
		vm->vcpus[v].mpidr = UINT64_C(1) << 31 | v;
		vm->vcpus[v].irq.vmcr = FAKE_VMCR_ENABLED;
		vm->vcpus[v].state = VCPU_READY;
		vm->vcpus[v].pc = 0x1000;
	}
	memset(dist, 0, vdist_size());
	fake_require(vdist_init(vm, dist) == 0, "the distributor cannot be made");
	login_vm = vm;
	for (uint32_t v = 0; v < vcpus; v++) {
		fake_core_select(v);
		cpus[v].primary = &primary->vcpus[v];
		vcpu_load_first(&cpus[v], cpus[v].primary);
		cpus[v].primary->state = VCPU_RUNNING;
		dist_enter(v, v);
	}
	return vm;
}

void dist_node_free(void)
{
	free(vm->dist);
	login_vm = NULL;
	vm_free(vms[0]);
	vm_free(vms[1]);
}

int dist_core_of(uint32_t v)
{
	for (uint32_t core = 0; core < vm->vcpu_count; core++)
		if (cpus[core].current == &vm->vcpus[v])
			return (int)core;
	return -1;
}

void dist_enter(uint32_t v, uint32_t core)
{
	__atomic_store_n(&vm->vcpus[v].state, VCPU_RUNNING, __ATOMIC_SEQ_CST);
	__atomic_store_n(&vm->vcpus[v].core, core, __ATOMIC_SEQ_CST);
	fake_core_select(core);
	vcpu_switch(&cpus[core], &vm->vcpus[v]);
}

void dist_leave(uint32_t core)
{
	struct vcpu *vcpu = cpus[core].current;

	fake_core_select(core);
	vcpu_switch(&cpus[core], cpus[core].primary);
	__atomic_store_n(&vcpu->state, VCPU_READY, __ATOMIC_SEQ_CST);
}

void dist_settle(void)
{
	bool busy = true;

	while (busy) {
		busy = false;
		for (uint32_t core = 0; core < vm->vcpu_count; core++) {
			fake_core_select(core);
			if (!fake_gic_is_signalled())
				continue;
			node_exit_irq(core);
			busy = true;
		}
	}
}

bool dist_try(uint32_t core, uint64_t address, uint32_t size, bool write, uint64_t *value)
{
	struct vcpu *vcpu = cpus[core].current;
	uint64_t pc = vcpu->pc;

	fake_core_select(core);
	vcpu->x[REGISTER] = *value;
	fake_core->far_el2 = address;
	fake_core->hpfar_el2 = address >> 12 << 4;
	node_exit_sync(core, EC_DATA_ABORT,
		       ISS_ISV | (uint32_t)__builtin_ctz(size) << 22 | REGISTER << 16 | ISS_SF |
			       (write ? ISS_WNR : 0) | FSC_LEVEL_3);
	*value = vcpu->x[REGISTER];
	fake_require(vcpu->pc == pc || vcpu->pc == pc + 4, "an exception was injected");
	return vcpu->pc != pc;
}

static uint64_t access(uint32_t v, uint64_t address, uint32_t size, bool write, uint64_t value)
{
	unsigned tries = 0;

	while (!dist_try((uint32_t)dist_core_of(v), address, size, write, &value)) {
		fake_require(++tries < 3, "a register is never ready");
		dist_settle();
	}
	dist_settle();
	return value;
}

uint64_t dist_read(uint32_t v, uint64_t address, uint32_t size)
{
	return access(v, address, size, false, UINT64_C(0xA5A5A5A5A5A5A5A5));
}

void dist_write(uint32_t v, uint64_t address, uint32_t size, uint64_t value)
{
	access(v, address, size, true, value);
}
