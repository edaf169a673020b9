# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Clocks: cheap without the kernel, the same with it, on all cores; sleeps that end in time."""

import pytest
from support import PROGRAMS

BOTH = pytest.mark.parametrize("isolation", ["full", "none"])
COST_MAX = {"clock_gettime": 40, "clock_gettime_real": 40, "clock_getres": 40, "gettimeofday": 50}  # instructions
LATE_MAX = 5000  # ns, of a sleep; an exit to the primary is in it


@BOTH
def test_cost(node, isolation):
    result = node(PROGRAMS / "clock_cost", options=["--isolation", isolation, "--deterministic"])
    assert result.status == 0, result
    lines = [line.split() for line in result.stdout.decode().splitlines()]
    costs = {name: int(ns) for name, ns in lines if not name.startswith("sleep")}
    assert all(costs[name] <= most for name, most in COST_MAX.items()), result
    late = [int(ns) for name, ns in lines if name.startswith("sleep")]
    assert len(late) > 5 and all(0 <= ns <= LATE_MAX for ns in late), result


@BOTH
def test_vdso(node, isolation):
    """Every clock as the kernel reads it, core and node as the kernel says them, one time for all cores."""
    result = node(PROGRAMS / "vdso", options=["--isolation", isolation, "--cpus", "4"])
    assert result.status == 0 and b": NO" not in result.stdout, result
    assert result.stdout.count(b": yes") > 10, result
