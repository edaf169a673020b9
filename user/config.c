/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /control.conf: what the control task starts.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <user/config.h>

/* takes a decimal number below 2^16 off *at */
static bool take_number(char **at, uint16_t *value)
{
	unsigned long number;
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	number = strtoul(*at, &end, 10);
	if (number > UINT16_MAX)
		return false;
	*at = end;
	*value = (uint16_t)number;
	return true;
}

static bool take_word(char **at, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*at, word, length) != 0)
		return false;
	*at += length;
	return true;
}

static bool parse_cores(char **at, struct config_vm *vm)
{
	if (!take_word(at, " cores "))
		return false;
	do {
		if (vm->vcpus == VMDEV_VCPUS_MAX || !take_number(at, &vm->start.core[vm->vcpus]))
			return false;
		vm->vcpus++;
	} while (take_word(at, ","));
	return true;
}

static bool parse_vm(char *at, struct config_vm *vm)
{
	return take_number(&at, &vm->vm) && parse_cores(&at, vm) && *at == '\0';
}

static bool parse_login(char *at, struct config_vm *vm)
{
	vm->is_login = true;
	vm->watchdog = CONFIG_WATCHDOG;
	if (!take_number(&at, &vm->vm) || !parse_cores(&at, vm))
		return false;
	return *at == '\0' ||
	       (take_word(&at, " watchdog ") && take_number(&at, &vm->watchdog) && *at == '\0');
}

static bool parse_make(char *at, struct config_vm *vm)
{
	char *end = strchr(at, ' ');
	uint16_t nodes;

	if (end == NULL || end == at)
		return false;
	*end++ = '\0';
	vm->ramdisk = at;
	vm->bootargs = "";
	if (!take_word(&end, "memory ") || *end < '0' || *end > '9')
		return false;
	vm->memory = strtoull(end, &end, 10);
	if (!take_word(&end, " nodes ") || !take_number(&end, &nodes) || nodes == 0)
		return false;
	vm->nodes = nodes;
	if (!parse_cores(&end, vm))
		return false;
	if (take_word(&end, " args "))
		vm->bootargs = end;
	else if (*end != '\0')
		return false;
	return true;
}

static bool parse_line(char *at, struct config_vm *vm)
{
	if (take_word(&at, "login "))
		return parse_login(at, vm);
	if (take_word(&at, "vm "))
		return parse_vm(at, vm);
	return take_word(&at, "make ") && parse_make(at, vm);
}

unsigned config_parse(char *text, struct config *config)
{
	unsigned number = 0;
	char *line;

	config->count = 0;
	while ((line = strsep(&text, "\n")) != NULL) {
		number++;
		if (*line == '\0')
			continue;
		if (config->count == CONFIG_VMS_MAX)
			return number;
		config->vms[config->count] = (struct config_vm){0};
		if (!parse_line(line, &config->vms[config->count]))
			return number;
		config->count++;
	}
	return 0;
}
