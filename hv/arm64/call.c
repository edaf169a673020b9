/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * First step of every hypercall: whose is it? (SMCCC 1.2, DEN0028). Nothing is ever forwarded to the firmware.
 */
#include <hv/arm64/call.h>

#include <bulkhead/smccc.h>
#include <hv/arm64/cpu.h>

#define FFA_FIRST 0x60u
#define FFA_LAST  0xFFu

/* index: function number - FFA_FIRST; `wide`: also as SMC64 */
static const struct {
	void (*handler)(struct cpu *cpu);
	bool wide;
} ffa_calls[] = {
	[FFA_VERSION - FFA_ERROR] = {ffa_version, false},
	[FFA_FEATURES - FFA_ERROR] = {ffa_features, false},
	[FFA_RX_RELEASE - FFA_ERROR] = {ffa_rx_release, false},
	[FFA_RXTX_MAP_32 - FFA_ERROR] = {ffa_rxtx_map, true},
	[FFA_RXTX_UNMAP - FFA_ERROR] = {ffa_rxtx_unmap, false},
	[FFA_PARTITION_INFO_GET - FFA_ERROR] = {ffa_partition_info_get, false},
	[FFA_ID_GET - FFA_ERROR] = {ffa_id_get, false},
	[FFA_MSG_WAIT - FFA_ERROR] = {ffa_msg_wait, false},
	[FFA_YIELD - FFA_ERROR] = {ffa_yield, false},
	[FFA_RUN - FFA_ERROR] = {ffa_run, false},
	[FFA_MSG_SEND_DIRECT_REQ_32 - FFA_ERROR] = {ffa_direct_request, true},
	[FFA_MSG_SEND_DIRECT_RESP_32 - FFA_ERROR] = {ffa_direct_response, true},
	[FFA_MEM_DONATE_32 - FFA_ERROR] = {ffa_mem_send, true},
	[FFA_MEM_LEND_32 - FFA_ERROR] = {ffa_mem_send, true},
	[FFA_MEM_SHARE_32 - FFA_ERROR] = {ffa_mem_send, true},
	[FFA_MEM_RETRIEVE_REQ_32 - FFA_ERROR] = {ffa_mem_retrieve, true},
	[FFA_MEM_RELINQUISH - FFA_ERROR] = {ffa_mem_relinquish, false},
	[FFA_MEM_RECLAIM - FFA_ERROR] = {ffa_mem_reclaim, false},
	[FFA_NOTIFICATION_BIND - FFA_ERROR] = {ffa_notification_bind, false},
	[FFA_NOTIFICATION_UNBIND - FFA_ERROR] = {ffa_notification_unbind, false},
	[FFA_NOTIFICATION_SET - FFA_ERROR] = {ffa_notification_set, false},
	[FFA_NOTIFICATION_GET - FFA_ERROR] = {ffa_notification_get, false},
	[FFA_NOTIFICATION_INFO_GET_32 - FFA_ERROR] = {ffa_notification_info_get, true},
	[FFA_CONSOLE_LOG_32 - FFA_ERROR] = {ffa_console_log, true},
};

/* out of line, so that what every switch needs costs no stack frame */
static __attribute__((noinline)) void other_call(struct cpu *cpu, uint32_t id)
{
	struct vcpu *vcpu = cpu->current;
	uint32_t number = id & 0xFFFF;

	switch (id & 0xBFFF0000) { /* fast call and owner, both widths */
	case 0x84000000:
		if (number < FFA_FIRST || number > FFA_LAST) {
			psci_call(cpu);
			break;
		}
		vcpu->counters.exits[BH_EXIT_FFA]++;
		answer_error(vcpu, FFA_NOT_SUPPORTED);
		break;
	case 0x80000000:
		psci_call(cpu);
		break;
	case 0x86000000:
		vendor_call(cpu);
		break;
	default:
		vcpu->counters.exits[BH_EXIT_CALL_UNKNOWN]++;
		vcpu->counters.denied++;
		answer_value(vcpu, SMCCC_RET_NOT_SUPPORTED);
	}
}

void answer_error(struct vcpu *vcpu, int32_t code)
{
	answer_success(vcpu, (uint32_t)code);
	vcpu->x[0] = FFA_ERROR;
	vcpu->counters.denied++;
}

void answer(struct vcpu *vcpu, int32_t error, uint64_t value)
{
	if (error)
		answer_error(vcpu, error);
	else
		answer_success(vcpu, value);
}

static inline uint32_t index_of(uint32_t id)
{
	return (id & ~WIDE) - FFA_ERROR;
}

static inline bool is_implemented(uint32_t id)
{
	uint32_t index = index_of(id);

	return index < ARRAY_SIZE(ffa_calls) && ffa_calls[index].handler &&
	       (!(id & WIDE) || ffa_calls[index].wide);
}

bool call_is_implemented(uint32_t id)
{
	return is_implemented(id);
}

void call_dispatch(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint32_t id = ARG32(vcpu, 0);

	if (is_implemented(id)) {
		vcpu->counters.exits[BH_EXIT_FFA]++;
		ffa_calls[index_of(id)].handler(cpu);
	} else {
		other_call(cpu, id);
	}
}
