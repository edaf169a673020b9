# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The hypervisor under a co-kernel's cores, on a machine without Linux: what it lets through, what it refuses, what ends the enclave.

Attacks are tests/guest/x86/tiny/attack.c's.
"""

import re
from itertools import combinations

import pytest
from bulkhead_node import bench_image
from bulkhead_node.bench_image import BenchImage
from bulkhead_node.common import X86
from bulkhead_node.job import Job
from bulkhead_node.wire import Channel

PROGRAMS = X86 / "programs"
TINY = X86 / "guest/tiny.img"
STREAM = X86.parent / "native/bench/stream"
LIMIT = 300
FEATURES = ("mem", "msr", "io", "ipi", "abort")
SUBSETS = [",".join(names) for count in range(2, 5) for names in combinations(FEATURES, count)]


def run(*argv, **settings):
    return BenchImage(Job([str(word) for word in argv]), **settings).run(timeout=LIMIT)


def attack(words, isolation="full", **settings):
    return run(PROGRAMS / "hello", image=TINY, isolation=isolation, parameters=f"attack {words}", **settings)


def check_hello(outcome):
    assert outcome.status == bench_image.STATUS_OFF, outcome.console
    assert outcome.stream(0, Channel.STDOUT) == b"hello, world\n"
    assert "denied 0 dropped 0 nmis 0" in outcome.console


@pytest.mark.parametrize("isolation", ["virt", *FEATURES, "full"])
def test_hello(isolation):
    check_hello(run(PROGRAMS / "hello", isolation=isolation))


@pytest.mark.parametrize("isolation", SUBSETS)
def test_subsets(isolation):
    check_hello(run(PROGRAMS / "hello", isolation=isolation))


def test_threads():
    outcome = run(PROGRAMS / "threads_calls", cores=3, isolation="full")
    assert outcome.status == bench_image.STATUS_OFF, outcome.console
    assert "dropped 0" in outcome.console


def test_all_goes_and_comes():
    """Memory, cores and a region change under a protected co-kernel: what it gets is mapped before, what it loses is flushed."""
    outcome = run(STREAM, "1000000", "5", cores=3, exercise=True, isolation="full")
    assert outcome.status == bench_image.STATUS_OFF, outcome.console
    assert b"Solution Validates" in outcome.stream(0, Channel.STDOUT)
    line = re.search(r"exercise: (\d+) cores, (\d+) units and (\d+) regions went and came, 0 and 0 were refused", outcome.console)
    assert line and all(int(count) > 0 for count in line.groups()), outcome.console


@pytest.mark.parametrize(
    "words, cause, address",
    [
        ("read 100000", "memory_read", 0x100000),
        ("write 100000 1", "memory_write", 0x100000),
        ("exec 100000", "memory_exec", 0x100000),
        ("read fec00000", "memory_read", 0xFEC00000),  # the IO-APIC
        ("write b8000 1", "memory_write", 0xB8000),
        ("idt 0", "abort", None),
        ("stack 0", "abort", None),
        ("in 64", "port", 0x64),
        ("out cf9 6", "port", 0xCF9),
        ("out 3f8 41", "port", 0x3F8),
    ],
)
def test_ends_the_enclave(words, cause, address):
    outcome = attack(words)
    assert outcome.status == bench_image.STATUS_FAULT, outcome.console
    line = re.search(r"fault: (\w+) address 0x(\w+) core 0 pc 0x(\w+)", outcome.console)
    assert line and line[1] == cause, outcome.console
    assert address is None or int(line[2], 16) == address
    assert "nothing stopped it" not in outcome.console


@pytest.mark.parametrize(
    "words, vector",
    [
        *((words, 13) for words in ("wrmsr 1b 0", "wrmsr 10 0", "wrmsr c0000080 1d01", "wrmsr c0000080 0", "rdmsr c0010117", "wrmsr c0010117 0")),
        *((words, 6) for words in ("vmrun", "vmload 1000", "vmsave 1000", "stgi", "clgi", "skinit", "invlpga", "vmmcall", "rsm")),
    ],
)
def test_refused(words, vector):
    """As on a processor that does not have it; the enclave goes on."""
    outcome = attack(words, isolation="virt")
    assert outcome.status == bench_image.STATUS_OFF, outcome.console
    assert f"tiny: exception {vector}\n" in outcome.console, outcome.console
    if words != "vmmcall":
        assert "denied 1 " in outcome.console


@pytest.mark.parametrize("words", ["loop", "debug"])
def test_stopped(words):
    """Whatever the co-kernel does: the command gets through."""
    outcome = attack(words, isolation="virt", stop=2000)
    assert outcome.status == bench_image.STATUS_FAULT and "2 of 2 commands" in outcome.console, outcome.console


def test_nothing_is_hidden_without_protection():
    """The attacks are real: bare, what is not the enclave's is read and written."""
    outcome = attack("read 100000", isolation="none")
    assert outcome.status == bench_image.STATUS_OFF and "nothing stopped it" in outcome.console, outcome.console
