# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Jobs outlive the login VM's Linux: it crashes, hangs, or is asked to boot again, and finds them there."""

import re
import subprocess
import tempfile

import pytest
from bulkhead_node import shell

LIMIT = 400  # seconds for a node on a busy machine; it needs 20

# runs at each boot: the first Linux starts a job and dies, the second finds it
SESSION = """
dmesg -n 1
P=/bin/busybox
wait_for() { for try in $(seq 300); do eval "$1" && return; sleep 0.2; done; echo "waited in vain for $1"; }
if ! bulkhead show lasting >/dev/null 2>&1; then
    bulkhead run --detach --name lasting -- $P sh -c 'echo before; read x; echo the answer is $x; exit 6'
    echo before >/dev/vda; sync
    echo first
    DIE
    sleep 1000
fi
echo second; echo disk $(head -c 6 /dev/vda)
for try in $(seq 60); do ip route | grep -q default && break; sleep 0.5; done
ping -c 3 -W 10 10.0.2.2 | grep -q ' 0% packet loss' && echo network works
bulkhead ls
sleep 6
echo 42 | bulkhead console --follow lasting 2>/dev/null
bulkhead events
bulkhead run -- $P echo another job
echo end
"""
DEATHS = {
    "crash": "echo c >/proc/sysrq-trigger",
    "halt": "busybox halt -f",  # an endless loop with interrupts off: the control task finds that out
    "reboot": "busybox reboot -f",
}


def run(script, **options):
    setup = shell.Setup(session=script, terminal=False, **options)
    with tempfile.TemporaryDirectory() as directory:
        command = [str(word) for word in shell.build(setup, directory).command(directory)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, check=False)
    return done.stdout.decode(errors="replace").replace("\r", "") + done.stderr.decode(errors="replace")


@pytest.mark.parametrize("death", DEATHS)
def test_job_outlives_linux(death):
    text = run(SESSION.replace("DIE", DEATHS[death]))
    last = text[text.index("second\n") :]
    assert text.count("first\n") == 1, text[-6000:]
    assert re.search(r"lasting +running", last), last
    assert "disk before\nnetwork works\n" in last, last
    assert "before\nthe answer is 42\n" in last and "ended with exit status 6" in last, last
    assert "The login VM has ended and is started again; jobs go on." in last, last
    assert "another job\nend\n" in last, last
