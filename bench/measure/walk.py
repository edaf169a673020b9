# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What instruction counts cannot see of isolation: the walk of two tables, by the blocks that map a VM."""

import re

from bulkhead_node.common import UsageError

WALK_FORMULA = (
    "(n1 + 1) * (n2 + 1) - 1 references, n1 and n2 table levels to the leaf at stage 1 and 2: each of the n1 table "
    "addresses and the final one is translated by n2 more (Bhargava et al., Accelerating Two-Dimensional Page Walks for "
    "Virtualized Systems, ASPLOS 2008); an upper bound, without walk caches. Stage 1 starts at level 0 (the LWK's 48 "
    "bits), stage 2 at level 1 (hv/arm64/regs.h, VTCR_BASE)"
)
STAGE1_LEVELS = {"2 MiB": 3, "4 KiB": 4}
STAGE2_LEVELS = {"1 GiB": 1, "2 MiB": 2, "4 KiB": 3}
STAGE1_USE = (
    "the LWK backs mappings of 2 MiB and more by 2 MiB blocks and their ends by 4 KiB pages (lwk/mm/back.c); by its rules, "
    "not measured"
)


def coverage(log, vm=2):
    text = log.read_text(errors="replace")
    found = re.search(rf"VM {vm}: .*stage 2: (\d+) of 1 GiB, (\d+) of 2 MiB, (\d+) of 4 KiB", text)
    if not found:
        raise UsageError(f"The hypervisor does not say how VM {vm} is mapped; see {log}.")
    return dict(zip(STAGE2_LEVELS, map(int, found.groups())))


def references(n1, n2):
    return (n1 + 1) * (n2 + 1) - 1


def nested_walk(covered):
    """References of a walk for each pair of block sizes that is in use."""
    rows = []
    for size1, n1 in STAGE1_LEVELS.items():
        row = {"stage1": size1, "native": n1}
        row |= {f"stage2 {size2}": references(n1, n2) for size2, n2 in STAGE2_LEVELS.items()}
        rows.append(row)
    used = [size for size, count in covered.items() if count]
    return {"references": rows, "stage2_in_use": used, "stage1_in_use": STAGE1_USE, "formula": WALK_FORMULA}
