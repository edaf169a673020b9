/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the recordings of selfish-detour amount to, and whether they can be true. */
#include <bench/selfish/statistics.h>
#include <bench/common/result.h>
#include <stdlib.h>

#define SECOND_NS       UINT64_C(1000000000)
#define FREQUENCY_ERROR 1e-3 /* a clock that is being set may run faster or slower by half of it */
#define CLOCK_ERROR     1e-6 /* seconds: a clock's own step */

uint64_t ticks_to_ns(uint64_t ticks, uint64_t hz)
{
	return ticks / hz * SECOND_NS + ticks % hz * SECOND_NS / hz;
}

uint64_t threshold_ticks(double loop, double multiple, double threshold_ns, uint64_t hz)
{
	double ticks = threshold_ns > 0.0 ? threshold_ns * 1e-9 * (double)hz : multiple * loop;

	return ticks < 1.0 ? 1 : (uint64_t)ticks;
}

static unsigned bucket_of(uint64_t ns)
{
	unsigned bucket = 0;

	while (ns >= 2 && bucket < BUCKETS - 1) {
		ns /= 2;
		bucket++;
	}
	return bucket;
}

static int compare_lengths(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* all lengths in ns, sorted; `count` may be 0 */
static uint64_t *lengths_sorted(const struct recording *recordings, unsigned threads, uint64_t hz,
				size_t count)
{
	uint64_t *lengths = memory_take("selfish", count, sizeof(*lengths));
	size_t at = 0;

	for (unsigned thread = 0; thread < threads; thread++)
		for (size_t i = 0; i < recordings[thread].count; i++)
			lengths[at++] = ticks_to_ns(recordings[thread].detours[i].length, hz);
	qsort(lengths, count, sizeof(*lengths), compare_lengths);
	return lengths;
}

struct statistics statistics_make(const struct recording *recordings, unsigned threads, uint64_t hz)
{
	struct statistics s = {0};
	uint64_t observed = 0, lost = 0;
	uint64_t *lengths;

	for (unsigned thread = 0; thread < threads; thread++) {
		s.count += recordings[thread].count;
		observed += recordings[thread].end - recordings[thread].start;
		for (size_t i = 0; i < recordings[thread].count; i++)
			lost += recordings[thread].detours[i].length;
	}
	s.observed = (double)observed / (double)hz;
	s.lost = (double)lost / (double)hz;
	if (s.count == 0)
		return s;
	lengths = lengths_sorted(recordings, threads, hz, s.count);
	s.shortest_ns = lengths[0];
	s.median_ns = (lengths[(s.count - 1) / 2] + lengths[s.count / 2]) / 2;
	s.longest_ns = lengths[s.count - 1];
	for (size_t i = 0; i < s.count; i++)
		s.buckets[bucket_of(lengths[i])]++;
	free(lengths);
	return s;
}

bool recording_verify(const struct recording *recording, uint64_t ticks, uint64_t threshold)
{
	uint64_t observed = recording->end - recording->start;
	uint64_t from = recording->start;
	uint64_t lost = 0;

	if (recording->end < recording->start || recording->count > recording->capacity)
		return false;
	if (recording->count < recording->capacity && observed < ticks)
		return false;
	for (size_t i = 0; i < recording->count; i++) {
		const struct detour *detour = &recording->detours[i];

		if (detour->length <= threshold || detour->time < from ||
		    detour->length > recording->end - detour->time)
			return false;
		from = detour->time + detour->length;
		lost += detour->length;
	}
	return recording->reads >= recording->count && lost + recording->writing <= observed &&
	       observed - lost - recording->writing <=
		       (recording->reads - recording->count) * threshold;
}

bool frequency_verify(const struct clock_pair *start, const struct clock_pair *end, uint64_t hz)
{
	double seconds = end->seconds - start->seconds;
	double least = (double)(end->before - start->after) / (double)hz;
	double most = (double)(end->after - start->before) / (double)hz;

	return least <= seconds * (1.0 + FREQUENCY_ERROR) + CLOCK_ERROR &&
	       most >= seconds * (1.0 - FREQUENCY_ERROR) - CLOCK_ERROR;
}
