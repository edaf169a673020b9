# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Debian's kernel on the same emulated machines: runs a job as ./node does, for tests and measurements to compare with.

The kernel is the one tools/setup unpacked, as it is; its init (user/linux_init.c) takes the same description of a job and sends the
same frames over the UART, so that everything else is ./node's. tools/linux-run is the command.
"""

import sys

from . import cli, elf
from .common import EXIT_SOFTWARE, EXIT_USAGE, LINUX_INIT, MIB, X86, UsageError, kernel_image
from .host import Host
from .host_run import HostNode
from .job import Job
from .machine import CORES_MAX, CPU_MODELS, NUMA_NODES_MAX, Machine
from .node import VM, Node
from .run import run

# only what ends the kernel is said: it would stand within frames. The seed and the addresses of programs are the same every time
BOOTARGS = "loglevel=2 nokaslr norandmaps panic=-1"
X86_INIT = X86 / "user/linux_init"
X86_BOOTARGS = "loglevel=2 norandmaps WIRE=/dev/ttyS1"
USAGE = "tools/linux-run [options] -- PROGRAM [ARGS...]"


def linux_node(machine, job, memory, bootargs=""):
    """A node without hypervisor whose kernel is Debian's; node.run() as any other, streams are those of VM 0."""
    job.announce = True
    vm = VM(0, vcpus=machine.cores, memory=memory, ramdisk=job.ramdisk(memory, LINUX_INIT))
    vm.bootargs = f"{BOOTARGS} {bootargs}".strip()
    return Node(machine, [vm], isolation="none", kernel=kernel_image())


def x86_node(options, stdin):
    """A host of enclaves whose init is the job's."""
    job = Job(options.program, options.env, dict(options.file), options.out is not None, stdin, announce=True, machine=elf.X86)
    host = Host(options.machine, cores=options.cpus, numa=options.numa, memory=options.memory, bootargs=X86_BOOTARGS)
    host.initrd = job.ramdisk(options.memory, X86_INIT)
    machine = Machine(board="pc", cpu="EPYC", cores=options.cpus, gic=None, numa=options.numa)
    return HostNode(host, machine, "none", options.machine)


def build_node(options, stdin):
    """For run.run()."""
    if options.machine != "arm64":
        return x86_node(options, stdin)
    machine = Machine(
        cpu=options.cpu, cores=options.cpus, gic=int(options.gic), numa=options.numa, deterministic=options.deterministic
    )
    machine.check()
    job = Job(options.program, options.env, dict(options.file), options.out is not None, stdin)
    return linux_node(machine, job, options.memory, options.append)


def parser():
    one = cli.Parser(prog="tools/linux-run", usage=USAGE, description=__doc__, allow_abbrev=False)
    one.set_defaults(isolation="none", counters=None, summary=False, watchdog=None)
    add = one.add_argument
    add("--machine", choices=("arm64", "x86-svm"), default="arm64")
    add("--cpu", choices=CPU_MODELS, default="neoverse-n1", metavar="MODEL", help="one of " + ", ".join(CPU_MODELS))
    add("--gic", choices=("2", "3"), default="3", help="interrupt controller")
    add("--cpus", type=cli.whole_number(1, CORES_MAX), default=1, metavar="N")
    add("--numa", type=cli.whole_number(1, NUMA_NODES_MAX), default=1, metavar="N", help="NUMA nodes")
    add("--memory", type=cli.size, default=512 * MIB, metavar="SIZE", help="of the machine, such as 512M")
    add("--env", type=cli.environment, action="append", default=[], metavar="K=V")
    add("--file", type=cli.file_argument, action="append", default=[], metavar="HOST_PATH[:NAME]")
    add("--out", type=cli.out_directory, metavar="DIR", help="brings back files the program created or changed")
    add("--timeout", type=cli.seconds, default=120.0, metavar="S")
    add("--deterministic", action="store_true", help="instruction-counted time; standard input only from a file")
    add("--append", default="", metavar="WORDS", help="more of the kernel's command line")
    add("--log", metavar="FILE", help="where consoles and kernel logs go")
    return one


def command(words):
    split = words.index("--") if "--" in words else len(words)
    options = parser().parse_args(words[:split])
    options.program = words[split + 1 :]
    if not options.program:
        raise UsageError(f"A program is missing: {USAGE}.")
    return run(options, build_node)


def main():
    try:
        return command(sys.argv[1:])
    except UsageError as error:
        print(f"linux-run: {error}", file=sys.stderr)
        return EXIT_USAGE
    except OSError as error:
        print(f"linux-run: {error.filename or ''}: {error.strerror}", file=sys.stderr)
        return EXIT_SOFTWARE
