# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The emulated machines: boards, processors, and the emulator's command line for each."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from .common import MIB, UsageError, cache_root

EMULATOR = "qemu-system-aarch64"
CPU_MODELS = ("neoverse-n1", "cortex-a35", "cortex-a53", "cortex-a57", "cortex-a72", "cortex-a76", "a64fx", "max")
CORES_MAX = 32
GICV2_CORES_MAX = 8
NUMA_NODES_MAX = 8
NUMA_DISTANCE = 20  # between nodes; within one it is 10
RASPI_CORES = 4
RASPI_MEMORY = 1024 * MIB


@dataclass
class Machine:
    board: str = "virt"
    cpu: str = "neoverse-n1"
    cores: int = 1
    gic: int = 3
    memory: int = 0  # bytes
    numa: int = 1  # nodes, with cores and memory split evenly
    deterministic: bool = False
    terminal: bool = False  # the console is our terminal, with the emulator's monitor behind ctrl-a
    devices: list = field(default_factory=list)  # more of the emulator's options

    def check(self):
        if self.cores > CORES_MAX:
            raise UsageError(f"A node has at most {CORES_MAX} cores, not {self.cores}.")
        if self.board == "raspi3b":
            if self.cores > RASPI_CORES:
                raise UsageError(f"The board raspi3b has {RASPI_CORES} cores, not {self.cores}.")
            if self.cpu != "cortex-a53":
                raise UsageError(f"The board raspi3b has cortex-a53 cores, not {self.cpu}.")
        elif self.cores % self.numa:
            raise UsageError(f"{self.cores} cores cannot be split evenly between {self.numa} NUMA nodes.")
        elif self.gic == 2 and self.cpu == "a64fx":
            raise UsageError("The a64fx has a GICv3 built in: it does not go with --gic 2.")
        elif self.gic == 2 and self.cores > GICV2_CORES_MAX:
            raise UsageError(f"A GICv2 serves at most {GICV2_CORES_MAX} cores, not {self.cores}.")

    def command(self, kernel, initrd, bootargs, directory):
        """The emulator's command line; its UART is standard input and output. `directory` is for files it needs."""
        command = [EMULATOR, "-nodefaults", "-display", "none", "-no-reboot"]
        if self.terminal:
            command += ["-serial", "mon:stdio"]
        else:
            command += ["-chardev", "stdio,id=uart,signal=off", "-serial", "chardev:uart"]
        command += self.raspi_options(directory) if self.board == "raspi3b" else self.virt_options()
        command += self.devices
        if self.deterministic:
            command += ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm,base=2026-01-01"]
        command += ["-kernel", str(kernel), "-initrd", str(initrd)]
        return command + (["-append", bootargs] if bootargs else [])

    def virt_options(self):
        board = f"virt,virtualization=on,gic-version={self.gic}"
        if self.deterministic:
            board += ",dtb-randomness=off"
        cpu = "max,pauth-impdef=on" if self.cpu == "max" else self.cpu
        options = ["-M", board, "-cpu", cpu, "-smp", str(self.cores), "-m", f"{self.memory // MIB}M"]
        return options + (self.numa_options() if self.numa > 1 else [])

    def numa_options(self):
        options = []
        for node in range(self.numa):
            size = self.memory // self.numa
            cores = self.cores // self.numa
            options += ["-object", f"memory-backend-ram,id=node{node},size={size}"]
            options += ["-numa", f"node,nodeid={node},memdev=node{node},cpus={node * cores}-{(node + 1) * cores - 1}"]
        for node in range(self.numa):
            for other in range(node + 1, self.numa):
                options += ["-numa", f"dist,src={node},dst={other},val={NUMA_DISTANCE}"]
        return options

    def raspi_options(self, directory):
        """The emulated board always has four cores; its device tree shows as many as were asked for."""
        tree = Path(directory) / "raspi3b.dtb"
        tree.write_bytes(raspi_device_tree().read_bytes())
        for core in range(self.cores, RASPI_CORES):
            subprocess.run(["fdtput", "-r", tree, f"/cpus/cpu@{core}"], check=True)
        subprocess.run(["fdtput", "-t", "s", tree, "/chosen", "stdout-path", "serial0:115200n8"], check=True)
        return ["-M", "raspi3b", "-dtb", str(tree)]


def raspi_device_tree():
    found = sorted(cache_root().glob("usr/lib/linux-image-*/broadcom/bcm2837-rpi-3-b.dtb"))
    if not found:
        raise UsageError("The Raspberry Pi device tree is missing; run make setup.")
    return found[-1]


def emulator_version():
    done = subprocess.run([EMULATOR, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()[0] if done.stdout else "unknown"
