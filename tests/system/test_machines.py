# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The same images on every machine that is promised: boards, interrupt controllers, processors, numbers of cores."""

import pytest
from support import BUSYBOX, PROGRAMS


def check_hello(node, *options):
    result = node(PROGRAMS / "hello", "5", options=options)
    assert result.status == 5, result
    assert b"hello" in result.stdout.lower(), result


@pytest.mark.parametrize("isolation", ["full", "none"])
@pytest.mark.parametrize(
    "cpu, gic", [("neoverse-n1", 2), ("neoverse-n1", 3), ("cortex-a53", 2), ("cortex-a53", 3), ("a64fx", 3)]
)
@pytest.mark.parametrize("cpus", [1, 4, 8])
def test_virt(node, isolation, gic, cpu, cpus):
    check_hello(node, "--isolation", isolation, "--gic", gic, "--cpu", cpu, "--cpus", cpus)


@pytest.mark.parametrize("cpus", [1, 4])
def test_raspi3b(node, cpus):
    check_hello(node, "--board", "raspi3b", "--isolation", "none", "--cpus", cpus)


@pytest.mark.parametrize("isolation", ["full", "none"])
@pytest.mark.parametrize("gic", [2, 3])
def test_tick(node, isolation, gic):
    """With a tick and without, a sleep takes its time."""
    for tick in ([], ["--tick", "100"]):
        result = node(BUSYBOX, "sleep", "1", options=["--isolation", isolation, "--gic", gic, *tick])
        assert result.status == 0, result
        assert result.seconds > 1


@pytest.mark.parametrize("isolation", ["full", "none"])
def test_large_memory(node, isolation):
    check_hello(node, "--isolation", isolation, "--memory", "3G")
