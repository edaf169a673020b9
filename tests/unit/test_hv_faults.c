/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a guest that hits a wall leaves in its fault record, and what the primary's handler finds,
 * where the emulator is kinder than a machine may be: HPFAR_EL2 after a permission fault, SErrors.
 */
#include "hv_fake/machine.h"
#include "hv_fake/node.h"
#include "unit.h"
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/regs.h>

#define EC_HVC  0x16u
#define EC_DABT 0x24u

#define ISS_WRITE       (1u << 6)

#define VA   UINT64_C(0xffff00001234)
#define IPA_ UINT64_C(0x87654000)
#define PAR  UINT64_C(0xabcdef) /* what the guest has in it */

static struct vm *vm;

static uint64_t translate(uint64_t address)
{
	assert_int_equal(address, VA);
	return IPA_ | UINT64_C(0xFF) << 56 | 0x380; /* attributes and shareability, too */
}

static void call(uint64_t function, uint64_t argument)
{
	cpus[0].current->x[0] = function;
	cpus[0].current->x[1] = argument;
	node_exit_sync(0, EC_HVC, 0);
}

/* The secondary, alive again, is on core 0. */
static void enter(void)
{
	struct vcpu *vcpu = &vm->vcpus[0];

	vm->ended = 0;
	vcpu->state = VCPU_READY;
	call(FFA_RUN, FFA_VM_VCPU(vm->id, 0));
	assert_ptr_equal(cpus[0].current, vcpu);
}

static void expect_external(void)
{
	assert_ptr_equal(cpus[0].current, cpus[0].primary);
	assert_int_equal(cpus[0].primary->x[0], BH_RUN_ABORTED);
	assert_int_equal(cpus[0].primary->x[2], BH_FAULT_EXTERNAL);
	assert_int_equal(vm->fault.cause, BH_FAULT_EXTERNAL);
	assert_int_equal(vm->fault.vm, vm->id);
}

/* A secondary's fault, with another page in HPFAR_EL2; the record's address */
static uint64_t fault(uint32_t iss)
{
	enter();
	fake_core->far_el2 = VA;
	fake_core->hpfar_el2 = 0x12345 << 4;
	fake_core->par_el1 = PAR;
	node_exit_sync(0, EC_DABT, iss);
	assert_ptr_equal(cpus[0].current, cpus[0].primary);
	assert_int_equal(fake_core->par_el1, PAR);
	assert_int_equal(vm->fault.far, VA);
	return vm->fault.ipa;
}

/* Arm ARM D17.2.62: HPFAR_EL2 is unknown after a permission fault that is not of a walk */
static void test_address(void **state)
{
	(void)state;
	fake_stage1 = translate;
	assert_int_equal(fault(FSC_TRANSLATION), 0x12345234);
	assert_int_equal(fault(FSC_TRANSLATION | ISS_S1PTW), 0x12345000);
	assert_int_equal(fault(FSC_PERMISSION | ISS_WRITE), IPA_ | 0x234);
	assert_int_equal(vm->fault.cause, BH_FAULT_MEMORY_WRITE);
	assert_int_equal(fault(FSC_PERMISSION | ISS_S1PTW), 0x12345000);
	/* an unsupported atomic access, for one, is no fault of stage 2 */
	assert_int_equal(fault(0x35), 0);
	assert_int_equal(vm->fault.cause, BH_FAULT_EXTERNAL);
	fake_stage1 = NULL; /* another vCPU has unmapped it meanwhile */
	assert_int_equal(fault(FSC_PERMISSION), 0);
}

/* PSTATE in the primary's handler, when it was `from` */
static uint64_t pstate_after(uint64_t from, uint64_t sctlr)
{
	struct vcpu *vcpu = cpus[0].primary;

	fake_core->sctlr_el1 = sctlr;
	vcpu->pstate = from;
	node_exit_sync(0, EC_DABT, FSC_TRANSLATION);
	assert_int_equal(fake_core->spsr_el1, from);
	return vcpu->pstate;
}

/* Arm ARM, AArch64.TakeException */
static void test_pstate(void **state)
{
	const uint64_t entry = 0x3C5, nzcv = 0xF0000000, dit = 1 << 24, uao = 1 << 23;
	const uint64_t pan = 1 << 22, ss = 1 << 21, il = 1 << 20, ssbs = 1 << 12, btype = 3 << 10;

	(void)state;
	assert_int_equal(pstate_after(0x5, SCTLR_EL1_SPAN), entry);
	assert_int_equal(pstate_after(0x0, 0), entry | pan);
	assert_int_equal(pstate_after(0x5 | pan, SCTLR_EL1_SPAN), entry | pan);
	assert_int_equal(pstate_after(0x5 | ssbs, SCTLR_EL1_SPAN), entry);
	assert_int_equal(pstate_after(0x5, SCTLR_EL1_SPAN | SCTLR_EL1_DSSBS), entry | ssbs);
	assert_int_equal(pstate_after(0x4 | nzcv | dit | uao | ss | il | btype, SCTLR_EL1_SPAN),
			 entry | nzcv | dit);
}

/* It ends who runs, if that is a secondary; the primary finds it pending, with its syndrome. */
static void test_error(void **state)
{
	struct vcpu *primary = cpus[0].primary;
	uint64_t pc = primary->pc, pstate = primary->pstate;

	(void)state;
	enter();
	node_exit_serror(0, 0);
	expect_external();
	primary->hcr = fake_core->hcr_el2 = HCR_GUEST;
	cpus[0].has_ras = true;
	node_exit_serror(0, 0x1ABCDEF);
	assert_int_equal(fake_core->hcr_el2, HCR_GUEST | HCR_VSE);
	assert_int_equal(fake_core->s3_4_c5_c2_3, 0x1ABCDEF);
	assert_true(primary->pc == pc && primary->pstate == pstate);
	/* not taken while it runs a vCPU, then taken */
	enter();
	assert_int_equal(primary->hcr, HCR_GUEST | HCR_VSE);
	call(FFA_YIELD, 0);
	fake_core->hcr_el2 = HCR_GUEST;
	enter();
	assert_int_equal(primary->hcr, HCR_GUEST);
	call(FFA_YIELD, 0);
}

/* One that comes when the secondary has already exited */
static void test_late_error(void **state)
{
	(void)state;
	cpus[0].has_ras = true;
	enter();
	fake_core->s3_0_c12_c1_1 = 1u << 31;
	call(FFA_YIELD, 0);
	expect_external();
	assert_int_equal(fake_core->s3_0_c12_c1_1, 0);
	cpus[0].has_ras = false; /* then there is no such register */
	enter();
	fake_core->s3_0_c12_c1_1 = 1u << 31;
	call(FFA_YIELD, 0);
	assert_int_equal(cpus[0].primary->x[0], FFA_YIELD);
}

static int boot(void **state)
{
	(void)state;
	node_boot();
	vm = vm_find(2);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_pstate),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_late_error),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
