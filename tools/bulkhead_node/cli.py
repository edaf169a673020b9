# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The command line of ./node: every kind of wrong usage is one clear sentence and exit status 64."""

import argparse
import math
import os
import re
import sys

from .common import BLOCK, EXIT_SOFTWARE, EXIT_USAGE, GIB, KIB, MIB, UsageError, round_up, size_text
from .machine import CORES_MAX, CPU_MODELS, NUMA_NODES_MAX, RASPI_MEMORY
from . import host, isolation
from .host_run import run_host
from .login_run import run_login
from .run import run
from .shell import LOGIN_MEMORY, NODE_MEMORY, shell

MEMORY_MIN = 16 * MIB
NAME_MAX = 255  # bytes of a file's name
UNITS = {"K": KIB, "M": MIB, "G": GIB}
DESCRIPTION = "Starts an emulated node and runs a static Linux program in an isolated enclave on it."


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise UsageError(message[0].upper() + message[1:] + ".")


def size(text):
    match = re.fullmatch(r"([0-9]{1,12})([KMG])", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 256M")
    value = round_up(int(match[1]) * UNITS[match[2]], BLOCK)
    host = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if not MEMORY_MIN <= value <= host:
        limits = f"{size_text(MEMORY_MIN)} to {host // MIB}M"
        raise argparse.ArgumentTypeError(f"{text} is not within {limits}, what the LWK needs and this machine has")
    return value


def seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not (0 < value < math.inf):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value


def whole_number(low, high):
    def parse(text):
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low} to {high}")
        return int(text)

    return parse


def environment(text):
    if not re.fullmatch(r"[^=]+=.*", text, re.DOTALL):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return text


def file_argument(text):
    """HOST_PATH[:NAME]; the longest part in front of a colon that is a file is the path."""
    path, name = text, os.path.basename(text)
    at = len(text)
    while not os.path.exists(path):
        at = text.rfind(":", 0, at)
        if at < 0:
            raise argparse.ArgumentTypeError(f"there is no file {text.partition(':')[0]}")
        path, name = text[:at], text[at + 1 :]
    if not os.path.isfile(path):
        raise argparse.ArgumentTypeError(f"{path} is not a regular file")
    if not os.access(path, os.R_OK):
        raise argparse.ArgumentTypeError(f"{path} cannot be read")
    if name in ("", ".", "..") or "/" in name or len(os.fsencode(name)) > NAME_MAX:
        raise argparse.ArgumentTypeError(f"{name!r} is no name for a file in the working directory")
    return name, path


def out_directory(text):
    if os.path.exists(text) and not os.path.isdir(text):
        raise argparse.ArgumentTypeError(f"{text} is not a directory")
    try:
        os.makedirs(text, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text} cannot be made: {error.strerror}") from None
    if not os.access(text, os.W_OK | os.X_OK):
        raise argparse.ArgumentTypeError(f"{text} cannot be written to")
    return text


def output_file(text):
    try:
        return open(text, "w", encoding="utf-8")
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text} cannot be written: {error.strerror}") from None


def run_parser():
    parser = Parser(prog="./node run", usage="./node run [options] -- PROGRAM [ARGS...]", allow_abbrev=False)
    add = parser.add_argument
    add("--machine", choices=("arm64", "x86-svm", "x86-vmx"), default="arm64")
    add("--board", choices=("virt", "raspi3b"), default="virt")
    add("--cpu", choices=CPU_MODELS, metavar="MODEL", help="one of " + ", ".join(CPU_MODELS))
    add("--gic", choices=("2", "3"), help="interrupt controller, of the board virt")
    add("--isolation", default="full", help="full, or none: the same kernel on the bare machine; x86: virt, or a list of features, too")
    add("--cpus", type=whole_number(1, CORES_MAX), default=1, metavar="N")
    add("--numa", type=whole_number(1, NUMA_NODES_MAX), default=1, metavar="N", help="NUMA nodes")
    add("--memory", type=size, metavar="SIZE", help="of the enclave, such as 256M")
    add("--env", type=environment, action="append", default=[], metavar="K=V")
    add("--file", type=file_argument, action="append", default=[], metavar="HOST_PATH[:NAME]")
    add("--out", type=out_directory, metavar="DIR", help="brings back files the program created or changed")
    add("--timeout", type=seconds, default=120.0, metavar="S")
    add("--tick", type=whole_number(1, 10000), metavar="HZ", help="a timer tick, for measurements")
    add("--watchdog", type=whole_number(1, 86400), metavar="S", help="ends a node that makes no progress for that long")
    add("--deterministic", action="store_true", help="instruction-counted time; standard input only from a file")
    add("--counters", type=output_file, metavar="FILE.json")
    add("--login", action="store_true", help="started by `bulkhead run` in the login VM")
    add("--summary", action="store_true", help="says afterwards how the VM ran")
    add("--log", metavar="FILE", help="where consoles and kernel logs go")
    return parser


def check_host_run(options):
    """Of x86 nodes."""
    try:
        isolation.features(options.isolation)
    except ValueError:
        raise UsageError(f"--isolation is {isolation.WORDS}, not {options.isolation}.") from None
    if options.board != "virt" or options.cpu or options.gic:
        raise UsageError(f"--board, --cpu and --gic are not for --machine {options.machine}.")
    nodes = host.NUMA_NODES[options.machine]
    if options.numa > nodes:
        raise UsageError(f"A node of --machine {options.machine} has {nodes} NUMA node{'s'[nodes == 1 :]}, not {options.numa}.")


def check_options(options):
    """What belongs together."""
    if options.machine != "arm64":
        check_host_run(options)
    elif options.isolation not in ("full", "none"):
        raise UsageError(f"On arm64 --isolation is full or none, not {options.isolation}.")
    if options.board == "raspi3b":
        if options.isolation != "none":
            raise UsageError("The board raspi3b runs the LWK alone: add --isolation none.")
        if options.gic:
            raise UsageError("The board raspi3b has no GIC: leave --gic away.")
        if options.numa > 1:
            raise UsageError("The board raspi3b is one NUMA node: leave --numa away.")
        if options.memory not in (None, RASPI_MEMORY):
            raise UsageError(f"The board raspi3b has {size_text(RASPI_MEMORY)} of memory: leave --memory away.")
        options.memory = RASPI_MEMORY
    options.memory = round_up(options.memory or 256 * MIB, options.numa * BLOCK)
    options.cpu = options.cpu or ("cortex-a53" if options.board == "raspi3b" else "neoverse-n1")
    options.gic = int(options.gic or 3)
    names = [name for name, _ in options.file]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"Two files are called {name} in the working directory.")
    options.files = dict(options.file)


def parse_run(words):
    if "--" not in words and not {"-h", "--help"} & set(words):
        raise UsageError("A program is missing: ./node run [options] -- PROGRAM [ARGS...].")
    split = words.index("--") if "--" in words else len(words)
    options = run_parser().parse_args(words[:split])
    options.program = words[split + 1 :]
    if not options.program:
        raise UsageError("There is no program behind the '--'.")
    check_options(options)
    return options


def shell_parser():
    parser = Parser(prog="./node shell", usage="./node shell [options] [-- COMMAND...]", allow_abbrev=False)
    add = parser.add_argument
    add("--machine", choices=("arm64", *host.MACHINES), default="arm64")
    add("--cpu", choices=CPU_MODELS, default="neoverse-n1", metavar="MODEL", help="one of " + ", ".join(CPU_MODELS))
    add("--gic", choices=("2", "3"), default="3", help="interrupt controller")
    add("--cpus", type=whole_number(1, CORES_MAX), default=4, metavar="N", help="cores of the node")
    add("--login-cpus", type=whole_number(1, CORES_MAX), default=1, metavar="N", help="of them for the login VM")
    add("--memory", type=size, default=LOGIN_MEMORY, metavar="SIZE", help="of the login VM")
    add("--node-memory", type=size, default=NODE_MEMORY, metavar="SIZE", help="of the whole node")
    add("--disk", metavar="FILE", help="image of the disk; default: an empty one, thrown away afterwards")
    add("--append", default="", metavar="WORDS", help="more of Linux's command line")
    add("--forward", action="store_true", help="device interrupts go to Linux by way of the primary, for comparison")
    add("--watchdog", type=whole_number(0, 65535), metavar="S", help="ends a Linux that answers nothing for that long; 0: never; default: 60")
    add("--bare", action="store_true", help="the same Linux on the bare machine, for comparison")
    add("--deterministic", action="store_true", help="instruction-counted time")
    add("--timeout", type=seconds, metavar="S", help="default: none")
    add("--log", metavar="FILE", help="where the emulator's messages and the hypervisor's log go")
    return parser


HOST_OPTIONS = {
    "x86-svm": ("--machine", "--cpus", "--node-memory", "--disk", "--append", "--timeout", "--log"),
    "x86-vmx": ("--machine", "--cpus", "--node-memory", "--append", "--timeout", "--log"),
}


def check_host(options, words):
    """Of x86 nodes, whose Linux has the whole machine."""
    for word in words:
        name = word.partition("=")[0]
        if name.startswith("--") and name not in HOST_OPTIONS[options.machine]:
            raise UsageError(f"{name} is not for --machine {options.machine}.")
    nodes = host.NUMA_NODES[options.machine]
    options.numa = nodes if options.cpus % nodes == 0 else 1
    return options


def parse_shell(words):
    split = words.index("--") if "--" in words else len(words)
    options = shell_parser().parse_args(words[:split])
    options.program = words[split + 1 :]
    if options.machine != "arm64":
        return check_host(options, words[:split])
    if options.login_cpus > options.cpus:
        raise UsageError(f"--login-cpus {options.login_cpus} are more than the node's {options.cpus} cores.")
    if options.forward and options.gic == "2":
        raise UsageError("--forward needs --gic 3: the emulated GICv2 ends an interrupt on the core that took it only.")
    if options.memory > options.node_memory:
        raise UsageError(f"--memory {size_text(options.memory)} is more than the node's --node-memory.")
    return options


def command(words):
    if not words:
        raise UsageError("Say what to do: ./node run [options] -- PROGRAM [ARGS...].")
    if words[0] in ("-h", "--help"):
        print(DESCRIPTION + " See ./node run --help.")
        return 0
    if words[0] == "run":
        options = parse_run(words[1:])
        if options.machine != "arm64":
            return run_host(options)
        return run_login(options) if options.login else run(options)
    if words[0] == "shell":
        options = parse_shell(words[1:])
        return shell(options) if options.machine == "arm64" else host.shell(options)
    raise UsageError(f"./node cannot {words[0]}; it can run and shell.")


def main():
    try:
        return command(sys.argv[1:])
    except UsageError as error:
        print(f"node: {error}", file=sys.stderr)
        return EXIT_USAGE
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        print(f"node: {what}{error.strerror}. Should something be missing, make setup installs it.", file=sys.stderr)
        return EXIT_SOFTWARE
