# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""make bench for x86 in small: it works, its figures repeat, what costs little has not grown, and nobody takes a core from the LWK."""

import sys

import pytest
from bulkhead_node.common import TREE

sys.path.append(str(TREE / "bench"))
from measure import programs, x86, x86_protect, x86_report  # noqa: E402

SECONDS = 1
# instructions; a tenth above what was measured
LIMITS = {"null": 125, "futex_wake": 180, "clock_gettime": 42, "handoff": 1190}
CALLS = {"own_vector": 1000, "vector": 1890, "question": 3060, "offer_0": 1660}
ATTACHED, ATTACHED_ALL = 10_200, 67_000  # 4 KiB, 1 GiB
FIRST = 6_500_000
# more than on a bare core
EXITS = {"cpuid": 250, "efer": 250, "refused": 242, "apic": 940, "ipi": 1880, "icr": 1860, "vmrun": 200}
RECORDED, FLUSH = 320, 365
OVERHEAD = programs.Program("gups", (16,))


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


def test_protection(log_dir):
    """What exits cost, and commands; growth that becomes a large leaf, which the image checks itself."""
    bare = x86_protect.cost_boot(log_dir, "bare", isolation="none", deterministic=True)
    full = x86_protect.cost_boot(log_dir, "full", "memory", deterministic=True)
    for name, limit in EXITS.items():
        assert 0 < full[name] - bare[name] <= limit, (name, full[name], bare[name])
    assert 0 < x86_protect.end_of(full) <= RECORDED, full
    assert full["flush_1"] <= FLUSH and full["map_1073741824"] < full["map_2097152"] < full["map_4096"], full
    assert set(x86_protect.CHANGES) <= set(full)


def test_overhead(log_dir):
    """No instruction of a program that computes is the hypervisor's."""
    rows = x86_protect.overhead(log_dir, [OVERHEAD], ("none", "mem,msr,io,abort", "full"))
    (row,) = rows.values()
    assert all(0.999 < ratio < programs.AIM for ratio in row["ratios"].values()), row


def test_walks(log_dir):
    """As many references as two tables of so many levels must have, where the guest's tables and its page lie in leaves of one size."""
    for leaves, under in (("4 KiB", 4), ("2 MiB", 3)):
        rows = x86_protect.walks_of(log_dir, leaves)
        found = {(row["guest"], row["bare"]): row for row in rows if x86_protect.SIZES[leaves] == row["nested"]}
        for (guest, bare), row in found.items():
            assert row["least"] == row["most"] == (bare + 1) * (under + 1) - 1, (leaves, guest, row)
        assert {guest for guest, _ in found} >= {4096, 2 << 20}, rows


def test_size():
    found = x86_protect.sizes(None)
    assert found["code_lines"] < x86_protect.LINES_AIM and all(count < x86_protect.BYTES_AIM for count in found["bytes"].values()), found


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
    report["host"] = {"first_to_call": 200_000, "protected_to_bare": 1.25, "attach_to_call": 100, "regions": regions, "detours": {"linux": detours}}
    costs = {"bare": dict.fromkeys(x86_protect.KINDS, 5), "kinds": dict.fromkeys(x86_protect.KINDS, 1227.0)}
    costs["ends"] = dict.fromkeys(x86_protect.ENDS, 800)
    costs |= {"commands": dict.fromkeys(x86_protect.COMMANDS, 900), "changes": dict.fromkeys(x86_protect.CHANGES, 300)}
    report["protection"], report["protection_vmx"] = costs | {"flush": {1: 900, 4: 3600}}, costs
    report["host_unit"] = {"EPT": {16 << 30: {"map": 5.5, "unmap": 7.0}}}
    report["launch"] = {64: {isolation: {"host": 1000, "cokernel": 2000} for isolation in ("none", "full")}}
    report["overhead"] = {"ep S": {"none": 10_000, "ratios": dict.fromkeys(x86_protect.SYSTEMS[1:], 1.00001)}}
    report["walks"] = {"2 MiB": [{"guest": 4096, "nested": 2 << 20, "pages": 7, "least": 19, "most": 19, "bare": 4}]}
    report["sizes"] = {"code_lines": 2289, "bytes": {"svm": 8196}}
    page = x86_report.page(report) + x86_report.protection_page(report)
    for row in ("| CPUID | 5 +1,227 | 5 +1,227 |", "| flush of one of 4 cores; of 4 | 900; 3,600 (4.00) |", "| EPT, 16 GiB | 5.5 | 7.0 |"):
        assert row in page
    for row in ("| 64 MiB, made by its host | 1,000 | 1,000 | 1.0000 |", "| 2 MiB | 4 KiB | 2 MiB | 7 | 19 | 4 |", "| svm.img, bytes | 8,196 | 16,384 |"):
        assert row in page
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
