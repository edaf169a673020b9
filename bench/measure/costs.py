# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the LWK's services cost a program (bench/costs), natively and isolated, and the same binary on Debian's kernel."""

import re

from bulkhead_node.common import ARM64, UsageError

from . import jobs
from .figures import TICK

PROGRAM = ARM64 / "bench/costs"
MEMORY = "2G"  # for a mapping of 1 GiB
AIMS = {"null": 150, "futex_wake": 200, "clock_gettime": 40}
TEXTS = {
    "null": "null system call (getpid)",
    "futex_wake": "futex wake without waiters",
    "clock_gettime": "clock_gettime of the C library, by the vDSO",
    "handoff": "futex hand-off between two threads of a core",
    "thread": "thread create and join, by the C library",
    "touch_page": "a page of a reservation touched for the first time",
    "map_page": "mmap, touch and munmap of one page",
    "reserve_1g": "mmap and munmap of 1 GiB that is not touched",
    "map_1g": "mmap, touch and munmap of 1 GiB in large pages",
}
HOW = (
    "bench/costs in ./node run --deterministic (tools/linux-run for Debian's kernel) with 1 core: each service in a loop between "
    "two reads of CNTVCT_EL0, less the same loop without it; user, kernel and hypervisor together. Linux as Debian configures it, "
    "with large pages where the program asks for them (madvise)"
)
BLIND = (
    "time: clearing memory counts as one DC ZVA for each 64 bytes; caches, TLB misses, barriers and exception entries count as "
    "one instruction or none"
)


def figures_of(stdout):
    """Figure -> instructions an operation."""
    failed = re.search(r"^failed (.*)$", stdout, re.MULTILINE)
    if failed:
        raise UsageError(f"bench/costs: {failed[1]}")
    lines = re.findall(r"^cost (\w+) (\d+) (\d+) (\d+)$", stdout, re.MULTILINE)
    return {name: round(TICK * (int(ticks) - int(empty)) / int(count), 1) for name, count, ticks, empty in lines}


def run(log_dir, system, *names):
    """The figures called `names`, or all, on one system; and the job."""
    done = jobs.run(log_dir, "costs", system, [PROGRAM, *names], ["--memory", MEMORY])
    return figures_of(done.stdout), done


def measure(log_dir):
    systems = {system: run(log_dir, system) for system in jobs.SYSTEMS}
    rows = {}
    for name, text in TEXTS.items():
        row = {"text": text, **{system: counted[name] for system, (counted, _) in systems.items()}}
        if name in AIMS:
            row |= {"aim": AIMS[name], "met": max(row["native"], row["isolated"]) <= AIMS[name]}
        rows[name] = row
    return {"figures": rows, "exits_of_the_vm": systems["isolated"][1].exits(), "how": HOW, "blind": BLIND}
