/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See liveness.h. An exit that the hypervisor forces on a hung kernel (a kick, a device interrupt) is no sign of life: only calls are.
 */
#include <user/liveness.h>

void liveness_begin(struct liveness *liveness, uint16_t vcpus)
{
	*liveness = (struct liveness){.vcpus = vcpus};
}

static uint64_t count_calls(const struct liveness *liveness, const struct vm_layer *layer, int file)
{
	struct bh_counters counters;
	uint64_t calls = 0;

	for (uint16_t i = 0; i < liveness->vcpus; i++) {
		if (layer->counters(file, i, &counters) == 0)
			calls += counters.exits[BH_EXIT_FFA];
	}
	return calls;
}

/* What has become of the last look's ring. */
static enum liveness_state judge(struct liveness *liveness, bool has_called)
{
	if (liveness->is_rung && has_called) {
		liveness->silent = 0;
		return LIVENESS_ANSWERS;
	}
	if (!liveness->is_rung && liveness->has_listened) {
		liveness->silent = 0;
		return LIVENESS_QUIET;
	}
	liveness->silent++;
	if (liveness->is_rung)
		return liveness->silent < LIVENESS_LIMIT ? LIVENESS_QUIET : LIVENESS_HANGS;
	return liveness->silent < LIVENESS_ARRIVAL ? LIVENESS_QUIET : LIVENESS_NEVER_CAME;
}

enum liveness_state liveness_look(struct liveness *liveness, const struct vm_layer *layer, int file)
{
	uint64_t calls = count_calls(liveness, layer, file);
	enum liveness_state state = judge(liveness, calls != liveness->calls);

	liveness->calls = calls;
	liveness->is_rung = layer->bell(file) == 0;
	if (liveness->is_rung && !liveness->has_listened)
		liveness->silent = 0;
	liveness->has_listened |= liveness->is_rung;
	return state;
}
