/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Queues of waiting signals against a model that keeps a plain array: order, which numbers wait, entries taken out of the
 * middle, signals that came without an entry.
 */
#include "unit.h"
#include <lwk/signal_queue.h>
#include <string.h>

#define ENTRIES 40
#define ROUNDS  200000u

static struct signal_queue queue;
static struct signal_entry entries[ENTRIES];
static struct signal_entry *model[ENTRIES];
static unsigned model_count;
static struct random source;
static uint64_t bare; /* numbers that wait without an entry */

static uint64_t model_set(void)
{
	uint64_t set = bare;

	for (unsigned i = 0; i < model_count; i++)
		set |= SIGNAL_BIT(model[i]->info.signo);
	return set;
}

static void model_insert(unsigned at, struct signal_entry *entry)
{
	memmove(&model[at + 1], &model[at], (model_count - at) * sizeof(model[0]));
	model[at] = entry;
	model_count++;
}

static void model_delete(unsigned at)
{
	model_count--;
	memmove(&model[at], &model[at + 1], (model_count - at) * sizeof(model[0]));
}

static void put(struct signal_entry *entry, bool first)
{
	if (!list_is_empty(&entry->link))
		return;
	entry->info.signo = 1 + (int)random_below(&source, 64);
	if (first)
		signal_queue_put_first(&queue, entry);
	else
		signal_queue_put(&queue, entry);
	model_insert(first ? 0 : model_count, entry);
}

static void take(int signal)
{
	struct signal_entry *expected = NULL;

	if (!(queue.set & SIGNAL_BIT(signal)))
		return;
	for (unsigned i = 0; i < model_count && !expected; i++) {
		if (model[i]->info.signo != signal)
			continue;
		expected = model[i];
		model_delete(i);
	}
	bare &= ~SIGNAL_BIT(signal);
	assert_ptr_equal(signal_queue_take(&queue, signal), expected);
	assert_true(!expected || list_is_empty(&expected->link));
}

static void discard(struct signal_entry *entry)
{
	for (unsigned i = 0; i < model_count; i++) {
		if (model[i] != entry)
			continue;
		/* the number leaves with its last entry, as no one is known to have sent another */
		bare &= ~SIGNAL_BIT(entry->info.signo);
		model_delete(i);
		break;
	}
	signal_queue_remove(entry);
}

static void test_against_model(void **state)
{
	(void)state;
	source = random_start();
	signal_queue_init(&queue);
	for (unsigned i = 0; i < ENTRIES; i++)
		list_init(&entries[i].link);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct signal_entry *entry = &entries[random_below(&source, ENTRIES)];
		int signal = 1 + (int)random_below(&source, 64);

		switch (random_below(&source, 8)) {
		case 0:
		case 1:
		case 2:
			put(entry, false);
			break;
		case 3:
			put(entry, true);
			break;
		case 4:
			discard(entry);
			break;
		case 5:
			queue.set |= SIGNAL_BIT(signal);
			if (!(model_set() & SIGNAL_BIT(signal)))
				bare |= SIGNAL_BIT(signal);
			break;
		default:
			take(random_below(&source, 2) ? signal : signal_first(queue.set | 1));
		}
		assert_int_equal(queue.set, model_set());
	}
	while (queue.set)
		take(signal_first(queue.set));
	assert_int_equal(model_count, 0);
	assert_true(list_is_empty(&queue.entries));
}

static void test_first(void **state)
{
	(void)state;
	assert_int_equal(signal_first(0), 0);
	assert_int_equal(signal_first(SIGNAL_BIT(64)), 64);
	assert_int_equal(signal_first(SIGNAL_BIT(2) | SIGNAL_BIT(10)), 2);
	/* a fault comes before all others: the program counter still shows where */
	assert_int_equal(signal_first(SIGNAL_BIT(1) | SIGNAL_BIT(SIGSEGV)), SIGSEGV);
	assert_int_equal(signal_first(SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGSEGV)), SIGBUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_against_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
