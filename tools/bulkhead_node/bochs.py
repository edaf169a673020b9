# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Bochs as an emulator of x86-64 with Intel's VMX: its configuration, and a process that behaves as QEMU does, with its UART as stdin and stdout.

    python3 -m bulkhead_node.bochs DIRECTORY     runs what prepare() has put there
"""

import os
import pty
import select
import subprocess
import sys
import tty
from pathlib import Path

from .common import MIB
from .emulator import die_with_parent

EMULATOR = "bochs"
CONFIGURATION = "bochsrc"
DISK = "disk.img"
HEADS, SECTORS, SECTOR = 16, 63, 512
CYLINDER = HEADS * SECTORS * SECTOR
READ_SIZE = 1 << 16
INPUT_STEP = 16  # bytes at once: the emulated UART has a short queue
# broadwell_ult: the newest of its processors that Debian's kernel runs on without complaint; ips: instructions in a second of its clock.
# With more than one processor it stops in its debugger, which a file of commands tells to go on.
TEMPLATE = """\
plugin_ctrl: speaker=0, unmapped=1, biosdev=1
config_interface: textconfig
display_library: rfb, options="timeout=0"
cpu: model=broadwell_ult, count={cores}, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=1
memory: guest={memory}, host={memory}
romimage: file=/usr/share/bochs/BIOS-bochs-latest, options=fastboot
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
boot: disk
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=disk, path={disk}, mode=flat, cylinders={cylinders}, heads=16, spt=63
com1: enabled=1, mode=term, dev={terminal}
clock: sync=none, time0=1767225600
log: {directory}/bochs.log
"""


def prepare(directory, image, cores, memory):
    """Puts the machine into `directory`: a disk image (quickboot.py), processors, memory in bytes. Its command line."""
    directory = Path(directory)
    cylinders = -(-len(image) // CYLINDER)
    with open(directory / DISK, "wb") as disk:
        disk.write(image)
        disk.truncate(cylinders * CYLINDER)
    values = {"cores": cores, "memory": memory // MIB, "disk": directory / DISK, "cylinders": cylinders}
    text = TEMPLATE.format(**values, directory=directory, terminal="{terminal}")
    (directory / CONFIGURATION).write_text(text)
    (directory / "commands").write_text("c\n")
    tools = Path(__file__).resolve().parent.parent
    return ["env", f"PYTHONPATH={tools}", sys.executable, "-m", "bulkhead_node.bochs", directory]


def start(directory):
    """Bochs, and our end of its UART, which is a terminal."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    configuration = directory / CONFIGURATION
    configuration.write_text(configuration.read_text().format(terminal=os.ttyname(slave)))
    with open(directory / "bochs.out", "wb") as out:
        process = subprocess.Popen(
            [EMULATOR, "-q", "-f", configuration, "-rc", directory / "commands"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=die_with_parent(os.getpid()),
        )
    return process, master, slave


def relay(process, master):
    """Until Bochs has ended and all it said has been passed on."""
    os.set_blocking(master, False)
    ended = os.pidfd_open(process.pid)
    pending, has_input, runs = b"", True, True
    while True:
        poll = select.poll()
        poll.register(master, select.POLLIN | (select.POLLOUT if pending else 0))
        if runs:
            poll.register(ended, select.POLLIN)
        if has_input and not pending:
            poll.register(0, select.POLLIN)
        events = dict(poll.poll(None if runs else 0))
        if ended in events:
            runs = False
        if events.get(master, 0) & select.POLLIN:
            os.write(1, os.read(master, READ_SIZE))
        elif not runs:
            return
        if events.get(master, 0) & select.POLLOUT and pending:
            pending = pending[os.write(master, pending[:INPUT_STEP]) :]
        if 0 in events:
            pending = os.read(0, READ_SIZE)
            has_input = bool(pending)


def main():
    process, master, _ = start(Path(sys.argv[1]))
    relay(process, master)
    return process.wait()


if __name__ == "__main__":
    sys.exit(main())
