# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The same as test_cokernel_run.py and test_cokernel_module.py with --machine x86-vmx, whose emulator is ten times as slow: few boots."""

import subprocess

from bulkhead_node.bench_image import BenchImage
from bulkhead_node.common import GIB, X86, cache_root
from bulkhead_node.job import Job
from bulkhead_node.wire import Channel
from support import NODE
from test_cokernel_module import WALLS, boot, check, check_walls, hello_files, session

BASH = cache_root("x86") / "bin/bash-static"
LIMIT = 1500  # on a machine that does much besides; alone it takes 30 to 60
OPTIONS = ["--machine", "x86-vmx", "--cpus", 2, "--timeout", LIMIT]
CYCLES = 3
SCRIPT = """
while read -r line; do echo "$line"; done <given
read -r typed
echo "typed: $typed"
echo "typed: $typed" >made
echo complaint >&2
exit 7
"""


def test_run(node, tmp_path):
    """Output apart, status, input over the wire, a file given, one that comes back."""
    (tmp_path / "given").write_text("line 1\nline 2\n")
    out = tmp_path / "out"
    result = node(
        BASH, "-c", SCRIPT, options=[*OPTIONS, "--file", tmp_path / "given", "--out", out], stdin=b"words\n", late=True, limit=LIMIT
    )
    assert (result.status, result.stderr) == (7, b"complaint\n"), result
    assert result.stdout == b"line 1\nline 2\ntyped: words\n", result
    assert (out / "made").read_bytes() == b"typed: words\n", result


def test_x2apic():
    """The LWK's other way to its interrupt controller; the processor that plays the host stays in the old mode, as no real one could."""
    job = Job([str(X86 / "programs/hello")], stdin=b"")
    outcome = BenchImage(job, cores=2, bochs=True).run(timeout=LIMIT)
    assert "local APIC in x2APIC mode" in outcome.console and "power off" in outcome.console, outcome.console
    assert outcome.stream(0, Channel.EXIT) == bytes(4), outcome


def life_cycles(log_dir, count, limit=LIMIT):
    """At random sizes and cores; totals, free memory and the module's ledger are as before, and the module goes."""
    script = f"export CYCLES={count}\n" + session(["resources_back"])
    check(boot(log_dir, script, limit=limit, machine="x86-vmx", cores=4, memory=GIB), ["resources_back"])


def test_life_cycles(log_dir):
    life_cycles(log_dir, CYCLES)


def test_walls(log_dir):
    """The hypervisor's other back end, beside Linux: all that a co-kernel may not do, and the LWK with each feature."""
    script = "export CYCLES=4\n" + session(WALLS)
    check_walls(boot(log_dir, script, limit=LIMIT, machine="x86-vmx", cores=4, memory=GIB, extra=hello_files()))


def test_shell(log_dir):
    command = [NODE, "shell", "--machine", "x86-vmx", "--cpus", "1", "--timeout", LIMIT, "--log", log_dir / "shell.log", "--"]
    script = "echo machine $(uname -m) $(hostname), $(ls /dev/bulkhead-cokernel)"
    done = subprocess.run([*map(str, command), "sh", "-c", script], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 0, done
    assert b"machine x86_64 host, /dev/bulkhead-cokernel" in done.stdout, done
