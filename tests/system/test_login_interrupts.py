# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Device interrupts of the login VM, by the ten thousand: whom they cost exits, and whom not."""

import json

OF_EACH = 10_000
CORES = 4  # the primary's, the login VM's, the job's, and one more
STRAY = 100  # exits of the primary's that have other reasons: its own timer counts as a device, too
# disk and network at once; one interrupt can tell of several answers, so that the loops look at what came
SCRIPT = f"""
dmesg -n 1
wait_for() {{ for try in $(seq 300); do eval "$1" && return; sleep 0.2; done; echo "waited in vain for $1"; }}
wait_for 'ip route | grep -q default'
bulkhead run --detach --cores 2 --memory 64M --name busy -- /bin/busybox sh -c 'while :; do :; done'
wait_for 'bulkhead ls | grep -q "busy *running"'
wait_for 'x=$(bulkhead stats --json busy); sleep 1; [ "$x" = "$(bulkhead stats --json busy)" ]'
echo == before; bulkhead stats --json busy; echo == meanwhile
more() {{ [ $(awk "/ $1\\$/ {{ print \\$2 }}" /proc/interrupts) -lt {OF_EACH + 100} ]; }}
while more virtio0; do dd if=/dev/vda of=/dev/null bs=4k count=2500 iflag=direct 2>/dev/null; done &
while more virtio1; do ping -A -q -c 2500 10.0.2.2 | grep received; done
wait
echo == after; bulkhead stats --json busy; bulkhead ls; echo == end
bulkhead kill busy
cat /proc/interrupts
"""


def flood(session, *options):
    """The interrupts that Linux took, and the outcome. The job has computed all the time and had no exit."""
    outcome = session(SCRIPT, "--cpus", CORES, *options)
    assert outcome.status == 0 and "in vain" not in outcome.console, outcome.text
    parts = dict(part.split("\n", 1) for part in outcome.console.split("== ")[1:])
    before, after = json.loads(parts["before"]), json.loads(parts["after"].rpartition("]")[0] + "]")
    assert before == after and before[0]["exits"], (before, after)
    assert before[0]["runs"] == 1, before
    assert "busy" in parts["after"].rpartition("]")[2], parts["after"]
    taken = {name: sum(outcome.interrupts(name)) for name in ("virtio0", "virtio1")}
    assert min(taken.values()) >= OF_EACH, taken
    return sum(taken.values()), outcome


def primary_exits(outcome, reason):
    return [outcome.counters(1, core)[reason] for core in range(CORES)]


def test_device_interrupts_do_not_involve_the_primary(session):
    """A login VM on a core of its own runs once: neither waiting nor device interrupts end the run."""
    taken, outcome = flood(session)
    exits = outcome.counters(2, 0)
    assert exits["device"] >= taken, exits
    assert exits["wfi"] == 0 and exits["preempt"] < STRAY, exits
    assert sum(primary_exits(outcome, "device")) < STRAY, outcome.text
    assert sum(outcome.counters(1, 1).values()) < STRAY, outcome.text
    assert sum(outcome.counters(1, 2).values()) < STRAY, outcome.text


def test_forwarded_device_interrupts(session):
    """P1's way: each costs the primary an exit and a call, and the login VM a kick when its core does not have one already."""
    taken, outcome = flood(session, "--forward")
    exits = outcome.counters(2, 0)
    assert exits["device"] == 0 and exits["kick"] >= OF_EACH, exits
    device, vendor = primary_exits(outcome, "device"), primary_exits(outcome, "vendor")
    assert device[0] >= taken and vendor[0] >= taken, outcome.text
    assert sum(device[1:]) < STRAY, device
