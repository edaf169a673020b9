# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""make bench: what the hypervisor costs, in instructions on a deterministic emulator (docs/measuring.md)."""
