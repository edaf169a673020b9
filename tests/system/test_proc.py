# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What programs that nobody here wrote make of /proc, /sys and /etc; tests/programs/proc.c compares the files themselves."""

import re

import pytest
from support import BASH, BUSYBOX

BOTH = pytest.mark.parametrize("isolation", ["full", "none"])
# load averages tell who runs now: the program, and init, which may not be asleep yet
APPLETS = [
    ("ps", rb"PID +USER +COMMAND\n +1 root +/init\n +2 root +/bin/busybox ps\n"),
    ("top -b -n1", rb"Mem: \d+K used, \d+K free.*CPU: .*Load average: [12]\.00.* 2 +1 root +R +\d+ .* top -b -n1\n"),
    ("free", rb"Mem: +2\d{5} +\d+ +2\d{5} "),
    ("uptime", rb" up 0 min, +0 users, +load average: [12]\.00"),
    ("df", rb"tmpfs +2\d{5} +\d+ +2\d{5} +\d+% /\n$"),
    ("mount", rb"tmpfs on / type tmpfs \(rw\)\nproc on /proc "),
    ("nproc", rb"^2\n$"),
    ("id", rb"^uid=0\(root\) gid=0\(root\)"),
    ("hostname", rb"^bulkhead\n$"),
    ("uname -a", rb"^Linux bulkhead 6\.1\.0-bulkhead .* aarch64"),
    ("pidof busybox", rb"^2\n$"),
    ("readlink -f /dev/fd/1", rb"^/dev/wire/stdout\n$"),
]


@pytest.mark.parametrize("command, expected", APPLETS, ids=[command.split()[0] for command, _ in APPLETS])
def test_busybox(node, command, expected):
    result = node(BUSYBOX, *command.split(), options=["--isolation", "none", "--cpus", "2"])
    assert (result.status, result.stderr) == (0, b""), result
    assert re.search(expected, result.stdout, re.DOTALL), result


@BOTH
def test_every_file_can_be_read(node, isolation):
    script = "shopt -s globstar; for f in /proc/* /proc/self/* /sys/**; do [ -f $f ] || continue; "
    script += "mapfile -t a <$f || exit 1; n=$((n + 1)); done; echo $n"
    result = node(BASH, "-c", script, options=["--isolation", isolation, "--cpus", "2"])
    assert (result.status, result.stderr) == (0, b""), result
    assert int(result.stdout) > 50, result
