# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What protection costs a co-kernel: exits, commands, changes of tables, launch, programs; and what counts cannot see, walks of two tables."""

import re
import subprocess

from bulkhead_node.bench_image import STATUS_FAULT, STATUS_OFF, BenchImage
from bulkhead_node.common import BUILD, GIB, KIB, MIB, TREE, UsageError, X86, require
from bulkhead_node.job import Job
from bulkhead_node.wire import Channel

from . import programs, size, x86

TINY = X86 / "guest/tiny.img"
HELLO = X86 / "programs/hello"  # the tiny co-kernel does not look at it
NESTED = BUILD / "native/bench/nested"
LINES_AIM, BYTES_AIM = 3000, 16 * KIB
LEAVES = {"4 KiB": 8, "2 MiB": 12, "1 GiB": 14}  # of nested tables, at most: BenchImage.leaves
SIZES = {"4 KiB": 4 * KIB, "2 MiB": 2 * MIB, "1 GiB": GIB}
WALK_MS = 4000  # the program computes by then
FULL = "full"
SYSTEMS = ("none", "mem", "msr", "io", "ipi", "abort", FULL)
PROGRAMS = (
    programs.Program("stream", (500_000, 10), 40),
    programs.Program("gups", (18,)),
    programs.Program("ep", ("S",)),
    programs.Program("cg", ("S",)),
)
KINDS = {
    "cpuid": "CPUID",
    "efer": "EFER read",
    "refused": "MSR refused, #GP taken",
    "apic": "store to the APIC (task priority), with `ipi`",
    "ipi": "ICR: an interrupt that is allowed",
    "icr": "ICR: one that is not, dropped",
    "vmrun": "VMRUN, #UD taken",
    "vmcall": "VMCALL, #UD taken",
    "xsetbv": "XSETBV",
}
ENDS = {"memory": "stray read", "port": "port that was not given"}
COMMANDS = {"flush": "flush", "reload": "reload", "report": "report"}
CHANGES = {
    "map_4096": "map 4 KiB",
    "unmap_4096": "unmap 4 KiB",
    "map_2097152": "map 2 MiB",
    "unmap_2097152": "unmap 2 MiB",
    "map_1073741824": "map 1 GiB",
    "unmap_1073741824": "unmap 1 GiB",
    "map_17179869184": "map 16 GiB",
    "unmap_17179869184": "unmap 16 GiB",
    "grow_2097152": "map 2 MiB beside others",
    "join_1073741824": "map 2 MiB that make 1 GiB complete: one leaf in place of 512",
    "split_1073741824": "unmap 2 MiB of a leaf of 1 GiB",
}
HOW = {
    "protection": "the bench image with the tiny co-kernel (tests/guest/x86/tiny/cost.c): 1,000 times between two reads of the time-stamp counter, less the same loop around nothing, less the same on a "
    "bare core. Less than 3: no exit. QEMU counts the instructions of all processors, Bochs time in instructions of each. To the record: from the counter just before the access to its reading "
    "while the record is written",
    "commands": "bench/x86/cost.c: the controller's instructions and the hypervisor's, from before the command is written until it is executed; the core waits in HLT. The "
    "instructions of 4 cores add up",
    "changes": "the same, on addresses where nothing is, in tables that lead there already; unmap with the flush of one core. 16 GiB in leaves of 1 GiB",
    "host_unit": "bench/nested on the build host: the least of 50 times, divided by that of 4 KiB; no core to flush",
    "launch": "as `creation` above, without and with `full`. Made: image and ramdisk copied, boot record, tables, bitmaps, and the area of the core's hypervisor",
    "overhead": "programs linked with bench/count in the bench image with 1 core: instructions of all processors from before main to behind it, divided by those on the bare co-kernel. Aim: below 1.001",
    "walks": "bench/x86/walk.c: when STREAM has run for a while, each leaf of its tables is walked through the nested tables as they are, by software, and each entry that is read counts",
    "size": "files of hv/x86, lib/ and include/ that the compiler read for the two images; without blank lines and lines that are comment only",
}


def cost_boot(log_dir, name, word="end", isolation=FULL, **settings):
    """What the tiny co-kernel and the host have counted."""
    one = BenchImage(Job([str(HELLO)]), image=TINY, isolation=isolation, costs=True, parameters=f"cost {word}", **settings)
    log = log_dir / f"x86-{name}.log"
    outcome = one.run(timeout=x86.LIMIT, log_path=log)
    expected = STATUS_OFF if word == "end" else STATUS_FAULT
    if outcome.status != expected and not one.bochs:
        raise UsageError(f"{name} did not end as it should ({outcome.end.value}, {outcome.status}); see {log}: {outcome.console[-800:]}")
    found = x86.figures_of(outcome.console)
    if "xsetbv" not in found:
        raise UsageError(f"{name}: the co-kernel did not come to its end: {outcome.console[-800:]}")
    return found


def end_of(found):
    """Instructions until the record is written."""
    return round(next(found[key] for key in found if key.startswith("recorded_")))


def costs_of(log_dir, machine, **settings):
    bare = cost_boot(log_dir, f"{machine}-bare", isolation="none", **settings)
    runs = {word: cost_boot(log_dir, f"{machine}-{word}", word, **settings) for word in ENDS}
    found = runs["memory"]
    return {
        "bare": {kind: bare[kind] for kind in KINDS},
        "kinds": {kind: round(found[kind] - bare[kind], 1) for kind in KINDS},
        "ends": {word: end_of(run) for word, run in runs.items()},
        "commands": {name: found[f"{name}_1"] for name in COMMANDS},
        "changes": {name: found[name] for name in CHANGES},
    }


def protection(log_dir):
    """On SVM."""
    four = cost_boot(log_dir, "svm-four", cores=4, deterministic=True)
    flush = {cores: four[f"flush_{cores}"] for cores in (1, 4)}
    return {**costs_of(log_dir, "svm", deterministic=True), "flush": flush}


def protection_vmx(log_dir):
    return costs_of(log_dir, "vmx", bochs=True)


def host_unit(_log_dir):
    """Times of the build host's, to that of 4 KiB."""
    done = subprocess.run([require(NESTED)], capture_output=True, text=True, check=True)
    took = {name: int(ns) for name, ns in re.findall(r"^took (\w+) (\d+)$", done.stdout, re.M)}
    rows = {"EPT": "ept", "NPT": "npt", "EPT, leaves of 2 MiB": "ept_2m", "EPT, in units of 2 MiB": "units"}
    sizes = (4096, 2 << 20, 1 << 30, 16 << 30)
    return {
        title: {size: {way: round(took[f"{way}_{name}_{size}"] / took["map_ept_4096"], 1) for way in ("map", "unmap")} for size in sizes if f"map_{name}_{size}" in took}
        for title, name in rows.items()
    }


def launch(log_dir):
    return {size: {isolation: x86.creation_of(log_dir, size, isolation) for isolation in ("none", FULL)} for size in x86.CREATED}


def counted(program, isolation, log_dir):
    path = X86 / f"bench/{program.name}-counted"
    outcome = x86.image(log_dir, f"{program.name}-{isolation}", [path, *program.arguments], isolation=isolation, memory=1 * GIB)
    words = re.search(r"^counted (.*)$", outcome.stream(0, Channel.STDERR).decode(), re.M)
    if not words or "Verification: passed" not in outcome.stream(0, Channel.STDOUT).decode():
        raise UsageError(f"{program.name} does not verify with {isolation}: {outcome.console[-500:]}")
    _, start, end, *_ = map(int, words[1].split())
    return end - start


def overhead(log_dir, chosen=PROGRAMS, systems=SYSTEMS):
    """Program -> instructions on the bare co-kernel, and ratios to that."""
    rows = {}
    for program in chosen:
        counts = {isolation: counted(program, isolation, log_dir) for isolation in systems}
        ratios = {isolation: round(count / counts["none"], 6) for isolation, count in counts.items() if isolation != "none"}
        rows[f"{program.name} {' '.join(map(str, program.arguments))}"] = {"none": counts["none"], "ratios": ratios}
    return rows


def walks_of(log_dir, leaves):
    """[guest's page, nested page] -> how many pages, references from and to, references on a bare core."""
    settings = {"own": 64 * MIB} if leaves != "1 GiB" else {"own": GIB, "at": GIB, "memory": 2560 * MIB}
    job = Job([str(X86 / "bench/stream"), "300000", "1000"])
    one = BenchImage(job, isolation="mem", measure=True, stop=WALK_MS, leaves=LEAVES[leaves], **settings)
    outcome = one.run(timeout=x86.LIMIT, log_path=log_dir / f"x86-walk-{LEAVES[leaves]}.log")
    lines = re.findall(r"^walk (\d+) (\d+): (\d+) pages, (\d+) to (\d+) references, (\d+) bare$", outcome.console, re.M)
    if not lines:
        raise UsageError(f"No table was walked: {outcome.console[-800:]}")
    rows = [tuple(map(int, line)) for line in lines]
    return [{"guest": guest, "nested": nested, "pages": pages, "least": least, "most": most, "bare": bare} for guest, nested, pages, least, most, bare in rows]


def walks(log_dir):
    return {leaves: walks_of(log_dir, leaves) for leaves in LEAVES}


def sizes(_log_dir):
    objects = [path.relative_to(TREE) for path in (X86 / "hv").rglob("*.o")]
    sources = size.sources_of(objects) | {(TREE / "hv/x86/hv.ld").relative_to(TREE)}
    images = {name: require(X86 / f"hv/{name}.img").stat().st_size for name in ("svm", "vmx")}
    return {"code_lines": sum(size.code_lines(TREE / file) for file in sources), "bytes": images}
