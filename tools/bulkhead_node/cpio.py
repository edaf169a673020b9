# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Archives in cpio newc format: a writer for boot bundles and initial file trees, a reader for files that come back."""

import os
import re
import stat
from dataclasses import dataclass

MAGIC = b"070701"
HEADER_SIZE = 6 + 13 * 8
SIZE_MAX = (1 << 32) - 1  # bytes of a file
TRAILER = "TRAILER!!!"
HEX = re.compile(rb"070701[0-9A-Fa-f]{104}")  # int() takes signs, blanks and underscores as well


@dataclass
class Entry:
    name: str
    data: bytes = b""
    mode: int = stat.S_IFREG | 0o644


def directory(name):
    return Entry(name, b"", stat.S_IFDIR | 0o755)


def program(name, data):
    return Entry(name, data, stat.S_IFREG | 0o755)


def pad(data):
    return data + bytes(-len(data) % 4)


def record(number, entry):
    name = os.fsencode(entry.name) + b"\0"
    fields = (number, entry.mode, 0, 0, 1, 0, len(entry.data), 0, 0, 0, 0, len(name), 0)
    header = MAGIC + b"".join(b"%08X" % field for field in fields)
    return pad(header + name) + pad(entry.data)


def archive(entries):
    """The archive as bytes. A name may come twice: what the reader makes of that is for tests to see."""
    records = [record(number, entry) for number, entry in enumerate(entries, 1)]
    return b"".join(records) + record(0, Entry(TRAILER, b"", 0))


class CorruptArchive(Exception):
    """The bytes are not a whole cpio archive."""


def entries(data):
    """Yields the entries of an archive that nobody vouches for."""
    at = 0
    while True:
        header = data[at : at + HEADER_SIZE]
        if len(header) < HEADER_SIZE or header[:6] != MAGIC:
            raise CorruptArchive(f"no header at byte {at}")
        if not HEX.fullmatch(header):
            raise CorruptArchive(f"bad header at byte {at}")
        fields = [int(header[6 + 8 * i : 14 + 8 * i], 16) for i in range(13)]
        mode, size, name_size = fields[1], fields[6], fields[11]
        data_at = at + (HEADER_SIZE + name_size + 3) // 4 * 4
        at = data_at + (size + 3) // 4 * 4
        if name_size == 0 or data_at + size > len(data):
            raise CorruptArchive(f"cut at byte {len(data)}")
        start = data_at - (HEADER_SIZE + name_size + 3) // 4 * 4 + HEADER_SIZE
        name = bytes(data[start : start + name_size - 1]).decode(errors="surrogateescape")
        if name == TRAILER and mode == 0:  # a file may be called so, too
            return
        yield Entry(name, bytes(data[data_at : data_at + size]), mode)
