/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the assembly's hands to kernel_main: the host's boot record, memory, page tables, page allocator. The record is ours since boot.S
 * copied it; what it says is checked here, once.
 */
#include <arch/boot.h>
#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/memory.h>
#include <arch/mmu.h>
#include <arch/smp.h>
#include <arch/timer.h>
#include <arch/tlb.h>
#include <lwk/boot.h>
#include <lwk/clock.h>
#include <lwk/clock_set.h>
#include <lwk/cokernel.h>
#include <lwk/core.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/numa.h>
#include <lwk/page.h>
#include <lwk/random.h>
#include <lwk/timer.h>
#include <string.h>

#define FREE_MAX (ENCLAVE_RANGES_MAX + 8)

struct cokernel_boot boot_record;

static struct range ram_ranges[ENCLAVE_RANGES_MAX], free_ranges[FREE_MAX];
static struct range_set ram = RANGE_SET(ram_ranges), free_set = RANGE_SET(free_ranges);

static void must(bool is_true, const char *what)
{
	if (!is_true)
		panic("boot record: %s", what);
}

static bool is_within(const struct enclave_blob *blob)
{
	return blob->size <= DIRECT_MAP_SIZE && range_contains(&ram, blob->start, blob->size);
}

/* what it takes to tell anybody of a panic */
static void record_check_first(void)
{
	const struct cokernel_boot *boot = &boot_record;

	must(boot->magic == COKERNEL_BOOT_MAGIC, "no magic number");
	must(boot->version == COKERNEL_VERSION && boot->size == sizeof(*boot), "another version");
	must(IS_ALIGNED(boot->shared.start, PAGE_SIZE) && boot->shared.start <= UINT64_C(1) << 46 &&
		     boot->shared.size >= sizeof(struct cokernel_shared),
	     "shared region");
}

static void record_check(uint64_t image)
{
	const struct cokernel_boot *boot = &boot_record;

	must(boot->core_count >= 1 && boot->core_count <= COKERNEL_CORES_MAX, "number of cores");
	must(boot->range_count >= 1 && boot->range_count <= ENCLAVE_RANGES_MAX, "number of ranges");
	must(boot->node_count >= 1 && boot->node_count <= ENCLAVE_NODES_MAX, "number of nodes");
	must(boot->tsc_khz >= 1000 && boot->tsc_khz <= 100000000, "frequency of the counter");
	must(boot->image.start == image && boot->image.size >= (uint64_t)(_image_end - _head),
	     "place of the image");
	must(memchr(boot->parameters, 0, sizeof(boot->parameters)), "parameters have no end");
	for (unsigned i = 0; i < COKERNEL_CORES_MAX; i++)
		must(boot->cores[i].node < boot->node_count, "node of a core");
}

static void ranges_take(void)
{
	for (unsigned i = 0; i < boot_record.range_count; i++) {
		const struct enclave_range *range = &boot_record.ranges[i];

		must(IS_ALIGNED(range->start | range->size, PAGE_SIZE) &&
			     range->node < boot_record.node_count,
		     "a range of memory");
		must(range->start < DIRECT_MAP_SIZE && range->size <= DIRECT_MAP_SIZE &&
			     !range_overlaps(&ram, range->start, range->size) &&
			     range_add(&ram, range->start, range->size) == 0 &&
			     range_add(&free_set, range->start, range->size) == 0,
		     "a range of memory");
	}
}

static void free_remove(const struct enclave_blob *blob)
{
	uint64_t from = ALIGN_DOWN(blob->start, PAGE_SIZE);

	if (blob->size == 0)
		return;
	must(is_within(blob), "something is outside of the enclave's memory");
	must(range_remove(&free_set, from, ALIGN_UP(blob->start + blob->size, PAGE_SIZE) - from) ==
		     0,
	     "too many ranges");
}

static void numa_take(void)
{
	numa_init(boot_record.node_count);
	for (unsigned from = 0; from < boot_record.node_count; from++) {
		for (unsigned to = 0; to < boot_record.node_count; to++) {
			if (boot_record.distances[from][to])
				numa_set_distance(from, to, boot_record.distances[from][to]);
		}
	}
}

/* all that is free, each range by itself as it has one node */
static void pages_add(void)
{
	for (unsigned i = 0; i < boot_record.range_count; i++) {
		const struct enclave_range *range = &boot_record.ranges[i];
		uint64_t end = range->start + range->size;

		range_for_each (r, &free_set) {
			uint64_t from = r->start > range->start ? r->start : range->start;
			uint64_t to = r->end < end ? r->end : end;

			if (from < to && page_add_range(PA(from), to - from, range->node) != 0)
				log_warn("memory at 0x%lx is left out: too many ranges", from);
		}
	}
}

static void time_take(void)
{
	uint64_t now = arch_counter_read();
	uint64_t since = timer_ns_of_ticks(now - boot_record.wall_tsc);

	if (now < boot_record.wall_tsc)
		since = 0;
	if (boot_record.wall_ns)
		time_set_realtime((boot_record.wall_ns + since) / NS_PER_SECOND);
}

void kernel_boot(uint64_t image)
{
	struct boot_info info = {.parameters = boot_record.parameters};
	uint64_t counter;

	image_pa = image;
	cpu_init_first(&cores[0]);
	record_check_first();
	cokernel_early();
	cpu_find_features();
	cpu_init(&cores[0], boot_ist);
	must(boot_record.tsc_khz > 0, "frequency of the counter");
	timer_init_clock(boot_record.tsc_khz);
	core_init_self(&cores[0], boot_stack);
	cores[0].is_online = true;
	record_check(image);
	ranges_take();
	free_remove(&boot_record.image);
	free_remove(&boot_record.ramdisk);
	free_remove(&boot_record.early);
	mmu_init(&ram);
	cokernel_map();
	numa_take();
	pages_add();
	mmu_use_page_allocator();
	info.initrd = boot_record.ramdisk.size ? phys_to_virt(PA(boot_record.ramdisk.start)) : NULL;
	info.initrd_size = boot_record.ramdisk.size;
	counter = arch_counter_read();
	random_seed(&counter, sizeof(counter));
	random_seed(boot_record.seed, sizeof(boot_record.seed));
	time_take();
	timer_init_vdso();
	kernel_main(&info);
}

void arch_boot_interrupts(void)
{
	smp_find_cores();
	interrupt_init();
	tlb_init();
	interrupt_init_core();
	timer_init();
	timer_init_core();
	arch_irq_enable();
}

void arch_boot_cores(void)
{
	smp_start_cores();
}
