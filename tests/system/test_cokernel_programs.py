# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Unmodified static programs in an enclave beside Linux, on --machine x86-svm: output and status are those of Linux on that machine.

The programs are those of arm64's tests, many to a boot.
"""

import benchmarks
import pytest
import test_packages as packages
from batch import Batch, split
from bulkhead_node.common import X86, cache_root
from test_programs import BASH_SCRIPTS, C_PROGRAMS, SH_SCRIPTS
from test_runtimes import NAMES, OPENMP, PLAIN

PROGRAMS = X86 / "programs"
EACH = PROGRAMS / "each"
BUSYBOX = cache_root("x86") / "bin/busybox"
BASH = cache_root("x86") / "bin/bash-static"
LIBRARIES = ("", ".musl")
MACHINE = ["--machine", "x86-svm", "--cpus", "2", "--memory", "512M", "--timeout", "800"]
ON_LWK = ["--isolation", "full", *MACHINE]
LIMIT = 900
THREADED = ["threads_calls", "threads_pthread", "signal_basic", "signal_stack", "signal_threads", "mem_calls", "vectors"]
# not compared: Linux on a slow machine does nothing but serve the shortest timers, and counts time that it did not have; a waiter that finds its signal taken is told EINTR at times
JUDGED = ["proc", "proc.musl", "cputime", "cputime.musl", "timers", "timers.musl", "signal_waiters", "signal_waiters.musl", "give_way", "spawn_cwd.musl"]
DEATHS = "null wild kernel readonly exec stack illegal trap abort ignored 1 2 9 15 31".split()


def compare(node, linux, commands, files, judged=()):
    """The commands have to do the same on both; of the judged programs nothing may say NO."""
    batch = Batch(commands, files, EACH, LIMIT)
    expected = batch.on_linux(linux, MACHINE)
    got = Batch(commands + [["BH_NAME=tester", f"./{name}"] for name in judged], files, EACH, LIMIT).run(node, ON_LWK)
    problems = batch.compare(expected, got)
    verdicts = split(got)[len(commands) :]
    assert len(verdicts) == len(judged), got[-2000:]
    problems += [text.decode() for text in verdicts if b": NO" in text or not text.endswith(b": exit 0\n")]
    assert not problems, "\n".join(problems)


def test_programs(node, linux):
    """C with both libraries, C++, shells; every way to die."""
    # Linux counts the memory of a small process late, and says none: proc is judged
    names = [name + library for name in [*C_PROGRAMS, *THREADED] for library in LIBRARIES if name + library not in JUDGED]
    commands = [["BH_NAME=tester", f"./{name}"] for name in names] + [["./cpp_basic"]]
    commands += [["./bash", "-c", script] for script in BASH_SCRIPTS]
    commands += [["./busybox", "sh", "-c", script] for script in SH_SCRIPTS] + [["./busybox", "md5sum", "busybox"]]
    commands += [["./signals_fatal", how] for how in DEATHS]
    files = {name: PROGRAMS / name for name in [*names, *JUDGED, "cpp_basic", "signals_fatal"]}
    compare(node, linux, commands, files | {"bash": BASH, "busybox": BUSYBOX}, JUDGED)


def test_runtimes(node, linux):
    """Threads, timers and signals of C, C++, OpenMP and Fortran."""
    compare(node, linux, PLAIN + OPENMP, {name: PROGRAMS / "runtime" / name for name in NAMES})


def test_packages(node, linux, tmp_path):
    """Programs of Debian's packages, which nobody here wrote."""
    packages.write_files(tmp_path)
    files = {path.name: path for path in sorted(tmp_path.iterdir()) if path.is_file()}
    compare(node, linux, packages.commands(), files | packages.programs("x86"))


def test_benchmarks(node, linux):
    """Each verifies, and prints what it prints on Linux, with fewer, as many and more threads than cores."""
    counts = (1, 2, 4)
    runs = [(name, n) for name in benchmarks.SMALL for n in counts if name != "ep" or n == 2]  # emulation of that one takes long
    commands = [[f"OMP_NUM_THREADS={n}", f"./{name}", *benchmarks.SMALL[name]] for name, n in runs]
    batch = Batch(commands, {name: X86 / "bench" / name for name in benchmarks.SMALL}, EACH, LIMIT)
    wanted = [output.decode() for output in split(batch.on_linux(linux, MACHINE))]
    got = [output.decode() for output in split(batch.run(node, ON_LWK))]
    assert len(got) == len(wanted) == len(commands), got
    for command, on_linux, on_lwk in zip(commands, wanted, got):
        assert on_lwk.endswith(": exit 0\n"), on_lwk
        assert benchmarks.stable(on_lwk) == benchmarks.stable(on_linux), command
        assert f"OMP_NUM_THREADS={benchmarks.threads(on_lwk)}" == command[0], on_lwk
