# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks, before anything is started, that a file is a static program for the node, and tells how much memory it needs."""

import os
import stat
import struct

from .common import UsageError

HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
DYNAMIC = struct.Struct("<QQ")

ET_EXEC, ET_DYN = 2, 3
ARM64, X86 = 183, 62
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NULL, DT_NEEDED = 0, 1
MACHINES = {3: "i386", 40: "arm (32 bit)", X86: "x86-64", ARM64: "arm64", 243: "RISC-V", 21: "ppc64"}


def read_program(path):
    """The bytes of a regular file."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UsageError(f"{path} is not a regular file.")
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise UsageError(f"There is no file {path}.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None


def check_header(path, image, wanted=ARM64):
    if image[:4] != b"\x7fELF":
        raise UsageError(f"{path} is not an ELF program.")
    if len(image) < HEADER.size:
        raise UsageError(f"{path} is a truncated ELF file.")
    header = HEADER.unpack_from(image)
    ident, kind, machine = header[0:3]
    if ident[4] != 2 or ident[5] != 1 or machine != wanted:
        name = MACHINES.get(machine, f"machine {machine}")
        raise UsageError(f"{path} is a program for {name}, not for {MACHINES[wanted]}.")
    if kind not in (ET_EXEC, ET_DYN):
        raise UsageError(f"{path} is an ELF file but not a program.")
    return header


def program_headers(path, image, header):
    offset, sections_at = header[5:7]
    entry_size, count, section_size, section_count = header[9:13]
    if entry_size != PROGRAM_HEADER.size or count == 0:
        raise UsageError(f"{path} is an ELF file without usable program headers.")
    if offset + count * entry_size > len(image) or sections_at + section_count * section_size > len(image):
        raise UsageError(f"{path} is a truncated ELF file.")
    return [PROGRAM_HEADER.unpack_from(image, offset + i * entry_size) for i in range(count)]


def needs_libraries(image, offset, size):
    for at in range(offset, offset + size - DYNAMIC.size + 1, DYNAMIC.size):
        tag, _ = DYNAMIC.unpack_from(image, at)
        if tag == DT_NULL:
            return False
        if tag == DT_NEEDED:
            return True
    return False


def program_memory(path, image, wanted=ARM64):
    """Bytes of memory that the program's segments span; raises UsageError for what the LWK cannot run."""
    low, high = None, 0
    for kind, _, offset, vaddr, _, filesz, memsz, _ in program_headers(path, image, check_header(path, image, wanted)):
        if kind not in (PT_LOAD, PT_DYNAMIC, PT_INTERP):
            continue
        if offset + filesz > len(image):
            raise UsageError(f"{path} is a truncated ELF file.")
        if kind == PT_INTERP or kind == PT_DYNAMIC and needs_libraries(image, offset, filesz):
            raise UsageError(f"{path} is a dynamic program; link it with -static.")
        if kind == PT_LOAD:
            if memsz < filesz or vaddr + memsz >= 1 << 64:
                raise UsageError(f"{path} is an ELF file with an impossible segment.")
            low = vaddr if low is None else min(low, vaddr)
            high = max(high, vaddr + memsz)
    if low is None:
        raise UsageError(f"{path} is an ELF file with nothing to load.")
    return high - low
