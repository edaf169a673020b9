/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See witness.h. */
#include <fcntl.h>
#include <lib/vcpu_area.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "check.h"
#include "witness.h"

#define LINUX_SIZE   (1 * MIB)
#define PAGE         4096u
#define PATTERN      0x9E3779B97F4A7C15ull
#define FRAME        ((1ull << 55) - 1) /* of an entry of pagemap: Linux, admin-guide/mm/pagemap.rst */
#define LIMIT        120000             /* ms */
#define AREA_STEP    0x20000u           /* it is a power of two of pages from Linux */
#define MEMORY_LIMIT (4096 * MIB)
#define NOTHING      "nothing stopped it: "

static uint64_t *linux_words(void)
{
	static uint64_t *words;

	if (!words) {
		words = mmap(NULL, LINUX_SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		for (size_t i = 0; i < LINUX_SIZE / sizeof(*words); i++)
			words[i] = ~i * PATTERN;
	}
	return words;
}

long witness_linux_harm(void)
{
	uint64_t *words = linux_words();
	long harm = 0;

	for (size_t i = 0; i < LINUX_SIZE / sizeof(*words); i++) {
		harm += *(volatile uint64_t *)&words[i] != ~i * PATTERN;
		words[i] = ~i * PATTERN;
	}
	return harm;
}

uint64_t witness_linux(uint64_t *value)
{
	const uint64_t *word = linux_words() + LINUX_SIZE / sizeof(*word) / 2;

	*value = *word;
	return physical_of(word);
}

uint64_t physical_of(const void *memory)
{
	int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0, at = (uint64_t)memory;

	check(pread(file, &entry, sizeof(entry), (off_t)(at / PAGE * sizeof(entry))) ==
		      sizeof(entry),
	      "pagemap");
	close(file);
	check(entry & FRAME, "no page there");
	return (entry & FRAME) * PAGE + at % PAGE;
}

void order(int file, const char *words)
{
	char line[100];
	int size = snprintf(line, sizeof(line), "%s\n", words);

	check(write(file, line, (size_t)size) == size, "'%s' cannot be told", words);
}

const char *ask(int file, const char *words)
{
	static char line[100];
	struct pollfd events = {.fd = file, .events = POLLIN};
	size_t size = 0;
	ssize_t got = 1;

	order(file, words);
	while (got > 0 && !memchr(line, '\n', size) && size < sizeof(line) - 1) {
		if (!check(poll(&events, 1, LIMIT) == 1, "'%s': no answer", words))
			break;
		got = read(file, line + size, sizeof(line) - 1 - size);
		size += got > 0 ? (size_t)got : 0;
	}
	line[size] = 0;
	return line;
}

uint32_t apic_of(int file, uint32_t core)
{
	char words[40];
	const char *at;

	snprintf(words, sizeof(words), "tiny: core %u, apic ", core);
	log_says(file, words);
	at = strstr(log_text(file), words);
	return at ? (uint32_t)strtoul(at + strlen(words), NULL, 10) : 0;
}

bool witness_begin(struct witness *witness, bool is_protected)
{
	const char *answer;

	witness->file = start(&(struct plan){.parameters = "serve obey",
					     .memory = 6 * MIB,
					     .is_protected = is_protected,
					     .features = VCPU_FULL});
	if (witness->file < 0)
		return false;
	witness->id = info_of(witness->file).vm;
	witness->apic = apic_of(witness->file, 0);
	answer = ask(witness->file, "guard");
	if (!check(strncmp(answer, NOTHING, strlen(NOTHING)) == 0, "guard: %s", answer))
		return false;
	witness->memory = strtoull(answer + strlen(NOTHING), NULL, 16);
	return check(witness_harm(witness) == 0 && witness_linux_harm() == 0, "from the beginning");
}

void witness_end(struct witness *witness)
{
	destroy(witness->file);
}

long witness_harm(const struct witness *witness)
{
	const char *answer = ask(witness->file, "verify");

	if (strncmp(answer, NOTHING, strlen(NOTHING)) != 0)
		return -1;
	return strtol(answer + strlen(NOTHING), NULL, 16);
}

uint64_t area_of(uint16_t id)
{
	for (uint64_t at = 0; at < MEMORY_LIMIT; at += AREA_STEP) {
		struct vcpu_config config;
		uint64_t magic;

		if (memory_read(at + VCPU_IMAGE_OFFSET, &magic, sizeof(magic)) &&
		    magic == VCPU_IMAGE_MAGIC &&
		    memory_read(at + VCPU_CONFIG_OFFSET, &config, sizeof(config)) &&
		    config.enclave == id && config.core == 0)
			return at;
	}
	return 0;
}
