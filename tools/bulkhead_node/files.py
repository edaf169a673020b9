# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Files that come back from a job (--out): a compressed cpio archive made by a VM, which may be anything.

What the VM sends decides neither how much memory we take nor where we write: a name leads below the directory, through no link, and
what is in its place is replaced, not written through.
"""

import contextlib
import os
import zlib

from . import cpio
from .common import MIB

OVERHEAD = 16 * MIB  # headers and names, beside the contents of files, which lie in the enclave's memory


class Broken(Exception):
    """The files did not come back whole, for the reason said."""


class Archive:
    """Takes the bytes as they come, no more than `limit` of what they stand for."""

    def __init__(self, memory):
        self.limit = memory + OVERHEAD
        self.data = bytearray()
        self.inflater = zlib.decompressobj(wbits=-15)
        self.error = None

    def put(self, payload):
        if self.error:
            return
        try:
            self.data += self.inflater.decompress(payload, self.limit - len(self.data) + 1)
        except zlib.error as error:
            self.error = str(error)
        if len(self.data) > self.limit:
            self.error = "they are larger than the enclave's memory"
            self.data.clear()

    def entries(self):
        if self.error:
            raise Broken(self.error)
        try:
            yield from cpio.entries(self.data)
        except cpio.CorruptArchive as error:
            raise Broken(str(error)) from None


def place(directory, name):
    """Where a file that the VM calls `name` goes; its directories are made."""
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\0" in name:
        raise Broken(f"a file is called {name!r}")
    parent = directory
    for part in parts[:-1]:
        parent = parent / part
        if parent.is_symlink():
            raise Broken(f"{str(parent)!r} is a link")
        parent.mkdir(exist_ok=True)
    return parent / parts[-1]


def write(path, entry):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, entry.mode & 0o777)
    with open(fd, "wb") as file:
        file.write(entry.data)


def store(archive, directory):
    """Writes the files below `directory`. Broken says what is wrong; what came before it has been written."""
    for entry in archive.entries():
        try:
            write(place(directory, entry.name), entry)
        except OSError as error:
            raise Broken(f"{entry.name!r}: {error.strerror}") from None
