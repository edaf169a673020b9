/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When the login VM's Linux is taken for dead: only where it listened for the doorbell, and made no call for long.
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

/* Looks until it is taken for dead, at most 100 */
static unsigned looks(struct liveness *liveness)
{
	for (unsigned n = 1; n <= 100; n++) {
		if (!liveness_look(liveness, &layer, 0))
			return n;
	}
	return 0;
}

static void test_hangs(void **state)
{
	struct liveness liveness;

	(void)state;
	listens = true;
	liveness_begin(&liveness, VCPUS);
	/* the first rings */
	assert_int_equal(looks(&liveness), LIVENESS_LIMIT + 1);
}

static void test_lives(void **state)
{
	struct liveness liveness;

	(void)state;
	listens = true;
	liveness_begin(&liveness, VCPUS);
	for (unsigned i = 0; i < 100; i++) {
		/* of any vCPU, and just in time */
		calls[i % VCPUS] += i % LIVENESS_LIMIT == 0;
		assert_true(liveness_look(&liveness, &layer, 0));
	}
}

static void test_does_not_listen(void **state)
{
	struct liveness liveness;

	(void)state;
	listens = false;
	liveness_begin(&liveness, VCPUS);
	assert_int_equal(looks(&liveness), 0);
	listens = true;
	assert_int_equal(looks(&liveness), LIVENESS_LIMIT + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_does_not_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
