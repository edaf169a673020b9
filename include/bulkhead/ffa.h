/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arm FF-A 1.1 (DEN0077A): function ids, error codes and descriptors that Bulkhead implements,
 * and CONSOLE_LOG of FF-A 1.2. docs/abi-arm64.md says which VM may call what, with which errors.
 */
#ifndef BULKHEAD_FFA_H
#define BULKHEAD_FFA_H

#include <assert.h>
#include <stdint.h>

#define FFA_ERROR                       0x84000060u
#define FFA_SUCCESS_32                  0x84000061u
#define FFA_SUCCESS_64                  0xC4000061u
#define FFA_INTERRUPT                   0x84000062u
#define FFA_VERSION                     0x84000063u
#define FFA_FEATURES                    0x84000064u
#define FFA_RX_RELEASE                  0x84000065u
#define FFA_RXTX_MAP_32                 0x84000066u
#define FFA_RXTX_MAP_64                 0xC4000066u
#define FFA_RXTX_UNMAP                  0x84000067u
#define FFA_PARTITION_INFO_GET          0x84000068u
#define FFA_ID_GET                      0x84000069u
#define FFA_MSG_WAIT                    0x8400006Bu
#define FFA_YIELD                       0x8400006Cu
#define FFA_RUN                         0x8400006Du
#define FFA_MSG_SEND_DIRECT_REQ_32      0x8400006Fu
#define FFA_MSG_SEND_DIRECT_REQ_64      0xC400006Fu
#define FFA_MSG_SEND_DIRECT_RESP_32     0x84000070u
#define FFA_MSG_SEND_DIRECT_RESP_64     0xC4000070u
#define FFA_MEM_DONATE_32               0x84000071u
#define FFA_MEM_DONATE_64               0xC4000071u
#define FFA_MEM_LEND_32                 0x84000072u
#define FFA_MEM_LEND_64                 0xC4000072u
#define FFA_MEM_SHARE_32                0x84000073u
#define FFA_MEM_SHARE_64                0xC4000073u
#define FFA_MEM_RETRIEVE_REQ_32         0x84000074u
#define FFA_MEM_RETRIEVE_REQ_64         0xC4000074u
#define FFA_MEM_RETRIEVE_RESP           0x84000075u
#define FFA_MEM_RELINQUISH              0x84000076u
#define FFA_MEM_RECLAIM                 0x84000077u
#define FFA_MEM_FRAG_RX                 0x8400007Au
#define FFA_MEM_FRAG_TX                 0x8400007Bu
#define FFA_NOTIFICATION_BITMAP_CREATE  0x8400007Du
#define FFA_NOTIFICATION_BITMAP_DESTROY 0x8400007Eu
#define FFA_NOTIFICATION_BIND           0x8400007Fu
#define FFA_NOTIFICATION_UNBIND         0x84000080u
#define FFA_NOTIFICATION_SET            0x84000081u
#define FFA_NOTIFICATION_GET            0x84000082u
#define FFA_NOTIFICATION_INFO_GET_32    0x84000083u
#define FFA_NOTIFICATION_INFO_GET_64    0xC4000083u
#define FFA_CONSOLE_LOG_32              0x8400008Au
#define FFA_CONSOLE_LOG_64              0xC400008Au

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
#define FFA_NO_DATA            (-9)

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
#define FFA_PARTITION_NOTIFIED    (1u << 3) /* takes notifications; not in 1.0 */
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

/*
 * Memory transactions (DEN0077A 1.1, 10.10; 1.0, 5.12): a descriptor in the TX buffer is a header, access descriptors and, in what an
 * owner sends and a borrower receives, a composite with address ranges. Offsets from the header's first byte.
 */
struct ffa_mem_header_v1_0 {
	uint16_t sender;
	uint8_t attributes;
	uint8_t reserved;
	uint32_t flags;
	uint64_t handle;
	uint64_t tag;
	uint32_t reserved2;
	uint32_t access_count; /* access descriptors follow at once */
};
static_assert(sizeof(struct ffa_mem_header_v1_0) == 32, "DEN0077A 1.0, table 5.19");

struct ffa_mem_header {
	uint16_t sender; /* the owner */
	uint16_t attributes;
	uint32_t flags;
	uint64_t handle;
	uint64_t tag;
	uint32_t access_size; /* of one access descriptor: 16 */
	uint32_t access_count;
	uint32_t access_offset; /* multiple of 16 */
	uint32_t reserved[3];
};
static_assert(sizeof(struct ffa_mem_header) == 48, "DEN0077A 1.1, table 10.20");

struct ffa_mem_access {
	uint16_t receiver; /* the borrower */
	uint8_t permissions;
	uint8_t flags;
	uint32_t composite_offset; /* 0 in RETRIEVE_REQ */
	uint64_t reserved;
};
static_assert(sizeof(struct ffa_mem_access) == 16, "DEN0077A 1.1, table 10.16");

struct ffa_mem_composite {
	uint32_t page_count; /* of 4 KiB, of all ranges */
	uint32_t range_count;
	uint64_t reserved;
};
static_assert(sizeof(struct ffa_mem_composite) == 16, "DEN0077A 1.1, table 10.13");

struct ffa_mem_range {
	uint64_t address;
	uint32_t page_count;
	uint32_t reserved;
};
static_assert(sizeof(struct ffa_mem_range) == 16, "DEN0077A 1.1, table 10.14");

/* in the TX buffer of FFA_MEM_RELINQUISH: one endpoint, the caller */
struct ffa_mem_relinquish {
	uint64_t handle;
	uint32_t flags; /* FFA_MEM_ZERO: when the last borrower has let go */
	uint32_t endpoint_count;
	uint16_t endpoint;
};

#define FFA_MEM_READ_ONLY  1u /* permissions: data access, bits 1:0 */
#define FFA_MEM_READ_WRITE 2u
#define FFA_MEM_NO_EXECUTE (1u << 2) /* instruction access, bits 3:2 */
#define FFA_MEM_EXECUTE    (2u << 2)
#define FFA_MEM_NORMAL \
	0x2Fu /* attributes: normal, write-back, inner shareable; the only ones there are */

/* flags of a transaction; the first also w3 of RECLAIM */
#define FFA_MEM_ZERO       (1u << 0) /* zeroed before it changes hands; not with SHARE */
#define FFA_MEM_TIME_SLICE (1u << 1) /* not supported */
#define FFA_MEM_ZERO_AFTER (1u << 2) /* RETRIEVE_REQ: zero it when it is relinquished */
#define FFA_MEM_KIND(flags) \
	((flags) >> 3 & 3) /* 1 share, 2 lend, 3 donate; in a request 0: whatever it is */
#define FFA_MEM_KIND_SHIFT 3
#define FFA_MEM_ALONE      (1u << 10) /* RETRIEVE_REQ: names the caller only; not in 1.0 */

/*
 * Notifications (DEN0077A 1.1, section 10; calls in 16.5 to 16.9): 64 bits a VM, each bound by the receiver to one sender.
 * BIND, UNBIND by the receiver: w1 = FFA_NOTIFICATION_IDS(sender, receiver), w2 = 0 or PER_VCPU (BIND only), w3, w4 = bitmap.
 * SET by the sender: w1 the same, w2 = flags, the vCPU in bits 31:16 with PER_VCPU, w3, w4 = bitmap.
 * GET by the receiver: w1 = FFA_NOTIFICATION_GET_IDS(vcpu, receiver), w2 = FROM_ flags; takes what is pending:
 *   w4, w5 = from VMs; w2, w3 (secure partitions), w6, w7 (framework) are zero here.
 * INFO_GET by the primary: who has notifications that have not been told of; x2 = INFO_ fields, x3 to x7 lists of 16-bit ids.
 */
#define FFA_NOTIFICATION_IDS(sender, receiver)   (((uint64_t)(sender) << 16) | (uint64_t)(receiver))
#define FFA_NOTIFICATION_GET_IDS(vcpu, receiver) (((uint64_t)(vcpu) << 16) | (uint64_t)(receiver))
#define FFA_NOTIFICATION_PER_VCPU                (1u << 0)
#define FFA_NOTIFICATION_DELAY                   (1u << 1) /* SET: the receiver need not be run for it now */
#define FFA_NOTIFICATION_VCPU(flags)             ((flags) >> 16)
#define FFA_NOTIFICATION_FROM_VMS                (1u << 1)
#define FFA_NOTIFICATION_FROM_ALL                0xFu
#define FFA_NOTIFICATION_INFO_MORE               1u
#define FFA_NOTIFICATION_INFO_LISTS(x2)          ((uint32_t)(x2) >> 7 & 0x1F)
/* vCPU ids that follow the VM's id in list n; none: a notification for the VM as a whole */
#define FFA_NOTIFICATION_INFO_VCPUS(x2, n) ((uint32_t)((x2) >> (12 + 2 * (n))) & 3)

/* FFA_FEATURES of this feature id: w2 = the interrupt by which a VM learns that a notification is pending */
#define FFA_FEATURE_NPI 1u
/*
 * What FFA_FEATURES answers: in the primary and the secondaries an SGI that nobody else sends; in the login VM an SPI
 * without a device, edge-triggered (device tree: <0 (BH_INTID_NPI_LOGIN - 32) 1>), which goes where its kernel routes it.
 * Else, notifications for a VM as a whole interrupt its first vCPU that is on, others the vCPU that they are for.
 */
#define BH_INTID_NPI       9
#define BH_INTID_NPI_LOGIN 46

#endif
