# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Guest tests keep their logs as the system tests do."""

import importlib.util
from pathlib import Path

SYSTEM = Path(__file__).resolve().parents[1] / "system/conftest.py"
spec = importlib.util.spec_from_file_location("system_conftest", SYSTEM)
system = importlib.util.module_from_spec(spec)
spec.loader.exec_module(system)

log_dir = system.log_dir
pytest_runtest_makereport = system.pytest_runtest_makereport
