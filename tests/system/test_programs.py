# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Unmodified static programs give the same output and status on the LWK as on Linux."""

import pytest
from support import BASH, BUSYBOX, PROGRAMS, STREAM, reference

BOTH = pytest.mark.parametrize("isolation", ["full", "none"])
C_PROGRAMS = "args auxv cputime faults files files_more hello math mem pipes proc time".split()
BASH_SCRIPTS = [
    "echo hello",
    "for ((i = 0; i < 2000; i++)); do ((s += i * i % 7)); done; echo $s",
    "a=(one two three); printf '%s\n' \"${a[@]}\" ${#a[@]} ${a[1]/w/W}; [[ foo =~ f(o+) ]] && echo ${BASH_REMATCH[1]}",
    "set -- 5 4 3; while (( $# )); do echo $1; shift; done; exit 7",
    "echo text >file; read line <file; echo \"read $line\"; echo $((16#ff)) $((2**40)) >&2",
    "no_such_command",
]
SH_SCRIPTS = [
    "echo hello",
    "i=0; while [ $i -lt 500 ]; do i=$((i + 1)); done; echo $i",
    "echo text >file; read line <file; echo read $line; exit 3",
    "printf '%05d %x %s\n' 42 255 text; echo $((7 * 6 / 4 % 5)) >&2",
]


def check_same(node, isolation, argv, tmp_path, env=(), options=()):
    expected = reference(argv, cwd=tmp_path, env=env)
    pairs = [word for pair in env for word in ("--env", pair)]
    result = node(*argv, options=["--isolation", isolation, *pairs, *options])
    assert result.stdout == expected.stdout, result
    assert result.stderr == expected.stderr, result
    assert result.status == expected.status, result


@BOTH
@pytest.mark.parametrize("library", ["", ".musl"])
@pytest.mark.parametrize("name", C_PROGRAMS)
def test_c_program(node, isolation, name, library, tmp_path):
    check_same(node, isolation, [PROGRAMS / f"{name}{library}"], tmp_path, env=["BH_NAME=tester"])


@BOTH
def test_file_that_fills_the_memory(node, isolation):
    """What the kernel keeps for itself is enough to delete it again."""
    result = node(PROGRAMS / "full", options=["--isolation", isolation, "--memory", "32M"])
    assert result.stdout == b"write: No space left on device\nunlink: done\nwrite again: 65536\n", result


@BOTH
def test_cpp_program(node, isolation, tmp_path):
    check_same(node, isolation, [PROGRAMS / "cpp_basic"], tmp_path)


@BOTH
@pytest.mark.parametrize("script", BASH_SCRIPTS, ids=range(len(BASH_SCRIPTS)))
def test_bash(node, isolation, script, tmp_path):
    check_same(node, isolation, [BASH, "-c", script], tmp_path)


@BOTH
@pytest.mark.parametrize("script", SH_SCRIPTS, ids=range(len(SH_SCRIPTS)))
def test_busybox_sh(node, isolation, script, tmp_path):
    check_same(node, isolation, [BUSYBOX, "sh", "-c", script], tmp_path)


@BOTH
def test_busybox_md5sum_of_itself(node, isolation, tmp_path):
    expected = reference([BUSYBOX, "md5sum", "busybox"], cwd=BUSYBOX.parent)
    result = node(BUSYBOX, "md5sum", "busybox", options=["--isolation", isolation, "--file", BUSYBOX])
    assert (result.status, result.stdout) == (0, expected.stdout), result


@BOTH
def test_stream_validates(node, isolation):
    result = node(STREAM, "200000", "3", options=["--isolation", isolation])
    assert result.status == 0, result
    assert b"Solution Validates" in result.stdout and b"Triad:" in result.stdout


@BOTH
def test_stream_fits_into_the_default_memory(node, isolation):
    result = node(STREAM, options=["--isolation", isolation])
    assert result.status == 0, result
