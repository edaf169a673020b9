/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hypervisor's calls, runs and exits against the model of docs/abi-arm64.md: 100,000 random
 * steps of a node with four cores, a primary on each and six vCPUs of three secondaries. After
 * every step the registers of all vCPUs are the model's, no vCPU is on two cores, and none that
 * waits has an interrupt that nobody knows of.
 */
#include "hv_fake/calls.h"
#include "hv_fake/gic.h"
#include "hv_fake/machine.h"
#include "hv_fake/model.h"
#include "unit.h"
#include <bulkhead/counters.h>
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/platform.h>

#define STEPS 250000

/* exception classes (Arm ARM D17.2.37) */
#define EC_WFX    0x01u
#define EC_FP     0x07u
#define EC_HVC    0x16u
#define EC_SMC    0x17u
#define EC_SYSREG 0x18u
#define EC_IABT   0x20u
#define EC_DABT   0x24u
#define ISS_WRITE (1u << 6)

static struct random rng;
static jmp_buf firmware_jump;
static void *boot_state[NODE_VMS]; /* of struct vm, to begin again with */
static unsigned deaths, taken, ended_calls;
static uint64_t next_tag = 1;

/* --- what was reached --- */

static struct reached {
	uint32_t function;
	uint64_t result, value; /* x0, and x2 where it tells more */
	unsigned count;
} reached[512];
static unsigned reached_count;

static void note(uint32_t function, uint64_t result, uint64_t value)
{
	struct reached *r = reached;

	/* unknown functions are all the same */
	if (value == (uint32_t)FFA_NOT_SUPPORTED || result == (uint64_t)PSCI_NOT_SUPPORTED)
		function = UINT32_MAX;
	while (r < reached + reached_count &&
	       (r->function != function || r->result != result || r->value != value))
		r++;
	if (r == reached + ARRAY_SIZE(reached))
		return;
	if (r == reached + reached_count)
		reached[reached_count++] = (struct reached){function, result, value, 0};
	r->count++;
}

static unsigned count_of(uint64_t result, uint64_t value)
{
	unsigned count = 0;

	for (const struct reached *r = reached; r < reached + reached_count; r++)
		if (r->result == result && r->value == value)
			count += r->count;
	return count;
}

/* --- firmware --- */

static int64_t firmware(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	const struct cpu *cpu = (const struct cpu *)a3;

	switch (function) {
	case PSCI_CPU_ON_64:
		assert_int_equal(a2, (uint64_t)cpu_start);
		assert_true(cpu >= cpus && cpu < cpus + NODE_CORES);
		assert_int_equal(a1, platform.cpu_mpidr[cpu->index]);
		/* a core on its way off is still on */
		return model_firmware_status = random_one_in(&rng, 3)   ? PSCI_ALREADY_ON
					       : random_one_in(&rng, 8) ? PSCI_DENIED
									: PSCI_SUCCESS;
	case PSCI_AFFINITY_INFO_64: /* asked of cores that the hypervisor turned off */
		assert_int_equal(a2, 0);
		return model_firmware_affinity = random_one_in(&rng, 2) ? PSCI_AFFINITY_OFF
									: PSCI_AFFINITY_ON;
	case PSCI_CPU_OFF:
		if (random_one_in(&rng, 3))
			return PSCI_DENIED;
		break;
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
		break;
	default:
		fail_msg("the firmware is called with %llx", (unsigned long long)function);
	}
	model_firmware_left = true;
	longjmp(firmware_jump, 1);
}

/* --- exits --- */

static unsigned cores_on(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < NODE_CORES; i++)
		count += model_cores[i].on;
	return count;
}

static uint64_t exits_of(const struct vcpu *vcpu)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < BH_EXIT_REASON_COUNT; i++)
		sum += vcpu->counters.exits[i];
	return sum;
}

/* The exit is counted once. */
static void exit_sync(uint32_t core, unsigned exception_class, uint32_t iss)
{
	const struct vcpu *vcpu = cpus[core].current;
	uint64_t before = exits_of(vcpu);

	model_before(core);
	model_firmware_left = false;
	if (!setjmp(firmware_jump))
		node_exit_sync(core, exception_class, iss);
	assert_int_equal(exits_of(vcpu), before + 1);
}

static void step_call(uint32_t core)
{
	struct model_vcpu *v = model_cores[core].current;
	const struct model_vcpu *primary = model_cores[core].primary;
	uint64_t denied = v->real->counters.denied;
	uint64_t x[CALL_REGISTERS];
	bool smc = random_one_in(&rng, 2);
	char what[64];

	call_random(&rng, v, x);
	if ((uint32_t)x[0] == PSCI_CPU_OFF && v->vm->primary && cores_on() == 1)
		return;
	memcpy(v->x, x, sizeof(x));
	memcpy(v->real->x, x, sizeof(x));
	v->pc += smc ? 4 : 0;
	ended_calls += v->vm->ended;
	exit_sync(core, smc ? EC_SMC : EC_HVC, 0);
	model_call(core);
	snprintf(what, sizeof(what), "call %x of vCPU %u.%u on core %u", (uint32_t)x[0],
		 v->vm->manifest->id, v->index, core);
	model_compare(what);
	if (v->x[0] == FFA_ERROR && model_cores[core].current == v)
		assert_int_equal(v->real->counters.denied, denied + 1);
	if (model_cores[core].current == v && !model_firmware_left)
		note((uint32_t)x[0], v->x[0], v->x[0] == FFA_ERROR ? v->x[2] : 0);
	else if (!v->vm->primary)
		note((uint32_t)x[0], primary->x[0],
		     primary->x[0] == FFA_MSG_WAIT ? primary->x[2] : 0);
}

static void step_wfi(uint32_t core)
{
	struct model_vcpu *v = model_cores[core].current;

	if (v->vm->primary)
		return;
	v->pc += 4;
	exit_sync(core, EC_WFX, 0);
	model_wfi(core);
	model_compare("WFI");
	if (model_cores[core].current != v)
		note(0, model_cores[core].primary->x[0], 0);
}

/* A wall: a secondary ends, the primary gets an exception at its vector table, which is at 0. */
static void step_fault(uint32_t core)
{
	static const struct {
		unsigned exception_class;
		uint32_t iss, cause;
	} faults[] = {
		{EC_DABT, 0x07, BH_FAULT_MEMORY_READ},
		{EC_DABT, 0x07 | ISS_WRITE, BH_FAULT_MEMORY_WRITE},
		{EC_DABT, 0x10, BH_FAULT_EXTERNAL},
		{EC_IABT, 0x06, BH_FAULT_MEMORY_EXEC},
		{EC_SYSREG, 0, BH_FAULT_SYSREG},
		{EC_HVC, 1, BH_FAULT_SYSREG},
		{EC_SMC, 0xFFFF, BH_FAULT_SYSREG},
		{0x3F, 0, BH_FAULT_UNKNOWN},
	};
	struct model_vcpu *v = model_cores[core].current;
	unsigned i = (unsigned)random_below(&rng, ARRAY_SIZE(faults));

	exit_sync(core, faults[i].exception_class, faults[i].iss);
	if (v->vm->primary) {
		v->pc = 0x200;
	} else {
		v->pc -= faults[i].exception_class == EC_HVC ? 4 : 0;
		model_end(v->vm, faults[i].cause);
		model_leave(core, VCPU_OFF, BH_RUN_ABORTED, v->vm->cause);
	}
	model_compare("fault");
}

static void step_harmless(uint32_t core)
{
	struct model_vcpu *v = model_cores[core].current;

	if (random_one_in(&rng, 2)) {
		exit_sync(core, EC_FP, 0);
	} else {
		/* a read into x5 */
		v->pc += 4;
		v->x[5] = 0;
		exit_sync(core, EC_SYSREG, 5u << 5 | 1);
	}
	model_compare("FP or ID register");
}

static void step_irq(uint32_t core)
{
	struct model_vcpu *v = model_cores[core].current, *primary = model_cores[core].primary;

	fake_core_select(core);
	if (!fake_gic_is_signalled() && !random_one_in(&rng, 8))
		return;
	/* of hardware's there may be several in one exit */
	node_exit_irq(core);
	v->injected = v->real->counters.injected;
	primary->injected = primary->real->counters.injected;
	model_irq(core);
	model_compare("interrupt");
}

/* --- guests take and end interrupts --- */

static int active_of(const struct model_vcpu *v)
{
	for (int id = 0; id < (int)MODEL_IDS; id++)
		if (v->active[id])
			return id;
	return -1;
}

/* The interface is open, nothing is on the way to the core: then nothing may be pending. */
static void expect_nothing(uint32_t core, const struct model_vcpu *v)
{
	const struct fake_spi *uart = &fake_spis[NODE_UART];

	if (fake_gic_is_signalled())
		return;
	for (unsigned id = 0; id < MODEL_SGIS; id++)
		if (v->must[id] && v->enabled[id])
			fail_msg("interrupt %u of vCPU %u.%u does not come", id,
				 v->vm->manifest->id, v->index);
	assert_false(model_deadline(v) <= fake_core->cntvct_el0);
	if (v->vm->primary) {
		assert_false(fake_gics[core].ptimer && v->enabled[INTID_PTIMER]);
		/* any vCPU of the primary routes and disables it for all */
		assert_false(uart->level && uart->enabled && v->enabled[NODE_UART] &&
			     uart->core == core && (!uart->active || uart->taker == core));
	}
}

static void step_take(uint32_t core)
{
	struct model_vcpu *v = model_cores[core].current;
	uint32_t id;

	fake_core_select(core);
	fake_gics[core].vmcr = FAKE_VMCR_ENABLED;
	if (active_of(v) >= 0)
		return;
	id = fake_guest_acknowledge();
	if (id >= INTID_LIMIT) {
		expect_nothing(core, v);
		return;
	}
	assert_true(id < MODEL_IDS && v->enabled[id]);
	if (id < MODEL_SGIS) {
		assert_true(v->may[id] > 0);
		v->may[id]--;
		v->must[id] = false;
	}
	v->active[id] = true;
	taken++;
}

static void step_end(uint32_t core)
{
	struct model_vcpu *v = model_cores[core].current;
	int id = active_of(v);

	if (id < 0)
		return;
	fake_core_select(core);
	fake_guest_eoi((uint32_t)id);
	v->active[id] = false;
}

/* Sets registers that are the vCPU's own. */
static void step_registers(uint32_t core)
{
	struct model_vcpu *v = model_cores[core].current;
	struct fake_core *registers = &fake_cores[core];

	registers->tpidr_el1 = v->tag = next_tag++;
	registers->cntv_ctl_el0 = v->timer_ctl = random_below(&rng, 4);
	registers->cntv_cval_el0 = v->timer_cval = random_one_in(&rng, 4)
							   ? random_next(&rng)
							   : registers->cntvct_el0 +
								     random_below(&rng, 5000);
}

/* --- the rest of the world --- */

static void step_device(uint32_t core)
{
	if (random_one_in(&rng, 4))
		fake_gics[core].vtimer_late = !(fake_gics[core].active >> INTID_VTIMER & 1);
	else if (random_one_in(&rng, 2))
		fake_gics[core].ptimer = random_one_in(&rng, 3);
	else
		fake_spis[NODE_UART].level = random_one_in(&rng, 3);
}

static void step_time(void)
{
	uint64_t now = fake_cores[0].cntvct_el0 + random_below(&rng, 200);

	for (unsigned i = 0; i < NODE_CORES; i++)
		fake_cores[i].cntvct_el0 = now;
}

static void step_core_start(void)
{
	for (uint32_t core = 0; core < NODE_CORES; core++) {
		if (!model_cores[core].starting)
			continue;
		/*
		 * a device interrupt that the core held when it went off: its guest's fault, and
		 * the firmware's to clear
		 */
		if (fake_spis[NODE_UART].taker == core)
			fake_spis[NODE_UART].active = false;
		node_core_start(core);
		model_core_started(core);
		model_compare("core start");
	}
}

/* A VM that has ended and left all cores, or turned all of its own off, begins a new life. */
static void step_rebirth(void)
{
	unsigned i = 1 + (unsigned)random_below(&rng, NODE_VMS - 1);
	struct model_vm *vm = &model_vms[i];

	for (uint32_t index = 0; index < vm->manifest->vcpus; index++)
		if (vm->ended ? vm->vcpus[index].state == VCPU_RUNNING
			      : vm->vcpus[index].state != VCPU_OFF)
			return;
	memcpy(vm->real, boot_state[i],
	       sizeof(struct vm) + vm->manifest->vcpus * sizeof(struct vcpu));
	model_vm_reset(vm);
	deaths++;
}

static void step_guest(uint32_t core)
{
	/* guests with interrupts masked, and within handlers */
	if (random_one_in(&rng, 2))
		step_take(core);
	if (random_one_in(&rng, 2))
		step_end(core);
	switch (random_below(&rng, 64)) {
	case 0:
		step_registers(core);
		break;
	case 1:
		step_harmless(core);
		break;
	case 2:
		if (random_one_in(&rng, 8))
			step_fault(core);
		break;
	case 3:
	case 4:
	case 5:
	case 6:
	case 7:
	case 8:
	case 9:
		step_wfi(core);
		break;
	default:
		step_call(core);
	}
}

static void step(void)
{
	uint32_t core = (uint32_t)random_below(&rng, NODE_CORES);

	step_time();
	if (random_one_in(&rng, 20))
		step_core_start();
	if (random_one_in(&rng, 50))
		step_rebirth();
	while (!model_cores[core].on)
		core = (core + 1) % NODE_CORES;
	if (random_one_in(&rng, 12))
		step_device(core);
	if (random_one_in(&rng, 4))
		step_irq(core);
	else
		step_guest(core);
}

/* --- */

/* Every way back to the primary, every error. */
static void expect_reached(void)
{
	static const struct {
		uint64_t result, value;
	} wanted[] = {
		{FFA_YIELD, 0},
		{FFA_MSG_WAIT, 0},
		{FFA_MSG_WAIT, 1},
		{FFA_MSG_SEND_DIRECT_RESP_32, 0},
		{FFA_MSG_SEND_DIRECT_RESP_64, 0},
		{FFA_INTERRUPT, 0},
		{BH_RUN_WAIT_FOR_INTERRUPT, 0},
		{BH_RUN_WAKE_UP, 0},
		{BH_RUN_VCPU_OFF, 0},
		{BH_RUN_ABORTED, 0},
		{FFA_ERROR, (uint32_t)FFA_NOT_SUPPORTED},
		{FFA_ERROR, (uint32_t)FFA_INVALID_PARAMETERS},
		{FFA_ERROR, (uint32_t)FFA_BUSY},
		{FFA_ERROR, (uint32_t)FFA_DENIED},
		{FFA_ERROR, (uint32_t)FFA_ABORTED},
		{FFA_ERROR, (uint32_t)FFA_NO_DATA},
		{FFA_ERROR, (uint32_t)FFA_NO_MEMORY},
		{FFA_SUCCESS_64, 0},
		{(uint64_t)PSCI_ALREADY_ON, 0},
		{(uint64_t)PSCI_INVALID_ADDRESS, 0},
		{(uint64_t)PSCI_INVALID_PARAMETERS, 0},
		{(uint64_t)PSCI_INTERNAL_FAILURE, 0},
	};
	unsigned good = 0, bad = 0;

	for (const struct reached *r = reached; r < reached + reached_count; r++)
		*(r->result == FFA_ERROR || r->result > UINT32_MAX ? &bad : &good) += r->count;
	print_message("calls: %u done, %u refused; %u results; %u interrupts taken; "
		      "%u VMs ended; %u calls after the end\n",
		      good, bad, reached_count, taken, deaths, ended_calls);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (count_of(wanted[i].result, wanted[i].value) < 10)
			fail_msg("result %llx, %llx was reached %u times",
				 (unsigned long long)wanted[i].result,
				 (unsigned long long)wanted[i].value,
				 count_of(wanted[i].result, wanted[i].value));
	assert_true(good > STEPS / 10 && bad > STEPS / 20);
	assert_true(taken > STEPS / 50 && deaths > STEPS / 1000 && ended_calls > 10);
}

/* Whatever guests logged, the ring holds printable lines. */
static void expect_clean_log(void)
{
	assert_true(node_log->written > node_log->size);
	for (uint32_t i = 0; i < node_log->size; i++) {
		uint8_t c = (uint8_t)node_log->text[i];

		assert_true((c >= ' ' && c <= '~') || c == '\n' || c == '\t');
	}
}

static int start(void **state)
{
	(void)state;
	node_boot();
	fake_firmware = firmware;
	for (unsigned i = 0; i < NODE_VMS; i++) {
		const struct manifest_vm *m = &node_manifest.vms[i];
		size_t size = sizeof(struct vm) + m->vcpus * sizeof(struct vcpu);

		boot_state[i] = malloc(size);
		memcpy(boot_state[i], vm_find(m->id), size);
	}
	model_start();
	return 0;
}

static void test_random(void **state)
{
	(void)state;
	rng = random_start();
	model_compare("boot");
	for (unsigned i = 0; i < STEPS; i++)
		step();
	expect_reached();
	expect_clean_log();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_random, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
