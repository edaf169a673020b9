# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The daemon of an x86 host: it finds an enclave whose only core hangs, and when it is told to end, none is left, whatever it was about to do."""

import re
import subprocess

import pytest
from bulkhead_node.common import X86, require
from login_console import run_console
from support import TREE

SYMBOL = "sys_sync"
HANG = "".join(f"\\{byte:03o}" for byte in b"\xfa\xf3\x90\xeb\xfc")  # cli, and a loop of pauses
SECTIONS = {
    "hang": """
        cp /var/lib/bulkhead/lwk.img /tmp/lwk.img
        printf 'HANG' | dd of=/var/lib/bulkhead/lwk.img bs=1 seek=OFFSET conv=notrunc 2>/dev/null
        bulkhead run --watchdog 4 -- $P true; echo status $?
        bulkhead run --name job --watchdog 4 -- $P sync; echo status $?; bulkhead events | tail -3
        cp /tmp/lwk.img /var/lib/bulkhead/lwk.img; bulkhead run -- $P sync; echo status $?""",
    "again": """
        for i in 1 2; do bulkhead stats --json | tr -d ' \\n\\t' | sed 's/.*"files":\\([0-9]*\\).*/files \\1/'; echo
        bulkhead run --watchdog 100 -- $P true; sleep 1; done""",
    "ends": """
        bulkhead run --name job --memory 400M -- /opt/hello & p=$!
        wait_for 'bulkhead show --json job 2>/dev/null | grep -q loading'
        kill $(pidof bulkheadd); wait_for '! pidof bulkheadd >/dev/null'; wait $p; rmmod bulkhead_cokernel; echo gone $?""",
}


@pytest.fixture(scope="module")
def console():
    listed = subprocess.run(["nm", require(X86 / "lwk.elf")], capture_output=True, text=True, check=True).stdout
    addresses = {line.split()[2]: int(line.split()[0], 16) for line in listed.splitlines() if line[0] != " "}
    offset = str(addresses[SYMBOL] - addresses["_head"])
    return run_console({name: text.replace("HANG", HANG).replace("OFFSET", offset) for name, text in SECTIONS.items()}, ["hello"], machine="x86")


def test_core_that_hangs(console):
    text = console["hang"]
    assert text.count("status 0\n") == 2 and text.count("status 70\n") == 1, text
    assert "it was stopped" in text, text
    for said in text.split("status 70"):  # to whoever waits, and to all
        assert re.search(r"core 0, Linux's CPU \d, has answered no interrupt for \d+ ms", said), text


def test_watch_leaves_no_file(console):
    counts = [line for line in console["again"].splitlines() if line.startswith("files ")]
    assert len(counts) == 2 and len(set(counts)) == 1, console["again"]


def test_daemon_that_ends_leaves_nothing(console):
    assert "gone 0\n" in console["ends"], console["ends"]


def test_install(tmp_path):
    """All that a host of one's own needs, the module for the kernel whose headers it was built with."""
    command = ["make", "-s", "-C", TREE, "install", f"DESTDIR={tmp_path}"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done
    module = next(tmp_path.glob("lib/modules/*/updates/bulkhead-cokernel.ko"))
    assert f"vermagic={module.parts[-3]} ".encode() in module.read_bytes()
    page = (TREE / "docs/man/bulkheadd.8").read_text()
    for name in ("usr/sbin/bulkheadd", "usr/bin/bulkhead", *re.findall(r"/(var/lib/bulkhead/\S*\.\w+)", page)):
        assert (tmp_path / name).stat().st_size > 0, name
    unit = (tmp_path / "lib/systemd/system/bulkheadd.service").read_text()
    assert "ExecStart=/usr/sbin/bulkheadd\n" in unit
