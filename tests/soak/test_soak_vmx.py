# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Endurance of a host with an Intel processor, whose emulator is slow: what takes longer than the tests of every change may."""

from test_cokernel_vmx import life_cycles

CYCLES = 20
LIMIT = 7200


def test_life_cycles(log_dir):
    life_cycles(log_dir, CYCLES, LIMIT)
