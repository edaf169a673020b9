#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Stands in for the emulator: plays a node that behaves as FAKE_SCENARIO says, well or badly, on its standard streams."""

import json
import os
import signal
import struct
import sys
import time
import zlib

VM = 3
STDIN, STDOUT, STDERR, EXIT, FILES, REPORT = range(6)


def send(data):
    while data:
        data = data[os.write(1, data) :]


def frame(channel, payload=b"", vm=VM):
    send(struct.pack("<BBHH", 1, channel, vm, len(payload)) + payload)


def report(**fields):
    frame(REPORT, json.dumps(fields).encode(), vm=0)


def read_exactly(size):
    data = b""
    while len(data) < size:
        part = os.read(0, size - len(data))
        if not part:
            sys.exit(3)
        data += part
    return data


def read_frame():
    start, channel, vm, length = struct.unpack("<BBHH", read_exactly(6))
    assert start == 1
    return channel, vm, read_exactly(length)


def finish(status=0):
    frame(EXIT, struct.pack("<I", status))
    report(event="end", vm=VM, cause="off", runtime_ticks=1, counter_hz=1)


def exit_with(status):
    send(b"booting\n")
    finish(int(status))


def reports(_):
    """A child's end, the job's end by another signal, and lines that are others'."""
    frame(STDERR, b"the program's last words\n")
    send(b"[    1.0] hv: vm 4: [    0.1] other[2]: ended by SIGSEGV (11), in another VM\n")
    send(b"[    1.0] hv: vm 3: [    0.1] child[3]: ended by SIGSEGV (11), nothing is mapped at 0x1\n")
    send(b"[    1.0] hv: vm 3: [    0.2] job[2]: ended by SIGSEGV (11), nothing is mapped at 0x2\r\n")
    send(b"[    1.0] hv: vm 3: [    0.2]   thread 2 (job) on core 0, pc 0x400\n")
    send(b"[    1.0] hv: VM 3 ended, cause 1\n")
    send(b"[    1.0] hv: vm 3: [    0.2]   pc  0000000000000400 pstate 00000000\n")
    send(b"[    1.0] hv: vm 3: [    0.3] power off\n")
    send(b"[    1.0] hv: vm 3: [    0.4] job[2]: ended by SIGABRT (6), another signal\n")
    finish(11)


def echo(_):
    """Sends back what comes in, cut at odd places, with console text in between."""
    report(event="ready")
    while True:
        channel, vm, payload = read_frame()
        assert (channel, vm) == (STDIN, VM)
        if not payload:
            break
        for at in range(0, len(payload), 1000):
            frame(STDOUT, payload[at : at + 1000])
            send(b"some console text\n")
    finish()


def slow_reader(_):
    """Takes its input late; says how much the launcher had sent by then: the pipe, and what it holds itself."""
    report(event="ready")
    time.sleep(1)
    total = 0
    while True:
        _, _, payload = read_frame()
        if not payload:
            break
        total += len(payload)
    frame(STDOUT, str(total).encode())
    finish()


def apart(_):
    for i in range(100):
        frame(STDOUT, b"out%d\n" % i)
        frame(STDERR, b"err%d\n" % i)
    finish()


def fault(_):
    record = {name: 0x1000 for name in "far ipa pc pstate sp_el0 sp_el1 elr_el1 esr_el1 far_el1 ttbr0 ttbr1".split()}
    frame(STDOUT, b"before\n")
    report(event="end", vm=VM, cause="memory_write", runtime_ticks=1, counter_hz=1)
    report(event="fault", vm=VM, vcpu=0, core=3, cause="memory_write", counter=7, esr=0x93800047, x=list(range(31)), **record)


def died(_):
    send(b"kernel panic: the sky is falling\n")


def hang(_):
    report(event="ready")
    frame(STDOUT, b"started\n")
    time.sleep(1000)


def hang_after_exit(_):
    finish()
    time.sleep(1000)


def stubborn(_):
    """Ignores polite signals."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    hang(None)


def garbage(_):
    send(b"\x01\xff\xff\xff\xff\xff text \x01\x01\x00\x00\xff\xff more")
    frame(STDOUT, b"after\n")
    finish()


def other_vm(_):
    frame(STDOUT, b"not mine\n", vm=4)
    frame(EXIT, struct.pack("<I", 0x500), vm=4)
    frame(STDOUT, b"mine\n")
    finish()


def not_started(number):
    finish(0x10000 | int(number))


def record(name, data, mode=0o100644):
    name = name.encode() + b"\0"
    fields = (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields)

    def pad(part):
        return part + bytes(-len(part) % 4)

    return pad(header + name) + pad(data)


TRAILER = record("TRAILER!!!", b"", mode=0)


def with_size(size):
    """A record that lies about its size."""
    whole = record("a", b"one")
    return whole[:54] + size + whole[62:] + TRAILER


def pack(data):
    deflate = zlib.compressobj(wbits=-15)
    return deflate.compress(data) + deflate.flush()


def bomb():
    """A file of 4 GiB, as it says, in 4 MB."""
    deflate = zlib.compressobj(wbits=-15)
    head = record("bomb", b"")
    start = deflate.compress(head[:54] + b"FFFFFFF0" + head[62:]) + deflate.flush(zlib.Z_FULL_FLUSH)
    piece = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)  # stands alone
    return start + piece * 4096


def files(kind):
    archives = {
        "good": record("a", b"one") + record("sub/b", b"two" * 5000) + TRAILER,
        "names": record("TRAILER!!!", b"x") + record("\u00e4:b c\n", b"y") + record("sub/TRAILER!!!", b"") + TRAILER,
        "dotdot": record("../evil", b"x") + TRAILER,
        "inside": record("a/../../evil", b"x") + TRAILER,
        "absolute": record("/evil", b"x") + TRAILER,
        "empty": record("", b"x") + TRAILER,
        "below": record("a", b"x") + record("a/b", b"x") + TRAILER,
        "directory": record("taken", b"x") + TRAILER,
        "long": record("x" * 300, b"x") + TRAILER,
        "setuid": record("a", b"x", mode=0o106755) + TRAILER,
        "cut": record("a", b"one" * 100)[:-50],
        "endless": with_size(b"-0000070"),  # back to the beginning
        "back": with_size(b"-0000001"),
        "huge": with_size(b"FFFFFFFF"),
        "blank": with_size(b"       3"),
        "link": record("link", b"x") + TRAILER,
        "parent": record("link/evil", b"x") + TRAILER,
    }
    frame(EXIT, struct.pack("<I", 0))
    if kind == "bomb":
        stream = bomb()
    elif kind == "raw":
        stream = archives["good"]
    else:
        stream = pack(archives[kind])
    for at in range(0, len(stream), 4096):
        frame(FILES, stream[at : at + 4096])
    report(event="end", vm=VM, cause="off", runtime_ticks=1, counter_hz=1)


def flood(_):
    """More output than any pipe holds."""
    for _ in range(4096):
        frame(STDOUT, bytes(4096))
    finish()


scenario, _, argument = os.environ["FAKE_SCENARIO"].partition(":")
globals()[scenario](argument)
