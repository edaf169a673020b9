# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""As much of the protocol of the emulator's debugger as it takes to send a core elsewhere."""

import socket


class Debugger:
    """The machine stands from here on, until leave()."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self.ask("?")
        self.ask("qXfer:features:read:target.xml:0,ffb")  # without it the emulator lets no register be written

    def send(self, text):
        data = text.encode()
        self.socket.sendall(b"$%s#%02x" % (data, sum(data) % 256))

    def answer(self):
        data = b""
        while b"#" not in data[:-2]:
            data += self.socket.recv(4096)
        self.socket.sendall(b"+")
        return data[data.index(b"$") + 1 : data.rindex(b"#")]

    def ask(self, text):
        self.send(text)
        return self.answer()

    def set(self, core, register, value):
        """The bytes, of a register by its number."""
        assert self.ask(f"Hg{core + 1:x}") == b"OK"
        assert self.ask(f"P{register:x}={value.hex()}") == b"OK"

    def leave(self):
        self.send("D")
