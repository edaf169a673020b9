# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A program on one core of the same emulated machine, deterministically: on the bare LWK, isolated, and on Debian's kernel."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bulkhead_node.common import TREE, UsageError

NODE = [str(TREE / "node"), "run"]
SYSTEMS = {
    "native": [*NODE, "--isolation", "none"],
    "isolated": NODE,
    "linux": [str(TREE / "tools/linux-run")],
}
JOB_VM = 3
TIMEOUT = 1500  # seconds: the host may be slow


@dataclass
class Done:
    """A job that ended well."""

    stdout: str
    stderr: str
    log: Path
    counters: Path | None

    def exits(self):
        """Of the job's VM from its start to its end, its kernel's boot included: reason -> count."""
        record = json.loads(self.counters.read_text())
        (vm,) = [vm for vm in record["vms"] if vm["vm"] == JOB_VM]
        return {reason: count for reason, count in vm["vcpus"][0]["exits"].items() if count}


def run(log_dir, name, system, argv, options=()):
    """Runs argv on one of SYSTEMS; everything that is kept of it is called `name`."""
    log = log_dir / f"{name}-{system}.log"
    counters = log_dir / f"{name}-{system}.json" if system == "isolated" else None
    command = [*SYSTEMS[system], "--deterministic", "--timeout", TIMEOUT, "--log", log, *options]
    command += ["--counters", counters] if counters else []
    command += ["--", *argv]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise UsageError(f"{argv[0]} failed ({system}, status {done.returncode}); see {log}: {done.stderr}")
    return Done(done.stdout, done.stderr, log, counters)


def line_of(text, pattern, what):
    """The match of a line that has to be there."""
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        raise UsageError(f"{what}: there is no line {pattern!r}.")
    return found
