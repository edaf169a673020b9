# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A co-kernel on an emulated x86-64 machine without Linux: the loader of bench/x86 on the first processor plays the host."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import bochs, elf, quickboot
from .common import MIB, X86, require
from .emulator import Emulator, Source
from .host import DETERMINISTIC, QUICKBOOT
from .isolation import features
from .node import Collector, Outcome, new_log_path

LOADER = X86 / "bench/loader.img"
LWK = X86 / "lwk.img"
HYPERVISORS = X86 / "hv"
INIT = X86 / "user/init"
STATUS_OFF = 1  # of the emulator: an orderly end
STATUS_PANIC = 3
STATUS_FAULT = 5  # the hypervisor has ended it: the console has the record
ISOLATION_VIRT = 32  # bench/x86/protect.h
EXIT_DEVICE = "isa-debug-exit,iobase=0xf4,iosize=4"


@dataclass
class BenchImage:
    job: object  # a Job
    cores: int = 1  # the co-kernel's; the loader has one more
    nodes: int = 1
    memory: int = 512 * MIB  # of the machine
    cpu: str = "EPYC"
    exercise: bool = False  # cores, memory and a shared region go and come while the job runs
    measure: bool = False  # the host answers bench/cokernel, and counts
    costs: bool = False  # the host measures what protection costs, when the tiny co-kernel asks
    probe: bool = False  # when half of `stop` has passed the host sends interrupts, and counts exits from then on
    leaves: int = 0  # of nested tables, by level: bit 1: 1 GiB, 2: 2 MiB, 3: 4 KiB; 0: all
    at: int = 0  # address at or behind which the co-kernel's memory begins
    own: int = 0  # bytes of the machine's memory that are the co-kernel's; 0: all
    deterministic: bool = False  # an instruction takes 1 ns, whichever processor executes it, and the counter counts them
    parameters: str = ""  # of the co-kernel
    init: Path = INIT
    emulator: tuple = ()  # more options for it
    isolation: str = "none"  # none, virt, full or a list of features
    stop: int = 0  # milliseconds after which the host stops its cores, if they are protected
    image: Path = LWK  # the co-kernel
    bochs: bool = False  # is the emulator, with the co-kernel's cores in x2APIC mode

    def isolation_number(self):
        number = features(self.isolation)
        return 0 if number is None else ISOLATION_VIRT | number

    def command(self, directory, log):
        self.job.machine = elf.X86
        tree = self.job.ramdisk(self.memory, self.init)
        words = f"isolation={self.isolation_number()} stop={self.stop} cores={self.cores} nodes={self.nodes} "
        words += f"memory={self.own // MIB} x2apic={int(self.bochs)} "
        words += f"costs={int(self.costs)} probe={int(self.probe)} leaves={self.leaves} at={self.at // MIB} "
        words += f"exercise={int(self.exercise)} measure={int(self.measure)} {self.parameters}"
        if self.bochs:
            kernel, modules = require(LOADER).read_bytes(), [require(self.image).read_bytes(), tree]
            if self.isolation != "none":
                modules.append(require(HYPERVISORS / "vmx.img").read_bytes())
            image = quickboot.multiboot_image(require(QUICKBOOT).read_bytes(), kernel, modules, f"loader {words}", self.memory)
            return bochs.prepare(directory, image, self.cores + 1, self.memory, log)
        ramdisk = Path(directory) / "ramdisk"
        ramdisk.write_bytes(tree)
        modules = [require(self.image), ramdisk]
        if self.isolation != "none":
            modules.append(require(HYPERVISORS / "svm.img"))
        return [
            *"qemu-system-x86_64 -nodefaults -no-reboot -display none".split(),
            *(DETERMINISTIC if self.deterministic else ("-accel", "tcg,thread=multi")),
            *("-cpu", self.cpu + ("" if self.isolation == "none" else ",+svm,+npt")),
            *("-smp", self.cores + 1, "-m", self.memory // MIB),
            *("-kernel", require(LOADER), "-initrd", ",".join(map(str, modules)), "-append", words),
            *("-serial", f"file:{log}", "-serial", "stdio", "-device", EXIT_DEVICE),
            *self.emulator,
        ]

    def run(self, timeout=60, stdin=b"", log_path=None):
        """Runs the job until the co-kernel has ended; its streams are those of VM 0."""
        log_path = Path(log_path or new_log_path())
        collector = Collector()
        collector.ready = True
        begin = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
            log = Path(directory) / "log"
            with Emulator(self.command(directory, log), log_path) as emulator:
                end = emulator.pump(collector, [Source(0, data=stdin)], begin + timeout)
            console = log.read_text(errors="replace") if log.exists() else ""
        return Outcome(
            end=end,
            frames=collector.frames,
            reports=collector.reports,
            console=console,
            seconds=time.monotonic() - begin,
            status=emulator.process.returncode,
        )
