# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""`./node shell`: a node whose login VM has the console, which is the operator's terminal; it ends when Linux turns off."""

import contextlib
import os
import shlex
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from . import cpio, login
from .common import EXIT_SOFTWARE, EXIT_TIMEOUT, GIB, MIB, kernel_image
from .emulator import die_with_parent
from .machine import Machine
from .node import VM, Node, new_log_path
from .postmortem import Closed, Monitor, hypervisor_log

LOGIN_VM = 2
LOGIN_MEMORY = 512 * MIB
NODE_MEMORY = 2 * GIB
DISK, CARD = 1 << 3, 2 << 3  # PCI functions: device << 3
BOOTARGS = "console=ttyAMA0"
RESTARTS = "panic=1"  # a Linux that crashes has itself started again
TURNED_OFF = f'"event":"end","vm":{LOGIN_VM},"cause":"off"'  # in the control task's report


@dataclass
class Setup:
    """What a node with a login VM is made of; without hypervisor the same kernel and devices on the bare machine."""

    cpu: str = "neoverse-n1"
    gic: int = 3
    cores: int = 4
    vcpus: int = 1  # of the login VM
    memory: int = LOGIN_MEMORY
    node_memory: int = NODE_MEMORY
    disk: str | None = None  # file; None: an empty one, thrown away afterwards
    session: str = ""  # script in place of the shell
    bootargs: str = ""
    deterministic: bool = False
    terminal: bool = True
    bare: bool = False
    extra: list = field(default_factory=list)  # entries of the login VM's file tree
    forward: bool = False  # device interrupts by way of the primary
    watchdog: int | None = None  # seconds without an answer of Linux that end it; 0: never; None: the control task's default
    options: list = field(default_factory=list)  # more of the emulator's


def cores_of(setup):
    """Each vCPU of the login VM has a core of its own when there is one beside the primary's core 0."""
    first = 1 if setup.cores > setup.vcpus else 0
    return [first + index for index in range(setup.vcpus)]


def build(setup, directory):
    """The node; `directory` for what lives as long as it does."""
    machine = Machine(cpu=setup.cpu, cores=setup.cores, gic=setup.gic, deterministic=setup.deterministic)
    machine.terminal = setup.terminal
    machine.devices = [*login.device_options(directory, setup.disk, (DISK >> 3, CARD >> 3)), *setup.options]
    session = [cpio.Entry("etc/session", setup.session.encode())] if setup.session else []
    vm = VM(LOGIN_VM, "login", setup.vcpus, setup.memory, kernel_image(), login.tree([*session, *setup.extra]))
    words = [BOOTARGS] if setup.bare else [BOOTARGS, RESTARTS]
    vm.bootargs = " ".join([*words, setup.bootargs]).strip()
    vm.console, vm.functions, vm.cores = True, (DISK, CARD), cores_of(setup)
    vm.forward, vm.watchdog = setup.forward, setup.watchdog
    if setup.bare:
        machine.memory = setup.memory
        return Node(machine, [vm], "none", kernel_image())
    machine.memory = setup.node_memory
    return Node(machine, [vm]).add_primary()


def shell(options):
    setup = Setup(
        cpu=options.cpu,
        gic=int(options.gic),
        cores=options.cpus,
        vcpus=options.login_cpus,
        memory=options.memory,
        node_memory=options.node_memory,
        disk=options.disk,
        session=shlex.join(options.program),
        bootargs=options.append,
        deterministic=options.deterministic,
        bare=options.bare,
        forward=options.forward,
        watchdog=options.watchdog,
    )
    log_path = Path(options.log) if options.log else new_log_path()
    with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
        return run_node(setup, directory, log_path, options.timeout)


def run_node(setup, directory, log_path, timeout):
    """With our terminal, until the machine turns off or the operator leaves by ctrl-a x; the exit status."""
    node, monitor = build(setup, directory), Monitor(directory)
    node.machine.devices += monitor.options()
    command = [str(word) for word in node.command(directory)]
    log_path.write_text("$ " + " ".join(command) + "\n")
    with open(log_path, "ab") as log:
        process = subprocess.Popen(command, stderr=log, preexec_fn=die_with_parent(os.getpid()))
    timer = threading.Timer(timeout, monitor.give_up) if timeout else None
    try:
        monitor.connect(process)
        if timer:
            timer.start()
        return finish(setup, node, monitor, log_path)
    except Closed:  # ctrl-a x
        return process.wait()
    finally:
        if timer:
            timer.cancel()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()


def finish(setup, node, monitor, log_path):
    """The exit status, once the machine has turned off or its time has passed."""
    in_time = monitor.wait_for_stop()
    text = "" if setup.bare else hypervisor_log(monitor, node.machine.memory)
    with open(log_path, "a", encoding="utf-8") as log:
        log.write(text)
    if not in_time:
        print(f"node: The time limit has passed; the logs are in {log_path}", file=sys.stderr)
        return EXIT_TIMEOUT
    if setup.bare or TURNED_OFF in text:
        return 0
    print(f"node: The node ended, but not because Linux turned off; the logs are in {log_path}", file=sys.stderr)
    return EXIT_SOFTWARE
