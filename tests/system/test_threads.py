# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Programs of several threads on four cores: what the calls answer, where threads run, what happens when they end at any moment."""

import os

import pytest
from support import PROGRAMS

BOTH = pytest.mark.parametrize("isolation", ["full", "none"])
LIBRARIES = pytest.mark.parametrize("library", ["", ".musl"])
SEED = int(os.environ.get("STRESS_SEED", "1"))
STRESS_SECONDS = 7  # a seed
CYCLES = 100


def run(node, isolation, *argv, limit=300):
    options = ["--isolation", isolation, "--cpus", "4", "--timeout", limit]
    return node(*argv, options=options, limit=limit + 30)


@LIBRARIES
@pytest.mark.parametrize("name", ["threads_calls", "threads_pthread", "vectors"])
def test_as_on_linux(node, linux, name, library):
    program = PROGRAMS / f"{name}{library}"
    expected = linux(program, options=["--cpus", "4"])
    assert expected.status == 0 and b"NO" not in expected.stdout.split(), expected
    for isolation in ("full", "none"):
        result = run(node, isolation, program)
        assert (result.status, result.stdout) == (0, expected.stdout), result


@BOTH
def test_affinity(node, isolation):
    result = run(node, isolation, PROGRAMS / "threads_affinity")
    assert result.status == 0, result
    assert b": NO" not in result.stdout and result.stdout.count(b": yes") == 12, result


@BOTH
@LIBRARIES
def test_stress(node, isolation, library):
    """Another seed by STRESS_SEED; the remainder by 3 says how the process ends."""
    seconds = STRESS_SECONDS if not library else 1
    for seed in range(SEED, SEED + 3):
        result = run(node, isolation, PROGRAMS / f"stress{library}", seed, seconds)
        assert result.status == 0, result
        assert b" operations" in result.stdout and result.stderr == b"", result


@BOTH
def test_processes_lose_no_page(node, isolation):
    result = run(node, isolation, PROGRAMS / "cycle", CYCLES)
    assert result.status == 0, result
    assert result.stdout.endswith(b"%d cycles, no page lost\n" % CYCLES), result


@BOTH
def test_process_ends_with_what_its_last_thread_said(node, isolation):
    assert run(node, isolation, PROGRAMS / "leader_exit").status == 3


@BOTH
def test_long_calls_give_way(node, isolation):
    """Two threads of one core."""
    result = node(PROGRAMS / "give_way", options=["--isolation", isolation])
    assert result.status == 0 and result.stdout.count(b": yes\n") == 3, result


@BOTH
def test_start_while_the_directory_changes(node, isolation):
    result = node(PROGRAMS / "spawn_cwd.musl", options=["--isolation", isolation, "--cpus", "2"])
    assert result.status == 0 and result.stdout.endswith(b": yes\nwrong: 0\n"), result
