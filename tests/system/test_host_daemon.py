# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The daemon of an x86 host: what enclaves are held to and granted, and that those who share memory with one that ended are told; it finds an enclave whose
only core hangs, and when it is told to end, none is left, whatever it was about to do. It gives whole cores, and cores and memory of the same NUMA
nodes; what Linux only keeps files in it counts as free."""

import re
import subprocess

import pytest
from bulkhead_node.common import MIB, X86, require
from login_console import run_console
from support import TREE

SYMBOL = "sys_sync"
HANG = "".join(f"\\{byte:03o}" for byte in b"\xfa\xf3\x90\xeb\xfc")  # cli, and a loop of pauses
OUT = "".join(f"\\{byte:03o}" for byte in b"\xe6\x80\x31\xc0\xc3")  # out to port 0x80; return 0
UNDEFINED = "".join(f"\\{byte:03o}" for byte in b"\x0f\x0b")  # ud2
SECTIONS = {
    "walls": """
        cp /var/lib/bulkhead/lwk.img /tmp/lwk.img
        printf 'OUT' | dd of=/var/lib/bulkhead/lwk.img bs=1 seek=OFFSET conv=notrunc 2>/dev/null
        for given in 'isolation: full' 'isolation: none' 'isolation: virt' 'isolation: mem,io' 'grants: [port 0x80, msr 0x200 read]' \
            'grants: [port 0x81]' 'grants: [mmio 0xfed00000-0xfed00fff read]' 'isolation: mem,walls' 'grants: [port 0xcf9]' \
            'grants: [mmio 0x100000-0x100fff]'; do
            echo "$given" >/tmp/given.yml; bulkhead run -f /tmp/given.yml -- $P sync; echo "status $? $given"; done
        bulkhead run -- $P sync; echo status $? default; bulkhead run --isolation mem,abort -- $P sync; echo status $? option
        bulkhead create -f /tmp/given.yml --isolation mem,msr some; bulkhead show some; bulkhead destroy some""",
    "told": """
        for name in one two; do bulkhead create --memory 32M $name; bulkhead start $name; done
        bulkhead shm create box 4K; bulkhead shm attach box one; bulkhead shm attach box two
        bulkhead exec --detach two -- $P sleep 10000; bulkhead stats two; bulkhead exec one -- $P sync; echo status $?
        bulkhead faults one; bulkhead faults --json one | tr -d ' \\n\\t'; echo; bulkhead events two | tail -1
        wait_for 'bulkhead console two 2>&1 | grep shared'
        cp /tmp/lwk.img /var/lib/bulkhead/lwk.img
        for name in one two; do bulkhead destroy --force $name; done; bulkhead shm destroy box; echo status $?""",
    "hang": """
        cp /var/lib/bulkhead/lwk.img /tmp/lwk.img
        printf 'HANG' | dd of=/var/lib/bulkhead/lwk.img bs=1 seek=OFFSET conv=notrunc 2>/dev/null
        bulkhead run --watchdog 4 -- $P true; echo status $?
        bulkhead run --name job --watchdog 4 -- $P sync; echo status $?; bulkhead events | tail -3
        cp /tmp/lwk.img /var/lib/bulkhead/lwk.img; bulkhead run -- $P sync; echo status $?""",
    "panic": """
        printf 'UNDEFINED' | dd of=/var/lib/bulkhead/lwk.img bs=1 seek=OFFSET conv=notrunc 2>/dev/null
        bulkhead run -- $P sync; echo status $?
        bulkhead create job --memory 64M; bulkhead start job; bulkhead exec job -- $P sync; echo status $?
        echo later; bulkhead faults job; bulkhead faults --json job; bulkhead destroy job; cp /tmp/lwk.img /var/lib/bulkhead/lwk.img""",
    "again": """
        for i in 1 2; do bulkhead stats --json | tr -d ' \\n\\t' | sed 's/.*"files":\\([0-9]*\\).*/files \\1/'; echo
        bulkhead run --watchdog 100 -- $P true; sleep 1; done""",
    "ends": """
        bulkhead run --name job --memory 700M -- /opt/hello & p=$!
        wait_for 'bulkhead show --json job 2>/dev/null | grep -q loading'
        kill $(pidof bulkheadd); wait_for '! pidof bulkheadd >/dev/null'; wait $p; rmmod bulkhead_cokernel; echo gone $?""",
}
# two threads a core, which the emulated AMD processor cannot show; two nodes of 1 GiB; a disk to read from
WIDE = {"cpu": "Broadwell,+pdpe1gb", "cores": 8, "threads": 2}
DISK = 1400 * MIB
WIDE_PROLOGUE = """
free() { sed -n 's/.*MemFree: *\\([0-9]*\\) kB/\\1/p' /sys/devices/system/node/node$1/meminfo; }
stats() { bulkhead stats --json | tr -d ' \\n\\t' | sed 's/.*"free_memory":\\([0-9]*\\).*/\\1/'; }
cores() { echo $1 has $(bulkhead show --json $1 | tr -d ' \\n\\t' | sed 's/.*"cores":\\[\\([0-9,]*\\)\\].*/\\1/'); }
begin() { bulkhead run --detach --name "$@" -- $P sleep 10000; wait_for "bulkhead show $1 | grep -q running"; cores $1; }
leave() { for name; do bulkhead stop --force $name; wait_for "bulkhead destroy $name"; done 2>/dev/null; }
"""
WIDE_SECTIONS = {
    "threads": """
        begin one --memory 32M; begin two --memory 32M; begin three --memory 32M; bulkhead run -- $P true; echo status $?
        bulkhead set one --cpus 2; cores one; leave one two three""",
    "nodes": """
        begin wide --memory 64M --cpus 4 --numa 2; bulkhead set wide --cpus 2; cores wide; begin one --memory 64M --cpus 2; leave wide
        bulkhead run --memory 1100M -- $P true; echo status $?
        echo free $(free 0) $(free 1); bulkhead set one --memory 364M; echo free $(free 0) $(free 1); leave one""",
    "files": """
        exec 9</dev/vda # or Linux forgets what it has read
        echo free $(free 0) $(free 1) $(stats); cat /dev/vda >/dev/null; echo free $(free 0) $(free 1) $(stats)
        bulkhead run --memory 600M -- $P true; echo status $?""",
}


@pytest.fixture(scope="module")
def console():
    listed = subprocess.run(["nm", require(X86 / "lwk.elf")], capture_output=True, text=True, check=True).stdout
    addresses = {line.split()[2]: int(line.split()[0], 16) for line in listed.splitlines() if line[0] != " "}
    offset = str(addresses[SYMBOL] - addresses["_head"])
    return run_console({name: text.replace("HANG", HANG).replace("OUT", OUT).replace("UNDEFINED", UNDEFINED).replace("OFFSET", offset) for name, text in SECTIONS.items()}, ["hello"], machine="x86")


def test_isolation_and_grants(console):
    text = console["walls"]
    for words in "isolation: full", "isolation: mem,io", "grants: [port 0x81]", "grants: [mmio 0xfed00000-0xfed00fff read]", "default":
        assert f"status 70 {words}\n" in text, text
    for words in "isolation: none", "isolation: virt", "grants: [port 0x80, msr 0x200 read]", "option":
        assert f"status 0 {words}\n" in text, text
    for words, part in {
        "isolation: mem,walls": "/tmp/given.yml:1:12: this is not what belongs here: full, virt, none or a list",
        "grants: [port 0xcf9]": "0xcf9 to 0xcf9, number 1 of the grants, cannot be granted: there are ports among these that reset",
        "grants: [mmio 0x100000-0x100fff]": "what it was granted is memory",
    }.items():
        before, status = re.search(rf"^(.*)\nstatus (\d+) {re.escape(words)}\n", text, re.M).groups()
        assert part in before and status in ("1", "64"), text
    assert text.count("it used an I/O port that does not belong to it") == 5, text
    assert re.search(r"^isolation +mem,msr$", text, re.M) and "mmio 0x100000-0x100fff" in text, text


def test_whoever_shares_with_the_dead_is_told(console):
    """With the record of how it died, and the counters of who lives."""
    text = console["told"]
    assert re.search(r"^exits of CPU +0\n(.*\n)*cpuid +[1-9]", text, re.M), text
    assert "status 70\n" in text and text.endswith("status 0\n"), text
    record = text[text.index("enclave one: Enclave") :]
    assert re.search(r"ended: it used an I/O port.*\n  port      0x80\n  place     pc 0x[0-9a-f]{16} \(sys_sync\+0x0\), core 0 \(Linux's CPU \d\)\n", record), text
    assert re.search(r"  called    from 0x[0-9a-f]{16} \(\w+\+0x[0-9a-f]+\)\n", record), text
    assert re.search(r"  exit      io at pc 0x[0-9a-f]{16} \(sys_sync\+0x0\)\n  registers\n +rax [0-9a-f]{16}", record), text
    assert '"cause":"port"' in text and '"symbol":"sys_sync+0x0"' in text, text
    assert "two              shares box with one, which was ended: it used an I/O port that does not belong to it\n" in text, text
    assert re.search(r"/dev/region/box: enclave \d+, which shared it, has ended \(cause 10\)", text), text


def numbers(line):
    return [int(word) for word in line.split()[1:]]


def test_core_that_hangs(console):
    text = console["hang"]
    assert text.count("status 0\n") == 2 and text.count("status 70\n") == 1, text
    assert "it was stopped" in text, text
    for said in text.split("status 70"):  # to whoever waits, and to all
        assert re.search(r"core 0, Linux's CPU \d, has answered no interrupt for \d+ ms", said), text


def test_kernel_that_gives_up(console):
    """Its own words are told to whoever waits and to all; registers, which nobody saw, are not."""
    text = console["panic"]
    at_once, later = text.split("later\n")
    assert at_once.count("status 70\n") == 2, text
    assert len(re.findall(r"the enclave of \S+ was killed: .*vector 6", at_once)) == 2, text
    assert "its kernel's log ends with" in at_once, text
    assert re.search(r"enclave job: Enclave \d+ was ended: its kernel gave up.\n  reason    .*vector 6", later), text
    assert re.search(r'"text": *".*vector 6', later), text
    assert "registers" not in text and "esr" not in text, text


def test_watch_leaves_no_file(console):
    counts = [line for line in console["again"].splitlines() if line.startswith("files ")]
    assert len(counts) == 2 and len(set(counts)) == 1, console["again"]


def test_daemon_that_ends_leaves_nothing(console):
    assert "gone 0\n" in console["ends"] and "in vain" not in console["ends"], console["ends"]


def test_install(tmp_path):
    """All that a host of one's own needs, the module for the kernel whose headers it was built with."""
    command = ["make", "-s", "-C", TREE, "install", f"DESTDIR={tmp_path}"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done
    module = next(tmp_path.glob("lib/modules/*/updates/bulkhead-cokernel.ko"))
    assert f"vermagic={module.parts[-3]} ".encode() in module.read_bytes()
    page = (TREE / "docs/man/bulkheadd.8").read_text()
    for name in ("usr/sbin/bulkheadd", "usr/bin/bulkhead", "usr/share/bulkhead/lwk.sym", *re.findall(r"/(var/lib/bulkhead/\S*\.\w+)", page)):
        assert (tmp_path / name).stat().st_size > 0, name
    unit = (tmp_path / "lib/systemd/system/bulkheadd.service").read_text()
    assert "ExecStart=/usr/sbin/bulkheadd\n" in unit


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    disk = tmp_path_factory.mktemp("wide") / "disk"
    with disk.open("wb") as file:
        file.truncate(DISK)
    return run_console(WIDE_SECTIONS, prologue=WIDE_PROLOGUE, machine="x86", disk=disk, **WIDE)


def test_whole_cores(wide):
    """CPU 1 is a thread of Linux's core, so there are three cores."""
    text = wide["threads"]
    assert re.findall(r"^\w+ has [\d,]+$", text, re.M) == ["one has 7", "two has 5", "three has 3", "one has 7,6"], text
    assert "Not so many cores are free" in text and "status 1\n" in text, text
    # this processor has no virtualization
    assert "bulkhead: this processor has neither SVM with nested paging nor VMX with EPT: nothing keeps the enclave" in text, text


def test_numa_nodes(wide):
    text = wide["nodes"]
    assert re.findall(r"^\w+ has [\d,]+$", text, re.M) == ["wide has 3,2,7,6", "wide has 3,7", "one has 5,4"], text
    assert "No NUMA node has 1100M of free memory" in text and "status 1\n" in text, text
    before, after = (numbers(line) for line in text.splitlines() if line.startswith("free "))
    assert before[1] - after[1] > 200 * 1024 and before[0] - after[0] < 100 * 1024, text


def test_memory_that_files_are_kept_in(wide):
    text = wide["files"]
    before, after = (numbers(line) for line in text.splitlines() if line.startswith("free "))
    assert sum(before[:2]) - sum(after[:2]) > 1000 * 1024, text
    assert before[2] - after[2] < 100 * MIB, text
    assert "status 0\n" in text, text
