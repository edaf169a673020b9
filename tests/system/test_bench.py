# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What calls, switches and system calls cost has not grown, nor the hypervisor, and nobody takes a core: make bench in small."""

import json
import sys

import pytest
from bulkhead_node.common import TREE

sys.path.append(str(TREE / "bench"))
from measure import costs, figures, guest, main, plot, results, selfish, size  # noqa: E402
from measure.images import Images  # noqa: E402

EXPECTED = json.loads((TREE / "bench/expected.json").read_text())
SLACK = 1.10
SIZE_SLACK = 1.02
ROUNDS = 1000
SELFISH_SECONDS = 1


@pytest.mark.parametrize("machine", EXPECTED["machines"])
def test_costs(machine, log_dir, tmp_path):
    cpu, _, gic = machine.rpartition("-gicv")
    setting = guest.Setting("bench_calls", 2, cpu=cpu, gic=int(gic), bootargs=f"rounds={ROUNDS}")
    said = guest.run(Images.copy(tmp_path), setting, log_dir / "node.log")
    for name, expected in EXPECTED["machines"][machine].items():
        instructions = figures.loop_total(said, name)
        assert instructions <= SLACK * expected, f"{name} takes {instructions:.0f} instructions, {expected} are recorded"


@pytest.mark.parametrize("system", ["native", "isolated"])
def test_services(system, log_dir):
    expected = EXPECTED["costs"]
    counted, done = costs.run(log_dir, system, *expected)
    for name, recorded in expected.items():
        assert counted[name] <= SLACK * recorded, f"{name} takes {counted[name]} instructions, {recorded} are recorded"
        assert counted[name] <= costs.AIMS.get(name, counted[name]), f"{name} misses its aim"
    if system == "isolated":  # handing a core from thread to thread is no business of the hypervisor
        assert done.exits().get("timer", 0) <= 1


def test_size(tmp_path):
    done = size.measure(Images.copy(tmp_path).pieces())
    assert set(done["code_lines"]["by_concern"]) == set(size.CONCERNS), "a file of hv/arm64 that is for none of them"
    measured = size.totals(done)
    for name, recorded in EXPECTED["size"].items():
        assert measured[name] <= SIZE_SLACK * recorded, f"the hypervisor has {measured[name]} {name}, {recorded} are recorded"


@pytest.mark.parametrize("name", ["native", "isolated", "native_tick", "isolated_tick"])
def test_detours(name, log_dir):
    run = next(run for run in selfish.RUNS if run.name == name)
    expected = run.expected * SELFISH_SECONDS // selfish.SECONDS
    detours = selfish.observe(log_dir, run, SELFISH_SECONDS)["detours"]
    assert abs(detours - expected) <= (1 if expected else 0)


def test_plot(tmp_path):
    raw = tmp_path / "raw"
    raw.write_text("# thread time_ns length_ns\n0 5000000 272\n0 15000000 3000\n")
    shown = {"text": "it's a run", "detours": 2, "lengths_ns": {"median": 272, "longest": 3000}, "lost_ns": 3272}
    runs = {"some": shown | {"raw": str(raw), "threshold_ns": 80.0}}
    runs["none"] = runs["some"] | {"detours": 0, "lengths_ns": {}, "raw": str(tmp_path / "empty")}
    report = {"selfish": {"seconds": 1, "runs": runs}, "emulator": "emulator", "commit": "commit"}
    png, svg = plot.draw(report, tmp_path)
    assert png.read_bytes().startswith(b"\x89PNG") and b"3,000 ns" in svg.read_bytes()


def test_login_table():
    boot = {"gic": 3, "bare": 1000, "login": 1220, "hypervisor": 160, "ratio": 1.22, "aim": 1.3}
    ways = {"direct": {"median": 2000, "exits": {"device": 1.0}}, "forwarded": {"median": 2000, "exits": {"device": 1.01, "kick": 1.5}}}
    table = results.login_table({"boots": [boot], "interrupts": ways})
    assert "| GICv3 | 1,000 | 1,220 | 160 | 1.220 | 1.3 |" in table
    assert "| direct | 2,000 | 1 | device |" in table and "| forwarded | 2,000 | 2.51 | device, kick |" in table


def test_what_is_recorded_is_what_is_guarded():
    machines = []
    for machine, recorded in EXPECTED["machines"].items():
        cpu, _, gic = machine.rpartition("-gicv")
        totals = {name: {"total": count} for name, count in recorded.items()}
        machines.append({"cpu": cpu, "gic": int(gic), "figures": totals})
    rows = {name: {"native": count, "isolated": count} for name, count in EXPECTED["costs"].items()}
    measured = {"code_lines": {"total": EXPECTED["size"]["code_lines"]}, "text_and_data": {"bytes": EXPECTED["size"]["bytes"]}}
    assert main.expected_of({"machines": machines, "costs": {"figures": rows}, "size": measured}) == EXPECTED
