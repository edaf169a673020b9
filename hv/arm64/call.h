/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hypercalls: HVC and SMC of guests, by SMCCC function id. Handlers read their arguments from the saved registers of the calling vCPU,
 * which is current, and end in one of the answers below; a call that switches to another vCPU answers later.
 */
#ifndef HV_ARM64_CALL_H
#define HV_ARM64_CALL_H

#include <bulkhead/ffa.h>
#include <hv/arm64/vcpu.h>
#include <hv/arm64/vm.h>

struct cpu;

/* Argument n as the caller's width says: W for SMC32 functions */
#define ARG32(vcpu, n) ((uint32_t)(vcpu)->x[n])
#define WIDE           0x40000000u /* in its id: an SMC64 function */
/* the same for functions that there are in both widths */
#define ARG_WIDE(vcpu, n) ((vcpu)->x[0] & WIDE ? (vcpu)->x[n] : ARG32(vcpu, n))

void call_dispatch(struct cpu *cpu);
void psci_call(struct cpu *cpu);
void vendor_call(struct cpu *cpu);

/* FF-A and vendor calls: x0 = FFA_SUCCESS_32, x2 = value, all else to x7 zero */
static inline void answer_success(struct vcpu *vcpu, uint64_t value)
{
	vcpu->x[0] = FFA_SUCCESS_32;
	vcpu->x[1] = 0;
	vcpu->x[2] = value;
	for (int i = 3; i < 8; i++)
		vcpu->x[i] = 0;
}

/* code: an FFA_ error code; counted as denied */
void answer_error(struct vcpu *vcpu, int32_t code) __attribute__((cold));
/* That error, or with 0 success and the value */
void answer(struct vcpu *vcpu, int32_t error, uint64_t value);
/* A function of FF-A that has a handler, in that width: what FFA_FEATURES says */
bool call_is_implemented(uint32_t id);

/* PSCI and SMCCC: one result in x0, the rest untouched */
static inline void answer_value(struct vcpu *vcpu, int64_t value)
{
	vcpu->x[0] = (uint64_t)value;
}

/* ffa_message.c: what FFA_RUN, YIELD, MSG_WAIT and direct messages do */
void ffa_run(struct cpu *cpu);
void ffa_yield(struct cpu *cpu);
void ffa_msg_wait(struct cpu *cpu);
void ffa_direct_request(struct cpu *cpu);
void ffa_direct_response(struct cpu *cpu);
/* ffa_setup.c */
void ffa_version(struct cpu *cpu);
void ffa_features(struct cpu *cpu);
void ffa_id_get(struct cpu *cpu);
void ffa_rxtx_map(struct cpu *cpu);
void ffa_rxtx_unmap(struct cpu *cpu);
void ffa_rx_release(struct cpu *cpu);
void ffa_partition_info_get(struct cpu *cpu);
void ffa_console_log(struct cpu *cpu);
/* ffa_memory.c */
void ffa_mem_send(struct cpu *cpu); /* SHARE, LEND, DONATE */
void ffa_mem_retrieve(struct cpu *cpu);
void ffa_mem_relinquish(struct cpu *cpu);
void ffa_mem_reclaim(struct cpu *cpu);
/* ffa_notify.c */
void ffa_notification_bind(struct cpu *cpu);
void ffa_notification_unbind(struct cpu *cpu);
void ffa_notification_set(struct cpu *cpu);
void ffa_notification_get(struct cpu *cpu);
void ffa_notification_info_get(struct cpu *cpu);
/* The interrupt by which the VM learns of them */
uint32_t notify_interrupt(const struct vm *vm);

/* The VM's RX buffer, now the caller's to read, with `size` bytes copied into it; an FFA_ error code otherwise, 0 for success. */
int32_t mailbox_put(struct vm *vm, const void *from, size_t size);
/* The VM has no mailbox any more; false: it had none. */
bool mailbox_drop(struct vm *vm);
/* Its two steps for who must know before: 0 when there is an RX buffer and it is free; then, it holds up to a page. */
int32_t mailbox_check(struct vm_locked locked);
void mailbox_fill(struct vm_locked locked, const void *from, size_t size);
/* The first `size` bytes of the TX buffer, read once; INVALID_PARAMETERS when there is none. */
int32_t mailbox_get(struct vm *vm, void *to, size_t size);

#endif
