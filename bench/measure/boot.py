# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Boot: instructions from the machine's reset to the first ones of the primary and of its secondary."""

from bulkhead_node.common import MIB

from . import guest
from .figures import TICK
from .walk import coverage

SIZES = (2, 64, 256, 1024)  # MiB of the secondary
HOW = (
    "CNTVCT_EL0, 0 at reset, read by the first instruction of primary and secondary (bench/guest/entry.S); one core, "
    "which never waits; the primary is the bench guest, which does little between the two"
)
BLIND = "time of clearing and of cleaning caches, which is a matter of memory bandwidth; the boot loader's own work"


def measure_one(images, log_dir, gic, size):
    setting = guest.Setting("bench_boot", 1, gic=gic, memory=size * MIB)
    log = log_dir / f"boot-{gic}-{size}.log"
    said = guest.run(images, setting, log)
    return {
        "secondary_mib": size,
        "primary_mib": guest.PRIMARY // MIB,
        "to_primary": int(said.one("first", "primary")[0]) * TICK,
        "to_secondary": int(said.one("first", "secondary")[0]) * TICK,
        "stage2_blocks": coverage(log),
    }


def measure(images, log_dir, gic=3):
    runs = [measure_one(images, log_dir, gic, size) for size in SIZES]
    small, large = runs[0], runs[-1]
    slope = (large["to_secondary"] - small["to_secondary"]) / (large["secondary_mib"] - small["secondary_mib"])
    return {
        "cpu": "neoverse-n1",
        "gic": gic,
        "runs": runs,
        "per_mib": round(slope),
        "how": HOW,
        "blind": BLIND,
    }
