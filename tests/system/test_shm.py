# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Memory that enclaves of a host share with Linux and with each other, by `bulkhead shm`. One host for all."""

import json
import re

import pytest
from login_console import run_console

PROLOGUE = """
say() { bulkhead exec $1 -- $P sh -c "$2"; echo status $?; }
for name in one two; do bulkhead create --memory 32M $name; bulkhead start $name; done
node() { bulkhead stats --json | tr -d ' \\n\\t' | sed 's/"free_memory":[0-9]*,"free_pages":[0-9]*,//'; }
NODE=$(node)
"""
# the shell's own words: it cannot fork on the LWK
SECTIONS = {
    "between": """
        bulkhead shm create box 64K; bulkhead shm attach box one; bulkhead shm attach --read-only box two
        say one 'echo from one >/dev/region/box'
        say two 'read x </dev/region/box; echo $x; echo no >/dev/region/box'
        bulkhead shm ls; bulkhead shm ls --json >/tmp/json; /opt/region $(sed -n 's/.*"region": *\\([0-9]*\\).*/\\1/p' /tmp/json) 'from Linux'
        say one 'read x </dev/region/box; echo $x'; cat /tmp/json""",
    "running": """
        bulkhead shm create --node 1 large 4M
        bulkhead exec one -- $P sh -c 'get() { read x; read y </dev/region/large && echo large has $y; }; get; get; get' </tmp/to >/tmp/o 2>&1 & p=$!
        exec 3>/tmp/to; wait_for 'bulkhead show one | grep -q running'; bulkhead shm attach large one; echo status $?
        bulkhead shm attach large two; say two 'echo first >/dev/region/large'; echo >&3; wait_for 'grep -q first /tmp/o'
        say two 'echo second >/dev/region/large'; echo >&3; wait_for 'grep -q second /tmp/o'
        bulkhead shm destroy large; echo status $?; echo >&3; exec 3>&-; wait $p; cat /tmp/o; bulkhead shm ls""",
    "wrong": """
        bulkhead shm; bulkhead shm make x; bulkhead shm create x; bulkhead shm create --read-only x 4K; bulkhead shm create x 5K
        bulkhead shm create --node 7 x 4K; bulkhead shm create x 60G; bulkhead shm create box 4K; bulkhead shm attach box nobody
        bulkhead shm attach nothing one; bulkhead shm attach box one; bulkhead shm detach x one; bulkhead shm create b/x 4K
        bulkhead shm destroy nothing; echo status $?""",
    "back": """
        bulkhead shm detach box one; say one 'read x </dev/region/box'; bulkhead shm destroy box; bulkhead shm ls
        [ "$(node)" = "$NODE" ] && echo same""",
    "daemon": """
        bulkhead shm create box 2M; bulkhead shm attach box one; number=$(bulkhead shm ls --json | sed -n 's/.*"region": *\\([0-9]*\\).*/\\1/p')
        /opt/region $number 'is there'; /opt/region $number x; kill $(pidof bulkheadd); wait_for '! [ -e /run/bulkhead.sock ]'
        /opt/region $number x; rmmod bulkhead_cokernel; echo status $?""",
}


@pytest.fixture(scope="module")
def console():
    return run_console({"to": "mkfifo /tmp/to", **SECTIONS}, ["region"], PROLOGUE, machine="x86")


def test_enclaves_and_linux_share(console):
    text = console["between"]
    assert text.startswith("status 0\nfrom one\nsh: write error: Permission denied\nstatus 1\n"), text
    assert re.search(r"^ *\d+  box +64K +0  one two \(reads\)\nfrom one\nfrom Linux\nstatus 0\n", text, re.M), text
    (share,) = json.loads(text[text.index("[") :])
    assert (share["name"], share["size"], share["node"]) == ("box", 65536, 0), share
    assert [(one["name"], one["read_only"]) for one in share["enclaves"]] == [("one", False), ("two", True)], share


def test_while_a_job_runs(console):
    text = console["running"]
    assert text.startswith("status 0\nstatus 0\nstatus 0\nstatus 0\nlarge has first\nlarge has second\n"), text
    assert "no such file" in text and text.count("large has") == 2, text
    assert "in vain" not in text and "large" not in text[text.rindex("REGION") :], text


def test_wrong_words(console):
    text = console["wrong"]
    for sentence in (
        "Say bulkhead shm ls, create, attach, detach or destroy; see bulkhead(1).",
        "Say bulkhead shm create [--node N] NAME SIZE.",
        "--read-only is no option of bulkhead shm create [--node N] NAME SIZE.",
        "Shared memory is a multiple of 4K when smaller than 2M, else a multiple of 2M.",
        "There is no NUMA node 7, or no such size of memory to be shared.",
        "61440M of memory are not there: ",
        "There is shared memory box already; choose another name, or destroy it.",
        "There is no enclave nobody; bulkhead ls shows those that there are.",
        "There is no shared memory nothing; bulkhead shm ls shows which there is.",
        "The enclave one has box already.",
        "There is no shared memory x; bulkhead shm ls shows which there is.",
        "This is no name for shared memory: use letters, digits and -_. (a letter first, 31 at most).",
    ):
        assert sentence in text, text
    assert text.endswith("status 64\n"), text


def test_nothing_is_left(console):
    text = console["back"]
    assert "no such file" in text and text.endswith("ENCLAVES\nsame\n"), text


def test_it_goes_with_the_daemon(console):
    text = console["daemon"]
    assert text.endswith("is there\nregion: No such file or directory\nstatus 0\n"), text
