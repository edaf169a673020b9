/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names in the device trees that the hypervisor reads (manifest) and writes (one for each VM), so that both sides spell
 * them alike. docs/boot-arm64.md describes the bindings.
 */
#ifndef BULKHEAD_DT_H
#define BULKHEAD_DT_H

#define DT_MANIFEST_COMPATIBLE  "bulkhead,manifest-1"
#define DT_PARTITION_COMPATIBLE "arm,ffa-manifest-1.0"
#define DT_VM_COMPATIBLE        "bulkhead,hypervisor-1" /* node /hypervisor: this kernel runs in a VM */
#define DT_PV_GICV3_COMPATIBLE \
	"bulkhead,pv-gic-v3" /* ICC_* system registers + para-virtual distributor */
#define DT_PV_GICV2_COMPATIBLE \
	"bulkhead,pv-gic-v2" /* reg = CPU interface (GICV) + para-virtual distributor */
#define DT_STREAM_COMPATIBLE \
	"bulkhead,stream"                /* /hypervisor/stream@A: reg, vm-id of the other side */
#define DT_LOG_COMPATIBLE "bulkhead,log" /* /hypervisor/log@A: reg; primary only, read-only */
#define DT_LOGIN_VM \
	"login-vm" /* of the primary's /hypervisor: the login VM's id, if there is one */
/* in the primary's /hypervisor: ids of the login VM's device interrupts that it forwards by BH_INTR_INJECT */
#define DT_FORWARD        "forward-interrupts"
#define DT_ROLE_PRIMARY   "primary"
#define DT_ROLE_SECONDARY "secondary"
#define DT_ROLE_LOGIN     "login"

#endif
