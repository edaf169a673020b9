# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""System tests: the whole node, from the operator's side. tests/run starts them; one alone: tests/run FILE::NAME."""

import re
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tools"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Remembers how the test went, so that its logs are kept only when it failed."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        item.failed_once = True


@pytest.fixture
def log_dir(request):
    """A directory for the logs of this test; it stays when the test fails."""
    name = request.node.nodeid.removeprefix("tests/").replace("::", "/")
    directory = TREE / "build/log/check" / re.sub(r"[^\w./=-]", "_", name)
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.iterdir():
        if old.is_file():
            old.unlink()
    yield directory
    if not getattr(request.node, "failed_once", False):
        for file in directory.iterdir():
            if file.is_file():
                file.unlink()
        directory.rmdir()


@pytest.fixture
def node(log_dir):
    """A function that runs ./node run with options and a program: support.NodeRunner."""
    from support import NodeRunner

    return NodeRunner(log_dir)


@pytest.fixture
def linux(log_dir):
    """The same for tools/linux-run: support.LinuxRunner."""
    from support import LinuxRunner

    return LinuxRunner(log_dir)


@pytest.fixture
def session(log_dir):
    """Runs a script in the login VM's Linux: login_session.Session."""
    from login_session import Session

    return Session(log_dir)
