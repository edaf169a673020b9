# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Output of the benchmarks (docs/benchmarks.md) less what depends on the run, for comparing runs with each other."""

import re

from bulkhead_node.common import ARM64

# name -> the program's arguments: a size that takes little time; "ep" and "cg" have no smaller class than S
SMALL = {
    "stream": ["20000", "3"],
    "gups": ["16"],
    "selfish": ["--seconds", "0.05"],
    "ep": ["S"],
    "cg": ["S"],
}
# labels of lines with times, rates, and what depends on the order in which threads come to memory
MEASURED = (
    "Clock granularity", "Copy:", "Scale:", "Add:", "Triad:",  # STREAM
    "Time:", "Rate:", "Errors:",
    "Counter:", "Loop:", "Threshold:", "Thread ", "Detours:", "Lost:", "Shortest:", "Median:", "Longest:",  # selfish
)  # fmt: skip
HISTOGRAM = re.compile(r" *\d+ +\d+ +\d+ #*")
THREADS = re.compile(r"(?:Threads:|Number of Threads counted =) (\d+)")


def command(name):
    return [ARM64 / "bench" / name, *SMALL[name]]


def threads(text):
    """How many threads the program says it had."""
    (count,) = THREADS.findall(text)
    return int(count)


def stable(text):
    """What has to be the same in every run of the program with these arguments, for any number of threads."""
    lines = [line for line in text.splitlines() if not line.startswith(MEASURED)]
    return [line for line in lines if not HISTOGRAM.fullmatch(line) and not THREADS.match(line)]
