/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a co-kernel may not do, done on purpose under `full`, beside Linux and another enclave whose memory is looked at each time: whoever did it is ended,
 * refused or not heard, the record says what it was, and its cores and memory serve the next. docs/hv-x86.md has the list by what it is for.
 * `endurance` takes them at random, SEED and CYCLES in the environment; `unprotected` shows that without a wall the harm is real.
 */
#include <errno.h>
#include <lib/vcpu_area.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "check.h"
#include "witness.h"

#define ENDURANCE_CYCLES 20u
#define LOOKS            4u
#define APIC_PAGE        0xfee00000ull
#define PAGE_MASK        (~4095ull)
#define PROBE_MS         1000u
#define WORDS_MAX        80

enum outcome {
	ENDS,    /* the enclave, for the cause `detail` */
	RAISES,  /* exception `detail` */
	DENIED,  /* the same, and counted */
	IGNORED, /* counted */
	DROPPED, /* an interrupt that is not sent, counted */
	FLOODS,  /* many of them */
	HANGS,   /* until it is stopped */
	PASSES
};

/*
 * Words of attack.c. Capital letters stand for what is known when it runs: L a word of Linux's, O one of the other enclave's, H the other's
 * hypervisor, S its own, F memory that it has given back, R a region that was revoked, A the other's interrupt controller.
 */
struct fault {
	char words[28];
	enum outcome outcome;
	uint32_t detail;
};

static const struct fault faults[] = {
	/* memory of Linux's, of the other's, of the hypervisor's, what it had */
	{"read L", ENDS, BH_FAULT_MEMORY_READ},
	{"write L 1", ENDS, BH_FAULT_MEMORY_WRITE},
	{"exec L", ENDS, BH_FAULT_MEMORY_EXEC},
	{"write 1000000 0", ENDS, BH_FAULT_MEMORY_WRITE}, /* Linux's code */
	{"read O", ENDS, BH_FAULT_MEMORY_READ},
	{"write O 1", ENDS, BH_FAULT_MEMORY_WRITE},
	{"exec O", ENDS, BH_FAULT_MEMORY_EXEC},
	{"read H", ENDS, BH_FAULT_MEMORY_READ},
	{"write H 1", ENDS, BH_FAULT_MEMORY_WRITE},
	{"exec H", ENDS, BH_FAULT_MEMORY_EXEC},
	{"read S", ENDS, BH_FAULT_MEMORY_READ},
	{"write S 1", ENDS, BH_FAULT_MEMORY_WRITE},
	{"exec S", ENDS, BH_FAULT_MEMORY_EXEC},
	{"read F", ENDS, BH_FAULT_MEMORY_READ},
	{"write F 1", ENDS, BH_FAULT_MEMORY_WRITE},
	{"exec F", ENDS, BH_FAULT_MEMORY_EXEC},
	{"read R", ENDS, BH_FAULT_MEMORY_READ},
	{"write R 1", ENDS, BH_FAULT_MEMORY_WRITE},
	{"exec R", ENDS, BH_FAULT_MEMORY_EXEC},
	/* devices: video memory, IO-APIC, HPET; code on the APIC's page; stores that are none of a kernel's */
	{"read b8000", ENDS, BH_FAULT_MEMORY_READ},
	{"write b8000 1", ENDS, BH_FAULT_MEMORY_WRITE},
	{"read fec00000", ENDS, BH_FAULT_MEMORY_READ},
	{"write fec00000 10", ENDS, BH_FAULT_MEMORY_WRITE},
	{"exec fec00000", ENDS, BH_FAULT_MEMORY_EXEC},
	{"write fed00010 0", ENDS, BH_FAULT_MEMORY_WRITE},
	{"exec fee00000", ENDS, BH_FAULT_MEMORY_EXEC},
	{"write fee00300 4500", ENDS, BH_FAULT_MEMORY_WRITE},
	/* ports: keyboard controller, reset, PCI configuration, fw_cfg, serial port, clock, fast reset, interrupt controller */
	{"in 64", ENDS, BH_FAULT_PORT},
	{"out 64 fe", ENDS, BH_FAULT_PORT},
	{"out cf9 6", ENDS, BH_FAULT_PORT},
	{"outl cf8 80000000", ENDS, BH_FAULT_PORT},
	{"inl cfc", ENDS, BH_FAULT_PORT},
	{"out 510 0", ENDS, BH_FAULT_PORT},
	{"in 511", ENDS, BH_FAULT_PORT},
	{"out 3f8 41", ENDS, BH_FAULT_PORT},
	{"out 70 0", ENDS, BH_FAULT_PORT},
	{"out 92 1", ENDS, BH_FAULT_PORT},
	{"out 21 0", ENDS, BH_FAULT_PORT},
	{"inl ffff", ENDS, BH_FAULT_PORT},
	/* its own tables and stacks; they may lead elsewhere */
	{"idt 0", ENDS, BH_FAULT_ABORT},
	{"gdt 0", ENDS, BH_FAULT_ABORT},
	{"root 0", ENDS, BH_FAULT_ABORT},
	{"stack 0", ENDS, BH_FAULT_ABORT},
	{"root 1003", ENDS, BH_FAULT_MEMORY_READ},
	{"cr3 1000", ENDS, BH_FAULT_MEMORY_READ},
	{"overflow", ENDS, BH_FAULT_MEMORY_WRITE},
	/* no end */
	{"loop", HANGS, 0},
	{"halt", HANGS, 0},
	{"debug", HANGS, 0},
	{"align", HANGS, 0},
	{"nonsense 1", HANGS, 0},
	/* its interrupt controller: number, LDR, DFR, version; local entries with NMI, SMI, INIT, ExtINT */
	{"apic 20 1000000", IGNORED, 0},
	{"apic d0 1000000", IGNORED, 0},
	{"apic e0 0", IGNORED, 0},
	{"apic 30 0", IGNORED, 0},
	{"apic 320 400", IGNORED, 0},
	{"apic 330 200", IGNORED, 0},
	{"apic 352 0", IGNORED, 0},
	{"apic 340 400", IGNORED, 0},
	{"apic 350 400", IGNORED, 0},
	{"apic 350 200", IGNORED, 0},
	{"apic 350 700", IGNORED, 0},
	{"apic 360 500", IGNORED, 0},
	{"apic 360 700", IGNORED, 0},
	{"apic 370 400", IGNORED, 0},
	/* MSRs: APIC_BASE moved and off, TSC and its adjustment, MTRRs, microcode, PAT, debugging, both vendors' of virtualization, none's */
	{"wrmsr 1b fed00900", DENIED, 13},
	{"wrmsr 1b 0", DENIED, 13},
	{"wrmsr 10 0", DENIED, 13},
	{"wrmsr 3b 1", DENIED, 13},
	{"wrmsr 3a 5", DENIED, 13},
	{"rdmsr 3a", DENIED, 13},
	{"wrmsr 79 1000", DENIED, 13},
	{"rdmsr 8b", DENIED, 13},
	{"wrmsr 1a0 0", DENIED, 13},
	{"wrmsr 1d9 1", DENIED, 13},
	{"rdmsr 200", DENIED, 13},
	{"wrmsr 200 0", DENIED, 13},
	{"wrmsr 2ff 0", DENIED, 13},
	{"wrmsr 277 0", DENIED, 13},
	{"rdmsr 480", DENIED, 13},
	{"rdmsr c0010015", DENIED, 13},
	{"wrmsr c0010015 0", DENIED, 13},
	{"wrmsr c0010114 0", DENIED, 13},
	{"rdmsr c0010117", DENIED, 13},
	{"wrmsr c0010117 0", DENIED, 13},
	{"rdmsr 40000000", DENIED, 13},
	{"wrmsr deadbeef 1", DENIED, 13},
	/* on VMX the processor sees to it that long mode stays */
	{"wrmsr c0000080 0", RAISES, 13},
	{"wrmsr c0000080 ffffffff", RAISES, 13},
	{"xsetbv 0 2", RAISES, 13},
	{"xsetbv 0 0", RAISES, 13},
	{"xsetbv 1 1", RAISES, 13},
	/* virtualization: as on a processor that has it not */
	{"vmxon", RAISES, 6},
	{"vmxoff", RAISES, 6},
	{"vmcall", RAISES, 6},
	{"vmmcall", RAISES, 6},
	{"vmrun", RAISES, 6},
	{"vmload 1000", RAISES, 6},
	{"vmsave 1000", RAISES, 6},
	{"stgi", RAISES, 6},
	{"clgi", RAISES, 6},
	{"skinit", RAISES, 6},
	{"invlpga", RAISES, 6},
	{"rsm", RAISES, 6},
	{"invd", PASSES, 0},
	/* interrupts to Linux: some vectors, lowest priority, SMI, NMI, INIT, SIPI, logical */
	{"ipi 0 4010", DROPPED, 0},
	{"ipi 0 4080", DROPPED, 0},
	{"ipi 0 40fe", DROPPED, 0},
	{"ipi 0 4180", DROPPED, 0},
	{"ipi 0 4200", DROPPED, 0},
	{"ipi 0 4400", DROPPED, 0},
	{"ipi 0 4500", DROPPED, 0},
	{"ipi 0 8500", DROPPED, 0},
	{"ipi 0 4608", DROPPED, 0},
	{"ipi 1 4880", DROPPED, 0},
	{"ipi ff 4080", DROPPED, 0},
	/* to the other enclave */
	{"ipi A 40e1", DROPPED, 0},
	{"ipi A 4021", DROPPED, 0},
	{"ipi A 4400", DROPPED, 0},
	{"ipi A 4500", DROPPED, 0},
	{"ipi A 4608", DROPPED, 0},
	/* to all, to all others, NMI to itself */
	{"ipi 0 84080", DROPPED, 0},
	{"ipi 0 c4080", DROPPED, 0},
	{"ipi 0 c4400", DROPPED, 0},
	{"ipi 0 c4500", DROPPED, 0},
	{"ipi 0 c4608", DROPPED, 0},
	{"ipi 0 44400", DROPPED, 0},
	/* storms of all vectors and kinds */
	{"flood 0 2000", FLOODS, 0x2000},
	{"flood A 2000", FLOODS, 0x2000},
};
#define FAULTS (sizeof(faults) / sizeof(faults[0]))

static struct witness other;

/* Whoever is to do it, and what was made for that. */
struct culprit {
	int file;
	uint32_t core; /* that does it */
	uint16_t id;
	char words[WORDS_MAX]; /* without capital letters */
	uint64_t number;       /* the first one */
	int region;
	uint64_t *revoked;
};

static bool culprit_begin(struct culprit *culprit, unsigned vcpus, uint64_t memory,
			  bool is_protected)
{
	*culprit = (struct culprit){.core = vcpus - 1, .region = -1};
	culprit->file = start(&(struct plan){.parameters = "serve obey last",
					     .vcpus = vcpus,
					     .memory = memory,
					     .is_protected = is_protected,
					     .features = VCPU_FULL});
	if (culprit->file < 0)
		return false;
	culprit->id = info_of(culprit->file).vm;
	apic_of(culprit->file, culprit->core);
	return true;
}

/* A unit that it got and gave back. */
static uint64_t memory_freed(const struct culprit *culprit)
{
	static const char filled[] = "tiny: filled ";
	struct cokerneldev_node before = ledger();
	uint64_t had = 0;
	struct vmdev_resize resize = {0};
	const char *at;

	/* the other one has its own */
	had = (before.units[0] + before.units[1]) * ENCLAVE_UNIT - 6 * MIB;
	resize.memory = had + ENCLAVE_UNIT;
	check(call(culprit->file, VMDEV_RESIZE, &resize) == 0, "more");
	resize.memory = had;
	check(call(culprit->file, VMDEV_RESIZE, &resize) == 0 && resize.memory == had, "less");
	at = strstr(log_text(culprit->file), filled);
	return check(at, "no unit came") ? strtoull(at + strlen(filled), NULL, 16) : 0;
}

/* A region that it had; it is Linux's, and ours to look at. */
static uint64_t memory_revoked(struct culprit *culprit)
{
	struct cokerneldev_region region = {.size = 4096, .name = "revoked"};

	culprit->region = (int)call(manager, COKERNELDEV_REGION_CREATE, &region);
	culprit->revoked = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, culprit->region, 0);
	if (!check(culprit->revoked != MAP_FAILED, "region"))
		return 0;
	check(call(culprit->file, COKERNELDEV_ATTACH, &region) == 0, "attach");
	check(call(manager, COKERNELDEV_REGION_REVOKE, &region.id) == 0, "revoke");
	memset(culprit->revoked, 0, 4096);
	return physical_of(culprit->revoked);
}

static uint64_t number_for(struct culprit *culprit, char letter)
{
	uint64_t value;

	switch (letter) {
	case 'L':
		return witness_linux(&value);
	case 'O':
		return other.memory + 4096;
	case 'H':
		return area_of(other.id) + VCPU_IMAGE_OFFSET;
	case 'S':
		return area_of(culprit->id) + VCPU_CONFIG_OFFSET;
	case 'F':
		return memory_freed(culprit);
	case 'R':
		return memory_revoked(culprit);
	default:
		return other.apic;
	}
}

static void words_complete(struct culprit *culprit, const char *words)
{
	const char *letter = words + strcspn(words, "LOHSFRA"), *number = strchr(words, ' ');

	if (*letter) {
		culprit->number = number_for(culprit, *letter);
		snprintf(culprit->words, sizeof(culprit->words), "%.*s%llx%s",
			 (int)(letter - words), words, (unsigned long long)culprit->number,
			 letter + 1);
		return;
	}
	culprit->number = number ? strtoull(number, NULL, 16) : 0;
	snprintf(culprit->words, sizeof(culprit->words), "%s", words);
}

/* Nobody else has noticed anything. */
static void check_harm(const struct culprit *culprit)
{
	check(witness_linux_harm() == 0, "%s: Linux's memory has changed", culprit->words);
	check(witness_harm(&other) == 0, "%s: the other enclave is harmed", culprit->words);
	check(!culprit->revoked || culprit->revoked[0] == 0, "%s: the region has changed",
	      culprit->words);
}

static void culprit_end(struct culprit *culprit)
{
	struct cokerneldev_node node;

	destroy(culprit->file);
	node = ledger();
	check(node.enclaves == 1 && node.cores == 1 &&
		      (node.units[0] + node.units[1]) * ENCLAVE_UNIT == 6 * MIB,
	      "%s: something is not back", culprit->words);
	if (culprit->region >= 0) {
		munmap(culprit->revoked, 4096);
		close(culprit->region);
	}
}

static void check_record(const struct culprit *culprit, uint32_t cause)
{
	struct cokerneldev_cores cores = {0};
	struct bh_fault fault = {0};
	const char *words = culprit->words;

	check(call(culprit->file, VMDEV_FAULT, &fault) == 0 && fault.cause == cause, "%s: cause %u",
	      words, fault.cause);
	/* the root of their tables is all cores' */
	check(call(culprit->file, COKERNELDEV_CORES, &cores) == 0 &&
		      (fault.vcpu == culprit->core || strncmp(words, "root", 4) == 0) &&
		      fault.core == cores.cores[fault.vcpu].cpu,
	      "%s: core %u, %u", words, fault.vcpu, fault.core);
	check(fault.pc != 0, "%s: no place", words);
	if (cause == BH_FAULT_PORT)
		check(fault.ipa == culprit->number, "%s: port %lx", words, fault.ipa);
	else if (cause != BH_FAULT_ABORT && culprit->number)
		check((fault.ipa & PAGE_MASK) == (culprit->number & PAGE_MASK), "%s: at %lx", words,
		      fault.ipa);
	check(vcpu_of(culprit->file, culprit->core).report.phase == VCPU_FAULTED, "%s: phase",
	      words);
}

/* Garbage in rings: defined answers. */
static void check_answers(const struct culprit *culprit)
{
	static const struct vmdev_resize wanted = {.memory = 16 * MIB};
	struct cokerneldev_core core = {.cpu = ENCLAVE_CORE_ANY};
	struct vmdev_resize resize = wanted;
	long status;

	status = call(culprit->file, VMDEV_RESIZE, &resize);
	check(status == -EIO, "resize: %ld", status);
	status = call(culprit->file, COKERNELDEV_CORE_ADD, &core);
	check(status < 0, "another core: %ld", status);
	(void)log_text(culprit->file);
}

static bool is_nonsense(const struct culprit *culprit)
{
	return strncmp(culprit->words, "nonsense", 8) == 0;
}

static bool has_begun(const struct culprit *culprit)
{
	struct cokerneldev_cores cores = {0};

	if (!is_nonsense(culprit))
		return strstr(log_text(culprit->file), culprit->words) != NULL;
	call(culprit->file, COKERNELDEV_CORES, &cores);
	return cores.cores[0].state > COKERNEL_CORE_DOWN;
}

/* It hangs: interrupts reach it no more, a command does. */
static void check_hang(const struct culprit *culprit)
{
	uint32_t core = culprit->core;

	check(eventually(has_begun(culprit)), "%s: it does not begin", culprit->words);
	if (is_nonsense(culprit))
		check_answers(culprit);
	check(state_of(culprit->file) == VMDEV_RUNNING, "%s: it has ended", culprit->words);
	check(call(culprit->file, VMDEV_STOP, NULL) == 0, "%s: STOP", culprit->words);
	check(vcpu_of(culprit->file, core).report.phase == VCPU_STOPPED, "%s: phase %u",
	      culprit->words, vcpu_of(culprit->file, core).report.phase);
}

/* It goes on. */
static void check_refusal(const struct culprit *culprit, const struct fault *fault)
{
	const char *words = culprit->words, *answer;
	struct vcpu_report before = vcpu_of(culprit->file, culprit->core).report, after;
	uint64_t denied, dropped;
	char expected[40] = "nothing stopped it: ";

	if (fault->outcome == RAISES || fault->outcome == DENIED)
		snprintf(expected, sizeof(expected), "exception %u\n", fault->detail);
	answer = ask(culprit->file, words);
	check(strncmp(answer, expected, strlen(expected)) == 0, "%s: %s", words, answer);
	after = vcpu_of(culprit->file, culprit->core).report;
	denied = after.denied - before.denied;
	dropped = after.dropped - before.dropped;
	if (fault->outcome == DENIED)
		check(denied == 1 && after.denied_last[0] == culprit->number, "%s: %lu denied, %lx",
		      words, denied, after.denied_last[0]);
	if (fault->outcome == IGNORED)
		check(denied == 1 && after.denied_last[0] == APIC_PAGE + culprit->number,
		      "%s: %lu denied, %lx", words, denied, after.denied_last[0]);
	if (fault->outcome == DROPPED)
		check(dropped == 1 && after.denied_last[1] >> 32 == culprit->number,
		      "%s: %lu dropped, %lx", words, dropped, after.denied_last[1]);
	/* Linux's own doorbell is not among those */
	if (fault->outcome == FLOODS)
		check(dropped >= fault->detail - 16 && dropped <= fault->detail, "%s: %lu dropped",
		      words, dropped);
}

/* One deed; whether its enclave can do another. */
static bool fault_do(struct culprit *culprit, const struct fault *fault)
{
	words_complete(culprit, fault->words);
	switch (fault->outcome) {
	case ENDS:
		order(culprit->file, culprit->words);
		check(reaches(culprit->file, VMDEV_ENDED), "%s: it goes on", culprit->words);
		check_record(culprit, fault->detail);
		break;
	case HANGS:
		order(culprit->file, culprit->words);
		check_hang(culprit);
		break;
	default:
		check_refusal(culprit, fault);
	}
	check_harm(culprit);
	return fault->outcome != ENDS && fault->outcome != HANGS &&
	       check(state_of(culprit->file) == VMDEV_RUNNING, "%s: it has ended", culprit->words);
}

/* A core that it gave back is Linux's: interrupts to it are no longer sent. */
static void signal_what_was_given_back(void)
{
	struct cokerneldev_core core = {.index = 1};
	int file = start(&(struct plan){.parameters = "serve obey",
					.vcpus = 2,
					.is_protected = true,
					.features = VCPU_FULL});
	uint32_t apic = apic_of(file, 1);
	char words[40];

	snprintf(words, sizeof(words), "ipi %x 40e5", apic);
	(void)ask(file, words);
	check(vcpu_of(file, 0).report.dropped == 0, "its own core");
	check(call(file, COKERNELDEV_CORE_REMOVE, &core) == 0, "a core goes");
	(void)ask(file, words);
	check(vcpu_of(file, 0).report.dropped == 1, "an interrupt to Linux's core");
	check(call(file, COKERNELDEV_CORE_ADD, &core) == 0, "it comes again");
	(void)ask(file, words);
	check(vcpu_of(file, 0).report.dropped == 1, "its own core again");
	destroy(file);
}

/* Each of them; those that the enclave outlives one after the other, by one. */
void test_faults(void)
{
	struct culprit culprit = {.file = -1};
	unsigned lives = 0;

	if (!witness_begin(&other, true))
		return;
	for (unsigned i = 0; i < FAULTS; i++) {
		if (culprit.file < 0 &&
		    !culprit_begin(&culprit, 1 + (lives++ % 4 == 1), 4 * MIB, true))
			break;
		if (fault_do(&culprit, &faults[i]))
			continue;
		culprit_end(&culprit);
		culprit.file = -1;
	}
	if (culprit.file >= 0)
		culprit_end(&culprit);
	witness_end(&other);
	signal_what_was_given_back();
	printf("%zu faults, %u enclaves\n", FAULTS, lives);
}

static unsigned number_of(const char *name, unsigned otherwise)
{
	const char *word = getenv(name);

	return word ? (unsigned)strtoul(word, NULL, 10) : otherwise;
}

/* One life: its size, its cores and its fault at random. */
static void live_badly(void)
{
	const struct fault *fault = &faults[(unsigned)rand() % FAULTS];
	unsigned vcpus = 1 + (unsigned)rand() % 2;
	uint64_t memory = (2 + (uint64_t)rand() % 8) * ENCLAVE_UNIT;
	struct culprit culprit;

	if (!culprit_begin(&culprit, vcpus, memory, true))
		return;
	(void)fault_do(&culprit, fault);
	culprit_end(&culprit);
}

void test_endurance(void)
{
	unsigned cycles = number_of("CYCLES", ENDURANCE_CYCLES), seed = number_of("SEED", 1);
	struct resources before, after;

	srand(seed);
	before = resources();
	if (!witness_begin(&other, true))
		return;
	for (unsigned i = 0; i < cycles; i++)
		live_badly();
	witness_end(&other);
	after = resources();
	check(after.memory_total == before.memory_total && after.cpus == before.cpus &&
		      after.nodes[0] == before.nodes[0] && after.nodes[1] == before.nodes[1] &&
		      ledger().cores == 0 && ledger().units[0] == 0 && ledger().units[1] == 0,
	      "seed %u: something is lost", seed);
	check_free(&before);
	printf("%u faults at random, seed %u\n", cycles, seed);
}

/* Bare, the same is done, and shows. */
static void harm_do(struct culprit *culprit, const char *words)
{
	const char *answer;

	words_complete(culprit, words);
	answer = ask(culprit->file, culprit->words);
	check(strncmp(answer, "nothing stopped it", 18) == 0, "%s: %s", culprit->words, answer);
}

static bool other_answers(void)
{
	struct cokerneldev_probe probe = {.limit = PROBE_MS};

	return call(other.file, COKERNELDEV_PROBE, &probe) == 0 && probe.asked == 1 &&
	       probe.answered == 1;
}

void test_unprotected(void)
{
	struct culprit culprit;
	char expected[60];
	uint64_t value;

	if (!witness_begin(&other, false) || !culprit_begin(&culprit, 1, 4 * MIB, false))
		return;
	(void)witness_linux(&value);
	words_complete(&culprit, "read L");
	snprintf(expected, sizeof(expected), "nothing stopped it: %llx\n",
		 (unsigned long long)value);
	check(strcmp(ask(culprit.file, culprit.words), expected) == 0, "Linux's memory is read");
	harm_do(&culprit, "write L 1");
	check(witness_linux_harm() == 1, "Linux's memory is written");
	harm_do(&culprit, "in 64");
	harm_do(&culprit, "write O 1");
	check(witness_harm(&other) == 1, "the other enclave's memory is written");
	harm_do(&culprit, "ipi A 40e5");
	check(eventually(witness_harm(&other) == 2), "an interrupt of nobody's comes");
	harm_do(&culprit, "ipi A 4400");
	check(eventually(witness_harm(&other) == 3), "an NMI of nobody's comes");
	check(other_answers(), "it lives");
	harm_do(&culprit, "ipi A 4500");
	check(!other_answers(), "it is gone");
	destroy(culprit.file);
	witness_end(&other);
}
