# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Jobs outlive the login VM's Linux: it crashes, hangs, or is asked to boot again, and finds them there."""

import re
import subprocess
import tempfile
import threading
from dataclasses import dataclass

import pytest
from bulkhead_node import cpio, shell
from bulkhead_node.common import ARM64, MIB
from bulkhead_node.emulator import End
from bulkhead_node.machine import Machine
from bulkhead_node.node import VM, Node
from bulkhead_node.postmortem import Monitor, hypervisor_log

LIMIT = 500  # seconds for a node on a busy machine; it needs 30
WATCHDOG = 30  # seconds of the node's time; a Linux that listens answers at once
MEMORY, NODE_MEMORY = 256 * MIB, 1024 * MIB
FILES = {"opt/lasting": ARM64 / "programs/lasting", "opt/hang.ko": ARM64 / "modules/hang.ko"}

# runs at each boot: the first Linux starts a job and dies, the second finds it. In files of each is a word that the script itself has not
SESSION = """
dmesg -n 1
wait_for() { for try in $(seq 1500); do eval "$1" && return; sleep 0.2; done; echo "waited in vain for $1"; }
fill() { yes $(echo $1-yvahk-jnf-urer | tr a-z n-za-m) | head -c 4000000 >/tmp/filled; }
if ! bulkhead show lasting >/dev/null 2>&1; then
    fill svefg
    START
    echo before >/dev/vda; sync
    wait_for 'bulkhead ls | grep -q "lasting *running"'
    echo first
    DIE
    sleep 1000
fi
fill frpbaq
echo second; echo disk $(head -c 6 /dev/vda)
wait_for 'ip route | grep -q default'
ping -c 2 -W 60 10.0.2.2 | grep -q ' 0% packet loss' && echo network works
bulkhead ls
sleep 5
echo 42 | bulkhead console --follow lasting 2>/dev/null
bulkhead events
bulkhead run -- /bin/busybox echo another job
echo end
"""
DETACHED = "bulkhead run --detach --cpus 2 --name lasting -- /opt/lasting"
ATTACHED = "sleep 1000 | bulkhead run --cpus 2 --name lasting -- /opt/lasting &"
FIRST, SECOND = b"first-linux-was-here", b"second-linux-was-here"
DEATHS = {
    "crash": "echo c >/proc/sysrq-trigger",
    "hang": "insmod /opt/hang.ko",  # an endless loop on all cores with interrupts off: the control task finds that out
    "halt": "busybox halt -f",
    "reboot": "busybox reboot -f",
}
KERNELS = {"reset": "off", "hang": "stopped"}  # that never come to anything, and what ends each


@dataclass
class Outcome:
    console: str
    log: str  # the hypervisor's, with the control task's lines
    memory: bytes  # of the login VM, at the end

    def __str__(self):
        return f"{self.console[-6000:]}\n{self.log}"


def run(death, job=DETACHED, **options):
    script = SESSION.replace("START", job).replace("DIE", DEATHS[death])
    extra = [cpio.directory("opt"), *(cpio.program(name, path.read_bytes()) for name, path in FILES.items())]
    setup = shell.Setup(session=script, terminal=False, extra=extra, memory=MEMORY, node_memory=NODE_MEMORY, **options)
    with tempfile.TemporaryDirectory() as directory:
        node, monitor = shell.build(setup, directory), Monitor(directory)
        node.machine.devices += monitor.options()
        command = [str(word) for word in node.command(directory)]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            timer = threading.Timer(LIMIT, monitor.give_up)
            try:
                console = []
                reader = threading.Thread(target=lambda: console.append(process.stdout.read()))
                reader.start()
                monitor.connect(process)
                timer.start()
                monitor.wait_for_stop()
                log = hypervisor_log(monitor, NODE_MEMORY)
                place = re.search(r"VM 2: \d+ vCPUs, \d+ MiB at (\w+)", log)
                memory = monitor.memory(int(place[1], 16), MEMORY) if place else b""
            finally:
                timer.cancel()
                process.kill()
            reader.join()
    return Outcome(console[0].decode(errors="replace").replace("\r", ""), log, memory)


def time_of(text, events):
    """Of the first event with that text, in seconds of the node."""
    return float(re.search(rf"^ *([\d.]+) s .*{text}", events, re.MULTILINE)[1])


def rounds_of(text):
    return [int(number) for number in re.findall(r"^round (\d+)$", text, re.MULTILINE)]


def check_rounds(before, after):
    """The job wrote all its lines; what one Linux was not shown is shown by the next, and the last line tells that it is the last."""
    seen, numbers = rounds_of(before), rounds_of(after)
    first = numbers[0]
    assert first <= max(seen, default=0) + 1 and numbers == list(range(first, first + len(numbers))), before + after
    assert f"\n{numbers[-1]} rounds, 0 words wrong, the answer is 42\n" in after, before + after


def check_outlived(outcome):
    console = outcome.console
    assert console.count("first\n") == 1 and console.count("second\n") == 1, outcome
    before, last = console.split("second\n")
    assert "disk before\nnetwork works\n" in last and "in vain" not in console, outcome
    assert re.search(r"lasting +running", last), outcome
    check_rounds(before, last)
    assert time_of("ended with exit status 6", last) - time_of("The login VM has ended", last) >= 5, outcome
    assert "another job\nend\n" in last, outcome
    assert SECOND in outcome.memory and FIRST not in outcome.memory


@pytest.mark.parametrize(
    "death, options",
    [
        ("crash", {"job": ATTACHED}),
        ("hang", {"vcpus": 2, "watchdog": WATCHDOG}),
        ("halt", {"gic": 2, "watchdog": WATCHDOG}),
        ("reboot", {"forward": True}),
    ],
    ids=["crash", "hang-2-vcpus", "halt-gicv2", "reboot-forward"],
)
def test_job_outlives_linux(death, options):
    check_outlived(run(death, **options))


@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("kernel, cause", KERNELS.items())
def test_gives_up(kernel, cause, gic, log_dir):
    """A Linux that never comes to anything is started five times more; then the node ends, and its log tells why."""
    login = VM(2, "login", memory=16 * MIB, image=ARM64 / f"guest/dead/{kernel}.img", cores=[1])
    node = Node(Machine(cores=2, gic=gic, deterministic=True), [login]).add_primary()
    outcome = node.run(LIMIT, log_path=log_dir / "node.log")
    assert outcome.end == End.OFF, outcome.console
    assert [event["cause"] for event in outcome.events("end", 2)] == [cause] * 6, outcome.reports
    assert outcome.console.count("The login VM has ended and is started again; jobs go on.") == 5, outcome.console
    assert "The login VM ended too often and is not started again; the node ends after its jobs." in outcome.console
