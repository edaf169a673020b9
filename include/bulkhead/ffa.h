/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arm FF-A 1.1 (DEN0077A): function ids, error codes and descriptors that Bulkhead implements,
 * and CONSOLE_LOG of FF-A 1.2. docs/abi-arm64.md says which VM may call what, with which errors.
 */
#ifndef BULKHEAD_FFA_H
#define BULKHEAD_FFA_H

#include <assert.h>
#include <stdint.h>

#define FFA_ERROR                   0x84000060u
#define FFA_SUCCESS_32              0x84000061u
#define FFA_SUCCESS_64              0xC4000061u
#define FFA_INTERRUPT               0x84000062u
#define FFA_VERSION                 0x84000063u
#define FFA_FEATURES                0x84000064u
#define FFA_RX_RELEASE              0x84000065u
#define FFA_RXTX_MAP_32             0x84000066u
#define FFA_RXTX_MAP_64             0xC4000066u
#define FFA_RXTX_UNMAP              0x84000067u
#define FFA_PARTITION_INFO_GET      0x84000068u
#define FFA_ID_GET                  0x84000069u
#define FFA_MSG_WAIT                0x8400006Bu
#define FFA_YIELD                   0x8400006Cu
#define FFA_RUN                     0x8400006Du
#define FFA_MSG_SEND_DIRECT_REQ_32  0x8400006Fu
#define FFA_MSG_SEND_DIRECT_REQ_64  0xC400006Fu
#define FFA_MSG_SEND_DIRECT_RESP_32 0x84000070u
#define FFA_MSG_SEND_DIRECT_RESP_64 0xC4000070u
#define FFA_CONSOLE_LOG_32          0x8400008Au
#define FFA_CONSOLE_LOG_64          0xC400008Au

#define FFA_VERSION_1_0 0x00010000u
#define FFA_VERSION_1_1 0x00010001u

/* error codes, in w2 of FFA_ERROR */
#define FFA_NOT_SUPPORTED      (-1)
#define FFA_INVALID_PARAMETERS (-2)
#define FFA_NO_MEMORY          (-3)
#define FFA_BUSY               (-4)
#define FFA_INTERRUPTED        (-5)
#define FFA_DENIED             (-6)
#define FFA_RETRY              (-7)
#define FFA_ABORTED            (-8)

#define FFA_HYPERVISOR_ID 0
#define FFA_PRIMARY_ID    1 /* the manifest must give the primary this id */

/* w1 of FFA_RUN, FFA_INTERRUPT, FFA_YIELD, FFA_MSG_WAIT (as results of FFA_RUN) */
#define FFA_VM_VCPU(vm, vcpu) (((uint64_t)(vm) << 16) | (uint64_t)(vcpu))
#define FFA_VM_OF(w1)         ((uint16_t)((w1) >> 16))
#define FFA_VCPU_OF(w1)       ((uint16_t)(w1))

/* PARTITION_INFO_GET: w5 bit 0 asks for the count only */
#define FFA_PARTITION_COUNT_ONLY  1u
#define FFA_PARTITION_DIRECT_RECV (1u << 0)
#define FFA_PARTITION_DIRECT_SEND (1u << 1)
#define FFA_PARTITION_AARCH64     (1u << 8)

/* FF-A 1.0 layout; what a VM that negotiated 1.0 receives (DEN0077A 1.0, table 8.25) */
struct ffa_partition_info_v1_0 {
	uint16_t vm_id;
	uint16_t vcpu_count;
	uint32_t properties;
};
static_assert(sizeof(struct ffa_partition_info_v1_0) == 8, "DEN0077A 1.0");

/* FF-A 1.1 layout (DEN0077A 1.1, table 6.2) */
struct ffa_partition_info {
	uint16_t vm_id;
	uint16_t vcpu_count;
	uint32_t properties;
	uint32_t uuid[4];
};
static_assert(sizeof(struct ffa_partition_info) == 24, "DEN0077A 1.1");

/* CONSOLE_LOG: bytes of text a call can carry: six argument registers of 4 or 8 bytes each */
#define FFA_CONSOLE_LOG_32_MAX 24
#define FFA_CONSOLE_LOG_64_MAX 48

#endif
