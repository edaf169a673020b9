/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fake machine (see machine.h), and what boot.c, platform.c and start.S define.
 */
#include "machine.h"
#include "../unit.h"
#include "gic.h"
#include <bulkhead/smccc.h>
#include <hv/arm64/cache.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/platform.h>
#include <hv/arm64/smc.h>
#include <sys/mman.h>

#undef memset

#define UART_BASE UINT64_C(0x9000000)

struct fake_core fake_cores[MAX_CPUS];
_Thread_local struct fake_core *fake_core = fake_cores;
struct cpu cpus[MAX_CPUS];
static struct range ram_ranges[16];
struct platform platform = {.ram = RANGE_SET(ram_ranges)};
const char *const platform_seeds[2] = {"rng-seed", "kaslr-seed"};

static struct range cleaned_ranges[4096], paper_ranges[16], zeroed_ranges[4096];
static struct range_set cleaned = RANGE_SET(cleaned_ranges);
static struct range_set paper = RANGE_SET(paper_ranges), zeroed = RANGE_SET(zeroed_ranges);

char fake_uart_text[1024];
static size_t uart_length;

void fake_require(bool holds, const char *otherwise)
{
	if (!holds)
		fail_msg("%s", otherwise);
}

static int64_t no_firmware(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	(void)function, (void)a1, (void)a2, (void)a3;
	return SMCCC_RET_NOT_SUPPORTED;
}

int64_t (*fake_firmware)(uint64_t, uint64_t, uint64_t, uint64_t) = no_firmware;

int64_t smc_call(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	return fake_firmware(function, a1, a2, a3);
}

uint64_t (*fake_stage1)(uint64_t address);

uint64_t fake_translate(uint64_t address)
{
	return fake_stage1 ? fake_stage1(address) : 1;
}

void wfi(void)
{
	fail_msg("a core gave up");
	abort();
}

void cpu_start(void)
{
	fail_msg("cpu_start is an address, nothing calls it");
}

void fake_machine_reset(uint32_t cores)
{
	fake_gic_reset();
	fake_firmware = no_firmware;
	platform = (struct platform){.ram = RANGE_SET(ram_ranges), .cpu_count = cores};
	platform.gic_version = 3;
	platform.gich = (struct range){FAKE_GICH, FAKE_GICH + PAGE_SIZE};
	for (uint32_t i = 0; i < MAX_CPUS; i++) {
		fake_cores[i] = (struct fake_core){.tpidr_el2 = (uint64_t)&cpus[i]};
		cpus[i] = (struct cpu){.index = i};
		platform.cpu_mpidr[i] = (i / 2) << 8 | i % 2; /* clusters of two */
	}
	cleaned.count = zeroed.count = paper.count = 0;
	fake_core_select(0);
}

void fake_core_select(uint32_t index)
{
	fake_core = &fake_cores[index];
}

/* --- memory --- */

bool fake_ram_map(uint64_t start, uint64_t size)
{
	void *at = mmap((void *)start, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	return at == (void *)start;
}

void fake_ram_pretend(uint64_t start, uint64_t size)
{
	assert_int_equal(range_add(&paper, start, size), 0);
}

void *fake_memset(void *to, int byte, size_t bytes)
{
	if (!range_overlaps(&paper, (uint64_t)to, bytes))
		return memset(to, byte, bytes);
	assert_true(range_contains(&paper, (uint64_t)to, bytes));
	assert_int_equal(byte, 0);
	assert_int_equal(range_add(&zeroed, (uint64_t)to, bytes), 0);
	return to;
}

bool fake_ram_is_zero(uint64_t start, uint64_t size)
{
	const uint64_t *words = (const uint64_t *)start;

	if (range_overlaps(&paper, start, size))
		return range_contains(&zeroed, start, size);
	for (size_t i = 0; i < size / sizeof(*words); i++)
		if (words[i])
			return false;
	return true;
}

void cache_zero(void *start, size_t bytes)
{
	fake_memset(start, 0, bytes);
}

static uint8_t *past_caches; /* of FAKE_RAM_BASE to FAKE_RAM_END */

void fake_coherency_watch(void)
{
	past_caches = mmap(NULL, FAKE_RAM_END - FAKE_RAM_BASE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(past_caches != MAP_FAILED);
}

bool fake_is_coherent(uint64_t start, uint64_t size)
{
	return memcmp(past_caches + (start - FAKE_RAM_BASE), (const void *)start, size) == 0;
}

void cache_clean(const void *start, size_t bytes)
{
	uint64_t at = (uint64_t)start;

	if (past_caches && at >= FAKE_RAM_BASE && at < FAKE_RAM_END)
		memcpy(past_caches + (at - FAKE_RAM_BASE), start, bytes);
	if (bytes)
		assert_int_equal(range_add(&cleaned, (uint64_t)start, bytes), 0);
}

void cache_invalidate_instructions(void)
{
}

bool fake_is_cleaned(uint64_t start, uint64_t size)
{
	return range_contains(&cleaned, start, size);
}

/* --- the UART --- */

void fake_uart_attach(void)
{
	platform.uart = (struct range){UART_BASE, UART_BASE + 0x1000};
	platform.uart_irq = 33;
	uart_length = 0;
	memset(fake_uart_text, 0, sizeof(fake_uart_text));
}

uint32_t *(*fake_registers)(uint64_t address);

static uint32_t *register_find(uint64_t address)
{
	uint32_t *found = fake_registers ? fake_registers(address) : NULL;

	return found ? found : fake_gich_register(address);
}

uint32_t mmio_read32(uint64_t address)
{
	const uint32_t *found = register_find(address);

	if (found)
		return *found;
	assert_in_range(address, UART_BASE, UART_BASE + 0xFFF);
	return 0;
}

void mmio_write32(uint64_t address, uint32_t value)
{
	uint32_t *found = register_find(address);

	if (found) {
		*found = value;
		return;
	}
	assert_int_equal(address, UART_BASE);
	assert_true(uart_length < sizeof(fake_uart_text) - 1);
	fake_uart_text[uart_length++] = (char)value;
}
