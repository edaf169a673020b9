# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""selfish-detour for ten seconds of the guest: how often a core was taken from a program that only computes."""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bulkhead_node.common import ARM64, UsageError

from . import jobs

PROGRAM = ARM64 / "bench/selfish"
SECONDS = 10
TICK_HZ = 100  # of the control
RAW = "detours.txt"
HOW = (
    "bench/selfish --seconds 10 with 1 thread on 1 core, deterministic: an instruction takes 1 ns, so a detour's length is the "
    "number of instructions that were not the program's; a detour is a pair of consecutive reads of CNTVCT_EL0 farther apart than "
    "the threshold. The control is the same kernel with ./node run --tick 100. Debian's kernel as it is configured, tools/linux-run"
)
BLIND = (
    "detours shorter than the threshold, disturbance through caches and memory bandwidth, and firmware or hardware that takes "
    "cores; there is nobody else on the node: neither other VMs' load nor Linux's services"
)


@dataclass
class Run:
    name: str
    text: str
    system: str
    options: tuple = ()
    expected: int | None = None  # detours, give or take one when there are any

    def is_met(self, detours):
        return self.expected is None or abs(detours - self.expected) <= (1 if self.expected else 0)


RUNS = (
    Run("native", "LWK on the bare machine, tickless", "native", (), 0),
    Run("isolated", "LWK in an isolated VM, tickless", "isolated", (), 0),
    Run("native_tick", "control: bare machine, --tick 100", "native", ("--tick", TICK_HZ), SECONDS * TICK_HZ),
    Run("isolated_tick", "control: isolated VM, --tick 100", "isolated", ("--tick", TICK_HZ), SECONDS * TICK_HZ),
    Run("linux", "Debian's kernel on the bare machine, 250 Hz", "linux"),
)


def observe(log_dir, run, seconds=SECONDS):
    """What one run shows; its raw file stays beside the logs."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
        argv = [PROGRAM, "--seconds", seconds, "--raw", RAW]
        name = f"selfish-{run.name}"
        done = jobs.run(log_dir, name, run.system, argv, ["--out", directory, *run.options])
        raw = log_dir / f"{name}.txt"
        shutil.move(Path(directory) / RAW, raw)
    if "Verification: passed" not in done.stdout:
        raise UsageError(f"selfish does not verify; see {done.log}.")
    detours = int(jobs.line_of(done.stdout, r"^Detours: (\d+)$", "selfish")[1])
    threshold = jobs.line_of(done.stdout, r"^Threshold: ([\d.]+) ns$", "selfish")[1]
    lost = jobs.line_of(done.stdout, r"^Lost: ([\d.]+) s", "selfish")[1]
    lengths = dict(re.findall(r"^(Shortest|Median|Longest): (\d+) ns$", done.stdout, re.MULTILINE))
    return {
        "text": run.text,
        "detours": detours,
        "expected": run.expected,
        "met": run.is_met(detours),
        "lost_ns": round(float(lost) * 1e9),
        "lengths_ns": {name.lower(): int(ns) for name, ns in lengths.items()} if detours else {},
        "threshold_ns": float(threshold),
        "raw": str(raw),
        **({"exits_of_the_vm": done.exits()} if run.system == "isolated" else {}),
    }


def summary(observed):
    """Of the runs by name."""
    equal = observed["native"]["detours"] == observed["isolated"]["detours"]
    return {"seconds": SECONDS, "runs": observed, "native_equals_isolated": equal, "how": HOW, "blind": BLIND}
