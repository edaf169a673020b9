# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The boot-time manifest: what exists on a node, as device-tree source in the FF-A partition binding."""

import subprocess

from .common import UsageError


def cells(value):
    """A 64-bit number as two cells."""
    return f"<{value >> 32:#x} {value & 0xffffffff:#x}>"


def string(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def partition(vm):
    """The node of one VM (bulkhead_node.node.VM)."""
    lines = [
        'compatible = "arm,ffa-manifest-1.0";',
        "ffa-version = <0x00010001>;",
        f"uuid = <0xb0140ead 0x0 0x0 {vm.id:#x}>;",
        f"id = <{vm.id}>;",
        f"execution-ctx-count = <{vm.vcpus}>;",
        f"bulkhead,role = {string(vm.role)};",
        f"bulkhead,memory-size = {cells(vm.memory)};",
        f"bulkhead,image = {string(vm.image_name)};",
        f"bulkhead,bootargs = {string(vm.bootargs)};",
    ]
    if vm.numa > 1:
        lines.append(f"bulkhead,numa-nodes = <{vm.numa}>;")
    if vm.ramdisk:
        lines.append(f"bulkhead,ramdisk = {string(vm.ramdisk_name)};")
    if vm.load_address is not None:
        lines.append(f"load-address = {cells(vm.load_address)};")
    if vm.role == "primary" if vm.console is None else vm.console:
        lines.append("bulkhead,console;")
    if vm.functions:
        lines.append(f"bulkhead,pci-functions = <{' '.join(map(hex, vm.functions))}>;")
    if vm.forward:
        lines.append("bulkhead,forward-interrupts;")
    if vm.role != "primary":
        lines.append(
            'memory-regions { compatible = "arm,ffa-manifest-memory-regions"; '
            "stream { pages-count = <64>; attributes = <3>; bulkhead,owner = <1>; }; };"
        )
    lines += vm.extra
    return f"\tvm{vm.id} {{\n" + "".join(f"\t\t{line}\n" for line in lines) + "\t};\n"


def source(vms):
    """Device-tree source for a node with these VMs."""
    return '/dts-v1/;\n/ {\n\tcompatible = "bulkhead,manifest-1";\n' + "".join(map(partition, vms)) + "};\n"


def compile_source(text):
    """The device tree blob; raises UsageError with dtc's words when the text is wrong."""
    command = ["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", "-", "-"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    if done.returncode != 0:
        raise UsageError(f"The manifest does not compile: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
