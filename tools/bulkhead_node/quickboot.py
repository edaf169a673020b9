# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A disk image that boots Debian's amd64 kernel within seconds, or a multiboot kernel, in an emulator without -kernel (tools/quickboot/boot.S).

The kernel is unpacked here, not there, and no boot menu or firmware driver is in between.
"""

import struct

from .common import UsageError

SECTOR = 512
TABLE_SECTOR = 8
PIECES_MAX = (SECTOR - 8) // 12 - 1
PARAMS = 0x90000  # struct boot_params, or the multiboot record
COMMAND_LINE = 0x91000
COMMAND_LINE_MAX = 2048
PAGE_TABLES = 0x70000
INITRD = 128 << 20  # well behind the kernel
# multiboot: what the record has, where its parts lie behind it, and where the modules do
HAS_MODULES, HAS_COMMAND_LINE, HAS_MAP = 8, 4, 64
MODULES_AT, MAP_AT = 0x100, 0x180
MODULES = 32 << 20
USABLE = 1
# Documentation/x86/boot.rst
SETUP_SECTORS = 0x1F1
HEADER_END = 0x201  # + 0x202
LOADER_TYPE, RAMDISK, COMMAND_LINE_POINTER = 0x210, 0x218, 0x228
LOADER_UNKNOWN = 0xFF
PAGE, LARGE = 4096, 1 << 21
PRESENT_WRITE, LARGE_PAGE = 3, 0x80
PT_LOAD = 1


def kernel_pieces(elf):
    """Its entry address, and (address, bytes) of each segment."""
    entry, table = struct.unpack_from("<QQ", elf, 24)
    size, count = struct.unpack_from("<HH", elf, 54)
    pieces = []
    for at in range(table, table + size * count, size):
        kind, _, offset, _, address, length = struct.unpack_from("<IIQQQQ", elf, at)
        if kind == PT_LOAD:
            pieces.append((address, elf[offset : offset + length]))
    return entry, pieces


def boot_params(image, initrd_size):
    params = bytearray(PAGE)
    end = HEADER_END + 1 + image[HEADER_END]
    params[SETUP_SECTORS:end] = image[SETUP_SECTORS:end]
    params[LOADER_TYPE] = LOADER_UNKNOWN
    struct.pack_into("<II", params, RAMDISK, INITRD, initrd_size)
    struct.pack_into("<I", params, COMMAND_LINE_POINTER, COMMAND_LINE)
    return bytes(params)


def page_tables():
    """The first 4 GiB where they are, by pages of 2 MiB."""
    directories = [PAGE_TABLES + (2 + i) * PAGE for i in range(4)]
    tables = struct.pack("<Q", PAGE_TABLES + PAGE | PRESENT_WRITE).ljust(PAGE, b"\0")
    tables += struct.pack("<4Q", *(table | PRESENT_WRITE for table in directories)).ljust(PAGE, b"\0")
    return tables + struct.pack("<2048Q", *(n * LARGE | PRESENT_WRITE | LARGE_PAGE for n in range(2048)))


def disk_image(boot_sectors, packed, kernel, initrd, command_line):
    """The image as bytes; `packed`: a bzImage, `kernel`: what is packed there, `boot_sectors`: boot.S, assembled."""
    entry, pieces = kernel_pieces(kernel)
    pieces += [
        (PAGE_TABLES, page_tables()),
        (PARAMS, boot_params(packed, len(initrd))),
        (COMMAND_LINE, text(command_line)),
        (INITRD, initrd),
    ]
    return assemble(boot_sectors, struct.pack("<II", entry, 0), pieces)


def multiboot_image(boot_sectors, kernel, modules, command_line, memory):
    """The same of a flat kernel with addresses in its multiboot header, on a machine of `memory` bytes."""
    load, _, end, entry = struct.unpack_from("<4I", kernel, 16)
    pieces, places, at = [(load, kernel.ljust(end - load, b"\0")), (COMMAND_LINE, text(command_line))], b"", MODULES
    for module in modules:
        pieces.append((at, module))
        places += struct.pack("<4I", at, at + len(module), 0, 0)
        at += -(-len(module) // LARGE) * LARGE
    usable = struct.pack("<IQQI", 20, 1 << 20, memory - (2 << 20), USABLE)  # the BIOS has its tables at the end
    record = struct.pack("<7I", HAS_MODULES | HAS_COMMAND_LINE | HAS_MAP, 0, 0, 0, COMMAND_LINE, len(modules), PARAMS + MODULES_AT)
    record += struct.pack("<6I", 0, 0, 0, 0, len(usable), PARAMS + MAP_AT)
    record = (record.ljust(MODULES_AT, b"\0") + places).ljust(MAP_AT, b"\0") + usable
    return assemble(boot_sectors, struct.pack("<II", 0, entry), [*pieces, (PARAMS, record)])


def text(command_line):
    words = command_line.encode() + b"\0"
    if len(words) > COMMAND_LINE_MAX:
        raise UsageError(f"The kernel's command line is longer than {COMMAND_LINE_MAX - 1} bytes: leave some of --append away.")
    return words


def assemble(boot_sectors, table, pieces):
    body, sector = [], TABLE_SECTOR + 1
    for address, data in pieces:
        sectors = -(-len(data) // SECTOR)
        table += struct.pack("<3I", address, sector, sectors)
        body.append(data.ljust(sectors * SECTOR, b"\0"))
        sector += sectors
    assert len(pieces) <= PIECES_MAX and len(boot_sectors) == TABLE_SECTOR * SECTOR
    return b"".join([boot_sectors, table.ljust(SECTOR, b"\0"), *body])
