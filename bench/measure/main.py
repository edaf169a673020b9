# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs all measurements twice, compares, writes the report."""

import argparse
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bulkhead_node.common import BUILD, TREE, UsageError

from . import boot, figures, noise, report, size, stream
from .images import Images, fingerprint

MACHINES = (("neoverse-n1", 3), ("neoverse-n1", 2), ("cortex-a53", 3), ("a64fx", 3))
RUNS = 2
AT_ONCE = 2  # emulators
OUTPUT = BUILD / "bench/arm64.json"
EXPECTED = TREE / "bench/expected.json"
GUARDED = ("id_get", "psci_version", "run", "direct")


def arguments():
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the report, JSON")
    parser.add_argument("--expect", action="store_true", help="records what tests/system/test_bench.py guards")
    parser.add_argument("--profile", metavar="FIGURE", help="only shows which functions an operation spends at EL2")
    return parser.parse_args()


def measure_all(images, pieces, log_dir):
    """All that is executed, once; the emulators run side by side."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        machines = [pool.submit(figures.measure, images, pieces, log_dir, cpu, gic) for cpu, gic in MACHINES]
        others = {
            "stream": pool.submit(stream.measure, log_dir),
            "boot": pool.submit(boot.measure, images, log_dir),
            "noise": pool.submit(noise.measure, images, log_dir),
        }
        parts = {"machines": [future.result() for future in machines]}
        return parts | {name: future.result() for name, future in others.items()}


def expected_of(parts):
    """What the regression test compares with."""
    return {
        f"{machine['cpu']}-gicv{machine['gic']}": {name: machine["figures"][name]["total"] for name in GUARDED}
        for machine in parts["machines"]
    }


def show_profile(images, log_dir, name):
    cpu, gic = MACHINES[0]
    for function, count in figures.profile_of(images, log_dir, cpu, gic, name).items():
        print(f"{count:6} {function}")


def bench(options):
    log_dir = options.output.parent / "log"
    log_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
        images = Images.copy(directory)
        if options.profile:
            show_profile(images, log_dir, options.profile)
            return 0
        pieces = images.pieces()
        sizes = size.measure(pieces)
        before = fingerprint()
        results = [measure_all(images, pieces, log_dir) for _ in range(RUNS)]
        if fingerprint() != before:
            raise UsageError("Something was built while it was measured; repeat it.")
    parts = results[0] | {"size": sizes}
    done = report.complete(parts, report.differences(*results))
    options.output.write_text(json.dumps(done, indent=1) + "\n")
    if options.expect:
        EXPECTED.write_text(json.dumps(expected_of(parts), indent=1) + "\n")
    print(report.table(done), end="")
    print(f"all of it: {options.output}")
    return 0 if done["repeatable"] and done["counter_and_trace_agree"] else 1


def main():
    try:
        return bench(arguments())
    except UsageError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 70
