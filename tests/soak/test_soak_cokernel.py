# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Endurance of the module of x86 hosts, by `make soak`: life cycles at random sizes and cores, an enclave each; calls at random; faults at random.

SOAK_SEED=n in the environment gives other random sequences.
"""

import os

from test_cokernel_module import boot, check, session

CYCLES = 500
CALLS = 100_000
FAULTS = 500
STALE = 1000
SEED = os.environ.get("SOAK_SEED", "1")
LIMIT = 3600


def test_life_cycles(log_dir):
    console = boot(log_dir, f"export CYCLES={CYCLES}\n" + session(["resources_back"]), limit=LIMIT)
    check(console, ["resources_back"])


def test_random_calls(log_dir):
    """As root, by several at once, and as a user."""
    names = ["random_calls", "crowd", "rights"]
    check(boot(log_dir, f"export CALLS={CALLS}\n" + session(names), limit=LIMIT), names)


def test_faults(log_dir):
    """Enclaves that do what they may not, each once."""
    check(boot(log_dir, f"export CYCLES={FAULTS} SEED={SEED}\n" + session(["endurance"]), limit=LIMIT), ["endurance"])


def test_stale_region(log_dir):
    check(boot(log_dir, f"export CYCLES={STALE}\n" + session(["stale"]), limit=LIMIT), ["stale"])
