# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Memory of programs: NUMA placement, page sizes, what happens when memory is gone."""

import os

import pytest
from support import PROGRAMS

SEED = int(os.environ.get("STRESS_SEED", "1"))
STRESS_SECONDS = 10
BOTH = pytest.mark.parametrize("isolation", ["full", "none"])


@pytest.fixture(scope="module")
def linux_output():
    """What programs print on Debian's kernel, each run once."""
    cache = {}

    def run(linux, name):
        if name not in cache:
            cache[name] = linux(PROGRAMS / name)
        return cache[name]

    return run


@BOTH
@pytest.mark.parametrize("name", ["mem_calls"])
def test_same_as_on_linux(node, linux, linux_output, isolation, name):
    expected = linux_output(linux, name)
    result = node(PROGRAMS / name, options=["--isolation", isolation])
    assert (result.status, result.stdout) == (expected.status, expected.stdout), result
    assert b": NO" not in expected.stdout, expected


@BOTH
@pytest.mark.parametrize("numa, cpus", [(1, 2), (2, 2), (2, 4), (4, 4)])
def test_numa(node, isolation, numa, cpus):
    """Each thread's pages lie on its node, read back from the page tables; policies do what they say."""
    options = ["--isolation", isolation, "--numa", numa, "--cpus", cpus, "--memory", "512M"]
    result = node(PROGRAMS / "numa", cpus, options=options)
    assert result.status == 0, result
    lines = result.stdout.decode().splitlines()
    last = numa - 1
    turns = " ".join(str(i % numa) for i in range(4))
    for line in (
        "pages elsewhere than their thread: 0",
        f"nodes in use: {numa}",
        f"bound: {last} {last} {last} {last}",
        f"interleaved: {turns}",
        f"preferred: {last} {last} {last} {last}",
        "local: 0 0 0 0",
    ):
        assert line in lines, result
    assert not [line for line in lines if line.endswith("NO")], result


@pytest.mark.parametrize("isolation, memory", [("full", "2G"), ("none", "3G")])
def test_page_sizes(node, isolation, memory):
    """1 GiB and 2 MiB pages where they fit, read back from the page tables, and what is left of them when a page changes."""
    result = node(PROGRAMS / "mem_pages", options=["--isolation", isolation, "--memory", memory])
    assert result.status == 0, result
    lines = result.stdout.decode().splitlines()
    for line in (
        "1 GiB: 1 of 1 GiB, 0 of 2 MiB, 0 of 4 KiB",
        "a page of it read-only: 0 of 1 GiB, 511 of 2 MiB, 512 of 4 KiB",
        "parts unmapped: 0 of 1 GiB, 509 of 2 MiB, 1023 of 4 KiB",
        "wrong: 0",
        "1 GiB again: 1 of 1 GiB, 0 of 2 MiB, 0 of 4 KiB",
        "grown: 1 of 1 GiB, 0 of 2 MiB, 3 of 4 KiB",
        "10 MiB and a page: 0 of 1 GiB, 5 of 2 MiB, 1 of 4 KiB",
        "reserved: 0 of 1 GiB, 0 of 2 MiB, 0 of 4 KiB",
        "touched twice: 0 of 1 GiB, 1 of 2 MiB, 1 of 4 KiB",
    ):
        assert line in lines, result


@pytest.mark.parametrize("isolation, numa", [("full", 1), ("full", 2), ("none", 1), ("none", 2)])
def test_memory_gone(node, isolation, numa):
    """Calls say ENOMEM while there is none, and work again after that; stacks still grow; the kernel has lost nothing."""
    options = ["--isolation", isolation, "--memory", "64M", "--cpus", "2", "--numa", numa]
    result = node(PROGRAMS / "mem_gone", options=options)
    assert result.status == 0, result
    assert b"strange: 0\n" in result.stdout and b": NO" not in result.stdout, result
    assert result.stdout.count(b": yes") == 6, result


@BOTH
def test_stress(node, isolation):
    """Four threads change mappings on four cores; every page holds and allows what it should. Another seed by STRESS_SEED."""
    options = ["--isolation", isolation, "--cpus", "4", "--timeout", "300"]
    result = node(PROGRAMS / "mem_stress", SEED, STRESS_SECONDS, options=options, limit=330)
    assert (result.status, result.stderr) == (0, b""), result
    assert b" operations" in result.stdout, result


@BOTH
def test_touch_without_memory(node, isolation, log_dir):
    """A reservation that is touched when memory is gone ends the program, with a report."""
    result = node(PROGRAMS / "mem_gone", "touch", options=["--isolation", isolation, "--memory", "64M"])
    assert (result.status, result.stdout) == (137, b"p != MAP_FAILED: yes\n"), result
    assert "no memory is left to put at" in (log_dir / "node-1.log").read_text(errors="replace")
