# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Ratios within one run of an x86 host with several processors, where nothing counts instructions: the module's calls, and detours on both sides."""

import re
import tempfile
from pathlib import Path

from bulkhead_node import cpio, elf, host, wire
from bulkhead_node.common import GIB, MIB, UsageError, X86, require
from bulkhead_node.job import Job

from .x86 import FIRST, LIMIT, SELFISH, detours_of

INIT = X86 / "user/init"
RUNNER = X86 / "user/enclave-run"
PROGRAM = X86 / "bench/host"
LASTING = X86 / "programs/lasting"
MEMORY = 64 * MIB  # of an enclave
SECONDS = 4
SIZES = tuple(4096 << 3 * i for i in range(7))  # 4 KiB to 1 GiB
SESSION = f"""bench-host /lib/bulkhead/lwk.img /lasting.cpio /first.cpio
enclave-run 1 {MEMORY} 1 /lib/bulkhead/lwk.img /selfish.cpio /dev/ttyS1 &
sleep 3
OMP_NUM_THREADS=1 taskset -c 0 selfish --seconds {SECONDS} --threshold-ns 1000
wait
"""
HOW = (
    "bench/cokernel/host.c in Debian's Linux on the emulated machine with four processors: the least of some times each (a region is created once), divided by the time of a call that "
    "the module refuses (ioctl) or by that of the smallest region. Detours longer than 1 us: bench/selfish in an enclave and on a processor of Linux's at the same time. "
    "These ratios are of one run and differ from run to run: the emulator's own processors are shared, and where they are busy the detours of both are theirs"
)


def job(*argv, init=INIT):
    return Job([str(word) for word in argv], machine=elf.X86).ramdisk(MEMORY, init)


def entries():
    programs = {"bench-host": PROGRAM, "enclave-run": RUNNER, "selfish": SELFISH}
    observed = job(SELFISH, "--seconds", 3 * SECONDS, "--threshold-ns", 1000)
    return [
        cpio.directory("lib/bulkhead"),
        cpio.Entry("lib/bulkhead/lwk.img", require(X86 / "lwk.img").read_bytes()),
        cpio.Entry("lasting.cpio", job(LASTING, 100_000_000)),
        cpio.Entry("first.cpio", job(FIRST, init=FIRST)),
        cpio.Entry("selfish.cpio", observed),
        *(cpio.program(f"bin/{name}", require(path).read_bytes()) for name, path in programs.items()),
    ]


def output_of(frames):
    """What the enclave's job wrote."""
    text = bytearray()
    demux = wire.Demux(lambda _vm, channel, data: text.extend(data if channel == wire.Channel.STDOUT else b""), lambda _: None)
    demux.feed(frames)
    return text.decode(errors="replace")


def run(log_dir):
    """The console, and what the job in the enclave wrote."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
        frames = Path(directory) / "frames"
        one = host.Host(numa=1, memory=4 * GIB, session=SESSION, extra=entries(), bootargs="loglevel=2")
        one.options = ["-chardev", f"file,id=wire,path={frames}", "-serial", "chardev:wire"]
        console = one.run(log_dir / "x86-host.log", LIMIT)
        return console, output_of(frames.read_bytes())


def per_second(run_of, seconds):
    return {"detours_a_second": round(run_of["detours"] / seconds, 1), "share": round(run_of["lost_ns"] / seconds / 1e9, 6)}


def measure(log_dir):
    console, enclave = run(log_dir)
    took = {name: int(ticks) for name, ticks in re.findall(r"^took (\w+) (\d+)$", console, re.M)}
    if len(took) < 3 + 3 * len(SIZES):
        raise UsageError(f"The host did not come to its end: {console[-1500:]}")
    ways = ("create", "attach", "detach")
    regions = {size: {way: round(took[f"{way}_{size}"] / took[f"{way}_{SIZES[0]}"], 2) for way in ways} for size in SIZES}
    return {
        "first_to_call": round(took["first"] / took["call"]),
        "protected_to_bare": round(took["first_protected"] / took["first"], 2),
        "attach_to_call": round(took[f"attach_{SIZES[0]}"] / took["call"]),
        "regions": regions,
        "detours": {"lwk": per_second(detours_of(enclave, "the enclave"), 3 * SECONDS), "linux": per_second(detours_of(console, "Linux"), SECONDS)},
    }
