/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Words of the operator as values. What is wrong is said in one sentence.
 */
#include <cli/command.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_UNIT ((uint64_t)ENCLAVE_UNIT)
#define SIZE_BITS 52 /* of the largest physical address */

/* a decimal number below 2^40 and where it ends; NULL when there is none */
static const char *take_number(const char *text, uint64_t *value)
{
	*value = 0;
	if (*text < '0' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++) {
		*value = *value * 10 + (uint64_t)(*text - '0');
		if (*value >> 40 != 0)
			return NULL;
	}
	return text;
}

bool parse_bytes(const char *text, uint64_t *size)
{
	static const char units[] = "KMG";
	const char *end = take_number(text, size);
	const char *unit = end != NULL && *end != '\0' && end[1] == '\0' ? strchr(units, *end)
									 : NULL;
	unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;

	if (unit == NULL || *size == 0 || *size >> (SIZE_BITS - shift) != 0) {
		(void)usage("'%s' is not a size such as 256M.", text);
		return false;
	}
	*size <<= shift;
	return true;
}

bool parse_size(const char *text, uint64_t *size)
{
	if (!parse_bytes(text, size))
		return false;
	*size = (*size + SIZE_UNIT - 1) / SIZE_UNIT * SIZE_UNIT;
	return true;
}

bool parse_count(const char *text, const char *what, uint32_t low, uint32_t high, uint32_t *value)
{
	uint64_t number;
	const char *end = take_number(text, &number);

	if (end == NULL || *end != '\0' || number < low || number > high) {
		(void)usage("%s: '%s' is not a number from %u to %u.", what, text, low, high);
		return false;
	}
	*value = (uint32_t)number;
	return true;
}

/* "2,4-6" */
bool parse_cores(const char *text, struct wanted *wanted)
{
	const char *at = text;
	bool is_good = false;

	wanted->core_count = 0;
	do {
		uint64_t first, last;

		at = take_number(at + (wanted->core_count > 0), &first);
		last = first;
		if (at != NULL && *at == '-')
			at = take_number(at + 1, &last);
		if (at == NULL || first > last || last >= ENCLAVE_CORE_ANY)
			break;
		for (; first <= last && wanted->core_count < ENCLAVE_VCPUS_MAX; first++)
			wanted->cores[wanted->core_count++] = (uint16_t)first;
		if (first <= last)
			break;
		is_good = *at == '\0';
	} while (*at == ',');
	if (is_good)
		return true;
	(void)usage("'%s' is not a list of cores such as 2,4-6, of at most %u.", text,
		    ENCLAVE_VCPUS_MAX);
	return false;
}

bool parse_env(const char *text, struct wanted *wanted)
{
	const char *equals = strchr(text, '=');

	if (equals == NULL || equals == text) {
		(void)usage("'%s' is not of the form NAME=VALUE.", text);
		return false;
	}
	if (wanted->env_count == ENV_MAX) {
		(void)usage("There are more than %d environment strings.", ENV_MAX);
		return false;
	}
	wanted->env[wanted->env_count++] = text;
	return true;
}

bool parse_file(const char *text, struct wanted *wanted)
{
	const char *colon = strrchr(text, ':');
	const char *slash;
	struct bulkhead_file *file = &wanted->files[wanted->file_count];

	if (wanted->file_count == FILES_MAX) {
		(void)usage("There are more than %d files.", FILES_MAX);
		return false;
	}
	file->path = colon != NULL ? strndup(text, (size_t)(colon - text)) : text;
	slash = strrchr(text, '/');
	file->name = colon != NULL ? colon + 1 : slash != NULL ? slash + 1 : text;
	if (file->path == NULL || file->name[0] == '\0' || strchr(file->name, '/') != NULL ||
	    strcmp(file->name, ".") == 0 || strcmp(file->name, "..") == 0 ||
	    strlen(file->name) > NAME_MAX) {
		(void)usage("'%s' is no name for a file in the working directory.", file->name);
		return false;
	}
	for (size_t i = 0; i < wanted->file_count; i++) {
		if (strcmp(wanted->files[i].name, file->name) == 0) {
			(void)usage("Two files are called %s in the working directory.",
				    file->name);
			return false;
		}
	}
	wanted->file_count++;
	return true;
}

bool parse_signal(const char *text, uint32_t *signal)
{
	uint64_t number;
	const char *end = take_number(text, &number);

	if (end != NULL && *end == '\0' && number > 0 && number < 32) {
		*signal = (uint32_t)number;
		return true;
	}
	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	for (int i = 1; i < 32; i++) {
		const char *name = sigabbrev_np(i);

		if (name != NULL && strcmp(name, text) == 0) {
			*signal = (uint32_t)i;
			return true;
		}
	}
	(void)usage("There is no signal %s; kill -l lists them.", text);
	return false;
}

static bool check_name(const char *name)
{
	if (strlen(name) >= ENCLAVE_NAME_MAX) {
		(void)usage("The name '%s' is longer than %d letters.", name, ENCLAVE_NAME_MAX - 1);
		return false;
	}
	return true;
}

bool wanted_create(const struct wanted *wanted, uint32_t flags, struct command_create *create)
{
	struct enclave_config *config = &create->config;
	uint64_t memory = wanted->memory != 0 ? wanted->memory : MEMORY_DEFAULT;
	uint32_t nodes = wanted->nodes != 0 ? wanted->nodes : 1;
	uint32_t vcpus = wanted->vcpus != 0        ? wanted->vcpus
			 : wanted->core_count != 0 ? wanted->core_count
						   : nodes;

	if (!check_name(wanted->name))
		return false;
	if (wanted->core_count != 0 && wanted->core_count != vcpus) {
		(void)usage("%u cores are listed for %u CPUs; name as many.", wanted->core_count,
			    vcpus);
		return false;
	}
	if (vcpus % nodes != 0) {
		(void)usage("%u CPUs cannot be split evenly between %u NUMA nodes.", vcpus, nodes);
		return false;
	}
	*create = (struct command_create){.flags = flags};
	config->version = ENCLAVE_VERSION;
	config->size = sizeof(*config);
	config->vcpus = vcpus;
	config->nodes = nodes;
	config->range_count = (uint16_t)nodes;
	memcpy(config->name, wanted->name, sizeof(config->name));
	memcpy(config->bootargs, wanted->bootargs, sizeof(config->bootargs));
	config->isolation = wanted->isolation;
	config->grant_count = wanted->grant_count;
	memcpy(config->grants, wanted->grants, sizeof(config->grants));
	for (uint32_t i = 0; i < ENCLAVE_VCPUS_MAX; i++)
		config->cores[i] = i < wanted->core_count ? wanted->cores[i] : ENCLAVE_CORE_ANY;
	for (uint32_t i = 0; i < nodes; i++) {
		config->ranges[i].size = (memory / nodes + SIZE_UNIT - 1) / SIZE_UNIT * SIZE_UNIT;
		config->ranges[i].node = i;
	}
	return true;
}
