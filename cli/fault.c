/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fault records in words: what the enclave tried, where, and its registers. ESR_ELx encodings: Arm ARM (DDI 0487) D19.2.37.
 */
#include <cli/counters.h>
#include <cli/json_add.h>
#include <cli/symbols.h>
#include <lib/vcpu_text.h>
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

static void print_el2(const struct bh_fault *fault)
{
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

void fault_print(const struct answer_fault *answer)
{
	const struct bh_fault *fault = &answer->fault;
	char text[VCPU_TEXT_MAX];

	if (answer->kind == FAULT_EL2)
		(void)fprintf(stderr, "VM %u was ended: %s.\n", fault->vm,
			      cause_words(fault->cause));
	else
		(void)fprintf(stderr, "Enclave %u was ended: %s.\n", answer->id,
			      cause_words(fault->cause));
	if (answer->kind == FAULT_EL2 && fault->cause != BH_FAULT_STOPPED)
		print_el2(fault);
	if (answer->kind == FAULT_CORE && answer->report.version != 0) {
		vcpu_text(&answer->report, fault->vcpu, fault->core, text);
		symbols_print(stderr, "  ", text);
	}
	if (answer->text[0] != '\0')
		(void)fprintf(stderr, "  reason    %s\n", answer->text);
}

static void add_numbers(struct json_object *object, const char *key, const uint64_t *values,
			size_t count)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		json_object_array_add(list, json_object_new_uint64(values[i]));
	json_object_object_add(object, key, list);
}

static void add_el2(struct json_object *object, const struct bh_fault *fault)
{
	add_number(object, "esr", fault->esr);
	add_number(object, "far", fault->far);
	add_number(object, "ipa", fault->ipa);
	add_number(object, "pc", fault->pc);
	add_number(object, "pstate", fault->pstate);
	add_number(object, "sp_el0", fault->sp_el0);
	add_number(object, "sp_el1", fault->sp_el1);
	add_number(object, "elr_el1", fault->elr_el1);
	add_number(object, "esr_el1", fault->esr_el1);
	add_number(object, "far_el1", fault->far_el1);
	add_number(object, "ttbr0", fault->ttbr0);
	add_number(object, "ttbr1", fault->ttbr1);
	add_numbers(object, "x", fault->x, 31);
}

/* an address in the co-kernel's code, with its name when it has one */
static struct json_object *place(uint64_t address)
{
	struct json_object *object = json_object_new_object();
	char text[96];
	const char *name = symbol_of(address, text, sizeof(text));

	add_number(object, "pc", address);
	if (name != NULL)
		add_string(object, "symbol", name);
	return object;
}

static struct json_object *exits_json(const struct vcpu_report *report)
{
	struct json_object *list = json_object_new_array();
	uint64_t count = report->traced < VCPU_TRACES ? report->traced : VCPU_TRACES;

	for (uint64_t n = report->traced - count; n < report->traced; n++) {
		struct json_object *one = place(report->trace[n % VCPU_TRACES].rip);

		add_string(one, "reason", vcpu_exit_name(report->trace[n % VCPU_TRACES].reason));
		json_object_array_add(list, one);
	}
	return list;
}

static void add_core(struct json_object *object, const struct vcpu_report *report)
{
	const struct vcpu_fault *fault = &report->fault;
	struct json_object *registers = json_object_new_object(), *calls = json_object_new_array();
	struct vcpu_register one;

	add_string(object, "reason", vcpu_exit_name(fault->reason));
	add_number(object, "address", fault->address);
	add_number(object, "virtual_address", fault->virtual_address);
	json_object_object_add(object, "place", place(fault->rip));
	for (unsigned i = 0; i < VCPU_FRAMES && fault->frames[i] != 0; i++)
		json_object_array_add(calls, place(fault->frames[i]));
	json_object_object_add(object, "called_from", calls);
	add_numbers(object, "code", fault->code, 3);
	add_number(object, "denied", report->denied);
	add_number(object, "dropped", report->dropped);
	json_object_object_add(object, "last_exits", exits_json(report));
	for (unsigned i = 0; vcpu_register(fault, i, &one); i++)
		add_number(registers, one.name, one.value);
	json_object_object_add(object, "registers", registers);
}

struct json_object *fault_json(const struct answer_fault *answer)
{
	const struct bh_fault *fault = &answer->fault;
	struct json_object *object = json_object_new_object();

	add_number(object, "id", answer->id);
	add_string(object, "name", answer->name);
	add_string(object, "cause", fault_cause(fault->cause));
	add_string(object, "text", answer->text);
	add_number(object, "vm", fault->vm);
	add_number(object, "vcpu", fault->vcpu);
	add_number(object, "core", fault->core);
	add_number(object, "counter", fault->counter);
	if (answer->kind == FAULT_EL2)
		add_el2(object, fault);
	else if (answer->report.version != 0)
		add_core(object, &answer->report);
	return object;
}
