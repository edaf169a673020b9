# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Wrong usage: one clear sentence on stderr, exit status 64, nothing on stdout, no emulator started."""

import struct
import subprocess

import pytest
from support import BUSYBOX, NODE

SENTENCE_MAX = 300


def check_usage(words, part):
    done = subprocess.run([NODE, *map(str, words)], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 64, done
    assert done.stdout == ""
    assert part in done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("node: ") and lines[0].endswith("."), done.stderr
    assert len(lines[0]) < SENTENCE_MAX


@pytest.mark.parametrize(
    "words, part",
    [
        ([], "Say what to do"),
        (["dance"], "cannot dance"),
        (["run"], "program is missing"),
        (["run", "--"], "no program behind"),
        (["run", "--bogus", "--", "x"], "--bogus"),
        (["run", "--machine", "vax", "--", "x"], "--machine"),
        (["run", "--machine", "x86-svm", "--isolation", "walls", "--", "x"], "--isolation is full, none, virt"),
        (["run", "--machine", "x86-vmx", "--isolation", "mem,", "--", "x"], "--isolation is full, none, virt"),
        (["shell", "--machine", "x86-vmx", "--append", "x" * 2048], "longer than 2047 bytes"),
        (["run", "--login", "--numa", "2", "--", "x"], "leave --numa away"),
        (["run", "--login", "--isolation", "none", "--", "x"], "leave --isolation away"),
        (["run", "--board", "pdp11", "--", "x"], "--board"),
        (["run", "--cpu", "z80", "--", "x"], "--cpu"),
        (["run", "--gic", "4", "--", "x"], "--gic"),
        (["run", "--gic", "2", "--cpus", "9", "--", "x"], "GICv2"),
        (["run", "--gic", "2", "--cpu", "a64fx", "--", "x"], "a64fx"),
        (["run", "--isolation", "virt", "--", "x"], "--isolation"),
        (["run", "--isolation", "mem,io", "--", "x"], "--isolation"),
        (["run", "--cpus", "0", "--", "x"], "--cpus"),
        (["run", "--cpus", "33", "--", "x"], "--cpus"),
        (["run", "--cpus", "two", "--", "x"], "--cpus"),
        (["run", "--cpus"], "program is missing"),
        (["run", "--cpus", "--", "x"], "--cpus"),
        (["run", "--memory", "256", "--", "x"], "--memory"),
        (["run", "--memory", "1M", "--", "x"], "--memory"),
        (["run", "--memory", "9999999G", "--", "x"], "--memory"),
        (["run", "--memory", "-1M", "--", "x"], "--memory"),
        (["run", "--env", "NOVALUE", "--", "x"], "--env"),
        (["run", "--env", "=x", "--", "x"], "--env"),
        (["run", "--file", "/no/such/file", "--", "x"], "--file"),
        (["run", "--file", "/etc", "--", "x"], "--file"),
        (["run", "--file", "/etc/passwd:a/b", "--", "x"], "--file"),
        (["run", "--file", "/etc/passwd:..", "--", "x"], "--file"),
        (["run", "--file", "/etc/passwd:", "--", "x"], "--file"),
        (["run", "--file", "/etc/passwd", "--file", "/etc/group:passwd", "--", "x"], "passwd"),
        (["run", "--out", "/etc/passwd", "--", "x"], "--out"),
        (["run", "--timeout", "0", "--", "x"], "--timeout"),
        (["run", "--timeout", "soon", "--", "x"], "--timeout"),
        (["run", "--timeout", "nan", "--", "x"], "--timeout"),
        (["run", "--tick", "0", "--", "x"], "--tick"),
        (["run", "--counters", "/no/such/dir/file.json", "--", "x"], "--counters"),
        (["run", "--board", "raspi3b", "--", "x"], "raspi3b"),
        (["run", "--board", "raspi3b", "--isolation", "none", "--gic", "3", "--", "x"], "raspi3b"),
        (["run", "--board", "raspi3b", "--isolation", "none", "--cpus", "5", "--", "x"], "raspi3b"),
        (["run", "--board", "raspi3b", "--isolation", "none", "--cpu", "a64fx", "--", "x"], "raspi3b"),
        (["run", "--board", "raspi3b", "--isolation", "none", "--memory", "256M", "--", "x"], "raspi3b"),
        (["run", "--", "/no/such/program"], "/no/such/program"),
        (["run", "--", "/etc"], "regular file"),
        (["run", "--", "/dev/null"], "regular file"),
        (["run", "--", "/bin/sh"], "x86-64"),
        (["run", "--", "/etc/passwd"], "not an ELF"),
    ],
)
def test_wrong_words(words, part):
    check_usage(words, part)


def busybox_image():
    return bytearray(BUSYBOX.read_bytes())


def program_file(tmp_path, image):
    path = tmp_path / "program"
    path.write_bytes(image)
    return path


@pytest.mark.parametrize("size", [0, 3, 16, 63, 64, 100, 4096, "half", "all but one"])
def test_truncated_program(tmp_path, size):
    image = busybox_image()
    cut = {"half": len(image) // 2, "all but one": len(image) - 1}.get(size, size)
    part = "not an ELF" if cut < 4 else "truncated"
    check_usage(["run", "--", program_file(tmp_path, image[:cut])], part)


def test_wrong_architecture_by_header(tmp_path):
    image = busybox_image()
    struct.pack_into("<H", image, 18, 243)
    check_usage(["run", "--", program_file(tmp_path, image)], "RISC-V")


def test_relocatable_object_is_no_program(tmp_path):
    image = busybox_image()
    struct.pack_into("<H", image, 16, 1)
    check_usage(["run", "--", program_file(tmp_path, image)], "not a program")


def test_dynamic_program(tmp_path):
    source = tmp_path / "hello.c"
    source.write_text("int main(void) { return 0; }\n")
    program = tmp_path / "hello"
    subprocess.run(["aarch64-linux-gnu-gcc", source, "-o", program], check=True)
    check_usage(["run", "--", program], "dynamic")


def test_program_larger_than_memory(tmp_path):
    source = tmp_path / "large.c"
    source.write_text("static char area[300 << 20]; int main(int c, char **v) { return area[c]; }\n")
    program = tmp_path / "large"
    subprocess.run(["aarch64-linux-gnu-gcc", "-static", source, "-o", program], check=True)
    check_usage(["run", "--memory", "256M", "--", program], "--memory gives 256M")


def test_files_larger_than_memory(tmp_path):
    data = tmp_path / "data"
    with open(data, "wb") as file:
        file.truncate(80 << 20)
    check_usage(["run", "--memory", "64M", "--file", data, "--", BUSYBOX, "true"], "--memory gives 64M")


def test_out_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    check_usage(["run", "--out", tmp_path / "file/dir", "--", BUSYBOX, "true"], "--out")
