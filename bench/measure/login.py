# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The login VM: instructions that Debian's kernel takes from reset to its first program, in the VM and on the bare machine."""

import re
import subprocess
import tempfile

from bulkhead_node import cpio, shell
from bulkhead_node.common import ARM64, BUILD, UsageError

PLUGIN = BUILD / "native/bench/executed.so"
MARK = ARM64 / "bench/mark"
HYPERVISOR = 0x40200000  # where the emulator puts its image, which lies within the next 4 MiB
LIMIT = 300
AIM = 1.3
HOW = (
    "bench/executed, a plugin of the emulator: instructions executed from reset to the first one of /init; one core, same kernel, "
    "initial file tree and devices, whose drivers are modules: nothing depends on when the host answers"
)
BLIND = (
    "how long an instruction takes; what the boot loader does. A block of instructions that an exception leaves in its middle "
    "counts as a whole. Cores that wait execute nothing"
)


def executed(log_dir, gic, bare):
    """Total, and what of it the hypervisor executed."""
    setup = shell.Setup(gic=gic, cores=1, bare=bare, deterministic=True, terminal=False)
    setup.extra = [cpio.program("init", MARK.read_bytes())]
    with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
        node = shell.build(setup, directory)
        node.machine.devices += ["-plugin", f"{PLUGIN},low={HYPERVISOR},high={HYPERVISOR + (4 << 20)}"]
        command = list(map(str, node.command(directory)))
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, check=False)
    log = log_dir / f"login-{gic}-{'bare' if bare else 'vm'}.log"
    log.write_bytes(done.stdout + done.stderr)
    found = re.search(rb"^executed (\d+) (\d+)$", done.stderr, re.MULTILINE)
    if not found:
        raise UsageError(f"Linux did not come to its first program; see {log}")
    return int(found[1]), int(found[2])


def measure_one(log_dir, gic):
    bare, _ = executed(log_dir, gic, True)
    login, hypervisor = executed(log_dir, gic, False)
    ratio = round(login / bare, 4)
    return {"gic": gic, "bare": bare, "login": login, "hypervisor": hypervisor, "ratio": ratio, "aim": AIM, "met": ratio <= AIM}


def measure(log_dir):
    return {
        "cpu": "neoverse-n1",
        "boots": [measure_one(log_dir, gic) for gic in (3, 2)],
        "how": HOW,
        "blind": BLIND,
    }
