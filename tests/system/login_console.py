# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""One boot of a node for many tests: a script runs where operators are, in the login VM's Linux or in the host's, in sections, and each test looks
at its own."""

import re
import subprocess
import tempfile
from pathlib import Path

from bulkhead_node import cpio, host, shell
from bulkhead_node.common import BUILD

LIMIT = 1500  # seconds for a node on a busy machine; it needs 100
# P is a program whose shell cannot fork on the LWK
PROLOGUE = """
dmesg -n 1
P=/bin/busybox
wait_for() { for try in $(seq 300); do eval "$1" && return; sleep 0.2; done; echo "waited in vain for $1"; }
gone() { ! bulkhead show $1 >/dev/null 2>&1; }
mkfifo /tmp/open; sleep 100000 >/tmp/open &
"""


class Console:
    """What the script said, by section."""

    def __init__(self, machine, text, log):
        self.machine = machine
        self.text = text
        self.log = log
        self.parts = dict(re.findall(r"^== (\w+)\n(.*?)(?=^== )", text, re.MULTILINE | re.DOTALL))

    def __getitem__(self, name):
        assert name in self.parts, self.text[-6000:]
        return self.parts[name]


def script(sections, prologue=""):
    body = "".join(f"echo '== {name}'\n{{ {words}\n}} 2>&1 | cat\n" for name, words in sections.items())
    return f"{PROLOGUE}{prologue}\n{body}echo '== end'\n"


def run_login(session, extra, limit):
    setup = shell.Setup(session=session, terminal=False, extra=extra)
    with tempfile.TemporaryDirectory() as directory:
        command = [str(word) for word in shell.build(setup, directory).command(directory)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit, check=False)
    return done.stdout.decode(errors="replace").replace("\r", ""), done.stderr.decode(errors="replace")


def run_host(session, extra, limit, **shape):
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "log"
        return host.Host(session=session, daemon=True, devices=True, extra=extra, **shape).run(log, limit), log.read_text(errors="replace")


def run_console(sections, programs=(), prologue="", limit=LIMIT, machine="arm64", **shape):
    """`programs`: of tests/programs, to be found in /opt. `machine`: arm64, the login VM of a partition node; x86, a host, of that `shape` (host.Host)."""
    files = BUILD / machine / "programs"
    extra = [cpio.directory("opt"), *(cpio.program(f"opt/{name}", (files / name).read_bytes()) for name in programs)]
    run = {"arm64": run_login, "x86": run_host}[machine]
    return Console(machine, *run(script(sections, prologue), extra, limit, **shape))
