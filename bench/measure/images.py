# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The images that are measured: a copy that a build beside us cannot change, their symbols, and the linker's map."""

import bisect
import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bulkhead_node.common import ARM64, TREE, UsageError

CROSS = "aarch64-linux-gnu-"
HYPERVISOR_ELF = "build/arm64/hypervisor.elf"
LINK_SCRIPT = "hv/arm64/link.ld"
COPIED = ("hypervisor.img", "hypervisor.elf", "bench/guest.img", "bench/guest.elf")
PROGRAMS = ("stream-counted", "gups-counted", "ep-counted", "cg-counted", "costs", "selfish")
USED = (*COPIED, "lwk.img", "user/init", "user/control", "user/linux_init", *(f"bench/{name}" for name in PROGRAMS))


class Symbols:
    """Names of addresses of an ELF file."""

    def __init__(self, path):
        done = subprocess.run([CROSS + "nm", "-n", path], capture_output=True, text=True, check=True)
        self.address = {}
        code = []
        for fields in (line.split() for line in done.stdout.split("\n")):
            if len(fields) == 3 and not fields[2].startswith("$"):
                self.address[fields[2]] = int(fields[0], 16)
                if fields[1] in "tT":
                    code.append((int(fields[0], 16), fields[2]))
        self.starts = [start for start, _ in code]
        self.names = [name for _, name in code]

    def function_at(self, address):
        at = bisect.bisect_right(self.starts, address) - 1
        return self.names[at] if at >= 0 else "?"


@dataclass
class Piece:
    """What one object file put into one section of the image."""

    section: str
    start: int
    size: int
    file: str


@dataclass
class Images:
    directory: Path

    @classmethod
    def copy(cls, directory):
        """A copy of what is measured."""
        for name in COPIED:
            if not (ARM64 / name).exists():
                raise UsageError(f"{ARM64 / name} is not built; run make.")
            shutil.copy(ARM64 / name, directory)
        return cls(Path(directory))

    @property
    def hypervisor(self):
        return self.directory / "hypervisor.img"

    @property
    def guest(self):
        return self.directory / "guest.img"

    def hypervisor_symbols(self):
        return Symbols(self.directory / "hypervisor.elf")

    def guest_symbols(self):
        return Symbols(self.directory / "guest.elf")

    def pieces(self):
        """The linker's map of the hypervisor, linked once more; it must come out as the image that is measured."""
        elf, image, table = (self.directory / name for name in ("mapped.elf", "mapped.img", "hypervisor.map"))
        command = link_command()
        at = command.index("-o")
        command[at + 1] = str(elf)
        subprocess.run([*command, f"-Wl,-Map={table}"], cwd=TREE, check=True)
        subprocess.run([CROSS + "objcopy", "-O", "binary", elf, image], check=True)
        if image.read_bytes() != self.hypervisor.read_bytes():
            raise UsageError("The hypervisor's objects are not those of its image; run make, and not during make bench.")
        return map_pieces(table.read_text())


def fingerprint():
    """Of everything built that is measured."""
    total = hashlib.sha256()
    for name in USED:
        total.update((ARM64 / name).read_bytes())
    return total.hexdigest()


def link_command():
    """How make would link the hypervisor, told by a make that believes the linker script to be new."""
    outer = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    done = subprocess.run(
        ["make", "-n", "-W", LINK_SCRIPT, HYPERVISOR_ELF],
        cwd=TREE,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    for line in done.stdout.replace("\\\n", " ").split("\n"):
        words = line.split()
        if words[-2:] == ["-o", HYPERVISOR_ELF]:
            return words
    raise UsageError("make does not tell how it links the hypervisor.")


def map_pieces(text):
    """The input sections of a GNU ld map, with the output section that each went to."""
    text = text[text.index("Linker script and memory map") :]
    text = re.sub(r"^( \S+)\n\s+(?=0x)", r"\1 ", text, flags=re.MULTILINE)  # long names break the line
    section, found = "", []
    for line in text.split("\n"):
        output = re.match(r"(\.[\w.]+)", line)
        if output:
            section = output[1]
        piece = re.match(r" (\.\S+|\*fill\*|COMMON)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s*(.*)", line)
        if piece and int(piece[3], 16):
            found.append(Piece(section, int(piece[2], 16), int(piece[3], 16), piece[4].split(" ")[0]))
    return found
