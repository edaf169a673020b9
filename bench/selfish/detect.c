/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The loop of selfish-detour. It calls nothing and touches no memory but when it writes a detour
 * down. The time of the loop is measured with the same code, as a mean: a counter may be slower
 * than the loop.
 */
#include <bench/selfish/detect.h>
#include <counter.h>

#define SPANS        64u
#define SPANS_SECOND 20000u /* a span is 50 us */

static void write_down(struct recording *recording, uint64_t time, uint64_t length)
{
	recording->detours[recording->count++] = (struct detour){time, length};
}

static inline void space(uint64_t blocks)
{
	_Static_assert(SPACING_BLOCK == 16, "as many no-ops as here");
	for (; blocks != 0; blocks--)
		__asm__ volatile(".rept 16\n\tnop\n\t.endr");
}

/* not specialized for a caller: loop_ticks has to measure this very code */
__attribute__((noipa)) void detours_record(struct recording *recording,
					   const struct observation *how)
{
	const uint64_t threshold = how->threshold, spacing = how->spacing;
	uint64_t reads = 0, writing = 0;
	uint64_t last = counter_read();
	uint64_t end = last + how->ticks;

	recording->count = 0;
	recording->start = last - how->origin;
	while (last < end) {
		uint64_t now, length;

		space(spacing);
		now = counter_read();
		length = now - last;
		reads++;
		if (__builtin_expect(length > threshold, 0)) {
			write_down(recording, last - how->origin, length);
			last = now;
			if (recording->count == recording->capacity)
				break;
			now = counter_read();
			writing += now - last;
		}
		last = now;
	}
	recording->end = last - how->origin;
	recording->reads = reads;
	recording->writing = writing;
}

double loop_ticks(uint64_t hz, uint64_t spacing)
{
	struct observation how = {0, hz / SPANS_SECOND, UINT64_MAX, spacing};
	double shortest = (double)hz;

	for (unsigned i = 0; i < SPANS; i++) {
		struct recording span = {0};
		double mean;

		detours_record(&span, &how);
		mean = (double)(span.end - span.start) / (double)span.reads;
		if (mean < shortest)
			shortest = mean;
	}
	return shortest;
}
