# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Bochs as an emulator of x86-64 with Intel's VMX: its configuration, and a process that behaves as QEMU does, with a UART as stdin and stdout.

    python3 -m bulkhead_node.bochs DIRECTORY            runs what prepare() has put there; the first UART is ours
    python3 -m bulkhead_node.bochs DIRECTORY CONSOLE    the second one is; what comes by the first is added to that file
"""

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import tty
from pathlib import Path

from .common import MIB
from .emulator import die_with_parent

EMULATOR = "bochs"
CONFIGURATION = "bochsrc"
DISK = "disk.img"
LOG = "bochs.log"
TURNED_OFF = ("soft power off", "Shutdown port")
LAST_WORDS = 65536  # the state of all processors is behind it
HEADS, SECTORS, SECTOR = 16, 63, 512
CYLINDER = HEADS * SECTORS * SECTOR
READ_SIZE = 1 << 16
INPUT_STEP = 16  # bytes at once: the emulated UART has a short queue
OUTPUT_LIMIT = 1 << 20  # bytes that wait for who reads us, before the machine has to
ESCAPE, LEAVE = b"\x01", b"x"  # ctrl-a x, as with QEMU
# broadwell_ult: the newest of its processors that Debian's kernel runs on without complaint; ips: instructions in a second of its clock.
# With more than one processor it stops in its debugger, which a file of commands tells to go on.
TEMPLATE = """\
plugin_ctrl: speaker=0, unmapped=1, biosdev=1
config_interface: textconfig
display_library: rfb, options="timeout=0"
cpu: model=broadwell_ult, count={cores}, ips=50000000, reset_on_triple_fault=1, ignore_bad_msrs=1
memory: guest={memory}, host={memory}
romimage: file=/usr/share/bochs/BIOS-bochs-latest, options=fastboot
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
boot: disk
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=disk, path={disk}, mode=flat, cylinders={cylinders}, heads=16, spt=63
com1: enabled=1, mode=term, dev={console}
com2: enabled=1, mode=term, dev={wire}
clock: sync=none, time0=1767225600
log: {directory}/{log}
panic: action=fatal
"""


def prepare(directory, image, cores, memory, console=None):
    """Puts the machine into `directory`: a disk image (quickboot.py), processors, memory in bytes. Its command line."""
    directory = Path(directory)
    cylinders = -(-len(image) // CYLINDER)
    with open(directory / DISK, "wb") as disk:
        disk.write(image)
        disk.truncate(cylinders * CYLINDER)
    values = {"cores": cores, "memory": memory // MIB, "disk": directory / DISK, "cylinders": cylinders}
    text = TEMPLATE.format(**values, directory=directory, log=LOG, console="{console}", wire="{wire}")
    (directory / CONFIGURATION).write_text(text)
    (directory / "commands").write_text("c\n")
    tools = Path(__file__).resolve().parent.parent
    command = ["env", f"PYTHONPATH={tools}", sys.executable, "-m", "bulkhead_node.bochs", str(directory)]
    return [*command, str(console)] if console else command


def start(directory):
    """Bochs, and our ends of its UARTs, which are terminals. Theirs stay open here, too, or what was not read were lost."""
    ours, names = [], []
    for _ in range(2):
        master, slave = pty.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        ours.append(master)
        names.append(os.ttyname(slave))
    configuration = directory / CONFIGURATION
    configuration.write_text(configuration.read_text().format(console=names[0], wire=names[1]))
    with open(directory / "bochs.out", "wb") as out:
        process = subprocess.Popen(
            [EMULATOR, "-q", "-f", configuration, "-rc", directory / "commands"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=die_with_parent(os.getpid()),
        )
    return process, ours


class Relay:
    """Moves bytes until Bochs has ended and all it said has been passed on.

    It drops what its terminals cannot take, so these are always read; when the reader is slow, Bochs is stopped.
    """

    def __init__(self, process, uart, console=None, log=None, keys=False):
        self.process, self.uart = process, uart
        self.console, self.log = console, log  # of the other UART: where it comes from and goes to
        self.keys = keys  # stdin is a terminal
        self.escaped = False
        self.left = False  # by the operator
        self.has_input = True
        self.to_uart, self.to_stdout = b"", b""
        self.stopped = False

    def wait(self, ended):
        poll = select.poll()
        poll.register(self.uart, select.POLLIN | (select.POLLOUT if self.to_uart else 0))
        if self.console is not None:
            poll.register(self.console, select.POLLIN)
        if ended is not None:
            poll.register(ended, select.POLLIN)
        if self.has_input and not self.to_uart:
            poll.register(0, select.POLLIN)
        if self.to_stdout:
            poll.register(1, select.POLLOUT)
        return dict(poll.poll(None if ended is not None or self.to_stdout else 0))

    def input(self):
        data = os.read(0, READ_SIZE)
        self.has_input = bool(data)
        if self.keys and (self.escaped or ESCAPE in data):
            data = self.escape(data)
        self.to_uart += data

    def escape(self, data):
        """What is typed, without the key that leads in commands; ctrl-a ctrl-a is one."""
        typed = b""
        for key in (bytes([byte]) for byte in data):
            if self.escaped and key == LEAVE:
                self.left = True
                self.process.kill()
            if self.escaped or key != ESCAPE:
                typed += key
                self.escaped = False
            else:
                self.escaped = True
        return typed

    def hold(self):
        full = len(self.to_stdout) >= OUTPUT_LIMIT
        if full != self.stopped:
            self.stopped = full
            self.process.send_signal(signal.SIGSTOP if full else signal.SIGCONT)

    def run(self):
        ended = os.pidfd_open(self.process.pid)
        while True:
            events = self.wait(ended)
            if ended in events:
                ended = None
            got = False
            if events.get(self.uart, 0) & select.POLLIN:
                self.to_stdout += os.read(self.uart, READ_SIZE)
                got = True
            if events.get(self.console, 0) & select.POLLIN:
                os.write(self.log, os.read(self.console, READ_SIZE))
                got = True
            if ended is None and not got and not self.to_stdout:
                return
            if 1 in events:
                self.to_stdout = self.to_stdout[os.write(1, self.to_stdout[: select.PIPE_BUF]) :]
            if events.get(self.uart, 0) & select.POLLOUT:
                self.to_uart = self.to_uart[os.write(self.uart, self.to_uart[:INPUT_STEP]) :]
            if 0 in events:
                self.input()
            if ended is not None:
                self.hold()


@contextlib.contextmanager
def raw_terminal():
    """Keys are the machine's while it runs; True when there are any."""
    if not os.isatty(0):
        yield False
        return
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        yield True
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def exit_status(status, log):
    """As QEMU's: 0 when the machine has turned itself off, which Bochs takes for a panic of its own."""
    return 0 if any(words in log[-LAST_WORDS:] for words in TURNED_OFF) else status


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the terminal is given back
    process, (first, second) = start(Path(sys.argv[1]))
    if len(sys.argv) > 2:
        log = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        Relay(process, second, first, log).run()
    else:
        with raw_terminal() as keys:
            relay = Relay(process, first, second, os.open(os.devnull, os.O_WRONLY), keys)
            relay.run()
        if relay.left:
            process.wait()
            return 0
    return exit_status(process.wait(), (Path(sys.argv[1]) / LOG).read_text(errors="replace"))


if __name__ == "__main__":
    sys.exit(main())
