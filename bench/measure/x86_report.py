# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""bench/run --machine x86: measures twice, compares, writes the report, docs/results-x86.md and results-x86-protection.md."""

import json

from bulkhead_node.common import BUILD, TREE, kernel_image
from bulkhead_node.machine import emulator_version
from bulkhead_node.summary import commit

from . import costs, x86, x86_host, x86_protect_report
from .report import differences
from .results import rows_table
from .x86_protect_report import size_text

OUTPUT = BUILD / "bench/x86.json"
RESULTS = TREE / "docs/results-x86.md"
RESULTS_PROTECTION = TREE / "docs/results-x86-protection.md"
PARTS = {
    "services": x86.services,
    "conversation": x86.conversation,
    "creation": x86.creation,
    "selfish": x86.selfish,
    "host": x86_host.measure,
    **x86_protect_report.PARTS,
}
# the first two take minutes, and shorter ones are in make check; the others are of emulators and machines that do not count instructions
ONCE = ("selfish", "overhead", "host", "host_unit", "protection_vmx", "walks")
# the emulator may be interrupted while both processors work: then a few of the loader's instructions are counted on the other side of a mark
TOLERANCE = 0.001
SYSTEMS = {"lwk": "LWK in an enclave, tickless", "lwk_tick": "control: the same with tick=100", "linux": "Debian's kernel"}
HEAD = """# Results: x86

Written by `bench/run --machine x86 --docs`; do not edit. What the numbers mean and what they cannot see: `measuring.md`. They are **instructions** on an
emulator, the same to a thousandth on every machine that runs the command, but for the ratios of the last table; none of them is a time.

commit {commit}; {emulator}; {cpu}; Debian's kernel {linux}; two runs gave the same numbers, to a thousandth: {repeatable}
"""


def apart(one, other):
    """Whether two runs differ by more than TOLERANCE somewhere."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() != other.keys() or any(apart(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) != len(other) or any(map(apart, one, other))
    return abs(one - other) > TOLERANCE * abs(one)


def services_lines(services):
    rows = [
        (costs.TEXTS[name], f"{row['lwk']:,.0f}", f"{row['linux']:,.0f}", f"{row['linux'] / row['lwk']:.1f}") for name, row in services.items()
    ]
    return ["## What services cost", "", *rows_table(("", "LWK", "Debian's kernel", "ratio"), rows), "", x86.HOW["services"] + "."]


def conversation_lines(conversation):
    calls = [(x86.TEXTS[name], f"{count:,.0f}") for name, count in conversation["calls"].items()]
    regions = conversation["regions"]
    least = next(iter(regions.values()))["attach"]
    rows = [
        (size_text(int(size)), f"{ways['attach']:,}", f"{ways['attach'] / least:.2f}", f"{ways['detach']:,}") for size, ways in regions.items()
    ]
    head = ("region", "attached", "to the smallest", "detached")
    lines = ["## An enclave and its host", "", *rows_table(("round trip", "instructions"), calls), "", *rows_table(head, rows)]
    return [*lines, "", x86.HOW["conversation"] + ". Pages of 4 KiB below 2 MiB, blocks of 2 MiB from there on."]


def creation_lines(creation):
    rows = [(f"{size} MiB", f"{run['host']:,}", f"{run['cokernel']:,}") for size, run in creation.items()]
    head = ("an enclave of", "made by its host", "from its core's arrival to the first user instruction")
    return ["## To the first user instruction", "", *rows_table(head, rows), "", x86.HOW["creation"] + "."]


def selfish_lines(selfish):
    rows = []
    for name, run in selfish.items():
        lengths = run["lengths_ns"] or {"median": "", "longest": ""}
        share = f"{run['lost_ns'] / x86.SECONDS / 1e9:.7f}"
        rows.append((SYSTEMS[name], f"{run['detours']:,}", lengths["median"], lengths["longest"], f"{run['lost_ns'] / 1000:,.1f}", share))
    head = ("", "detours", "median, ns", "longest, ns", "lost, us", "share")
    title = f"## selfish-detour, {x86.SECONDS} s of guest time"
    return [title, "", *rows_table(head, rows), "", x86.HOW["selfish"] + "."]


def host_lines(found):
    regions = [(size_text(int(size)), *(f"{ways[way]:.2f}" for way in ("create", "attach", "detach"))) for size, ways in found["regions"].items()]
    calls = [
        ("an enclave of 64 MiB, created, started, to its first user instruction", f"{found['first_to_call']:,}"),
        ("the same with `full`, to that without", f"{found['protected_to_bare']:.2f}"),
        ("a region of 4 KiB attached to an enclave that runs", f"{found['attach_to_call']:,}"),
    ]
    detours = [(SYSTEMS[name], run["detours_a_second"], run["share"]) for name, run in found["detours"].items()]
    lines = ["## Within one run on a host", "", *rows_table(("", "times a call of the module"), calls), ""]
    lines += rows_table(("region, to the smallest", "created", "attached", "detached"), regions)
    lines += ["", *rows_table(("detours longer than 1 us, side by side", "a second", "share of time"), detours)]
    return [*lines, "", x86_host.HOW + "."]


LINES = {
    "services": services_lines,
    "conversation": conversation_lines,
    "creation": creation_lines,
    "selfish": selfish_lines,
    "host": host_lines,
}


def page(report):
    names = {name: report[name] for name in ("commit", "emulator", "cpu", "linux")}
    head = HEAD.format(**names, repeatable="yes" if report["repeatable"] else "no")
    parts = [head.rstrip().split("\n"), *(lines(report[name]) for name, lines in LINES.items())]
    parts.append(["## What these counts cannot see", "", x86.BLIND[0].upper() + x86.BLIND[1:] + "."])
    if report["differences"]:
        parts.append(["## Where two runs differed at all", "", *(f"- {place}" for place in report["differences"])])
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


PROTECTION_HEAD = """# Results: x86, protection

Written by `bench/run --machine x86 --docs`; do not edit. What the numbers mean and what they cannot see: `measuring.md`, `hv-x86.md`. Instructions on an emulator, but for the
ratios of the build host's times; none of them is a time.

commit {commit}; {emulator}; {cpu}; on Bochs broadwell_ult; two runs of what is deterministic gave the same numbers, to a thousandth: {repeatable}
"""


def protection_page(report):
    names = {name: report[name] for name in ("commit", "emulator", "cpu")}
    head = PROTECTION_HEAD.format(**names, repeatable="yes" if report["repeatable"] else "no")
    parts = [head.rstrip().split("\n"), *x86_protect_report.lines(report)]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def measure(names, log_dir):
    return {name: PARTS[name](log_dir) for name in names}


def bench(options):
    log_dir = OUTPUT.parent / "log"
    log_dir.mkdir(parents=True, exist_ok=True)
    if options.only:
        found = PARTS[options.only](log_dir)
        sections = [LINES[options.only](found)] if options.only in LINES else x86_protect_report.lines({options.only: found})
        print("\n\n".join("\n".join(section) for section in sections) or json.dumps(found, indent=1))
        return 0
    first = measure(PARTS, log_dir)
    second = measure([name for name in PARTS if name not in ONCE], log_dir)
    differing = differences({name: first[name] for name in second}, second)
    report = {
        "commit": commit(),
        "emulator": emulator_version(),
        "cpu": x86.CPU,
        "linux": kernel_image("x86").name.removeprefix("vmlinuz-"),
        "repeatable": not apart({name: first[name] for name in second}, second),
        "differences": differing,
        **first,
        "how": x86.HOW,
        "blind": x86.BLIND,
    }
    (options.output or OUTPUT).write_text(json.dumps(report, indent=1) + "\n")
    if options.docs:
        RESULTS.write_text(page(report))
        RESULTS_PROTECTION.write_text(protection_page(report))
    print(page(report) + protection_page(report), end="")
    return 0 if report["repeatable"] else 1
