# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Endurance of a host with an Intel processor, whose emulator is slow: what takes longer than the tests of every change may."""

import re
import subprocess

import benchmarks
import pytest
import test_cokernel_programs as programs
from bulkhead_node import cpio, host
from bulkhead_node.common import GIB, X86
from test_cokernel_module import TROUBLE, boot, check, session
from test_cokernel_vmx import life_cycles
from test_soak_cokernel import SEED

CYCLES = 20
FAULTS = 50
CPUS = 2
LIMIT = 7200
# one boot for all, each benchmark an enclave of its own
RUN = "echo begin {name}; bulkhead run --cpus {cpus} --env OMP_NUM_THREADS={cpus} -- /bench/{words} 2>/tmp/errors; echo end {name} $?\n"


def test_life_cycles(log_dir):
    life_cycles(log_dir, CYCLES, LIMIT)


def test_faults(log_dir):
    """Enclaves that do what they may not, each once."""
    script = f"export CYCLES={FAULTS} SEED={SEED}\n" + session(["endurance"])
    check(boot(log_dir, script, limit=LIMIT, machine="x86-vmx", cores=4, memory=GIB), ["endurance"])


@pytest.mark.parametrize("test", [programs.test_programs, programs.test_runtimes, programs.test_packages])
def test_programs(node, linux, tmp_path, monkeypatch, test):
    """What test_cokernel_programs.py does on the other processor."""
    monkeypatch.setattr(programs, "ON_LWK", ["--machine", "x86-vmx", "--cpus", CPUS, "--memory", "512M", "--timeout", LIMIT])
    monkeypatch.setattr(programs, "LIMIT", LIMIT)
    test(node, linux, *([tmp_path] if test == programs.test_packages else []))


def test_benchmarks(log_dir):
    """Each verifies, and says what it says on the build host."""
    extra = [cpio.directory("bench")]
    session = ""
    for name, arguments in benchmarks.SMALL.items():
        extra.append(cpio.program(f"bench/{name}", (X86 / "bench" / name).read_bytes()))
        session += RUN.format(name=name, cpus=CPUS, words=" ".join([name, *arguments]))
    machine = host.Host("x86-vmx", cores=CPUS + 1, memory=GIB, daemon=True, session=f"{session}dmesg\n", extra=extra)
    console = machine.run(log_dir / "host.log", LIMIT)
    for name, arguments in benchmarks.SMALL.items():
        ours = re.search(rf"^begin {name}\n(.*)^end {name} 0$", console, re.M | re.S)
        assert ours, console[-6000:]
        command = [X86 / "bench" / name, *arguments]
        native = subprocess.run(command, env={"OMP_NUM_THREADS": str(CPUS)}, capture_output=True, text=True, check=True)
        assert benchmarks.stable(ours[1]) == benchmarks.stable(native.stdout), ours[1]
        assert benchmarks.threads(ours[1]) == CPUS, ours[1]
    assert not TROUBLE.search(console[console.rindex("\nend ") :]), console[-6000:]
