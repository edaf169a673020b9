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

static bool is_over(const void *enclave)
{
	return exchange_is_over(enclave);
}

static int grow(struct enclave *enclave, u64 units, u32 node)
{
	struct exchange *exchange = &enclave->exchange;
	struct memory_search search = {.is_over = is_over, .who = enclave};

	for (; units > 0; units--) {
		int error;
		u64 start;

		/* what it accepts has room in the ledger */
		if (enclave->memory.count == MEMORY_RANGES_MAX)
			return -ENOSPC;
		start = memory_take_run(node, 1, &search, &error);
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
	u64 units = resize->memory / ENCLAVE_UNIT, now;
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
	now = memory_units(&enclave->memory);
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

static u32 state_of(const struct enclave *enclave, u32 index)
{
	return READ_ONCE(enclave->shared->core_state[index]);
}

static bool core_is_up(const struct enclave *enclave)
{
	return state_of(enclave, enclave->exchange.coming) == COKERNEL_CORE_UP;
}

/* None is left that may still be using the first tables. */
static bool cores_have_come(const struct enclave *enclave)
{
	for (u32 i = 0; i < enclave->core_count; i++)
		if (enclave->cores[i].is_used && state_of(enclave, i) < COKERNEL_CORE_UP)
			return false;
	return true;
}

/* Once it has been started it is the co-kernel's, which was told of it: whoever waits for it, and however late it is. */
static int bring_core(struct enclave *enclave, u32 index)
{
	struct enclave_core *core = &enclave->cores[index];
	struct park_entry entry;
	int error;

	WRITE_ONCE(enclave->shared->core_state[index], COKERNEL_CORE_AWAY);
	error = load_tables(enclave);
	if (!error)
		error = exchange_send(enclave, EXCHANGE_CORE_COMES, index, 0);
	if (error)
		return error;
	error = load_entry(enclave, index, &entry);
	if (error)
		return error;
	error = core_start(core->cpu, &entry);
	core->is_used = error != -ESHUTDOWN;
	if (error)
		return error;
	enclave->exchange.coming = index;
	return exchange_wait(enclave, core_is_up);
}

/* One that the co-kernel knows and has not. */
static int take_listed(struct enclave *enclave, u32 *cpu)
{
	u32 index;

	if (*cpu == ENCLAVE_CORE_ANY)
		return core_take_near(enclave->config.ranges[0].node, &enclave->listed, enclave->id,
				      cpu);
	index = find_index(enclave, *cpu);
	if (index == COKERNELDEV_INDEX_ANY)
		return -EINVAL;
	return enclave->cores[index].is_used ? -EBUSY : core_take(*cpu, enclave->id);
}

int enclave_core_add(struct enclave *enclave, struct cokerneldev_core *core)
{
	u32 cpu = core->cpu, index;
	int error;

	if (enclave->state != VMDEV_RUNNING)
		return -ENODEV;
	error = exchange_wait(enclave, cores_have_come);
	if (!error)
		error = take_listed(enclave, &cpu);
	if (error)
		return error;
	index = find_index(enclave, cpu);
	error = bring_core(enclave, index);
	if (state_of(enclave, index) == COKERNEL_CORE_UP)
		error = 0;
	/* it was not started; if others may still signal it, it stays the enclave's until that is destroyed */
	if (!enclave->cores[index].is_used && !protect_core_leaves(enclave, index))
		(void)core_return(cpu);
	if (error)
		return error;
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

static int ask_to_leave(struct enclave *enclave, u32 index)
{
	struct exchange *exchange = &enclave->exchange;
	int error;

	exchange->leaving = index + 1;
	error = exchange_send(enclave, EXCHANGE_CORE_LEAVES, index, 0);
	if (!error)
		error = exchange_wait(enclave, core_is_answered);
	exchange->leaving = 0;
	if (!error && state_of(enclave, index) != COKERNEL_CORE_DOWN)
		error = -EBUSY;
	return error;
}

int enclave_core_remove(struct enclave *enclave, struct cokerneldev_core *core)
{
	u32 index = core->index;
	int error = 0;

	if (enclave->state != VMDEV_RUNNING)
		return -ENODEV;
	if (index == COKERNELDEV_INDEX_ANY)
		index = last_index(enclave);
	if (index >= enclave->core_count || !enclave->cores[index].is_used)
		return -EINVAL;
	if (index == 0) /* it takes the doorbells */
		return -EBUSY;
	/* one that has left after nobody waited any more is not asked again: it is not the co-kernel's */
	if (state_of(enclave, index) != COKERNEL_CORE_DOWN)
		error = ask_to_leave(enclave, index);
	if (!error)
		error = protect_core_leaves(enclave, index);
	if (!error)
		error = core_park(enclave->cores[index].cpu);
	if (error)
		return error;
	enclave->cores[index].is_used = false;
	vectors_leave(enclave, index);
	*core = (struct cokerneldev_core){.cpu = enclave->cores[index].cpu, .index = index};
	/* it waits, parked, while a sibling of its is still used */
	return min(core_return(core->cpu), 0);
}
