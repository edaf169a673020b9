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

bool liveness_look(struct liveness *liveness, const struct vm_layer *layer, int file)
{
	uint64_t calls = count_calls(liveness, layer, file);

	if (calls != liveness->calls || !liveness->is_rung)
		liveness->silent = 0;
	else
		liveness->silent++;
	liveness->calls = calls;
	liveness->is_rung = layer->bell(file) == 0;
	return liveness->silent < LIVENESS_LIMIT;
}
