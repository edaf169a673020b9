# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Benchmark programs: ordinary static Linux programs, linked with glibc.
BENCH_CFLAGS := -std=gnu11 -O3 -g $(WARNINGS) -MMD -MP -static

$(BUILD)/arm64/bench/stream: bench/stream/stream.c
	@mkdir -p $(@D)
	$(CROSS)gcc $(BENCH_CFLAGS) -Wno-unknown-pragmas $< -lm -o $@

PRODUCTS += $(BUILD)/arm64/bench/stream
