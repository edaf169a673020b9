# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""tools/linux-run: what tests and measurements compare with passes streams, files and results as ./node does."""

from support import BUSYBOX, PROGRAMS

SCRIPT = "env | grep KEY; nproc; cat input.txt; echo made > made.txt; cat >&2; exit 7"


def test_streams_files_and_status(linux, tmp_path):
    (tmp_path / "input.txt").write_text("from a file\n")
    out = tmp_path / "out"
    options = ["--cpus", "2", "--env", "KEY=a value", "--file", tmp_path / "input.txt", "--out", out]
    stdin = bytes(range(256)) * 1000
    result = linux(BUSYBOX, "sh", "-c", SCRIPT, options=options, stdin=stdin)
    assert result.status == 7, result
    assert result.stdout == b"KEY=a value\n2\nfrom a file\n"
    assert result.stderr == stdin
    assert [path.name for path in out.iterdir()] == ["made.txt"]
    assert (out / "made.txt").read_text() == "made\n"


def test_late_input(linux):
    stdin = bytes(range(256)) * 100
    result = linux(BUSYBOX, "cat", stdin=stdin, late=True)
    assert (result.status, result.stdout) == (0, stdin), result


def test_fatal_signal(linux):
    result = linux(BUSYBOX, "sh", "-c", "kill -SEGV $$")
    assert result.status == 139, result


def test_deterministic_runs_are_the_same(linux):
    command = ("cat", "/proc/uptime", "/proc/interrupts", "/proc/stat")
    first, second = (linux(BUSYBOX, *command, options=["--deterministic"]) for _ in range(2))
    assert first.status == 0, first
    assert first.stdout == second.stdout


def test_wrong_usage(linux, tmp_path):
    (tmp_path / "text").write_text("no program")
    (tmp_path / "text").chmod(0o755)
    assert linux(tmp_path / "text").status == 64
    assert linux(PROGRAMS / "hello", options=["--gic", "5"]).status == 64
