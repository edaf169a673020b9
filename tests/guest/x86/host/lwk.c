/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The LWK in an enclave, with a job of threads that work and write without end: memory and cores come and go meanwhile. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

#define OUTPUT  (1 * MIB)
#define PATTERN 0x9E3779B97F4A7C15ull
#define VECTORS 14 /* of an enclave, but for the doorbell */

#define MARK \
	"swarm on core " /* tests/programs/swarm.c: what each of its pages begins with, and a digit */

/* Bytes of output so far, and pages that were written on each core: counted by a process of its own as they come. */
static uint64_t *output, *pages_of;

/* One that is split is not seen. */
static void count_pages(const char *bytes, size_t size)
{
	const char *end = bytes + size, *at = bytes;

	while ((at = memmem(at, (size_t)(end - at), MARK, strlen(MARK)))) {
		at += strlen(MARK);
		if (at < end)
			__atomic_fetch_add(&pages_of[*at & 7], 1, __ATOMIC_RELAXED);
	}
}

static void read_output(int file)
{
	static char bytes[65536];

	for (;;) {
		ssize_t got = read(file, bytes, sizeof(bytes));

		if (got <= 0)
			_exit(0);
		__atomic_fetch_add(output, (uint64_t)got, __ATOMIC_RELAXED);
		count_pages(bytes, (size_t)got);
	}
}

/* The job goes on: so much more of what it writes. */
static bool goes_on(void)
{
	uint64_t before = __atomic_load_n(output, __ATOMIC_RELAXED);

	return check(eventually(__atomic_load_n(output, __ATOMIC_RELAXED) - before > OUTPUT),
		     "the output ends after %lu", *output);
}

/* To that size; what it has then, which is the ledger's, too. */
static uint64_t resize(int file, uint64_t memory, uint32_t node)
{
	struct vmdev_resize wanted = {.memory = memory, .node = node};
	long status = call(file, VMDEV_RESIZE, &wanted);
	struct cokerneldev_node now = ledger();

	check(status == 0, "resize to %lu: %ld", memory, status);
	check((now.units[0] + now.units[1]) * ENCLAVE_UNIT == wanted.memory, "the ledger: %lu, %lu",
	      now.units[0], now.units[1]);
	return wanted.memory;
}

/* What an enclave gave back is Linux's alone: most of what is free is filled, and stays as it is while the job goes on. */
static void fill_linux(void)
{
	size_t size = (size_t)resources().memory_free * 1024 / 4 * 3 / 4096 * 4096;
	uint64_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
				0);
	size_t wrong = 0;

	if (!check(memory != MAP_FAILED, "%zu bytes", size))
		return;
	for (size_t i = 0; i < size / sizeof(*memory); i++)
		memory[i] = i * PATTERN;
	goes_on();
	for (size_t i = 0; i < size / sizeof(*memory); i++)
		wrong += memory[i] != i * PATTERN;
	check(wrong == 0, "%zu words of Linux's changed", wrong);
	munmap(memory, size);
}

static void move_core(int file)
{
	struct cokerneldev_core core = {.cpu = ENCLAVE_CORE_ANY};
	struct cokerneldev_probe probe = {.limit = 10000};
	uint64_t before;
	long status = call(file, COKERNELDEV_CORE_ADD, &core);

	if (!check(status == 0, "core: %ld", status))
		return;
	check(call(file, COKERNELDEV_PROBE, &probe) == 0 && probe.answered == probe.asked,
	      "probe: %x of %x", probe.answered, probe.asked);
	before = __atomic_load_n(&pages_of[core.index & 7], __ATOMIC_RELAXED);
	check(eventually(__atomic_load_n(&pages_of[core.index & 7], __ATOMIC_RELAXED) >
			 before + 10),
	      "nothing runs on core %u", core.index);
	goes_on();
	status = call(file, COKERNELDEV_CORE_REMOVE, &core);
	check(status == 0 && ledger().cores == 1, "core back: %ld", status);
}

static void say_hello(bool is_protected, uint32_t features)
{
	int file = start(&(struct plan){.parameters = "loglevel=6",
					.vcpus = 2,
					.memory = 32 * MIB,
					.is_protected = is_protected,
					.features = features});
	char said[4096] = "";
	ssize_t got = 1, size = 0;

	if (file < 0)
		return;
	check(reaches(file, VMDEV_ENDED) && info_of(file).cause == BH_FAULT_OFF,
	      "features %x: cause %u", features, info_of(file).cause);
	while (got > 0 && size < (ssize_t)sizeof(said)) {
		got = read(file, said + size, sizeof(said) - (size_t)size);
		size += got;
	}
	check(memmem(said, sizeof(said), "hello, world\n", 13), "features %x: no word", features);
	if (is_protected)
		check(vcpu_of(file, 0).report.denied == 0 && vcpu_of(file, 0).report.dropped == 0,
		      "features %x: something is denied", features);
	destroy(file);
}

/* Its hello bare, on the floor, with each feature alone and with all; with each set of them where SUBSETS is in the environment. */
void test_subsets(void)
{
	use_files("/lib/bulkhead/lwk.img", "/lib/bulkhead/hello.cpio");
	say_hello(false, 0);
	for (uint32_t features = 0; features <= VCPU_FULL; features++)
		if (getenv("SUBSETS") || (features & (features - 1)) == 0 || features == VCPU_FULL)
			say_hello(true, features);
}

void test_lwk(void)
{
	int file;

	use_files("/lib/bulkhead/lwk.img", "/lib/bulkhead/job.cpio");
	file = start(&(struct plan){.parameters = "loglevel=6", .memory = 64 * MIB});
	if (file < 0)
		return;
	output = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pages_of = output + 1;
	if (fork() == 0)
		read_output(file);
	log_says(file, "phase 5");
	goes_on();
	for (unsigned i = 0; i < 3; i++) {
		check(resize(file, 128 * MIB, 1) == 128 * MIB, "not all came");
		goes_on();
		check(resize(file, 64 * MIB, 0) <= 72 * MIB, "too little went");
		if (i == 0)
			fill_linux();
		move_core(file);
		goes_on();
	}
	if (!check(state_of(file) == VMDEV_RUNNING, "it runs on"))
		printf("%s", log_text(file));
	destroy(file);
	wait(NULL);
	check(ledger().units[0] == 0 && ledger().units[1] == 0, "the ledger");
}

/* The ids of vectors grow: all that the enclave has are below that of a new one. */
static void signal_all(int file)
{
	struct cokerneldev_vector vector = {.core = 0};
	unsigned signalled = 0;

	check(call(file, COKERNELDEV_VECTOR_ALLOC, &vector) == 0 &&
		      call(file, COKERNELDEV_VECTOR_FREE, &vector) == 0,
	      "a vector");
	while (--vector.id > 0)
		signalled += call(file, COKERNELDEV_VECTOR_SIGNAL, &vector) == 0;
	check(signalled == 1, "%u vectors", signalled);
}

/* tests/programs/signalled.c: vectors of a job, of its children that die, of a core that leaves. In the end all are there again. */
void test_lwk_vectors(void)
{
	struct cokerneldev_core core = {.index = 1};
	struct cokerneldev_vector vector = {.core = 0};
	long status;
	int file;

	use_files("/lib/bulkhead/lwk.img", "/lib/bulkhead/signalled.cpio");
	file = start(&(struct plan){.parameters = "loglevel=6", .memory = 64 * MIB, .vcpus = 2});
	if (file < 0)
		return;
	log_says(file, "signalled: signal me");
	signal_all(file);
	log_says(file, "signalled: core 1 may go");
	for (unsigned i = 0; i < 50; i++) /* so that it waits */
		nap();
	status = call(file, COKERNELDEV_CORE_REMOVE, &core);
	check(status == 0, "core: %ld", status);
	log_says(file, "signalled: done");
	check(!strstr(log_text(file), "signalled: NO"), "%s", log_text(file));
	/* the module may hear late of the last that the job gave back */
	for (unsigned i = 0; i < VECTORS; i++)
		check(eventually(call(file, COKERNELDEV_VECTOR_ALLOC, &vector) == 0), "vector %u",
		      i);
	check(call(file, COKERNELDEV_VECTOR_ALLOC, &vector) == -ENOSPC, "one too many");
	destroy(file);
}

static int start_checked(void)
{
	struct cokerneldev_cores cores = {0};
	int file = start(&(struct plan){.parameters = "loglevel=6", .memory = 64 * MIB});

	log_says(file, "phase 5");
	check(call(file, COKERNELDEV_CORES, &cores) == 0, "its core");
	printf("machine checks for processor %u\n", cores.cores[0].cpu);
	return file;
}

/*
 * Machine checks that are others' come to its core, then one that is its own: test_machine_checks makes them. The core takes them again when
 * it has been parked and started.
 */
void test_machine_checks(void)
{
	use_files("/lib/bulkhead/lwk.img", "/lib/bulkhead/job.cpio");
	for (unsigned i = 0; i < 2; i++) {
		struct cokerneldev_report report = {0};
		int file = start_checked();

		check(reaches(file, VMDEV_ENDED) && info_of(file).cause == BH_FAULT_PANIC,
		      "state %u", state_of(file));
		check(call(file, COKERNELDEV_REPORT, &report) == 0 &&
			      strstr(report.text, "machine check: status 0x4, error 0xf2"),
		      "its report: %s", report.text);
		destroy(file);
	}
}
