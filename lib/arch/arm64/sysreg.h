/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System registers and barriers of AArch64, as C expressions.
 */
#ifndef LIB_ARCH_ARM64_SYSREG_H
#define LIB_ARCH_ARM64_SYSREG_H

#include <stdint.h>

#define sysreg_read(name)                                                    \
	({                                                                   \
		uint64_t value_;                                             \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory"); \
		value_;                                                      \
	})
#define sysreg_write(name, value) \
	__asm__ volatile("msr " #name ", %x0" ::"rZ"((uint64_t)(value)) : "memory")

/* PAR_EL1 = where EL1's stage 1 translates `address` for a load */
#define at_s1e1r(address) __asm__ volatile("at s1e1r, %0\n\tisb" ::"r"(address) : "memory")

#define isb()       __asm__ volatile("isb" ::: "memory")
#define esb()       __asm__ volatile("hint #16" ::: "memory") /* nothing without RAS */
#define dsb(domain) __asm__ volatile("dsb " #domain ::: "memory")
#define dmb(domain) __asm__ volatile("dmb " #domain ::: "memory")
#define wfe()       __asm__ volatile("wfe" ::: "memory")
#define wfi()       __asm__ volatile("wfi" ::: "memory")
#define sev()       __asm__ volatile("sev" ::: "memory")
/* in every spin loop: a hint to hardware, and what lets deterministic emulation run the other cores */
#define cpu_relax() __asm__ volatile("yield" ::: "memory")

static inline uint8_t mmio_read8(uint64_t address)
{
	uint8_t value;
	__asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline uint32_t mmio_read32(uint64_t address)
{
	uint32_t value;
	__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline uint64_t mmio_read64(uint64_t address)
{
	uint64_t value;
	__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline void mmio_write8(uint64_t address, uint8_t value)
{
	__asm__ volatile("strb %w0, [%1]" ::"rZ"(value), "r"(address) : "memory");
}

static inline void mmio_write32(uint64_t address, uint32_t value)
{
	__asm__ volatile("str %w0, [%1]" ::"rZ"(value), "r"(address) : "memory");
}

static inline void mmio_write64(uint64_t address, uint64_t value)
{
	__asm__ volatile("str %x0, [%1]" ::"rZ"(value), "r"(address) : "memory");
}

#endif
