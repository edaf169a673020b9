/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The output of selfish-detour: summary and histogram as text, every detour in a file. */
#include <bench/selfish/report.h>
#include <inttypes.h>
#include <stdio.h>

#define BAR_LENGTH 50u

static void histogram_print(const struct statistics *s)
{
	unsigned first = BUCKETS, last = 0;
	size_t most = 1;

	for (unsigned i = 0; i < BUCKETS; i++) {
		if (s->buckets[i] == 0)
			continue;
		first = i < first ? i : first;
		last = i;
		most = s->buckets[i] > most ? s->buckets[i] : most;
	}
	printf("Histogram: from ns, below ns, detours\n");
	for (unsigned i = first; i <= last && first < BUCKETS; i++) {
		/* rounded up, so that no detour is without a mark */
		int length = (int)((s->buckets[i] * BAR_LENGTH + most - 1) / most);

		printf("%12" PRIu64 " %12" PRIu64 " %9zu %.*s\n", i == 0 ? 0 : UINT64_C(1) << i,
		       UINT64_C(2) << i, s->buckets[i], length,
		       "##################################################");
	}
}

void statistics_print(const struct statistics *s)
{
	printf("Detours: %zu\n", s->count);
	printf("Lost: %.9f s of %.9f s, %.7f %%\n", s->lost, s->observed,
	       100.0 * s->lost / s->observed);
	printf("Shortest: %" PRIu64 " ns\n", s->shortest_ns);
	printf("Median: %" PRIu64 " ns\n", s->median_ns);
	printf("Longest: %" PRIu64 " ns\n", s->longest_ns);
	histogram_print(s);
}

void recording_print(unsigned thread, const struct recording *recording, uint64_t hz)
{
	printf("Thread %u: %zu detours in %" PRIu64 " ns, %" PRIu64 " ns writing them down\n",
	       thread, recording->count, ticks_to_ns(recording->end - recording->start, hz),
	       ticks_to_ns(recording->writing, hz));
}

bool raw_write(const char *path, const struct recording *recordings, unsigned threads, uint64_t hz)
{
	FILE *file = fopen(path, "w");
	bool written;

	if (file == NULL) {
		perror(path);
		return false;
	}
	fprintf(file, "# selfish-detour: thread time_ns length_ns\n");
	for (unsigned thread = 0; thread < threads; thread++)
		for (size_t i = 0; i < recordings[thread].count; i++) {
			const struct detour *detour = &recordings[thread].detours[i];

			fprintf(file, "%u %" PRIu64 " %" PRIu64 "\n", thread,
				ticks_to_ns(detour->time, hz), ticks_to_ns(detour->length, hz));
		}
	written = !ferror(file);
	written &= fclose(file) == 0;
	if (!written)
		perror(path);
	return written;
}
