# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""--watchdog: threads that wait for each other, and a core that hangs, are told instead of hanging until the time limit."""

import re
import socket
import threading
import time

import pytest
from bulkhead_node.common import MIB
from bulkhead_node.job import Job
from bulkhead_node.machine import Machine
from bulkhead_node.node import LWK, VM, Node
from support import PROGRAMS, wait_for

BOTH = pytest.mark.parametrize("isolation", ["full", "none"])
IMAGE_BASE = 0xFFFFFFFF80000000  # lwk/arch/arm64/include/arch/layout.h
BRANCH_TO_SELF = (0x14000000).to_bytes(4, "little")
REGISTER_PC, REGISTER_PSTATE = 0x20, 0x21  # of the debugger's protocol
EL1_MASKED = 0x3C5


def run(node, isolation, *argv, watchdog="2", **settings):
    options = ["--isolation", isolation, "--cpus", "4", "--timeout", "140"]
    if watchdog:
        options += ["--watchdog", watchdog]
    return node(PROGRAMS / "deadlock", *argv, options=options, **settings)


@BOTH
def test_deadlock_is_told(node, isolation):
    result = run(node, isolation)
    assert result.status == 70, result
    text = result.stderr.decode()
    assert "node: The watchdog ended the node, which made no progress:\n" in text
    assert "all 4 threads wait and nothing can wake them" in text
    assert text.count("(deadlock) of process 2") == 3 and text.count("waits for the futex at 0x") == 3, text
    assert text.count("waits for a child") == 1, text


@BOTH
def test_who_waits_for_time_or_input_is_left_alone(node, isolation):
    result = run(node, isolation, "sleep", watchdog="1")
    assert (result.status, result.stdout) == (0, b"both went on\n"), result
    result = run(node, isolation, "input", watchdog="1", stdin=b"x", late=True)
    assert (result.status, result.stdout) == (3, b"input came\n"), result


def test_wrong_values(node):
    for value in ("0", "-1", "x", "86401"):
        assert run(node, "none", watchdog=value).status == 64


class DebuggedNode(Node):
    """Its emulator listens for a debugger."""

    def __init__(self, path, *args, **settings):
        super().__init__(*args, **settings)
        self.path = path

    def command(self, directory):
        return [*super().command(directory), "-gdb", f"unix:{self.path},server=on,wait=off"]


class Debugger:
    """As much of the debugger's protocol as it takes to send a core elsewhere."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self.received = b""

    def packet(self):
        while not (match := re.search(rb"\$([^#]*)#..", self.received, re.DOTALL)):
            assert (data := self.socket.recv(4096)), "the emulator hung up"
            self.received += data
        self.received = self.received[match.end() :]
        self.socket.sendall(b"+")
        return match[1]

    def ask(self, text):
        data = text.encode()
        self.socket.sendall(b"$%s#%02x" % (data, sum(data) % 256))
        while (answer := self.packet()).startswith(b"T"):  # that the machine stands is told at any time, unasked
            pass
        return answer

    def hang(self, core, address):
        """The core executes one branch to itself with interrupts masked. The machine stands since the debugger came."""
        self.ask("qXfer:features:read:target.xml:0,ffb")  # without it the emulator lets no register be written
        assert self.ask(f"Hg{core + 1:x}") == b"OK"
        assert self.ask(f"P{REGISTER_PSTATE:x}={EL1_MASKED.to_bytes(4, 'little').hex()}") == b"OK"
        assert self.ask(f"P{REGISTER_PC:x}={address.to_bytes(8, 'little').hex()}") == b"OK"
        assert self.ask("D") == b"OK"  # detach: it goes on


def hang_when_booted(log, path, address):
    wait_for(lambda: log.exists() and "phase 5" in log.read_text(errors="replace"), 100, "the boot")
    time.sleep(0.5)  # core 1 has nothing to do but to wait
    Debugger(path).hang(1, address)


def test_core_that_hangs_is_told(log_dir, tmp_path):
    path, log = tmp_path / "debugger", log_dir / "node.log"
    ramdisk = Job([str(PROGRAMS / "deadlock"), "input"], [], {}, announce=True).ramdisk(256 * MIB)
    machine = Machine("virt", "neoverse-n1", 2, 3)
    node = DebuggedNode(path, machine, [VM(2, vcpus=2, ramdisk=ramdisk, bootargs="watchdog=4")], "none")
    address = IMAGE_BASE + LWK.read_bytes().index(BRANCH_TO_SELF)
    debugger = threading.Thread(target=hang_when_booted, args=(log, path, address))
    debugger.start()
    outcome = node.run(timeout=140, log_path=log)
    debugger.join()
    assert "watchdog: core 1 has taken no interrupt for" in outcome.console
    assert "watchdog: core 1 runs thread" in outcome.console
    assert "watchdog: core 1 was last seen at pc 0xffffffff8" in outcome.console
    assert "watchdog: core 0" not in outcome.console
