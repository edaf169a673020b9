/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When the login VM's Linux is taken for dead: when it listened for the doorbell and made no call for long, or never came to listen.
 */
#include <tests/unit/unit.h>

#include <string.h>
#include <user/liveness.h>

#define VCPUS 2

static uint64_t calls[VCPUS], kicks;
static bool listens;

static int fake_counters(int file, uint16_t vcpu, struct bh_counters *counters)
{
	(void)file;
	memset(counters, 0, sizeof(*counters));
	counters->exits[BH_EXIT_FFA] = calls[vcpu];
	counters->exits[BH_EXIT_KICK] = ++kicks; /* no sign of life */
	return 0;
}

static int fake_bell(int file)
{
	(void)file;
	return listens ? 0 : -11;
}

static const struct vm_layer layer = {.counters = fake_counters, .bell = fake_bell};

/* Looks until it is ended, at most 100; 0: it is not */
static unsigned looks(struct liveness *liveness, enum liveness_state end)
{
	for (unsigned n = 1; n <= 100; n++) {
		enum liveness_state state = liveness_look(liveness, &layer, 0);

		if (state == end)
			return n;
		assert_int_equal(state, LIVENESS_QUIET);
	}
	return 0;
}

static struct liveness begin(bool listening)
{
	struct liveness liveness;

	listens = listening;
	memset(calls, 0, sizeof(calls));
	liveness_begin(&liveness, VCPUS);
	return liveness;
}

static void test_hangs(void **state)
{
	struct liveness liveness = begin(true);

	(void)state;
	/* the first rings */
	assert_int_equal(looks(&liveness, LIVENESS_HANGS), LIVENESS_LIMIT + 1);
}

static void test_lives(void **state)
{
	struct liveness liveness = begin(true);

	(void)state;
	(void)liveness_look(&liveness, &layer, 0);
	for (unsigned i = 0; i < 100; i++) {
		bool answers = i % LIVENESS_LIMIT == 0;

		/* of any vCPU, and just in time */
		calls[i % VCPUS] += answers;
		assert_int_equal(liveness_look(&liveness, &layer, 0),
				 answers ? LIVENESS_ANSWERS : LIVENESS_QUIET);
	}
}

/* Whatever else it calls while it boots. */
static void test_never_listens(void **state)
{
	struct liveness liveness = begin(false);

	(void)state;
	calls[0]++;
	assert_int_equal(looks(&liveness, LIVENESS_NEVER_CAME), LIVENESS_ARRIVAL);
}

/* Just in time; from then on it has to answer. */
static void test_listens_late(void **state)
{
	struct liveness liveness = begin(false);

	(void)state;
	for (unsigned i = 1; i < LIVENESS_ARRIVAL; i++) {
		listens = i == LIVENESS_ARRIVAL - 1;
		assert_int_equal(liveness_look(&liveness, &layer, 0), LIVENESS_QUIET);
	}
	assert_int_equal(looks(&liveness, LIVENESS_HANGS), LIVENESS_LIMIT);
}

static void test_does_not_listen_any_more(void **state)
{
	struct liveness liveness = begin(true);

	(void)state;
	(void)liveness_look(&liveness, &layer, 0);
	calls[1]++;
	assert_int_equal(liveness_look(&liveness, &layer, 0), LIVENESS_ANSWERS);
	listens = false;
	assert_int_equal(looks(&liveness, LIVENESS_HANGS), 0);
	listens = true;
	assert_int_equal(looks(&liveness, LIVENESS_HANGS), LIVENESS_LIMIT + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_never_listens),
		cmocka_unit_test(test_listens_late),
		cmocka_unit_test(test_does_not_listen_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
