# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Endurance, by `make soak`: what the tests of every change do in short, at counts that take an hour.

SOAK_SEED=n in the environment gives other random sequences.
"""

import os
import subprocess

import pytest
import test_login_restart as restart
from bulkhead_node.common import TREE
from guest_node import Config
from login_console import run_console
from support import BUSYBOX, PROGRAMS
from test_login_life import CORES, check_same, cycles, prologue
from test_login_life import PROGRAMS as LIFE_PROGRAMS
from test_made_vms import make_vms

SEED = int(os.environ.get("SOAK_SEED", "1"))
FUZZ_CALLS = 2_000_000
LAUNCHES = 60
STRESS_RUNS = 10
STRESS_SECONDS = 60
CYCLES = 1000
MODEL_STEPS = 1_000_000
LOGIN_MACHINES = {
    "gicv3": {"vcpus": 1},
    "gicv3-2": {"vcpus": 2},
    "gicv2": {"gic": 2, "vcpus": 1},
    "gicv2-2": {"gic": 2, "vcpus": 2},
    "forward": {"forward": True, "vcpus": 1},
    "forward-2": {"forward": True, "vcpus": 2},
    "shared-cores": {"cores": 2, "vcpus": 2},
}
MODEL_RUNS = 20  # each is a node of its own, with other seeds: fresh VMs to end


@pytest.mark.parametrize("cpu, gic", [("neoverse-n1", 3), ("cortex-a53", 2), ("a64fx", 3)])
def test_hypercall_fuzzer(cpu, gic, log_dir):
    bootargs = f"seed={SEED} calls={FUZZ_CALLS}"
    config = Config(cpu=cpu, gic=gic, cores=2, vcpus=2, secondaries=6, seconds=3000, bootargs=bootargs)
    report = config.run("fuzz", log_dir / "node.log")
    assert not report.complaint, report.complaint


def test_shared_memory_on_target(log_dir):
    """FF-A memory management against its model; the login VM takes part in every second run."""
    for seed in range(SEED, SEED + MODEL_RUNS):
        bootargs = f"seed={seed} steps={MODEL_STEPS // MODEL_RUNS}"
        report = Config(secondaries=22, login=seed % 2 == 0, seconds=1000, bootargs=bootargs).run("mem_model", log_dir / "node.log")
        assert not report.complaint, f"seed {seed}: {report.complaint}"


def test_shared_memory_on_the_build_host():
    environment = {**os.environ, "UNIT_SEED": str(SEED), "UNIT_STEPS": str(MODEL_STEPS)}
    done = subprocess.run(
        ["make", "-C", TREE, "-s", "build/unit/test_hv_share_model.run"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}{done.stderr[-3000:]}"


@pytest.mark.parametrize("script", ["cycles", "kills", "resize_kills"])
def test_vms_are_made_over_and_over(script, log_dir):
    """Made, run or killed or resized, destroyed: the node has all its memory afterwards."""
    make_vms(log_dir, script, CYCLES, seed=SEED, cores=3, timeout=6000)


@pytest.mark.parametrize("machine, count", [("arm64", CYCLES), ("x86", CYCLES // 2)])
def test_enclaves_are_made_over_and_over(machine, count):
    """The same by `bulkhead` in the login VM and on a host: the node and the control task have what they had before."""
    sections = {"cycles": cycles(count, SEED, CORES[machine])}
    console = run_console(sections, LIFE_PROGRAMS, prologue(machine), limit=9000, machine=machine)
    assert check_same(console["cycles"], machine) == ""


@pytest.mark.parametrize("death", restart.DEATHS)
@pytest.mark.parametrize("machine", LOGIN_MACHINES)
def test_jobs_outlive_linux(death, machine):
    """Each death of the login VM's Linux on each machine."""
    restart.check_outlived(restart.run(death, watchdog=restart.WATCHDOG, **LOGIN_MACHINES[machine]))


@pytest.mark.parametrize("isolation", ["full", "none"])
def test_launches(node, isolation):
    """One node after the other: each gives its result, none stays behind."""
    for number in range(LAUNCHES):
        result = node(PROGRAMS / "hello", str(number), options=["--isolation", isolation, "--cpus", 1 + number % 4])
        assert result.status == number, result


@pytest.mark.parametrize("isolation", ["full", "none"])
def test_large_streams(node, isolation):
    data = os.urandom(16 << 20)
    result = node(BUSYBOX, "cat", options=["--isolation", isolation, "--timeout", 1000], stdin=data, limit=1200)
    assert result.stdout == data, result.stderr


def test_unit_tests_with_other_seeds():
    for seed in range(SEED + 1, SEED + 6):
        environment = {**os.environ, "UNIT_SEED": str(seed)}
        done = subprocess.run(["make", "-C", TREE, "-s", "unit"], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"seed {seed}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"


@pytest.mark.parametrize("isolation", ["full", "none"])
def test_threads_under_stress(node, isolation):
    """Ten minutes in all; each run has another seed and another end."""
    options = ["--isolation", isolation, "--cpus", "4", "--timeout", STRESS_SECONDS * 10]
    for seed in range(SEED, SEED + STRESS_RUNS):
        result = node(PROGRAMS / "stress", seed, STRESS_SECONDS, options=options, limit=STRESS_SECONDS * 11)
        assert result.status == 0 and result.stderr == b"", result


@pytest.mark.parametrize("isolation", ["full", "none"])
def test_processes_lose_no_page(node, isolation):
    options = ["--isolation", isolation, "--cpus", "4", "--timeout", "3000"]
    result = node(PROGRAMS / "cycle", CYCLES, options=options, limit=3100)
    assert result.stdout.endswith(b"%d cycles, no page lost\n" % CYCLES), result
