# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Memory of programs: NUMA placement, page sizes, what happens when memory is gone."""

import pytest
from support import PROGRAMS

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


@pytest.mark.parametrize("numa, cpus", [(1, 2), (2, 2), (2, 4), (4, 4)])
def test_numa(node, numa, cpus):
    """Each thread's pages lie on its node, read back from the page tables; policies do what they say."""
    options = ["--isolation", "none", "--numa", numa, "--cpus", cpus, "--memory", "512M"]
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
