/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Seeds (see seed.h): SHA-256 of a secret and a number that counts on. The secret is constant once the machine has booted.
 */
#include <hv/arm64/seed.h>

#include <bulkhead/types.h>
#include <hv/arm64/measure.h>
#include <libfdt.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned size;
} kinds[] = {{"rng-seed", MEASURE_SIZE}, {"kaslr-seed", sizeof(uint64_t)}};

static unsigned sizes[ARRAY_SIZE(kinds)]; /* bytes; 0: the boot loader gave none */

static uint8_t secret[MEASURE_SIZE];
static uint64_t made;

/* Not more than there was: whoever gets a seed counts on every bit. */
void seed_init(const void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	struct measure m;

	measure_begin(&m);
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		int given = 0;
		const void *seed = fdt_getprop(fdt, chosen, kinds[i].name, &given);

		if (!seed)
			given = 0;
		measure_add(&m, seed, (size_t)given);
		sizes[i] = (unsigned)given < kinds[i].size ? (unsigned)given : kinds[i].size;
	}
	measure_end(&m, secret);
}

static void make(uint8_t *out, unsigned size)
{
	uint64_t number = __atomic_add_fetch(&made, 1, __ATOMIC_RELAXED);
	uint8_t digest[MEASURE_SIZE];
	struct measure m;

	measure_begin(&m);
	measure_add(&m, secret, sizeof(secret));
	measure_add(&m, &number, sizeof(number));
	measure_end(&m, digest);
	memcpy(out, digest, size);
}

int seed_write(void *fdt)
{
	int error = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(kinds) && !error; i++) {
		int size = (int)sizes[i];
		void *at;

		if (size == 0)
			continue;
		error = fdt_property_placeholder(fdt, kinds[i].name, size, &at);
		if (!error)
			make(at, sizes[i]);
	}
	return error;
}

void seed_renew(void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");

	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		void *at = sizes[i] ? fdt_getprop_w(fdt, chosen, kinds[i].name, NULL) : NULL;

		if (at)
			make(at, sizes[i]);
	}
}
