# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The hypervisor under a co-kernel's cores, on a machine without Linux: what it lets through, what it refuses, what ends the enclave.

Attacks are tests/guest/x86/tiny/attack.c's. Here are those of the floor, and of x2APIC; those beside Linux are test_cokernel_module.py's.
"""

import re

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
QUIET = "mem,msr,io,abort"


def run(*argv, **settings):
    return BenchImage(Job([str(word) for word in argv]), **settings).run(timeout=LIMIT)


def attack(*words, isolation="full", **settings):
    """One after the other, until it ends."""
    return run(PROGRAMS / "hello", image=TINY, isolation=isolation, parameters=f"attack {';'.join(words)}", **settings)


def answers(outcome):
    return re.findall(r"^tiny: (exception \d+|nothing stopped it: \w+)$", outcome.console, re.M)


def check_hello(outcome):
    assert outcome.status == bench_image.STATUS_OFF, outcome.console
    assert outcome.stream(0, Channel.STDOUT) == b"hello, world\n"
    assert "denied 0 dropped 0 nmis 0" in outcome.console


@pytest.mark.parametrize("isolation", ["virt", "full"])
def test_hello(isolation):
    check_hello(run(PROGRAMS / "hello", isolation=isolation))


def test_threads():
    outcome = run(PROGRAMS / "threads_calls", cores=3, isolation="full")
    assert outcome.status == bench_image.STATUS_OFF, outcome.console
    assert "dropped 0" in outcome.console


@pytest.mark.parametrize("isolation", ["full", QUIET])
def test_all_goes_and_comes(isolation):
    """Memory, cores and a region change under a protected co-kernel: what it gets is mapped before, what it loses is flushed. What comes takes no command."""
    outcome = run(STREAM, "1000000", "5", cores=3, exercise=True, isolation=isolation)
    assert outcome.status == bench_image.STATUS_OFF, outcome.console
    assert b"Solution Validates" in outcome.stream(0, Channel.STDOUT)
    line = re.search(r"exercise: (\d+) cores, (\d+) units and (\d+) regions went and came, 0 and 0 were refused", outcome.console)
    assert line and all(int(count) > 0 for count in line.groups()), outcome.console
    exits = re.search(r"^exercise: memory came with (\d+) exits and 0 commands$", outcome.console, re.M)
    assert exits, outcome.console
    if isolation == QUIET:  # else its answers are exits, in xAPIC mode
        assert exits[1] == "0"


@pytest.mark.parametrize(
    "words, cause, address",
    [
        ("write 100000 1", "memory_write", 0x100000),
        ("stack 0", "abort", None),
        ("out cf9 6", "port", 0xCF9),
    ],
)
def test_ends_the_enclave(words, cause, address):
    outcome = attack(words)
    assert outcome.status == bench_image.STATUS_FAULT, outcome.console
    line = re.search(r"fault: (\w+) address 0x(\w+) core 0 pc 0x(\w+)", outcome.console)
    assert line and line[1] == cause, outcome.console
    assert address is None or int(line[2], 16) == address
    assert "nothing stopped it" not in outcome.console


def test_refused():
    """By the floor, as on a processor that does not have it; the enclave goes on."""
    registers = ["wrmsr 1b 0", "wrmsr 10 0", "wrmsr c0000080 1d01", "wrmsr c0000080 0", "rdmsr c0010117", "wrmsr c0010117 0"]
    instructions = ["vmrun", "vmload 1000", "vmsave 1000", "stgi", "clgi", "skinit", "invlpga", "rsm", "vmmcall"]
    outcome = attack(*registers, *instructions, isolation="virt")
    assert outcome.status == bench_image.STATUS_OFF, outcome.console
    assert answers(outcome) == ["exception 13"] * len(registers) + ["exception 6"] * len(instructions), outcome.console
    assert f"denied {len(registers) + len(instructions)} " in outcome.console, outcome.console


@pytest.mark.parametrize("words", ["loop", "debug"])
def test_stopped(words):
    """Whatever the co-kernel does: the command gets through."""
    outcome = attack(words, isolation="virt", stop=2000)
    assert outcome.status == bench_image.STATUS_FAULT and "2 of 2 commands" in outcome.console, outcome.console


@pytest.mark.parametrize("isolation", ["ipi", "full"])
def test_hello_vmx(isolation):
    """The other back end, in Bochs, whose cores have their interrupt controllers in x2APIC mode."""
    outcome = run(PROGRAMS / "hello", isolation=isolation, bochs=True)
    assert outcome.stream(0, Channel.STDOUT) == b"hello, world\n", outcome.console
    assert "denied 0 dropped 0 nmis 0" in outcome.console


def test_refused_vmx():
    """Registers of x2APIC among them; then one that ends it."""
    wanted = {
        **dict.fromkeys(["rdmsr 480", "wrmsr 1b 0", "cr4 2000", "xsetbv 0 2"], "exception 13"),
        **dict.fromkeys(["apic 20 1", "apic d0 1", "apic 350 700", "apic 360 400"], "exception 13"),
        **dict.fromkeys(["vmxon", "vmcall"], "exception 6"),
        **dict.fromkeys(["invd", "ipi 0 41", "ipi 1 4400", "ipi ffffffff 40f0", "ipi 0 c4080"], "nothing stopped it: 0"),
        "cr0 20": "nothing stopped it: 80010031",
        "step": "exception 1",
    }
    outcome = attack(*wanted, "out cf9 6", bochs=True)
    assert answers(outcome) == list(wanted.values()), outcome.console
    assert "fault: port address 0xcf9 " in outcome.console and "dropped 4 " in outcome.console and " cache 1" in outcome.console, outcome.console


def test_stopped_vmx():
    assert "2 of 2 commands" in attack("debug", isolation="virt", stop=100, bochs=True).console


def test_nothing_is_hidden_without_protection():
    """The attacks are real: bare, what is not the enclave's is read and written."""
    outcome = attack("read 100000", isolation="none")
    assert outcome.status == bench_image.STATUS_OFF and "nothing stopped it" in outcome.console, outcome.console


@pytest.mark.parametrize(
    "elements, settings", [(1_000_000, {"isolation": QUIET, "stop": 6000}), (100_000, {"isolation": "full", "bochs": True, "stop": 2000})], ids=["svm", "vmx"]
)
def test_compute_bound_programs_do_not_exit(elements, settings):
    """After it has begun: while it computes, its timer's interrupts come, and the host sends it others. In x2APIC mode not with `ipi` either."""
    outcome = run(STREAM, elements, "1000", probe=True, parameters="tick=100", **settings)
    assert re.search(r"^100 interrupts taken, 0 exits since$", outcome.console, re.M), outcome.console


def test_outgoing_interrupt_is_one_exit():
    """In x2APIC mode: as many more as were sent more."""
    exits = [int(re.search(r" msr (\d+)", attack(f"ring {count:x}", bochs=True).console)[1]) for count in (8, 1008)]
    assert exits[1] - exits[0] == 1000


def test_own_interrupts_pass():
    """To itself, and the doorbell; and many doorbells become few."""
    outcome = attack("ipi 1 e1", "ipi 0 40", "ring 1000")
    assert outcome.status == bench_image.STATUS_OFF and "dropped 0 " in outcome.console, outcome.console
    assert int(re.search(r"pending (\d+)", outcome.console)[1]) > 100, outcome.console
