# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A job: a program with its arguments, environment and files, as the initial file tree that init finds (bulkhead/job.h)."""

import os
from dataclasses import dataclass, field

from . import base, cpio, elf
from .base import INIT
from .common import MIB, UsageError, size_text

DIRECTORY = "job.d"  # where the files are and the program starts
PROGRAMS = "bin"
INPUT = "stdin"
KERNEL_MEMORY = 6 * MIB  # an LWK's image, tables and buffers, and init
STACK_MEMORY = 8 * MIB


@dataclass
class Job:
    argv: list  # argv[0] is the program on the host
    env: list = field(default_factory=list)  # K=V
    files: dict = field(default_factory=dict)  # name -> host path
    send_changes: bool = False
    stdin: bytes | None = None  # standard input from beginning to end; None: it comes over the wire
    announce: bool = False  # the LWK owns the UART
    machine: int = elf.ARM64

    def description(self, name):
        strings = [b"a/" + os.fsencode(f"{PROGRAMS}/{name}")]
        strings += [b"a" + os.fsencode(word) for word in self.argv[1:]]
        strings += [b"e" + os.fsencode(word) for word in self.env]
        strings.append(b"d/" + DIRECTORY.encode())
        if self.stdin is not None:
            strings.append(b"i/" + INPUT.encode())
        for letter, flag in ((b"o", self.send_changes), (b"r", self.announce)):
            if flag:
                strings.append(letter + b"1")
        return b"".join(string + b"\0" for string in strings)

    def ramdisk(self, memory, init=INIT):
        """The file tree for a VM of `memory` bytes; raises UsageError when the job cannot run there."""
        path = self.argv[0]
        image = elf.read_program(path)
        segments = elf.program_memory(path, image, self.machine)
        name = os.path.basename(path)
        entries = [
            *base.entries(init),
            cpio.Entry("job", self.description(name)),
            cpio.directory(PROGRAMS),
            cpio.program(f"{PROGRAMS}/{name}", image),
            cpio.directory(DIRECTORY),
        ]
        entries += [file_entry(name, source) for name, source in self.files.items()]
        if self.stdin is not None:
            entries.append(cpio.Entry(INPUT, self.stdin))
        tree = cpio.archive(entries)
        needed = len(tree) + segments + STACK_MEMORY + KERNEL_MEMORY
        if needed > memory:
            raise UsageError(
                f"{path} does not fit: with its files and the kernel it needs {-(-needed // MIB)}M "
                f"of memory, --memory gives {size_text(memory)}."
            )
        return tree


def file_entry(name, source):
    mode = os.stat(source).st_mode & 0o777
    data = elf.read_program(source)
    if len(data) > cpio.SIZE_MAX:
        raise UsageError(f"{source} is larger than the 4 GiB that can be carried.")
    return cpio.Entry(f"{DIRECTORY}/{name}", data, 0o100000 | mode)
