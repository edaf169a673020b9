# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Fault records (include/bulkhead/fault.h) in words: what the VM tried, where, and its registers.

ESR_ELx encodings: Arm ARM (DDI 0487) D19.2.37.
"""

from .common import X86
from .symbols import Symbols

CAUSES = {
    "memory_read": "it read memory that does not belong to it",
    "memory_write": "it wrote to memory that does not belong to it",
    "memory_exec": "it tried to execute memory that does not belong to it",
    "sysreg": "it used a system register or instruction that a VM may not use",
    "external": "the memory system reported an external abort",
    "unknown": "it took an exception that the hypervisor has no handler for",
    "stopped": "the primary stopped it",
    "panic": "its kernel gave up",
    "port": "it used an I/O port that does not belong to it",
    "abort": "its kernel could not handle a fault of its own",
    "machine": "the processor reported a machine check",
    "hypervisor": "the hypervisor under it failed",
}
# of a co-kernel, for which there is no primary
BARE_CAUSES = CAUSES | {"stopped": "it was stopped"}
CLASSES = {
    0x00: "undefined instruction",
    0x01: "WFI or WFE",
    0x07: "floating point or SIMD",
    0x0E: "illegal execution state",
    0x16: "HVC",
    0x17: "SMC",
    0x18: "system register access",
    0x19: "SVE",
    0x20: "instruction abort from a lower exception level",
    0x24: "data abort from a lower exception level",
    0x2F: "SError",
    0x3C: "BRK",
}
FAULT_KINDS = {0: "address size fault", 1: "translation fault", 2: "access flag fault", 3: "permission fault"}


def fault_status(code):
    """Data or instruction fault status code."""
    if code < 0x10:
        return f"{FAULT_KINDS[code >> 2]} at level {code & 3}"
    return {0x10: "synchronous external abort", 0x21: "alignment fault"}.get(code, f"status {code:#x}")


def system_register(iss):
    op0, op2, op1 = iss >> 20 & 3, iss >> 17 & 7, iss >> 14 & 7
    crn, register, crm = iss >> 10 & 15, iss >> 5 & 31, iss >> 1 & 15
    direction = "read of" if iss & 1 else "write to"
    return f"{direction} S{op0}_{op1}_C{crn}_C{crm}_{op2}, x{register}"


def data_access(iss):
    kind = "store" if iss >> 6 & 1 else "load"
    size = f" of {1 << (iss >> 22 & 3)} bytes" if iss >> 24 & 1 else ""
    walk = ", during a stage-1 table walk" if iss >> 7 & 1 else ""
    return f"{kind}{size}, {fault_status(iss & 0x3F)}{walk}"


def syndrome(esr):
    """An ESR value in words."""
    kind, iss = esr >> 26 & 0x3F, esr & 0x1FFFFFF
    name = CLASSES.get(kind, f"exception class {kind:#x}")
    if kind == 0x18:
        return f"{name}: {system_register(iss)}"
    if kind == 0x20:
        return f"{name}: {fault_status(iss & 0x3F)}"
    if kind == 0x24:
        return f"{name}: {data_access(iss)}"
    return f"{name}, iss {iss:#x}"


def register_lines(record):
    registers = [(f"x{i}", value) for i, value in enumerate(record["x"])]
    names = "sp_el0 sp_el1 pstate elr_el1 esr_el1 far_el1 ttbr0 ttbr1".split()
    registers += [(name, record[name]) for name in names]
    cells = [f"{name:>8} {value:016x}" for name, value in registers]
    return ["".join(cells[i : i + 4]) for i in range(0, len(cells), 4)]


def exception_level(pstate):
    return f"EL{pstate >> 2 & 3}"


def describe_bare(record):
    """Of a co-kernel: what it has said of its end, or its hypervisor has."""
    cause = record["cause"]
    lines = [f"Enclave {record['vm']} ended: {BARE_CAUSES.get(cause, cause)}."]
    text = Symbols(X86 / "lwk.elf").explain(record["text"])
    return "\n".join(lines + [f"  {line.rstrip()}" for line in text.splitlines()]) + "\n"


def describe(record):
    """The whole record as text."""
    if "pc" not in record:
        return describe_bare(record)
    cause = record["cause"]
    lines = [f"VM {record['vm']} was ended by the hypervisor: {CAUSES.get(cause, cause)}."]
    if cause.startswith("memory"):
        lines.append(f"  address   {record['ipa']:#x} (guest-physical), {record['far']:#x} (virtual)")
    level = exception_level(record["pstate"])
    lines.append(f"  place     pc {record['pc']:#x} at {level}, vCPU {record['vcpu']} on core {record['core']}")
    if cause != "stopped":
        lines.append(f"  syndrome  {record['esr']:#x}: {syndrome(record['esr'])}")
    lines.append(f"  time      virtual counter {record['counter']}")
    lines.append("  registers")
    return "\n".join(lines + register_lines(record)) + "\n"
