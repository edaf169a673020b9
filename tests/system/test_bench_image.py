# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The LWK as a co-kernel on a machine without Linux: what it does by itself, and what it does when cores, memory and regions go and come."""

import re

import pytest
from bulkhead_node import bench_image
from bulkhead_node.bench_image import BenchImage
from bulkhead_node.common import X86
from bulkhead_node.job import Job
from bulkhead_node.wire import Channel

PROGRAMS = X86 / "programs"
STREAM = X86.parent / "native/bench/stream"
LIMIT = 300


def run(*argv, **settings):
    return BenchImage(Job([str(word) for word in argv]), **settings).run(timeout=LIMIT)


def exit_status(outcome):
    return int.from_bytes(outcome.stream(0, Channel.EXIT), "little") >> 8


def test_hello():
    outcome = run(PROGRAMS / "hello")
    assert outcome.status == bench_image.STATUS_OFF, outcome.console
    assert exit_status(outcome) == 0 and outcome.stream(0, Channel.STDOUT) == b"hello, world\n"
    assert outcome.stream(0, Channel.STDERR) == b"hello, stderr\n"
    for phase in range(1, 6):
        assert f"phase {phase}:" in outcome.console


def test_all_goes_and_comes():
    """A threaded program goes on, with right results, while its cores and memory change."""
    outcome = run(STREAM, "1000000", "5", cores=3, exercise=True)
    assert outcome.status == bench_image.STATUS_OFF, outcome.console
    assert exit_status(outcome) == 0, outcome
    assert b"Solution Validates" in outcome.stream(0, Channel.STDOUT)
    line = re.search(r"exercise: (\d+) cores, (\d+) units and (\d+) regions went and came, 0 and 0 were refused", outcome.console)
    assert line and all(int(count) > 0 for count in line.groups()), outcome.console


@pytest.mark.parametrize("cpu", ["EPYC,-pdpe1gb", "EPYC,-smap,-smep,-fsgsbase,-rdtscp", "max"])
def test_processors(cpu):
    outcome = run(PROGRAMS / "threads_calls", cores=2, cpu=cpu)
    assert outcome.status == bench_image.STATUS_OFF and exit_status(outcome) == 0, outcome.console


@pytest.mark.parametrize("cpu", ["EPYC", "EPYC,-avx,-avx2"])
def test_registers(cpu):
    """Those of vectors and floating point are a thread's own."""
    outcome = run(PROGRAMS / "vectors", cores=2, cpu=cpu)
    assert outcome.status == bench_image.STATUS_OFF and exit_status(outcome) == 0, outcome.console
    output = outcome.stream(0, Channel.STDOUT)
    assert output.count(b": yes\n") == 10 and b": NO" not in output, output


def test_panic():
    """An init that ends is a panic, with a report."""
    outcome = run(PROGRAMS / "hello", init=PROGRAMS / "hello")
    assert outcome.status == bench_image.STATUS_PANIC
    assert outcome.console.count("init ended with status") == 2, outcome.console


def test_panic_before_anything():
    """A processor that this kernel cannot use: said in the report, which is all there is by then."""
    outcome = run(PROGRAMS / "hello", cpu="EPYC,-xsave")
    assert outcome.status == bench_image.STATUS_PANIC and "no XSAVE" in outcome.console
