# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What system tests share: starting ./node, programs and their reference output, waiting without fixed sleeps."""

import os
import signal
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tools"))

from bulkhead_node import common  # noqa: E402

NODE = TREE / "node"
LINUX_RUN = TREE / "tools/linux-run"
PROGRAMS = common.ARM64 / "programs"
STREAM = common.ARM64 / "bench/stream"
BUSYBOX = common.cache_root() / "bin/busybox"
BASH = common.cache_root() / "bin/bash-static"
USER_EMULATOR = "qemu-aarch64-static"
LATE = 1.0  # seconds: more than ./node waits for input to come to its end


@dataclass
class Result:
    status: int
    stdout: bytes
    stderr: bytes
    seconds: float

    def __str__(self):
        return f"status {self.status}\nstdout {self.stdout[-2000:]!r}\nstderr {self.stderr.decode(errors='replace')[-4000:]}"


class NodeRunner:
    """Runs ./node; its consoles go to the test's log directory."""

    base = [NODE, "run"]
    name = "node"

    def __init__(self, log_dir):
        self.log_dir = log_dir
        self.runs = 0

    def command(self, options, argv):
        self.runs += 1
        log = self.log_dir / f"{self.name}-{self.runs}.log"
        return [*self.base, "--log", log, *map(str, options), "--", *map(str, argv)]

    def start(self, options, argv, **settings):
        """The running ./node, with pipes."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(self.command(options, argv), **{**pipes, **settings})

    def __call__(self, *argv, options=(), stdin=b"", late=False, limit=150, **settings):
        """`late`: the input comes when the node has started, so that it has to go over the wire."""
        begin = time.monotonic()
        with self.start(options, argv, stdin=subprocess.PIPE, **settings) as running:
            if late:
                time.sleep(LATE)
            try:
                stdout, stderr = running.communicate(stdin, timeout=limit)
            except subprocess.TimeoutExpired:
                running.kill()
                raise
        return Result(running.returncode, stdout, stderr, time.monotonic() - begin)


class LinuxRunner(NodeRunner):
    """The same on Debian's kernel, alone on the emulated machine."""

    base = [LINUX_RUN]
    name = "linux"


def default_signals():
    """Runs in the child: a shell that starts the tests in the background has it ignore these."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def reference(argv, stdin=b"", env=(), cwd=None):
    """The same program on Linux, by user-mode emulation. Signals show as 128+n."""
    name = os.path.basename(argv[0])
    command = [USER_EMULATOR, "-0", f"/bin/{name}"]
    done = subprocess.run(
        [*command, *map(str, argv)],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=cwd,
        preexec_fn=default_signals,
        env=dict(pair.split("=", 1) for pair in reversed(env)),  # user-mode emulation turns the order round
    )
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return Result(status, done.stdout, done.stderr, 0.0)


def wait_for(condition, seconds, what):
    """Polls; fails with words."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


def children(pid):
    """Process ids of the children of a process, zombies left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(entry.name))
    return found


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


STORE_OUTSIDE = [0xD2A00100, 0xF9000000]  # mov x0, #0x80000; str x0, [x0]


def image_of(instructions):
    """A kernel image (Linux: arch/arm64/booting.rst) that executes these instruction words."""
    header = struct.pack("<IIQQQQQQ4sI", 0x14000010, 0, 0, 4096, 0xA, 0, 0, 0, b"ARM\x64", 0)
    return (header + b"".join(struct.pack("<I", word) for word in instructions)).ljust(4096, b"\0")
