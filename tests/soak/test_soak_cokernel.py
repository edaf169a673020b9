# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Endurance of the module of x86 hosts, by `make soak`: life cycles at random sizes and cores, an enclave each."""

from test_cokernel_module import boot, check, session

CYCLES = 500
LIMIT = 3600


def test_life_cycles(log_dir):
    console = boot(log_dir, f"export CYCLES={CYCLES}\n" + session(["resources_back"]), limit=LIMIT)
    check(console, ["resources_back"])
