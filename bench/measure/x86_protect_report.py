# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The tables of what protection costs."""

from . import x86_protect as protect
from .results import rows_table

MACHINES = {"protection": "QEMU, SVM", "protection_vmx": "Bochs, VMX"}


def size_text(size):
    size = int(size)
    return f"{size >> 30} GiB" if size >= 1 << 30 else f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB"


def of_both(report, path, rows):
    """A row for each of `rows`, with a column for each machine."""
    columns = [report[name][path] for name in MACHINES]
    return [(text, *(f"{column[name]:,.0f}" for column in columns)) for name, text in rows.items()]


def exits_lines(report):
    bare = of_both(report, "bare", protect.KINDS)
    more = of_both(report, "kinds", protect.KINDS)
    kinds = [(one[0], *(f"{count} +{extra}" for count, extra in zip(one[1:], two[1:]))) for one, two in zip(bare, more)]
    ends = [(f"{text}, to the record", *(f"{report[name]['ends'][word]:,}" for name in MACHINES)) for word, text in protect.ENDS.items()]
    head = ("bare +protected", *MACHINES.values())
    return [*rows_table(head, kinds), "", *rows_table(("what ends the enclave", *MACHINES.values()), ends), "", protect.HOW["protection"] + "."]


def commands_lines(report):
    rows = of_both(report, "commands", protect.COMMANDS)
    flush = report["protection"]["flush"]
    one, four = (flush.get(cores, flush.get(str(cores))) for cores in (1, 4))
    rows.append(("flush of one of 4 cores; of 4", f"{one:,.0f}; {four:,.0f} ({four / one:.2f})", ""))
    changes = of_both(report, "changes", protect.CHANGES)
    lines = [*rows_table(("command by NMI", *MACHINES.values()), rows), "", protect.HOW["commands"] + ".", ""]
    lines += [*rows_table(("nested tables", *MACHINES.values()), changes), "", protect.HOW["changes"] + ".", ""]
    units = [
        (f"{title}, {size_text(size)}", f"{ways['map']:,}", f"{ways['unmap']:,}") for title, sizes in report["host_unit"].items() for size, ways in sizes.items()
    ]
    return [*lines, *rows_table(("to 4 KiB, EPT", "map", "unmap"), units), "", protect.HOW["host_unit"] + "."]


def launch_lines(report):
    rows = []
    for size, runs in report["launch"].items():
        for part, text in (("host", "made by its host"), ("cokernel", "to the first user instruction")):
            bare, full = (runs[isolation][part] for isolation in ("none", protect.FULL))
            rows.append((f"{size} MiB, {text}", f"{bare:,}", f"{full:,}", f"{full / bare:.4f}"))
    return [*rows_table(("an enclave of", "bare", "full", "ratio"), rows), "", protect.HOW["launch"] + "."]


def overhead_lines(report):
    systems = [isolation for isolation in protect.SYSTEMS if isolation != "none"]
    rows = [(name, f"{row['none']:,}", *(f"{row['ratios'][isolation]:.6f}" for isolation in systems)) for name, row in report["overhead"].items()]
    return [*rows_table(("", "bare", *systems), rows), "", protect.HOW["overhead"] + "."]


def walks_lines(report):
    rows = []
    for leaves, found in report["walks"].items():
        for row in found:
            references = str(row["least"]) if row["least"] == row["most"] else f"{row['least']} to {row['most']}"
            rows.append((leaves, size_text(row["guest"]), size_text(row["nested"]), row["pages"], references, row["bare"]))
    head = ("nested leaves at most", "guest's page", "its nested leaf", "pages", "references of a walk", "on a bare core")
    return [*rows_table(head, rows), "", protect.HOW["walks"] + "."]


def size_lines(report):
    found = report["sizes"]
    rows = [("lines of code, both back ends", f"{found['code_lines']:,}", f"{protect.LINES_AIM:,}")]
    rows += [(f"{name}.img, bytes", f"{count:,}", f"{protect.BYTES_AIM:,}") for name, count in found["bytes"].items()]
    return [*rows_table(("hv/x86", "", "aim: below"), rows), "", protect.HOW["size"] + "."]


SECTIONS = {
    "Protection: exits": exits_lines,
    "Protection: commands and tables": commands_lines,
    "Protection: launch": launch_lines,
    "Protection: programs": overhead_lines,
    "Protection: walks of two tables": walks_lines,
    "Protection: size": size_lines,
}
PARTS = {
    "protection": protect.protection,
    "protection_vmx": protect.protection_vmx,
    "host_unit": protect.host_unit,
    "launch": protect.launch,
    "overhead": protect.overhead,
    "walks": protect.walks,
    "sizes": protect.sizes,
}


def lines(report):
    """All sections; a report of `bench/run --only` has some parts alone."""
    needs = (("protection", "protection_vmx"), ("protection", "protection_vmx", "host_unit"), ("launch",), ("overhead",), ("walks",), ("sizes",))
    made = []
    for (title, section), parts in zip(SECTIONS.items(), needs):
        if all(part in report for part in parts):
            made.append([f"## {title}", "", *section(report)])
    return made
