/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PSCI 1.1 (DEN0022) and SMCCC discovery for guests. The primary's cores are real: CPU_ON goes to the firmware, for the core of the same
 * number. A secondary's are scheduled by the primary, which learns of them by BH_RUN_WAKE_UP.
 */
#include <hv/arm64/call.h>

#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/fault.h>
#include <hv/arm64/log.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/platform.h>
#include <hv/arm64/psci.h>
#include <hv/arm64/run.h>
#include <hv/arm64/smc.h>
#include <hv/arm64/vgic.h>
#include <hv/arm64/vm.h>

/* What the firmware answers; ALREADY_ON while the core is still on its way off. */
static int64_t core_turn_on(const struct vcpu *target)
{
	return smc_call(PSCI_CPU_ON_64, platform.cpu_mpidr[target->index], (uint64_t)cpu_start,
			(uint64_t)&cpus[target->index]);
}

static int64_t core_state(const struct vcpu *target)
{
	return smc_call(PSCI_AFFINITY_INFO_64, platform.cpu_mpidr[target->index], 0, 0);
}

/* x1 = target, x2 = entry, x3 = context id */
static void cpu_on(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	struct vm *vm = vcpu->vm;
	struct vcpu *target = vm_vcpu_at(vm, ARG_WIDE(vcpu, 1));
	uint64_t entry = ARG_WIDE(vcpu, 2), context = ARG_WIDE(vcpu, 3);

	if (!target) {
		answer_value(vcpu, PSCI_INVALID_PARAMETERS);
		return;
	}
	if (!memory_owned(vm, IPA(entry), 4)) {
		answer_value(vcpu, PSCI_INVALID_ADDRESS);
		return;
	}
	/* RUNNING on nobody's behalf: nobody else can start or run it while its registers are set */
	if (run_claim(cpu, target, 1u << VCPU_OFF) != VCPU_OFF) {
		answer_value(vcpu, PSCI_ALREADY_ON);
		return;
	}
	/* on its way off, or not if the firmware refuses: its registers are still its own */
	if (vm->role == VM_PRIMARY && core_state(target) != PSCI_AFFINITY_OFF) {
		__atomic_store_n(&target->state, VCPU_OFF, __ATOMIC_RELEASE);
		answer_value(vcpu, PSCI_ALREADY_ON);
		return;
	}
	vcpu_reset(target, entry, context);
	answer_value(vcpu, PSCI_SUCCESS);
	if (vm->role == VM_PRIMARY) {
		int64_t status;

		target->core = target->index;
		status = core_turn_on(target);
		if (status) {
			__atomic_store_n(&target->state, VCPU_OFF, __ATOMIC_RELEASE);
			answer_value(vcpu, status == PSCI_ALREADY_ON ? PSCI_ALREADY_ON
								     : PSCI_INTERNAL_FAILURE);
		}
		return;
	}
	__atomic_store_n(&target->state, VCPU_READY, __ATOMIC_SEQ_CST);
	run_leave(cpu, VCPU_READY, BH_RUN_WAKE_UP, FFA_VM_VCPU(vm->id, target->index));
}

static void cpu_off(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;

	if (vcpu->vm->role != VM_PRIMARY) {
		run_leave(cpu, VCPU_OFF, BH_RUN_VCPU_OFF, 0);
		return;
	}
	vgic_save(vcpu);
	__atomic_store_n(&vcpu->state, VCPU_OFF, __ATOMIC_SEQ_CST);
	smc_call(PSCI_CPU_OFF, 0, 0, 0);
	/* the firmware refused: the core stays on; a CPU_ON that took the vCPU meanwhile sees that and lets go */
	while (run_claim(cpu, vcpu, 1u << VCPU_OFF) != VCPU_OFF)
		cpu_relax();
	vgic_load(vcpu);
	answer_value(vcpu, PSCI_DENIED);
}

static void affinity_info(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	const struct vcpu *target = vm_vcpu_at(vcpu->vm, ARG_WIDE(vcpu, 1));

	if (!target || ARG_WIDE(vcpu, 2) != 0)
		answer_value(vcpu, PSCI_INVALID_PARAMETERS);
	else if (__atomic_load_n(&target->state, __ATOMIC_RELAXED) != VCPU_OFF)
		answer_value(vcpu, PSCI_AFFINITY_ON);
	else if (vcpu->vm->role != VM_PRIMARY)
		answer_value(vcpu, PSCI_AFFINITY_OFF);
	else /* a core on its way off is not off before the firmware says so */
		answer_value(vcpu, core_state(target));
}

void wait_for_interrupt(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint64_t deadline = vgic_deadline(vcpu);

	/* the timer's interrupt may be about to be taken */
	if (vgic_has_interrupt(vcpu) || deadline <= sysreg_read(cntvct_el0))
		return;
	run_leave(cpu, VCPU_WAIT_INTERRUPT, BH_RUN_WAIT_FOR_INTERRUPT, deadline);
	if (!vgic_wants_entry(vcpu))
		return;
	/* an interrupt came while it left, perhaps too late for who injected it to see a waiting state */
	cpu->primary->x[0] = FFA_YIELD;
	cpu->primary->x[2] = 0;
}

static void system_off(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	struct bh_fault record;

	if (vcpu->vm->role == VM_PRIMARY) {
		smc_call(ARG32(vcpu, 0), 0, 0, 0);
		log_fatal("the firmware did not turn the machine off");
	}
	fault_fill(cpu, BH_FAULT_OFF, 0, &record);
	vm_end(vcpu->vm, &record);
	run_leave_ended(cpu);
}

/* any state: as WFI, which a suspend may be (DEN0022 5.4) */
static void cpu_suspend(struct cpu *cpu)
{
	answer_value(cpu->current, PSCI_SUCCESS);
	if (cpu->current->vm->role != VM_PRIMARY)
		wait_for_interrupt(cpu);
}

static void psci_features(struct cpu *cpu);
static void smccc_features(struct cpu *cpu);

struct function {
	uint32_t id;
	void (*handler)(struct cpu *cpu); /* NULL: the answer is `value` */
	int32_t value;
	bool wide; /* also as SMC64 */
};

static const struct function functions[] = {
	{PSCI_VERSION, NULL, PSCI_VERSION_1_1, false},
	{PSCI_FEATURES, psci_features, 0, false},
	{PSCI_CPU_SUSPEND_32, cpu_suspend, 0, true},
	{PSCI_CPU_OFF, cpu_off, 0, false},
	{PSCI_CPU_ON_32, cpu_on, 0, true},
	{PSCI_AFFINITY_INFO_32, affinity_info, 0, true},
	{PSCI_MIGRATE_INFO_TYPE, NULL, PSCI_MIGRATE_NOT_REQUIRED, false},
	{PSCI_SYSTEM_OFF, system_off, 0, false},
	{PSCI_SYSTEM_RESET, system_off, 0, false},
	{SMCCC_VERSION, NULL, SMCCC_VERSION_1_2, false},
	{SMCCC_ARCH_FEATURES, smccc_features, 0, false},
};

static const struct function *function_find(uint32_t id)
{
	for (unsigned i = 0; i < ARRAY_SIZE(functions); i++)
		if (functions[i].id == id || (functions[i].wide && (functions[i].id | WIDE) == id))
			return &functions[i];
	return NULL;
}

static void psci_features(struct cpu *cpu)
{
	uint32_t id = ARG32(cpu->current, 1);
	bool known = function_find(id) && id != SMCCC_ARCH_FEATURES;

	answer_value(cpu->current, known ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

static void smccc_features(struct cpu *cpu)
{
	uint32_t id = ARG32(cpu->current, 1);
	bool known = id == SMCCC_VERSION || id == SMCCC_ARCH_FEATURES;

	answer_value(cpu->current, known ? PSCI_SUCCESS : SMCCC_RET_NOT_SUPPORTED);
}

void psci_call(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	const struct function *function = function_find(ARG32(vcpu, 0));

	vcpu->counters.exits[function ? BH_EXIT_PSCI : BH_EXIT_CALL_UNKNOWN]++;
	if (function && function->handler) {
		function->handler(cpu);
		return;
	}
	vcpu->counters.denied += !function;
	answer_value(vcpu, function ? function->value : SMCCC_RET_NOT_SUPPORTED);
}
