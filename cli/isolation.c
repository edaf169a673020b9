/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a co-kernel is held to, and what it is granted, as words of the operator: full, virt, none or a list of features; "port 0x3f8-0x3ff",
 * "msr 0x1a0 read", "mmio 0xfed00000-0xfed00fff". Whether something can be granted is the node's to say.
 */
#include <bulkhead/vcpu.h>
#include <cli/command.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	uint32_t bit;
} features[] = {
	{"mem", VCPU_MEM}, {"msr", VCPU_MSR},     {"io", VCPU_IO},
	{"ipi", VCPU_IPI}, {"abort", VCPU_ABORT},
};

#define FEATURES (sizeof(features) / sizeof(features[0]))

/* the word that ends at ',' or at the end; 0: there is no such feature */
static uint32_t feature_of(const char *word, size_t length)
{
	for (size_t i = 0; i < FEATURES; i++) {
		if (strlen(features[i].name) == length &&
		    strncmp(features[i].name, word, length) == 0)
			return features[i].bit;
	}
	return 0;
}

static bool take_list(const char *text, uint32_t *isolation)
{
	*isolation = ENCLAVE_ISOLATION_FEATURES;
	for (;;) {
		size_t length = strcspn(text, ",");
		uint32_t bit = feature_of(text, length);

		if (bit == 0)
			return false;
		*isolation |= bit;
		if (text[length] == '\0')
			return true;
		text += length + 1;
	}
}

bool parse_isolation(const char *text, struct wanted *wanted)
{
	if (strcmp(text, "full") == 0) {
		wanted->isolation = ENCLAVE_ISOLATION_FEATURES | VCPU_FULL;
	} else if (strcmp(text, "virt") == 0) {
		wanted->isolation = ENCLAVE_ISOLATION_FEATURES;
	} else if (strcmp(text, "none") == 0) {
		wanted->isolation = ENCLAVE_ISOLATION_NONE;
	} else if (!take_list(text, &wanted->isolation)) {
		(void)usage(
			"'%s' is no isolation: say full, virt, none or a list of mem, msr, io, ipi, abort.",
			text);
		return false;
	}
	return true;
}

const char *isolation_text(uint32_t isolation, char *text, size_t size)
{
	size_t at = 0;

	if (isolation == ENCLAVE_ISOLATION_NONE)
		return "none";
	if (isolation == ENCLAVE_ISOLATION_BEST || (isolation & VCPU_FULL) == VCPU_FULL)
		return "full";
	(void)snprintf(text, size, "virt");
	for (size_t i = 0; i < FEATURES; i++) {
		if ((isolation & features[i].bit) != 0)
			at += (size_t)snprintf(text + at, size - at, "%s%s", at != 0 ? "," : "",
					       features[i].name);
	}
	return text;
}

static const char *const kinds[] = {
	[ENCLAVE_GRANT_PORT] = "port",
	[ENCLAVE_GRANT_MSR] = "msr",
	[ENCLAVE_GRANT_MMIO] = "mmio",
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define BOTH  (ENCLAVE_GRANT_READ | ENCLAVE_GRANT_WRITE)

/* a number as C has it, and where it ends; NULL: none */
static const char *take_number(const char *text, uint64_t *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return NULL;
	*value = strtoull(text, &end, 0);
	return end;
}

/* "FIRST[-LAST]" */
static const char *take_range(const char *text, struct enclave_grant *grant)
{
	text = take_number(text, &grant->first);
	grant->last = grant->first;
	if (text != NULL && *text == '-')
		text = take_number(text + 1, &grant->last);
	return text != NULL && grant->first <= grant->last ? text : NULL;
}

static bool take_ways(const char *text, uint16_t *ways)
{
	if (*text == '\0')
		*ways = BOTH;
	else if (strcmp(text, " read") == 0)
		*ways = ENCLAVE_GRANT_READ;
	else if (strcmp(text, " write") == 0)
		*ways = ENCLAVE_GRANT_WRITE;
	else
		return false;
	return true;
}

static bool take_grant(const char *text, struct enclave_grant *grant)
{
	for (uint16_t kind = ENCLAVE_GRANT_PORT; kind < KINDS; kind++) {
		size_t length = strlen(kinds[kind]);

		if (strncmp(text, kinds[kind], length) != 0 || text[length] != ' ')
			continue;
		*grant = (struct enclave_grant){.kind = kind};
		text = take_range(text + length + 1, grant);
		return text != NULL && take_ways(text, &grant->ways);
	}
	return false;
}

bool parse_grant(const char *text, struct wanted *wanted)
{
	if (wanted->grant_count == ENCLAVE_GRANTS_MAX) {
		(void)usage("There are more than %d grants.", ENCLAVE_GRANTS_MAX);
		return false;
	}
	if (!take_grant(text, &wanted->grants[wanted->grant_count])) {
		(void)usage(
			"'%s' is no grant such as port 0x3f8-0x3ff, msr 0x1a0 read or mmio 0xfed00000-0xfed00fff.",
			text);
		return false;
	}
	wanted->grant_count++;
	return true;
}

const char *grant_text(const struct enclave_grant *grant, char *text, size_t size)
{
	int used = snprintf(text, size, "%s %#llx",
			    grant->kind < KINDS && kinds[grant->kind] ? kinds[grant->kind] : "?",
			    (unsigned long long)grant->first);

	if (grant->last != grant->first)
		used += snprintf(text + used, size - (size_t)used, "-%#llx",
				 (unsigned long long)grant->last);
	if (grant->ways != BOTH)
		(void)snprintf(text + used, size - (size_t)used, "%s",
			       grant->ways == ENCLAVE_GRANT_READ ? " read" : " write");
	return text;
}

void isolation_say(uint32_t flags)
{
	if ((flags & ANSWER_BARE) != 0)
		say("this processor has neither SVM with nested paging nor VMX with EPT: nothing keeps the enclave to its own cores and memory. --isolation none says that this is meant.");
}
