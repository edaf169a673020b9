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

enum vmdev_state { VMDEV_READY, VMDEV_RUNNING, VMDEV_ENDED };

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

#endif
