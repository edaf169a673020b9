/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * XSAVE. The components: x87, SSE, AVX and AVX-512; others (bounds registers, protection keys, tiles) stay off, as programs then do not
 * find them in CPUID either.
 */
#include <arch/vector.h>
#include <lib/arch/x86/cpu.h>
#include <lwk/heap.h>
#include <string.h>

#define COMPONENTS_KNOWN UINT64_C(0xe7)
#define COMPONENT_AVX    UINT64_C(4)
#define COMPONENTS_512   UINT64_C(0xe0)
#define LEAF_XSAVE       0xdu

static uint64_t components;
static uint32_t size;
static uint32_t mxcsr_mask = 0xffbf; /* where FXSAVE says none (Intel SDM 1 11.6.6) */

void vector_find(void)
{
	struct cpuid leaf = cpuid(LEAF_XSAVE, 0);

	components = (leaf.eax | (uint64_t)leaf.edx << 32) & COMPONENTS_KNOWN;
	/* AVX-512 is all of its components, with AVX, or none (SDM 1 13.3) */
	if ((components & COMPONENTS_512) != COMPONENTS_512 || !(components & COMPONENT_AVX))
		components &= ~COMPONENTS_512;
}

void vector_init(void)
{
	static _Alignas(64) struct vector_state probe;

	xcr0_write(components);
	__asm__ volatile("fninit");
	if (size)
		return;
	size = cpuid(LEAF_XSAVE, 0).ebx; /* of what is on in XCR0 */
	__asm__ volatile("fxsave64 %0" : "=m"(probe));
	if (probe.mxcsr_mask)
		mxcsr_mask = probe.mxcsr_mask;
}

uint64_t vector_components(void)
{
	return components;
}

uint32_t vector_size(void)
{
	return size;
}

uint32_t vector_mxcsr_mask(void)
{
	return mxcsr_mask;
}

void vector_reset(struct vector_state *state)
{
	memset(state, 0, size);
	state->control = 0x37f;
	state->mxcsr = MXCSR_RESET;
}

/* larger than half a page, so that the heap gives whole pages: aligned enough */
struct vector_state *vector_create(void)
{
	struct vector_state *state = kmalloc(size < PAGE_SIZE ? PAGE_SIZE : size);

	if (state)
		vector_reset(state);
	return state;
}

void vector_save(struct vector_state *state)
{
	__asm__ volatile("xsave64 (%0)" ::"r"(state), "a"((uint32_t)components),
			 "d"((uint32_t)(components >> 32))
			 : "memory");
}

void vector_load(const struct vector_state *state)
{
	__asm__ volatile("xrstor64 (%0)" ::"r"(state), "a"((uint32_t)components),
			 "d"((uint32_t)(components >> 32))
			 : "memory");
}
