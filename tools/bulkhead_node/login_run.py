# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""`./node run --login`: the job is started by `bulkhead run` in the login VM's Linux, whose console carries its streams as frames.

In Linux the same program stands between as on the bare machine (linux.py): what it runs there is the bulkhead command.
"""

import os
import tempfile

from . import cpio, elf
from .common import BLOCK, LINUX_INIT, MIB, UsageError, require, round_up
from .job import DIRECTORY, INPUT, file_entry
from .machine import CORES_MAX
from .node import MADE_ID, VM
from .run import run
from .shell import LOGIN_MEMORY, Setup, build

PROGRAMS = "job.bin"
SESSION = "exec /bin/wire-init\n"
# only what ends the kernel is said: it would stand within frames; a second boot would run the program again
BOOTARGS = "loglevel=2 panic=0"
MARGIN = 512 * MIB  # of the node: the primary, the hypervisor, copies of the program
REPORTS = "job.reports"


def command(options, name):
    """What is run in Linux."""
    words = ["/bin/bulkhead", "run", "--cpus", options.cpus, "--numa", options.numa, "--memory", f"{options.memory // MIB}M"]
    for pair in options.env:
        words += ["--env", pair]
    for file in options.files:
        words += ["--file", f"/{DIRECTORY}/{file}:{file}"]
    if options.out:
        words += ["--out", f"/{DIRECTORY}"]
    if options.counters or options.summary:
        words += ["--counters", f"/{REPORTS}"]
    if options.watchdog:
        words += ["--watchdog", options.watchdog]
    if options.tick:
        words += ["--bootargs", f"tick={options.tick}"]
    return [str(word) for word in [*words, "--", f"/{PROGRAMS}/{name}", *options.program[1:]]]


def description(words, stdin, out):
    strings = [b"a" + os.fsencode(word) for word in words] + [b"d/" + DIRECTORY.encode(), b"r1", b"p/" + REPORTS.encode()]
    if out:
        strings.append(b"o1")
    if stdin is not None:
        strings.append(b"i/" + INPUT.encode())
    return b"".join(string + b"\0" for string in strings)


def job_entries(options, stdin):
    """Of the login VM's file tree."""
    path = options.program[0]
    image = elf.read_program(path)
    elf.program_memory(path, image)
    name = os.path.basename(path)
    entries = [
        cpio.program("bin/wire-init", require(LINUX_INIT).read_bytes()),
        cpio.Entry("job", description(command(options, name), stdin, options.out)),
        cpio.directory(PROGRAMS),
        cpio.program(f"{PROGRAMS}/{name}", image),
        cpio.directory(DIRECTORY),
        *(file_entry(file, source) for file, source in options.files.items()),
    ]
    return entries if stdin is None else [*entries, cpio.Entry(INPUT, stdin)]


def build_node(options, stdin, directory):
    entries = job_entries(options, stdin)
    size = sum(len(entry.data) for entry in entries)
    setup = Setup(
        cpu=options.cpu,
        gic=options.gic,
        cores=min(options.cpus + 2, CORES_MAX),
        memory=LOGIN_MEMORY + round_up(2 * size, BLOCK),
        session=SESSION,
        bootargs=BOOTARGS,
        deterministic=options.deterministic,
        terminal=False,
        extra=entries,
    )
    setup.node_memory = setup.memory + options.memory + round_up(4 * size, BLOCK) + MARGIN
    node = build(setup, directory)
    node.stream_vm = 0  # the frames are of whoever owns the UART
    node.job = VM(MADE_ID, vcpus=options.cpus, memory=options.memory, made=True)
    return node


def run_login(options):
    if options.isolation != "full":
        raise UsageError("--login runs the program in an enclave: leave --isolation away.")
    if options.numa > 1:
        raise UsageError("The node of --login has one NUMA node: leave --numa away.")
    with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
        return run(options, lambda options, stdin: build_node(options, stdin, directory))
