# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a kernel's log says of a program that a signal ended (lwk/kernel/signal_report.c), for the operator's eyes."""

import re

LINES_MAX = 30  # the kernel's reports are shorter: what follows may be a program's own words


def kernel_lines(console, vm):
    """The log lines of one kernel, without what stands before their text; vm 0: the one that owns the console."""
    source = rf"hv: vm {vm}: \[ *\d+\.\d+\] " if vm else ""
    return re.findall(rf"^\[ *\d+\.\d+\] {source}(.*?)\r?$", console, re.MULTILINE)


def find(console, vm, number):
    """The lines of the last report of an end by this signal; none when the kernel made none."""
    lines = kernel_lines(console, vm)
    starts = [at for at, line in enumerate(lines) if re.match(rf"\S.*\[\d+\]: ended by \w+ \({number}\), ", line)]
    if not starts:
        return []
    end = begin = starts[-1]
    while end + 1 < len(lines) and lines[end + 1].startswith("  ") and end - begin < LINES_MAX:
        end += 1
    return lines[begin : end + 1]


def describe(console, vm, number):
    """The same as text for standard error, or nothing."""
    lines = find(console, vm, number)
    return "".join(f"{line}\n" for line in [f"node: {lines[0]}", *lines[1:]]) if lines else ""
