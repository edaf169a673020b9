# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What languages and libraries make of threads, timers and signals (tests/programs/runtime): the same on the LWK as on Linux."""

import pytest
from batch import Batch
from support import PROGRAMS

NAMES = ["pthreads", "malloc16", "sigev_thread", "cpp_threads", "cpp_exceptions", "fortran", "openmp"]


def openmp(threads, **settings):
    return [f"OMP_NUM_THREADS={threads}", *(f"{name}={value}" for name, value in settings.items()), "./openmp"]


PLAIN = [["./pthreads"], ["./malloc16"], ["./sigev_thread"], ["./cpp_threads"], ["./cpp_exceptions"], ["./cpp_exceptions", "uncaught"]]
PLAIN += [["OMP_NUM_THREADS=3", "./fortran"]]
OPENMP = [openmp(threads) for threads in (1, 2, 4, 8)]
OPENMP += [openmp(4, OMP_PROC_BIND=bind, OMP_PLACES=places) for bind in ("close", "spread", "true") for places in ("cores", "threads")]
OPENMP += [
    openmp(2, OMP_PROC_BIND="close", OMP_PLACES="{0}"),
    openmp(4, OMP_CANCELLATION="true", OMP_WAIT_POLICY="passive"),
    openmp(3, OMP_SCHEDULE="dynamic,2", OMP_STACKSIZE="16M", OMP_DYNAMIC="false"),
]


@pytest.mark.parametrize("isolation", ["full", "none"])
@pytest.mark.parametrize("cpus", [1, 2, 4])
def test_runtimes(node, linux, isolation, cpus):
    batch = Batch(PLAIN + OPENMP, {name: PROGRAMS / "runtime" / name for name in NAMES})
    machine = ["--cpus", cpus, "--memory", "512M", "--timeout", "380"]
    expected = batch.on_linux(linux, machine)
    got = batch.run(node, ["--isolation", isolation, *machine])
    problems = batch.compare(expected, got)
    assert not problems, "\n".join(problems)
