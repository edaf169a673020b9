# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Every instruction that a node executes, by address: the emulator translates one at a time and logs each it executes.

The boot is left out by address, it would be millions of lines. What is left out by mistake shows, since a window then
is shorter than the counter says.
"""

import os
import re
import tempfile
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

from bulkhead_node.common import BLOCK

from . import guest

LINE = re.compile(rb"Trace (\d+): \S+ \[[0-9a-f]+/([0-9a-f]+)/[0-9a-f]+/([0-9a-f]+)\]|(Stopped) execution")
MEMORY_ONLY = 0x10000  # CF_MEMI_ONLY of the emulator: the block is executed again, for its access to a device
HYPERVISOR_AT = 0x40000000 + BLOCK  # the board's emulator puts an Image with text_offset 0 behind its boot loader
BOOT_OBJECTS = {"start", "boot", "el2_mmu", "load", "log", "manifest", "memory", "platform", "vmdt"}
ROUNDS = 6


class Trace:
    """Executed instructions in order, as (core, address), and what the addresses are."""

    def __init__(self, steps, hypervisor, guest_symbols, bases):
        self.steps = steps
        self.hypervisor = hypervisor
        self.guest = guest_symbols
        self.bases = bases

    def address(self, label, vm):
        return self.bases[vm] + self.guest.address[label]

    def windows(self, first, last):
        """For each execution of `last`, the steps since the execution of `first` before it; both are (label, vm)."""
        first, last = self.address(*first), self.address(*last)
        begin, found = None, []
        for index, (_, address) in enumerate(self.steps):
            if address == last and begin is not None:
                found.append(self.steps[begin:index])
                begin = None
            if address == first:
                begin = index
        return found

    def where(self, address):
        """Who executed it: 1 and up for a VM's image, 0 for the hypervisor."""
        below = [(base, vm) for vm, base in self.bases.items() if base <= address]
        return max(below)[1] if below and address >= min(self.bases.values()) else 0

    def share(self, window, core=None):
        """Instructions by who executed them."""
        return Counter(self.where(address) for cpu, address in window if core in (None, cpu))

    def profile(self, window):
        """Instructions at EL2 by function, most first."""
        functions = Counter(
            self.hypervisor.function_at(address - HYPERVISOR_AT) for _, address in window if not self.where(address)
        )
        return functions.most_common()


def hot_ranges(pieces):
    """Address ranges of the hypervisor's code, without that of boot and the portable parts of lib/."""
    ranges = []
    for piece in sorted(pieces, key=lambda piece: piece.start):
        path = Path(piece.file)
        kernel = "hv" in path.parts or "arch" in path.parts
        if piece.section != ".text" or not kernel or path.stem in BOOT_OBJECTS:
            continue
        start, end = HYPERVISOR_AT + piece.start, HYPERVISOR_AT + piece.start + piece.size
        if ranges and start - ranges[-1][1] < 64:
            ranges[-1][1] = end
        else:
            ranges.append([start, end])
    return ranges


def guest_ranges(symbols, bases):
    for base in bases.values():
        for name in ("loops", "serves"):
            yield base + symbols.address[f"{name}_start"], base + symbols.address[f"{name}_end"]


def read_steps(path, steps):
    """Runs until the emulator closes its log. What was stopped before it ran, or at a device, is logged twice."""
    with open(path, "rb") as log:
        for line in log:
            found = LINE.match(line)
            if not found:
                continue
            if found[4]:
                if steps:
                    steps.pop()
                continue
            step = (int(found[1]), int(found[2], 16))
            if not int(found[3], 16) & MEMORY_ONLY or steps[-1:] != [step]:
                steps.append(step)


def record(images, pieces, setting, bases, log_path):
    """The trace of a setting whose images are known to lie at `bases`."""
    symbols = images.guest_symbols()
    ranges = [*hot_ranges(pieces), *guest_ranges(symbols, bases)]
    words = ",".join(f"{start:#x}..{end - 1:#x}" for start, end in ranges)
    steps = []
    with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
        pipe = Path(directory) / "trace"
        os.mkfifo(pipe)
        reader = threading.Thread(target=read_steps, args=(pipe, steps), daemon=True)
        reader.start()
        command = ("-singlestep", "-d", "exec,nochain", "-dfilter", words, "-D", str(pipe))
        guest.run(images, replace(setting, command=command, bootargs=f"rounds={ROUNDS}"), log_path)
        reader.join()
    return Trace(steps, images.hypervisor_symbols(), symbols, bases)
