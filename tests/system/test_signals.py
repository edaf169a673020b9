# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Signals and timers: what programs see is what Debian's kernel shows them; a program that is broken is reported."""

import pytest
from support import BUSYBOX, PROGRAMS, LinuxRunner

BOTH = pytest.mark.parametrize("isolation", ["full", "none"])
NAMES = ["signal_basic", "signal_frame", "signal_stack", "signal_threads", "timers"]
WORDS = [name + library for name in NAMES for library in ("", ".musl")]


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The output of all programs on Debian's kernel, from one boot."""
    directory = tmp_path_factory.mktemp("linux")
    out = directory / "out"
    script = "; ".join(f"./{word} >{word}.out; echo $? >{word}.status" for word in WORDS)
    options = ["--cpus", "2", "--out", out]
    for word in WORDS:
        options += ["--file", PROGRAMS / word]
    result = LinuxRunner(directory)(BUSYBOX, "sh", "-c", script, options=options)
    assert result.status == 0, result
    return {word: (int((out / f"{word}.status").read_text()), (out / f"{word}.out").read_bytes()) for word in WORDS}


@BOTH
@pytest.mark.parametrize("word", WORDS)
def test_same_as_linux(node, isolation, word, expected):
    status, output = expected[word]
    assert status == 0 and b"NO\n" not in output, output
    result = node(PROGRAMS / word, options=["--isolation", isolation, "--cpus", "2"])
    assert (result.status, result.stdout) == (0, output), result


@BOTH
@pytest.mark.parametrize("library", ["", ".musl"])
def test_each_waiter_gets_one(node, isolation, library):
    """Not compared: on Linux a waiter that finds its signal taken is told EINTR at times."""
    result = node(PROGRAMS / f"signal_waiters{library}", options=["--isolation", isolation, "--cpus", "2"])
    assert (result.status, result.stdout.count(b"got == &awaited: yes\n")) == (0, 3), result


@BOTH
@pytest.mark.parametrize(
    "how, status, words",
    [
        ("wild", 139, ["ended by SIGSEGV", "nothing is mapped at 0x123456789000", "pc 0x", "x0 ", "called from"]),
        ("readonly", 139, ["ended by SIGSEGV", "access is not permitted"]),
        ("illegal", 132, ["ended by SIGILL", "x0 "]),
        ("abort", 134, ["ended by SIGABRT", "sent by process"]),
    ],
)
def test_report(node, isolation, how, status, words, log_dir):
    """The kernel's log says what, where and who; ./node repeats it behind what the program itself wrote."""
    result = node(PROGRAMS / "signals_fatal", how, options=["--isolation", isolation])
    assert result.status == status, result
    log = "".join(path.read_text(errors="replace") for path in log_dir.glob("node-*.log"))
    told = result.stderr.decode()
    for word in [*words, "signals_fatal[", "thread ", "on core 0"]:
        assert word in log, word
        assert word in told, result
    assert told.startswith("node: signals_fatal[") and told.endswith(".log\n"), result
    assert "power off" not in told and "hv:" not in told, result


@BOTH
def test_report_of_threads_that_fault_together(node, isolation, log_dir):
    """One report, of the thread that was first, instead of four that are mixed."""

    def count():
        return sum(path.read_bytes().count(b"ended by SIGSEGV") for path in log_dir.glob("node-*.log"))

    before = count()
    result = node(PROGRAMS / "signals_fatal", "together", options=["--isolation", isolation, "--cpus", "4"])
    assert result.status == 139, result
    assert count() == before + 1, result


@BOTH
@pytest.mark.parametrize("cpu, words", [("max", b"record of 8752 bytes, behind the frame: 1"), ("a64fx", b"record of 2208 bytes, behind the frame: 0")])
def test_vectors_over_a_handler(node, isolation, cpu, words):
    """The longest SVE registers have a record that does not fit into the frame's reserved area."""
    result = node(PROGRAMS / "signal_sve", options=["--isolation", isolation, "--cpu", cpu])
    assert result.status == 0 and b"NO\n" not in result.stdout and words in result.stdout, result
