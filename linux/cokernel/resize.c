// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Memory and cores that an enclave gets and gives back while it runs. enclave->lock is held. */
#include "cores.h"
#include "enclave.h"
#include "protect.h"

#define SHRINK_STEP 64u /* units asked for at once */

static bool offer_is_answered(const struct enclave *enclave)
{
	return enclave->exchange.offered == 0;
}

static bool want_is_answered(const struct enclave *enclave)
{
	return enclave->exchange.wanted == 0;
}

static int grow(struct enclave *enclave, u64 units, u32 node)
{
	struct exchange *exchange = &enclave->exchange;
	u64 from = 0;

	for (; units > 0; units--) {
		int error;
		u64 start = memory_take_run(node, 1, &from, &error);

		if (!start)
			return error;
		exchange->offered = start;
		exchange->offered_node = node;
		exchange->was_accepted = false;
		error = protect_map(enclave, start, ENCLAVE_UNIT, false);
		if (!error)
			error = exchange_send(enclave, EXCHANGE_OFFER, node, start);
		if (error) {
			/* nobody has been told; what a core that does not answer may still reach stays out */
			if (!protect_unmap(enclave, start, ENCLAVE_UNIT)) {
				exchange->offered = 0;
				memory_give(start, 1);
			}
			return error;
		}
		error = exchange_wait(enclave, offer_is_answered);
		if (error)
			return error;
		if (!exchange->was_accepted)
			return -ENOMEM;
	}
	return 0;
}

static int shrink(struct enclave *enclave, u64 units)
{
	while (units > 0) {
		u64 before = memory_units(&enclave->memory), gone;
		u32 step = (u32)min_t(u64, units, SHRINK_STEP);
		int error;

		enclave->exchange.wanted = step;
		error = exchange_send(enclave, EXCHANGE_WANT, step, 0);
		if (!error)
			error = exchange_wait(enclave, want_is_answered);
		if (error)
			return error;
		gone = before - memory_units(&enclave->memory);
		if (gone < step) /* it has no more to give */
			return 0;
		units -= min(units, gone);
	}
	return 0;
}

int enclave_resize(struct enclave *enclave, struct vmdev_resize *resize)
{
	u64 now = memory_units(&enclave->memory), units = resize->memory / ENCLAVE_UNIT;
	int error;

	if (resize->memory == 0 || resize->memory % ENCLAVE_UNIT || resize->zero ||
	    resize->node >= ENCLAVE_NODES_MAX)
		return -EINVAL;
	if (enclave->state != VMDEV_RUNNING)
		return -ENODEV;
	/* what was asked before and not answered */
	error = exchange_wait(enclave, offer_is_answered);
	if (!error)
		error = exchange_wait(enclave, want_is_answered);
	if (!error && units > now)
		error = grow(enclave, units - now, resize->node);
	else if (!error)
		error = shrink(enclave, now - units);
	resize->memory = memory_units(&enclave->memory) * ENCLAVE_UNIT;
	/* as far as they can; an error only when nothing has changed */
	return resize->memory != now * ENCLAVE_UNIT ? 0 : error;
}

static u32 find_index(const struct enclave *enclave, u32 cpu)
{
	for (u32 i = 0; i < enclave->core_count; i++)
		if (enclave->cores[i].cpu == cpu)
			return i;
	return COKERNELDEV_INDEX_ANY;
}

static bool core_is_up(const struct enclave *enclave)
{
	return READ_ONCE(enclave->shared->core_state[enclave->exchange.coming]) == COKERNEL_CORE_UP;
}

/* Starts it; when it does not come up it is parked again. */
static int bring_core(struct enclave *enclave, u32 index)
{
	struct park_entry entry;
	int error = load_tables(enclave);

	if (error)
		return error;
	WRITE_ONCE(enclave->shared->core_state[index], COKERNEL_CORE_AWAY);
	error = exchange_send(enclave, EXCHANGE_CORE_COMES, index, 0);
	if (error)
		return error;
	error = load_entry(enclave, index, &entry);
	if (error)
		return error;
	error = core_start(enclave->cores[index].cpu, &entry);
	if (error)
		return error;
	enclave->exchange.coming = index;
	return exchange_wait(enclave, core_is_up);
}

int enclave_core_add(struct enclave *enclave, struct cokerneldev_core *core)
{
	u32 cpu = core->cpu, index;
	int error;

	if (enclave->state != VMDEV_RUNNING)
		return -ENODEV;
	if (cpu == ENCLAVE_CORE_ANY) {
		cpu = core_find(enclave->config.ranges[0].node);
		if (cpu == CORES_NONE)
			return -EBUSY;
	}
	index = find_index(enclave, cpu);
	if (index == COKERNELDEV_INDEX_ANY)
		return -EINVAL;
	if (enclave->cores[index].is_used)
		return -EBUSY;
	error = core_take(cpu, enclave->id);
	if (error)
		return error;
	error = bring_core(enclave, index);
	if (error) {
		protect_stop_core(enclave, index);
		/* if it does not answer it stays the enclave's, until that is destroyed */
		if (!core_park(cpu))
			(void)core_return(cpu);
		return error;
	}
	enclave->cores[index].is_used = true;
	*core = (struct cokerneldev_core){.cpu = cpu, .index = index};
	return 0;
}

static bool core_is_answered(const struct enclave *enclave)
{
	return enclave->exchange.leaving == 0;
}

static u32 last_index(const struct enclave *enclave)
{
	u32 index = enclave->core_count;

	while (index > 0 && !enclave->cores[index - 1].is_used)
		index--;
	return index - 1;
}

int enclave_core_remove(struct enclave *enclave, struct cokerneldev_core *core)
{
	struct exchange *exchange = &enclave->exchange;
	u32 index = core->index;
	int error;

	if (enclave->state != VMDEV_RUNNING)
		return -ENODEV;
	if (index == COKERNELDEV_INDEX_ANY)
		index = last_index(enclave);
	if (index >= enclave->core_count || !enclave->cores[index].is_used)
		return -EINVAL;
	if (index == 0) /* it takes the doorbells */
		return -EBUSY;
	exchange->leaving = index + 1;
	exchange->stays = false;
	error = exchange_send(enclave, EXCHANGE_CORE_LEAVES, index, 0);
	if (!error)
		error = exchange_wait(enclave, core_is_answered);
	exchange->leaving = 0;
	if (!error && (exchange->stays ||
		       READ_ONCE(enclave->shared->core_state[index]) != COKERNEL_CORE_DOWN))
		error = -EBUSY;
	if (!error) {
		protect_stop_core(enclave, index);
		error = core_park(enclave->cores[index].cpu);
	}
	if (error)
		return error;
	enclave->cores[index].is_used = false;
	vectors_leave(enclave, index);
	*core = (struct cokerneldev_core){.cpu = enclave->cores[index].cpu, .index = index};
	error = core_return(core->cpu);
	/* a sibling of its is still used: it waits, parked */
	return error == -EBUSY ? 0 : error;
}
