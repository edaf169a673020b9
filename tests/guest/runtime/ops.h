/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attacks of one instruction (ops.S), as functions for guarded_call: a = address, b = value.
 */
#ifndef TESTS_GUEST_OPS_H
#define TESTS_GUEST_OPS_H

#include <bulkhead/types.h>

uint64_t op_read(uint64_t address, uint64_t value);
uint64_t op_read32(uint64_t address, uint64_t value);
uint64_t op_read8(uint64_t address, uint64_t value);
uint64_t op_read_pair(uint64_t address, uint64_t value);
uint64_t op_read_acquire(uint64_t address, uint64_t value);
uint64_t op_read_exclusive(uint64_t address, uint64_t value);
uint64_t op_read_user(uint64_t address, uint64_t value);
uint64_t op_read_simd(uint64_t address, uint64_t value);
uint64_t op_write(uint64_t address, uint64_t value);
uint64_t op_write32(uint64_t address, uint64_t value);
uint64_t op_write8(uint64_t address, uint64_t value);
uint64_t op_write_pair(uint64_t address, uint64_t value);
uint64_t op_write_release(uint64_t address, uint64_t value);
uint64_t op_write_user(uint64_t address, uint64_t value);
uint64_t op_write_simd(uint64_t address, uint64_t value);
uint64_t op_atomic_add(uint64_t address, uint64_t value);
uint64_t op_atomic_swap(uint64_t address, uint64_t value);
uint64_t op_atomic_compare(uint64_t address, uint64_t value);
uint64_t op_zero(uint64_t address, uint64_t value);
uint64_t op_clean(uint64_t address, uint64_t value);
uint64_t op_clean_invalidate(uint64_t address, uint64_t value);
uint64_t op_invalidate(uint64_t address, uint64_t value);
uint64_t op_invalidate_code(uint64_t address, uint64_t value);
uint64_t op_prefetch(uint64_t address, uint64_t value);
uint64_t op_translate(uint64_t address, uint64_t value);
uint64_t op_translate_write(uint64_t address, uint64_t value);
uint64_t op_execute(uint64_t address, uint64_t value);
uint64_t op_counter(uint64_t address, uint64_t value);
uint64_t op_nothing(uint64_t address, uint64_t value);
uint64_t op_root(uint64_t address, uint64_t value);
extern char op_root_end[];

#endif
