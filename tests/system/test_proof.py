# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The order in which an enclave loses memory, as a model that Spin goes through to the end; each way to get it wrong fails."""

import subprocess

import pytest
from bulkhead_node.common import TREE

MODEL = TREE / "tests/proof/flush.pml"
MUTANTS = ("NO_WAIT", "NO_FLUSH", "MAPPED", "LOST", "ONE_CORE")


def errors(directory, *defines):
    """How many Spin finds, in all executions with weak fairness."""

    def run(*command):
        return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True, timeout=300).stdout

    run("spin", *(f"-D{name}" for name in defines), "-a", str(MODEL))
    total = 0
    for how, options in (["-DNFAIR=4", ["-a", "-f"]], ["-DNOCLAIM", []]):
        run("gcc", "-w", how, "-o", "pan", "pan.c")
        said = run("./pan", "-m100000", *options)
        assert "errors:" in said and "max search depth too small" not in said, said
        total += int(said.split("errors:")[1].split()[0])
    return total


def test_order(tmp_path):
    assert errors(tmp_path) == 0


@pytest.mark.parametrize("mutant", MUTANTS)
def test_mutants(tmp_path, mutant):
    assert errors(tmp_path, mutant) > 0
