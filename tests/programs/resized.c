/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A job whose memory changes: resized MIB... waits until the machine has about as much as each number says, in turn, then fills most of
 * what is free with words that it finds again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <time.h>

static unsigned long total_mib(unsigned long *free_mib)
{
	struct sysinfo info;

	sysinfo(&info);
	*free_mib = info.freeram * info.mem_unit >> 20;
	return info.totalram * info.mem_unit >> 20;
}

static int use(unsigned long mib)
{
	size_t words = (mib << 20) / sizeof(uint64_t);
	uint64_t *memory = mmap(NULL, words * sizeof(uint64_t), PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int result = 0;

	if (memory == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < words; i += 64)
		memory[i] = i * 0x9E3779B97F4A7C15u;
	for (size_t i = 0; i < words; i += 64)
		result |= memory[i] != i * 0x9E3779B97F4A7C15u;
	munmap(memory, words * sizeof(uint64_t));
	return result;
}

int main(int argc, char **argv)
{
	const struct timespec nap = {.tv_nsec = 20000000};

	for (int i = 1; i < argc; i++) {
		unsigned long wanted = strtoul(argv[i], NULL, 10), free_mib, total;

		/* the kernel's image and tables are not counted */
		for (total = total_mib(&free_mib); total > wanted || total + 4 < wanted;
		     total = total_mib(&free_mib))
			nanosleep(&nap, NULL);
		if (use(free_mib - free_mib / 8))
			return i;
		puts(argv[i]);
		fflush(stdout);
	}
	return 0;
}
