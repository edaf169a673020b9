/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See call.h.
 */
#include <tests/guest/runtime/call.h>

#include <bulkhead/ffa.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/exception.h>

#define KEPT_FIRST 8
#define KEPT_LAST  28

struct regs call_args(uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
		      uint64_t a6, uint64_t a7)
{
	struct regs r = {.x = {a0, a1, a2, a3, a4, a5, a6, a7}};

	for (unsigned i = KEPT_FIRST; i <= KEPT_LAST; i++)
		r.x[i] = pattern_of(i) ^ a0;
	call_hvc(&r);
	for (unsigned i = KEPT_FIRST; i <= KEPT_LAST; i++)
		if (r.x[i] != (pattern_of(i) ^ a0))
			guest_fail("call %llx changed x%u to %llx", (unsigned long long)a0, i,
				   (unsigned long long)r.x[i]);
	return r;
}

int32_t error_of(const struct regs *r)
{
	if (r->x[0] != FFA_ERROR)
		return 0;
	if (r->x[1] | r->x[3] | r->x[4] | r->x[5] | r->x[6] | r->x[7] | r->x[2] >> 32)
		return 1;
	return (int32_t)r->x[2];
}

int64_t psci(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	return (int64_t)call(function, a1, a2, a3).x[0];
}
