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


@pytest.mark.parametrize("isolation", ["virt", *FEATURES, "full"])
def test_hello_vmx(isolation):
    """The other back end, in Bochs, whose cores have their interrupt controllers in x2APIC mode."""
    outcome = run(PROGRAMS / "hello", isolation=isolation, bochs=True)
    assert outcome.stream(0, Channel.STDOUT) == b"hello, world\n", outcome.console
    assert "denied 0 dropped 0 nmis 0" in outcome.console


@pytest.mark.parametrize(
    "words, said",
    [
        ("read 100000", "fault: memory_read address 0x100000 "),
        ("write 100000 1", "fault: memory_write address 0x100000 "),
        ("exec 100000", "fault: memory_exec address 0x100000 "),
        ("idt 0", "fault: abort "),
        ("out cf9 6", "fault: port address 0xcf9 "),
        ("wrmsr 1b 0", "exception 13"),
        ("rdmsr 480", "exception 13"),
        ("cr4 2000", "exception 13"),
        ("xsetbv 0 2", "exception 13"),
        ("vmxon", "exception 6"),
        ("vmcall", "exception 6"),
        ("cr0 20", "nothing stopped it: 80010031"),
        ("invd", "cache 1"),
        ("step", "exception 1"),
        ("ipi 0 41", "dropped 1 "),
        ("ipi 1 4400", "dropped 1 "),
        ("apic 350 700", "exception 13"),
    ],
)
def test_attacks_vmx(words, said):
    assert said in attack(words, bochs=True).console


@pytest.mark.parametrize("words", ["loop", "debug", "halt"])
def test_stopped_vmx(words):
    assert "2 of 2 commands" in attack(words, isolation="virt", stop=100, bochs=True).console


def test_nothing_is_hidden_without_protection():
    """The attacks are real: bare, what is not the enclave's is read and written."""
    outcome = attack("read 100000", isolation="none")
    assert outcome.status == bench_image.STATUS_OFF and "nothing stopped it" in outcome.console, outcome.console


def exits_of(outcome):
    assert outcome.status == bench_image.STATUS_OFF, outcome.console
    return re.findall(r"^exits of core \d+: .*$", outcome.console, re.M)


def test_compute_bound_programs_do_not_exit():
    """As many exits with ten times the work: those of the boot."""
    runs = [exits_of(run(STREAM, "100000", count, cores=2, isolation="mem,msr,io,abort")) for count in ("3", "30")]
    assert runs[0] and runs[0] == runs[1]


@pytest.mark.parametrize("words", ["ipi 0 41", "ipi 0 4400", "ipi 0 4500", "ipi 0 600", "ipi ff 40", "ipi 0 c4050", "ipi 0 80040"])
def test_interrupts_to_others_are_dropped(words):
    outcome = attack(words)
    assert outcome.status == bench_image.STATUS_OFF and "dropped 1 " in outcome.console, outcome.console


@pytest.mark.parametrize("words", ["apic 20 0", "apic d0 0", "apic 350 700", "apic 360 400", "apic 352 0"])
def test_registers_of_the_interrupt_controller(words):
    outcome = attack(words)
    assert outcome.status == bench_image.STATUS_OFF and "denied 1 " in outcome.console, outcome.console


def test_own_interrupts_pass():
    """To itself, and the doorbell; and many doorbells become few."""
    for words in ("ipi 1 e1", "ipi 0 40"):
        outcome = attack(words)
        assert outcome.status == bench_image.STATUS_OFF and "dropped 0 " in outcome.console, outcome.console
    outcome = attack("ring 1000")
    assert outcome.status == bench_image.STATUS_OFF and int(re.search(r"pending (\d+)", outcome.console)[1]) > 100, outcome.console
