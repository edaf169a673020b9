# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Endurance tests use what the system tests and the guest tests have."""

import importlib.util
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "system"), str(TESTS / "guest")]
spec = importlib.util.spec_from_file_location("system_conftest", TESTS / "system/conftest.py")
system = importlib.util.module_from_spec(spec)
spec.loader.exec_module(system)

log_dir = system.log_dir
node = system.node
linux = system.linux
pytest_runtest_makereport = system.pytest_runtest_makereport
