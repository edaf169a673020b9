# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Streams of a job on a real node: unaltered, apart, with an end of file."""

import os

import pytest
from support import BASH, BUSYBOX, PROGRAMS, reference

pytestmark = pytest.mark.parametrize("isolation", ["full", "none"])


def test_megabyte_of_random_bytes(node, isolation):
    data = os.urandom(1 << 20)
    result = node(BUSYBOX, "cat", options=["--isolation", isolation], stdin=data)
    assert result.status == 0, result
    assert result.stdout == data
    assert result.stderr == b""


def test_every_byte_value_on_stderr(node, isolation):
    """Frame starts, terminal controls, invalid UTF-8: none of it means anything on the way."""
    script = "printf '" + "".join(f"\\x{byte:02x}" for byte in range(256)) + "' >&2"
    result = node(BASH, "-c", script, options=["--isolation", isolation])
    assert result.status == 0, result
    assert (result.stdout, result.stderr) == (b"", bytes(range(256)))


def test_stdout_and_stderr_are_apart(node, isolation):
    script = "for i in 1 2 3 4 5 6 7 8; do echo out$i; echo err$i >&2; done"
    result = node(BASH, "-c", script, options=["--isolation", isolation])
    assert result.stdout == b"".join(b"out%d\n" % i for i in range(1, 9)), result
    assert result.stderr == b"".join(b"err%d\n" % i for i in range(1, 9)), result


def test_empty_input_ends_at_once(node, isolation, log_dir):
    """Even when it rings the kernel before that has a program."""
    result = node(BUSYBOX, "md5sum", options=["--isolation", isolation])
    assert result.stdout == reference([BUSYBOX, "md5sum"]).stdout, result
    assert "has no handler" not in (log_dir / "node-1.log").read_text(errors="replace")


def test_checksum_of_input(node, isolation):
    data = os.urandom(300_001)
    result = node(BUSYBOX, "md5sum", options=["--isolation", isolation], stdin=data)
    assert result.stdout == reference([BUSYBOX, "md5sum"], stdin=data).stdout, result


def test_input_over_the_wire(node, isolation):
    """What is not there when the node starts."""
    data = os.urandom(50_001)
    result = node(BUSYBOX, "cat", options=["--isolation", isolation], stdin=data, late=True)
    assert result.stdout == data, result


def test_input_of_threads(node, isolation):
    """A thread that finds that another one was first waits for more."""
    options = ["--isolation", isolation, "--cpus", "4"]
    result = node(PROGRAMS / "input_threads", options=options, stdin=bytes(20_000), late=True)
    assert (result.status, result.stdout) == (0, b"20000 bytes, 0 threads ended early\n"), result


def test_program_that_leaves_its_input(node, isolation):
    """Input that nobody reads does not keep the job from ending."""
    result = node(PROGRAMS / "hello", "3", options=["--isolation", isolation], stdin=bytes(4 << 20))
    assert result.status == 3, result


def test_large_output(node, isolation):
    result = node(BUSYBOX, "seq", "1", "100000", options=["--isolation", isolation])
    assert result.stdout == b"".join(b"%d\n" % i for i in range(1, 100001)), result.stderr


def test_deterministic_input_from_a_file(node, isolation, tmp_path):
    data = os.urandom(5000)
    (tmp_path / "input").write_bytes(data)
    with open(tmp_path / "input", "rb") as file:
        with node.start(["--isolation", isolation, "--deterministic"], [BUSYBOX, "cat"], stdin=file) as running:
            stdout, _ = running.communicate(timeout=60)
    assert stdout == data


def test_deterministic_input_is_empty(node, isolation):
    result = node(BUSYBOX, "cat", options=["--isolation", isolation, "--deterministic"], stdin=b"ignored")
    assert (result.status, result.stdout) == (0, b""), result
