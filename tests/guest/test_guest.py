# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The hypervisor, tested from inside: each case boots the test guest as primary and secondaries and reads what it checked."""

import pytest
from guest_node import Config

CASES = [
    ("wall_memory", Config(secondaries=40)),
    ("wall_ways", Config(secondaries=40)),
    ("wall_walks", Config(secondaries=40)),
    ("wall_map", Config()),
    ("wall_random", Config(secondaries=50)),
    ("wall_mmio", Config(secondaries=60)),
    ("wall_registers", Config(secondaries=60)),
    ("wall_registers_primary", Config()),
    ("wall_sweep", Config()),
    ("wall_leak", Config()),
    ("id_registers", Config()),
    ("wall_calls", Config()),
    ("wall_ids", Config()),
    ("wall_high_bits", Config()),
    ("wall_mailbox", Config()),
    ("partition_info", Config()),
    ("run_twice", Config(cores=4)),
    ("run_race", Config(cores=4)),
    ("message_race", Config(cores=4)),
    ("stop_running", Config(cores=4)),
    ("death_of_many", Config(cores=4, vcpus=4)),
]


@pytest.mark.parametrize("test, config", CASES, ids=lambda value: str(value))
def test_guest(test, config, log_dir):
    report = config.run(test, log_dir / "node.log")
    assert not report.complaint, report.complaint
