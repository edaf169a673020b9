#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Writes inputs for the fuzz targets to start from: seeds.py manifest|elf|cpio|channel DIRECTORY [FILE...]."""

import struct
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
from bulkhead_node import cpio  # noqa: E402

VM = """ {name} {{ compatible = "arm,ffa-manifest-1.0"; ffa-version = <0x10001>; uuid = <1 2 3 {id}>; id = <{id}>;
  execution-ctx-count = <2>; bulkhead,role = "{role}"; bulkhead,memory-size = <0 0x2000000>; bulkhead,image = "lwk.img";
  bulkhead,ramdisk = "r"; bulkhead,bootargs = "tick=100"; {extra} }}; """
REGIONS = "memory-regions { s { pages-count = <64>; attributes = <3>; bulkhead,owner = <1>; }; };"


def manifests():
    primary = VM.format(name="lwk", id=1, role="primary", extra="bulkhead,console; load-address = <0 0x40000000>;")
    secondary = VM.format(name="vm2", id=2, role="secondary", extra="load-address = <0 0x50000000>;" + REGIONS)
    for nodes in (primary, primary + secondary):
        source = '/dts-v1/; / { compatible = "bulkhead,manifest-1";' + nodes + "};"
        yield subprocess.run(["dtc", "-q", "-O", "dtb"], input=source.encode(), capture_output=True, check=True).stdout


def archives():
    entries = [cpio.directory("d"), cpio.program("d/x", b"#!"), cpio.Entry("manifest.dtb", b"abcde")]
    yield cpio.archive(entries)
    yield cpio.archive([]) + bytes(512) + cpio.archive(entries)


def frames():
    """Of include/bulkhead/channel.h: type, session, value, payload."""
    magic, version = 0x6C6E6843, 1
    for session in (1, 2, 64, 128, 193):
        parts = [(3, session, 0, b"message"), (4, session, 100, b""), (2, session + 7, 0, b""), (3, session, 0, b"!"), (5, session, 0, b"")]
        yield b"".join(
            struct.pack("<IHHIII", magic, kind, version, number, value, len(payload)) + payload for kind, number, value, payload in parts
        )


def main():
    kind, directory, *files = sys.argv[1:]
    inputs = {"manifest": manifests, "cpio": archives, "channel": frames, "elf": lambda: (Path(f).read_bytes() for f in files)}[kind]()
    Path(directory).mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(inputs):
        (Path(directory) / f"seed{number}").write_bytes(data)


main()
