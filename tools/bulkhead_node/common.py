# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Where things are, sizes, and the one exception for wrong usage."""

import os
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
BUILD = TREE / "build"
ARM64 = BUILD / "arm64"
X86 = BUILD / "x86"
LINUX_INIT = ARM64 / "user/linux_init"

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30
BLOCK = 2 * MIB  # memory changes hands in these units

EXIT_USAGE = 64  # EX_USAGE of sysexits.h
EXIT_SOFTWARE = 70  # EX_SOFTWARE
EXIT_TIMEOUT = 124  # as timeout(1)


class UsageError(Exception):
    """The operator asked for something that cannot be done; the text is one clear sentence."""


def cache_root(architecture="arm64"):
    """Where tools/setup unpacks packages; architectures are arm64 and x86."""
    cache = os.environ.get("CACHE")
    if not cache:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bulkhead"
    return Path(cache) / architecture / "root"


def require(path):
    if not Path(path).exists():
        raise UsageError(f"{path} is not built; run make.")
    return Path(path)


def round_up(value, unit):
    return (value + unit - 1) // unit * unit


def size_text(size):
    """As the operator would write it."""
    for unit, letter in ((GIB, "G"), (MIB, "M"), (KIB, "K")):
        if size >= unit and size % unit == 0:
            return f"{size // unit}{letter}"
    return f"{size} bytes"


def kernel_image(architecture="arm64"):
    """Debian's kernel, as the package brings it."""
    found = sorted(cache_root(architecture).glob("boot/vmlinuz-*"))
    if not found:
        raise UsageError(f"Debian's {architecture} kernel is missing; run make setup.")
    return found[-1]
