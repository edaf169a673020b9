# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""How a job ends on a real node: status, signals, time limit, interruption, files."""

import json
import os
import resource
import signal
import subprocess
import time

import pytest
from support import (
    BASH,
    BUSYBOX,
    PROGRAMS,
    STORE_OUTSIDE,
    TREE,
    children,
    image_of,
    is_running,
    reference,
    wait_for,
)

BOTH = pytest.mark.parametrize("isolation", ["full", "none"])
ENDLESS = ["-c", "echo started; while :; do :; done"]
GRACE = 2.0
LAUNCH = 3.0  # seconds that a launch may take more than the program


@BOTH
@pytest.mark.parametrize("status", [0, 1, 64, 255])
def test_exit_status(node, isolation, status):
    result = node(BUSYBOX, "sh", "-c", f"exit {status}", options=["--isolation", isolation])
    assert result.status == status, result


@BOTH
@pytest.mark.parametrize("how", "null wild kernel readonly exec stack illegal trap abort unaligned ignored 1 2 9 15 31".split())
def test_fatal_signal(node, isolation, how):
    argv = [PROGRAMS / "signals_fatal", how]
    result = node(*argv, options=["--isolation", isolation])
    expected = {"unaligned": 135}.get(how) or reference(argv).status  # user-mode emulation lets it pass
    assert result.status == expected, result
    assert result.stdout.startswith(f"before {how}\n".encode())


@BOTH
def test_timeout(node, isolation):
    begin = time.monotonic()
    result = node(BASH, *ENDLESS, options=["--isolation", isolation, "--timeout", "10"])
    assert result.status == 124, result
    assert result.stdout == b"started\n"
    assert b"time limit" in result.stderr and b".log" in result.stderr
    assert time.monotonic() < begin + 10 + GRACE


@BOTH
@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interruption(node, isolation, number, status):
    with node.start(["--isolation", isolation], [BASH, *ENDLESS]) as running:
        assert running.stdout.readline() == b"started\n"
        emulators = children(running.pid)
        running.send_signal(number)
        wait_for(lambda: running.poll() is not None, GRACE, "the end of ./node")
        assert running.returncode == status
        assert emulators and not any(map(is_running, emulators))


def launch_seconds(node, isolation):
    """On a build host with far more to do than it has cores, only the seconds in which the launch had one."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = node(PROGRAMS / "hello", options=["--isolation", isolation])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert result.status == 0, result
    if os.getloadavg()[0] < 3 * os.cpu_count():
        return result.seconds
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@BOTH
def test_launch_is_quick(node, isolation):
    """The best of a few: how long it takes, not how busy the machine is with other tests."""
    assert min(launch_seconds(node, isolation) for _ in range(4)) < LAUNCH


@BOTH
def test_arguments_environment_and_files(node, isolation, tmp_path):
    (tmp_path / "data").write_bytes(b"some data\n")
    env = ["BH_NAME=a b", "BH_EMPTY=", "BH_EQUALS=a=b"]
    argv = [PROGRAMS / "args", "", "two words", "quo\"te", "\xe9\u20ac", "line\nbreak"]
    options = ["--isolation", isolation]
    for pair in env:
        options += ["--env", pair]
    result = node(*argv, options=options)
    assert result.stdout == reference(argv, env=env).stdout, result
    files = ["--file", tmp_path / "data", "--file", f"{tmp_path}/data:other name"]
    result = node(BUSYBOX, "md5sum", "data", "other name", options=["--isolation", isolation, *files])
    (tmp_path / "other name").write_bytes(b"some data\n")
    assert result.stdout == reference([BUSYBOX, "md5sum", "data", "other name"], cwd=tmp_path).stdout, result


@BOTH
def test_files_come_back(node, isolation, tmp_path):
    (tmp_path / "same").write_bytes(b"same\n")
    (tmp_path / "changed").write_bytes(b"old\n")
    script = "echo new >changed; echo created >created; while read line; do echo $line; done <same"
    files = ["--file", tmp_path / "same", "--file", tmp_path / "changed"]
    out = tmp_path / "out"
    result = node(BASH, "-c", script, options=["--isolation", isolation, *files, "--out", out])
    assert (result.status, result.stdout) == (0, b"same\n"), result
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {"changed": b"new\n", "created": b"created\n"}


@BOTH
def test_program_as_large_as_the_memory_allows(node, isolation, tmp_path):
    """What the tool lets pass, the kernel can load: no more than 16 MiB of the memory are not the program's."""
    source = tmp_path / "large.c"
    source.write_text("static char area[240 << 20]; int main(int c, char **v) { area[c << 20] = 1; return area[c]; }\n")
    program = tmp_path / "large"
    subprocess.run(["aarch64-linux-gnu-gcc", "-static", source, "-o", program], check=True)
    result = node(program, options=["--isolation", isolation, "--memory", "256M"])
    assert result.status == 0, result


KILLED_VM = """
import functools, sys
from pathlib import Path
sys.path.insert(0, {tools!r})
from bulkhead_node import cli, run
run.VM = functools.partial(run.VM, image=Path({image!r}))
sys.exit(cli.main())
"""


def test_killed_vm(node, tmp_path):
    """The job's kernel leaves its memory: exit status 70 and a record that says what, where and with which registers."""
    image = tmp_path / "broken.img"
    image.write_bytes(image_of(STORE_OUTSIDE))
    script = KILLED_VM.format(tools=str(TREE / "tools"), image=str(image))
    command = node.command([], [PROGRAMS / "hello"])
    done = subprocess.run(["/usr/bin/python3", "-c", script, *command[1:]], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (70, ""), done
    assert "VM 3 was ended by the hypervisor: it wrote to memory that does not belong to it." in done.stderr
    assert "0x80000 (guest-physical)" in done.stderr
    assert "at EL1, vCPU 0 on core 0" in done.stderr
    assert "x0 0000000000080000" in done.stderr
    assert ".log" in done.stderr


def test_counters_file(node, tmp_path):
    path = tmp_path / "counters.json"
    result = node(PROGRAMS / "hello", options=["--counters", path, "--cpus", "2"])
    assert result.status == 0, result
    counters = json.loads(path.read_text())
    job = next(vm for vm in counters["vms"] if vm["vm"] == 3)
    assert job["cause"] == "off"
    assert job["runtime_ticks"] > 0 and job["counter_hz"] > 0
    assert [vcpu["vcpu"] for vcpu in job["vcpus"]] == [0, 1]
    assert job["vcpus"][0]["runs"] > 0
    assert sum(job["vcpus"][0]["exits"].values()) > 0
    assert "commit" in counters and "QEMU" in counters["emulator"]
    primary = next(vm for vm in counters["vms"] if vm["vm"] == 1)
    assert primary["vcpus"][0]["exits"]["ffa"] > 0


@BOTH
def test_unknown_calls_are_named_and_counted(node, isolation, tmp_path):
    path = tmp_path / "counters.json"
    options = ["--isolation", isolation, "--counters", path, "--summary"]
    result = node(PROGRAMS / "unknown_calls.musl", options=options)
    assert result.status == 0 and b": NO" not in result.stdout, result
    calls = json.loads(path.read_text())["unknown_calls"]
    assert calls == {"io_setup": 3, "call_999": 1, "out_of_range": 2}
    assert b"does not know: io_setup 3, call_999 1, out_of_range 2" in result.stderr, result


def test_deterministic_runs_are_alike(node, tmp_path):
    """The same counters to the last digit."""
    seen = []
    for i in range(2):
        path = tmp_path / f"counters{i}.json"
        result = node(PROGRAMS / "compute", "10", options=["--deterministic", "--counters", path])
        assert result.status == 0, result
        seen.append(json.loads(path.read_text())["vms"])
    assert seen[0] == seen[1]


def test_summary(node):
    result = node(PROGRAMS / "hello", options=["--summary"])
    assert b"VM 3 ran" in result.stderr and b"to the hypervisor" in result.stderr, result
