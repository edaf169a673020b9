# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""`./node run --machine x86-svm|x86-vmx`: the job runs in an enclave beside Debian's Linux, started there by enclave-run, without a daemon.

Linux's console and the LWK's log go to the log file; the job's frames take the second serial port, which is the emulator's standard
input and output, so that everything else is as on the bare machine (run.py).
"""

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass

from . import cpio, elf
from .common import BLOCK, GIB, MIB, X86, UsageError, require, round_up
from .emulator import Emulator
from .host import CORES, INIT, LWK, NUMA_NODES, Host
from .isolation import features
from .job import Job
from .machine import Machine
from .run import run

RUNNER = X86 / "user/enclave-run"
# nothing of Linux's but its end is to be seen among the LWK's lines
BOOTARGS = "loglevel=4"
PROCESSORS = {"x86-svm": "EPYC", "x86-vmx": "broadwell_ult"}
QUIET_END = {"x86-svm": 10.0, "x86-vmx": 120.0}  # seconds without a byte, after the result; Linux takes the cores back
LINUX_MEMORY = 768 * MIB
NOT_HERE = {
    "deterministic": "--deterministic is not for --machine {}, whose Linux runs on several cores at once.",
    "login": "--login is not for --machine {}, whose Linux starts the program anyway.",
}


@dataclass
class HostNode:
    """As node.Node, for run.run()."""

    host: Host
    machine: Machine
    isolation: str
    kind: str
    stream_vm: int = 0  # the frames are of whoever owns the port

    def command(self, directory, log_path):
        self.host.options = ["-chardev", "stdio,id=wire,signal=off", "-serial", "chardev:wire"]
        self.host.console = log_path
        return self.host.command(directory)

    @contextmanager
    def start(self, log_path):
        with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
            with Emulator(self.command(directory, log_path), log_path, QUIET_END[self.kind]) as emulator:
                yield emulator


def build_node(options, stdin):
    job = Job(options.program, options.env, options.files, options.out is not None, stdin, announce=True, machine=elf.X86)
    ramdisk = job.ramdisk(options.memory, INIT)
    given = {"tick": options.tick, "watchdog": options.watchdog}
    parameters = " ".join(f"{name}={value}" for name, value in given.items() if value)
    words = f"{options.cpus} {options.memory} {options.numa} /lib/bulkhead/lwk.img /job.cpio /dev/ttyS1 '{parameters}' {options.watchdog or 0}"
    number = features(options.isolation)
    words += "" if number is None else f" {number}"
    extra = [
        cpio.directory("lib/bulkhead"),
        cpio.Entry("lib/bulkhead/lwk.img", require(LWK).read_bytes()),
        cpio.Entry("job.cpio", ramdisk),
        cpio.program("bin/enclave-run", require(RUNNER).read_bytes()),
    ]
    nodes = NUMA_NODES[options.machine]
    memory = LINUX_MEMORY + 4 * round_up(len(ramdisk), BLOCK) + options.memory * nodes // options.numa
    if options.machine == "x86-vmx":  # each core makes it slower
        host = Host(options.machine, cores=options.cpus + 1, memory=round_up(memory, BLOCK), extra=extra)
    else:
        # Linux keeps one core of the first node; half of the memory is each node's
        needed = max(CORES // nodes, -(-options.cpus // options.numa) + 1)
        cores = nodes << (needed - 1).bit_length()
        host = Host(options.machine, cores=cores, memory=max(2 * GIB, round_up(memory, nodes * BLOCK)), extra=extra)
    host.session, host.bootargs = f"exec /bin/enclave-run {words}\n", BOOTARGS
    machine = Machine(board="pc", cpu=PROCESSORS[options.machine], cores=options.cpus, gic=None, numa=options.numa)
    return HostNode(host, machine, options.isolation, options.machine)


def run_host(options):
    for name, sentence in NOT_HERE.items():
        if getattr(options, name):
            raise UsageError(sentence.format(options.machine))
    return run(options, build_node)
