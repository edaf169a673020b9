# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The login VM, and the host of an x86 node: Debian's kernel as the package brings it, an initial file tree around busybox, and the drivers
that it loads.

`tree()` makes the file tree; others add entries to it (programs, modules, hooks in etc/init.d).
"""

import re
from pathlib import Path

from . import cpio
from .common import BUILD, MIB, TREE, UsageError, cache_root, kernel_image, require

FILES = TREE / "tools/login"
SCRIPTS = {"init": "init", "etc/init.d/bulkhead": "bulkhead", "etc/init.d/network": "network", "etc/udhcpc": "udhcpc"}
COMPLETION = TREE / "cli/completion/bulkhead"
DRIVERS = {"arm64": "bulkhead.ko", "x86": "bulkhead-cokernel.ko"}  # of this tree
DISK_SIZE = 64 * MIB
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


def modules(architecture="arm64"):
    """The unpacked modules of the kernel, each behind what it needs."""
    release = kernel_image(architecture).name.removeprefix("vmlinuz-")
    root = cache_root(architecture)
    found = {path.stem.replace("-", "_"): path for path in root.glob(f"lib/modules/{release}/**/*.ko")}
    if "virtio_pci" not in found:
        raise UsageError(f"The {architecture} kernel's modules are missing; run make setup.")
    order = {}

    def add(name):
        if name in found and name not in order:
            for other in needs(found[name]):
                add(other.replace("-", "_"))
            order[name] = found[name]

    for name in sorted(found):
        add(name)
    return [*order.values(), require(BUILD / architecture / "linux" / DRIVERS[architecture])]


def busybox(architecture="arm64"):
    path = cache_root(architecture) / "bin/busybox"
    if not path.exists():
        raise UsageError(f"busybox for {architecture} is missing; run make setup.")
    return path.read_bytes()


def device_options(directory, disk=None, slots=None):
    """The emulator's, for a disk and a network card on PCI, without ports and legacy registers. `disk`: a file; None: an empty one in `directory`."""
    if disk is None:
        disk = Path(directory) / "disk"
        with open(disk, "wb") as file:
            file.truncate(DISK_SIZE)
    disk_slot, card_slot = (f",addr={slot}" for slot in slots) if slots else ("", "")
    return [
        *("-drive", f"if=none,id=disk,format=raw,file={disk}"),
        *("-device", f"virtio-blk-pci,drive=disk{disk_slot},disable-legacy=on"),
        *("-netdev", "user,id=net"),
        *("-device", f"virtio-net-pci,netdev=net{card_slot},disable-legacy=on,romfile="),
    ]


def tree(extra=(), architecture="arm64", name="login"):
    """The initial file tree as bytes; `extra`: more cpio entries, which replace what is there."""
    drivers = modules(architecture)
    shell = busybox(architecture)
    entries = [cpio.directory(directory) for directory in DIRECTORIES]
    entries += [cpio.program("bin/busybox", shell), cpio.program("bin/sh", shell)]
    entries.append(cpio.Entry("etc/hostname", f"{name}\n".encode()))
    command = BUILD / architecture / "cli/bulkhead"
    if architecture == "arm64" or command.exists():
        entries.append(cpio.program("bin/bulkhead", require(command).read_bytes()))
    entries.append(cpio.program("bin/bash", (cache_root(architecture) / "bin/bash-static").read_bytes()))
    entries.append(cpio.Entry("etc/bulkhead.bash", COMPLETION.read_bytes()))
    entries.append(cpio.Entry("root/.bash_profile", b". /etc/bulkhead.bash\n"))
    entries += [cpio.program(path, Path(FILES / file).read_bytes()) for path, file in SCRIPTS.items()]
    entries += [cpio.Entry(f"etc/{file}", text) for file, text in ETC.items()]
    entries += [cpio.Entry(f"lib/modules/{driver.name}", driver.read_bytes()) for driver in drivers]
    entries.append(cpio.Entry("lib/modules/list", "".join(f"{driver.name}\n" for driver in drivers).encode()))
    return cpio.archive([*entries, *extra])
