/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A program of the host's Linux that maps memory which enclaves share: says its first line, and writes another.
 *   region NUMBER LINE      the region's number, as bulkhead shm ls shows it
 */
#include <bulkhead/cokerneldev.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define SIZE 4096u

int main(int argc, char **argv)
{
	int manager = open(COKERNELDEV_PATH, O_RDWR), region;
	uint32_t number = argc > 1 ? (uint32_t)atoi(argv[1]) : 0;
	char *memory;

	if (argc != 3 || manager < 0)
		return 2;
	region = ioctl(manager, (int)COKERNELDEV_REGION_OPEN, &number);
	if (region < 0) {
		perror("region");
		return 1;
	}
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, region, 0);
	if (memory == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	printf("%.*s\n", (int)strcspn(memory, "\n"), memory);
	snprintf(memory, SIZE, "%s\n", argv[2]);
	return 0;
}
