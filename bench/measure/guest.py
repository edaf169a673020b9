# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Nodes whose primary and secondaries are the bench guest (bench/guest), and what its lines say."""

import re
from dataclasses import dataclass

from bulkhead_node.common import BLOCK, GIB, MIB, UsageError
from bulkhead_node.emulator import End
from bulkhead_node.machine import Machine
from bulkhead_node.node import VM, Node

PRIMARY = 4 * MIB
RESERVED = 192 * MIB  # what the emulator and the hypervisor take before the VMs'
VM_EXTRA = 4 * MIB  # tables of a VM, its region, alignment
TIMEOUT = 100
# the emulator's, on the console's file descriptor, perhaps in the midst of a line
WARNING = "qemu-system-aarch64: warning: icount sleep disabled and no active timers\n"


@dataclass
class Setting:
    """A machine and the bench to run on it."""

    test: str
    secondaries: int
    cpu: str = "neoverse-n1"
    gic: int = 3
    cores: int = 1
    memory: int = BLOCK  # of each secondary
    bootargs: str = ""
    command: tuple = ()  # more words of the emulator's command line


class BenchNode(Node):
    """Adds to the emulator's command line."""

    more = ()

    def command(self, directory):
        return [*super().command(directory), *self.more]


class Said:
    """The lines of one run: `loop NAME ROUNDS TICKS`, `exits NAME REASON=N...`, `image VM ADDRESS` and others."""

    def __init__(self, console):
        lines = console.replace(WARNING, "").splitlines()
        self.lines = [line.split() for line in lines if re.match(r"[a-z]+ [a-z0-9_]+( |$)", line)]

    def of(self, kind):
        """Words behind `kind`, line by line."""
        return [words[1:] for words in self.lines if words[0] == kind]

    def one(self, kind, name):
        found = [words[1:] for words in self.of(kind) if words[0] == name]
        if not found:
            raise UsageError(f"The bench guest did not say '{kind} {name}'.")
        return found[-1]

    def exits(self, name):
        """All lines of this name, in order: reason -> count."""
        pairs = [words[1:] for words in self.of("exits") if words[0] == name]
        return [{reason: int(count) for reason, count in (word.split("=") for word in words)} for words in pairs]

    def bases(self):
        return {int(vm): int(base, 16) for vm, base in self.of("image")}


def run(images, setting, log_path):
    """Runs the bench guest to its end."""
    machine = Machine(cpu=setting.cpu, gic=setting.gic, cores=setting.cores, deterministic=True)
    machine.memory = RESERVED + PRIMARY + setting.secondaries * (setting.memory + VM_EXTRA)
    if setting.memory >= GIB:
        machine.memory += GIB  # for blocks of 1 GiB, which are aligned
    # no VM has a ramdisk; the manifest wants one
    bootargs = f"test={setting.test} {setting.bootargs}"
    vms = [VM(1, "primary", setting.cores, PRIMARY, images.guest, b"-", bootargs)]
    for number in range(2, setting.secondaries + 2):
        vms.append(VM(number, memory=setting.memory, image=images.guest, ramdisk=b"-"))
    node = BenchNode(machine, vms, kernel=images.hypervisor)
    node.more = setting.command
    outcome = node.run(TIMEOUT, log_path=log_path)
    said = Said(outcome.console)
    if outcome.end != End.OFF or ["done", "0", "passed", "0", "failed"] not in said.lines:
        raise UsageError(f"The bench guest did not reach its end ({outcome.end.value}); see {log_path}.")
    return said
