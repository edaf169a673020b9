/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NAS EP. The pairs are cut into batches, each with a sum of its own, and the sums are added in the
 * order of the batches: which thread did which batch does not show in the result.
 */
#include <bench/nas/ep.h>
#include <bench/common/result.h>
#include <bench/nas/lcg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEED             UINT64_C(271828183)
#define LOG2_BATCH_PAIRS 16u
#define TOLERANCE        1e-8

/*
 * Sums: NPB 3. Counts: RNR-94-007 for A and B, outputs of NPB 3 for S; for W NPB 3.4 gives their
 * sum alone, 26354769, and how it is made up was recorded here.
 */
static const struct ep_class classes[] = {
	{'S',
	 24,
	 -3.247834652034740e3,
	 -6.958407078382297e3,
	 {6140517, 5865300, 1100361, 68546, 1648, 17}},
	{'W',
	 25,
	 -2.863319731645753e3,
	 -6.320053679109499e3,
	 {12281576, 11729692, 2202726, 137368, 3371, 36}},
	{'A',
	 28,
	 -4.295875165629892e3,
	 -1.580732573678431e4,
	 {98257395, 93827014, 17611549, 1110028, 26536, 245}},
	{'B',
	 30,
	 4.033815542441498e4,
	 -2.660669192809235e4,
	 {393058470, 375280898, 70460742, 4438852, 105691, 948, 5}},
};

const struct ep_class *ep_class_find(const char *name)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (name[0] == classes[i].name && name[1] == '\0')
			return &classes[i];
	return NULL;
}

static struct ep_result batch_run(uint64_t batch)
{
	struct ep_result result = {0};
	uint64_t pairs = UINT64_C(1) << LOG2_BATCH_PAIRS;
	uint64_t random = lcg_skip(SEED, 2 * pairs * batch);

	for (uint64_t i = 0; i < pairs; i++) {
		double x = 2.0 * lcg_next(&random) - 1.0;
		double y = 2.0 * lcg_next(&random) - 1.0;
		double t = x * x + y * y;
		double scale;

		if (t > 1.0)
			continue;
		scale = sqrt(-2.0 * log(t) / t);
		x *= scale;
		y *= scale;
		result.counts[(unsigned)fmax(fabs(x), fabs(y))]++;
		result.sum_x += x;
		result.sum_y += y;
	}
	return result;
}

struct ep_result ep_run(unsigned log2_pairs)
{
	uint64_t batches = UINT64_C(1) << (log2_pairs - LOG2_BATCH_PAIRS);
	struct ep_result *partial = memory_take("ep", batches, sizeof(*partial));
	struct ep_result total = {0};

#pragma omp parallel for schedule(static)
	for (uint64_t batch = 0; batch < batches; batch++)
		partial[batch] = batch_run(batch);
	for (uint64_t batch = 0; batch < batches; batch++) {
		total.sum_x += partial[batch].sum_x;
		total.sum_y += partial[batch].sum_y;
		for (unsigned i = 0; i < EP_ANNULI; i++)
			total.counts[i] += partial[batch].counts[i];
	}
	free(partial);
	return total;
}

static bool is_near(double value, double wanted)
{
	return fabs((value - wanted) / wanted) <= TOLERANCE;
}

bool ep_verify(const struct ep_class *wanted, const struct ep_result *result)
{
	return is_near(result->sum_x, wanted->sum_x) && is_near(result->sum_y, wanted->sum_y) &&
	       memcmp(result->counts, wanted->counts, sizeof(wanted->counts)) == 0;
}
