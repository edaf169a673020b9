# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The login VM: Debian's kernel as it comes from the package, on a standard interrupt controller, with a disk and a network card on PCI."""

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from bulkhead_node import login, postmortem, shell
from support import NODE, TREE

sys.path.insert(0, str(TREE / "bench"))
from measure import login as measure_login  # noqa: E402

MIB = 1 << 20
LIMIT = 120  # seconds for a node on a busy machine; it needs 6
DISK = """
mke2fs /dev/vda >/dev/null 2>&1 && mount -t ext4 /dev/vda /mnt && dd if=/dev/urandom of=/tmp/a bs=1M count=4 2>/dev/null
cp /tmp/a /mnt/a && umount /mnt && mount -t ext4 /dev/vda /mnt && cmp /tmp/a /mnt/a && echo disk works
"""
NETWORK = """
for try in $(seq 60); do ip route | grep -q default && break; sleep 0.5; done
ping -c 3 -W 10 10.0.2.2 | grep -q ' 0% packet loss' && echo network works
"""
# what the driver of each sees at least
STATE = """
echo processors $(grep -c ^processor /proc/cpuinfo)
echo functions $(ls /sys/bus/pci/devices)
cat /proc/interrupts
"""


@pytest.mark.parametrize("gic, cpus, login_cpus", [(3, 1, 1), (3, 2, 1), (3, 4, 4), (2, 1, 1), (2, 4, 2)])
def test_boots_with_disk_and_network(session, gic, cpus, login_cpus):
    outcome = session(DISK + NETWORK + STATE, "--gic", gic, "--cpus", cpus, "--login-cpus", login_cpus)
    assert outcome.status == 0, outcome.text
    assert "disk works" in outcome.console, outcome.text
    assert "network works" in outcome.console, outcome.text
    assert f"processors {login_cpus}\n" in outcome.console, outcome.text
    assert "functions 0000:00:01.0 0000:00:02.0\n" in outcome.console, outcome.text
    assert sum(outcome.interrupts("virtio0")) > 8, outcome.text
    assert sum(outcome.interrupts("virtio1")) > 3, outcome.text
    assert all(outcome.interrupts("arch_timer")), outcome.text
    assert not re.search("WARNING|BUG|Call trace|rcu:.*stall", outcome.console), outcome.text


def test_what_was_not_given(session):
    """Registers of devices that others have, or nobody: a bus error for the program, as where there is nothing; Linux goes on."""
    holes = {
        "fw_cfg": 0x9020000,
        "the distributor beyond the VM's frames": 0x8090000,
        "a virtio-mmio slot": 0xA000000,
        "flash": 0x0,
        "the hypervisor": 0x40200000,
        "the machine's device tree": 0x40000000,
        "beyond memory": 0x7F0000000,
    }
    script = "".join(f"busybox devmem {address:#x} 32 >/dev/null 2>&1; echo hole {address:#x} $?\n" for address in holes.values())
    outcome = session(script + "echo Linux goes on")
    assert outcome.status == 0, outcome.text
    for name, address in holes.items():
        status = re.search(rf"hole {address:#x} (\d+)", outcome.console)
        assert status and status[1] != "0", f"{name}\n{outcome.text}"
    assert "Linux goes on" in outcome.console, outcome.text


@pytest.fixture
def short_dir():
    """The name of a socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
        yield Path(directory)


def run_setup(directory, setup):
    """A node of more than ./node shell can be told; its console and the hypervisor's log."""
    monitor = postmortem.Monitor(directory)
    node = shell.build(setup, directory)
    node.machine.devices += monitor.options()
    command = list(map(str, node.command(directory)))
    with subprocess.Popen(["timeout", str(LIMIT), *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        monitor.connect(process)
        monitor.wait_for_stop()
        text = postmortem.hypervisor_log(monitor, node.machine.memory)
        monitor.command("quit")
        console = process.stdout.read().decode(errors="replace")
    return console, text


def ended(vm, text):
    return f'"event":"end","vm":{vm},"cause":"off"' in text


@pytest.mark.parametrize("gic, cores", [(3, 2), (2, 4)])
def test_jobs_beside_it(short_dir, gic, cores):
    """On the login VM's core, and on others."""
    session = "bulkhead run --cpus 2 --memory 64M -- /bin/busybox echo job works; bulkhead events; cat /proc/uptime"
    console, text = run_setup(short_dir, shell.Setup(gic=gic, cores=cores, session=session))
    assert "job works" in console and "ended with exit status 0" in console, console + text
    assert ended(2, text), console + text


def test_a_function_that_was_not_given_is_not_there(short_dir):
    setup = shell.Setup(session="ls /sys/bus/pci/devices; lsmod | grep -q virtio_blk && ls /dev/vd*")
    node_options = login.device_options
    third = ["-device", "virtio-blk-pci,drive=other,addr=3,disable-legacy=on"]
    third += ["-drive", f"if=none,id=other,format=raw,file={short_dir}/other"]
    Path(short_dir / "other").write_bytes(bytes(MIB))
    try:
        login.device_options = lambda *disk: [*node_options(*disk), *third]
        console, text = run_setup(short_dir, setup)
    finally:
        login.device_options = node_options
    assert "0000:00:02.0" in console and "0000:00:03.0" not in console, console + text
    assert "/dev/vda" in console and "/dev/vdb" not in console, console + text


def test_the_operator_leaves(log_dir):
    """ctrl-a x ends a node whose Linux has not."""
    command = [str(NODE), "shell", "--log", str(log_dir / "shell.log"), "--timeout", str(LIMIT), "--", "sh", "-c", "echo ready; sleep 1000"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        for line in running.stdout:
            if line.startswith(b"ready"):
                break
        running.stdin.write(b"\x01x")
        running.stdin.flush()
        running.stdout.read()
        assert running.wait(60) == 0


def test_a_node_that_does_not_end(session):
    for limit in (15, 60, 240):  # as slow as the build host may be
        outcome = session("sleep 1000", "--timeout", limit)
        assert outcome.status == 124, outcome.text
        if "entering the primary" in outcome.log:
            break
    assert "entering the primary" in outcome.log, outcome.text


def test_the_session_is_passed_as_it_is(session):
    words = ["printf", "%s|", "a b", "c'd", "$HOME", 'e"f']
    outcome = session(shlex.join(words))
    assert "a b|c'd|$HOME|e\"f|" in outcome.console, outcome.text


def test_modules_come_behind_what_they_need():
    names = [path.stem for path in login.modules()]
    assert names.index("virtio_pci_modern_dev") < names.index("virtio_pci")
    assert names.index("failover") < names.index("net_failover") < names.index("virtio_net")
    assert names.index("jbd2") < names.index("ext4")


def test_wrong_usage():
    for options, words in [
        (["--cpus", "2", "--login-cpus", "3"], "more than the node's 2 cores"),
        (["--memory", "1G", "--node-memory", "512M"], "more than the node's"),
        (["--gic", "4"], "invalid choice"),
        (["--forward", "--gic", "2"], "--forward needs --gic 3"),
    ]:
        done = subprocess.run([NODE, "shell", *options], stdin=subprocess.DEVNULL, capture_output=True, check=False)
        assert done.returncode == 64, done
        assert words in done.stderr.decode() and done.stderr.count(b"\n") == 1, done.stderr




def test_boot_costs(log_dir):
    """At most 1.3 times the instructions of the bare machine, of which the hypervisor's are clearing and copying (bench/run --only login)."""
    done = measure_login.measure_one(log_dir, 3)
    assert done["met"], done
    assert done["bare"] > 500_000_000, done
    assert 0 < done["hypervisor"] < 0.25 * done["login"], done
