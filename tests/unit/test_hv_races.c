/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What another core does in the middle of a world switch, one case at a time: no wake-up is lost, a
 * vCPU is nobody else's before it has left, and a VM that ends is not entered. test_hv_threads
 * looks for such moments by chance.
 */
#include "hv_fake/gic.h"
#include "hv_fake/machine.h"
#include "hv_fake/node.h"
#include "unit.h"
#include <bulkhead/counters.h>
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/platform.h>

#define EC_WFX 0x01u
#define EC_HVC 0x16u

#define VM    3u /* several vCPUs */
#define VCPU  FFA_VM_VCPU(VM, 0)
#define OTHER 1u /* the core that interferes */
#define IRQ   5u

/* x0 to x7 of whoever is current on the core after its call */
static const uint64_t *call(uint32_t core, uint64_t function, uint64_t a1, uint64_t a2)
{
	uint64_t *x = cpus[core].current->x;

	x[0] = function;
	x[1] = a1;
	x[2] = a2;
	for (int i = 3; i < 8; i++)
		x[i] = 0;
	node_exit_sync(core, EC_HVC, 0);
	return cpus[core].current->x;
}

static bool in_primary(uint32_t core)
{
	return cpus[core].current == cpus[core].primary;
}

static struct vcpu *target(void)
{
	return &vm_find(VM)->vcpus[0];
}

/* what the interfering core got */
static uint64_t other_x0, other_x2;

static void other_call(uint64_t function, uint64_t a1, uint64_t a2)
{
	const uint64_t *x = call(OTHER, function, a1, a2);

	other_x0 = x[0];
	other_x2 = x[2];
}

static void inject_meanwhile(void)
{
	other_call(BH_INTR_INJECT, VCPU, IRQ);
}

static void run_meanwhile(void)
{
	other_call(FFA_RUN, VCPU, 0);
}

static void request_meanwhile(void)
{
	other_call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(FFA_PRIMARY_ID, VM), 0);
}

static void stop_meanwhile(void)
{
	other_call(BH_VM_STOP, VM, 0);
}

/* The vCPU runs on core 0 and takes IRQ. */
static void enter(void)
{
	assert_true(in_primary(0));
	call(0, FFA_RUN, VCPU, 0);
	assert_ptr_equal(cpus[0].current, target());
	assert_int_equal(call(0, BH_INTR_ENABLE, IRQ, 1)[0], FFA_SUCCESS_32);
	fake_gics[0].vmcr = FAKE_VMCR_ENABLED;
}

static void take(void)
{
	fake_core_select(0);
	assert_int_equal(fake_guest_acknowledge(), IRQ);
	fake_guest_eoi(IRQ);
	assert_int_not_equal(fake_guest_acknowledge(), IRQ);
}

/* Kicks on their way to core 0 arrive, in whatever it executes by then. */
static void kicks_arrive(void)
{
	fake_core_select(0);
	if (fake_gic_is_signalled())
		node_exit_irq(0);
}

/* Whoever injects sees it RUNNING, and kicks a core that is in the primary by then. */
static void test_interrupt_while_it_waits(void **state)
{
	const uint64_t *x = cpus[0].primary->x;

	(void)state;
	enter();
	fake_on_switch = inject_meanwhile;
	node_exit_sync(0, EC_WFX, 0);
	assert_true(in_primary(0) && other_x0 == FFA_SUCCESS_32 && other_x2 == 0);
	assert_int_equal(x[0], FFA_YIELD);
	assert_int_equal(x[1], VCPU);
	assert_int_equal(x[2], 0);
	kicks_arrive();
	enter();
	take();
	fake_on_switch = inject_meanwhile;
	x = call(0, FFA_MSG_WAIT, 0, 0);
	assert_true(in_primary(0) && other_x2 == 0);
	assert_int_equal(x[0], FFA_MSG_WAIT);
	assert_int_equal(x[2], 1);
	kicks_arrive();
	enter();
	take();
}

/* It comes while the vCPU is entered: too late for its list registers, so by the kick. */
static void test_interrupt_while_it_is_entered(void **state)
{
	(void)state;
	call(0, FFA_YIELD, 0, 0);
	fake_on_switch = inject_meanwhile;
	enter();
	assert_int_equal(other_x2, 0);
	fake_core_select(0);
	assert_true(fake_gic_is_signalled());
	kicks_arrive();
	take();
}

/* Until it has left the core, it runs there. */
static void test_claim_while_it_leaves(void **state)
{
	(void)state;
	fake_on_switch = run_meanwhile;
	call(0, FFA_YIELD, 0, 0);
	assert_true(in_primary(0) && in_primary(OTHER));
	assert_true(other_x0 == FFA_ERROR && (int32_t)other_x2 == FFA_BUSY);
	enter();
	fake_on_switch = request_meanwhile;
	call(0, FFA_MSG_WAIT, 0, 0);
	assert_true(other_x0 == FFA_ERROR && (int32_t)other_x2 == FFA_BUSY);
	assert_int_equal(target()->state, VCPU_WAIT_MESSAGE);
}

static void test_claim_while_it_is_entered(void **state)
{
	(void)state;
	fake_on_switch = run_meanwhile;
	enter();
	assert_true(other_x0 == FFA_ERROR && (int32_t)other_x2 == FFA_BUSY);
	call(0, FFA_YIELD, 0, 0);
}

static void test_end_while_it_is_entered(void **state)
{
	const uint64_t *x;

	(void)state;
	fake_on_switch = stop_meanwhile;
	x = call(0, FFA_RUN, VCPU, 0);
	assert_true(in_primary(0) && other_x0 == FFA_SUCCESS_32);
	assert_int_equal(x[0], BH_RUN_ABORTED);
	assert_int_equal(x[2], BH_FAULT_STOPPED);
	assert_int_equal(target()->state, VCPU_OFF);
}

/* Interrupts that are gone when they are asked for are counted, and nobody gets one. */
static void test_spurious(void **state)
{
	struct vcpu *vcpu = cpus[0].primary;
	const uint64_t *exits = vcpu->counters.exits;
	uint64_t before = exits[BH_EXIT_SPURIOUS], timers = exits[BH_EXIT_TIMER];

	(void)state;
	assert_int_equal(call(0, BH_INTR_ENABLE, INTID_VTIMER, 1)[0], FFA_SUCCESS_32);
	fake_gics[0].vmcr = FAKE_VMCR_ENABLED;
	node_exit_irq(0);
	assert_int_equal(exits[BH_EXIT_SPURIOUS], before + 1);
	/* of the vCPU before this one */
	fake_core->cntv_ctl_el0 = 1;
	fake_core->cntv_cval_el0 = fake_core->cntvct_el0 + 1;
	fake_gics[0].vtimer_late = true;
	node_exit_irq(0);
	assert_int_equal(exits[BH_EXIT_SPURIOUS], before + 2);
	assert_int_equal(exits[BH_EXIT_TIMER], timers);
	assert_int_equal(fake_gics[0].active, 0);
	assert_int_equal(fake_guest_acknowledge(), 1023);
	/* its own */
	fake_core->cntvct_el0++;
	node_exit_irq(0);
	assert_int_equal(exits[BH_EXIT_TIMER], timers + 1);
	assert_int_equal(fake_guest_acknowledge(), INTID_VTIMER);
	fake_guest_eoi(INTID_VTIMER);
	fake_core->cntv_ctl_el0 = 0;
	assert_int_equal(exits[BH_EXIT_SPURIOUS], before + 2);
}

/* Core OTHER's way off ends in a refusal, but before that core 0 has tried to turn it on. */
static int64_t refusing_firmware(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	(void)a2, (void)a3;
	if (function == PSCI_AFFINITY_INFO_64)
		return PSCI_AFFINITY_ON;
	assert_int_equal(function, PSCI_CPU_OFF);
	assert_int_equal(a1, 0);
	cpus[0].current->x[3] = 0;
	other_x0 = call(0, PSCI_CPU_ON_64, platform.cpu_mpidr[OTHER], vm_primary()->memory[0].v)[0];
	fake_core_select(OTHER);
	return PSCI_DENIED;
}

static void test_off_refused(void **state)
{
	struct vcpu *vcpu = cpus[OTHER].primary;

	(void)state;
	vcpu->pc = 0x1234;
	vcpu->x[20] = 20;
	fake_firmware = refusing_firmware;
	assert_int_equal((int64_t)call(OTHER, PSCI_CPU_OFF, 0, 0)[0], PSCI_DENIED);
	assert_int_equal((int64_t)other_x0, PSCI_ALREADY_ON);
	assert_true(vcpu->pc == 0x1234 && vcpu->x[20] == 20);
	assert_int_equal(vcpu->state, VCPU_RUNNING);
	assert_int_equal(vcpu->core, OTHER);
}

static int boot(void **state)
{
	(void)state;
	node_boot();
	node_core_start(OTHER);
	return 0;
}

int main(void)
{
	/* one after the other on one node: the last one ends the VM */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spurious),
		cmocka_unit_test(test_off_refused),
		cmocka_unit_test(test_interrupt_while_it_waits),
		cmocka_unit_test(test_interrupt_while_it_is_entered),
		cmocka_unit_test(test_claim_while_it_leaves),
		cmocka_unit_test(test_claim_while_it_is_entered),
		cmocka_unit_test(test_end_while_it_is_entered),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
