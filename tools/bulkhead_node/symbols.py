# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Names for addresses in a kernel, from the symbol table of its ELF file."""

import bisect
import re
import struct
from pathlib import Path

SYMBOL_TABLE, FUNCTION = 2, 2
FAR = 0x10000  # no function is that long
ADDRESS = re.compile(r"\b0x[0-9a-f]{8,16}\b")


class Symbols:
    """Of no file, no address has a name."""

    def __init__(self, path):
        self.functions = sorted(read_functions(Path(path).read_bytes())) if Path(path).exists() else []

    def name(self, address):
        """NAME+OFFSET, or None."""
        at = bisect.bisect_right(self.functions, (address + 1,)) - 1
        if at < 0 or address - self.functions[at][0] > FAR:
            return None
        start, name = self.functions[at]
        return f"{name}+{address - start:#x}"

    def explain(self, text):
        """The text, with a name behind each address that has one."""

        def named(match):
            name = self.name(int(match[0], 16))
            return f"{match[0]} ({name})" if name else match[0]

        return ADDRESS.sub(named, text)


def read_functions(data):
    (sections,) = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, sections + i * size) for i in range(count)]
    for header in headers:
        if header[1] != SYMBOL_TABLE:
            continue
        strings = headers[header[6]][4]
        for at in range(header[4], header[4] + header[5], 24):
            name, info, _, _, value, _ = struct.unpack_from("<IBBHQQ", data, at)
            if info & 15 == FUNCTION:
                text = data[strings + name : data.index(b"\0", strings + name)]
                yield value, text.decode(errors="replace")
