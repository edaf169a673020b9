# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The login VM: instructions that Debian's kernel takes from reset to its first program, in the VM and on the bare machine."""

import collections
import re
import subprocess
import tempfile

from bulkhead_node import cpio, shell
from bulkhead_node.common import ARM64, BUILD, TREE, UsageError

PLUGIN = BUILD / "native/bench/executed.so"
MARK = ARM64 / "bench/mark"
HYPERVISOR = 0x40200000  # where the emulator puts its image, which lies within the next 4 MiB
LIMIT = 300
AIM = 1.3
READS, READS_MANY = 200, 2200  # of the disk, an interrupt each
LEAST_EXITS = 0.05  # each: what is less has other reasons
VECTORS, VECTOR_IRQ, VECTOR_LOWER_IRQ = 0x800, 0x280, 0x480  # Arm ARM D1.3.2: the table; of EL1 itself; from below
HOW = (
    "bench/executed, a plugin of the emulator: instructions executed from reset to the first one of /init; one core, same kernel, "
    "initial file tree and devices, whose drivers are modules: nothing depends on when the host answers"
)
BLIND = (
    "how long an instruction takes; what the boot loader does. A block of instructions that an exception leaves in its middle "
    "counts as a whole. Cores that wait execute nothing"
)


def run(setup, log, **arguments):
    """A node to its end, with the plugin; what both said, for patterns."""
    setup.deterministic, setup.terminal = True, False
    with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
        node = shell.build(setup, directory)
        words = [str(PLUGIN), *(f"{name}={value}" for name, value in arguments.items())]
        node.machine.devices += ["-plugin", ",".join(words)]
        command = list(map(str, node.command(directory)))
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT, check=False)
    log.write_bytes(done.stdout + done.stderr)
    return done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")


def executed(log_dir, gic, bare):
    """Total, and what of it the hypervisor executed."""
    setup = shell.Setup(gic=gic, cores=1, bare=bare, extra=[cpio.program("init", MARK.read_bytes())])
    log = log_dir / f"login-{gic}-{'bare' if bare else 'vm'}.log"
    found = re.search(r"^executed (\d+) (\d+)$", run(setup, log, low=HYPERVISOR, high=HYPERVISOR + (4 << 20)), re.MULTILINE)
    if not found:
        raise UsageError(f"Linux did not come to its first program; see {log}")
    return int(found[1]), int(found[2])


def measure_one(log_dir, gic):
    bare, _ = executed(log_dir, gic, True)
    login, hypervisor = executed(log_dir, gic, False)
    ratio = round(login / bare, 4)
    return {"gic": gic, "bare": bare, "login": login, "hypervisor": hypervisor, "ratio": ratio, "aim": AIM, "met": ratio <= AIM}


def hypervisor_symbol(name):
    """Where a function of the hypervisor is when it runs."""
    done = subprocess.run(["aarch64-linux-gnu-nm", ARM64 / "hypervisor.elf"], capture_output=True, text=True, check=True)
    return HYPERVISOR + int(re.search(rf"^([0-9a-f]+) . {name}$", done.stdout, re.MULTILINE)[1], 16)


def linux_vectors(log_dir):
    """Where Linux takes interrupts: which of its vector tables it uses is its own choice, so the emulator is asked where they went."""
    log = log_dir / "login-exceptions.log"
    setup = shell.Setup(cores=2, session="true", options=["-d", "int", "-D", str(log)])
    run(setup, log_dir / "login-vectors.log")
    taken = re.findall(r"\[Virtual IRQ\].*\n.*\n.*\n.*\n\.\.\.to EL1 PC (0xffff8[0-9a-f]+)", log.read_text())
    log.unlink()
    vectors = {int(address, 16) & ~(VECTORS - 1) for address in taken}
    if len(vectors) != 1:
        raise UsageError("Debian's kernel takes interrupts at no vector, or at several.")
    return vectors.pop()


def interrupts(log_dir, vectors, forward):
    """Instructions from the exception that a device interrupt causes to the first one of Linux's vector."""
    setup = shell.Setup(cores=2, forward=forward, session=f"dd if=/dev/vda of=/dev/null bs=4k count={READS} iflag=direct")
    log = log_dir / f"login-interrupts-{'forwarded' if forward else 'direct'}.log"
    begin, via = hypervisor_symbol("vectors") + VECTOR_LOWER_IRQ, hypervisor_symbol("vdist_interrupt")
    said = run(setup, log, begin=begin, via=via, end=vectors + VECTOR_IRQ, other=vectors + VECTOR_LOWER_IRQ)
    ways = sorted(map(int, re.findall(r"^way (\d+)$", said, re.MULTILINE)))
    if len(ways) < READS:
        raise UsageError(f"Linux took {len(ways)} of {READS} interrupts; see {log}")
    return {"median": ways[len(ways) // 2], "exits": exits_each(log_dir, forward)}


def exits_after(log_dir, forward, reads):
    """Interrupts of the disk that Linux took, and all exits of all VMs by reason, of a node with so many reads."""
    log = log_dir / f"login-exits-{'forwarded' if forward else 'direct'}-{reads}.log"
    script = f"dd if=/dev/vda of=/dev/null bs=4k count={reads} iflag=direct; grep virtio0 /proc/interrupts"
    options = ["--deterministic", "--cpus", "2", "--timeout", LIMIT, "--log", log, *(["--forward"] if forward else [])]
    command = [TREE / "node", "shell", *options, "--", "sh", "-c", script]
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, check=False)
    taken = re.search(rb": +(\d+) .*virtio0", done.stdout)
    reports = "".join(re.findall(r"^vm 1: (.*)$", log.read_text(), re.MULTILINE))
    counted = re.findall(r'"vcpu":\d+,"exits":{([^}]*)}', reports)
    if done.returncode != 0 or not taken or not counted:
        raise UsageError(f"The login VM did not tell its interrupts; see {log}")
    exits = collections.Counter()
    for reason, count in re.findall(r'"(\w+)":(\d+)', "".join(counted)):
        exits[reason] += int(count)
    return int(taken[1]), exits


def exits_each(log_dir, forward):
    """By reason, of all VMs, for one interrupt: what more interrupts make more."""
    few, before = exits_after(log_dir, forward, READS)
    many, after = exits_after(log_dir, forward, READS_MANY)
    each = {reason: round((after[reason] - before[reason]) / (many - few), 2) for reason in after}
    return {reason: count for reason, count in each.items() if count >= LEAST_EXITS}


def measure(log_dir):
    vectors = linux_vectors(log_dir)
    return {
        "cpu": "neoverse-n1",
        "boots": [measure_one(log_dir, gic) for gic in (3, 2)],
        "interrupts": {name: interrupts(log_dir, vectors, name == "forwarded") for name in ("direct", "forwarded")},
        "how": HOW,
        "blind": BLIND,
    }
