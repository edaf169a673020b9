/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fault records in words: what the enclave tried, where, and its registers. ESR_ELx encodings: Arm ARM (DDI 0487) D19.2.37.
 */
#include <cli/command.h>
#include <stdio.h>

static const struct {
	const char *name, *words;
} causes[BH_FAULT_CAUSES] = {
#define X(cause, name, words) [cause] = {name, words},
	BH_FAULT_WORDS(X)
#undef X
};

const char *fault_cause(uint32_t cause)
{
	return cause < BH_FAULT_CAUSES && causes[cause].name != NULL ? causes[cause].name
								     : "unlisted";
}

static const char *cause_words(uint32_t cause)
{
	return cause < BH_FAULT_CAUSES && causes[cause].words != NULL ? causes[cause].words
								      : "for an unlisted reason";
}

static void print_registers(const struct bh_fault *fault)
{
	const struct {
		const char *name;
		uint64_t value;
	} special[] = {
		{"sp_el0", fault->sp_el0},   {"sp_el1", fault->sp_el1},
		{"pstate", fault->pstate},   {"elr_el1", fault->elr_el1},
		{"esr_el1", fault->esr_el1}, {"far_el1", fault->far_el1},
		{"ttbr0", fault->ttbr0},     {"ttbr1", fault->ttbr1},
	};
	char name[8];

	for (unsigned i = 0; i < 31 + sizeof(special) / sizeof(special[0]); i++) {
		(void)snprintf(name, sizeof(name), "x%u", i);
		(void)fprintf(stderr, "%8s %016llx%s", i < 31 ? name : special[i - 31].name,
			      (unsigned long long)(i < 31 ? fault->x[i] : special[i - 31].value),
			      i % 4 == 3 ? "\n" : "");
	}
	(void)fputc('\n', stderr);
}

/* A core that runs bare is seen by nobody: what it was about when it ended is not known. */
bool fault_has_registers(const struct bh_fault *fault)
{
	return fault->cause != BH_FAULT_STOPPED && (fault->pc != 0 || fault->esr != 0);
}

void fault_print(const struct bh_fault *fault)
{
	(void)fprintf(stderr, "VM %u was ended: %s.\n", fault->vm, cause_words(fault->cause));
	if (!fault_has_registers(fault))
		return;
	if (fault->cause >= BH_FAULT_MEMORY_READ && fault->cause <= BH_FAULT_MEMORY_EXEC)
		(void)fprintf(stderr, "  address   %#llx (guest-physical), %#llx (virtual)\n",
			      (unsigned long long)fault->ipa, (unsigned long long)fault->far);
	(void)fprintf(
		stderr,
		"  place     pc %#llx at EL%u, vCPU %u on core %u\n  syndrome  %#llx\n  time      virtual counter %llu\n  registers\n",
		(unsigned long long)fault->pc, (unsigned)(fault->pstate >> 2 & 3), fault->vcpu,
		fault->core, (unsigned long long)fault->esr, (unsigned long long)fault->counter);
	print_registers(fault);
}
