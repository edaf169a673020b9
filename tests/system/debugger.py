# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""As much of the protocol of the emulator's debugger as it takes to send a core elsewhere."""

import re
import socket


class Debugger:
    """The machine stands from here on, until leave()."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self.received = b""
        self.ask("qXfer:features:read:target.xml:0,ffb")  # without it the emulator lets no register be written

    def packet(self):
        while not (match := re.search(rb"\$([^#]*)#..", self.received, re.DOTALL)):
            assert (data := self.socket.recv(4096)), "the emulator hung up"
            self.received += data
        self.received = self.received[match.end() :]
        self.socket.sendall(b"+")
        return match[1]

    def ask(self, text):
        data = text.encode()
        self.socket.sendall(b"$%s#%02x" % (data, sum(data) % 256))
        while (answer := self.packet()).startswith(b"T"):  # that the machine stands is told at any time, unasked
            pass
        return answer

    def get(self, core, register):
        """A number, of a register of 8 bytes by its number."""
        assert self.ask(f"Hg{core + 1:x}") == b"OK"
        return int.from_bytes(bytes.fromhex(self.ask(f"p{register:x}").decode()), "little")

    def set(self, core, register, value):
        """The bytes, of a register by its number."""
        assert self.ask(f"Hg{core + 1:x}") == b"OK"
        assert self.ask(f"P{register:x}={value.hex()}") == b"OK"

    def leave(self):
        assert self.ask("D") == b"OK"
