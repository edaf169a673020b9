# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The login VM: Debian's kernel as the package brings it, an initial file tree around busybox, and the drivers that it loads.

`tree()` makes the file tree; others add entries to it (programs, modules, hooks in etc/init.d).
"""

import re
from pathlib import Path

from . import cpio
from .common import ARM64, TREE, UsageError, cache_root, kernel_image, require

FILES = TREE / "tools/login"
SCRIPTS = {"init": "init", "etc/init.d/bulkhead": "bulkhead", "etc/init.d/network": "network", "etc/udhcpc": "udhcpc"}
COMMAND = ARM64 / "cli/bulkhead"
COMPLETION = TREE / "cli/completion/bulkhead"
CHANNEL = ARM64 / "linux/bulkhead.ko"
DIRECTORIES = ("bin", "etc", "etc/init.d", "lib", "lib/modules", "proc", "sys", "dev", "tmp", "root", "usr")
ETC = {
    "passwd": b"root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/tmp:/bin/sh\n",
    "group": b"root:x:0:\nbulkhead:x:900:\nuser:x:1000:\n",
    "hosts": b"127.0.0.1 localhost login\n",
}


def needs(module):
    """Names of the modules that this one needs, from its .modinfo section."""
    found = re.search(rb"\0depends=([^\0]*)\0", module.read_bytes())
    return [name for name in found[1].decode().split(",") if name] if found else []


def modules():
    """The unpacked modules of the kernel, each behind what it needs."""
    release = kernel_image().name.removeprefix("vmlinuz-")
    found = {path.stem.replace("-", "_"): path for path in cache_root().glob(f"lib/modules/{release}/**/*.ko")}
    if "virtio_pci" not in found:
        raise UsageError("The kernel modules of the login VM are missing; run make setup.")
    order = {}

    def add(name):
        if name in found and name not in order:
            for other in needs(found[name]):
                add(other.replace("-", "_"))
            order[name] = found[name]

    for name in sorted(found):
        add(name)
    return [*order.values(), require(CHANNEL)]


def busybox():
    path = cache_root() / "bin/busybox"
    if not path.exists():
        raise UsageError("busybox for arm64 is missing; run make setup.")
    return path.read_bytes()


def tree(extra=()):
    """The initial file tree as bytes; `extra`: more cpio entries, which replace what is there."""
    drivers = modules()
    entries = [cpio.directory(name) for name in DIRECTORIES]
    entries += [cpio.program("bin/busybox", busybox()), cpio.program("bin/sh", busybox())]
    entries.append(cpio.program("bin/bulkhead", require(COMMAND).read_bytes()))
    entries.append(cpio.program("bin/bash", (cache_root() / "bin/bash-static").read_bytes()))
    entries.append(cpio.Entry("etc/bulkhead.bash", COMPLETION.read_bytes()))
    entries.append(cpio.Entry("root/.bash_profile", b". /etc/bulkhead.bash\n"))
    entries += [cpio.program(name, Path(FILES / file).read_bytes()) for name, file in SCRIPTS.items()]
    entries += [cpio.Entry(f"etc/{name}", text) for name, text in ETC.items()]
    entries += [cpio.Entry(f"lib/modules/{driver.name}", driver.read_bytes()) for driver in drivers]
    entries.append(cpio.Entry("lib/modules/list", "".join(f"{driver.name}\n" for driver in drivers).encode()))
    return cpio.archive([*entries, *extra])
