/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Enclaves with a hypervisor under each core: what happens when they go where they may not, beside Linux and another enclave. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "check.h"

#define IO_APIC      0xfec00000ull
#define KEPT         64 /* tiny.h */
#define STALE_CYCLES 10u
#define STALE_WAIT   5000u /* microseconds */

static int start_protected(const char *parameters, uint32_t features, unsigned vcpus)
{
	struct plan plan = {.parameters = parameters,
			    .vcpus = vcpus,
			    .is_protected = true,
			    .features = features};

	return start(&plan);
}

static struct cokerneldev_vcpu vcpu_of(int file, uint32_t core)
{
	struct cokerneldev_vcpu vcpu = {.core = core};

	check(call(file, COKERNELDEV_VCPU, &vcpu) == 0, "VCPU of core %u", core);
	return vcpu;
}

/* One that ends itself, with each feature alone, none and all. */
void test_protected(void)
{
	static const uint32_t sets[] = {0,        VCPU_MEM,   VCPU_MSR, VCPU_IO,
					VCPU_IPI, VCPU_ABORT, VCPU_FULL};

	for (unsigned i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		int file = start_protected("off", sets[i], 2);

		if (file < 0)
			return;
		check(reaches(file, VMDEV_ENDED), "features %x: it does not end", sets[i]);
		check(info_of(file).cause == BH_FAULT_OFF, "features %x: cause %u", sets[i],
		      info_of(file).cause);
		check(vcpu_of(file, 0).report.denied == 0 && vcpu_of(file, 1).report.dropped == 0,
		      "features %x: something is denied", sets[i]);
		destroy(file);
	}
}

struct hit {
	const char *words;
	uint32_t cause;
	uint64_t address;
};

/* What ends an enclave, and the record of it; another goes on, whose memory is as it was. */
void test_walls(void)
{
	static const struct hit hits[] = {
		{"attack read fec00000", BH_FAULT_MEMORY_READ, IO_APIC},
		{"attack write 1000", BH_FAULT_MEMORY_WRITE, 0x1000},
		{"attack exec 100000", BH_FAULT_MEMORY_EXEC, 0x100000},
		{"attack in 64", BH_FAULT_PORT, 0x64},
		{"attack out cf9 6", BH_FAULT_PORT, 0xcf9},
		{"attack idt 0", BH_FAULT_ABORT, 0},
	};
	int other = start(&(struct plan){0});

	for (unsigned i = 0; i < sizeof(hits) / sizeof(hits[0]); i++) {
		int file = start_protected(hits[i].words, VCPU_FULL, 1);
		struct bh_fault fault = {0};

		if (file < 0)
			break;
		check(reaches(file, VMDEV_ENDED), "%s: it goes on", hits[i].words);
		check(call(file, VMDEV_FAULT, &fault) == 0, "FAULT");
		check(fault.cause == hits[i].cause, "%s: cause %u", hits[i].words, fault.cause);
		check(hits[i].address == 0 || fault.ipa == hits[i].address, "%s: at %llx",
		      hits[i].words, (unsigned long long)fault.ipa);
		check(fault.pc != 0 && fault.vcpu == 0, "%s: no place", hits[i].words);
		check(vcpu_of(file, 0).report.phase == VCPU_FAULTED, "%s: phase", hits[i].words);
		check(!strstr(log_text(file), "nothing stopped it"), "%s: it got through",
		      hits[i].words);
		destroy(file);
	}
	check(state_of(other) == VMDEV_RUNNING, "the other has ended, too");
	log_says(other, "core 0");
	destroy(other);
}

/* What is refused and counted: interrupts to Linux, MSRs. The enclave goes on to its end. */
void test_dropped(void)
{
	static const char *const words[] = {"attack ipi 0 80", "attack ipi 0 4400",
					    "attack ipi 0 4500", "attack ipi 0 c4080",
					    "attack ipi 0 c4400"};
	int file;

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		file = start_protected(words[i], VCPU_FULL, 1);
		if (file < 0)
			return;
		check(reaches(file, VMDEV_ENDED) && info_of(file).cause == BH_FAULT_OFF,
		      "%s: cause %u", words[i], info_of(file).cause);
		check(vcpu_of(file, 0).report.dropped == 1, "%s: it is sent", words[i]);
		destroy(file);
	}
	/* a doorbell that is pending does not ring again */
	file = start_protected("attack ring 1000", VCPU_FULL, 1);
	check(reaches(file, VMDEV_ENDED) && info_of(file).cause == BH_FAULT_OFF, "ring");
	/* how many are left out is a matter of how fast Linux is */
	check(vcpu_of(file, 0).report.pending + vcpu_of(file, 0).report.rung >= 1000 &&
		      vcpu_of(file, 0).report.dropped == 0,
	      "rings are lost");
	destroy(file);
	file = start_protected("attack wrmsr 1b 0", VCPU_FULL, 1);
	check(reaches(file, VMDEV_ENDED) && log_says(file, "exception 13"), "MSR");
	destroy(file);
}

/* Interrupts off for ever, exceptions for ever: ended by command all the same, and soon. */
void test_unstoppable(void)
{
	static const char *const words[] = {"attack loop", "attack debug", "hang"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		int file = start_protected(words[i], VCPU_FULL, 2);

		if (file < 0)
			return;
		check(eventually(vcpu_of(file, 0).report.phase == VCPU_RUNS), "it runs");
		check(call(file, VMDEV_STOP, NULL) == 0, "%s: STOP", words[i]);
		check(vcpu_of(file, 0).report.phase == VCPU_STOPPED, "%s: phase %u", words[i],
		      vcpu_of(file, 0).report.phase);
		destroy(file);
	}
}

static uint64_t counted(const volatile uint64_t *counters)
{
	return counters[1] + counters[2];
}

/* A region is shared with it, used, and revoked: what is counted there once it is Linux's alone. */
static uint64_t count_when_stale(int file, unsigned microseconds)
{
	struct cokerneldev_region region = {.size = 4096, .name = "stale"};
	int memory = (int)call(manager, COKERNELDEV_REGION_CREATE, &region);
	char *text = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	volatile uint64_t *counters = (uint64_t *)(void *)(text + KEPT);
	uint64_t before;
	long status;

	if (!check(memory >= 0 && text != MAP_FAILED, "region: %d", memory))
		return 0;
	status = call(file, COKERNELDEV_ATTACH, &region);
	check(status == 0 && eventually(counters[1] && counters[2]), "attach: %ld", status);
	usleep(microseconds);
	status = call(manager, COKERNELDEV_REGION_REVOKE, &region.id);
	check(status == 0, "revoke: %ld", status);
	before = counted(counters);
	usleep(STALE_WAIT);
	before = counted(counters) - before;
	munmap(text, 4096);
	close(memory);
	return before;
}

/*
 * A co-kernel says that it has let go of a region, and two of its cores go on using it. Bare, it writes where it has no right to; protected, it is
 * ended, and never once after the region is Linux's again.
 */
void test_stale(void)
{
	const char *word = getenv("CYCLES");
	unsigned cycles = word ? (unsigned)strtoul(word, NULL, 10) : STALE_CYCLES;
	int file = start(&(struct plan){.parameters = "serve keep", .vcpus = 3});

	check(count_when_stale(file, 0) > 0, "bare it can be ended: what is this test for?");
	destroy(file);
	srand(1);
	for (unsigned i = 0; i < cycles; i++) {
		struct bh_fault fault = {0};

		file = start_protected("serve keep", VCPU_FULL, 3);
		if (file < 0)
			return;
		check(count_when_stale(file, (unsigned)rand() % STALE_WAIT) == 0,
		      "cycle %u: it reaches Linux's memory", i);
		check(reaches(file, VMDEV_ENDED), "cycle %u: it goes on", i);
		check(call(file, VMDEV_FAULT, &fault) == 0 &&
			      (fault.cause == BH_FAULT_MEMORY_WRITE ||
			       fault.cause == BH_FAULT_MEMORY_READ),
		      "cycle %u: cause %u", i, fault.cause);
		destroy(file);
	}
}

static char *lines_of_state(int file)
{
	static char text[2][40000];
	static unsigned turn;
	char *kept = text[turn++ % 2], *to = kept;

	check(reaches(file, VMDEV_ENDED), "it does not end");
	for (const char *at = log_text(file); *at; at += strcspn(at, "\n") + 1)
		if (strncmp(at, "state: ", 7) == 0)
			to += sprintf(to, "%.*s\n", (int)strcspn(at, "\n"), at);
	*to = 0;
	return kept;
}

/*
 * A protected core finds what a bare one does: the lines that differ, and no others, are those of what is kept from it (VMX, SVM in CPUID).
 */
void test_same_state(void)
{
	char *bare, *kept, *one, *other;
	int file = start(&(struct plan){.parameters = "state"});

	bare = lines_of_state(file);
	destroy(file);
	/* with `msr` some of those that it reads are refused */
	file = start_protected("state", VCPU_FULL & ~VCPU_MSR, 1);
	kept = lines_of_state(file);
	destroy(file);
	check(strstr(bare, "state: cr0 ") && strstr(bare, "cpuid 80000001"), "no state");
	for (;;) {
		one = strsep(&bare, "\n");
		other = strsep(&kept, "\n");
		if (!one || !other)
			break;
		if (strcmp(one, other) != 0)
			printf("differs: %s | %s\n", one, other);
	}
	check(!one && !other, "more lines");
}

/* PROTECT itself */
void test_protect_call(void)
{
	struct cokerneldev_protect wanted = {.features = VCPU_FULL + 1};
	struct cokerneldev_vcpu vcpu = {.core = 0};
	int file = open_enclave(make(&(struct plan){0}));

	check(call(file, COKERNELDEV_VCPU, &vcpu) == -ENODATA, "bare");
	check(call(file, COKERNELDEV_PROTECT, &wanted) == -EINVAL, "an unknown feature");
	wanted.features = VCPU_FULL;
	check(call(file, COKERNELDEV_PROTECT, &wanted) == 0, "PROTECT");
	check(call(file, COKERNELDEV_PROTECT, &wanted) == -EBUSY, "twice");
	destroy(file);
}
