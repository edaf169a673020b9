# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A script run in the login VM of a node (the fixture `session`), and what it and the hypervisor's log said."""

import re
import subprocess

from support import NODE

LIMIT = 240  # seconds for a node on a busy machine; most need 6


class Outcome:
    def __init__(self, done, log):
        self.status = done.returncode
        self.console = done.stdout.decode(errors="replace").replace("\r", "")
        self.log = log.read_text(errors="replace")
        self.text = f"{self.console[-6000:]}\n{self.log}\n{done.stderr.decode(errors='replace')}"

    def interrupts(self, name):
        """Of each processor, by the name of who takes them; where /proc/interrupts was shown last."""
        lines = re.findall(rf"^ *\w+: +([0-9 ]+?) +\S.* {name}$", self.console, re.MULTILINE)
        assert lines, self.text
        return [int(count) for count in lines[-1].split()]

    def counters(self, vm, vcpu):
        """Exits by reason; of the hypervisor's counters, told by the control task at the end."""
        text = "".join(re.findall(r"^vm 1: (.*)$", self.log, re.MULTILINE))
        found = re.search(rf'"vm":{vm},"vcpu":{vcpu},"exits":{{([^}}]*)}}', text)
        assert found, self.text
        return {name: int(count) for name, count in re.findall(r'"(\w+)":(\d+)', found[1])}


class Session:
    def __init__(self, log_dir):
        self.log_dir = log_dir

    def __call__(self, script, *options):
        log = self.log_dir / "shell.log"
        command = [NODE, "shell", "--log", log, "--timeout", LIMIT, *options, "--", "sh", "-c", script]
        done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, check=False)
        (self.log_dir / "console.log").write_bytes(done.stdout)
        return Outcome(done, log)
