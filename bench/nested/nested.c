/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * On the build host: how long lib's walker takes to map and unmap what an enclave may have, 4 KiB to 16 GiB, in both formats of nested tables,
 * with leaves of 1 GiB and of 2 MiB, and in units of 2 MiB that grow together. "took NAME NANOSECONDS", the least of some times.
 */
#include <bulkhead/types.h>
#include <lib/pt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TIMES     50u
#define BASE      (64 * SIZE_1G)
#define POOL      256u
#define RIGHTS    (PT_R | PT_W | PT_X | PT_USER)
#define SIXTEEN   (16 * SIZE_1G)
#define SECOND    1000000000ull
#define NAME_SIZE 48

static _Alignas(4096) uint64_t pool[POOL][512], root[512];
static void *unused[POOL], *retired[POOL];
static unsigned unused_count, retired_count;

static void *take(void *ctx)
{
	(void)ctx;
	return unused_count ? unused[--unused_count] : NULL;
}

static void give(void *ctx, void *table)
{
	(void)ctx;
	unused[unused_count++] = memset(table, 0, PAGE_SIZE);
}

static pa_t to_pa(void *ctx, const void *table)
{
	(void)ctx;
	return PA((uint64_t)table);
}

static void *to_va(void *ctx, pa_t table)
{
	(void)ctx;
	return (void *)table.v;
}

static void publish(void *ctx, const void *start, size_t bytes)
{
	(void)ctx;
	(void)start;
	(void)bytes;
}

static void flush(void *ctx, uint64_t in, uint64_t size)
{
	(void)in;
	(void)size;
	while (retired_count)
		give(ctx, retired[--retired_count]);
}

static void retire(void *ctx, void *table, uint64_t in, uint64_t size)
{
	(void)ctx;
	(void)in;
	(void)size;
	retired[retired_count++] = table;
}

static const struct pt_ops ops = {take, give, to_pa, to_va, publish, flush, retire};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static void check(int status)
{
	if (status) {
		printf("failed %d\n", status);
		exit(1);
	}
}

/* in pieces of `step` bytes, and away at once */
static void measure(const char *name, const struct pt_format *format, uint64_t size, uint64_t step)
{
	struct pt pt = {.format = format, .ops = &ops, .root = root, .in_bits = 48};
	uint64_t mapped = UINT64_MAX, unmapped = UINT64_MAX;

	for (unsigned i = 0; i < TIMES; i++) {
		uint64_t start = now(), end;

		for (uint64_t at = BASE; at < BASE + size; at += step)
			check(pt_map(&pt, at, PA(at), step, RIGHTS));
		end = now();
		mapped = end - start < mapped ? end - start : mapped;
		start = now();
		check(pt_unmap(&pt, BASE, size));
		end = now();
		unmapped = end - start < unmapped ? end - start : unmapped;
	}
	printf("took map_%s %lu\ntook unmap_%s %lu\n", name, mapped, name, unmapped);
}

int main(void)
{
	static const uint64_t sizes[] = {PAGE_SIZE, SIZE_2M, SIZE_1G, SIXTEEN};
	static const struct {
		const char *name;
		const struct pt_format *format;
	} formats[] = {{"ept", &pt_ept}, {"npt", &pt_npt}, {"ept_2m", &pt_ept_2m}};
	char name[NAME_SIZE];

	for (unsigned i = 0; i < POOL; i++)
		give(NULL, pool[i]);
	for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++)
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
			snprintf(name, sizeof(name), "%s_%lu", formats[f].name, sizes[s]);
			measure(name, formats[f].format, sizes[s], sizes[s]);
		}
	measure("units_1073741824", &pt_ept, SIZE_1G, SIZE_2M);
	measure("units_17179869184", &pt_ept, SIXTEEN, SIZE_2M);
	return 0;
}
