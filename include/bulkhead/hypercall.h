/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What FF-A lacks: Bulkhead's own hypercalls, in the range of vendor-specific hypervisor services
 * (SMCCC owner 6), and the codes by which FFA_RUN returns for reasons that FF-A does not know.
 *
 * Calls answer like FF-A: x0 = FFA_SUCCESS_32 and results from x2 on, or FFA_ERROR with the code in w2.
 */
#ifndef BULKHEAD_HYPERCALL_H
#define BULKHEAD_HYPERCALL_H

/*
 * Para-virtual distributor, for the calling vCPU.
 * INTR_ENABLE: w1 = interrupt id, w2 = 1 enable, 0 disable.
 *   INVALID_PARAMETERS: no such interrupt or w2 > 1; DENIED: the interrupt is not the VM's.
 * INTR_GET: w1 = interrupt id; x2 = BH_INTR_ENABLED | BH_INTR_PENDING of it.
 * INTR_INJECT: w1 = FFA_VM_VCPU(vm, vcpu), w2 = interrupt id. A VM injects SGIs (0 to 15) into its own
 *   vCPUs, the primary also into those of other VMs. x2 = 1 when the target is not running and
 *   the primary should run it (to a secondary the primary has then been told by BH_RUN_WAKE_UP), 0 otherwise.
 *   The primary also forwards device interrupts of the login VM (device tree: DT_FORWARD): any of its vCPUs stands for the VM.
 *   INVALID_PARAMETERS: no such VM, vCPU or id; DENIED: not the caller's to inject.
 */
#define BH_INTR_ENABLE  0x86000001u
#define BH_INTR_GET     0x86000002u
#define BH_INTR_INJECT  0x86000003u
#define BH_INTR_ENABLED 1u
#define BH_INTR_PENDING 2u

/*
 * VM life cycle and counters, for the primary only (DENIED to others). The answers lie in the caller's RX buffer,
 * which it releases by FFA_RX_RELEASE; BUSY while it holds the buffer, DENIED when none is mapped.
 * VM_FAULT: w1 = VM id: struct bh_fault of a VM that ended. DENIED while the VM lives.
 * VM_COUNTERS: w1 = FFA_VM_VCPU(vm, vcpu): struct bh_counters of that vCPU, the primary's own included.
 * VM_STOP: w1 = VM id: ends a secondary; it shows up as BH_RUN_ABORTED with cause BH_FAULT_STOPPED.
 */
#define BH_VM_FAULT    0x86000010u
#define BH_VM_COUNTERS 0x86000011u
#define BH_VM_STOP     0x86000012u

/*
 * Argument w2 of FFA_RUN, for the login VM: while nothing else wants the core, the vCPU keeps it when it waits for an interrupt
 * (WFI does not exit). The primary's own interrupts end the run as ever.
 */
#define BH_RUN_KEEP 1u
/* SGI that the primary gets when a device interrupt came for a vCPU of the login VM that waits: it has to be run. */
#define BH_WAKE_SGI 10u

/*
 * VMs made at run time (bulkhead/enclave.h), for the primary only. Memory changes hands in units of 2 MiB; what the primary gives must be
 * its own and neither shared nor a mailbox (DENIED). Work is done in steps: x2 = 1 says that the call is to be repeated, 0 that it is done.
 * BUSY: another core is at this VM. INVALID_PARAMETERS: no such VM, none made at run time, or a malformed argument.
 * VM_CREATE: x1 = address of struct enclave_config, page-aligned. Takes the unit for tables; x2 = id of the new VM. NO_MEMORY: no free id.
 * VM_BUILD: w1 = id: takes the ranges, clears them, maps them, measures the image; when done the VM can run. After an error:
 *   VM_DESTROY; memory that was not yet taken still is the primary's.
 * VM_DESTROY: w1 = id: ends the VM if it has not, then gives its memory back, scrubbed: x3 = address of the unit that is the primary's
 *   again since this step, 0 for none. DENIED: another VM borrows memory of it. NO_MEMORY: the primary's tables are full; nothing is lost.
 * VM_INFO: w1 = id, or 0 for the node: struct enclave_info in RX, x2 = its size.
 * MEMORY_ADD: w1 = id, x2 = address of a unit, which the VM may take by MEMORY_ACCEPT; told by the primary (bulkhead/exchange.h).
 * MEMORY_TAKE: w1 = id, x2 = address of a unit that the VM has released, or was offered and has not accepted: the primary's again, scrubbed.
 *   DENIED: it has not.
 *
 * For the VM itself:
 * MEMORY_ACCEPT: x1 = address of a unit that it was offered: its own from now on, zero. DENIED: it was not. NO_MEMORY: no table left.
 * MEMORY_RELEASE: x1 = address of a unit of its own, neither shared nor a mailbox: out of its reach from now on. DENIED; NO_MEMORY.
 */
#define BH_VM_CREATE      0x86000013u
#define BH_VM_BUILD       0x86000014u
#define BH_VM_DESTROY     0x86000015u
#define BH_VM_INFO        0x86000016u
#define BH_MEMORY_ADD     0x86000017u
#define BH_MEMORY_TAKE    0x86000018u
#define BH_MEMORY_ACCEPT  0x86000019u
#define BH_MEMORY_RELEASE 0x8600001Au

/*
 * VM_RELOAD: w1 = id of the login VM, which has ended, for the primary only: its devices are silenced, what it shares and borrows is taken
 * back, its memory cleared, image, ramdisk and device tree are put there as at boot; when done its vCPU 0 can run. In steps, as above.
 * INVALID_PARAMETERS: not the login VM; DENIED: it has not ended, a VM that lives borrows memory of it, or it has given memory away for
 * good; BUSY: another core is at it.
 */
#define BH_VM_RELOAD 0x8600001Bu

/*
 * Results of FFA_RUN beside FFA_INTERRUPT (pre-empted: the primary has an interrupt), FFA_YIELD, FFA_MSG_WAIT and
 * FFA_MSG_SEND_DIRECT_RESP. x0 = one of these, w1 = FFA_VM_VCPU of the vCPU that ran.
 * FFA_MSG_WAIT: x2 = 1 when an interrupt is pending for the vCPU, which should be run for it, 0 otherwise.
 * WAIT_FOR_INTERRUPT: the vCPU has nothing to do before the virtual counter reads x2 (BH_NO_DEADLINE:
 *   until an interrupt is injected into it).
 * WAKE_UP: the vCPU in w2 (FFA_VM_VCPU) has become runnable; run it, too. The vCPU of w1 is runnable as well.
 * ABORTED: the VM has ended, w2 = enum bh_fault_cause; its vCPUs do not run again.
 * VCPU_OFF: the vCPU turned itself off (PSCI CPU_OFF); it runs again after a WAKE_UP for it.
 */
#define BH_RUN_WAIT_FOR_INTERRUPT 0x86000020u
#define BH_RUN_WAKE_UP            0x86000021u
#define BH_RUN_ABORTED            0x86000022u
#define BH_RUN_VCPU_OFF           0x86000023u
#define BH_NO_DEADLINE            UINT64_MAX

#endif
