# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""docs/results-arm64.md: the report for readers of the tree."""

from bulkhead_node.linux import kernel_image

from . import report as text

PLOT = "selfish-arm64.svg"
HEAD = """# Results: arm64

Written by `bench/run --docs`; do not edit. What the numbers mean and what they cannot see: `measuring.md`. All of them are **instructions** on an
emulator, deterministic, hence the same on every machine that runs the command; none of them is a time.

commit {commit}; {emulator}; board {board}; Debian's kernel {linux}; two runs gave the same numbers: {repeatable}
"""


def rows_table(head, rows):
    """A table of Markdown: words first, numbers right."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]


def cost_table(costs):
    rows = [
        (row["text"], *(f"{row[system]:,.0f}" for system in ("native", "isolated", "linux")), row.get("aim", ""))
        for row in costs["figures"].values()
    ]
    return ["## What services cost", "", *rows_table(("", "native", "isolated", "Debian's kernel", "aim"), rows)]


def program_table(programs):
    rows = []
    for name, row in programs["programs"].items():
        for kind in ("whole", "timed"):
            own, linux = row["isolated_to_native"][kind], row["linux_to_native"][kind]
            rows.append((f"{name} {row['arguments']}, {kind}", f"{row['native'][kind]:,}", f"{own:.6f}", f"{linux:.6f}"))
    head = ("", "native", "isolated / native", "Debian's kernel / native")
    aims = "The aim for isolated / native is 1.001, of the whole program."
    return ["## Benchmarks on one core", "", *rows_table(head, rows), "", aims]


def selfish_table(selfish):
    rows = []
    for run in selfish["runs"].values():
        lengths = run["lengths_ns"] or {"median": "", "longest": ""}
        expected = "" if run["expected"] is None else f"{run['expected']:,}"
        lost = f"{run['lost_ns'] / 1000:,.1f}"
        rows.append((run["text"], f"{run['detours']:,}", expected, lengths["median"], lengths["longest"], lost))
    head = ("", "detours", "expected", "median, ns", "longest, ns", "lost, us")
    title = f"## selfish-detour, {selfish['seconds']} s of guest time"
    return [title, "", *rows_table(head, rows), "", f"![detours of all runs]({PLOT})"]


def login_table(login):
    boots = [
        (f"GICv{run['gic']}", *(f"{run[name]:,}" for name in ("bare", "login", "hypervisor")), f"{run['ratio']:.3f}", run["aim"]) for run in login["boots"]
    ]
    ways = [
        (name, f"{way['median']:,}", f"{sum(way['exits'].values()):g}", ", ".join(way["exits"])) for name, way in login["interrupts"].items()
    ]
    head = ("Debian's kernel to its first program", "bare machine", "as login VM", "of it the hypervisor", "ratio", "aim")
    what = "device interrupt to the first instruction of Linux's handler"
    head_ways = (what, "instructions, median", "exits of all VMs for each, timers' meanwhile included", "which")
    return ["## The login VM", "", *rows_table(head, boots), "", *rows_table(head_ways, ways)]


def page(report):
    names = {name: report[name] for name in ("commit", "emulator", "board")}
    linux = kernel_image().name.removeprefix("vmlinuz-")
    head = HEAD.format(**names, linux=linux, repeatable="yes" if report["repeatable"] else "no")
    parts = [head.rstrip().split("\n"), cost_table(report["costs"]), program_table(report["programs"])]
    parts += [selfish_table(report["selfish"]), login_table(report["login"]), ["## Everything", "", "```", text.table(report).rstrip(), "```"]]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"
