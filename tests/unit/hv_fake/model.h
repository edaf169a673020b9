/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What docs/abi-arm64.md says that the hypervisor does, as a program of its own: the registers,
 * states and interrupts of all vCPUs. It follows the real hypervisor step by step; where the order
 * of two events is open (an interrupt that was raised twice), it lets the hypervisor choose.
 */
#ifndef TESTS_UNIT_HV_FAKE_MODEL_H
#define TESTS_UNIT_HV_FAKE_MODEL_H

#include "node.h"

#define MODEL_IDS   64u /* interrupt ids that guests use */
#define MODEL_SGIS  16u
#define MODEL_VCPUS 4u

struct model_vcpu {
	struct vcpu *real;
	struct model_vm *vm;
	uint32_t index;
	uint64_t x[31], pc;
	uint32_t state; /* enum vcpu_state */
	uint32_t core;  /* when RUNNING */
	bool serving;
	bool announced; /* the primary knows that this one, which waits, is to be run */
	uint64_t timer_ctl, timer_cval, tag; /* registers that are switched */
	uint64_t injected;                   /* counted */
	uint64_t notified;                   /* notifications pending for this vCPU */
	bool untold;                         /* the primary has not been told of them */

	bool enabled[MODEL_IDS], active[MODEL_IDS];
	bool must[MODEL_SGIS];    /* raised since it was last taken */
	unsigned may[MODEL_SGIS]; /* how often it may still come */
};

struct model_vm {
	struct vm *real;
	const struct manifest_vm *manifest;
	bool primary, ended;
	uint32_t cause, version;
	uint64_t rx, tx;
	bool rx_full;
	/* notifications: who may set each (0: nobody), for one vCPU; pending for the VM as a whole */
	uint16_t sender[64];
	bool for_vcpu[64];
	uint64_t notified;
	bool untold;
	struct model_vcpu vcpus[MODEL_VCPUS];
};

/* Does the vCPU have an interrupt to take? */
enum model_answer { MODEL_NO, MODEL_MAYBE, MODEL_YES };

struct model_core {
	bool on, starting;
	enum model_answer interrupted; /* `current`, before the step */
	struct model_vcpu *current, *primary;
};

extern struct model_vm model_vms[NODE_VMS];
extern struct model_core model_cores[NODE_CORES];

/* As after node_boot. */
void model_start(void);
/* The VM as it was at boot. */
void model_vm_reset(struct model_vm *vm);
struct model_vm *model_find(uint64_t id); /* NULL: no such VM */
bool model_owns_page(const struct model_vm *vm, uint64_t address);

enum model_answer model_interrupted(const struct model_vcpu *vcpu);
/* Counter value at which its timer fires, all ones for never; the vCPU is on a core. */
uint64_t model_deadline(const struct model_vcpu *vcpu);

/* --- steps: model_before, then the real hypervisor does it, then the model --- */

void model_before(uint32_t core);
/* The call that the arguments in x describe; its exit. */
void model_call(uint32_t core);
/* by whose it is: model_ffa.c, model_vendor.c */
void model_call_ffa(uint32_t core);
/* model_notify.c; false when the call is not one of its */
bool model_call_notification(uint32_t core);
void model_call_vendor(uint32_t core);
void model_call_psci(uint32_t core);
void model_wfi(uint32_t core);
void model_irq(uint32_t core);
void model_core_started(uint32_t core);
/* What the firmware answered last to CPU_ON and to AFFINITY_INFO; CPU_OFF or SYSTEM_OFF did not return. */
extern int64_t model_firmware_status, model_firmware_affinity;
extern bool model_firmware_left;

/* --- for the parts of the model --- */

void model_success(struct model_vcpu *vcpu, uint64_t value);
void model_error(struct model_vcpu *vcpu, int32_t code);
void model_enter(uint32_t core, struct model_vcpu *vcpu);
void model_leave(uint32_t core, uint32_t state, uint32_t function, uint64_t value);
void model_end(struct model_vm *vm, uint32_t cause);
void model_reset(struct model_vcpu *vcpu, uint64_t entry, uint64_t argument);

/* Everything that can be compared; ends the test with `what` where it differs. */
void model_compare(const char *what);

#endif
