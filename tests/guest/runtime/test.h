/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A test registers itself by GUEST_TEST(function); the primary runs the one that its boot argument
 * test= names, after all secondaries have reported (remote.h). test=list prints the names.
 */
#ifndef TESTS_GUEST_TEST_H
#define TESTS_GUEST_TEST_H

struct guest_test {
	const char *name;
	void (*run)(void);
};

#define GUEST_TEST(function)                                                                \
	static void function(void);                                                         \
	static struct guest_test __attribute__((section(".guest_tests"), used, aligned(8))) \
	test_##function = {#function, function};                                            \
	static void function(void)

extern const struct guest_test _guest_tests[], _guest_tests_end[];

#endif
