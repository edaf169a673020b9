# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A node as a value: its machine, its VMs, its boot bundle; and running it to the end with everything it said kept.

    node = Node(machine=Machine(cores=2), vms=[Node.primary(), job_vm(2, ...)])
    outcome = node.run(timeout=60)

Tests replace what they want to see broken: VM.image, VM.extra (lines of the manifest), Node.manifest, Node.bundle.
"""

import json
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from . import base, cpio, manifest
from .common import ARM64, BLOCK, BUILD, GIB, MIB, require, round_up
from .emulator import Emulator, End, Receiver, Source
from .machine import Machine
from .wire import Channel

HYPERVISOR = ARM64 / "hypervisor.img"
LWK = ARM64 / "lwk.img"
CONTROL = ARM64 / "user/control"
PRIMARY_ID = 1
MADE_ID = 3
PRIMARY_MEMORY = 64 * MIB
LOW_MEMORY = 128 * MIB  # below this offset the emulator puts nothing but the hypervisor
SPARE_MEMORY = 64 * MIB  # for the hypervisor, the device tree and alignment


@dataclass
class VM:
    """A partition of the manifest."""

    id: int
    role: str = "secondary"
    vcpus: int = 1
    memory: int = 256 * MIB
    image: Path = LWK
    ramdisk: bytes = b""
    bootargs: str = ""
    load_address: int | None = None
    numa: int = 1  # nodes that its vCPUs and memory are split between
    cores: list | None = None  # core of each vCPU; as numbered when None
    start: bool = True  # by the control task, at boot
    made: bool = False  # by the control task, at run time: not in the manifest; such VMs get ids from MADE_ID on, in order
    console: bool | None = None  # the UART is its; None: the primary's, unless another VM has it
    functions: tuple = ()  # PCI: device << 3 | function
    forward: bool = False  # device interrupts by way of the primary
    watchdog: int | None = None  # of the login VM: seconds without an answer that end it; 0: none; None: the control task's default
    extra: list = field(default_factory=list)  # more lines of device-tree source

    @property
    def image_name(self):
        return Path(self.image).name

    @property
    def ramdisk_name(self):
        return f"vm{self.id}.cpio"

    def control_line(self):
        cores = ",".join(map(str, self.cores if self.cores is not None else range(self.vcpus)))
        if self.role == "login":
            return f"login {self.id} cores {cores}{'' if self.watchdog is None else f' watchdog {self.watchdog}'}\n"
        if not self.made:
            return f"vm {self.id} cores {cores}\n"
        args = f" args {self.bootargs}" if self.bootargs else ""
        return f"make /{self.ramdisk_name} memory {self.memory} nodes {self.numa} cores {cores}{args}\n"


@dataclass
class Outcome:
    """What a node did."""

    end: End
    frames: dict  # (vm, channel) -> bytes
    reports: list  # decoded, in order
    console: str
    seconds: float
    status: int | None  # of the emulator

    def stream(self, vm, channel):
        return self.frames.get((vm, channel), b"")

    def events(self, name, vm=None):
        return [r for r in self.reports if r.get("event") == name and vm in (None, r.get("vm"))]


class Collector(Receiver):
    """Keeps everything the node sends. Finished when every expected VM has ended, or by its own end."""

    def __init__(self):
        self.frames = {}
        self.reports = []

    def on_frame(self, vm, channel, payload):
        if channel == Channel.REPORT:
            self.on_report(json.loads(payload))
        else:
            self.frames[vm, channel] = self.frames.get((vm, channel), b"") + payload

    def on_report(self, report):
        self.reports.append(report)
        if report.get("event") == "ready":
            self.ready = True


class Node:
    """A node that boots the hypervisor, or with isolation "none" the LWK alone with the first VM's ramdisk."""

    def __init__(self, machine=None, vms=(), isolation="full", kernel=None):
        self.machine = machine or Machine()
        self.vms = list(vms)
        self.isolation = isolation
        self.kernel = kernel or (HYPERVISOR if isolation == "full" else LWK)
        self.stream_vm = 0  # whose streams the operator's are; 0: of the kernel that owns the UART
        self.job = None  # the VM that a login VM's Linux has made, as far as it is known
        self.manifest = None  # device-tree source or blob instead of the one made from `vms`
        self.bundle = None  # bytes instead of the bundle made from `vms`

    def add_primary(self, bootargs="", **options):
        """Puts in front the LWK that schedules the others; last, when the others are known."""
        started = [vm for vm in self.vms if vm.start]
        tree = [
            cpio.program("init", require(CONTROL).read_bytes()),
            cpio.Entry("control.conf", "".join(vm.control_line() for vm in started).encode()),
        ]
        settings = {"role": "primary", "vcpus": self.machine.cores, "memory": PRIMARY_MEMORY}
        if any(vm.console for vm in self.vms):
            settings["console"] = False
        made = [vm for vm in self.vms if vm.made]
        if any(vm.role == "login" for vm in self.vms):
            # of the jobs that are started there
            tree += [cpio.directory("enclave"), cpio.Entry("enclave/base.cpio", cpio.archive(base.entries()))]
        if made or any(vm.role == "login" for vm in self.vms):
            tree.append(cpio.Entry("lwk.img", require(made[0].image if made else LWK).read_bytes()))
            tree += [cpio.Entry(vm.ramdisk_name, vm.ramdisk) for vm in made]
            # what nobody else gets is the primary's, to make VMs of
            settings["extra"] = ["bulkhead,memory-rest;"]
            settings["numa"] = self.machine.numa
            settings["memory"] += round_up(sum(len(vm.ramdisk) for vm in made), BLOCK * self.machine.numa)
        settings.update(options)
        settings.setdefault("ramdisk", cpio.archive(tree))
        self.vms.insert(0, VM(PRIMARY_ID, bootargs=bootargs, **settings))
        return self

    def manifest_blob(self):
        if isinstance(self.manifest, bytes):
            return self.manifest
        return manifest.compile_source(self.manifest or manifest.source(self.listed()))

    def listed(self):
        """The VMs that are in the manifest."""
        return [vm for vm in self.vms if not vm.made]

    def bundle_bytes(self):
        if self.bundle is not None:
            return self.bundle
        entries = [cpio.Entry("manifest.dtb", self.manifest_blob())]
        images = {vm.image_name: Path(vm.image) for vm in self.listed()}
        entries += [cpio.Entry(name, require(path).read_bytes()) for name, path in images.items()]
        entries += [cpio.Entry(vm.ramdisk_name, vm.ramdisk) for vm in self.listed() if vm.ramdisk]
        return cpio.archive(entries)

    def command(self, directory):
        """Writes what the emulator needs into `directory`; its command line."""
        initrd = Path(directory) / "initrd"
        if self.isolation == "none":
            initrd.write_bytes(self.vms[0].ramdisk)
            bootargs, memory = self.vms[0].bootargs, self.vms[0].memory
        else:
            bundle = self.bundle_bytes()
            initrd.write_bytes(bundle)
            parts = [vm.memory // vm.numa for vm in self.vms if vm.role != "primary"]
            # of one NUMA node; blocks of 1 GiB are aligned: room to start at the next one
            memory = LOW_MEMORY + SPARE_MEMORY + round_up(len(bundle), BLOCK)
            memory += sum(parts) + sum(GIB for part in parts if part >= GIB)
            # the primary's copies while it makes a VM
            memory += sum(2 * round_up(len(vm.ramdisk), BLOCK) for vm in self.vms if vm.made)
            memory *= self.machine.numa
            bootargs = ""
        self.machine.memory = self.machine.memory or memory
        self.machine.check()
        return self.machine.command(require(self.kernel), initrd, bootargs, directory)

    @contextmanager
    def start(self, log_path):
        """The running emulator."""
        with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
            with Emulator(self.command(directory), log_path) as emulator:
                yield emulator

    def run(self, timeout=60, stdin=None, log_path=None):
        """Runs the node until it turns off. `stdin`: VM id -> bytes."""
        log_path = Path(log_path or new_log_path())
        collector = Collector()
        sources = [Source(vm, data=data) for vm, data in (stdin or {}).items()]
        begin = time.monotonic()
        with self.start(log_path) as emulator:
            end = emulator.pump(collector, sources, begin + timeout)
            if end == End.TIMEOUT:
                emulator.poke(collector, 1)
        return Outcome(
            end=end,
            frames=collector.frames,
            reports=collector.reports,
            console=log_path.read_text(errors="replace"),
            seconds=time.monotonic() - begin,
            status=emulator.process.returncode,
        )


LOGS_KEPT = 100


def new_log_path():
    """A new file for consoles and kernel logs; the oldest ones go."""
    directory = BUILD / "log/node"
    directory.mkdir(parents=True, exist_ok=True)
    for old in sorted(directory.glob("*.log"))[:-LOGS_KEPT]:
        old.unlink(missing_ok=True)
    with tempfile.NamedTemporaryFile(
        prefix=time.strftime("%Y%m%d-%H%M%S-"), suffix=".log", dir=directory, delete=False
    ) as file:
        return Path(file.name)
