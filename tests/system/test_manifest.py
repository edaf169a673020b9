# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A manifest or boot bundle that is wrong stops the boot with one line that names node and property."""

import pytest
from bulkhead_node import cpio, manifest
from bulkhead_node.emulator import End
from bulkhead_node.machine import Machine
from bulkhead_node.node import VM, Node

MIB = 1 << 20
TIMEOUT = 10


def good_node():
    vms = [VM(2, memory=32 * MIB, ramdisk=cpio.archive([])), VM(3, memory=32 * MIB, ramdisk=cpio.archive([]), cores=[1])]
    return Node(Machine(cores=2, memory=512 * MIB), vms).add_primary()


def boot_error(node, log_dir):
    """The one line."""
    outcome = node.run(timeout=TIMEOUT, log_path=log_dir / "node.log")
    lines = [line for line in outcome.console.splitlines() if "manifest" in line or "bundle" in line]
    lines = [line for line in lines if not line.startswith("$ ")]
    assert outcome.end in (End.OFF, End.TIMEOUT)
    assert not outcome.events("ready"), outcome.console
    assert len(lines) == 1, outcome.console
    return lines[0]


def edited(old, new):
    """The good manifest's source with one change."""
    node = good_node()
    text = manifest.source(node.vms)
    assert old in text
    node.manifest = text.replace(old, new, 1)
    return node


VM3 = 'compatible = "arm,ffa-manifest-1.0";\n\t\tffa-version = <0x00010001>;\n\t\tuuid = <0xb0140ead 0x0 0x0 0x3>;\n\t\tid = <3>;'


WRONG = [
    ('compatible = "bulkhead,manifest-1"', 'compatible = "other"', ["compatible"]),
    (VM3, VM3.replace("arm,ffa-manifest-1.0", "arm,ffa-manifest-9"), ["vm3", "compatible"]),
    (VM3, VM3.replace("0x00010001", "0x00020000"), ["vm3", "ffa-version"]),
    ("id = <3>;", "id = <2>;", ["vm3", "id"]),
    ("id = <3>;", "id = <0>;", ["vm3", "id"]),
    ("id = <3>;", "id = <65535>;", ["vm3", "id"]),
    ("id = <3>;", "", ["vm3", "id"]),
    ("id = <3>;", "id = <3 3>;", ["vm3", "id"]),
    ("id = <1>;", "id = <7>;", ["vm1", "id"]),
    ("execution-ctx-count = <1>;", "execution-ctx-count = <0>;", ["vm2", "execution-ctx-count"]),
    ("execution-ctx-count = <1>;", "execution-ctx-count = <33>;", ["vm2", "execution-ctx-count"]),
    ("execution-ctx-count = <1>;", "execution-ctx-count = <0xffffffff>;", ["vm2", "execution-ctx-count"]),
    ("execution-ctx-count = <2>;", "execution-ctx-count = <3>;", ["vm1", "execution-ctx-count"]),
    ('bulkhead,role = "secondary"', 'bulkhead,role = "emperor"', ["vm2", "bulkhead,role"]),
    ('bulkhead,role = "secondary"', 'bulkhead,role = "primary"', ["vm2"]),
    ("bulkhead,memory-size = <0x0 0x2000000>", "bulkhead,memory-size = <0x0 0x2001000>", ["vm2", "bulkhead,memory-size"]),
    ("bulkhead,memory-size = <0x0 0x2000000>", "bulkhead,memory-size = <0x0 0x0>", ["vm2", "bulkhead,memory-size"]),
    ("bulkhead,memory-size = <0x0 0x2000000>", "bulkhead,memory-size = <0x7fffffff 0x2000000>", ["vm2", "bulkhead,memory-size"]),
    ("bulkhead,memory-size = <0x0 0x2000000>", "bulkhead,memory-size = <0x2000000>", ["vm2", "bulkhead,memory-size"]),
    ('bulkhead,image = "lwk.img"', 'bulkhead,image = "nothing.img"', ["vm1", "bulkhead,image"]),
    ('bulkhead,image = "lwk.img"', "bulkhead,image = <1>", ["vm1", "bulkhead,image"]),
    ('bulkhead,image = "lwk.img";', "", ["vm1", "bulkhead,image"]),
    ('bulkhead,ramdisk = "vm2.cpio"', 'bulkhead,ramdisk = "nothing.cpio"', ["vm2", "bulkhead,ramdisk"]),
    ("pages-count = <64>", "pages-count = <0>", ["pages-count"]),
    ("pages-count = <64>", "pages-count = <100000>", ["pages-count"]),
    ("attributes = <3>", "attributes = <7>", ["attributes"]),
    ("bulkhead,owner = <1>", "bulkhead,owner = <3>", ["bulkhead,owner"]),
    ("bulkhead,owner = <1>", "bulkhead,owner = <9>", ["bulkhead,owner"]),
]


@pytest.mark.parametrize(
    "old, new, names", WRONG, ids=[f"{number}-{'-'.join(case[2])}" for number, case in enumerate(WRONG)]
)
def test_wrong_manifest(log_dir, old, new, names):
    line = boot_error(edited(old, new), log_dir)
    assert all(name in line for name in names), line


def test_overlapping_memory(log_dir):
    node = good_node()
    node.vms[1].load_address = 0x50000000
    node.vms[2].load_address = 0x50000000 + 16 * MIB
    assert "load-address" in boot_error(node, log_dir)


@pytest.mark.parametrize("address", [0x09000000, 0x40000000, 0x5FE00000, 0x200000000, 0xFFFFFFFFFFE00000, 0x50000800])
def test_address_that_is_no_free_memory(log_dir, address):
    node = good_node()
    node.vms[1].load_address = address
    line = boot_error(node, log_dir)
    assert "vm2" in line and ("load-address" in line or "memory-size" in line), line


def test_more_memory_than_there_is(log_dir):
    node = good_node()
    node.vms[1].memory = 2048 * MIB
    line = boot_error(node, log_dir)
    assert "vm2" in line and "bulkhead,memory-size" in line


def test_no_primary(log_dir):
    node = good_node()
    del node.vms[0]
    assert "role" in boot_error(node, log_dir)


def test_no_manifest(log_dir):
    node = good_node()
    node.bundle = cpio.archive([cpio.Entry("other", b"data")])
    assert "manifest" in boot_error(node, log_dir)


def test_image_that_is_no_kernel(log_dir):
    node = good_node()
    wrong = log_dir / "wrong.img"
    wrong.write_bytes(b"no header" * 100)
    node.vms[2].image = wrong
    assert "vm3" in boot_error(node, log_dir)


def test_ramdisk_larger_than_the_memory(log_dir):
    node = good_node()
    node.vms[2].ramdisk = bytes(40 * MIB)
    line = boot_error(node, log_dir)
    assert "vm3" in line and ("memory-size" in line or "ramdisk" in line)


@pytest.mark.parametrize("part", ["empty", "noise", "half", "header", "without trailer"])
def test_corrupt_bundle(log_dir, part):
    node = good_node()
    whole = node.bundle_bytes()
    node.bundle = {
        "empty": bytes(4096),
        "noise": bytes((i * 167 + i // 256 * 13) & 0xFF for i in range(65536)),
        "half": whole[: len(whole) // 2],
        "header": whole[:110],
        "without trailer": whole[: whole.index(b"TRAILER!!!") - 110],
    }[part]
    boot_error(node, log_dir)


@pytest.mark.parametrize("size", [0, 16, 40, 100, -4])
def test_truncated_manifest(log_dir, size):
    node = good_node()
    blob = node.manifest_blob()
    node.manifest = blob[:size]
    boot_error(node, log_dir)
