/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What becomes of memory that an enclave had, read where Linux has it: /proc/kcore, which shows all memory as an ELF core file. And what
 * is counted, what is large.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "check.h"

#define PATTERN      0xA5
#define HEADERS      64
#define FILLED       "tiny: filled "
#define FILLED_MAX   32
#define LARGE_REGION (1024 * MIB)

/* The file's offset of a physical address, 0 when it is not shown. */
static off_t place_of(int file, uint64_t address)
{
	static Elf64_Ehdr header;
	static Elf64_Phdr programs[HEADERS];

	if (header.e_phnum == 0 && (pread(file, &header, sizeof(header), 0) != sizeof(header) ||
				    header.e_phnum > HEADERS ||
				    pread(file, programs, header.e_phnum * sizeof(programs[0]),
					  (off_t)header.e_phoff) < 0))
		return 0;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		const Elf64_Phdr *one = &programs[i];

		if (one->p_type == PT_LOAD && one->p_paddr != UINT64_MAX &&
		    address >= one->p_paddr && address - one->p_paddr < one->p_filesz)
			return (off_t)(one->p_offset + (address - one->p_paddr));
	}
	return 0;
}

bool memory_read(uint64_t address, void *to, size_t size)
{
	static int file;
	off_t place;

	if (!file)
		file = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	place = place_of(file, address);
	return place != 0 && pread(file, to, size, place) == (ssize_t)size;
}

bool has_pattern(uint64_t start, uint64_t end)
{
	static unsigned char bytes[65536], pattern[256];
	bool found = false;

	memset(pattern, PATTERN, sizeof(pattern));
	for (uint64_t at = start; at < end && !found; at += sizeof(bytes)) {
		if (!check(memory_read(at, bytes, sizeof(bytes)), "reading %lx", at))
			break;
		for (size_t i = 0; i < sizeof(bytes) && !found; i += sizeof(pattern))
			found = memcmp(bytes + i, pattern, sizeof(pattern)) == 0;
	}
	return found;
}

struct filled {
	uint64_t start, end;
};

static unsigned find_filled(int file, struct filled *filled)
{
	unsigned count = 0;

	for (const char *at = log_text(file); count < FILLED_MAX && (at = strstr(at, FILLED));
	     count++) {
		char *end;

		at += strlen(FILLED);
		filled[count].start = strtoull(at, &end, 16);
		filled[count].end = strtoull(end + strlen(" to "), NULL, 16);
	}
	return count;
}

static bool any_has_pattern(const struct filled *filled, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (has_pattern(filled[i].start, filled[i].end))
			return true;
	return false;
}

static bool each_has_pattern(const struct filled *filled, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!has_pattern(filled[i].start, filled[i].end))
			return false;
	return count > 0;
}

/* By an enclave that ends, then by one that runs on. */
void test_scrubbed(void)
{
	struct vmdev_resize resize = {.memory = 32 * MIB};
	struct filled filled[FILLED_MAX];
	unsigned count;
	int file = start(&(struct plan){.parameters = "fill", .other = 8 * MIB});

	check(reaches(file, VMDEV_ENDED), "it ends");
	count = find_filled(file, filled);
	check(each_has_pattern(filled, count), "%u ranges: not filled, or not seen", count);
	destroy(file);
	check(!any_has_pattern(filled, count), "traces of an enclave that was destroyed");
	file = start(&(struct plan){.memory = 16 * MIB});
	check(call(file, VMDEV_RESIZE, &resize) == 0, "grown");
	count = find_filled(file, filled);
	check(count == 8 && each_has_pattern(filled, count), "%u units filled", count);
	resize.memory = 16 * MIB;
	check(call(file, VMDEV_RESIZE, &resize) == 0 && resize.memory == 16 * MIB, "shrunk");
	check(!any_has_pattern(filled, count), "traces of what was taken");
	destroy(file);
}

void test_counted(void)
{
	struct vmdev_counters counters = {.vcpu = 1}, later = {.vcpu = 1};
	struct cokerneldev_probe probe = {.limit = 10000};
	int file = start(&(struct plan){.vcpus = 2});

	log_says(file, "tiny: core 1");
	check(call(file, VMDEV_COUNTERS, &counters) == 0 && counters.counters.runs == 1 &&
		      counters.counters.run_ticks > 0,
	      "counters");
	check(call(file, COKERNELDEV_PROBE, &probe) == 0 && call(file, VMDEV_COUNTERS, &later) == 0,
	      "a probe");
	check(later.counters.injected == counters.counters.injected + 1 &&
		      later.counters.run_ticks > counters.counters.run_ticks,
	      "%lu interrupts, then %lu", counters.counters.injected, later.counters.injected);
	destroy(file);
}

/* Needs a host with memory for it. */
void test_large_region(void)
{
	struct cokerneldev_region region = {.size = LARGE_REGION, .node = 1, .name = "large"};
	int file = start(&(struct plan){0});
	int region_file = (int)call(manager, COKERNELDEV_REGION_CREATE, &region);
	char *text = mmap(NULL, LARGE_REGION, PROT_READ | PROT_WRITE, MAP_SHARED, region_file, 0);
	long status;

	if (check(region_file >= 0 && text != MAP_FAILED, "region: %d", region_file)) {
		strcpy(text, "hello");
		strcpy(text + LARGE_REGION - 4096, "the end");
		status = call(file, COKERNELDEV_ATTACH, &region);
		check(status == 0 && strcmp(text, "tiny was here") == 0, "attach: %ld", status);
		check(strcmp(text + LARGE_REGION - 4096, "the end") == 0, "its end");
		check(ledger().units[1] == LARGE_REGION / ENCLAVE_UNIT, "the ledger");
		check(call(manager, COKERNELDEV_REGION_REVOKE, &region.id) == 0, "revoke");
		munmap(text, LARGE_REGION);
		close(region_file);
	}
	destroy(file);
	check(ledger().units[1] == 0 && ledger().regions == 0, "the ledger");
}
