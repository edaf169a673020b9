# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Several VMs on one node: on different cores, on one core, with vCPUs that wake each other; and the noise they see."""

import pytest
from bulkhead_node import fault
from bulkhead_node.emulator import End
from bulkhead_node.job import Job
from bulkhead_node.machine import Machine
from bulkhead_node.node import VM, Node
from bulkhead_node.wire import Channel
from support import BUSYBOX, PROGRAMS, STORE_OUTSIDE, image_of

MIB = 1 << 20
LOOP = 1000  # million instructions
QUANTA = (10_000, 20_000)  # microseconds


def job_vm(number, argv, **options):
    memory = options.pop("memory", 64 * MIB)
    job = Job([str(word) for word in argv], stdin=options.pop("stdin", b""))
    return VM(number, memory=memory, ramdisk=job.ramdisk(memory), **options)


def run_vms(log_dir, machine, vms, primary="", **settings):
    node = Node(machine, vms).add_primary(bootargs=primary)
    outcome = node.run(timeout=120, log_path=log_dir / "node.log", **settings)
    assert outcome.end == End.OFF, outcome.console[-3000:]
    return outcome


def exits(outcome, vm, reason=None):
    reports = outcome.events("counters", vm)
    assert reports, outcome.console[-3000:]
    return sum(sum(r["exits"].values()) if reason is None else r["exits"][reason] for r in reports)


def wait_status(outcome, vm):
    status = outcome.stream(vm, Channel.EXIT)
    assert len(status) == 4, outcome.console[-3000:]
    return int.from_bytes(status, "little")


@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("cores", [([0], [1]), ([1], [1]), ([0], [0])])
def test_two_secondaries(log_dir, cores, gic):
    vms = [job_vm(2 + i, [PROGRAMS / "hello", str(7 + i)], cores=on) for i, on in enumerate(cores)]
    outcome = run_vms(log_dir, Machine(cores=2, gic=gic), vms)
    for i in (0, 1):
        assert wait_status(outcome, 2 + i) == (7 + i) << 8, outcome.console[-3000:]
        assert outcome.stream(2 + i, Channel.STDOUT)
        assert outcome.events("end", 2 + i)[0]["cause"] == "off"


def test_input_reaches_the_right_vm(log_dir):
    vms = [job_vm(number, [BUSYBOX, "cat"], stdin=None, cores=[number - 2]) for number in (2, 3)]
    data = {2: b"two" * 30000, 3: b"three" * 30000}
    outcome = run_vms(log_dir, Machine(cores=2), vms, stdin=data)
    for number in (2, 3):
        assert outcome.stream(number, Channel.STDOUT) == data[number]


@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("vcpus, cores", [(4, [0, 1, 2, 3]), (2, [1, 1]), (3, [3, 0, 3])])
def test_vcpus_start_each_other(log_dir, vcpus, cores, gic):
    """The LWK in the VM brings up its other cores by PSCI and wakes them by SGIs."""
    vm = job_vm(2, [PROGRAMS / "hello"], vcpus=vcpus, cores=cores)
    outcome = run_vms(log_dir, Machine(cores=4, gic=gic), [vm])
    assert wait_status(outcome, 2) == 0
    assert len(outcome.events("counters", 2)) == vcpus
    assert all(report["runs"] > 0 for report in outcome.events("counters", 2))


def test_compute_loop_without_exits(log_dir):
    """10^9 instructions more, and not one exit more."""
    counted = {}
    for millions in (1, LOOP + 1):
        vm = job_vm(2, [PROGRAMS / "compute", str(millions)], cores=[1])
        outcome = run_vms(log_dir, Machine(cores=2, deterministic=True), [vm])
        assert wait_status(outcome, 2) == 0
        counted[millions] = exits(outcome, 2)
        counters = outcome.events("counters", 2)[0]
    assert counters["run_ticks"] > 0
    assert counted[LOOP + 1] == counted[1]


def test_vms_on_one_core_exit_at_their_quantum(log_dir):
    """Pre-emptions times quantum is the time for which both had work; doubling the quantum halves them."""
    preempted = []
    for quantum in QUANTA:
        vms = [job_vm(number, [PROGRAMS / "compute", "500"], cores=[1]) for number in (2, 3)]
        outcome = run_vms(log_dir, Machine(cores=2, deterministic=True), vms, primary=f"quantum={quantum}")
        counts = [exits(outcome, number, "preempt") for number in (2, 3)]
        info = outcome.events("end", 2)[0]
        seconds = info["runtime_ticks"] / info["counter_hz"]
        expected = seconds / 2 / (quantum * 1e-6)
        assert all(0.8 * expected - 3 <= count <= 1.2 * expected + 3 for count in counts), (counts, expected)
        preempted.append(sum(counts))
    assert preempted[0] == pytest.approx(2 * preempted[1], rel=0.1, abs=4)


def test_death_of_one_vm_leaves_the_other(log_dir):
    """A VM that leaves its memory is ended with a fault record; its neighbour does not notice."""
    broken = log_dir / "broken.img"
    broken.write_bytes(image_of(STORE_OUTSIDE))
    vms = [VM(2, memory=16 * MIB, image=broken, cores=[0]), job_vm(3, [PROGRAMS / "compute", "200"], cores=[1])]
    outcome = run_vms(log_dir, Machine(cores=2), vms)
    assert wait_status(outcome, 3) == 0
    assert outcome.events("end", 2)[0]["cause"] == "memory_write"
    record = outcome.events("fault", 2)[0]
    assert (record["ipa"], record["x"][0]) == (0x80000, 0x80000)
    assert "it wrote to memory that does not belong to it" in fault.describe(record)
