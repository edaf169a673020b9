# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""./node run --machine x86-svm: the contract for output, status, files, errors and timeouts, in an enclave beside Debian's Linux."""

import json
import subprocess

import pytest
from bulkhead_node.common import X86, cache_root
from support import NODE

PROGRAMS = X86 / "programs"
BUSYBOX = cache_root("x86") / "bin/busybox"
BASH = cache_root("x86") / "bin/bash-static"
X86_SVM = ["--machine", "x86-svm", "--timeout", 400]
LIMIT = 500


def run(node, *argv, options=(), **settings):
    return node(*argv, options=[*X86_SVM, *options], limit=LIMIT, **settings)


@pytest.mark.parametrize("isolation", ["none", "full", "virt", "mem,io"])
def test_isolation(node, tmp_path, isolation):
    """The same program on the same LWK, bare and with a hypervisor beneath, which has counted."""
    file = tmp_path / "counters.json"
    result = run(node, PROGRAMS / "hello", options=["--cpus", 2, "--isolation", isolation, "--summary", "--counters", file])
    assert (result.status, result.stdout) == (0, b"hello, world\n") and b"hello, stderr\n" in result.stderr, result
    assert b" s on 2 cores beside Linux\n" in result.stderr, result
    counted = json.loads(file.read_text())
    vcpus = counted["vms"][0]["vcpus"]
    assert counted["isolation"] == isolation and [vcpu["vcpu"] for vcpu in vcpus] == ([] if isolation == "none" else [0, 1]), counted
    if isolation == "none":
        assert b"not isolated" in result.stderr, result
    else:
        assert f"isolated by a hypervisor under each core: {isolation}\n".encode() in result.stderr, result
        assert b"refused accesses: 0, dropped interrupts: 0\n" in result.stderr, result
        assert vcpus[0]["exits"]["cpuid"] > 0 and all(vcpu["exits"]["nmi"] > 0 and vcpu["exits"]["io"] == 0 for vcpu in vcpus), counted


def test_input_and_new_files(node, tmp_path):
    """Input over the wire, a file that comes back, on two cores and two NUMA nodes."""
    words = b"words " * 10000
    result = run(node, BUSYBOX, "tee", "copy", options=["--cpus", 2, "--numa", 2, "--out", tmp_path], stdin=words, late=True)
    assert result.status == 0 and result.stdout == words, result
    assert (tmp_path / "copy").read_bytes() == words, result


def test_files_and_status(node, tmp_path):
    (tmp_path / "given").write_text("".join(f"line {n}\n" for n in range(100)))
    script = 'while read -r line; do echo "$line"; done <given; exit 7'
    result = run(node, BASH, "-c", script, options=["--file", tmp_path / "given"])
    assert result.status == 7 and result.stdout == (tmp_path / "given").read_bytes(), result


def test_time_limit(node):
    result = run(node, BUSYBOX, "sh", "-c", "echo begun; while :; do :; done", options=["--timeout", 120])
    assert result.status == 124 and b"time limit" in result.stderr and result.stdout == b"begun\n", result


def test_shell(log_dir):
    disk = log_dir / "disk"
    disk.write_bytes(b"given\n".ljust(1 << 20, b"\0"))
    command = [NODE, "shell", "--machine", "x86-svm", "--timeout", "300", "--log", log_dir / "shell.log", "--disk", disk, "--"]
    script = "head -n 1 /dev/vda; ls /sys/class/net; echo machine $(uname -m) $(hostname), nodes $(cat /sys/devices/system/node/online), $(ls /dev/bulkhead-cokernel)"
    done = subprocess.run([*map(str, command), "sh", "-c", script], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 0, done
    assert b"machine x86_64 host, nodes 0-1, /dev/bulkhead-cokernel" in done.stdout, done
    assert b"given\r\n" in done.stdout and b"eth0" in done.stdout, done


def test_shell_of_a_linux_that_crashes(log_dir):
    """It is not taken for one that has turned off."""
    command = [NODE, "shell", "--machine", "x86-svm", "--timeout", "300", "--log", log_dir / "shell.log", "--"]
    script = ["sh", "-c", "echo c >/proc/sysrq-trigger"]
    done = subprocess.run([*map(str, command), *script], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode == 70 and b"Linux crashed" in done.stderr, done


@pytest.mark.parametrize(
    "options, words",
    [
        (["--gic", "2"], b"--gic"),
        (["--isolation", "walls"], b"--isolation is full, none, virt"),
        (["--numa", "4"], b"2 NUMA nodes"),
        (["--deterministic"], b"--deterministic"),
    ],
)
def test_wrong_usage(node, options, words):
    result = run(node, PROGRAMS / "hello", options=options)
    assert result.status == 64 and words in result.stderr and result.stderr.count(b"\n") == 1, result


def test_a_program_for_another_machine(node):
    result = run(node, cache_root("arm64") / "bin/busybox")
    assert result.status == 64 and b"is a program for arm64, not for x86-64" in result.stderr, result
