# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a node's memory tells once it has stopped: the hypervisor's log (include/bulkhead/log.h), read by the emulator's QMP."""

import contextlib
import json
import os
import socket
import struct
import time
from pathlib import Path

from .common import BLOCK, MIB

RAM_BASE = 0x40000000  # of the board virt
SEARCHED = 256 * MIB  # the hypervisor takes its own memory first
REGION = 64 << 10
HEADER = struct.Struct("<IIQ")  # size, magic, written
MAGIC = 0x474F4C42


class Closed(Exception):
    """The emulator is gone."""


class Monitor:
    """The emulator's QMP over a socket; the emulator keeps a machine that turned off until it is told to quit."""

    def __init__(self, directory):
        self.path = Path(directory) / "qmp"
        self.socket = None
        self.lines = None
        self.asked = 0
        self.in_time = True
        self.reason = None  # why the machine has turned off, in the emulator's words

    def options(self):
        return ["-qmp", f"unix:{self.path},server=on,wait=off", "-action", "shutdown=pause"]

    def connect(self, process):
        """To the emulator that has just been started; Closed when it has ended."""
        self.socket = socket.socket(socket.AF_UNIX)
        while True:
            with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
                self.socket.connect(str(self.path))
                break
            if process.poll() is not None:
                raise Closed
            time.sleep(0.01)
        self.lines = self.socket.makefile("r")
        self.receive()
        self.command("qmp_capabilities")

    def receive(self):
        line = self.lines.readline()
        if not line:
            raise Closed
        return json.loads(line)

    def command(self, name, **arguments):
        self.asked += 1
        self.socket.sendall(json.dumps({"execute": name, "arguments": arguments, "id": self.asked}).encode())
        answer = self.receive()
        while answer.get("id") != self.asked:
            answer = self.receive()
        return answer.get("return")

    def wait_for_stop(self):
        """Until the machine has turned off (True) or give_up was called; Closed when the emulator has ended."""
        event = self.receive()
        while event.get("event") not in ("SHUTDOWN", "STOP"):
            event = self.receive()
        if event["event"] == "SHUTDOWN" and not event["data"]["guest"]:
            raise Closed  # told to quit
        self.reason = event.get("data", {}).get("reason")
        return self.in_time

    def give_up(self):
        """From another thread: the machine is stopped where it is."""
        self.in_time = False
        self.socket.sendall(b'{"execute": "stop"}')

    def memory(self, address, size):
        file = self.path.with_suffix(".memory")
        self.command("pmemsave", val=address, size=size, filename=str(file))
        data = file.read_bytes()
        os.unlink(file)
        return data


def log_text(region):
    """The text of the ring in its order."""
    size, _, written = HEADER.unpack_from(region)
    ring = region[HEADER.size : HEADER.size + size]
    if written <= size:
        return ring[:written]
    at = written % size
    return ring[at:] + ring[:at]


def hypervisor_log(monitor, memory):
    """The hypervisor's log as text; empty when there is none, in a machine with `memory` bytes."""
    for address in range(RAM_BASE, RAM_BASE + min(memory, SEARCHED), BLOCK):
        size, magic, _ = HEADER.unpack(monitor.memory(address, HEADER.size))
        if magic == MAGIC and size == REGION // 2:
            return log_text(monitor.memory(address, REGION)).decode(errors="replace")
    return ""
