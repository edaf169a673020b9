# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a run tells beside the job's own output: counters as a file, and a short summary in words. All from the node's reports."""

import json
import re
import subprocess

from .common import TREE, size_text
from .machine import emulator_version


def commit():
    command = ["git", "-C", str(TREE), "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def vm_record(vm, reports):
    """One VM of the counters file."""
    record = {"vm": vm, "vcpus": []}
    for report in reports:
        if report.get("vm") != vm:
            continue
        fields = {key: value for key, value in report.items() if key not in ("event", "vm")}
        if report["event"] == "counters":
            record["vcpus"].append(fields)
        elif report["event"] == "end":
            record.update(fields)
        elif report["event"] == "fault":
            record["fault"] = fields
    return record


def vm_records(reports):
    vms = sorted({r["vm"] for r in reports if "vm" in r})
    return [vm_record(vm, reports) for vm in vms]


def unknown_calls(receiver):
    """Name -> count of the system calls that the kernel does not know; the list comes from a VM and may be anything."""
    lines = re.findall(r"^([0-9]{1,9}) ([a-z0-9_]{1,40}) ([0-9]{1,20})$", receiver.calls.decode(errors="replace"), re.MULTILINE)
    return {f"call_{number}" if name == "unnamed" else name: int(count) for number, name, count in lines}


def counters(node, argv, receiver):
    """The counters file as a value: how it was obtained, then what was counted."""
    machine = node.machine
    return {
        "commit": commit(),
        "emulator": emulator_version(),
        "machine": getattr(node, "kind", "arm64"),
        "board": machine.board,
        "cpu": machine.cpu,
        "gic": machine.gic,
        "cores": machine.cores,
        "isolation": node.isolation,
        "deterministic": machine.deterministic,
        "program": argv,
        "unknown_calls": unknown_calls(receiver),
        "vms": vm_records(receiver.reports),
    }


def write_counters(file, node, argv, receiver):
    json.dump(counters(node, argv, receiver), file, indent=1)
    file.write("\n")


def count_text(count, word):
    return f"{count} {word}" + ("" if count == 1 else "s")


def exits_text(record):
    """The exits of all vCPUs, most frequent reason first."""
    total = {}
    for vcpu in record["vcpus"]:
        for reason, count in vcpu["exits"].items():
            total[reason] = total.get(reason, 0) + count
    reasons = sorted((item for item in total.items() if item[1]), key=lambda item: -item[1])
    listed = ", ".join(f"{reason} {count}" for reason, count in reasons)
    return f"{count_text(sum(total.values()), 'exit')} to the hypervisor" + (f" ({listed})" if listed else "")


def job_lines(vm, record):
    """From the job's VM and its record; what was not reported is not said."""
    if "runtime_ticks" in record:
        seconds = record["runtime_ticks"] / record["counter_hz"]
        yield f"VM {vm.id} ran {seconds:.2f} s on {count_text(vm.vcpus, 'vCPU')} with {size_text(vm.memory)}"
    busy = sum(vcpu["run_ticks"] for vcpu in record["vcpus"])
    yield exits_text(record)
    if record.get("counter_hz"):
        entries = sum(vcpu["runs"] for vcpu in record["vcpus"])
        yield f"its vCPUs executed {busy / record['counter_hz']:.2f} s, entered {count_text(entries, 'time')}"
    denied = sum(vcpu["denied"] for vcpu in record["vcpus"])
    yield f"refused: {count_text(denied, 'call')} and accesses"


def call_lines(receiver):
    calls = unknown_calls(receiver)
    if calls:
        yield "system calls that the kernel does not know: " + ", ".join(f"{name} {n}" for name, n in calls.items())


def host_lines(node, receiver):
    """Beside a host's Linux, which knows how long the kernel ran, and what the hypervisor under each core has counted."""
    for record in vm_records(receiver.reports):
        if "runtime_ticks" in record:
            seconds = record["runtime_ticks"] / record["counter_hz"]
            yield f"enclave {record['vm']} ran {seconds:.2f} s on {count_text(node.machine.cores, 'core')} beside Linux"
        if record["vcpus"]:
            denied, dropped = (sum(vcpu[name] for vcpu in record["vcpus"]) for name in ("denied", "dropped"))
            yield exits_text(record)
            yield f"refused accesses: {denied}, dropped interrupts: {dropped}"
            yield f"isolated by a hypervisor under each core: {node.isolation}"


def wall_lines(node, receiver, console):
    if hasattr(node, "kind"):
        yield from host_lines(node, receiver)
    if node.isolation == "none":
        yield "not isolated: the kernel ran on the bare machine"
    if node.isolation == "none" or hasattr(node, "kind"):
        return
    job = node.job or next(vm for vm in node.vms if vm.role == "secondary")
    yield from job_lines(job, vm_record(job.id, receiver.reports))
    walls = re.findall(rf"hv: (VM {job.id}: .*stage 2.*)", console)
    yield from (f"isolated by the hypervisor at EL2: {wall}" for wall in walls)


def summary(node, receiver, console):
    """A few lines for the operator."""
    lines = [*wall_lines(node, receiver, console), *call_lines(receiver)]
    return "".join(f"{line}\n" for line in lines)
