# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""One running emulator: its process, which never outlives us, and the loop that moves bytes in and out of it.

The loop never blocks on a peer: it reads the operator's input only as fast as the node takes it, and the node's output only
as fast as the operator takes that; deadlines hold all the while.
"""

import contextlib
import ctypes
import fcntl
import os
import select
import signal
import subprocess
import time
from enum import Enum
from pathlib import Path

from . import wire

PR_SET_PDEATHSIG = 1
READ_SIZE = 1 << 20
BATCH_BYTES = 4096  # the emulator writes byte by byte: less than that at once is not worth a wake-up
BATCH_DELAY = 0.001  # seconds, until there is more
INPUT_LIMIT = 32768  # bytes on their way to the node before we stop reading the operator's
OUTPUT_LIMIT = 1 << 20  # bytes on their way to the operator before we stop reading the node's
QUIET_END = 40.0  # seconds without a byte, after its result, that a node may take to turn off: it clears its job's memory before

libc = ctypes.CDLL(None, use_errno=True)


class End(Enum):
    """Why the loop ended."""

    OFF = "the emulator ended"
    TIMEOUT = "the deadline passed"
    HUNG = "the node had its result but did not turn off"


class Sink:
    """Output on its way to a file descriptor of ours."""

    def __init__(self, fd):
        self.fd = fd
        self.pending = bytearray()

    def put(self, data):
        self.pending += data

    def push(self):
        """After POLLOUT: as much as a pipe takes without blocking, POSIX's smallest atomic write on Linux."""
        sent = os.write(self.fd, self.pending[: select.PIPE_BUF])
        del self.pending[:sent]


class Source:
    """Input for the job of one VM: bytes, then what a file descriptor gives, if there is one."""

    def __init__(self, vm, fd=None, data=b""):
        self.vm = vm
        self.fds = [memory_file(data)] if data or fd is None else []
        self.fds += [fd] if fd is not None else []
        self.ended = False

    @property
    def fd(self):
        return self.fds[0]

    def take(self):
        """After POLLIN: the next frame; one without payload is the end of the file."""
        try:
            data = os.read(self.fd, wire.PAYLOAD_MAX)
        except OSError:  # a terminal in the background, a closed socket: no more input
            data = b""
        if not data and len(self.fds) > 1:
            self.fds.pop(0)
            return b""
        self.ended = not data
        return wire.frame(wire.Channel.STDIN, self.vm, data)


def memory_file(data):
    fd = os.memfd_create("input")
    os.write(fd, data)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


class Receiver:
    """What the loop tells about the node's output; subclasses keep it or pass it on."""

    ready = False  # the node takes input
    finished = False  # the result is here: the node should turn off soon

    def on_frame(self, vm, channel, payload):
        raise NotImplementedError

    def sinks(self):
        return []


def is_full(receiver):
    return sum(len(sink.pending) for sink in receiver.sinks()) >= OUTPUT_LIMIT


def die_with_parent(parent):
    """Runs in the child: the kernel ends the emulator when we end, however that happens."""

    def prepare():
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


class Emulator:
    """Context manager: the emulator runs inside the block and is gone after it."""

    def __init__(self, command, log_path, quiet_end=QUIET_END):
        self.command = [str(word) for word in command]
        self.quiet_end = quiet_end
        Path(log_path).write_bytes(b"")
        self.log = open(log_path, "ab", buffering=0)  # the emulator may add to it, too
        self.process = None
        self.to_node = bytearray()
        self.demux = None

    def __enter__(self):
        self.log.write(("$ " + " ".join(self.command) + "\n").encode())
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            start_new_session=True,
            preexec_fn=die_with_parent(os.getpid()),
        )
        os.set_blocking(self.process.stdin.fileno(), False)
        with contextlib.suppress(OSError):  # more than a user's share
            fcntl.fcntl(self.process.stdout, fcntl.F_SETPIPE_SZ, READ_SIZE)
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for file in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):
                file.close()
        self.log.close()

    def pump(self, receiver, sources, deadline):
        """Moves bytes until the node ends or time.monotonic() passes `deadline`; the receiver's sinks are empty after OFF."""
        if self.demux is None:
            self.demux = wire.Demux(receiver.on_frame, self.log.write)
        running = True
        last_byte = time.monotonic()
        while running or any(sink.pending for sink in receiver.sinks()):
            now = time.monotonic()
            if now >= deadline:
                return End.TIMEOUT
            if is_full(receiver):
                last_byte = now  # the operator is slow, not the node
            if running and receiver.finished and now >= last_byte + self.quiet_end:
                return End.HUNG
            limit = min(deadline, last_byte + self.quiet_end) if receiver.finished and running else deadline
            events = self.wait(receiver, sources, running, limit - now)
            if self.process.stdout.fileno() in events:
                data = os.read(self.process.stdout.fileno(), READ_SIZE)
                self.demux.feed(data)
                running = bool(data)
                if len(data) < BATCH_BYTES:
                    time.sleep(BATCH_DELAY)
                last_byte = time.monotonic()
            self.serve(receiver, sources, events)
        self.process.wait()
        return End.OFF

    def wait(self, receiver, sources, running, seconds):
        poll = select.poll()
        for sink in receiver.sinks():
            if sink.pending:
                poll.register(sink.fd, select.POLLOUT)
        if running and not is_full(receiver):
            poll.register(self.process.stdout, select.POLLIN)
        if running and self.to_node:
            poll.register(self.process.stdin, select.POLLOUT)
        if running and receiver.ready and len(self.to_node) < INPUT_LIMIT:
            for source in sources:
                if not source.ended:
                    poll.register(source.fd, select.POLLIN)
        return dict(poll.poll(max(0.0, seconds) * 1000 + 1))

    def serve(self, receiver, sources, events):
        for sink in receiver.sinks():
            if sink.fd in events and sink.pending:
                sink.push()
        for source in sources:
            if source.fd in events and not source.ended:
                self.to_node += source.take()
        if self.process.stdin.fileno() in events:
            self.push_input()

    def push_input(self):
        try:
            sent = os.write(self.process.stdin.fileno(), self.to_node)
        except BlockingIOError:
            return
        except BrokenPipeError:  # it is ending; its output will tell
            sent = len(self.to_node)
        del self.to_node[:sent]

    def poke(self, receiver, seconds):
        """Wakes the node's control task, which then prints what the hypervisor logged, and takes that."""
        self.to_node += wire.frame(wire.Channel.STDIN, 0)
        self.push_input()
        self.pump(receiver, [], time.monotonic() + seconds)
