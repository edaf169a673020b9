# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""./node run --machine x86-svm: an LWK that gives up, that hangs, and threads that wait for each other: status 70, and what is known of it."""

import re
import subprocess
import time

from bulkhead_node.common import X86, cache_root
from debugger import Debugger
from support import TREE, wait_for
from test_cokernel_module import patched

DEADLOCK = X86 / "programs/deadlock"
BUSYBOX = cache_root("x86") / "bin/busybox"
X86_SVM = ["--machine", "x86-svm", "--timeout", 500]
BOOT = 300  # seconds
WATCHDOG = 6
REGISTER_RIP, REGISTER_FLAGS = 16, 17  # of the debugger's protocol
KERNEL = 1 << 63  # its addresses are above
NOWHERE = 0xFFFFFFFF70000000
INTERRUPTS_OFF, INTERRUPTS_ON = 0x2, 0x202
# ./node with an emulator that listens for a debugger
DEBUGGED = """
import sys
sys.path.insert(0, {tools!r})
from bulkhead_node import cli, host
plain = host.Host.command
host.Host.command = lambda self, directory: [*plain(self, directory), "-gdb", "unix:{path},server=on,wait=off"]
sys.exit(cli.main())
"""


def broken(node, log_dir, path, change):
    """What ./node says of an enclave whose one core, which waits for its program's input, is changed by change(debugger, core)."""
    command = node.command([*X86_SVM, "--watchdog", WATCHDOG], [BUSYBOX, "sh", "-c", "echo waits; read x"])
    script = DEBUGGED.format(tools=str(TREE / "tools"), path=path)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(["/usr/bin/python3", "-c", script, *map(str, command[1:])], **pipes) as running:
        log = log_dir / "node-1.log"
        wait_for(lambda: log.exists() and "phase 5" in log.read_text(errors="replace"), BOOT, "the boot")
        assert running.stdout.readline() == b"waits\n"
        (core,) = re.findall(r"has Linux's CPUs ([0-9]+)\s", log.read_text(errors="replace"))
        debugger = Debugger(path)
        while debugger.get(int(core), REGISTER_RIP) < KERNEL:  # it does not wait yet
            debugger.leave()
            time.sleep(0.5)
            debugger = Debugger(path)
        change(debugger, int(core))
        debugger.leave()
        _, stderr = running.communicate(timeout=BOOT)
    return running.returncode, stderr.decode()


def test_kernel_that_gives_up(node, log_dir, tmp_path):
    def change(debugger, core):
        debugger.set(core, REGISTER_FLAGS, INTERRUPTS_ON.to_bytes(4, "little"))
        debugger.set(core, REGISTER_RIP, NOWHERE.to_bytes(8, "little"))

    status, text = broken(node, log_dir, tmp_path / "debugger", change)
    assert status == 70, text
    assert "Enclave 1 ended: its kernel gave up." in text and "exception in the kernel: vector 14" in text, text
    assert f"pc {NOWHERE:#x}" in text and ".log" in text, text


def test_only_core_that_hangs(node, log_dir, tmp_path):
    def change(debugger, core):
        debugger.set(core, REGISTER_FLAGS, INTERRUPTS_OFF.to_bytes(4, "little"))

    status, text = broken(node, log_dir, tmp_path / "debugger", change)
    assert status == 70, text
    assert "Enclave 1 ended: it was stopped." in text and ".log" in text, text
    assert re.search(r"core 0, Linux's CPU \d, has answered no interrupt for \d+ ms", text), text


def test_deadlock(node):
    result = node(DEADLOCK, options=[*X86_SVM, "--cpus", 2, "--watchdog", 4], limit=600)
    text = result.stderr.decode()
    assert result.status == 70, result
    assert "all 4 threads wait and nothing can wake them" in text and text.count("waits for the futex at 0x") == 3, text


# ./node with another LWK
PATCHED = """
import sys
from pathlib import Path
sys.path.insert(0, {tools!r})
from bulkhead_node import cli, host_run
host_run.LWK = Path({image!r})
sys.exit(cli.main())
"""
LOST_TABLES = b"\xb8\x00\x10\x00\x00\x0f\x22\xd8"  # CR3 = 0x1000, which is Linux's


def test_wall_is_hit(node, tmp_path):
    """From a stray access of the LWK's to the operator's sentence, with the function's name; its tables are what goes astray."""
    image = tmp_path / "lwk.img"
    image.write_bytes(patched("sys_sync", LOST_TABLES))
    command = node.command(X86_SVM, [BUSYBOX, "sync"])
    script = PATCHED.format(tools=str(TREE / "tools"), image=str(image))
    done = subprocess.run(["/usr/bin/python3", "-c", script, *map(str, command[1:])], capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 70, done
    assert "it read memory that does not belong to it" in done.stderr and "address   0x1" in done.stderr, done
    assert re.search(r"pc 0x[0-9a-f]+ \(sys_sync\+0x8\), core 0", done.stderr), done
