# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Many commands in one boot: the program `each` runs them one after the other; what they print is compared with Linux."""

import fcntl
import hashlib
import re

from support import PROGRAMS, TREE

EACH = PROGRAMS / "each"


def kept(parts, make):
    """What make() gives, kept under build/ for as long as the parts (bytes) are the same; one process makes it."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    path = TREE / "build/linux" / f"{digest.hexdigest()[:16]}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_suffix(".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            path.write_bytes(make())
    return path.read_bytes()


class Batch:
    """Commands as lists of words (see tests/programs/each.c), and the files they need, by name."""

    def __init__(self, commands, files, each=EACH, limit=400):
        self.commands = commands
        self.files = files
        self.each = each  # that program, for the machine
        self.limit = limit  # seconds

    def run(self, runner, options):
        words = []
        for command in self.commands:
            words += ["--", *command]
        files = [word for name, path in self.files.items() for word in ("--file", f"{path}:{name}")]
        result = runner(self.each, *words[1:], options=[*options, *files], limit=self.limit)
        assert result.status == 0, result
        return result.stdout

    def on_linux(self, linux, options):
        parts = [self.each.read_bytes(), repr((self.commands, list(map(str, options)))).encode()]
        parts += [data for name, path in self.files.items() for data in (name.encode(), path.read_bytes())]
        return kept(parts, lambda: self.run(linux, options))

    def compare(self, expected, got):
        """What differs, as lines of text, command by command."""
        wanted, answers = split(expected), split(got)
        problems = []
        assert len(wanted) == len(self.commands), expected.decode(errors="replace")
        for index, command in enumerate(self.commands):
            answer = answers[index] if index < len(answers) else b"(nothing)"
            if wanted[index] != answer:
                problems.append(f"{' '.join(command)}\n  Linux: {text(wanted[index])}\n  LWK:   {text(answer)}")
        return problems


def split(output):
    """The output of each command, with the line that says how it ended."""
    return re.findall(rb"^== [^\n:]+\n(.*?^== [^\n]+: [^\n]+\n)", output, re.MULTILINE | re.DOTALL)


def text(output):
    return output.decode(errors="replace")[-1500:]
