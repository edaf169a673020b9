# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The measurements of x86 nodes: a co-kernel on the bench image (bench/x86), and Debian's Linux on the same emulated processor."""

import re
from pathlib import Path

from bulkhead_node import cpio, host
from bulkhead_node.bench_image import STATUS_OFF, BenchImage
from bulkhead_node.common import BUILD, MIB, UsageError, X86
from bulkhead_node.job import Job
from bulkhead_node.wire import Channel

from . import costs

LIMIT = 1500  # seconds: the host may be slow
CPU = "EPYC"
COSTS = X86 / "bench/costs"
CONVERSATION = X86 / "bench/cokernel"
FIRST = X86 / "bench/first"
SELFISH = BUILD / "native/bench/selfish"
SECONDS = 2
TICK_HZ = 100  # of the control
OWN = 256 * MIB  # of the enclave beside which regions lie
CREATED = (64, 1024)  # MiB of enclaves
SIZES = (4096, 65536, 1 << 20, 2 << 20, 32 << 20, 128 << 20, 512 << 20, 1 << 30)
TEXTS = {
    "own_vector": "vector signalled, taken and waited for by the same core",
    "vector": "vector to the host and one back, until the program has it",
    "question": "control ring, up and down: a program's question (VECTORS_ALLOC), the host's answer",
    "offer_0": "control ring, down and up: the host's message (EXCHANGE_OFFER), the co-kernel's answer",
}
HOW = {
    "services": "bench/costs in the bench image with 1 core: each service in a loop between two reads of the time-stamp counter, less the same loop "
    "without it; the same binary on Debian's kernel on a machine with one processor, CLOCK_MONOTONIC from its own choice of clock",
    "conversation": "bench/cokernel in the bench image; the loader (bench/x86/measure.c) is the host. Its instructions and the co-kernel's together, "
    "from the call or the message to the return or the answer; regions lie behind the enclave's memory in one piece, and the line in the log is counted",
    "creation": "the loader's part (image and ramdisk copied, boot record, tables), then from the core's arrival in 64-bit mode to the first instruction of "
    "/init (bench/cokernel/first.S). The way of INIT and SIPI, which is waiting, is not counted; 5 ms in which the LWK measures the APIC's timer are",
    "selfish": "bench/selfish with 1 thread on 1 core; an instruction takes 1 ns, so a detour's length is the number of instructions that were not the program's",
}
BLIND = (
    "how long an instruction takes: caches, TLBs, clearing memory (a word is an instruction), entry to the kernel, the way of an interrupt; the module's part, for "
    "which the loader stands: it clears memory and takes cores from Linux"
)


def image(log_dir, name, program, init=None, **settings):
    """A program on the bench image to its end."""
    job = Job([str(word) for word in program])
    one = BenchImage(job, cpu=CPU, deterministic=True, **({"init": init} if init else {}), **settings)
    log = log_dir / f"x86-{name}.log"
    outcome = one.run(timeout=LIMIT, log_path=log)
    if outcome.status != STATUS_OFF:
        raise UsageError(f"{name} did not end well ({outcome.end.value}, {outcome.status}); see {log}: {outcome.console[-500:]}")
    return outcome


def text_of(outcome):
    return outcome.stream(0, Channel.STDOUT).decode() + outcome.console


def linux(log_dir, name, program, options=()):
    """The same program on Debian's kernel with one processor; what the console says."""
    words = " ".join([f"/bin/{Path(program).name}", *map(str, options)])
    one = host.Host(cores=1, numa=1, memory=2560 * MIB, deterministic=True, session=f"{words}\n")
    one.cpu, one.bootargs = f"{host.CPU},-rdrand", "norandmaps loglevel=2"
    one.extra = [cpio.program(f"bin/{Path(program).name}", Path(program).read_bytes())]
    return one.run(log_dir / f"x86-{name}-linux.log", LIMIT)


def figures_of(text):
    """Instructions an operation; the counter is the emulator's virtual time, a nanosecond each."""
    return {name: round(count / costs.TICK, 1) for name, count in costs.figures_of(text).items()}


def services(log_dir, *names, systems=("lwk", "linux")):
    """Service -> system -> instructions."""
    runs = {}
    if "lwk" in systems:
        runs["lwk"] = figures_of(text_of(image(log_dir, "costs", [COSTS, *names], memory=2560 * MIB)))
    if "linux" in systems:
        runs["linux"] = figures_of(linux(log_dir, "costs", COSTS, names))
    return {name: {system: run[name] for system, run in runs.items()} for name in names or costs.TEXTS}


def conversation(log_dir):
    text = text_of(image(log_dir, "cokernel", [CONVERSATION], measure=True, memory=1536 * MIB, own=OWN))
    found = figures_of(text)
    regions = {size: {way: round(found[f"{way}_{size}"]) for way in ("attach", "detach")} for size in SIZES}
    return {"calls": {name: found[name] for name in TEXTS}, "regions": regions}


def creation_of(log_dir, size, isolation="none"):
    """Of an enclave of `size` MiB."""
    settings = {"measure": True, "memory": 1536 * MIB, "own": size * MIB, "isolation": isolation}
    outcome = image(log_dir, f"first-{size}-{isolation}", [FIRST], FIRST, **settings)
    at = {name: int(count) for name, count in re.findall(r"^counter (\w+) (\d+)$", outcome.console, re.M)}
    first = int.from_bytes(outcome.stream(0, Channel.STDOUT)[:8], "little")
    return {"host": at["made"] - at["making"] + at["areas"], "cokernel": first - at["entered"]}


def creation(log_dir):
    return {size: creation_of(log_dir, size) for size in CREATED}


def detours_of(text, name):
    if "Verification: passed" not in text:
        raise UsageError(f"selfish does not verify on {name}: {text[-500:]}")
    found = {word.lower(): float(value) for word, value in re.findall(r"^(\w+): ([\d.]+)(?: n?s.*)?$", text, re.M)}
    lengths = {word: round(found[word]) for word in ("median", "longest") if found["detours"]}
    return {"detours": round(found["detours"]), "lost_ns": round(found["lost"] * 1e9), "lengths_ns": lengths}


def selfish(log_dir, seconds=SECONDS, systems=("lwk", "lwk_tick", "linux")):
    options = ["--seconds", seconds]
    runs = {}
    for system, parameters in (("lwk", ""), ("lwk_tick", f"tick={TICK_HZ}")):
        if system in systems:
            outcome = image(log_dir, f"selfish-{system}", [SELFISH, *options], parameters=parameters)
            runs[system] = detours_of(outcome.stream(0, Channel.STDOUT).decode(), system)
    if "linux" in systems:
        runs["linux"] = detours_of(linux(log_dir, "selfish", SELFISH, options), "linux")
    return runs
