# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The wire protocol of include/bulkhead/wire.h: frames on a byte stream, console text between them."""

import struct
from enum import IntEnum

START = 0x01
HEADER = struct.Struct("<BBHH")
PAYLOAD_MAX = 4096
NOT_STARTED = 0x10000


class Channel(IntEnum):
    STDIN = 0
    STDOUT = 1
    STDERR = 2
    EXIT = 3
    FILES = 4
    REPORT = 5
    CALLS = 6


def frame(channel, vm, payload=b""):
    return HEADER.pack(START, channel, vm, len(payload)) + payload


class Demux:
    """Takes the byte stream apart. Calls on_frame(vm, channel, payload) and on_text(bytes)."""

    def __init__(self, on_frame, on_text):
        self.on_frame = on_frame
        self.on_text = on_text
        self.pending = b""
        self.malformed = 0  # frame starts that no valid header followed

    def feed(self, data):
        data = self.pending + data
        at = 0
        while at < len(data):
            start = data.find(START, at)
            if start != at:
                end = len(data) if start < 0 else start
                self.on_text(data[at:end])
                at = end
                continue
            size = self.frame_size(data, at)
            if size is None:
                break
            if size == 0:
                self.malformed += 1
                self.on_text(b"?")
                at += 1
                continue
            _, channel, vm, _ = HEADER.unpack_from(data, at)
            self.on_frame(vm, Channel(channel), data[at + HEADER.size : at + size])
            at += size
        self.pending = data[at:]

    @staticmethod
    def frame_size(data, at):
        """Bytes of the frame at `at`, None when it is not all there yet, 0 when it is none."""
        if len(data) - at < HEADER.size:
            return None
        _, channel, _, length = HEADER.unpack_from(data, at)
        if channel not in Channel._value2member_map_ or length > PAYLOAD_MAX:
            return 0
        size = HEADER.size + length
        return size if len(data) - at >= size else None
