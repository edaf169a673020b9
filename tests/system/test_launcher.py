# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""./node with a node of our own making (fake_emulator.py): streams, results and misbehaviour that a real one shows rarely."""

import os
import resource
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from support import BUSYBOX, children, is_running, wait_for

FAKE = Path(__file__).with_name("fake_emulator.py")
GRACE = 2.0  # seconds, for an end on request


@pytest.fixture
def fake(node, tmp_path):
    """A function that runs ./node on the stand-in: fake(scenario, ...)."""
    (tmp_path / "bin").mkdir()
    shutil.copy(FAKE, tmp_path / "bin/qemu-system-aarch64")

    def environment(scenario):
        path = f"{tmp_path}/bin:{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "FAKE_SCENARIO": scenario}

    def run(scenario, **settings):
        return node(BUSYBOX, "true", env=environment(scenario), **settings)

    def start(scenario, options=(), **settings):
        return node.start(options, [BUSYBOX, "true"], env=environment(scenario), **settings)

    run.start = start
    run.log_dir = node.log_dir
    return run


@pytest.mark.parametrize("wait_status, status", [(0, 0), (0x100, 1), (0xFF00, 255), (9, 137), (11, 139), (6 | 0x80, 134)])
def test_exit_status(fake, wait_status, status):
    assert fake(f"exit_with:{wait_status}").status == status


def test_report_of_a_program(fake):
    """Behind the program's own words come the kernel's of the same VM and signal, then where the log is."""
    result = fake("reports")
    *lines, log = result.stderr.decode().splitlines()
    assert lines == [
        "the program's last words",
        "node: job[2]: ended by SIGSEGV (11), nothing is mapped at 0x2",
        "  thread 2 (job) on core 0, pc 0x400",
        "  pc  0000000000000400 pstate 00000000",
    ]
    assert log.startswith("node: ") and log.endswith("node-1.log")
    assert result.status == 139


def test_bytes_pass_unaltered(fake):
    data = os.urandom(1 << 20)
    result = fake("echo", stdin=data, late=True)
    assert result.status == 0, result
    assert result.stdout == data
    assert result.stderr == b""


def test_stdout_and_stderr_are_apart(fake):
    result = fake("apart")
    assert result.stdout == b"".join(b"out%d\n" % i for i in range(100))
    assert result.stderr == b"".join(b"err%d\n" % i for i in range(100))


def test_input_has_back_pressure(fake):
    """Of an endless input, only what pipe and buffer hold is taken while the node does not read."""
    with fake.start("hang", stdin=subprocess.PIPE) as running:
        assert running.stdout.readline() == b"started\n"
        os.set_blocking(running.stdin.fileno(), False)
        taken, quiet_since = 0, time.monotonic()
        while time.monotonic() < quiet_since + 0.5:
            try:
                taken += os.write(running.stdin.fileno(), bytes(65536))
                quiet_since = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
            assert taken < 1 << 20
        running.kill()


def test_slow_node_gets_all_input(fake):
    result = fake("slow_reader", stdin=bytes(3 << 20), late=True)
    assert result.stdout == str(3 << 20).encode()


def test_deterministic_gives_no_input(fake):
    result = fake("exit_with:0", options=["--deterministic"], stdin=b"ignored")
    assert result.status == 0


def test_fault_record(fake):
    result = fake("fault")
    text = result.stderr.decode()
    assert result.status == 70
    assert result.stdout == b"before\n"
    assert "VM 3 was ended by the hypervisor: it wrote to memory that does not belong to it." in text
    assert "store of 4 bytes, translation fault at level 3" in text
    assert "x30 000000000000001e" in text
    assert "core 3" in text


def test_node_that_dies(fake):
    result = fake("died")
    assert result.status == 70
    assert b"the sky is falling" in result.stderr
    assert b"node-1.log" in result.stderr


def test_node_that_does_not_turn_off(fake):
    result = fake("hang_after_exit")
    assert result.status == 70
    assert b"did not turn off" in result.stderr


def test_garbage_on_the_wire(fake):
    result = fake("garbage")
    assert result.status == 70
    assert result.stdout == b"after\n"
    assert b"no frame" in result.stderr


def test_other_vms_are_not_the_job(fake):
    result = fake("other_vm")
    assert (result.status, result.stdout) == (0, b"mine\n")


@pytest.mark.parametrize("error, status, part", [(12, 64, b"memory"), (8, 64, b"program"), (5, 70, b"Input/output")])
def test_program_that_cannot_start(fake, error, status, part):
    result = fake(f"not_started:{error}")
    assert result.status == status
    assert part in result.stderr


def test_timeout(fake):
    result = fake("stubborn", options=["--timeout", "1.5"])
    assert result.status == 124
    assert b"time limit of 1.5 s" in result.stderr
    assert result.seconds < 1.5 + GRACE


def test_timeout_while_output_is_stuck(fake):
    """A reader that does not read must not keep the deadline from passing."""
    with fake.start("flood", ["--timeout", "1.5"]) as running:
        wait_for(lambda: running.poll() is not None, 1.5 + GRACE, "the end of ./node")
        assert running.returncode == 124


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("scenario", ["hang", "stubborn"])
def test_signal_ends_it_and_the_emulator(fake, number, status, scenario):
    with fake.start(scenario) as running:
        assert running.stdout.readline() == b"started\n"
        emulators = children(running.pid)
        assert len(emulators) == 1
        running.send_signal(number)
        wait_for(lambda: running.poll() is not None, GRACE, "the end of ./node")
        assert running.returncode == status
        assert not any(map(is_running, emulators))


def test_killed_launcher_leaves_no_emulator(fake):
    with fake.start("stubborn") as running:
        assert running.stdout.readline() == b"started\n"
        emulators = children(running.pid)
        running.kill()
        wait_for(lambda: not any(map(is_running, emulators)), GRACE, "the end of the emulator")


def test_reader_that_goes_away(fake):
    with fake.start("flood") as running:
        running.stdout.read(10)
        running.stdout.close()
        wait_for(lambda: running.poll() is not None, GRACE, "the end of ./node")
        assert running.returncode == 141


def test_files_come_back(fake, tmp_path):
    out = tmp_path / "out"
    result = fake("files:good", options=["--out", out])
    assert result.status == 0, result
    assert (out / "a").read_bytes() == b"one"
    assert (out / "sub/b").read_bytes() == b"two" * 5000


BAD_FILES = "dotdot inside absolute empty below directory long cut endless back huge blank parent raw bomb".split()


@pytest.mark.parametrize("kind", BAD_FILES)
def test_bad_files_are_refused(fake, tmp_path, kind):
    """Nothing outside of the directory, no loop, no more memory than the enclave has."""
    out = tmp_path / "below/out"
    (out / "taken").mkdir(parents=True)
    (tmp_path / "below/other").mkdir()
    (out / "link").symlink_to(tmp_path / "below/other")
    result = fake(f"files:{kind}", options=["--out", out, "--memory", "32M"], preexec_fn=limit_memory)
    assert result.status == 70, result
    assert b"did not come back whole" in result.stderr and b"Traceback" not in result.stderr
    assert not (tmp_path / "below/evil").exists() and not list((tmp_path / "below/other").iterdir())
    assert not Path("/evil").exists()


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


def test_files_are_not_kept_unless_wanted(fake):
    assert fake("files:bomb", options=["--memory", "32M"], preexec_fn=limit_memory).status == 0


def test_names_of_files(fake, tmp_path):
    out = tmp_path / "out"
    assert fake("files:names", options=["--out", out]).status == 0
    found = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert found == {"TRAILER!!!", "\u00e4:b c\n", "sub/TRAILER!!!"}


def test_files_do_not_follow_links(fake, tmp_path):
    """Nor anything else that is in their place: it is replaced."""
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "target").write_text("safe")
    (out / "link").symlink_to(tmp_path / "target")
    assert fake("files:link", options=["--out", out]).status == 0
    assert (tmp_path / "target").read_text() == "safe"
    assert (out / "link").read_text() == "x" and not (out / "link").is_symlink()
    os.mkfifo(out / "a")
    assert fake("files:setuid", options=["--out", out]).status == 0
    assert (out / "a").read_text() == "x"
    assert (out / "a").stat().st_mode & 0o7000 == 0


def test_missing_emulator(node):
    result = node(BUSYBOX, "true", env={**os.environ, "PATH": "/nonexistent"})
    assert result.status == 70
    assert b"make setup" in result.stderr
    assert len(result.stderr.splitlines()) == 1
