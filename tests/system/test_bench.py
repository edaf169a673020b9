# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What calls and switches cost has not grown: by the counter of make bench, without its traces."""

import json
import sys

import pytest
from bulkhead_node.common import TREE

sys.path.append(str(TREE / "bench"))
from measure import figures, guest  # noqa: E402
from measure.images import Images  # noqa: E402

EXPECTED = json.loads((TREE / "bench/expected.json").read_text())
SLACK = 1.10
ROUNDS = 1000


@pytest.mark.parametrize("machine", EXPECTED)
def test_costs(machine, log_dir, tmp_path):
    cpu, _, gic = machine.rpartition("-gicv")
    setting = guest.Setting("bench_calls", 2, cpu=cpu, gic=int(gic), bootargs=f"rounds={ROUNDS}")
    said = guest.run(Images.copy(tmp_path), setting, log_dir / "node.log")
    for name, expected in EXPECTED[machine].items():
        instructions = figures.loop_total(said, name)
        assert instructions <= SLACK * expected, f"{name} takes {instructions:.0f} instructions, {expected} are recorded"
