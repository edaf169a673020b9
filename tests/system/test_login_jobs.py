# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Jobs that are started by `bulkhead`, in the login VM of a partition node and on an x86 host: streams, status, signals, enclaves that stay, wrong
use. One node of each kind for all that needs no other.
"""

import contextlib
import functools
import http.server
import json
import re
import threading

import pytest
from bulkhead_node.common import X86
from login_console import run_console
from support import BUSYBOX, PROGRAMS, TREE, NodeRunner

# each: a name, and what is run
SECTIONS = {
    "streams": "bulkhead run -- $P sh -c 'echo to stdout; echo to stderr >&2; exit 7' >/tmp/o 2>/tmp/e; echo status $?; cat /tmp/o /tmp/e",
    "many": """
        bulkhead run --cpus 2 --memory 64M -- $P cat </tmp/in >/tmp/o; echo status $?; cmp /tmp/o /tmp/in && echo same
        bulkhead run --cpus 2 --memory 64M -- $P nproc""",
    "arguments": """
        echo from a file >/tmp/f
        bulkhead run --env KEY='a value' --file /tmp/f:name -- $P sh -c 'echo "$KEY" "$1" ; read x <name; echo $x' sh 'an argument'""",
    "copied": "cp /opt/hello /tmp/my-program; cd /tmp; bulkhead run -- ./my-program 2>&1",
    "term": """
        bulkhead run -- $P sh -c 'trap "echo got it; exit 3" TERM; echo ready; read x; read y' </tmp/open >/tmp/o & p=$!
        wait_for 'grep -q ready /tmp/o'; kill -TERM $p; wait $p; echo status $?; cat /tmp/o""",
    "int": """
        bulkhead run -- $P sh -c 'echo ready; read x' </tmp/open >/tmp/o & p=$!
        wait_for 'grep -q ready /tmp/o'; kill -INT $p; wait $p; echo status $?""",
    "killed": """
        bulkhead run --name victim -- $P sh -c 'echo ready; read x' </tmp/open >/tmp/o & p=$!
        wait_for 'grep -q ready /tmp/o'; bulkhead ls; bulkhead stats victim; kill -9 $p; wait $p
        wait_for '! bulkhead show victim >/dev/null 2>&1'; bulkhead ls""",
    "kill": """
        bulkhead run --name victim -- $P sh -c 'echo ready; read x' </tmp/open >/tmp/o 2>/tmp/e & p=$!
        wait_for 'grep -q ready /tmp/o'; bulkhead kill victim; wait $p; echo status $?; cat /tmp/e""",
    "deaf": """
        bulkhead run -- $P yes 2>/tmp/e | (sleep 3; head -c 100000 | md5sum); bulkhead run -- $P echo others go on
        $P yes | head -c 100000 | md5sum""",
    "detached": """
        bulkhead run --detach --name away -- $P sh -c 'echo kept; echo apart >&2; exit 5'
        wait_for 'bulkhead ls | grep -q finished'; bulkhead show --json away; bulkhead console away 2>/tmp/e; grep apart /tmp/e
        bulkhead destroy away; bulkhead ls""",
    "kept": """
        bulkhead create --cpus 2 --memory 64M keep; bulkhead exec keep -- $P true; bulkhead start keep
        bulkhead exec keep -- $P nproc; bulkhead exec keep -- $P echo again
        bulkhead set keep --memory 128M --cpus 1; bulkhead exec keep -- $P nproc; bulkhead ls --json
        bulkhead stop keep; bulkhead destroy keep; bulkhead ls""",
    "description": """
        printf 'name: told\\ncpus: 2\\nmemory: 64M\\nprogram: %s\\nargs: [sh, -c, "echo $K"]\\nenv:\\n  - K=V\\n' $P >/tmp/d
        bulkhead run -f /tmp/d; echo status $?
        printf 'cpus: 2\\nmemroy: 64M\\n' >/tmp/d; bulkhead run -f /tmp/d -- $P true; echo status $?
        printf 'cpus:\\n  - 2\\n' >/tmp/d; bulkhead run -f /tmp/d -- $P true; echo status $?""",
    "wrong": """
        bulkhead run --memory 64G -- $P true; bulkhead run --cpus 32 -- $P true; bulkhead run --cores 0 -- $P true
        bulkhead run --cores 2 --name holder -- $P sh -c 'echo ready; read x' </tmp/open >/tmp/o & p=$!
        wait_for 'grep -q ready /tmp/o'; bulkhead run --cores 2 -- $P true; bulkhead run --name holder -- $P true
        bulkhead destroy holder; bulkhead exec holder -- $P true; kill -9 $p; wait $p
        bulkhead run -- /nowhere; bulkhead run -- /etc/passwd; bulkhead show nobody; bulkhead create 1st; bulkhead dance
        wait_for '! bulkhead show holder >/dev/null 2>&1'""",
    "corrupt": """
        for size in 2 50 70 5000; do head -c $size $P >/tmp/cut; bulkhead run -- /tmp/cut; echo status $?; done
        case $(uname -m) in aarch64) other='\\076\\000' ;; *) other='\\267\\000' ;; esac
        { head -c 18 $P; printf "$other"; tail -c +21 $P; } >/tmp/other; bulkhead run -- /tmp/other; echo status $?
        { head -c 54 $P; printf '\\377\\000'; tail -c +57 $P; } >/tmp/other; bulkhead run -- /tmp/other; echo status $?
        bulkhead run -- /tmp; echo status $?; bulkhead run -f /tmp/nothing -- $P true; echo status $?
        printf '{ name' >/tmp/broken; bulkhead run -f /tmp/broken -- $P true; echo status $?""",
    "users": """
        echo operator:x:1001:1001:operator:/tmp:/bin/sh >>/etc/passwd; sed -i 's/^bulkhead:.*/&operator/' /etc/group
        su user -c 'bulkhead ls'; echo status $?; su operator -c 'bulkhead run -- /bin/busybox echo as operator'; echo status $?
        echo 'grants: [port 0x80]' >/tmp/grants.yml; su operator -c 'bulkhead run -f /tmp/grants.yml -- /bin/busybox true'; echo status $?""",
    "completion": """
        bash -lc 'complete -p bulkhead; COMP_WORDS=(bulkhead st); COMP_CWORD=1; _bulkhead; echo "${COMPREPLY[@]}"
            bulkhead create zed; COMP_WORDS=(bulkhead show ""); COMP_CWORD=2; _bulkhead; echo "${COMPREPLY[@]}"; bulkhead destroy zed'""",
    "events": "bulkhead events --json",
}
LOGIN_SECTIONS = {
    "module": """
        bulkhead run --detach --name over -- $P sh -c 'echo kept; read x; echo the answer is $x'
        rmmod bulkhead; insmod /lib/modules/bulkhead.ko; bulkhead ls; echo 42 | bulkhead console --follow over 2>/dev/null; echo status $?
        chgrp bulkhead /dev/bulkhead""",
}
PROLOGUE = "seq 1 200000 >/tmp/in"


@contextlib.contextmanager
def served(directory):
    """A port of ours under which the login VM finds these files, at the address that is the tutorial's."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=directory)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def tutorial(port):
    """What the tutorial has one type in the login VM."""
    blocks = re.findall(r"^```login\n(.*?)^```", (TREE / "docs/tutorial.md").read_text(), re.MULTILINE | re.DOTALL)
    return "".join(blocks).replace(":8000/", f":{port}/")


# what differs by nature
NODES = {
    "arm64": {"machine": "arm64", "free": "2,3", "rest": "3", "file": "/dev/bulkhead", "grants": "The hypervisor of this node isolates every enclave in full; less"},
    "x86": {"machine": "x86-64", "free": "1,2,3", "rest": "1,3", "file": "/run/bulkhead.sock", "grants": "Only root can grant an enclave ports, MSRs or memory of devices."},
}


@pytest.fixture(scope="module")
def login():
    with served(PROGRAMS) as port:
        sections = {**SECTIONS, **LOGIN_SECTIONS, "tutorial": tutorial(port)}
        return run_console(sections, programs=["hello"], prologue=PROLOGUE)


@pytest.fixture(scope="module")
def host():
    with served(X86 / "programs") as port:
        sections = {**SECTIONS, "tutorial": tutorial(port)}
        return run_console(sections, programs=["hello"], prologue=PROLOGUE, machine="x86")


@pytest.fixture(params=["login", "host"])
def console(request):
    return request.getfixturevalue(request.param)


def test_streams_stay_apart(console):
    assert console["streams"] == "status 7\nto stdout\nto stderr\n"


def test_input_and_output_larger_than_every_buffer(console):
    assert console["many"] == "status 0\nsame\n2\n"


def test_arguments_environment_files(console):
    assert console["arguments"] == "a value an argument\nfrom a file\n"


def test_program_that_was_copied_into_linux(console):
    assert "hello, world\n" in console["copied"]


def test_signals_reach_the_job(console):
    assert console["term"] == "status 3\nready\ngot it\n"
    assert console["int"] == "status 130\n"


def test_end_of_bulkhead_run_ends_its_job(console):
    text = console["killed"]
    assert re.search(r"victim +running", text), text
    assert re.search(r"^runs +\d+$", text, re.MULTILINE), text
    assert text.count("victim") == 1 and "in vain" not in text, text


def test_kill(console):
    assert "status 70\n" in console["kill"]
    assert "it was stopped" in console["kill"]


def test_reader_that_stops(console):
    first, others, reference = console["deaf"].splitlines()
    assert first == reference and others == "others go on", console["deaf"]


def test_detached_job(console):
    text = console["detached"]
    found = json.loads(text[text.index("{") : text.index("\n}") + 2])
    assert (found["name"], found["state"], found["end"], found["kept"]) == ("away", "finished", "exit 5", 11), text
    assert "\nkept\napart\n" in text, text
    assert "away" not in text[text.index("apart") :], text


def test_channel_that_begins_anew(login):
    """Its other end forgets everything: jobs go on, what they wrote is there."""
    text = login["module"]
    assert re.search(r"over +running", text), text
    assert text.endswith("kept\nthe answer is 42\nstatus 0\n"), text


def test_enclave_that_stays(console):
    text = console["kept"]
    assert "The enclave keep is not started; bulkhead start keep does that." in text
    assert "\n2\nagain\n1\n" in text, text
    found = json.loads(text[text.index("\n[") : text.index("\n]") + 2])[0]
    assert (found["state"], found["cpus"], found["memory"], found["jobs"]) == ("started", 1, 128 << 20, 3), text
    assert "keep" not in text[text.index("\n]") :], text


def test_description(console):
    text = console["description"]
    assert text.startswith("V\nstatus 0\n"), text
    assert "/tmp/d:2:1: there is no such key here" in text and "memroy" in text, text
    assert "/tmp/d:2:3: this is not what belongs here" in text, text
    assert text.count("status 64") == 2, text


def test_wrong_use_is_told_in_a_sentence(console):
    text, node = console["wrong"], NODES[console.machine]
    for sentence in (
        "65536M of memory are not there",
        "32 CPUs are more than the 4 cores of this node; ask for fewer.",
        f"Core 0 is taken by the node itself; cores that are free: {node['free']}.",
        f"Core 2 is taken by the enclave holder; cores that are free: {node['rest']}.",
        "There is an enclave holder already; choose another name, or destroy it.",
        "A job runs in the enclave holder; wait for its end, or add --force.",
        "A job runs in the enclave holder; wait for its end, or bulkhead kill holder.",
        "There is no file /nowhere.",
        "/etc/passwd is not an ELF program.",
        "There is no enclave nobody; bulkhead ls shows those that there are.",
        "This is no name for an enclave",
        "There is no verb dance; bulkhead --help lists those that there are.",
    ):
        assert sentence in text, f"{sentence}\n{text}"
    assert "in vain" not in text, text


def test_corrupt_program(console):
    assert console["corrupt"].splitlines() == [
        "bulkhead: /tmp/cut is not an ELF program.",
        "status 64",
        "bulkhead: /tmp/cut is a truncated ELF file; copy it again.",
        "status 64",
        "bulkhead: /tmp/cut is a truncated ELF file; copy it again.",
        "status 64",
        "bulkhead: /tmp/cut is a truncated ELF file; copy it again.",
        "status 64",
        f"bulkhead: /tmp/other is not a program for {NODES[console.machine]['machine']}.",
        "status 64",
        "bulkhead: /tmp/other is an ELF file but not a program.",
        "status 64",
        "bulkhead: /tmp is not a regular file.",
        "status 64",
        "bulkhead: /tmp/nothing cannot be read: No such file or directory.",
        "status 64",
        "bulkhead: /tmp/broken:2:1: this is no YAML: did not find expected ',' or '}'.",
        "status 64",
    ]


def test_users(console):
    text = console["users"]
    assert f"You may not use {NODES[console.machine]['file']}; ask for membership of the group bulkhead, or do it as root.\nstatus 1\n" in text, text
    assert "as operator\nstatus 0\n" in text, text
    assert re.search(f"^bulkhead: {NODES[console.machine]['grants']}.*\nstatus 1\n", text, re.M), text


def test_completion(console):
    complete, verbs, names = console["completion"].splitlines()
    assert complete.endswith("-F _bulkhead bulkhead") and verbs == "start stop stats" and names == "zed"


def test_tutorial(console):
    text = console["tutorial"]
    for expected in ("hello, world\n", "its status was 0\n", "100000\n", "night\n", "running", "has 1 CPUs and 128 MiB now", "free_memory", "working\nthe answer is 42\n", "lab.yaml:2:1: "):
        assert expected in text, f"{expected}\n{text}"
    assert re.search(r"^memory +134217728$", text, re.MULTILINE), text
    assert re.search(r"lab +ran |lab +runs busybox", text), text


def test_events(console):
    events = [json.loads(line) for line in console["events"].splitlines()]
    numbers = [event["number"] for event in events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert any(event["text"].startswith("runs busybox as VM") for event in events)
    assert any(event["text"] == "ended with exit status 7" for event in events)
    assert any(event["text"] == "was ended: it was stopped" for event in events)
    assert not any("does not go" in event["text"] for event in events), events


def test_node_run_login(log_dir):
    """The same contract as ./node run without it."""
    run = NodeRunner(log_dir)
    stdin = bytes(range(256)) * 600
    script = "echo \"$KEY\"; echo apart >&2; exit 9"
    result = run(BUSYBOX, "sh", "-c", script, options=["--login", "--env", "KEY=a value", "--timeout", 300], limit=350)
    assert (result.status, result.stdout, result.stderr) == (9, b"a value\n", b"apart\n"), result
    result = run(BUSYBOX, "cat", options=["--login", "--timeout", 300], stdin=stdin, late=True, limit=350)
    assert (result.status, result.stdout, result.stderr) == (0, stdin, b""), result


def test_node_run_login_brings_back(log_dir, tmp_path):
    """Files and counters, as ./node run without --login does."""
    (tmp_path / "in").write_text("old\n")
    (tmp_path / "out").mkdir()
    options = ["--login", "--cpus", 2, "--file", tmp_path / "in", "--out", tmp_path / "out"]
    options += ["--counters", tmp_path / "counters.json", "--summary", "--timeout", 300]
    script = "echo made >new; echo more >>in"
    result = NodeRunner(log_dir)(BUSYBOX, "sh", "-c", script, options=options, limit=350)
    assert (result.status, result.stdout) == (0, b""), result
    found = {file.name: file.read_text() for file in (tmp_path / "out").iterdir()}
    assert found == {"new": "made\n", "in": "old\nmore\n"}, result
    counters = json.loads((tmp_path / "counters.json").read_text())
    (vm,) = counters["vms"]
    assert [vcpu["vcpu"] for vcpu in vm["vcpus"]] == [0, 1] and vm["cause"] == "off" and vm["runtime_ticks"] > 0, counters
    assert b"ran " in result.stderr and b"exits to the hypervisor" in result.stderr, result
