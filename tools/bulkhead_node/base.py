# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What every job finds in its initial file tree beside what is its own: init, and the files that C libraries look up.

    python3 -m bulkhead_node.base INIT >base.cpio       as the host's daemon wants it
"""

import sys

from . import cpio
from .common import ARM64, require

INIT = ARM64 / "user/init"
ETC = {
    "passwd": b"root:x:0:0:root:/:/bin/sh\n",
    "group": b"root:x:0:\n",
    "nsswitch.conf": b"passwd: files\ngroup: files\nhosts: files\n",
    "hosts": b"127.0.0.1 localhost bulkhead\n",
    "hostname": b"bulkhead\n",
}


def entries(init=INIT):
    return [
        cpio.program("init", require(init).read_bytes()),
        cpio.directory("etc"),
        *(cpio.Entry(f"etc/{name}", text) for name, text in ETC.items()),
    ]


if __name__ == "__main__":
    sys.stdout.buffer.write(cpio.archive(entries(sys.argv[1])))
