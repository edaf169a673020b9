/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Enclaves with a hypervisor under each core: the doorbell, a region that is used after its end, the state that a core finds, the call itself. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "check.h"

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

/* One that is pending does not ring again. How many are left out is a matter of how fast Linux is. */
void test_doorbell(void)
{
	int file = start_protected("attack ring 1000", VCPU_FULL, 1);
	struct vcpu_report report;

	check(reaches(file, VMDEV_ENDED) && info_of(file).cause == BH_FAULT_OFF, "ring");
	report = vcpu_of(file, 0).report;
	check(report.pending + report.rung >= 0x1000 && report.dropped == 0, "rings are lost");
	destroy(file);
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

/* CREATE's word on it; VCPU of a bare one. */
void test_isolation(void)
{
	struct cokerneldev_vcpu vcpu = {.core = 0};
	int file = open_enclave(make(&(struct plan){0}));

	check(call(file, COKERNELDEV_VCPU, &vcpu) == -ENODATA || getenv("PROTECT"), "bare");
	destroy(file);
	check(ledger().backend == VCPU_SVM || ledger().backend == VCPU_VMX, "backend %u",
	      ledger().backend);
}

#define BOTH     (ENCLAVE_GRANT_READ | ENCLAVE_GRANT_WRITE)
#define HPET     0xfed00000ull
#define LAST(at) ((at) + 0xfff)

static const struct enclave_grant granted[] = {
	{ENCLAVE_GRANT_PORT, BOTH, 0, 0x80, 0x80},
	{ENCLAVE_GRANT_MSR, ENCLAVE_GRANT_READ, 0, 0x200, 0x200}, /* an MTRR */
	{ENCLAVE_GRANT_MMIO, ENCLAVE_GRANT_READ, 0, HPET, LAST(HPET)},
	{0},
};

/* What is granted works, and what is beside it does not. */
static void check_granted(void)
{
	static const struct {
		const char *words, *says; /* NULL: it ends the enclave */
		uint32_t cause;
	} tries[] = {
		{"attack out 80 1", "nothing stopped it", 0},
		{"attack out 81 1", NULL, BH_FAULT_PORT},
		{"attack rdmsr 200", "nothing stopped it", 0},
		{"attack wrmsr 200 0", "exception 13", 0},
		{"attack rdmsr 201", "exception 13", 0},
		{"attack read fed00000", "nothing stopped it", 0},
		{"attack write fed00000", NULL, BH_FAULT_MEMORY_WRITE},
		{"attack read fed01000", NULL, BH_FAULT_MEMORY_READ},
		{"attack exec fed00000", NULL, BH_FAULT_MEMORY_EXEC},
	};

	for (unsigned i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		const struct plan plan = {.parameters = tries[i].words,
					  .is_protected = true,
					  .features = VCPU_FULL,
					  .grants = granted};
		int file = start(&plan);

		if (file < 0)
			return;
		check(reaches(file, VMDEV_ENDED), "%s: it does not end", tries[i].words);
		check(info_of(file).cause == (tries[i].says ? BH_FAULT_OFF : tries[i].cause),
		      "%s: cause %u", tries[i].words, info_of(file).cause);
		if (tries[i].says)
			(void)log_says(file, tries[i].says);
		destroy(file);
	}
}

/* What can be granted depends on the machine, too: no memory, nothing beyond its addresses. */
void test_grants(void)
{
	static const struct enclave_grant refused[][2] = {
		{{ENCLAVE_GRANT_PORT, BOTH, 0, 0xcf8, 0xcf8}},
		{{ENCLAVE_GRANT_MSR, BOTH, 0, 0x200, 0x200}},
		{{ENCLAVE_GRANT_MMIO, BOTH, 0, 0x100000, LAST(0x100000)}},
		{{ENCLAVE_GRANT_MMIO, BOTH, 0, 0, LAST(HPET)}},
		{{ENCLAVE_GRANT_MMIO, BOTH, 0, 0xfec00000, LAST(0xfec00000)}},
		{{ENCLAVE_GRANT_MMIO, BOTH, 0, 0xfffffffff000, LAST(0xfffffffff000)}},
	};

	check_granted();
	for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		int id = make(&(struct plan){
			.is_protected = true, .features = VCPU_FULL, .grants = refused[i]});

		check(id == -EACCES, "grant %u: %d", i, id);
	}
}

/* One with the region from its start on: its file. */
static int start_sharing(const char *parameters, struct cokerneldev_region *region)
{
	const struct plan plan = {
		.parameters = parameters, .is_protected = true, .features = VCPU_FULL};
	struct vmdev_start where = anywhere();
	int file = open_enclave(make(&plan));

	check(call(file, COKERNELDEV_ATTACH, region) == 0, "attach");
	check(call(file, VMDEV_START, &where) == 0, "start");
	return file;
}

/* Whoever shares memory with an enclave that ends is told, and by which one. */
void test_told(void)
{
	struct cokerneldev_region region = {.size = 4096, .name = "shared"};
	int memory = (int)call(manager, COKERNELDEV_REGION_CREATE, &region), later, one, other;
	struct pollfd poll_one = {.fd = memory, .events = POLLIN | POLLPRI};
	struct cokerneldev_end end = {0};
	char words[80];

	fcntl(memory, F_SETFL, O_NONBLOCK);
	one = start_sharing("serve", &region);
	log_says(one, "core 0");
	check(read(memory, &end, sizeof(end)) < 0 && errno == EAGAIN, "an end before its time");
	check(poll(&poll_one, 1, 0) == 0, "poll before its time");
	other = start_sharing("attack write 1000", &region);
	check(reaches(other, VMDEV_ENDED), "it goes on");
	check(poll(&poll_one, 1, 1000) == 1 && poll_one.revents == (POLLIN | POLLPRI), "poll");
	later = (int)call(manager, COKERNELDEV_REGION_OPEN, &region.id);
	check(read(memory, &end, 1) < 0 && errno == EINVAL, "a small buffer");
	check(read(memory, &end, sizeof(end)) == sizeof(end) && end.enclave == info_of(other).vm &&
		      end.cause == BH_FAULT_MEMORY_WRITE,
	      "enclave %u, cause %u", end.enclave, end.cause);
	check(read(memory, &end, sizeof(end)) < 0 && errno == EAGAIN, "once");
	fcntl(later, F_SETFL, O_NONBLOCK);
	check(read(later, &end, sizeof(end)) < 0 && errno == EAGAIN, "what was before it opened");
	sprintf(words, "tiny: enclave %u of region %u has ended, cause %u\n", info_of(other).vm,
		region.id, BH_FAULT_MEMORY_WRITE);
	log_says(one, words);
	destroy(other);
	/* the last one, that stops in order: Linux hears of it */
	check(call(one, VMDEV_STOP, NULL) == 0, "STOP");
	check(read(later, &end, sizeof(end)) == sizeof(end) && end.cause == BH_FAULT_STOPPED,
	      "cause %u", end.cause);
	destroy(one);
	check(call(manager, COKERNELDEV_REGION_REVOKE, &region.id) == 0, "revoke");
	close(memory);
	close(later);
}
