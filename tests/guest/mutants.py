# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Hypervisors with one wall or one promise taken away, and the tests that have to notice (see mutate).

Not here, since this emulator cannot show it: HCR_EL2.TIDCP, CPTR_EL2.TTA and TAM, MDCR_EL2.TPMS and TTRF (it has no such
registers, or does not model the trap); the VMID, the TLBI when another vCPU was there, HCR_EL2.FB (it flushes its TLB at
each write of VTTBR_EL2); cache maintenance and barriers. The unit tests check what of these can be checked on the build
host. Nor what only a rare moment shows: AFFINITY_INFO that asks no firmware, a VM that is gone before others have let go of it.
"""

from dataclasses import dataclass, field

HV = "hv/arm64/"


@dataclass
class Mutant:
    name: str
    file: str
    old: str  # occurs once in the file
    new: str
    tests: tuple  # each has to fail; by hanging only where the configuration has a limit in seconds, or unit/...
    config: dict = field(default_factory=dict)


def misfit(mutant, tree):
    """A line that says why the mutant cannot be made in the sources of `tree`; empty when it can."""
    times = (tree / mutant.file).read_text().count(mutant.old)
    return "" if times == 1 else f"\"{mutant.name}\" does not apply: {mutant.file} has its line {times} times\n"


def m(name, file, old, new, *tests, **config):
    return Mutant(name, HV + file, old, new, tests, config)


def without_hcr(bit, *tests, **config):
    return m(f"no HCR_{bit}", "regs.h", f"HCR_{bit} |", "0 |", *tests, **config)


A53 = {"cpu": "cortex-a53", "gic": 2}
A64FX = {"cpu": "a64fx"}
MANY = {"secondaries": 60}
LOGIN = {"secondaries": 2, "vcpus": 2, "login": True, "seconds": 30}
FOUR = {"cores": 4, "vcpus": 4}

STAGE_2 = [
    m("no stage 2", "regs.h", "(HCR_VM | ", "(", "wall_memory", "wall_mmio", "wall_map", **MANY),
    m("every VM sees all memory", "load.c", "\tcache_invalidate_instructions();\n",
      "\tcache_invalidate_instructions();\n"
      "\tfor (int i = 0; i < MAX_VMS; i++) {\n\t\tif (!vms[i])\n\t\t\tcontinue;\n"
      "\t\tpt_unmap(&vms[i]->stage2, 0, UINT64_C(1) << memory_ipa_bits());\n"
      "\t\tpt_map(&vms[i]->stage2, 0, PA(0), UINT64_C(64) << 30, PT_R | PT_W | PT_X);\n\t}\n", "wall_memory",
      "wall_map", **MANY),
    m("a page too much", "load.c", "\tdevices_map(vm, m);\n", "\tdevices_map(vm, m);\n"
      "\tpt_map(&vm->stage2, end, PA(end), PAGE_SIZE, PT_R);\n", "wall_memory", **MANY),
    m("shared regions executable", "memory.c", "pt_map(&borrower->stage2, at.v, at, size, PT_R | PT_W);",
      "pt_map(&borrower->stage2, at.v, at, size, PT_R | PT_W | PT_X);", "wall_memory", **MANY),
    m("the log writable", "memory.c", "return pt_map(&vm->stage2, at.v, at, size, PT_R);",
      "return pt_map(&vm->stage2, at.v, at, size, PT_R | PT_W);", "wall_map"),
    m("the console for everybody", "load.c", "if (m->console && platform.uart.end > platform.uart.start) {",
      "if (platform.uart.end > platform.uart.start) {", "wall_mmio", **MANY),
    m("GICH mapped beside GICV", "load.c", "status = memory_map_device(vm, PA(platform.gicv.start),",
      "status = memory_map_device(vm, PA(platform.gich.start),", "wall_mmio", **A53, **MANY),
]
OWNERS = [
    m("no owner check", "memory.c", "if (!unit || unit->owner != vm->id || unit->state != UNIT_MAPPED)", "if (!unit)", "wall_mailbox", "wall_calls"),
    m("no check of shares", "memory.c", "if (at < s->at.v + s->size && s->at.v < end)", "if (s->size == 0)",
      "wall_mailbox"),
    m("mailbox unaligned", "ffa_setup.c", "IS_ALIGNED(tx, PAGE_SIZE) && IS_ALIGNED(rx, PAGE_SIZE) &&", "",
      "wall_mailbox"),
    m("mailbox of one page", "ffa_setup.c", "tx != rx && ", "", "wall_mailbox"),
    m("mailbox mapped twice", "ffa_setup.c", "return mapped ? FFA_DENIED : 0;", "return 0;", "wall_mailbox"),
    m("RX never full", "ffa_setup.c", "\tlocked.vm->rx_full = true;\n", "", "wall_mailbox"),
    m("CPU_ON anywhere", "psci.c", "if (!memory_owned(vm, IPA(entry), 4)) {", "if (entry == 1) {", "wall_calls"),
]
REGISTERS = [
    without_hcr("TSC", "wall_registers", **MANY),
    without_hcr("TACR", "wall_registers", "wall_registers_primary", "wall_sweep", **MANY),
    without_hcr("TSW", "wall_registers", "wall_registers_primary", "wall_sweep", **MANY),
    without_hcr("TLOR", "wall_registers", "wall_sweep", **MANY),
    m("no HCR_TERR", "regs.h", "| HCR_TERR)", ")", "wall_registers", "wall_sweep", **MANY),
    m("no HCR_TID3", "regs.h", "HCR_BSU | HCR_TID3 |", "HCR_BSU |", "id_registers"),
    m("no HCR_TWI", "vm_carve.c", "HCR_GUEST | HCR_TWI", "HCR_GUEST", "sgi_to_wfi", seconds=25),
    m("pointer authentication", "regs.h", "(HCR_VM | ", "(HCR_VM | BIT64(40) | BIT64(41) | ", "wall_registers",
      cpu="max,sme=off,pauth-impdef=on", **MANY),
    m("performance monitors", "regs.h", "(MDCR_TPMCR | MDCR_TPM | ", "(", "wall_registers", "wall_sweep", **MANY),
    m("debug registers", "regs.h", "MDCR_TDA | ", "", "wall_registers", "wall_sweep", **MANY),
    m("OS lock", "regs.h", "MDCR_TDOSA | ", "", "wall_registers", "wall_sweep", **MANY),
    m("debug ROM", "regs.h", "MDCR_TDRA | ", "", "wall_registers", "wall_sweep", **MANY),
    m("physical timer for all", "vm_carve.c", "primary ? CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN : 0",
      "CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN", "wall_registers", **MANY),
    m("trapped registers read as they were", "sysreg.c",
      "if (!read || crn != 0 || crm < 1 || crm > 7)\n\t\treturn false;",
      "if (!read || crn != 0 || crm < 1 || crm > 7)\n\t\treturn true;", "wall_registers", "wall_sweep", **MANY),
]
SWITCH = [
    m("TTBR1 not switched", "vcpu.c", "X(ttbr0_el1, ttbr1_el1, ttbr0)", "X(ttbr0_el1, ttbr0_el1, ttbr0)", "wall_leak"),
    m("TPIDR_EL0 not switched", "vcpu.c", "X(tpidr_el0, tpidrro_el0, tpidr_el0)",
      "X(tpidrro_el0, tpidrro_el0, tpidr_el0)", "wall_leak"),
    m("PAR not switched", "vcpu.c", "X(tpidr_el1, par_el1, tpidr_el1)", "X(tpidr_el1, tpidr_el1, tpidr_el1)", "wall_leak"),
    m("DISR not cleared", "vcpu.c", "if (cpu->has_ras)", "if (cpu->index > 99)", "wall_leak"),
    m("active priorities not saved", "vgic.h", "__atomic_load_n(&irq->hardware[0], __ATOMIC_RELAXED) | apr)",
      "__atomic_load_n(&irq->hardware[0], __ATOMIC_RELAXED))", "wall_leak", "sgi_attack"),
    m("FP not saved", "vcpu.c", "\tvector_save(from->vector, cpu->vector_length);\n", "", "fp_sharing"),
    m("FP of another core", "vcpu.c", "if (cpu->fp_last != vcpu || vcpu->fp_core != cpu->index + 1) {",
      "if (cpu->fp_last != vcpu) {", "vcpu_registers", **FOUR),
    m("FP not loaded", "vcpu.c", "if (cpu->fp_last != vcpu || vcpu->fp_core != cpu->index + 1) {",
      "if (!cpu->fp_last) {", "fp_sharing"),
    m("ZCR not switched", "vcpu.c", "sysreg_write(s3_0_c1_c2_0, vcpu->zcr);", "(void)vcpu->zcr;", "fp_sharing",
      **A64FX),
    m("state not reset", "psci.c", "\tvcpu_reset(target, entry, context);\n",
      "\ttarget->x[0] = context;\n\ttarget->pc = entry;\n" "\ttarget->pstate = PSTATE_EL1H | PSTATE_DAIF;\n",
      "vcpu_entry", seconds=25, **FOUR),
]
PRIVILEGE = [
    m("FFA_RUN for all", "ffa_message.c",
      "if (!is_primary(vcpu)) {\n\t\tanswer_error(vcpu, FFA_DENIED);\n\t\treturn;\n\t}\n" "\tif (!vm || vm->role",
      "if (!vm || vm->role", "wall_calls", seconds=25),
    m("direct requests for all", "ffa_message.c",
      "if (!is_primary(vcpu)) {\n\t\tanswer_error(vcpu, FFA_DENIED);\n\t\treturn;\n\t}\n" "\tif (ids >> 16",
      "if (ids >> 16", "wall_calls", seconds=25),
    m("FFA_MSG_WAIT while serving", "ffa_message.c", "if (is_primary(vcpu) || vcpu->serving) {",
      "if (is_primary(vcpu)) {", "wall_calls", seconds=25),
    m("vendor calls for all", "vendor.c",
      "if (vcpu->vm->role != VM_PRIMARY)\n\t\tanswer_error(vcpu, FFA_DENIED);\n\telse ", "", "wall_calls"),
    m("injection into any VM", "vendor.c", "struct vm *vm = name == vcpu->vm->id           ? vcpu->vm",
      "struct vm *vm = name == vcpu->vm->id ? vcpu->vm : vm_find(name) ? vm_find(name)", "wall_calls"),
    m("interrupts of anybody", "vendor.c", "if (!intr_allowed(vcpu->vm, id)) {", "if (id == 1023) {", "wall_calls"),
    m("sender not checked", "ffa_message.c", "ids >> 16 != vcpu->vm->id || !vm", "!vm", "wall_calls"),
    m("receiver of the answer not checked", "ffa_message.c",
      "if (ARG32(vcpu, 1) != FFA_VM_VCPU(vcpu->vm->id, FFA_PRIMARY_ID) || ARG32(vcpu, 2) != 0) {",
      "if (ARG32(vcpu, 2) != 0) {", "wall_calls"),
    m("an answer without a request", "ffa_message.c", "if (!vcpu->serving) {", "if (is_primary(vcpu)) {",
      "message_unasked", **FOUR),
    m("vCPU number not checked", "ffa_message.c", "|| index >= vm->vcpu_count)", "|| index >= 2 * vm->vcpu_count)",
      "wall_calls", seconds=25),
    m("interrupt number not checked", "vendor.c", "if (id >= INTID_LIMIT || on > 1) {", "if (on > 1) {", "wall_calls",
      seconds=25),
    m("SGI number not checked", "vendor.c", "|| id >= SGI_COUNT) {", "|| id >= 1023) {", "wall_calls"),
    m("log length not checked", "ffa_setup.c", "if (length < 1 || length > ", "if (length < 1 || length > 100 * ",
      "wall_calls", seconds=25),
    m("rest of an error not zeroed", "call.h", "\tvcpu->x[1] = 0;\n\tvcpu->x[2] = value;", "\tvcpu->x[2] = value;",
      "wall_calls"),
]
CORES = [
    m("claim without exchange", "run.h",
      "if (__atomic_compare_exchange_n(&vcpu->state, &state, VCPU_RUNNING, false,\n"
      "\t\t\t\t\t\t__ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {",
      "for (volatile int i = 0; i < 5000; i++)\n\t\t\t;\n\t\tvcpu->state = VCPU_RUNNING;\n\t\tif (1) {", "run_race",
      cores=4, seconds=60),
    m("running vCPUs run again", "ffa_message.c", "\tdefault:\n\t\tanswer_error(vcpu, FFA_BUSY);\n",
      "\tdefault:\n\t\trun_enter(cpu, target);\n", "run_twice", cores=4, seconds=25),
    m("answer copied late", "ffa_message.c",
      "\tmessage_copy(vcpu, message);\n\trun_leave(cpu, VCPU_WAIT_MESSAGE, 0, 0);\n",
      "\trun_leave(cpu, VCPU_WAIT_MESSAGE, 0, 0);\n"
      "\tfor (volatile int i = 0; i < 5000; i++)\n\t\t;\n\tmessage_copy(vcpu, message);\n", "message_race",
      "unit/tsan_hv_threads", cores=4),
    m("a vCPU is free before it has left", "run.c", "\tvcpu_switch(cpu, primary);\n",
      "\t__atomic_store_n(&vcpu->state, state, __ATOMIC_SEQ_CST);\n\tvcpu_switch(cpu, primary);\n",
      "unit/test_hv_races"),
    m("the dead are entered", "run.c", "\tif (vm_has_ended(vcpu->vm))\n\t\trun_leave_ended(cpu);\n", "",
      "unit/test_hv_races"),
    m("the dead are not kicked", "vm.c", "\t\t\tgic->kick(vcpu->core);\n", "\t\t\t(void)vcpu;\n", "stop_running",
      "death_of_many", seconds=90, **FOUR),
    m("the dead run", "ffa_message.c", "if (vm_has_ended(vm)) {\n\t\tanswer_ended(vcpu, target);\n\t\treturn;\n\t}\n",
      "", "wall_memory", seconds=25, **MANY),
]
INTERRUPTS = [
    m("injection without kick", "run.c", "if (state == VCPU_RUNNING && fresh)", "if (state == 99)", "sgi_to_running",
      "unit/test_hv_races", cores=2, vcpus=2, seconds=60),
    m("a kick for each injection", "run.c", "if (state == VCPU_RUNNING && fresh)", "if (state == VCPU_RUNNING)",
      "kick_flood", **FOUR),
    m("the timer of another vCPU", "traps.c", "if (!vtimer_fires()) {", "if (!exits) {", "unit/test_hv_races"),
    m("CPU_ON of a core on its way off", "psci.c", "core_state(target) != PSCI_AFFINITY_OFF) {", "!target) {",
      "unit/test_hv_races"),
    m("WFI misses an interrupt", "psci.c", "if (!vgic_wants_entry(vcpu))\n\t\treturn;", "return;",
      "unit/test_hv_races"),
    m("MSG_WAIT misses an interrupt", "ffa_message.c", "\tif (vgic_wants_entry(vcpu))\n\t\tcpu->primary->x[2] = 1;\n",
      "", "unit/test_hv_races"),
    m("no wake-up", "run.c", "return state == VCPU_WAIT_INTERRUPT || state == VCPU_WAIT_MESSAGE;", "return false;",
      "sgi_to_waiting", "sgi_to_wfi"),
    m("no underflow interrupt", "vgic.c", "\tgic->refill_set(full ? refill_when(vcpu) : 0);\n", "\tgic->refill_set(0);\n",
      "sgi_self"),
    m("FFA_RUN over a pending interrupt", "run.c", "if (vgic_has_interrupt(cpu->current)) {", "if (!cpu->current) {",
      "primary_pending", seconds=40),
    m("MSG_WAIT tells of none", "ffa_message.c", "run_leave(cpu, VCPU_WAIT_MESSAGE, FFA_MSG_WAIT, interrupted);",
      "run_leave(cpu, VCPU_WAIT_MESSAGE, FFA_MSG_WAIT, 0);", "sgi_to_waiting"),
    m("the timer's PPI stays active", "vgic.c",
      "\tgic->ppi_set_active(INTID_VTIMER, false);\n\treturn lr & LR_ACTIVE;", "\treturn lr & LR_ACTIVE;",
      "timer_active_out", "timer_death", seconds=60),
    m("the timer's PPI comes back inactive", "vgic.c", "\t\t\tgic->ppi_set_active(INTID_VTIMER, true);\n",
      "\t\t\t;\n", "timer_held"),
    m("no pre-emption", "traps.c", "else if (vcpu != cpu->primary && vgic_wants_entry(cpu->primary))",
      "else if (!vcpu)", "timer_preempts", seconds=25),
    m("WFI without deadline", "psci.c", "BH_RUN_WAIT_FOR_INTERRUPT, deadline);",
      "BH_RUN_WAIT_FOR_INTERRUPT, BH_NO_DEADLINE);", "timer_waiting"),
    m("timer not switched", "vcpu.c", "X(cntv_cval_el0, cntv_ctl_el0, cntv_cval)",
      "X(cntv_cval_el0, cntv_cval_el0, cntv_cval)", "timer_out", seconds=60),
]
RECORDS = [
    m("record without offset", "traps.c", "return page | (address & 0xFFF);", "return page;", "wall_random", **MANY),
    m("HPFAR after a permission fault", "traps.c", "if ((iss & ISS_FSC_TYPE) == FSC_PERMISSION)", "if (iss == 99)",
      "unit/test_hv_faults"),
    m("PAN not set in the handler", "fault.c", "\t\tpstate |= PSTATE_PAN;\n", "\t\t;\n", "unit/test_hv_faults"),
    m("late errors are the primary's", "run.c", "if (cpu->has_ras && error_defer()) {", "if (!cpu) {",
      "unit/test_hv_faults"),
    m("an SError stays pending", "run.c", "\tcpu->current->hcr = sysreg_read(hcr_el2);", "\t", "unit/test_hv_faults"),
    m("record without registers", "fault.c", "\tmemcpy(out->x, vcpu->x, sizeof(out->x));\n", "", "wall_memory",
      **MANY),
    m("reads and writes confused", "traps.c", "bool write = (iss & ISS_WNR) && ", "bool write = !(iss & ISS_WNR) && ",
      "wall_memory", **MANY),
    m("pc of HVC", "traps.c", "\tcpu->current->pc -= 4;\n", "", "wall_registers", "wall_registers_primary", **MANY),
    m("the second record counts", "vm.c", "bool first = !vm_has_ended(vm);", "bool first = true;", "stop_running",
      cores=4),
    m("exception without address", "fault.c", "\t\tsysreg_write(far_el1, sysreg_read(far_el2));\n", "\t\t;\n",
      "wall_memory", **MANY),
    m("exception at the wrong vector", "fault.c", "\t\treturn 0x200;\n", "\t\treturn 0x400;\n", "wall_map"),
    m("runs not counted", "run.c", "\tvcpu->counters.runs++;\n", "", "counters"),
    m("denials not counted", "call.c", "\tvcpu->x[0] = FFA_ERROR;\n\tvcpu->counters.denied++;\n",
      "\tvcpu->x[0] = FFA_ERROR;\n", "counters"),
]
MODEL = {"secondaries": 22}
SHARES = [
    m("what is lent stays mapped", "share.c", "if (offer->kind != SHARE_SHARE)\n\t\terror = pages_withdraw",
      "if (offer->kind == 99)\n\t\terror = pages_withdraw", "mem_lend", "mem_donate", **MODEL),
    m("what is relinquished stays mapped", "share.c",
      "\tpages_unmap(locked, vm, share, share->range_count);\n\tborrower->held = 0;\n\tshare->clear",
      "\tborrower->held = 0;\n\tshare->clear", "mem_share", "mem_lend", **MODEL),
    m("others' memory is offered", "share.c", "if (!memory_owned_locked(locked, owner, IPA(range->start), size))",
      "if (!size)", "mem_refusals", "mem_model", **MODEL),
    m("one page in two transactions", "memory.c", "return !share_covers(vm, at, end);", "return true;", "mem_refusals",
      "mem_model", **MODEL),
    m("the mailbox is offered", "share.c", "return !is_mailbox(owner, offer);", "return true;", "mem_refusals", **MODEL),
    m("single pages are donated", "share.c", "!memory_movable_locked(locked, owner, PA(range->start), size))",
      "!size)", "mem_donate", "unit/test_hv_share_model", **MODEL),
    m("taken back while it is held", "share.c", "if (vm && !vm_has_ended(vm))\n\t\t\treturn FFA_DENIED;",
      "if (vm && !vm_has_ended(vm))\n\t\t\tcontinue;", "mem_share", "mem_model", **MODEL),
    m("taken back while the dead still run", "share.c", "if (!vm || vm_is_running(vm)) {", "if (!vm) {",
      "unit/test_hv_share_model"),
    m("secondaries share with each other", "share.c", "allowed = allowed && vm_may_reach(owner, vm);",
      "allowed = allowed && owner != vm;", "mem_model", **MODEL),
    m("read-only is writable", "share.c", "(writable ? PT_W : 0)", "(writable ? PT_W : PT_W)", "mem_lend", "mem_model",
      **MODEL),
    m("more than was given", "share.c", "(writable && !borrower->writable) || ", "", "mem_model", **MODEL),
    m("what is shared is executed", "share.c", "(wish->executable && !exclusive) ||", "", "mem_model", **MODEL),
    m("not zeroed after it was lent", "share.c", "if (share->clear || !share->owner)\n\t\tpages_zero(share);",
      "if (!share->owner)\n\t\tpages_zero(share);", "mem_lend", "mem_model", **MODEL),
    m("not zeroed before it is lent", "share.c", "if (share->zeroed)\n\t\tpages_zero(share);", "", "mem_model", **MODEL),
    m("the tag is not looked at", "share.c", "wish->tag != share->tag ||", "", "mem_model", **MODEL),
    m("anybody borrows", "share.c", "if (!borrower)\n\t\treturn FFA_INVALID_PARAMETERS;\n\tif (!owner_is_alive(share))",
      "if (!share)\n\t\treturn FFA_INVALID_PARAMETERS;\n\tif (!borrower)\n\t\tborrower = &share->borrowers[0];\n"
      "\tif (!owner_is_alive(share))", "unit/test_hv_share_model"),
    m("what the dead borrowed is not given back", "life.c", "if (!share_vm_exit(vm))\n\t\treturn;", "if (!vm)\n\t\treturn;",
      "enclave_shares", secondaries=1, rest=True),
    m("the login VM's memory is not cleared", "memory.c", "\t\tmemory_scrub(*unit);\n\t\t++*cursor;", "\t++*cursor;", "reload", **LOGIN),
    m("the login VM is loaded while others hold its memory", "memory.c",
      "return memory.unit[*cursor].holds ? BH_EBUSY : BH_OK;", "return BH_OK;", "reload", **LOGIN),
    m("what the login VM borrowed stays in its tables", "share.c",
      "\t\tpages_unmap(locked, vm, share, share->range_count);\n\t\tshare_release(locked, share);\n\t\tdone = false;",
      "\t\tshare_release(locked, share);\n\t\tdone = false;", "reload", **LOGIN),
    m("the login VM is loaded while it lives", "reload.c", "return vm_has_ended(vm) ? quiesce(cpu, vm) : BH_EPERM;",
      "return quiesce(cpu, vm);", "reload", **LOGIN),
    m("memory of the dead that others hold is given away", "memory.c", "return memory.unit[*cursor].holds ? BH_EBUSY : BH_OK;",
      "memory.unit[*cursor].holds = 0;\n\treturn BH_OK;", "enclave_shares", secondaries=1, rest=True),
    m("a table in change is a wall", "traps.c", "memory_is_reachable(cpu->current->vm, IPA(ipa), access);",
      "ipa == access;", "mem_races", **FOUR),
]
NOTIFICATIONS = [
    m("anybody notifies", "ffa_notify.c", "bool allowed = bound_to(notify, bits, sender) == bits && ",
      "bool allowed = ", "notify_refusals"),
    m("notified in another's name", "ffa_notify.c", "ids >> 16 != vcpu->vm->id || !bitmap_of(vcpu)",
      "!bitmap_of(vcpu)", "notify_refusals"),
    m("bound for another", "ffa_notify.c", "(ids & 0xFFFF) != vcpu->vm->id || !bitmap_of(vcpu)", "!bitmap_of(vcpu)",
      "notify_refusals"),
    m("bound twice", "ffa_notify.c", "if (bits & (notify->bound | pending_of_all(locked.vm)))", "if (!bits)",
      "notify_refusals"),
    m("secondaries notify each other", "ffa_notify.c", "else if (!vm_may_reach(vcpu->vm, vm))",
      "else if (vcpu->vm == vm)", "notify_refusals"),
    m("taken and still pending", "ffa_notify.c", "vm->notify.pending = vm->vcpus[index].notify_pending = 0;", "",
      "notify", "notify_refusals"),
    m("a notification without interrupt", "ffa_notify.c",
      "fresh = vgic_set_pending(target, notify_interrupt(vm));", "fresh = false;", "notify"),
    m("INFO_GET for all", "ffa_notify.c", "if (vcpu->vm->role != VM_PRIMARY) {", "if (!vcpu) {", "notify_refusals"),
    m("the right to notify is inherited", "life.c", "\tnotify_vm_exit(vm);\n", "", "enclave_shares", secondaries=1,
      rest=True),
    m("INFO_GET tells again", "ffa_notify.c", "\t\tnotify->untold_all = false;\n\twhile", "\t\t;\n\twhile", "notify"),
]
LOGIN = {"secondaries": 2, "vcpus": 2, "login": True}
DISTRIBUTOR = [
    m("all SPIs are the login VM's", "vdist.c", "return n ? dist_backed(dist, n) | software : ~0u;", "return ~software | software;",
      "dist_others", "unit/test_hv_vdist_registers", **LOGIN),
    m("para-virtual calls beside a distributor", "vendor.c", "\tif (vm->dist)\n\t\treturn false;\n", "", "dist_calls", **LOGIN),
    m("all interrupts equally urgent", "vdist_lr.c", "return (uint32_t)priority_of(vcpu, id) << 16 | id;",
      "return priority_of(vcpu, id) | id;", "dist_priorities", "unit/test_hv_vdist", **LOGIN),
    m("disabled, and in a list register", "vdist.c", "\tif (was & ~on)\n\t\tdist_ask(dist, v);\n", "", "unit/test_hv_vdist"),
    m("what waits is not told", "vdist_lr.c", "dv->pending[w] = __atomic_load_n(&vcpu->irq.pending[w], __ATOMIC_SEQ_CST);",
      "dv->pending[w] = 0;", "unit/test_hv_vdist"),
    m("SPIs stay on the core that the vCPU left", "vdist.c", "if (dv->core == core + 1 || ", "if (dv->core || ", "unit/test_hv_vdist"),
    m("an ended VM's device interrupts again and again", "vdist.c", "\t\tgic->spi_enable(id, false, 0);\n\t\tdist->words",
      "\t\tdist->words", "unit/test_hv_vdist_registers"),
    m("an emulated access beyond its region", "mmio.c", "return r->end - ipa >= size ? r : NULL;", "return r;", "unit/test_hv_mmio"),
]
WALLED = {"secondaries": 3, "login": True, "pci": True, "seconds": 30}
WALLED_2 = {**WALLED, "cores": 2, "vcpus": 2}
OF_THE_LOGIN_VM = [
    m("the login VM runs vCPUs", "ffa_message.c", "return vcpu->vm->role == VM_PRIMARY;",
      "return vcpu->vm->role != VM_SECONDARY;", "wall_calls_login", **WALLED),
    m("the login VM stops VMs", "vendor.c", "\tif (vcpu->vm->role != VM_PRIMARY)\n\t\tanswer_error(vcpu, FFA_DENIED);\n\telse if (id == BH_VM_FAULT)",
      "\tif (vcpu->vm->role == VM_SECONDARY)\n\t\tanswer_error(vcpu, FFA_DENIED);\n\telse if (id == BH_VM_FAULT)",
      "wall_calls_login", **WALLED),
    m("the login VM makes VMs", "life.c", "else if (vcpu->vm->role != VM_PRIMARY)", "else if (vcpu->vm->role == VM_SECONDARY)",
      "wall_calls_login", **WALLED),
    m("the login VM injects into others", "vendor.c", ": vcpu->vm->role == VM_PRIMARY ? vm_find(name)",
      ": vcpu->vm->role != VM_SECONDARY ? vm_find(name)", "wall_calls_login", **WALLED),
    m("the login VM takes cores", "psci.c", "\tif (vm->role == VM_PRIMARY) {\n\t\tint64_t status;",
      "\tif (vm->role != VM_SECONDARY) {\n\t\tint64_t status;", "login_cores", **WALLED_2),
    m("the login VM turns the machine off", "psci.c", "\tif (vcpu->vm->role == VM_PRIMARY) {\n\t\tsmc_call(ARG32",
      "\tif (vcpu->vm->role != VM_SECONDARY) {\n\t\tsmc_call(ARG32", "login_cores", **WALLED_2),
    m("the login VM sees all memory", "load.c", "\tcache_invalidate_instructions();\n",
      "\tcache_invalidate_instructions();\n\tif (!login_vm)\n\t\treturn;\n"
      "\tpt_unmap(&login_vm->stage2, 0, UINT64_C(1) << memory_ipa_bits());\n"
      "\tpt_map(&login_vm->stage2, 0, PA(0), UINT64_C(64) << 30, PT_R | PT_W | PT_X);\n", "wall_memory_login", "mem_login", **WALLED),
    m("the login VM executes its channel", "memory.c", "pt_map(&borrower->stage2, at.v, at, size, PT_R | PT_W);",
      "pt_map(&borrower->stage2, at.v, at, size, PT_R | PT_W | PT_X);", "wall_memory_login", **WALLED),
    m("the login VM's console is anybody's", "load.c", "if (m->console && platform.uart.end", "if ((m->console || m->login) && platform.uart.end",
      "wall_mmio_login", **WALLED),
    m("debug registers of the login VM", "sysreg.c", "\t\tif (read && rt != 31)\n\t\t\tvcpu->x[rt] = 0;\n", "", "wall_registers_login", **WALLED),
    m("the login VM's physical timer", "vm_carve.c", "primary ? CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN : 0",
      "vm->role != VM_SECONDARY ? CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN : 0", "wall_registers_login", **WALLED),
    m("set/way maintenance by the login VM", "vm_carve.c", "HCR_GUEST | HCR_TWI;", "(vm->role == VM_LOGIN ? HCR_GUEST & ~HCR_TSW : HCR_GUEST) | HCR_TWI;",
      "wall_registers_login", **WALLED),
    m("the physical distributor", "load.c", "\tpci_assign(vm, m);\n",
      "\tpci_assign(vm, m);\n\tif (m->login)\n\t\tmemory_map_device(vm, PA(platform.gic_dist.start), PAGE_SIZE);\n",
      "dist_others", "wall_mmio_login", **WALLED),
    m("redistributors of others", "vdist.c", "mmio_add(vm, r->start, frames, vdist_v3_gicr)",
      "mmio_add(vm, r->start, r->end - r->start, vdist_v3_gicr)", "wall_mmio_login", **WALLED),
    m("more than a GICv2's distributor", "vdist.c", "mmio_add(vm, d->start, PAGE_SIZE, vdist_v2_gicd)",
      "mmio_add(vm, d->start, 2 * PAGE_SIZE, vdist_v2_gicd)", "wall_mmio_login", **WALLED, **A53),
    m("all PCI functions", "pci.c", "memory_map_device(vm, PA(config(function)), PAGE_SIZE)",
      "memory_map_device(vm, PA(config(0)), FUNCTIONS * PAGE_SIZE)", "wall_pci", **WALLED),
    m("functions that are absent are written", "pci.c", "\t(void)vcpu;\n\taccess->value = ~UINT64_C(0);",
      "\t(void)vcpu;\n\tif (access->write && access->size == 4)\n\t\tmmio_write32(pci.ecam.start + access->offset, (uint32_t)access->value);\n"
      "\taccess->value = ~UINT64_C(0);", "wall_pci", **WALLED),
    m("functions for everybody", "pci.c", "\tif (m->function_count && !status)\n\t\tstatus = memory_map_device(vm, PA(pci.window.start),",
      "\tif (!status)\n\t\tstatus = memory_map_device(vm, PA(pci.window.start),", "wall_mmio", **{**WALLED, "secondaries": 60}),
    m("device interrupts of others", "vdist.c", "if (!vm || !vm_has_interrupt(vm, id))", "if (!vm || id < INTID_SPI_FIRST)", "device_interrupt", **{**WALLED_2, "seconds": 60}),
    m("private interrupts of the core", "traps.c", "vgic_set_pending_hardware(cpu->primary, id);",
      "vgic_set_pending_hardware(vcpu->vm->dist ? vcpu : cpu->primary, id);", "dist_private", **WALLED),
    m("SGIs to others", "vdist_v3.c", "\t\t\tdist_pend(dist, v, sgi.id);\n",
      "\t\t\tdist_pend(dist, v, sgi.id);\n\tif (sgi.others) {\n\t\tbool vgic_set_pending(struct vcpu *vcpu, uint32_t id);\n\n"
      "\t\tvgic_set_pending(&vm_primary()->vcpus[0], sgi.id);\n\t}\n", "dist_sgis",
      **{**WALLED, "vcpus": 2}),
    m("anybody takes back", "share.c", "if (!share || share->owner != owner->id)", "if (!share)", "mem_login", **WALLED),
    m("anybody lets go", "share.c", "if (!borrower)\n\t\treturn FFA_INVALID_PARAMETERS;\n\tif (!borrower->held ||",
      "if (!share)\n\t\treturn FFA_INVALID_PARAMETERS;\n\tborrower = &share->borrowers[0];\n\tif (!borrower->held ||", "mem_login", **WALLED),
    m("the login VM shares with secondaries", "share.c", "allowed = allowed && vm_may_reach(owner, vm);", "allowed = allowed && owner != vm;", "mem_login",
      **WALLED),
    m("anybody's memory for the login VM's offers", "share.c", "if (!memory_owned_locked(locked, owner, IPA(range->start), size))",
      "if (!size)", "mem_login", **WALLED),
    m("a secondary notifies the login VM", "ffa_notify.c", "bool allowed = bound_to(notify, bits, sender) == bits && ",
      "bool allowed = ", "notify_refusals", **WALLED),
    m("notified in the primary's name", "ffa_notify.c", "ids >> 16 != vcpu->vm->id || !bitmap_of(vcpu)",
      "!bitmap_of(vcpu)", "dist_notification", **WALLED),
]
REST = {"secondaries": 3, "rest": True}
ENCLAVES = [
    m("a VM's memory stays the primary's, too", "memory.c", "status = pt_unmap(&from->stage2, at.v, size);",
      "status = BH_OK;", "enclave", **REST),
    m("anybody's memory is donated", "memory.c",
      "if (size <= MEMORY_STEP && units_are(at, size, from->id, UNIT_MAPPED))", "if (size <= MEMORY_STEP)", "enclave",
      **REST),
    m("a dead VM's memory is not scrubbed", "life.c", "\t\tmemory_scrub(unit);\n\t\tstatus = memory_return(unit);\n\t\t*given",
      "\t\tstatus = memory_return(unit);\n\t\t*given", "enclave", **REST),
    m("its tables are not scrubbed", "life.c", "\tmemory_scrub(unit);\n\treturn unit_return", "\treturn unit_return",
      "enclave", **REST),
    m("what is offered is not scrubbed", "life.c", "\t\tmemory_scrub(unit);\n\t\tmemory_offer(vm, unit);",
      "\t\tmemory_offer(vm, unit);", "enclave", **REST),
    m("a living VM's memory is taken", "memory.c", "if (units_are(unit, SIZE_2M, vm->id, UNIT_RELEASED) ||",
      "if (units_are(unit, SIZE_2M, vm->id, UNIT_MAPPED) ||", "enclave", **REST),
    m("accepted without an offer", "memory.c", "if (size <= MEMORY_STEP && units_are(at, size, vm->id, state))",
      "if (unit_at(at.v))", "enclave", **REST),
    m("released and still mapped", "memory.c",
      "status = pt_unmap(&from->stage2, at.v, size);",
      "status = state == UNIT_RELEASED ? BH_OK : pt_unmap(&from->stage2, at.v, size);", "enclave", **REST),
    m("secondaries make VMs", "life.c", "else if (vcpu->vm->role != VM_PRIMARY)", "else if (!vcpu)", "enclave", **REST),
    m("an image that is none", "image.h", "return header->magic == IMAGE_MAGIC && header->text_offset < SIZE_2M &&",
      "return header->text_offset < SIZE_2M &&", "enclave", **REST),
    m("what was refused is built when asked again", "enclave.c", "\tif (c->image.size < sizeof(header))",
      "\tlife->step = BUILD_CLEAR;\n\tif (c->image.size < sizeof(header))", "enclave", **REST),
]
MUTANTS = OF_THE_LOGIN_VM + ENCLAVES + DISTRIBUTOR + STAGE_2 + SHARES + NOTIFICATIONS + OWNERS + REGISTERS + SWITCH + PRIVILEGE + CORES + INTERRUPTS + RECORDS
