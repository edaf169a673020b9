# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The module of x86 hosts with a tiny co-kernel, and with the LWK: what tests/guest/x86/host finds, several of its tests to a boot."""

import re
import socket
import struct
import subprocess
import threading
import time

import pytest
from bulkhead_node import cpio, elf, host
from bulkhead_node.common import GIB, MIB, X86, cache_root, require
from bulkhead_node.job import Job

LIMIT = 900
PAGE, UNIT, SHARED_MAX = 4096, 2 * MIB, 512 << 10
APIC, TRAMPOLINE = 0xFEE00000, 0x8000
# backtraces alone are asked for by a test
TROUBLE = re.compile(r"BUG:|kernel BUG|WARNING:|Oops|rcu.*stall|soft lockup|blocked for more than|general protection|Bad page|unstable")


def boot(log_dir, session, module="linux/bulkhead-cokernel.ko", limit=LIMIT, **settings):
    """What the console says; the host has the test program and the tiny co-kernel."""
    extra = [
        cpio.directory("lib/bulkhead"),
        cpio.Entry("lib/bulkhead/tiny.img", require(X86 / "guest/tiny.img").read_bytes()),
        cpio.program("bin/cokernel-check", require(X86 / "guest/cokernel-check").read_bytes()),
        cpio.Entry("lib/modules/bulkhead-cokernel.ko", require(X86 / module).read_bytes()),
        *settings.pop("extra", []),
    ]
    return host.Host(session=session, extra=extra, **settings).run(log_dir / "host.log", limit)


def check(console, names):
    """All of these tests went well, Linux said nothing of trouble, and the module went."""
    for name in names:
        assert re.search(rf"^ok {name}$", console, re.M), console[-6000:]
    assert ", 0 failed" in console and "not ok" not in console, console[-6000:]
    assert "module gone: 0" in console, console[-6000:]
    begin = console.index("dmesg begins")
    assert not TROUBLE.search(console[begin:]), console[-6000:]


def session(names):
    """What Linux said before is of no interest: it warns of the emulated processor. Nor are cores that come and go: the console is slow."""
    run = f"cokernel-check {' '.join(names)}\nrmmod bulkhead_cokernel\necho module gone: $?\n"
    return f"dmesg -c >/dev/null\n{run}echo dmesg begins\ndmesg | grep -v -e smpboot: -e 'fast string' -e 'Booting SMP'\n"


@pytest.mark.parametrize(
    "names",
    [
        ["park", "life", "two", "ends", "stream", "signals"],
        ["resize", "cores", "regions", "vectors", "refusals", "busy", "storms", "strays", "scrubbed", "counted", "slow_memory", "interrupted", "late_core"],
        ["errors", "rights"],
        ["random_calls", "crowd"],
        ["resources_back"],
    ],
    ids=lambda names: names[0],
)
def test_module(log_dir, names):
    check(boot(log_dir, session(names)), names)


WALLS = ["doorbell", "isolation", "grants", "told", "same_state", "faults", "unprotected", "endurance", "subsets"]
# what may differ between a bare core and a protected one: VMX, SVM and its leaf in CPUID
DIFFERENT = re.compile(r"state: cpuid (1|80000001|8000000a) ")
FULL = 31  # VCPU_FULL


def check_walls(console):
    check(console, WALLS)
    for line in re.findall(r"^differs: .*", console, re.M):
        assert DIFFERENT.match(line.removeprefix("differs: ")), line


def test_walls(log_dir):
    """Whatever a co-kernel does that it may not (tests/guest/x86/host/faults.c); the LWK with each set of features."""
    check_walls(boot(log_dir, "export SUBSETS=1 CYCLES=20\n" + session(WALLS), extra=hello_files()))


def test_stale_region(log_dir):
    """Covirt's own example of what a wall is for: a region that is used after it was revoked."""
    check(boot(log_dir, "export CYCLES=50\n" + session(["stale"])), ["stale"])


@pytest.mark.parametrize(
    "names",
    [
        ["park", "life", "two", "ends", "stream", "signals", "resize", "cores", "regions", "vectors", "strays", "scrubbed"],
        ["errors", "random_calls", "storms", "crowd"],
    ],
    ids=lambda names: names[0],
)
def test_module_protected(log_dir, names):
    """What holds of bare enclaves holds of protected ones."""
    check(boot(log_dir, f"export PROTECT={FULL}\n" + session(names)), names)


def test_stale_region_without_flush(log_dir):
    """The test can fail: with a module that forgets to tell the cores."""
    switch = "echo 1 >/sys/module/bulkhead_cokernel/parameters/no_flush\n"
    console = boot(log_dir, switch + "export CYCLES=1\n" + session(["stale"]), "linux/test/bulkhead-cokernel.ko")
    assert "it reaches Linux's memory" in console and "module gone: 0" in console, console[-3000:]


# two threads a core, which the emulated AMD processor cannot show
SIBLINGS = {"cpu": "Broadwell,+pdpe1gb", "cores": 8, "threads": 2}
ODD = """
echo 0 >/sys/devices/system/cpu/cpu3/online
insmod /lib/modules/bulkhead-cokernel.ko
echo 1 >/sys/devices/system/cpu/cpu3/online
"""


def test_siblings_go_together(log_dir):
    names = ["siblings", "ends", "busy_siblings", "odd_sibling"]
    check(boot(log_dir, session(names[:3]) + ODD + session(names[3:]), **SIBLINGS), names)


def test_nodes_without_a_place(log_dir):
    check(boot(log_dir, session(["far_node"]), cores=9, numa=9, memory=9 * 256 * MIB), ["far_node"])


SEES = """
nodes=/sys/devices/system/node
read -r online <$nodes/online
read -r distances <$nodes/node$online/distance
echo online $online
echo distances $distances
for node in 0 1; do read -r cpus <$nodes/node$node/cpulist; echo "node$node cpus $cpus"; done
echo counting
while :; do
    i=0
    while [ $i -lt 20000 ]; do i=$((i + 1)); done
    while read -r line; do echo "$line"; done </proc/interrupts
done
"""
INVALID, FOREVER = b"\x0f\x0b", b"\xfa\xf3\x90\xeb\xfc"  # ud2; cli, and a loop of pauses


def patched(symbol, code):
    """The LWK whose function is this code."""
    image = bytearray(require(X86 / "lwk.img").read_bytes())
    offset = place_of(symbol)
    image[offset : offset + len(code)] = code
    return bytes(image)


def place_of(symbol):
    """Offset of a function in the LWK's image."""
    listed = subprocess.run(["nm", require(X86 / "lwk.elf")], capture_output=True, text=True, check=True).stdout
    addresses = {line.split()[2]: int(line.split()[0], 16) for line in listed.splitlines() if line[0] != " "}
    return addresses[symbol] - addresses["_head"]


ENTRY = slice(16, 24)  # of the image's header
# fields of struct cokernel_boot that cannot be so: offset and value, in the order of the test `garbled`
GARBLED = [(16, 0), (20, 0xFFFF), (24, 99), (32, 0), (56, 1), (72, 1), (920, 1)]


def garbled(offset, value):
    """The LWK, with code before its own that changes a word of its boot parameters."""
    place = place_of("sys_sync")
    entry = int.from_bytes(require(X86 / "lwk.img").read_bytes()[ENTRY], "little")
    store = b"\xc7\x87" + struct.pack("<II", offset, value)  # mov dword [rdi + offset], value
    jump = b"\xe9" + struct.pack("<i", entry - place - len(store) - 5)
    image = bytearray(patched("sys_sync", store + jump))
    image[ENTRY] = place.to_bytes(8, "little")
    return bytes(image)


def hello_files():
    tree = Job([str(X86 / "programs/hello")], machine=elf.X86).ramdisk(32 * MIB, X86 / "user/init")
    return [cpio.Entry("lib/bulkhead/lwk.img", require(X86 / "lwk.img").read_bytes()), cpio.Entry("lib/bulkhead/hello.cpio", tree)]


def lwk_files():
    """The LWK, two that break when a job calls sync(2), some that find strange boot parameters, and jobs."""
    busybox = str(cache_root("x86") / "bin/busybox")
    jobs = {
        "job": [str(X86 / "programs/swarm"), "4"],
        "sees": [busybox, "sh", "-c", SEES],
        "syncs": [busybox, "sync"],
        "signalled": [str(X86 / "programs/signalled")],
    }
    images = {
        "lwk": require(X86 / "lwk.img").read_bytes(),
        "panics": patched("sys_sync", INVALID),
        "hangs": patched("sys_sync", FOREVER),
    }
    images |= {f"garbled{number}": garbled(*change) for number, change in enumerate(GARBLED)}
    trees = {name: Job(argv, machine=elf.X86).ramdisk(64 * MIB, X86 / "user/init") for name, argv in jobs.items()}
    return [
        *(cpio.Entry(f"lib/bulkhead/{name}.img", image) for name, image in images.items()),
        *(cpio.Entry(f"lib/bulkhead/{name}.cpio", tree) for name, tree in trees.items()),
    ]

READ_LIMIT = 60  # seconds, for what the emulator has said


class Monitor(threading.Thread):
    """Talks with the emulator, once the console says that it is time: `talk`."""

    def __init__(self, log, words, directory):
        super().__init__(daemon=True)
        self.log, self.words, self.path = log, words, f"{directory}/monitor"
        self.options = ["-chardev", f"socket,id=monitor,path={self.path},server=on,wait=off", "-mon", "monitor"]
        self.socket = socket.socket(socket.AF_UNIX)

    def run(self):
        while not (self.log.exists() and self.words in self.log.read_bytes()):
            time.sleep(0.2)
        with self.socket:
            self.socket.connect(self.path)
            self.until_prompt()
            self.talk()

    def ask(self, words):
        self.socket.sendall(f"{words}\n".encode())
        return self.until_prompt()

    def until_prompt(self):
        said = b""
        while not said.endswith(b"(qemu) "):
            part = self.socket.recv(65536)
            if not part:
                break
            said += part
        return said.decode(errors="replace").replace("\r", "")


class TableReader(Monitor):
    """The tables of some processors."""

    def __init__(self, log, words, directory, cpus):
        super().__init__(log, words, directory)
        self.cpus, self.mapped = cpus, {}  # by processor: {address: bytes}

    def talk(self):
        for cpu in self.cpus:
            self.ask(f"cpu {cpu}")
            # address: physical address, flags; the third of them is set for a large page
            leaves = re.findall(r"^[0-9a-f]{16}: ([0-9a-f]{16}) ..(.)", self.ask("info tlb"), re.M)
            self.mapped[cpu] = {int(address, 16): UNIT if large == "P" else PAGE for address, large in leaves}


class EndReader(Monitor):
    """The processors when the machine is about to be reset; then the emulator ends."""

    def __init__(self, log, words, directory):
        super().__init__(log, words, directory)
        self.options += ["-no-shutdown"]  # and as a reset is none here: it stops
        self.processors = []

    def talk(self):
        while "(shutdown)" not in self.ask("info status"):
            time.sleep(0.2)
        self.processors = re.findall(r"^[ER]IP=.*HLT=.*$", self.ask("info registers -a"), re.M)
        self.ask("quit")


class MachineChecker(Monitor):
    """Machine checks for the processors that the console names: some that are other processors', then one that is its own."""

    # valid, uncorrected; for the second enabled, too, and context corrupt: with those before in the same bank it overflows
    OTHERS, OWN = "0xa000000000000000 0x5", "0xb200000000000000 0x4"

    def __init__(self, log, directory):
        super().__init__(log, b"machine checks", directory)
        self.said = []

    def talk(self):
        for number in range(2):
            while len(found := re.findall(rb"machine checks for processor (\d+)\s", self.log.read_bytes())) <= number:
                time.sleep(0.2)
            for status in [self.OTHERS] * 3 + [self.OWN]:
                self.said.append(self.ask(f"mce {found[number].decode()} 1 {status} 0 0"))
                time.sleep(1)


def check_tables(mapped):
    """Each LWK maps memory of its own node, no more than it has, and the region shared with Linux; both the local APIC and the trampoline."""
    pages = {
        cpu: {at for start, size in leaves.items() for at in range(start, start + size, PAGE)} for cpu, leaves in mapped.items()
    }
    for node, (cpu, memory) in enumerate({1: 48 * MIB, 2: 64 * MIB}.items()):
        foreign = {page for page in pages[cpu] if page // GIB != node}
        assert memory // 2 < len(pages[cpu]) * PAGE <= memory + SHARED_MAX, (cpu, len(pages[cpu]))
        assert len(foreign) * PAGE <= SHARED_MAX, (cpu, sorted(map(hex, foreign)))
    assert pages[1] & pages[2] <= {APIC, TRAMPOLINE}, sorted(map(hex, pages[1] & pages[2]))


def test_lwk(log_dir, tmp_path):
    """Two beside each other and Linux's own work; memory and cores of a threaded job; a flood of output, a panic, a hang."""
    names = ["beside", "lwk", "flood", "panicked", "stuck"]
    reader = TableReader(log_dir / "host.log", b"both enclaves run", tmp_path, [1, 2])
    reader.start()
    check(boot(log_dir, session(names), extra=lwk_files(), options=reader.options), names)
    reader.join(READ_LIMIT)
    check_tables(reader.mapped)


def test_lwk_protected(log_dir):
    names = ["lwk", "flood", "panicked", "garbled", "stuck"]
    check(boot(log_dir, f"export PROTECT={FULL}\n" + session(names), extra=lwk_files()), names)


def test_lwk_vectors(log_dir):
    """/dev/vectors, with the module at the other end: jobs that die, a core that leaves."""
    check(boot(log_dir, session(["lwk_vectors"]), extra=lwk_files()), ["lwk_vectors"])


def test_machine_checks(log_dir, tmp_path):
    """Those of other cores end no enclave; one that is its own ends it, and not the machine."""
    checker = MachineChecker(log_dir / "host.log", tmp_path)
    checker.start()
    check(boot(log_dir, session(["machine_checks"]), extra=lwk_files(), options=checker.options), ["machine_checks"])
    assert len(checker.said) == 8 and not any("CPU" in words for words in checker.said), checker.said


def test_large_region(log_dir):
    check(boot(log_dir, session(["large_region"]), memory=4 * GIB), ["large_region"])


LOADING = """
for place in $(seq 1 12); do
	insmod /lib/modules/bulkhead-cokernel.ko inject=$place 2>/dev/null && rmmod bulkhead_cokernel
	echo loaded $?
done
"""


def test_each_place_fails_once(log_dir):
    """While enclaves are made and used, and while the module is loaded; of cores with siblings. Cores that do not answer."""
    names = ["injected", "deaf", "too_early"]
    console = boot(log_dir, session(names) + LOADING, "linux/test/bulkhead-cokernel.ko", **SIBLINGS)
    check(console, names)
    assert "loaded 1" in console and console.rstrip().rindex("loaded 0") > console.rindex("loaded 1"), console[-3000:]


def test_each_place_fails_once_protected(log_dir):
    console = boot(log_dir, f"export PROTECT={FULL}\n" + session(["injected"]), "linux/test/bulkhead-cokernel.ko")
    check(console, ["injected"])


@pytest.mark.parametrize("end", ["reboot -f", "echo c >/proc/sysrq-trigger"])
def test_linux_ends_with_an_enclave_alive(log_dir, tmp_path, end):
    """Its two cores have been stopped by then: what INIT leaves is in their registers."""
    script = f"cokernel-check stay\nrmmod bulkhead_cokernel\necho module stays: $?\n{end}\n"
    reader = EndReader(log_dir / "host.log", b"module stays", tmp_path)
    reader.start()
    console = boot(log_dir, script, limit=300, bootargs="panic=3", options=reader.options)
    assert "ok stay" in console and "module stays: 1" in console, console
    assert "reboot: Restarting system" in console or "Rebooting in" in console, console
    stopped = [cpu for cpu in reader.processors if re.match(r"[ER]IP=0*fff0 ", cpu)]
    assert len(reader.processors) == 4 and len(stopped) == 2, reader.processors


SLEEP = """
echo freezer >/sys/power/pm_test
echo freeze >/sys/power/state
echo slept: $?
cokernel-check stay
echo freeze >/sys/power/state
echo suspend: $?
cokernel-check slow_memory
"""


def test_no_suspend_with_an_enclave_alive(log_dir):
    """Cores start again when Linux has slept, which this build's firmware uses to write where they start, or was not let."""
    console = boot(log_dir, SLEEP, "linux/test/bulkhead-cokernel.ko", limit=300)
    assert all(words in console for words in ["slept: 0", "ok stay", "suspend: 1", "ok slow_memory"]), console
