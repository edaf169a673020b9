/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SHA-256 of what a VM starts with. The code is BearSSL's, which uses vector registers: while it runs, they are not a guest's.
 */
#ifndef HV_ARM64_MEASURE_H
#define HV_ARM64_MEASURE_H

#include <bearssl/bearssl_hash.h>

#define MEASURE_SIZE 32

struct measure {
	br_sha256_context sha256;
};

void measure_begin(struct measure *m);
void measure_add(struct measure *m, const void *bytes, size_t size);
void measure_end(const struct measure *m, uint8_t digest[MEASURE_SIZE]);

#endif
