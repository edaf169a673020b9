# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Emulated Bulkhead nodes: build the boot bundle, run the emulator, carry the job's streams, tell how it ended."""
