# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""VMs that the primary makes at run time: over and over, killed at any moment, resized, moved; nothing is lost by that."""

import pytest
from bulkhead_node import cpio
from bulkhead_node.common import ARM64
from bulkhead_node.emulator import End
from bulkhead_node.job import Job
from bulkhead_node.machine import Machine
from bulkhead_node.node import LWK, PRIMARY_MEMORY, VM, Node, require
from support import PROGRAMS

MIB = 1 << 20
JOBS = {
    "cycles": ["hello"],
    "kills": ["hello"],
    "resizes": ["resized", "128", "48", "96", "36"],
    "resize_kills": ["resized", "1"],
    "moves": ["compute", "400"],
    "floods": ["hello"],
    "signals": ["compute", "100000000"],
    "errors": ["hello"],
}


def make_vms(log_dir, script, count, seed=1, cores=2, gic=3, timeout=150):
    argv = [str(PROGRAMS / JOBS[script][0]), *JOBS[script][1:]]
    tree = [
        cpio.program("init", (PROGRAMS / "vm_maker.musl").read_bytes()),
        cpio.program("lwk.img", require(LWK).read_bytes()),
        cpio.program("flood.img", require(ARM64 / "guest/dead/flood.img").read_bytes()),
        cpio.Entry("job.cpio", Job(argv, stdin=b"").ramdisk(32 * MIB)),
        cpio.Entry("script", f"{script} {count} {seed}\n".encode()),
    ]
    primary = VM(
        1,
        "primary",
        vcpus=cores,
        memory=PRIMARY_MEMORY,
        ramdisk=cpio.archive(tree),
        extra=["bulkhead,memory-rest;"],
    )
    node = Node(Machine(cores=cores, gic=gic, memory=512 * MIB), [primary])
    outcome = node.run(timeout=timeout, log_path=log_dir / "node.log")
    assert outcome.end == End.OFF, outcome.console[-3000:]
    assert "not ok" not in outcome.console, outcome.console[-3000:]
    assert "done" in outcome.console, outcome.console[-3000:]
    return outcome


@pytest.mark.parametrize("gic", [2, 3])
def test_cycles(log_dir, gic):
    make_vms(log_dir, "cycles", 25, seed=gic, gic=gic)


def test_killed_at_any_moment(log_dir):
    make_vms(log_dir, "kills", 40, cores=3)


def test_memory_changes_while_they_run(log_dir):
    make_vms(log_dir, "resizes", 1)


def test_killed_while_memory_changes(log_dir):
    make_vms(log_dir, "resize_kills", 12)


def test_signals_while_they_boot(log_dir):
    make_vms(log_dir, "signals", 20)


def test_moved_while_they_run(log_dir):
    make_vms(log_dir, "moves", 60, cores=3)


def test_flood_of_answers(log_dir):
    """With two vCPUs of the primary, one of which runs the VM that floods."""
    make_vms(log_dir, "floods", 4)


def test_wrong_requests(log_dir):
    make_vms(log_dir, "errors", 1)
