/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /dev/vm/N of an LWK that runs as primary: VM N as a file, for the control task.
 *
 * read(2):  takes wire frames that the VM sent (whole bytes of its ring, unparsed); blocks while there are none,
 *           0 once the VM has ended and its ring is empty. write(2): puts frames for the VM.
 * ppoll(2): POLLIN (something to read), POLLOUT (room), POLLHUP (the VM has ended).
 * ioctl(2): below. Errors are Linux errno.
 * /dev/hvlog: read(2) gives new text of the hypervisor's log, 0 when there is none.
 */
#ifndef BULKHEAD_VMDEV_H
#define BULKHEAD_VMDEV_H

#include <bulkhead/counters.h>
#include <bulkhead/enclave.h>
#include <bulkhead/fault.h>

#define VMDEV_VCPUS_MAX 32

struct vmdev_info {
	uint16_t vm;
	uint16_t vcpus;
	uint32_t state; /* enum vmdev_state */
	uint32_t cause; /* enum bh_fault_cause when ended */
	uint32_t pad;
	uint64_t runtime_ticks; /* virtual counter ticks from start to end, or to now */
	uint64_t counter_hz;
};

enum vmdev_state {
	VMDEV_READY,
	VMDEV_RUNNING,
	VMDEV_ENDED,
	VMDEV_NONE /* there is no such VM (any more): every operation on its file answers ENODEV, or 0 or EPIPE */
};

/* start: vCPU i on core[i] of the primary, all below the primary's vCPU count. EBUSY when started already. */
struct vmdev_start {
	uint16_t core[VMDEV_VCPUS_MAX];
};

struct vmdev_counters {
	uint16_t vcpu; /* in */
	uint16_t pad[3];
	struct bh_counters counters; /* out */
};

#define VMDEV_INFO     0x42480001u /* struct vmdev_info, out */
#define VMDEV_START    0x42480002u /* struct vmdev_start, in */
#define VMDEV_FAULT    0x42480003u /* struct bh_fault, out; EAGAIN while the VM lives */
#define VMDEV_COUNTERS 0x42480004u /* struct vmdev_counters, in and out */
#define VMDEV_STOP     0x42480005u /* ends the VM */
#define VMDEV_SIGNAL \
	0x42480006u /* uint32_t, in: signal 1 to 31 for the VM's init, which gives it to the job */

/*
 * /dev/vm/new: VMs made at run time. The new VM's file is /dev/vm/N until it is destroyed; a file that stays open then belongs to the next
 * VM of that id.
 * CREATE: EINVAL: malformed; ENOMEM: not so much memory on the nodes asked for, or not in pieces that are large enough, or the image,
 *   the ramdisk and 64 KiB do not fit into the first piece; ENOEXEC: image is none; EAGAIN: no free id; EFAULT.
 */
struct vmdev_create {
	struct enclave_config config;   /* in: without addresses; sizes and nodes of the ranges */
	uint64_t image, image_size;     /* in: the caller's memory */
	uint64_t ramdisk, ramdisk_size; /* in; size 0: none */
	uint16_t vm;                    /* out */
	uint16_t zero[3];
	uint8_t digest
		[ENCLAVE_DIGEST_SIZE]; /* out: SHA-256 of the image, measured by the hypervisor */
};

/* What the node has: the same after a VM was made and destroyed. */
struct vmdev_node {
	uint64_t free_pages;  /* of 4 KiB, of the primary's kernel */
	uint64_t total_pages; /* that it was given at boot */
	uint64_t units;       /* of 2 MiB, that the hypervisor says are the primary's */
	uint64_t vms;
};

#define VMDEV_CREATE 0x42480010u /* struct vmdev_create, in and out */
#define VMDEV_NODE   0x42480011u /* struct vmdev_node, out */

/*
 * Of /dev/vm/N, for a VM made at run time.
 * DESTROY: ends it if it has not; what it sent and was not read is lost. EBUSY: another VM borrows its memory; EPERM: made at boot.
 * PLACE: moves a vCPU to another core of the primary, also while it runs. EINVAL: no such vCPU or core; ENODEV: it has no thread.
 * RESIZE: changes its memory, up or down, as far as the primary and the VM can; memory is then what it has, after an error, too. Waits for
 *   the VM's answers; ETIMEDOUT: it does not answer; EIO: what it answers makes no sense; ESRCH: it has ended.
 */
struct vmdev_place {
	uint16_t vcpu;
	uint16_t core;
};

struct vmdev_resize {
	uint64_t memory; /* bytes, a multiple of 2 MiB: wanted, then what it has */
	uint32_t node;   /* NUMA node of what is added */
	uint32_t zero;
};

#define VMDEV_DESTROY 0x42480012u
#define VMDEV_PLACE   0x42480013u /* struct vmdev_place, in */
#define VMDEV_DIGEST \
	0x42480015u /* 32 bytes, out: SHA-256 of its image, measured by the hypervisor */
#define VMDEV_RESIZE 0x42480014u /* struct vmdev_resize, in and out */

/*
 * Of the login VM, which has ended: prepares it to be started again, as at boot. EPERM: another VM; EBUSY: it has not ended, or a VM that
 * lives borrows memory of it, or it has given memory away.
 */
#define VMDEV_RELOAD 0x42480016u
/* Of the login VM: its doorbell, which has its kernel make a call (counters). EAGAIN: its kernel does not listen. */
#define VMDEV_BELL 0x42480017u

#endif
