# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""bench/stream isolated and natively: instructions, and what these cannot see, the cost of walking two tables."""

import json
import re
import subprocess

from bulkhead_node.common import ARM64, TREE, UsageError

from .figures import TICK

PROGRAM = ARM64 / "bench/stream-counted"
ELEMENTS, NTIMES = 500_000, 5
KERNELS = ("copy", "scale", "add", "triad")
AIM = 1.001
HOW = (
    "./node run --deterministic with 1 core; the program reads CNTVCT_EL0 around each kernel (bench/count/count.c) and "
    "before and after main; rounds from the second on are added up, as STREAM does"
)
BLIND = "TLB misses and the length of table walks (see nested_walk), caches, memory bandwidth"
WALK_FORMULA = (
    "(n1 + 1) * (n2 + 1) - 1 references, n1 and n2 table levels to the leaf at stage 1 and 2: each of the n1 table "
    "addresses and the final one is translated by n2 more (Bhargava et al., Accelerating Two-Dimensional Page Walks for "
    "Virtualized Systems, ASPLOS 2008); an upper bound, without walk caches. Stage 1 starts at level 0 (the LWK's 48 "
    "bits), stage 2 at level 1 (hv/arm64/regs.h, VTCR_BASE)"
)
STAGE1_LEVELS = {"2 MiB": 3, "4 KiB": 4}
STAGE2_LEVELS = {"1 GiB": 1, "2 MiB": 2, "4 KiB": 3}
STAGE1_USE = (
    "the LWK backs mappings of 2 MiB and more by 2 MiB blocks and their ends by 4 KiB pages (lwk/mm/back.c); by its rules, "
    "not measured"
)


def run_job(log_dir, isolation):
    """Readings of the counter: before main, after it, around the kernels; and the log."""
    log = log_dir / f"stream-{isolation}.log"
    counters = log_dir / f"stream-{isolation}.json"
    command = [TREE / "node", "run", "--deterministic", "--isolation", isolation, "--log", log]
    command += ["--counters", counters, "--", PROGRAM, str(ELEMENTS), str(NTIMES)]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    counted = re.search(r"^counted (.*)$", done.stderr, re.MULTILINE)
    if done.returncode or not counted or "Solution Validates" not in done.stdout:
        raise UsageError(f"stream failed ({isolation}, status {done.returncode}); see {log}: {done.stderr}")
    hz, start, end, *readings = map(int, counted[1].split())
    return {"hz": hz, "start": start, "end": end, "readings": readings, "log": log, "counters": counters}


def kernel_instructions(job):
    """Kernel -> instructions of all rounds but the first. The last readings are a pair for each kernel of each round."""
    readings = job["readings"][-2 * NTIMES * len(KERNELS) :]
    spans = [after - before for before, after in zip(readings[0::2], readings[1::2])]
    return {name: TICK * sum(spans[k + len(KERNELS) :: len(KERNELS)]) for k, name in enumerate(KERNELS)}


def coverage(log, vm=2):
    text = log.read_text(errors="replace")
    found = re.search(rf"VM {vm}: .*stage 2: (\d+) of 1 GiB, (\d+) of 2 MiB, (\d+) of 4 KiB", text)
    if not found:
        raise UsageError(f"The hypervisor does not say how VM {vm} is mapped; see {log}.")
    return dict(zip(STAGE2_LEVELS, map(int, found.groups())))


def references(n1, n2):
    return (n1 + 1) * (n2 + 1) - 1


def nested_walk(covered):
    """References of a walk for each pair of block sizes that is in use."""
    rows = []
    for size1, n1 in STAGE1_LEVELS.items():
        row = {"stage1": size1, "native": n1}
        row |= {f"stage2 {size2}": references(n1, n2) for size2, n2 in STAGE2_LEVELS.items()}
        rows.append(row)
    used = [size for size, count in covered.items() if count]
    return {"references": rows, "stage2_in_use": used, "stage1_in_use": STAGE1_USE, "formula": WALK_FORMULA}


def exits_of(job):
    """Exits of the whole run of VM 2, boot and end of its kernel included."""
    record = json.loads(job["counters"].read_text())
    (vm,) = [vm for vm in record["vms"] if vm["vm"] == 2]
    return {reason: count for reason, count in vm["vcpus"][0]["exits"].items() if count}


def measure(log_dir):
    jobs = {isolation: run_job(log_dir, isolation) for isolation in ("none", "full")}
    kernels = {isolation: kernel_instructions(job) for isolation, job in jobs.items()}
    total = {isolation: sum(values.values()) for isolation, values in kernels.items()}
    whole = {isolation: TICK * (job["end"] - job["start"]) for isolation, job in jobs.items()}
    ratio = total["full"] / total["none"]
    covered = coverage(jobs["full"]["log"])
    return {
        "elements": ELEMENTS,
        "ntimes": NTIMES,
        "kernels": {"native": kernels["none"], "isolated": kernels["full"]},
        "ratio": round(ratio, 7),
        "aim": AIM,
        "met": ratio < AIM,
        "whole_program": {
            "native": whole["none"],
            "isolated": whole["full"],
            "ratio": round(whole["full"] / whole["none"], 7),
        },
        "reset_to_program": {"native": TICK * jobs["none"]["start"], "isolated": TICK * jobs["full"]["start"]},
        "exits_of_the_vm": exits_of(jobs["full"]),
        "stage2_blocks": covered,
        "nested_walk": nested_walk(covered),
        "how": HOW,
        "blind": BLIND,
    }
