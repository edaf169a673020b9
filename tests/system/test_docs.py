# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the documentation names is there: tests, and files of the tree."""

import re

import pytest
from support import TREE

PAGES = sorted([*TREE.glob("docs/*.md"), TREE / "README.md"])
TOP = "bench cli docs hv include lib linux lwk tests tools user".split()
LAST_COLUMN = ("test", "tests", "tested by", "shown by")


def names_in(pattern, regex):
    return {name for path in TREE.glob(pattern) for name in re.findall(regex, path.read_text(errors="replace"), re.MULTILINE)}


def known_tests():
    """Of every layer: guests' by the name that they register under, functions of pytest and cmocka, files, targets of make."""
    files = {path.name for path in TREE.glob("tests/**/*.py")} | {path.stem for path in TREE.glob("tests/unit/test_*.c")}
    functions = names_in("tests/**/*.py", r"^def (test_\w+)\(") | names_in("tests/unit/*.c", r"^static void (test_\w+)\(")
    targets = {f"make {name}" for name in names_in("Makefile", r"^([\w-]+):")}
    targets |= {f"make {path.stem.replace('_', '-')}" for path in TREE.glob("tests/fuzz/fuzz_*.c")}
    return files | functions | names_in("tests/guest/*.c", r"^GUEST_TEST\((\w+)\)") | targets


def words(text):
    return re.findall(r"`([^`\n]+)`", text)


def rows(text):
    """Of all tables: the header's last cell, and a row's."""
    header, previous = "", ""
    for line in text.splitlines():
        if re.match(r"^\|[-|: ]+\|$", line):
            header = previous
        elif line.startswith("|") and header:
            yield header.strip("| ").split("|")[-1].strip(), line.strip("| ").split("|")[-1]
        else:
            header = ""
        previous = line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_tests_that_are_named_exist(page):
    text = page.read_text()
    named = {word for word in words(text) if re.fullmatch(r"test_\w+(\.py)?", word)}
    named |= {word for header, cell in rows(text) if header in LAST_COLUMN for word in words(cell)}
    assert not sorted(named - known_tests())


def test_threats_and_privileges_have_tests():
    """No row of these tables goes without one."""
    for name in ("threat-model.md", "abi-arm64.md", "login-vm.md"):
        for header, cell in rows((TREE / "docs" / name).read_text()):
            assert header not in LAST_COLUMN or words(cell), f"{name}: {cell}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_that_are_named_exist(page):
    for word in words(page.read_text()):
        if re.fullmatch(rf"(?:{'|'.join(TOP)})/[\w./-]+", word):
            assert (TREE / word).exists(), word
