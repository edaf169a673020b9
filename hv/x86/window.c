/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The one page of our address space that can show any memory; who moves it says why that may be looked at. */
#include <hv/x86/vcpu.h>

#define PRESENT    UINT64_C(1)
#define WRITABLE   UINT64_C(2)
#define NO_EXECUTE (UINT64_C(1) << 63)
#define ADDRESS    UINT64_C(0x000ffffffffff000)
#define PAGE       UINT64_C(4096)

void *window(uint64_t physical)
{
	uint64_t *table = (uint64_t *)VCPU_TABLE;

	table[VCPU_WINDOW / PAGE] = (physical & ADDRESS) | PRESENT | WRITABLE | NO_EXECUTE;
	__asm__ volatile("invlpg (%0)" ::"r"((uint64_t)VCPU_WINDOW) : "memory");
	return (void *)VCPU_WINDOW;
}
