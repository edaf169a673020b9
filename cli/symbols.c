/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See symbols.h. */
#include <cli/symbols.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FAR         0x10000u /* no function is that long */
#define DIGITS_MIN  8        /* numbers of less are no addresses in a kernel */
#define NAME_LENGTH 64

const char *symbol_of(uint64_t address, char *text, size_t size)
{
	FILE *file = fopen(SYMBOLS_FILE, "re");
	char line[NAME_LENGTH + 20], name[NAME_LENGTH] = "";
	uint64_t start = 0;

	if (file == NULL)
		return NULL;
	while (fgets(line, sizeof(line), file) != NULL) {
		char *end;
		uint64_t next = strtoull(line, &end, 16);

		if (next > address)
			break;
		end += strspn(end, " ");
		end[strcspn(end, "\n")] = '\0';
		start = next;
		(void)snprintf(name, sizeof(name), "%s", end);
	}
	(void)fclose(file);
	if (name[0] == '\0' || address - start > FAR)
		return NULL;
	(void)snprintf(text, size, "%s+0x%llx", name, (unsigned long long)(address - start));
	return text;
}

/* the number that begins here with 0x; how long it is, 0: there is none that could be an address */
static size_t address_at(const char *text, uint64_t *address)
{
	size_t digits;

	if (strncmp(text, "0x", 2) != 0)
		return 0;
	digits = strspn(text + 2, "0123456789abcdef");
	*address = strtoull(text, NULL, 16);
	return digits >= DIGITS_MIN ? digits + 2 : 0;
}

void symbols_print(FILE *to, const char *indent, const char *lines)
{
	bool is_new = true;

	while (*lines != '\0') {
		char text[NAME_LENGTH + 20];
		const char *name = NULL;
		uint64_t address;
		size_t length = address_at(lines, &address);

		if (length > 0)
			name = symbol_of(address, text, sizeof(text));
		else
			length = 1;
		(void)fprintf(to, "%s%.*s", is_new ? indent : "", (int)length, lines);
		if (name != NULL)
			(void)fprintf(to, " (%s)", name);
		is_new = *lines == '\n';
		lines += length;
	}
}
