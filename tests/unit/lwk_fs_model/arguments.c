/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random arguments: few names, so that calls meet each other's files, and now and then what is strange.
 */
#define _GNU_SOURCE
#include "model.h"
#include <fcntl.h>
#include <limits.h>
#include <string.h>

struct random model_random;

uint64_t below(uint64_t limit)
{
	return random_below(&model_random, limit);
}

static const char *random_name(void)
{
	static const char *const names[] = {"a",    "b",  "c",  "d", "e", "dir1",
					    "dir2", "l1", "l2", ".", ".."};
	static char long_name[NAME_MAX + 2];

	if (random_one_in(&model_random, 200)) {
		memset(long_name, 'x', sizeof(long_name) - 1);
		long_name[NAME_MAX + below(2)] = '\0';
		return long_name;
	}
	return names[below(sizeof(names) / sizeof(names[0]))];
}

const char *random_path(void)
{
	static char paths[4][PATH_MAX];
	static unsigned last;
	char *path = paths[last++ % 4];
	unsigned components = 1 + (unsigned)below(3);

	path[0] = '\0';
	if (random_one_in(&model_random, 300))
		return path;
	if (random_one_in(&model_random, 6))
		strcat(path, random_one_in(&model_random, 4) ? "//" : "/");
	for (unsigned i = 0; i < components; i++) {
		strcat(path, random_name());
		if (i + 1 < components || random_one_in(&model_random, 12))
			strcat(path, random_one_in(&model_random, 10) ? "//" : "/");
	}
	return path;
}

const char *random_plain_path(void)
{
	const char *path;

	do
		path = random_path();
	while (!*path || strlen(path) > NAME_MAX);
	return path;
}

uint64_t random_offset(void)
{
	switch (below(20)) {
	case 0:
		return (uint64_t)-1 - below(10);
	case 1:
		return INT64_MAX - below(MODEL_DATA_MAX);
	case 2:
		return below(UINT64_C(1) << 40);
	case 3:
		return 4096 * below(2000);
	default:
		return below(3 * MODEL_DATA_MAX);
	}
}

size_t random_size(void)
{
	static const size_t sizes[] = {0, 1, 10, 4095, 4096, 4097, 8192};

	return random_one_in(&model_random, 2) ? sizes[below(7)] : (size_t)below(MODEL_DATA_MAX);
}
