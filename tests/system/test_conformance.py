# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Each system call of the LWK's table answers as Linux does, errors included, but for what docs/linux-abi.md says.

tests/programs/conform runs a process a group of calls, all in one boot, and prints a line a check. What Linux prints is asked of
Debian's kernel and kept under build/ for as long as the binary is the same.
"""

import re

import pytest
from batch import kept
from bulkhead_node.common import BUILD
from support import TREE

SOURCES = TREE / "tests/programs/conform"
DOCUMENT = TREE / "docs/linux-abi.md"
MACHINES = {"arm64": ["--cpus", "2"], "x86": ["--machine", "x86-svm", "--cpus", "2", "--memory", "512M", "--timeout", "800"]}
LIMIT = 900


def program(architecture):
    return BUILD / architecture / "programs/conform"


def expected(linux, architecture):
    """What the checks print on Linux."""

    def ask():
        result = linux(program(architecture), options=MACHINES[architecture], limit=LIMIT)
        assert result.status == 0, result
        return result.stdout

    return kept([program(architecture).read_bytes()], ask).decode()


def groups(output):
    """The lines of each group."""
    found = {}
    for line in output.splitlines():
        start = re.fullmatch(r"== (\w+)", line)
        if start:
            lines = found[start[1]] = []
        elif found:
            lines.append(line)
    return found


class Difference:
    """A line of the document: `group: check => result of the LWK`, with * for anything."""

    def __init__(self, text):
        self.text = text
        match = re.fullmatch(r"(\w+): (.+) => (.+)", text)
        assert match, f"{DOCUMENT.name}: {text}"
        self.group, pattern, self.result = match.groups()
        self.pattern = re.compile(re.escape(pattern).replace(r"\*", ".*"))
        self.used = False

    def allows(self, group, linux, lwk):
        check, _, _ = linux.rpartition(": ")
        if group != self.group or not self.pattern.fullmatch(check or linux):
            return False
        self.used = self.used or linux != lwk
        return lwk == (f"{check}: {self.result}" if check else self.result)


def documented():
    """The differences that are meant, from the blocks of the document that are marked so."""
    blocks = re.findall(r"^```differences\n(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [Difference(line) for line in lines if line and not line.startswith("#")]


def compare(linux, lwk, differences):
    """What differs and is not documented, as lines of text."""
    problems = []
    for group, wanted in linux.items():
        got = lwk.get(group, [])
        for index, line in enumerate(wanted):
            answer = got[index] if index < len(got) else "(nothing)"
            if line != answer and not any(d.allows(group, line, answer) for d in differences):
                problems.append(f"{group}: {line}\n    the LWK: {answer}")
        problems += [f"{group}: the LWK goes on: {line}" for line in got[len(wanted) :]]
    return problems


@pytest.mark.parametrize("architecture, isolation", [("arm64", "full"), ("arm64", "none"), ("x86", "full")])
def test_calls_answer_as_on_linux(node, linux, architecture, isolation):
    options = ["--isolation", isolation, "--memory", "512M", *MACHINES[architecture]]
    result = node(program(architecture), options=options, limit=LIMIT)
    assert result.status == 0, result
    differences = documented()
    problems = compare(groups(expected(linux, architecture)), groups(result.stdout.decode()), differences)
    problems += [f"documented, but as on Linux: {d.text}" for d in differences if not d.used]
    assert not problems, "\n".join(problems)


def registered_calls():
    """Names of the calls that have a handler."""
    records = re.compile(r"^SYSCALL(?:_AS)?\(NR_(\w+),", re.MULTILINE)
    return {name for path in (TREE / "lwk").rglob("*.c") for name in records.findall(path.read_text())}


def covered_calls():
    """Names of the calls that the groups say they check."""
    found = set()
    for path in SOURCES.rglob("*.c"):
        for strings in re.findall(r"^CONFORM\(\w+,\s*((?:\"[^\"]*\"\s*)+)\)", path.read_text(), re.MULTILINE):
            found.update("".join(re.findall(r'"([^"]*)"', strings)).split())
    return found


def test_every_call_has_checks():
    # the LWK's own call starts every group
    assert registered_calls() - covered_calls() == {"spawn"}


def test_every_call_is_documented():
    assert registered_calls() <= set(re.findall(r"`(\w+)`", DOCUMENT.read_text()))
