# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The benchmarks on one core, isolated and natively, and the same binaries on Debian's kernel: instructions."""

from dataclasses import dataclass

from bulkhead_node.common import ARM64, UsageError

from . import jobs
from .figures import TICK
from .walk import coverage, nested_walk

STREAM_ELEMENTS, STREAM_NTIMES, STREAM_KERNELS = 2_000_000, 10, 4
AIM = 1.001
HOW = (
    "the program linked with bench/count (NAME-counted), one binary on all three, 1 core, deterministic; it reads CNTVCT_EL0 before "
    "and after main (whole) and instead of the clock (timed: what the benchmark itself times). Whatever is executed between "
    "counts: program, kernel, hypervisor, on Linux also init, which carries the output; no core waits. The aim is for the whole"
)
BLIND = (
    "TLB misses and the length of table walks (see nested_walk), caches, memory bandwidth; starting the program, which is before main"
)


@dataclass
class Program:
    name: str
    arguments: tuple
    spans: int = 1  # pairs of readings of the clock, the last ones, that enclose what it times

    @property
    def path(self):
        return ARM64 / f"bench/{self.name}-counted"


PROGRAMS = (
    Program("stream", (STREAM_ELEMENTS, STREAM_NTIMES), STREAM_NTIMES * STREAM_KERNELS),
    Program("gups", (20,)),
    Program("ep", ("S",)),
    Program("cg", ("S",)),
)


def counted(program, done):
    """Instructions of the whole and of what is timed, and from reset to main."""
    words = jobs.line_of(done.stderr, r"^counted (.*)$", program.name)[1]
    if "Verification: passed" not in done.stdout:
        raise UsageError(f"{program.name} does not verify; see {done.log}.")
    _, start, end, *readings = map(int, words.split())
    last = readings[-2 * program.spans :]
    timed = sum(after - before for before, after in zip(last[0::2], last[1::2]))
    return {"whole": TICK * (end - start), "timed": TICK * timed, "reset_to_main": TICK * start}


def ratios(figures, system):
    """To native."""
    return {kind: round(figures[system][kind] / figures["native"][kind], 7) for kind in ("whole", "timed")}


def measure_one(program, log_dir):
    argv = [program.path, *program.arguments]
    done = {system: jobs.run(log_dir, program.name, system, argv) for system in jobs.SYSTEMS}
    figures = {system: counted(program, job) for system, job in done.items()}
    isolated = ratios(figures, "isolated")
    return {
        "arguments": " ".join(map(str, program.arguments)),
        **figures,
        "isolated_to_native": isolated,
        "linux_to_native": ratios(figures, "linux"),
        "aim": AIM,
        "met": isolated["whole"] < AIM,
        "exits_of_the_vm": done["isolated"].exits(),
        "stage2_blocks": coverage(done["isolated"].log),
    }


def measure(log_dir):
    rows = {program.name: measure_one(program, log_dir) for program in PROGRAMS}
    walks = nested_walk(rows["stream"]["stage2_blocks"])
    return {"programs": rows, "nested_walk": walks, "how": HOW, "blind": BLIND}
