# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Nodes whose VMs are the test guest, and what its primary says about them."""

import re
from dataclasses import dataclass

from bulkhead_node.common import ARM64, BLOCK, KIB, MIB
from bulkhead_node.machine import Machine
from bulkhead_node.node import VM, Node

IMAGE = ARM64 / "guest/tests.img"
RAM_START = 0x40000000  # board virt
HYPERVISOR_AT = RAM_START + BLOCK  # an Image with text_offset 0 goes behind the emulator's boot loader
BUNDLE_AT = RAM_START + 128 * MIB
VM_TABLES = BLOCK  # what the hypervisor takes for each VM
STREAM = 256 * KIB
SPARE = 64 * MIB
GIVEN, OTHER = 1, 2  # PCI devices


@dataclass
class Config:
    """A machine and the VMs on it."""

    cpu: str = "neoverse-n1"
    gic: int = 3
    cores: int = 1
    secondaries: int = 8
    vcpus: int = 1  # of each secondary
    memory: int = 2 * MIB  # of each secondary
    rest: bool = False  # the primary owns what nobody else gets
    login: bool = False  # the first of them is the login VM
    pci: bool = False  # with two devices, of which the login VM has the first
    deterministic: bool = False
    bootargs: str = ""
    seconds: float = 60
    kernel: object = None  # another hypervisor

    def __str__(self):
        return f"{self.cpu}-gicv{self.gic}-{self.cores}"

    def node(self, test):
        primary_memory = 4 * MIB
        memory = 128 * MIB + SPARE + primary_memory
        memory += self.secondaries * (self.memory + VM_TABLES + STREAM)
        machine = Machine(cpu=self.cpu, gic=self.gic, cores=self.cores, memory=memory, deterministic=self.deterministic)
        layout = f"hv={HYPERVISOR_AT:#x} bundle={BUNDLE_AT:#x} ram_start={RAM_START:#x} ram_end={RAM_START + memory:#x}"
        for number in (GIVEN, OTHER) if self.pci else ():
            machine.devices += ["-device", f"virtio-rng-pci,addr={number},disable-legacy=on"]
        vms = [VM(1, "primary", self.cores, primary_memory, IMAGE, b"", f"test={test} {layout} {self.bootargs}")]
        vms[0].extra = ["bulkhead,memory-rest;"] if self.rest else []
        for number in range(2, self.secondaries + 2):
            role = "login" if self.login and number == 2 else "secondary"
            vms.append(VM(number, role, self.vcpus, self.memory, IMAGE))
            if self.pci and role == "login":
                vms[-1].functions = (GIVEN << 3,)
        return Node(machine, vms, kernel=self.kernel)

    def run(self, test, log_path):
        outcome = self.node(test).run(self.seconds, log_path=log_path)
        return Report(outcome)


class Report:
    """The lines of one run. `complaint` is empty when every check passed and nothing is missing."""

    def __init__(self, outcome):
        self.console = outcome.console
        self.passed = re.findall(r"^ok (.*)$", self.console, re.MULTILINE)
        self.failed = re.findall(r"^not ok (.*)$", self.console, re.MULTILINE)
        done = re.findall(r"^done (\d+) passed (\d+) failed$", self.console, re.MULTILINE)
        self.done = [tuple(map(int, numbers)) for numbers in done]
        self.end = outcome.end
        self.seconds = outcome.seconds

    @property
    def complaint(self):
        if self.failed:
            checks = len(self.failed) + len(self.passed)
            return f"{len(self.failed)} of {checks} checks failed:\n" + "\n".join(self.failed)
        if self.done != [(len(self.passed), 0)]:
            return f"the run did not reach its end ({self.end.value}); it had passed {len(self.passed)} checks"
        if not self.passed:
            return "no check was made"
        return ""


def registered_tests(log_path):
    """The names of the tests that the guest has."""
    report = Config(secondaries=1).run("list", log_path)
    return re.findall(r"^test (\w+)$", report.console, re.MULTILINE)
