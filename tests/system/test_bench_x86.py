# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""make bench for x86 in small: it works, its figures repeat, what costs little has not grown, and nobody takes a core from the LWK."""

import sys

import pytest
from bulkhead_node.common import TREE

sys.path.append(str(TREE / "bench"))
from measure import x86, x86_report  # noqa: E402

SECONDS = 1
# instructions; a tenth above what was measured
LIMITS = {"null": 125, "futex_wake": 180, "clock_gettime": 42, "handoff": 1190}
CALLS = {"own_vector": 1000, "vector": 1890, "question": 3060, "offer_0": 1660}
ATTACHED, ATTACHED_ALL = 10_200, 67_000  # 4 KiB, 1 GiB
FIRST = 6_500_000


def test_services(log_dir):
    runs = [x86.services(log_dir, *LIMITS, systems=("lwk",)) for _ in range(2)]
    assert runs[0] == runs[1]
    for name, limit in LIMITS.items():
        assert runs[0][name]["lwk"] <= limit, name


def test_conversation(log_dir):
    first = x86.conversation(log_dir)
    assert not x86_report.apart(first, x86.conversation(log_dir))
    for name, limit in CALLS.items():
        assert 0 < first["calls"][name] <= limit, name
    attached = {size: ways["attach"] for size, ways in first["regions"].items()}
    assert attached[4096] <= ATTACHED and attached[1 << 30] <= ATTACHED_ALL


def test_creation(log_dir):
    small = x86.creation_of(log_dir, x86.CREATED[0])
    assert not x86_report.apart(small, x86.creation_of(log_dir, x86.CREATED[0]))
    assert sum(small.values()) <= FIRST


def test_detours(log_dir):
    """None without a tick; with one, as many as it has; Linux's are more."""
    runs = x86.selfish(log_dir, SECONDS)
    assert runs["lwk"]["detours"] == 0
    assert abs(runs["lwk_tick"]["detours"] - SECONDS * x86.TICK_HZ) <= 1
    assert runs["linux"]["detours"] >= SECONDS * x86.TICK_HZ


def test_apart():
    assert not x86_report.apart({"a": 10_000, "b": [1.0]}, {"a": 10_004, "b": [1.0]})
    assert x86_report.apart({"a": 10_000}, {"a": 10_020}) and x86_report.apart({"a": 1}, {"b": 1})


def test_page():
    report = {"commit": "c", "emulator": "e", "cpu": "p", "linux": "6.1", "repeatable": False, "differences": ["/here: 1 and 2"]}
    report["services"] = {"null": {"lwk": 100.0, "linux": 350.0}}
    ways = {"attach": 1000, "detach": 500}
    report["conversation"] = {"calls": {"vector": 1715.4}, "regions": {4096: ways, 1 << 30: ways | {"attach": 2500}}}
    report["creation"] = {64: {"host": 1000, "cokernel": 2000}}
    report["selfish"] = {"linux": {"detours": 2500, "lost_ns": 5000, "lengths_ns": {"median": 2, "longest": 3}}}
    detours = {"detours_a_second": 250.0, "share": 0.001}
    regions = {4096: {"create": 1.0, "attach": 1.0, "detach": 1.0}}
    report["host"] = {"first_to_call": 200_000, "attach_to_call": 100, "regions": regions, "detours": {"linux": detours}}
    page = x86_report.page(report)
    for row in ("| null system call (getpid) | 100 | 350 | 3.5 |", "| 1 GiB | 2,500 | 2.50 | 500 |", "| 64 MiB | 1,000 | 2,000 |"):
        assert row in page
    assert "| Debian's kernel | 2,500 | 2 | 3 | 5.0 | 0.0000025 |" in page and "- /here: 1 and 2" in page
    assert "first user instruction | 200,000 |" in page and "| Debian's kernel | 250.0 | 0.001 |" in page


@pytest.mark.parametrize("words", [["--only", "login"], ["--profile", "run"]])
def test_what_is_not_for_x86(words, monkeypatch):
    from measure import main

    monkeypatch.setattr(sys, "argv", ["bench/run", "--machine", "x86", *words])
    with pytest.raises(SystemExit):
        main.arguments()
