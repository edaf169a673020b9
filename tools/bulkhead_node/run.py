# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""`./node run`: one job on one node, its streams passed through, its result as ours."""

import errno
import json
import os
import re
import signal
import sys
import time
from pathlib import Path

from . import fault, files, program_report, summary, wire
from .common import EXIT_SOFTWARE, EXIT_TIMEOUT, UsageError
from .early_input import early_input
from .emulator import End, Receiver, Sink, Source
from .job import Job
from .machine import Machine
from .node import MADE_ID, VM, Node, new_log_path
from .wire import Channel

JOB_VM = MADE_ID
TAIL_LINES = 15
CALLS_LIMIT = 1 << 16  # bytes of the list of unknown system calls, which a VM makes
NOT_STARTED = {
    errno.ENOMEM: "there is not enough memory (--memory)",
    errno.ENOEXEC: "the kernel does not take it for a program",
    errno.E2BIG: "its arguments and environment are too long",
}


class Interrupted(Exception):
    """A signal asks us to end."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


class JobReceiver(Receiver):
    """Passes the job's output on as it comes, keeps its result, its files and the node's reports."""

    def __init__(self, vm, archive=None):
        self.vm = vm
        self.stdout = Sink(1)
        self.stderr = Sink(2)
        self.files = archive  # None: files are not wanted
        self.calls = bytearray()
        self.reports = []
        self.status = None

    def on_frame(self, vm, channel, payload):
        if channel == Channel.REPORT:
            self.on_report(payload)
        elif vm != self.vm:
            return
        elif channel == Channel.STDOUT:
            self.stdout.put(payload)
        elif channel == Channel.STDERR:
            self.stderr.put(payload)
        elif channel == Channel.FILES and self.files:
            self.files.put(payload)
        elif channel == Channel.CALLS and len(self.calls) < CALLS_LIMIT:
            self.calls += payload
        elif channel == Channel.EXIT and self.status is None and len(payload) == 4:
            self.status = int.from_bytes(payload, "little")
            self.finished = True

    def on_report(self, payload):
        try:
            report = json.loads(payload)
        except ValueError:
            report = {"event": "error", "text": "a report is not JSON"}
        if report.get("event") == "calls":
            self.calls += str(report.get("text")).encode()[:CALLS_LIMIT]
            return
        self.reports.append(report)
        if report.get("event") == "ready":
            self.ready = True

    def sinks(self):
        return [self.stdout, self.stderr]

    def events(self, name):
        return [report for report in self.reports if report.get("event") == name]


def say(text):
    sys.stderr.write(text)
    sys.stderr.flush()


def build_node(options, stdin):
    """The node for these options; everything that can be wrong with them is found here."""
    machine = Machine(
        options.board, options.cpu, options.cpus, options.gic, numa=options.numa, deterministic=options.deterministic
    )
    machine.check()
    native = options.isolation == "none"
    job = Job(
        options.program,
        options.env,
        options.files,
        send_changes=options.out is not None,
        stdin=stdin,
        announce=native,
    )
    ramdisk = job.ramdisk(options.memory)
    watchdog = f"watchdog={options.watchdog}" if options.watchdog else ""
    bootargs = " ".join(filter(None, [f"tick={options.tick}" if options.tick else "", watchdog]))
    vm = VM(
        JOB_VM,
        vcpus=options.cpus,
        memory=options.memory,
        numa=options.numa,
        ramdisk=ramdisk,
        bootargs=bootargs,
        made=not native,
    )
    node = Node(machine, [vm], options.isolation)
    node.stream_vm = 0 if native else JOB_VM
    return node if native else node.add_primary(bootargs=watchdog)


def log_tail(log_path):
    lines = log_path.read_text(errors="replace").splitlines()[-TAIL_LINES:]
    return "".join(f"  | {line}\n" for line in lines)


def died_without_result(receiver, end, log_path):
    what = "did not turn off" if end == End.HUNG else "ended without a result"
    errors = "".join(f"node: {report.get('text')}\n" for report in receiver.events("error"))
    say(f"{errors}node: The node {what}; its consoles are in {log_path}, which ends with\n{log_tail(log_path)}")
    return EXIT_SOFTWARE


def stalled(log_path):
    """What the watchdog of a kernel has found, told in its log."""
    lines = re.findall(r"\] watchdog: (.*)", log_path.read_text(errors="replace"))
    if not lines:
        return False
    report = "".join(f"  {line.rstrip()}\n" for line in lines)
    say(f"node: The watchdog ended the node, which made no progress:\n{report}node: The consoles are in {log_path}\n")
    return True


def exit_status(receiver, log_path):
    """Of ./node, from the job's wait status."""
    status = receiver.status
    if status & wire.NOT_STARTED:
        number = status & 0xFFFF
        reason = NOT_STARTED.get(number)
        if reason:
            raise UsageError(f"The program cannot be started: {reason}.")
        say(f"node: The program could not be started: {os.strerror(number)}; the consoles are in {log_path}\n")
        return EXIT_SOFTWARE
    if os.WIFSIGNALED(status):
        report = program_report.describe(log_path.read_text(errors="replace"), receiver.vm, os.WTERMSIG(status))
        if report:
            say(f"{report}node: The consoles are in {log_path}\n")
        return 128 + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)


def judge(receiver, end, emulator, log_path, options):
    """What the run was: says what has to be said, returns the exit status."""
    if end == End.TIMEOUT:
        say(f"node: The time limit of {options.timeout:g} s has passed; the consoles are in {log_path}\n")
        return EXIT_TIMEOUT
    faults = receiver.events("fault")
    if faults:
        say("".join(fault.describe(record) for record in faults))
        say(f"node: The consoles are in {log_path}\n")
        return EXIT_SOFTWARE
    if options.watchdog and receiver.status is None and stalled(log_path):
        return EXIT_SOFTWARE
    if receiver.status is None or end == End.HUNG:
        return died_without_result(receiver, end, log_path)
    if emulator.demux.malformed:
        say(f"node: The node sent something that is no frame, output may be lost; see {log_path}\n")
        return EXIT_SOFTWARE
    return exit_status(receiver, log_path)


def bring_back(receiver, options):
    """False, with words, when the files did not come back whole."""
    try:
        files.store(receiver.files, Path(options.out))
    except files.Broken as error:
        say(f"node: The program's files did not come back whole: {error}\n")
        return False
    return True


def on_signal(number, _):
    raise Interrupted(number)


def finish(node, receiver, end, emulator, log_path, options):
    """After the node: what has to be said and stored; the exit status."""
    status = judge(receiver, end, emulator, log_path, options)
    if options.counters:
        summary.write_counters(options.counters, node, options.program, receiver)
    if options.out and receiver.status is not None and not bring_back(receiver, options):
        status = status or EXIT_SOFTWARE
    if options.summary:
        say(summary.summary(node, receiver, log_path.read_text(errors="replace")))
    return status


def run_job(options, build):
    early = early_input(options.memory, options.deterministic)
    node = build(options, early.data if early.ended else None)
    log_path = Path(options.log) if options.log else new_log_path()
    archive = files.Archive(options.memory) if options.out else None
    receiver = JobReceiver(node.stream_vm, archive)
    sources = [] if early.ended else [Source(receiver.vm, fd=0, data=early.data)]
    with node.start(log_path) as emulator:
        end = emulator.pump(receiver, sources, time.monotonic() + options.timeout)
        if end == End.TIMEOUT:
            emulator.poke(receiver, 0.5)
    return finish(node, receiver, end, emulator, log_path, options)


def run(options, build=build_node):
    """Runs the job on the node that `build` makes; the exit status. Whatever ends us, the emulator has ended before."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    try:
        return run_job(options, build)
    except Interrupted as interrupted:
        return 128 + interrupted.number
    except BrokenPipeError:
        return 128 + signal.SIGPIPE
