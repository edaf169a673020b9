# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""How large the hypervisor is: lines of code, and bytes of its image by where they come from."""

from collections import Counter
from pathlib import Path

from bulkhead_node.common import ARM64, KIB, TREE, UsageError

LINES_AIM = 6000
BYTES_AIM = 64 * KIB
FOLDERS = ("hv/arm64", "lib")
HOW_LINES = (
    "files of hv/arm64 and lib/ that the compiler read for the objects linked (.d files); without blank lines and lines "
    "that are comment only"
)
HOW_BYTES = (
    "input sections of the linker's map; text: code, constants and relocations, data: initialized data; gaps between "
    "them are the hypervisor's, libfdt's own bytes are left out"
)
CONCERNS = {  # what files of hv/arm64 are for, by how their names begin; docs/architecture.md says why it is at EL2
    "entry, exits, switches of vCPUs, faults": "start vectors offsets traps cpu vcpu run regs sysreg fault smc limits vm. cache hidden",
    "interrupts, physical and virtual": "gic vgic",
    "the login VM's emulated distributor": "vdist mmio",
    "owners of memory, stage 2": "memory stage2",
    "memory that VMs share at run time": "share ffa_memory",
    "calls: FF-A's others, PSCI, vendor": "call ffa_message ffa_setup ffa_notify notify psci vendor",
    "VMs made at run time, their device trees": "life enclave vm_carve measure image vmdt",
    "the login VM loaded again, seeds": "reload seed",
    "boot: machine, manifest, VMs, PCI": "boot el2_mmu platform manifest load pci libc link",
    "the log": "log",
}
KINDS = {
    ".text": "text",
    ".rodata": "text",
    ".rela.dyn": "text",
    ".dynamic": "text",
    ".dynsym": "text",
    ".dynstr": "text",
    ".hash": "text",
    ".data": "data",
    ".bss": "bss",
}


def code_lines(path):
    """Lines that are neither blank nor comment; C and assembly by C's rules."""
    lines, inside = 0, False
    for line in path.read_text().split("\n"):
        line = line.strip()
        if inside or line.startswith("/*"):
            inside = "*/" not in line
        elif line and not line.startswith("//"):
            lines += 1
    return lines


def sources_of(objects):
    """Every file of the tree that the compiler read for these objects, by their .d files."""
    found = set()
    for path in objects:
        rules = (TREE / path).with_suffix(".d")
        if not rules.exists():
            raise UsageError(f"{rules} is missing; run make.")
        words = rules.read_text().replace("\\\n", " ").split("\n\n")[0].split(":", 1)[1].split()
        for word in words:
            file = Path(word)
            if not file.is_absolute() and not word.endswith(":"):
                found.add(Path(*(part for part in file.parts if part != ".")))
    return found


def lines_by_folder(objects):
    """Code lines of FOLDERS, and beside them of include/."""
    counted = Counter()
    files = sources_of(objects) | {Path("hv/arm64/link.ld")}
    for file in files:
        for folder in (*FOLDERS, "include"):
            if file.parts[: len(Path(folder).parts)] == Path(folder).parts:
                counted[folder] += code_lines(TREE / file)
    return dict(counted)


def concern_of(file):
    """The one with the longest beginning of the file's name, or None."""
    fitting = [(len(start), name) for name, starts in CONCERNS.items() for start in starts.split() if file.name.startswith(start)]
    return max(fitting)[1] if fitting else None


def lines_by_concern():
    counted = Counter()
    for file in sorted((TREE / FOLDERS[0]).glob("*.[chSl]*")):
        counted[concern_of(file)] += code_lines(file)
    return {name: counted[name] for name in (*CONCERNS, None) if name in counted}


def bytes_by_origin(pieces):
    sizes = {"hypervisor": Counter(), "libfdt": Counter()}
    for piece in pieces:
        kind = KINDS.get(piece.section)
        if kind:
            sizes["libfdt" if "libfdt" in piece.file else "hypervisor"][kind] += piece.size
    return {name: dict(kinds) for name, kinds in sizes.items()}


def measure(pieces):
    objects = {piece.file for piece in pieces if piece.file.startswith("build/") and piece.file.endswith(".o")}
    lines = lines_by_folder(objects)
    sizes = bytes_by_origin(pieces)
    total_lines = sum(lines[folder] for folder in FOLDERS)
    own = sizes["hypervisor"].get("text", 0) + sizes["hypervisor"].get("data", 0)
    return {
        "code_lines": {
            "total": total_lines,
            "by_folder": dict(sorted(lines.items())),
            "by_concern": lines_by_concern(),
            "aim": LINES_AIM,
            "met": total_lines <= LINES_AIM,
            "how": HOW_LINES,
        },
        "text_and_data": {"bytes": own, "aim": BYTES_AIM, "met": own <= BYTES_AIM, "how": HOW_BYTES},
        "by_origin": sizes,
        "image_file": (ARM64 / "hypervisor.img").stat().st_size,
    }


def totals(measured):
    """What is guarded."""
    return {"code_lines": measured["code_lines"]["total"], "bytes": measured["text_and_data"]["bytes"]}
