# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""x86 nodes: Debian's Linux as the host of enclaves, on an emulated machine. `./node shell --machine x86-svm`.

    host = Host(session="uname -a", extra=[cpio.program(...)])
    console = host.run(log_path, timeout=60)

The kernel is the one tools/setup unpacked; it is decompressed here once, which is quicker than in the emulator.
"""

import contextlib
import lzma
import os
import shlex
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from . import bochs, cpio, login, quickboot
from .common import EXIT_SOFTWARE, EXIT_TIMEOUT, GIB, MIB, UsageError, X86, kernel_image, require
from .emulator import die_with_parent
from .node import new_log_path
from .postmortem import Closed, Monitor

MACHINES = ("x86-svm", "x86-vmx")
CORES, MEMORY = 4, 2 * GIB
NUMA_NODES = {"x86-svm": 2, "x86-vmx": 1}  # of the machine
NUMA_DISTANCE = 20
# what the emulator does not have is taken out by name, or it says so for each core
CPU = "EPYC,+svm,+npt,-osvw,-topoext,-nrip-save,-xsavec,-rdseed,-sha-ni,-fxsr-opt,-misalignsse,-3dnowprefetch"
# with panic=-1 a Linux that crashes ends the emulator
BOOTARGS = "console=ttyS0 panic=-1 nokaslr"
# What Bochs needs: with MWAIT idle, taking a processor out hangs; the others make it several times as fast.
BOCHS_BOOTARGS = "quiet idle=halt nopti mitigations=off cryptomgr.notests"
# What waits in front of the serial line is dropped when the session has ended: stty returns when all is out.
DRAIN = "trap 'stty sane' EXIT\n"
QUICKBOOT = X86 / "tools/quickboot.bin"
LWK = X86 / "lwk.img"
SYMBOLS = X86 / "lwk.sym"
INIT = X86 / "user/init"
BASE = X86 / "user/base.cpio"
DAEMON = X86 / "user/bulkheadd"
HOOK = login.FILES / "bulkheadd"
DETERMINISTIC = "-accel tcg,thread=single -icount shift=0,sleep=off -rtc base=2026-01-01T00:00:00,clock=vm".split()
# the boot protocol's fields (Linux: x86/boot.rst)
PAYLOAD_OFFSET, PAYLOAD_LENGTH, SETUP_SECTORS = 0x248, 0x24C, 0x1F1


def vmlinux():
    """The decompressed kernel: an ELF file, which the emulator starts by its PVH entry."""
    packed = kernel_image("x86")
    path = X86 / packed.name.replace("vmlinuz", "vmlinux")
    if path.exists():
        return path
    data = packed.read_bytes()
    offset, length = (int.from_bytes(data[at : at + 4], "little") for at in (PAYLOAD_OFFSET, PAYLOAD_LENGTH))
    start = (data[SETUP_SECTORS] + 1) * 512 + offset
    try:
        # behind it stands its decompressed size
        image = lzma.LZMADecompressor().decompress(data[start : start + length - 4])
    except lzma.LZMAError:
        raise UsageError(f"{packed} is not compressed as Debian's kernels are.") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(image)
    Path(file.name).replace(path)
    return path


def daemon_entries():
    """What `bulkhead` needs on a host: the daemon, and what it makes enclaves of."""
    return [
        cpio.program("bin/bulkheadd", require(DAEMON).read_bytes()),
        cpio.program("etc/init.d/bulkheadd", HOOK.read_bytes()),
        *(cpio.directory(path) for path in ("var", "var/lib", "var/lib/bulkhead", "var/log", "usr", "usr/share", "usr/share/bulkhead")),
        cpio.Entry("usr/share/bulkhead/lwk.sym", require(SYMBOLS).read_bytes()),
        cpio.Entry("var/lib/bulkhead/lwk.img", require(LWK).read_bytes()),
        cpio.Entry("var/lib/bulkhead/base.cpio", require(BASE).read_bytes()),
    ]


@dataclass
class Host:
    """A host that ends when its session does."""

    machine: str = "x86-svm"
    cores: int = CORES
    threads: int = 1  # of a core
    memory: int = MEMORY
    numa: int = 0  # NUMA nodes; 0: what the machine has
    cpu: str = CPU
    session: str = ""  # script in place of the shell
    bootargs: str = ""
    daemon: bool = False  # bulkheadd is started
    extra: list = field(default_factory=list)  # entries of the file tree
    initrd: bytes | None = None  # another file tree, with an init of its own
    options: list = field(default_factory=list)  # more of the emulator's
    devices: bool = False  # a disk and a network card, which x86-vmx has not
    disk: str | None = None  # file; None: an empty one, thrown away afterwards
    deterministic: bool = False  # instruction-counted time: for one core
    terminal: bool = False  # the console is our terminal
    console: str | None = None  # or is added to this file; else it is the emulator's standard output

    def __post_init__(self):
        self.numa = self.numa or NUMA_NODES[self.machine]

    def check(self):
        if self.cores % (self.numa * self.threads):
            raise UsageError(f"{self.cores} cores cannot be split evenly between {self.numa} NUMA nodes.")
        if self.deterministic and self.cores != 1:
            raise UsageError("Linux with more than one core does not start in instruction-counted time.")
        if self.machine == "x86-svm" and (self.cores // self.numa).bit_count() != 1:
            # others leave holes in the numbers of local APICs, with which the emulated machine hangs at boot
            raise UsageError(f"The emulator has 1, 2, 4 or 8 cores in a NUMA node, not {self.cores // self.numa}.")

    def numa_options(self):
        """A socket each."""
        options, cores = [], self.cores // self.numa
        for node in range(self.numa):
            options += ["-object", f"memory-backend-ram,id=node{node},size={self.memory // self.numa}"]
            options += ["-numa", f"node,nodeid={node},memdev=node{node},cpus={node * cores}-{(node + 1) * cores - 1}"]
        for node in range(self.numa):
            for other in range(node + 1, self.numa):
                options += ["-numa", f"dist,src={node},dst={other},val={NUMA_DISTANCE}"]
        return options if self.numa > 1 else []

    def command(self, directory):
        """Writes what the emulator needs into `directory`; its command line."""
        self.check()
        entries = [cpio.Entry("etc/session", (DRAIN + self.session).encode())] if self.session else []
        entries += [*(daemon_entries() if self.daemon else []), *self.extra]
        if self.machine == "x86-vmx":  # none of Debian's drivers has a device there, and to load them takes long
            entries.append(cpio.Entry("lib/modules/list", f"{login.DRIVERS['x86']}\n".encode()))
        tree = self.initrd or login.tree(entries, "x86", "host")
        return self.bochs(directory, tree) if self.machine == "x86-vmx" else self.qemu(directory, tree)

    def bochs(self, directory, tree):
        words = f"{BOOTARGS} {BOCHS_BOOTARGS} {self.bootargs}".strip()
        boot_sectors, packed = require(QUICKBOOT).read_bytes(), kernel_image("x86").read_bytes()
        image = quickboot.disk_image(boot_sectors, packed, vmlinux().read_bytes(), tree, words)
        return bochs.prepare(directory, image, self.cores, self.memory, self.console)

    def qemu(self, directory, tree):
        initrd = Path(directory) / "initrd"
        initrd.write_bytes(tree)
        cores = self.cores // self.numa // self.threads
        command = ["qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none"]
        command += DETERMINISTIC if self.deterministic else ["-accel", "tcg,thread=multi"]
        command += ["-cpu", self.cpu, "-m", f"{self.memory // MIB}M"]
        command += ["-smp", f"{self.cores},sockets={self.numa},cores={cores},threads={self.threads}"]
        if self.terminal:
            command += ["-serial", "mon:stdio"]
        elif self.console:
            command += ["-chardev", f"file,id=console,path={self.console},append=on", "-serial", "chardev:console"]
        else:
            command += ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"]
        devices = login.device_options(directory, self.disk) if self.devices else []
        command += [*self.numa_options(), *devices, *self.options, "-kernel", str(vmlinux()), "-initrd", str(initrd)]
        return [*command, "-append", f"{BOOTARGS} {self.bootargs}".strip()]

    def run(self, log_path, timeout):
        """To the end; what the console said. The log holds the emulator's command and messages, and the console."""
        with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
            command = self.command(directory)
            with open(log_path, "wb", buffering=0) as log:
                log.write(("$ " + shlex.join(command) + "\n").encode())
                ours = {"stdin": subprocess.DEVNULL, "stderr": log, "preexec_fn": die_with_parent(os.getpid())}
                with subprocess.Popen(command, stdout=subprocess.PIPE, **ours) as process:
                    timer = threading.Timer(timeout, process.kill)
                    timer.start()
                    console = b""
                    for line in process.stdout:
                        console += line
                        log.write(line)
                    timer.cancel()
        return console.decode(errors="replace").replace("\r\n", "\n")


def wait_for_bochs(process, timeout, log_path):
    try:
        return 0 if process.wait(timeout) == 0 else failed("The emulator ended", log_path)
    except subprocess.TimeoutExpired:
        process.terminate()  # it gives the terminal back
        process.wait()
        return late(log_path)


def wait_for_qemu(process, monitor, timeout, log_path):
    timer = threading.Timer(timeout, monitor.give_up) if timeout else None
    try:
        monitor.connect(process)
        if timer:
            timer.start()
        in_time = monitor.wait_for_stop()
        monitor.command("quit")
    except Closed:
        return 0 if process.wait() == 0 else failed("The emulator ended", log_path)
    finally:
        if timer:
            timer.cancel()
    process.wait()
    if not in_time:
        return late(log_path)
    return failed("Linux crashed, or had the machine start again", log_path) if monitor.reason == "guest-reset" else 0


def late(log_path):
    print(f"node: The time limit has passed; the logs are in {log_path}", file=sys.stderr)
    return EXIT_TIMEOUT


def failed(what, log_path):
    print(f"node: {what}; the logs are in {log_path}", file=sys.stderr)
    return EXIT_SOFTWARE


def shell(options):
    """With our terminal, until the machine turns off or the operator leaves by ctrl-a x; the exit status."""
    host = Host(options.machine, cores=options.cpus, memory=options.node_memory, session=shlex.join(options.program))
    host.bootargs, host.terminal, host.numa, host.daemon = options.append, True, options.numa, True
    host.devices, host.disk = options.machine == "x86-svm", options.disk
    log_path = Path(options.log) if options.log else new_log_path()
    with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
        monitor = Monitor(directory) if options.machine == "x86-svm" else None
        host.options = monitor.options() if monitor else []
        command = host.command(directory)
        log_path.write_text("$ " + shlex.join(command) + "\n")
        with open(log_path, "ab") as log:
            process = subprocess.Popen(command, stderr=log, preexec_fn=die_with_parent(os.getpid()))
        try:
            if monitor:
                return wait_for_qemu(process, monitor, options.timeout, log_path)
            return wait_for_bochs(process, options.timeout, log_path)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()
