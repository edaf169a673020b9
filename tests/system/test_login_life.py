# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Enclaves over and over, by `bulkhead` in the login VM and on an x86 host: resized and moved while a job runs, killed in every state, left by SIGKILL. Nothing
is lost by that, and nobody waits for another's enclave. One node of each kind for all."""

import json
import random
import re

import pytest
from login_console import run_console

CYCLES = 50
# pages that the heaps of the kernel and the control task hold at one time and not at another, not for each enclave; a host's Linux has its own
SLACK = {"arm64": 16, "x86": 2048}
CORES = {"arm64": 4, "x86": 3}  # that an enclave can have
VMS = {"arm64": 2, "x86": 0}  # that the node itself is
PROGRAMS = ["hello", "resized", "stress", "threads_pthread", "deadlock"]
PROLOGUE = """
# a host's enclaves have their cores for themselves, and one that it lost is not there for sched_setaffinity
case $(uname -m) in
aarch64) HUGE=700M DEAF="1 2 3 4 5 6" THREADED="stress 1 5" ;;
*) HUGE=400M DEAF=1 THREADED=threads_pthread ;;
esac
head -c 48000000 /dev/zero >/tmp/large
state() { bulkhead show --json $1 2>/dev/null | sed -n 's/.*"state": *"\\(.*\\)".*/\\1/p'; }
node() { bulkhead stats --json | tr -d ' \\n\\t'; }
fixed() { echo "$1" | sed 's/"free_memory":[0-9]*,"free_pages":[0-9]*,//'; }
pages() { echo "$1" | sed 's/.*"free_pages":\\([0-9]*\\).*/\\1/'; }
is_same() { now=$(node); [ "$(fixed "$now")" = "$(fixed "$NODE")" ] && [ $(pages "$now") -ge $(($(pages "$NODE") - SLACK)) ]; }
same() { wait_for is_same; node; echo; }
for i in 1 2 3; do bulkhead run --cpus 2 -- /opt/hello >/dev/null; done
NODE=$(node)
"""
SECTIONS = {
    "resized": """
        bulkhead run --name job --memory 64M -- /opt/resized 128 48 96 >/tmp/o & p=$!
        wait_for '[ "$(state job)" = running ]'
        for size in 128 48 96; do wait_for "bulkhead set job --memory ${size}M"; wait_for "grep -q $size /tmp/o || gone job"; done
        wait $p; echo status $?; cat /tmp/o; same""",
    "unwilling": """
        bulkhead run --name job --memory 64M -- $P awk 'BEGIN { for (x = "x"; length(x) < 16000000; x = x x); print "ready"; fflush(); getline }' \
            </tmp/open >/tmp/o & p=$!
        wait_for 'grep -q ready /tmp/o'; bulkhead set job --memory 16M; echo status $?; bulkhead set job --memory 64G
        bulkhead set job --memory 8M; bulkhead show job | grep ^memory; kill -9 $p; wait $p; wait_for 'gone job'; same""",
    "moved": """
        bulkhead run --name job --cpus 2 --cores 2,3 -- /opt/stress 1 10000 >/dev/null 2>&1 & p=$!
        wait_for '[ "$(state job)" = running ]'
        bulkhead set job --cores 2; bulkhead show job | grep cores; bulkhead run --cores 3 -- $P echo the core is free
        bulkhead set job --cpus 2 --cores 2,3; bulkhead show job | grep cores; bulkhead run --cores 3 -- $P true; bulkhead set job --cores 3
        bulkhead set job --cpus 3; bulkhead set job --cpus 2; bulkhead set job --cores 0; bulkhead set job --cpus 1 --cores 2,3; state job
        bulkhead kill job; wait $p; echo status $?; wait_for 'gone job'
        moves=0
        for try in 1 2 3 4 5 6 7 8 9; do
            rm -f /tmp/moved; { bulkhead run --name job --cpus 2 --cores 2,3 -- /opt/$THREADED >/dev/null 2>&1; echo status $? >/tmp/moved; } &
            while [ ! -e /tmp/moved ]; do bulkhead set job --cores 2 && moves=$((moves + 1)); bulkhead set job --cores 3,2; done 2>/dev/null
            [ $moves = 0 ] && [ "$(cat /tmp/moved)" = "status 0" ] || break
        done; cat /tmp/moved; [ $moves -gt 0 ] && echo moved; same""",
    "others": """
        mkfifo /tmp/to /tmp/from; bulkhead run -- $P sh -c 'while read x; do echo $x; done' </tmp/to >/tmp/from & p=$!
        exec 3>/tmp/to 4</tmp/from; echo begin >&3; read x <&4; echo $x
        { bulkhead run --name huge --memory $HUGE -- /opt/hello >/tmp/o 2>&1; echo status $? >/tmp/end; } &
        seen=; n=0
        while [ ! -e /tmp/end ]; do n=$((n + 1)); echo $n >&3; read x <&4; [ $x = $n ] || echo lost $n; seen="$seen $(state huge)"; done
        cat /tmp/end; echo $seen; exec 3>&-; wait $p; echo status $?; same""",
    "loading": """
        bulkhead run --name job --file /tmp/large -- /opt/hello & p=$!
        wait_for '[ "$(state job)" = loading ]'; bulkhead kill job; echo status $?; wait $p; echo status $?
        bulkhead run --name job --file /tmp/large -- /opt/hello & p=$!
        wait_for '[ "$(state job)" = loading ]'; bulkhead destroy job; bulkhead destroy --force job; wait $p; echo status $?; same""",
    "moments": """
        for tenths in 0 1 2 3 4 5 6 7 8 9; do
            bulkhead run --name job --memory 400M -- /opt/hello >/dev/null 2>&1 & p=$!
            sleep 0.$tenths; bulkhead kill job 2>/dev/null; wait $p; gone job || echo there
        done; same""",
    "states": """
        bulkhead kill nobody; bulkhead create --memory 64M job; bulkhead kill job; bulkhead start job; bulkhead kill job
        bulkhead exec job -- $P sh -c 'echo ready; read x' </tmp/open >/tmp/o 2>/dev/null & p=$!
        wait_for 'grep -q ready /tmp/o'; bulkhead stop job; bulkhead stop --force job; state job; wait $p; echo status $?
        bulkhead start job; bulkhead exec --detach job -- $P sh -c 'read x'; bulkhead kill job & bulkhead kill job
        wait; bulkhead exec job -- $P echo next; bulkhead destroy job
        bulkhead run --detach --name job -- $P true >/dev/null; wait_for '[ "$(state job)" = finished ]'; bulkhead kill job; bulkhead destroy job; same""",
    "sigkill": """
        for tenths in 0 2 4 6 8; do
            bulkhead run --name job --memory 200M -- $P sh -c 'read x' </tmp/open 2>/dev/null & p=$!
            sleep 0.$tenths; kill -9 $p; wait $p; wait_for 'gone job'
        done; same""",
    "cycles": "CYCLES",
    "unread": """
        for i in $DEAF; do bulkhead run --name deaf$i --memory 32M -- $P yes | sleep 10000 >/dev/null 2>&1 & stopped="$stopped $!"; done
        for i in $DEAF; do wait_for "bulkhead ls 2>&1 | grep -q 'deaf$i waits: '"; done
        bulkhead ls 2>&1 | grep 'deaf1 waits'; bulkhead run -- $P echo others go on
        cat /dev/zero | bulkhead run --name lazy --memory 32M -- $P sleep 1000 & sleep 1; bulkhead run -- $P echo others go on
        for i in $DEAF; do bulkhead kill deaf$i; done; bulkhead kill lazy; kill $stopped; wait; same""",
    "full": """
        for i in $(seq 70); do bulkhead events --follow >/dev/null 2>&1 & echo $! >>/tmp/pids; done
        wait_for '! bulkhead ls >/dev/null 2>&1'; bulkhead ls; echo status $?
        kill $(cat /tmp/pids) 2>/dev/null; wait_for 'bulkhead ls >/dev/null 2>&1'; same""",
    "out": """
        mkdir /tmp/back; echo old >/tmp/f; cd /tmp
        bulkhead run --file /tmp/f --out /tmp/back --counters /tmp/c -- $P sh -c 'echo 1 >made; echo 2 >>f'; echo status $?
        cat /tmp/back/made /tmp/back/f; cut -c 1-30 /tmp/c; bulkhead run --out /nowhere -- $P true; bulkhead run --out /tmp/back --detach -- $P true; same""",
    "watchdog": "bulkhead run --cpus 2 --watchdog 2 -- /opt/deadlock; echo status $?; same",
    "progress": "bulkhead run --file /tmp/large -- $P true 2>/dev/tty; bulkhead run --memory 900M -- $P true 2>/dev/tty; same",
    "events": "bulkhead events",
}


def cycles(count, seed, cores=4):
    """Enclaves of random sizes, ended in random ways, as a script."""
    source = random.Random(seed)
    lines = []
    for number in range(count):
        size = f"--cpus {source.randint(1, cores)} --memory {2 * source.randint(8, 300)}M"
        ways = [
            f"bulkhead run {size} -- /opt/hello >/dev/null 2>&1 || echo failed {number}",
            f"bulkhead run {size} -- $P false && echo failed {number}",
            f"bulkhead create {size} kept; bulkhead start kept; bulkhead exec kept -- $P true || echo failed {number}; bulkhead destroy kept",
            f"bulkhead run --detach --name away {size} -- $P sh -c 'read x' >/dev/null; bulkhead destroy --force away || echo failed {number}",
            f"bulkhead run --name gone {size} -- $P sleep 100 & p=$!; sleep 0.{source.randint(0, 9)}; kill -9 $p; wait $p; wait_for 'gone gone'",
        ]
        lines.append(source.choice(ways))
    return "\n".join(lines) + "\nsame"


def prologue(machine):
    return PROLOGUE.replace("SLACK", str(SLACK[machine]))


def run(machine):
    sections = {**SECTIONS, "cycles": cycles(CYCLES, 1, CORES[machine])}
    return run_console(sections, PROGRAMS, prologue(machine), machine=machine)


@pytest.fixture(scope="module")
def login():
    return run("arm64")


@pytest.fixture(scope="module")
def host():
    return run("x86")


@pytest.fixture(params=["login", "host"])
def console(request):
    return request.getfixturevalue(request.param)


def check_same(text, machine="arm64"):
    """The node has what it had before: units, VMs, cores, files, pages. The text without the line that says so."""
    lines = [line for line in text.splitlines() if line not in ("Killed", "Terminated")]  # what the shell says
    before, last = "".join(f"{line}\n" for line in lines[:-1]), lines[-1]
    assert "in vain" not in text and last.startswith("{"), text
    node = json.loads(last)
    assert (node["enclaves"], node["vms"]) == (0, VMS[machine]), text
    return before


def test_memory_changes_while_a_job_uses_it(console):
    assert check_same(console["resized"], console.machine) == "status 0\n128\n48\n96\n"


def test_memory_that_the_job_does_not_give(console):
    text = check_same(console["unwilling"], console.machine)
    found = re.search(r"The enclave job has (\d+)M of memory now, not 16M: its job uses the rest\.\nstatus 1\n", text)
    assert found and 16 < int(found[1]) < 64, text
    assert "65536M of memory are not there" in text or re.search(r"\d+M of memory are not there", text), text
    assert "An enclave needs 16M of memory at least." in text, text
    assert re.search(rf"memory +{int(found[1]) << 20}\n", text), text


def test_cores_change_while_a_job_runs(console):
    text = check_same(console["moved"], console.machine)
    assert re.search(r"^cores +\[ 2 \]\nthe core is free\ncores +\[ 2, 3 \]\n", text), text
    assert "Core 3 is taken by the enclave job" in text, text
    refused = {
        "arm64": "The job in job was started with 2 CPUs, and its kernel cannot take more; ask for up to 2, or start it again.",
        "x86": "The enclave job does not give that core: its first, core 2, stays with it, and its job may want the others.",
    }
    assert refused[console.machine] in text, text
    assert "Core 0 is taken by the node itself" in text and "2 cores are listed for 1 CPUs; name as many." in text, text
    assert text.endswith("running\nstatus 70\nstatus 0\nmoved\n"), text


def test_others_go_on_while_an_enclave_is_made_and_destroyed(console):
    text = check_same(console["others"], console.machine)
    begin, first, seen, second = text.splitlines()
    assert (begin, first, second) == ("begin", "status 0", "status 0"), text
    # these states could not be seen if the control task waited for their end
    assert {"loading", "ending"} <= set(seen.split()), text


def test_killed_while_it_comes(console):
    text = check_same(console["loading"], console.machine)
    assert text.count("status 70\n") == 2 and text.count("status 0\n") == 1, text
    assert "A job runs in the enclave job; wait for its end, or add --force." in text, text


def test_killed_at_any_moment(console):
    assert check_same(console["moments"], console.machine) == ""


def test_killed_in_every_state(console):
    text = check_same(console["states"], console.machine)
    assert "There is no enclave nobody" in text, text
    assert text.count("No job runs in the enclave job.") >= 3, text
    assert "created\nstatus 70\n" in text and "next\n" in text, text


def test_bulkhead_run_killed_at_any_moment(console):
    assert check_same(console["sigkill"], console.machine) == ""


def test_nothing_is_lost_in_cycles(console):
    assert check_same(console["cycles"], console.machine) == ""


def test_readers_that_stop(console):
    text = check_same(console["unread"], console.machine)
    assert "deaf1 waits: its output is not read where it was started. Read it there, or bulkhead kill deaf1." in text, text
    assert text.count("others go on\n") == 2, text


def test_all_sessions_taken(console):
    text = check_same(console["full"], console.machine)
    assert "64 sessions are open, as many as there can be; try again when one has ended.\nstatus 1\n" in text, text


def test_files_and_counters_come_back(console):
    text = check_same(console["out"], console.machine)
    assert text.startswith('status 0\n1\nold\n2\n{"event":"end","vm":'), text
    assert '{"event":"counters","vm":' in text, text
    assert "There is no directory /nowhere for the job's files." in text and "leave --detach away" in text, text


def test_watchdog(console):
    text = check_same(console["watchdog"], console.machine)
    assert "| " in text and "watchdog: " in text and text.endswith("status 70\n"), text


def test_progress_shows(console):
    check_same(console["progress"], console.machine)
    assert re.search(r"bulkhead: \d+ of 4\d MiB are sent\.\.\.", console["progress"]), console["progress"]


def test_events_are_words(console):
    text = console["events"]
    for words in ("was ended: it was stopped", "ended with exit status 0", "has its cores and memory", "ended without a result"):
        assert words in text, text
    assert "does not go" not in text and "0x" not in text, text
