# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Every benchmark verifies, and prints what it prints on Linux, with fewer, as many and more threads than cores."""

import functools

import benchmarks
import pytest
from support import LinuxRunner

COUNTS = (1, 2, 4)
# emulation of this one takes long, and its threads do not meet but at the end
EP = {("full", 1, 4), ("none", 4, 2), *((isolation, n, n) for isolation in ("full", "none") for n in COUNTS)}
# threads of this one meet a thousand times a second, spinning: on more cores than the build host may have, an emulator that runs
# one core at a time is quicker, if waiting threads sleep
IN_TURNS = ("--deterministic", "--env", "OMP_WAIT_POLICY=passive")
RUNS = [
    (name, isolation, cpus, threads)
    for name in benchmarks.SMALL
    for isolation in ("full", "none")
    for cpus in COUNTS
    for threads in COUNTS
    if name != "ep" or (isolation, cpus, threads) in EP
]


@pytest.fixture(scope="module")
def on_linux(tmp_path_factory):
    """Name -> what the benchmark prints on Debian's kernel, on the same machine."""
    linux = LinuxRunner(tmp_path_factory.mktemp("linux"))

    @functools.cache
    def run(name):
        result = linux(*benchmarks.command(name), options=["--cpus", 2, "--env", "OMP_NUM_THREADS=2"])
        assert result.status == 0, result
        return benchmarks.stable(result.stdout.decode())

    return run


@pytest.mark.parametrize("name, isolation, cpus, threads", RUNS)
def test_benchmark(node, on_linux, name, isolation, cpus, threads):
    options = ["--isolation", isolation, "--cpus", cpus, "--env", f"OMP_NUM_THREADS={threads}"]
    if name == "cg" and min(cpus, threads) > 1 and cpus > 2:
        options += IN_TURNS
    result = node(*benchmarks.command(name), options=options)
    text = result.stdout.decode()
    assert result.status == 0, result
    assert benchmarks.stable(text) == on_linux(name), result
    assert benchmarks.threads(text) == threads
    if name == "gups" and threads == 1:
        assert "\nErrors: 0\n" in text


@pytest.mark.parametrize("isolation", ["full", "none"])
@pytest.mark.parametrize("options, detours", [([], [0]), (["--tick", 100], [99, 100, 101])], ids=["tickless", "tick"])
def test_detours(node, isolation, options, detours):
    """In a second of instructions: none when tickless, else as many as there are ticks."""
    argv = [*benchmarks.command("selfish")[:1], "--seconds", "1", "--spacing", "64", "--threshold", "2"]
    result = node(*argv, options=["--isolation", isolation, "--deterministic", *options])
    assert result.status == 0, result
    (found,) = [line for line in result.stdout.decode().splitlines() if line.startswith("Detours:")]
    assert int(found.split()[1]) in detours, result
