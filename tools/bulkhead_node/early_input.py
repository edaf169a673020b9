# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Standard input that is there before the node starts: it goes along in the job's file tree.

The emulated UART takes one byte at a time, some 60 KB a second; and what arrives while the node runs makes no run like the other. So a
file, and whatever a pipe holds that has come to its end, does not go over it.
"""

import os
import select
import stat
import time
from dataclasses import dataclass

from .common import MIB

SHARE = 4  # of the enclave's memory, one part for input
PATIENCE = 0.2  # seconds for a pipe to come to its end
PIECE = 1 * MIB


@dataclass
class EarlyInput:
    data: bytes
    ended: bool  # there is nothing behind data


def read_pipe(fd, limit):
    """What comes within our patience, not necessarily to the end."""
    data = bytearray()
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    deadline = time.monotonic() + PATIENCE
    while len(data) < limit:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            return EarlyInput(bytes(data), False)
        piece = os.read(fd, PIECE)
        if not piece:
            return EarlyInput(bytes(data), True)
        data += piece
    return EarlyInput(bytes(data), False)


def read_file(fd, limit):
    data = bytearray()
    while len(data) < limit:
        piece = os.read(fd, PIECE)
        if not piece:
            return EarlyInput(bytes(data), True)
        data += piece
    return EarlyInput(bytes(data), False)


def early_input(memory, deterministic, fd=0):
    """With `deterministic`, what is no file counts as empty."""
    try:
        mode = os.fstat(fd).st_mode
        if stat.S_ISREG(mode):
            return read_file(fd, memory // SHARE)
        if deterministic:
            return EarlyInput(b"", True)
        if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
            return read_pipe(fd, memory // SHARE)
    except OSError:  # closed, or a terminal in the background: no input
        return EarlyInput(b"", True)
    return EarlyInput(b"", False)
