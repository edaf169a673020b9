# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a co-kernel is kept from: the words of --isolation, and their numbers (include/bulkhead/vcpu.h)."""

FEATURES = {"mem": 1, "msr": 2, "io": 4, "ipi": 8, "abort": 16}
WORDS = "full, none, virt or a list of " + ", ".join(FEATURES)


def features(text):
    """VCPU_* of full, virt or a list; None for none. ValueError."""
    if text == "none":
        return None
    if text == "full":
        return sum(FEATURES.values())
    names = [] if text == "virt" else text.split(",")
    if any(name not in FEATURES for name in names):
        raise ValueError(text)
    return sum(FEATURES[name] for name in set(names))
