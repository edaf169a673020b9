/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Enclaves that begin and end, in every way; what Linux has afterwards. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check.h"

#define PARK_CYCLES 20
#define LIFE_CYCLES 20
#define LOOKS       4u

/* Cores taken and returned, by an enclave that ends at once. */
void test_park(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	for (unsigned i = 0; i < PARK_CYCLES; i++) {
		int file = start(&(struct plan){.parameters = "off"});

		if (file < 0)
			return;
		check(reaches(file, VMDEV_ENDED), "it does not end, cycle %u", i);
		check(sysconf(_SC_NPROCESSORS_ONLN) < cpus, "Linux still has all cores");
		destroy(file);
	}
}

/* Of eight CPUs two are a core: an enclave that asks for one has both, and can use the other later. */
void test_siblings(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int file = start(&(struct plan){0});
	struct cokerneldev_core core = {.cpu = 3};

	check(ledger().cores == 2 && sysconf(_SC_NPROCESSORS_ONLN) == cpus - 2, "%u taken",
	      ledger().cores);
	log_says(file, "first core on cpu 2 node 0");
	check(call(file, COKERNELDEV_CORE_ADD, &core) == 0 && ledger().cores == 2, "its sibling");
	check(call(file, COKERNELDEV_CORE_REMOVE, &core) == 0 && ledger().cores == 2,
	      "its sibling goes");
	destroy(file);
	check(sysconf(_SC_NPROCESSORS_ONLN) == cpus, "all are back");
}

void test_busy_siblings(void)
{
	int one = start(&(struct plan){0}), other = open_enclave(make(&(struct plan){0}));
	struct vmdev_start where = {.core = {3}};

	check(call(other, VMDEV_START, &where) == -EBUSY, "another's sibling");
	where.core[0] = 1;
	check(call(other, VMDEV_START, &where) == -EBUSY, "the sibling of Linux's first");
	where.core[0] = 7;
	check(call(other, VMDEV_START, &where) == 0 && ledger().cores == 4, "another core");
	destroy(one);
	destroy(other);
}

/* Of nine nodes of a CPU each the last has no place in the boot record. */
void test_far_node(void)
{
	struct vmdev_start where = {.core = {8}};
	struct cokerneldev_core core = {.cpu = 8};
	int file = open_enclave(make(&(struct plan){.node = 1}));

	check(call(file, VMDEV_START, &where) == -EINVAL && ledger().cores == 0, "its CPU");
	where.core[0] = 7;
	check(call(file, VMDEV_START, &where) == 0, "the one before");
	log_says(file, "8 nodes, first core on cpu 7 node 7");
	check(call(file, COKERNELDEV_CORE_ADD, &core) == -EINVAL, "its CPU, later");
	destroy(file);
}

/* CPU 3 was off when the module was loaded, and is on: it would stay Linux's, beside an enclave's CPU 2. */
void test_odd_sibling(void)
{
	struct vmdev_start where = {.core = {2}};
	int file = open_enclave(make(&(struct plan){0}));

	check(call(file, VMDEV_START, &where) == -EBUSY && ledger().cores == 0, "half a core");
	where.core[0] = ENCLAVE_CORE_ANY;
	check(call(file, VMDEV_START, &where) == 0 && ledger().cores == 2, "another one");
	destroy(file);
}

void test_life(void)
{
	struct bh_fault fault = {0};
	struct vmdev_info info;
	int file = start(&(struct plan){.parameters = "off", .vcpus = 3, .other = 8 * MIB});

	if (file < 0)
		return;
	check(reaches(file, VMDEV_ENDED), "it ends");
	log_says(file, "tiny: all cores are up\n");
	log_says(file, "3 cores, 24 MiB in");
	log_says(file, "first tables map 24 MiB of ours, 0 bytes of others\n");
	log_says(file, "ramdisk 5 bytes, first h, memory behind the image fits");
	printf("%s", log_text(file));
	info = info_of(file);
	check(info.cause == BH_FAULT_OFF && info.vcpus == 3 && info.runtime_ticks > 0,
	      "cause %u, %u cores", info.cause, info.vcpus);
	check(call(file, VMDEV_FAULT, &fault) == 0 && fault.cause == BH_FAULT_OFF, "its record");
	check(ledger().cores == 3 && ledger().enclaves == 1, "%u cores in the ledger",
	      ledger().cores);
	destroy(file);
}

/* Side by side, each on its own node. */
void test_two(void)
{
	int first = start(&(struct plan){.node = 0}), second = start(&(struct plan){.node = 1});
	struct cokerneldev_node node = ledger();

	check(node.enclaves == 2 && node.units[0] == 8 && node.units[1] == 8, "%u enclaves",
	      node.enclaves);
	log_says(first, "first core on cpu 1 node 0");
	log_says(second, "node 1, tsc");
	log_says(first, "first tables map 16 MiB of ours, 0 bytes of others\n");
	log_says(second, "first tables map 16 MiB of ours, 0 bytes of others\n");
	destroy(first);
	check(state_of(second) == VMDEV_RUNNING, "the other runs on");
	destroy(second);
}

static void ends_by(const char *parameters, uint32_t cause)
{
	int file = start(&(struct plan){.parameters = parameters, .vcpus = 2});
	struct bh_fault fault = {0};

	if (file < 0)
		return;
	if (cause == BH_FAULT_STOPPED) {
		log_says(file, "tiny: core 1");
		check(call(file, VMDEV_STOP, NULL) == 0, "stop");
	}
	check(reaches(file, VMDEV_ENDED) && info_of(file).cause == cause, "%s: cause %u",
	      parameters, info_of(file).cause);
	check(call(file, VMDEV_FAULT, &fault) == 0 && fault.cause == cause, "%s: its record",
	      parameters);
	destroy(file);
}

void test_ends(void)
{
	struct cokerneldev_report report;
	int file = start(&(struct plan){.parameters = "panic"});

	check(reaches(file, VMDEV_ENDED) && info_of(file).cause == BH_FAULT_PANIC, "a panic");
	check(call(file, COKERNELDEV_REPORT, &report) == 0 &&
		      strcmp(report.text, "tiny: panic as asked for") == 0,
	      "its report");
	destroy(file);
	ends_by("hang", BH_FAULT_STOPPED);
	ends_by("serve", BH_FAULT_STOPPED);
	ends_by("off", BH_FAULT_OFF);
}

static void one_life(unsigned i)
{
	unsigned vcpus = 1 + (unsigned)rand() % 3, units = 4 + (unsigned)rand() % 60;
	static const char *const parameters[] = {"off", "hang", "serve", "panic"};
	struct plan plan = {
		.parameters = parameters[i % 4],
		.vcpus = vcpus,
		.node = i & 1,
		.memory = units * 2 * MIB,
		.other = i % 3 == 0 ? 6 * MIB : 0,
	};
	int file = start(&plan);

	if (file >= 0)
		destroy(file);
}

/* Sizes and cores at random; nothing is lost. CYCLES in the environment: how many. */
void test_resources_back(void)
{
	const char *wanted = getenv("CYCLES");
	unsigned cycles = wanted ? (unsigned)strtoul(wanted, NULL, 10) : LIFE_CYCLES;
	struct resources before, after;
	struct cokerneldev_node node;

	one_life(0); /* what is allocated once */
	before = resources();
	for (unsigned i = 0; i < cycles; i++) {
		one_life(i);
		if ((i + 1) % (cycles / LOOKS ? cycles / LOOKS : 1) == 0)
			check_free(&before);
	}
	after = resources();
	node = ledger();
	check(after.memory_total == before.memory_total && after.cpus == before.cpus &&
		      after.nodes[0] == before.nodes[0] && after.nodes[1] == before.nodes[1],
	      "totals differ: %ld %ld", after.memory_total, after.cpus);
	check(node.enclaves == 0 && node.cores == 0 && node.units[0] == 0 && node.units[1] == 0,
	      "the ledger");
}

/* One that stays, for a test of what happens to it. Its cores do not halt: the emulator has a halted one take an INIT when it wakes. */
void test_stay(void)
{
	int file = start(&(struct plan){.parameters = "hang", .vcpus = 2});

	log_says(file, "tiny: core 1");
}
