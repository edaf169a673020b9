# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Noise: what the hypervisor takes from VMs that compute."""

from . import guest

COMPUTE = 10**9
HOW = (
    "BH_VM_COUNTERS of the vCPU before and after, asked by the bench guest's primary; duration by CNTVCT_EL0 inside "
    "the VM. The one exit of the VM alone is the answer by which it says that it is ready; it is not counted"
)
BLIND = "disturbance that is no exit: shared caches and memory bandwidth, and whatever firmware does"


def measure(images, log_dir, gic=3):
    setting = guest.Setting("bench_noise", 3, gic=gic, bootargs=f"compute={COMPUTE}")
    said = guest.run(images, setting, log_dir / f"noise-{gic}.log")
    ((instructions, ticks),) = said.of("alone")
    alone = said.exits("alone")[0]
    end = alone.pop("ffa", 0)
    shared = []
    for (quantum, quanta), first, second in zip(said.of("shared"), said.exits("shared_a"), said.exits("shared_b")):
        exits = [first, second]
        met = exits == [{"preempt": int(quanta)}] * 2
        shared.append({"quantum_us": int(quantum), "quanta_of_each": int(quanta), "exits": exits, "met": met})
    return {
        "alone": {
            "instructions": int(instructions),
            "counter_ticks": int(ticks),
            "exits_while_computing": sum(alone.values()) + end - 1,
            "met": not alone and end == 1,
        },
        "two_on_a_core": shared,
        "how": HOW,
        "blind": BLIND,
    }
