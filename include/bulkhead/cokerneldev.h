/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /dev/bulkhead-cokernel: the module that gives cores and memory of Linux's to co-kernels (docs/cokernel.md). The file is the manager; OPEN
 * gives a file for an enclave, of the same shape as /dev/vm/N (vmdev.h): read(2), write(2), poll(2) carry the bytes of its streams, and the
 * calls INFO, START, STOP, SIGNAL, COUNTERS, FAULT, DIGEST, RESIZE and DESTROY are vmdev.h's; CREATE of the manager is, too.
 *
 * Who may: whoever may open the device may look (VMDEV_INFO, FAULT, COUNTERS, DIGEST; NODE, MEMORY, OPEN, LOG, REPORT, CORES below). All
 * else, streams included, needs CAP_SYS_ADMIN of whoever opened the manager: a co-kernel without protection can do what Linux can. EPERM.
 *
 * COUNTERS of a core: bare cores exit to nobody, so `exits` is zero; `injected` are interrupts that Linux sent, `run_ticks` the TSC's since START.
 * FAULT of a co-kernel has what it has in common with arm64: cause, vm, vcpu, core, counter, far, ipa (physical address, port...), pc; VCPU has the rest.
 * STOP and DESTROY end what waits for the co-kernel in other calls: EPIPE there.
 *
 * In CREATE, `node` of a range is Linux's number of a NUMA node; `nodes`, `cores`, `uuid`, `tables` and `streams` are not looked at. `isolation` says
 * whether there is a hypervisor under each core, and is not ENCLAVE_ISOLATION_BEST: ENODEV: the processor has not what it takes. EACCES: a grant
 * of what cannot be granted (lib/vcpu_policy.h), of memory of Linux's, or of an MSR that the processor always guards.
 * In START, core[i] is Linux's number of a CPU, or ENCLAVE_CORE_ANY: one near the enclave's memory. START: EBUSY: a CPU is CPU 0's or
 * somebody's, or it was started already; EINVAL: there is no such CPU; ETIMEDOUT: a core does not answer; ESHUTDOWN: Linux ends, or sleeps. STOP, DESTROY: ETIMEDOUT as
 * well, and it stays RUNNING, whatever it says, until one of them succeeds. Structures are read once; those that
 * are written back are whole. A number that is no call: ENOTTY. An enclave that was destroyed: ENODEV. Memory that is not the caller's: EFAULT.
 */
#ifndef BULKHEAD_COKERNELDEV_H
#define BULKHEAD_COKERNELDEV_H

#include <assert.h>
#include <bulkhead/cokernel.h>
#include <bulkhead/vcpu.h>
#include <bulkhead/vmdev.h>
#include <stdint.h>

#define COKERNELDEV_PATH     "/dev/bulkhead-cokernel"
#define COKERNELDEV_CPUS_MAX 64

struct cokerneldev_cpu {
	uint32_t owner; /* id of an enclave, 0: Linux */
	uint32_t node;
	uint32_t package;
	uint32_t core; /* the same for CPUs of one node and package: they change hands together */
	uint32_t thread;
	uint32_t known; /* 0: there is none, or it was off when the module was loaded */
};

/* The module's ledger: all zero but the machine's own (CPUs' places, backend) when no enclave and no region lives. */
struct cokerneldev_node {
	uint32_t enclaves;
	uint32_t regions;
	uint32_t cores;   /* that enclaves have, of all CPUs */
	uint32_t backend; /* enum vcpu_backend: how enclaves can be isolated; 0: not at all */
	uint64_t units[ENCLAVE_NODES_MAX]; /* of 2 MiB, that enclaves and regions have, by node */
	struct cokerneldev_cpu cpus[COKERNELDEV_CPUS_MAX]; /* the first of them */
};
static_assert(sizeof(struct cokerneldev_node) == 16 + 64 + 64 * 24, "an ABI");

/* What each node can spare now, files that Linux keeps in memory included; others may be faster to take it. */
struct cokerneldev_memory {
	uint64_t units[ENCLAVE_NODES_MAX]; /* of 2 MiB */
};

/*
 * CORE_ADD: `cpu` of Linux's, one of those in boot->cores[], or ENCLAVE_CORE_ANY; then `index`. CORE_REMOVE: `index` or COKERNELDEV_INDEX_ANY; then both. With EINTR, EPIPE
 * and ETIMEDOUT what the co-kernel was asked for may still happen: CORES tells. CORE_REMOVE, EBUSY: the co-kernel keeps it, or Linux does not take it, which CORES tells, too.
 */
#define COKERNELDEV_INDEX_ANY 0xFFFFFFFFu

struct cokerneldev_core {
	uint32_t cpu;
	uint32_t index;
};

/* The enclave's cores by index; cpu COKERNELDEV_INDEX_ANY: not used now. `state` is what the co-kernel says: enum cokernel_core_state */
struct cokerneldev_cores {
	uint32_t count;
	uint32_t zero;
	struct {
		uint32_t cpu;
		uint32_t state;
	} cores[COKERNEL_CORES_MAX];
};

/* The co-kernel's log from `position` on, a count of bytes since its start; what was overwritten is left out. */
struct cokerneldev_log {
	uint64_t position; /* in; out: behind what was read */
	uint64_t buffer;   /* the caller's memory */
	uint32_t size;     /* of it, at most 1 MiB; out: bytes read */
	uint32_t zero;
};

/* What the co-kernel said of its end. Any bytes, with a NUL behind them. */
struct cokerneldev_report {
	char text[COKERNEL_REPORT_MAX];
};

/* Rings every core that the co-kernel has and sees which answer. */
struct cokerneldev_probe {
	uint32_t limit; /* in: milliseconds to wait, at most 10000 */
	uint32_t asked; /* out: bit i: core with index i was asked */
	uint32_t answered;
	uint32_t zero;
};

/*
 * Vectors that others may send to an enclave's core `core` (its index), by an id that the module gives. VECTOR_CONNECT on the enclave
 * that is to send fills a slot of its targets[]; VECTOR_EVENT gives it a slot that signals an eventfd of Linux's.
 */
struct cokerneldev_vector {
	uint32_t id;     /* out of ALLOC and EVENT; in for the others */
	uint32_t core;   /* in of ALLOC */
	uint32_t vector; /* out of ALLOC */
	uint32_t slot;   /* out of CONNECT and EVENT */
	int32_t event;   /* in of EVENT: file descriptor of an eventfd */
	uint32_t zero;
};

/*
 * Shared regions: memory of Linux's, by id. CREATE (manager): less than 2 MiB in pages of 4 KiB, else in units of 2 MiB; at most 16 pieces:
 * ENOMEM. Gives a file for mmap(2), as does REGION_OPEN; what is mapped stays the process's after the region was revoked, as its own memory.
 * ATTACH (enclave): fills a slot, -ENOSPC; waits for the co-kernel when it runs: ECONNREFUSED, ETIMEDOUT. DETACH: the co-kernel has let go.
 * REVOKE (manager): DETACH from all; the memory is given back when no file of it is open or mapped. EBUSY: a co-kernel does not let go, and
 * the region stays.
 *
 * When an enclave that has the region ends, whoever shares it is told: other enclaves (EXCHANGE_REGION_ENDED), and each file of the region: poll(2) has
 * POLLIN and POLLPRI, and read(2) gives a struct cokerneldev_end for each, in their order, of the last COKERNELDEV_ENDS_MAX since it was opened.
 */
struct cokerneldev_region {
	uint64_t size;
	uint32_t node;
	uint32_t id; /* out of CREATE; in for the others */
	char name[COKERNEL_REGION_NAME];
	uint32_t flags; /* of ATTACH: COKERNEL_REGION_READ */
	uint32_t slot;  /* out of ATTACH */
};

#define COKERNELDEV_ENDS_MAX 16

struct cokerneldev_end {
	uint32_t enclave; /* its id */
	uint32_t cause;   /* enum bh_fault_cause */
};

/* VCPU: what a core's hypervisor has counted, and its fault record. ENODATA: there is none. */
struct cokerneldev_vcpu {
	uint32_t core; /* in: its index */
	uint32_t zero;
	struct vcpu_report report; /* out */
};

/* The manager's */
#define COKERNELDEV_NODE          0x42481000u /* struct cokerneldev_node, out */
#define COKERNELDEV_OPEN          0x42481001u /* uint32_t, in: an enclave's id; a file. ENOENT */
#define COKERNELDEV_REGION_CREATE 0x42481002u /* struct cokerneldev_region, in and out; a file */
#define COKERNELDEV_REGION_OPEN   0x42481003u /* uint32_t, in: its id; a file. ENOENT */
#define COKERNELDEV_REGION_REVOKE 0x42481004u /* uint32_t, in */
#define COKERNELDEV_MEMORY        0x42481005u /* struct cokerneldev_memory, out */
/* Of an enclave's file */
#define COKERNELDEV_CORES          0x42481010u /* struct cokerneldev_cores, out */
#define COKERNELDEV_CORE_ADD       0x42481011u /* struct cokerneldev_core, in and out */
#define COKERNELDEV_CORE_REMOVE    0x42481012u /* the same */
#define COKERNELDEV_LOG            0x42481013u /* struct cokerneldev_log, in and out */
#define COKERNELDEV_REPORT         0x42481014u /* struct cokerneldev_report, out */
#define COKERNELDEV_PROBE          0x42481015u /* struct cokerneldev_probe, in and out */
#define COKERNELDEV_VECTOR_ALLOC   0x42481016u /* struct cokerneldev_vector, in and out */
#define COKERNELDEV_VECTOR_FREE    0x42481017u /* the same; ENOENT */
#define COKERNELDEV_VECTOR_SIGNAL  0x42481018u
#define COKERNELDEV_VECTOR_CONNECT 0x42481019u
#define COKERNELDEV_VECTOR_EVENT   0x4248101Au
#define COKERNELDEV_ATTACH         0x4248101Bu /* struct cokerneldev_region, in and out */
#define COKERNELDEV_DETACH         0x4248101Cu /* the same; ENOENT */
#define COKERNELDEV_VCPU           0x4248101Eu /* struct cokerneldev_vcpu, in and out */

#endif
