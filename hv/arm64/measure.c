/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Measurement (see measure.h).
 */
#include <hv/arm64/measure.h>

#include <hv/arm64/cpu.h>
#include <hv/arm64/vcpu.h>

void measure_begin(struct measure *m)
{
	vcpu_fp_borrow(cpu_this());
	br_sha256_init(&m->sha256);
	vcpu_fp_return();
}

void measure_add(struct measure *m, const void *bytes, size_t size)
{
	vcpu_fp_borrow(cpu_this());
	br_sha256_update(&m->sha256, bytes, size);
	vcpu_fp_return();
}

void measure_end(const struct measure *m, uint8_t digest[MEASURE_SIZE])
{
	vcpu_fp_borrow(cpu_this());
	br_sha256_out(&m->sha256, digest);
	vcpu_fp_return();
}
