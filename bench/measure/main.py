# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs all measurements, nearly all of them twice, compares, writes the report."""

import argparse
import json
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bulkhead_node.common import BUILD, TREE, UsageError

from . import boot, costs, figures, login, noise, plot, programs, report, results, selfish, size, x86_report
from .images import Images, fingerprint

MACHINES = (("neoverse-n1", 3), ("neoverse-n1", 2), ("cortex-a53", 3), ("a64fx", 3))
RUNS = 2
AT_ONCE = 2  # emulators
OUTPUT = BUILD / "bench/arm64.json"
EXPECTED = TREE / "bench/expected.json"
RESULTS = TREE / "docs/results-arm64.md"
GUARDED = ("id_get", "psci_version", "run", "direct")
GUARDED_COSTS = ("null", "futex_wake", "clock_gettime", "handoff")


def arguments():
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument("--machine", choices=("arm64", "x86"), default="arm64")
    parser.add_argument("--output", type=Path, help="the report, JSON")
    parser.add_argument("--expect", action="store_true", help="records what tests/system/test_bench.py guards")
    parser.add_argument("--docs", action="store_true", help="writes docs/results-MACHINE.md and its plots anew")
    parts = {"arm64": PARTS, "x86": x86_report.PARTS}
    parser.add_argument("--only", metavar="PART", help="one of " + "; ".join(f"{name}: {', '.join(parts[name])}" for name in parts) + "; once, no report")
    parser.add_argument("--profile", metavar="FIGURE", help="only shows which functions an operation spends at EL2")
    options = parser.parse_args()
    if options.only and options.only not in parts[options.machine]:
        parser.error(f"--only {options.only} is not for --machine {options.machine}")
    if options.machine != "arm64" and (options.expect or options.profile):
        parser.error("--expect and --profile are for --machine arm64")
    return options


def gather(futures):
    """The same with results: of a dict or list of futures, at any depth."""
    if isinstance(futures, dict):
        return {name: gather(value) for name, value in futures.items()}
    if isinstance(futures, list):
        return [gather(value) for value in futures]
    return futures.result()


def start_machines(pool, images, pieces, log_dir):
    return [pool.submit(figures.measure, images, pieces, log_dir, cpu, gic) for cpu, gic in MACHINES]


def start_selfish(pool, _images, _pieces, log_dir):
    return {run.name: pool.submit(selfish.observe, log_dir, run) for run in selfish.RUNS}


PARTS = {
    "machines": start_machines,
    "programs": lambda pool, images, pieces, log_dir: pool.submit(programs.measure, log_dir),
    "costs": lambda pool, images, pieces, log_dir: pool.submit(costs.measure, log_dir),
    "boot": lambda pool, images, pieces, log_dir: pool.submit(boot.measure, images, log_dir),
    "login": lambda pool, images, pieces, log_dir: pool.submit(login.measure, log_dir),
    "noise": lambda pool, images, pieces, log_dir: pool.submit(noise.measure, images, log_dir),
    "selfish": start_selfish,
}
TWICE = [name for name in PARTS if name != "selfish"]  # that takes minutes, and a shorter one is in make check


def measure(names, images, log_dir):
    """The parts called `names`, once; emulators run side by side."""
    pieces = images.pieces()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        parts = gather({name: PARTS[name](pool, images, pieces, log_dir) for name in names})
    if "selfish" in parts:
        parts["selfish"] = selfish.summary(parts["selfish"])
    return parts


def show_profile(images, log_dir, name):
    cpu, gic = MACHINES[0]
    for function, count in figures.profile_of(images, log_dir, cpu, gic, name).items():
        print(f"{count:6} {function}")


def measure_twice(images, log_dir):
    """All parts, and where the two runs differ."""
    before = fingerprint()
    first = measure(list(PARTS), images, log_dir)
    second = measure(TWICE, images, log_dir)
    if fingerprint() != before:
        raise UsageError("Something was built while it was measured; repeat it.")
    return first, report.differences({name: first[name] for name in TWICE}, second)


def expected_of(done):
    """What the regression tests compare with."""
    machines = {
        f"{machine['cpu']}-gicv{machine['gic']}": {name: machine["figures"][name]["total"] for name in GUARDED}
        for machine in done["machines"]
    }
    services = done["costs"]["figures"]
    return {
        "machines": machines,
        "costs": {name: max(services[name]["native"], services[name]["isolated"]) for name in GUARDED_COSTS},
        "size": size.totals(done["size"]),
    }


def write_all(done, options):
    """The report, the plot, and on request what lies in the tree."""
    options.output.write_text(json.dumps(done, indent=1) + "\n")
    plots = plot.draw(done, options.output.parent)
    if options.expect:
        EXPECTED.write_text(json.dumps(expected_of(done), indent=1) + "\n")
    if options.docs:
        RESULTS.write_text(results.page(done))
        shutil.copy(plots[-1], RESULTS.parent / results.PLOT)
    return plots


def bench(options):
    options.output = options.output or OUTPUT
    log_dir = options.output.parent / "log"
    log_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bulkhead-") as directory:
        images = Images.copy(directory)
        if options.profile:
            show_profile(images, log_dir, options.profile)
            return 0
        if options.only:
            print("\n".join(report.part_lines(options.only, measure([options.only], images, log_dir))))
            return 0
        sizes = size.measure(images.pieces())
        parts, differing = measure_twice(images, log_dir)
    done = report.complete(parts | {"size": sizes}, differing)
    plots = write_all(done, options)
    print(report.table(done), end="")
    print(f"all of it: {options.output}; plots: {', '.join(map(str, plots))}")
    return 0 if done["repeatable"] and done["counter_and_trace_agree"] else 1


def main():
    try:
        options = arguments()
        return x86_report.bench(options) if options.machine == "x86" else bench(options)
    except UsageError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 70
