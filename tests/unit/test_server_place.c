/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where enclaves of a host come: whole cores of several threads, cores and memory of the same NUMA nodes, as far as there are such. CPU 0 is
 * Linux's in all of these machines.
 */
#include "server_fake/server_fake.h"
#include <errno.h>
#include <string.h>
#include <user/enclave.h>

#define CPUS_MAX 64

static struct enclaves enclaves;
static struct vm_layer machine;
static uint8_t places[CPUS_MAX], siblings[CPUS_MAX];
static uint64_t memory[ENCLAVE_NODES_MAX];
static struct refusal refusal;
static struct vm_task *begun;

static void node_memory(uint64_t nodes[ENCLAVE_NODES_MAX])
{
	memcpy(nodes, memory, sizeof(memory));
}

static uint64_t free_memory(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < ENCLAVE_NODES_MAX; i++)
		sum += memory[i];
	return sum;
}

static int move(int file, uint16_t *cores, unsigned *count)
{
	(void)file, (void)cores, (void)count;
	return 0;
}

static void begin(struct vm_task *task)
{
	begun = task;
}

/* Nodes of as many CPUs, and 512 MiB; threads of a core are as far from each other as `step`. */
static void build(unsigned cpus, unsigned nodes, unsigned threads, unsigned step)
{
	machine = layer;
	machine.cores = cpus;
	machine.shares_cores = false;
	machine.places = places;
	machine.siblings = siblings;
	machine.node_memory = node_memory;
	machine.free_memory = free_memory;
	machine.move = move;
	machine.begin = begin;
	for (unsigned cpu = 0; cpu < cpus; cpu++) {
		places[cpu] = (uint8_t)(cpu / (cpus / nodes));
		siblings[cpu] = (uint8_t)(cpu - cpu / step % threads * step);
	}
	for (unsigned i = 0; i < ENCLAVE_NODES_MAX; i++)
		memory[i] = i < nodes ? 512 * MIB : 0;
	enclaves_init(&enclaves, &machine);
	enclaves.reserved[0] = 1;
}

/* NULL: refused */
static struct enclave *start(unsigned vcpus, unsigned nodes, uint64_t size, int core)
{
	struct command_create create;
	struct enclave *enclave;

	fill_create(&create, "", 0);
	create.config.vcpus = vcpus;
	create.config.nodes = nodes;
	create.config.range_count = (uint16_t)nodes;
	for (unsigned i = 0; i < nodes; i++)
		create.config.ranges[i] = (struct enclave_range){.size = size / nodes, .node = i};
	if (core >= 0)
		create.config.cores[0] = (uint16_t)core;
	enclave = enclave_create(&enclaves, &create, 0, &refusal);
	assert_non_null(enclave);
	if (enclave_start(&enclaves, enclave, &refusal))
		return enclave;
	enclave_destroy(enclave);
	return NULL;
}

static bool set(struct enclave *enclave, unsigned vcpus, uint64_t size)
{
	struct command_set wanted = {.vcpus = vcpus, .memory = size};

	return enclave_set(&enclaves, enclave, &wanted, &refusal);
}

static void assert_cores(const struct enclave *enclave, const char *wanted)
{
	char text[128] = "";
	size_t at = 0;

	assert_non_null(enclave);
	for (unsigned i = 0; i < enclave->config.vcpus; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%u", i ? "," : "",
				       enclave->cores[i]);
	assert_string_equal(text, wanted);
}

static void assert_refused(const struct enclave *enclave, const char *words)
{
	assert_null(enclave);
	if (strstr(refusal.text, words) == NULL)
		fail_msg("%s", refusal.text);
}

static void test_threads(void **state)
{
	struct enclave *first;
	uint16_t load[CPUS_MAX];

	(void)state;
	build(8, 1, 2, 1);
	first = start(1, 1, 64 * MIB, -1);
	assert_cores(first, "7");
	assert_refused(start(1, 1, 64 * MIB, 6), "Core 6 is taken by the enclave job1");
	assert_refused(start(1, 1, 64 * MIB, 1), "Core 1 is taken by the node itself");
	assert_cores(start(1, 1, 64 * MIB, -1), "5");
	enclaves_load(&enclaves, NULL, load);
	assert_memory_equal(load, ((uint16_t[]){1, 1, 0, 0, 1, 1, 1, 1}), 16);
	assert_true(set(first, 2, 0));
	assert_cores(first, "7,6");
	assert_refused(start(3, 1, 64 * MIB, -1), "Not so many cores");
	assert_cores(start(2, 1, 64 * MIB, -1), "3,2");
	assert_refused(start(1, 1, 64 * MIB, -1), "Not so many cores");
}

/* as Linux counts them: the first threads of all cores, then the second ones */
static void test_threads_apart(void **state)
{
	(void)state;
	build(8, 1, 2, 4);
	assert_cores(start(3, 1, 64 * MIB, -1), "7,3,6");
	assert_cores(start(2, 1, 64 * MIB, -1), "5,1");
	assert_refused(start(1, 1, 64 * MIB, 4), "Core 4 is taken by the node itself");
}

static void test_two_nodes(void **state)
{
	struct enclave *wide, *one;

	(void)state;
	build(4, 2, 1, 1);
	assert_refused(start(4, 2, 64 * MIB, -1), "no 2 NUMA nodes that have 2 free CPUs");
	wide = start(2, 2, 64 * MIB, -1);
	assert_cores(wide, "1,3");
	assert_int_equal(wide->config.ranges[0].node, 0);
	assert_int_equal(wide->config.ranges[1].node, 1);
	enclave_destroy(wide);
	one = start(2, 1, 64 * MIB, -1);
	assert_cores(one, "3,2");
	assert_int_equal(one->config.ranges[0].node, 1);
	enclave_destroy(one);
	/* no node has so many */
	one = start(3, 1, 64 * MIB, -1);
	assert_cores(one, "3,2,1");
	assert_int_equal(one->config.ranges[0].node, 1);
}

/* Two CPUs are both on the node that has two, though it is not the last. */
static void test_node_with_room(void **state)
{
	(void)state;
	build(8, 2, 1, 1);
	assert_cores(start(3, 1, 64 * MIB, -1), "7,6,5");
	assert_cores(start(2, 1, 64 * MIB, -1), "3,2");
	assert_cores(start(1, 1, 64 * MIB, -1), "4");
}

static void test_memory_of_nodes(void **state)
{
	struct enclave *one;

	(void)state;
	build(4, 2, 1, 1);
	memory[1] = 300 * MIB;
	assert_refused(start(1, 1, 600 * MIB, -1), "No NUMA node has 600M");
	assert_refused(start(2, 2, 640 * MIB, -1), "no 2 NUMA nodes");
	assert_refused(start(1, 1, 400 * MIB, 3), "Core 3 is on NUMA node 1, where 300M");
	one = start(1, 1, 400 * MIB, -1);
	assert_cores(one, "1");
	assert_int_equal(one->config.ranges[0].node, 0);
	assert_false(set(one, 0, 514 * MIB));
	assert_refused(NULL, "NUMA node 0, where 112M");
	/* what it is promised is nobody else's */
	assert_refused(start(1, 1, 302 * MIB, -1), "the one with the most has 300M");
	assert_cores(start(1, 1, 200 * MIB, -1), "3");
	assert_cores(start(1, 1, 100 * MIB, -1), "2");
	assert_refused(start(1, 1, 100 * MIB, -1), "Not so many cores");
}

/* What a VM gets is near what it has. */
static void test_growth(void **state)
{
	struct enclave *one, *wide;

	(void)state;
	build(16, 4, 1, 1);
	one = start(1, 1, 64 * MIB, -1);
	wide = start(2, 2, 64 * MIB, -1);
	assert_cores(one, "15");
	assert_cores(wide, "11,14");
	one->vm = one->relay.fd = wide->vm = wide->relay.fd = 3;
	one->vm_vcpus = 1;
	wide->vm_vcpus = 2;
	assert_true(set(wide, 4, 0));
	assert_cores(wide, "11,14,10,13");
	assert_true(set(one, 2, 0));
	assert_cores(one, "15,12");
	assert_true(set(one, 3, 0));
	assert_cores(one, "15,12,9");
	assert_int_equal(one->config.ranges[0].node, 3);
	assert_false(set(one, 0, 1024 * MIB));
	assert_true(set(one, 0, 128 * MIB));
	assert_ptr_equal(begun, &one->task);
	assert_int_equal(begun->config->ranges[0].node, 3);
}

static void test_fewer(void **state)
{
	struct enclave *wide;

	(void)state;
	build(8, 2, 1, 1);
	wide = start(4, 2, 64 * MIB, -1);
	assert_cores(wide, "3,2,7,6");
	wide->vm = wide->relay.fd = 3;
	wide->vm_vcpus = 4;
	assert_true(set(wide, 2, 0));
	assert_cores(wide, "3,7");
}

/* The module's ledger has eight nodes, and Linux may have more. */
static void test_many_nodes(void **state)
{
	struct enclave *one;

	(void)state;
	build(64, 16, 1, 1);
	one = start(1, 1, 64 * MIB, -1);
	assert_cores(one, "31");
	assert_int_equal(one->config.ranges[0].node, 7);
	assert_cores(start(8, 8, 512 * MIB, -1), "3,7,11,15,19,23,27,30");
	assert_refused(start(1, 1, 64 * MIB, 40), "Core 40 is on NUMA node 10");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),         cmocka_unit_test(test_threads_apart),
		cmocka_unit_test(test_two_nodes),       cmocka_unit_test(test_node_with_room),
		cmocka_unit_test(test_memory_of_nodes), cmocka_unit_test(test_growth),
		cmocka_unit_test(test_fewer),           cmocka_unit_test(test_many_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
