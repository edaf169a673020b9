/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the assembly's hands to kernel_main: device tree, memory, page tables, page allocator.
 */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/context.h>
#include <arch/memory.h>
#include <arch/mmu.h>
#include <arch/psci.h>
#include <arch/smp.h>
#include <arch/timer.h>
#include <lwk/boot.h>
#include <lwk/clock_set.h>
#include <lwk/core.h>
#include <lwk/dt.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/page.h>
#include <lwk/random.h>
#include <lwk/role.h>
#include <lwk/timer.h>
#include <lwk/watchdog.h>

#define RANGES_MAX     64
#define DT_WINDOW_SIZE (2 * SIZE_2M)

static struct range ram_ranges[RANGES_MAX], free_ranges[RANGES_MAX], reserved_ranges[RANGES_MAX];
static struct range_set ram = RANGE_SET(ram_ranges), free_set = RANGE_SET(free_ranges);
static struct range_set reserved = RANGE_SET(reserved_ranges);

/* whole pages only */
static void ram_trim(struct range_set *to, const struct range_set *from)
{
	range_for_each (r, from) {
		uint64_t start = ALIGN_UP(r->start, PAGE_SIZE);
		uint64_t end = ALIGN_DOWN(r->end, PAGE_SIZE);

		if (start < end && range_add(to, start, end - start) != 0)
			panic("device tree: too many ranges of memory");
	}
}

static void free_remove(uint64_t start, uint64_t size)
{
	uint64_t from = ALIGN_DOWN(start, PAGE_SIZE);

	if (size && range_remove(&free_set, from, ALIGN_UP(start + size, PAGE_SIZE) - from) != 0)
		panic("device tree: too many ranges of memory");
}

/* Without one the boot ends later, when there is a console to say so on. */
static bool initrd_find(struct boot_info *info, pa_t *base)
{
	int chosen = dt_find_path("/chosen");
	uint64_t start, end;

	if (chosen < 0 || !dt_number(chosen, "linux,initrd-start", &start) ||
	    !dt_number(chosen, "linux,initrd-end", &end) || end <= start ||
	    end > UINT64_MAX - PAGE_SIZE)
		return false;
	*base = PA(start);
	info->initrd_size = end - start;
	start = ALIGN_DOWN(start, PAGE_SIZE);
	return range_contains(&ram, start, ALIGN_UP(end, PAGE_SIZE) - start);
}

static void memory_find(uint64_t device_tree)
{
	static struct range raw_ranges[RANGES_MAX];
	struct range_set raw = RANGE_SET(raw_ranges);

	if (dt_memory(&raw) != 0 || dt_reserved(&reserved) != 0)
		panic("device tree: too many ranges of memory");
	ram_trim(&ram, &raw);
	ram_trim(&free_set, &raw);
	range_for_each (r, &reserved)
		free_remove(r->start, r->end - r->start);
	free_remove(image_pa, (uint64_t)(_image_end - _head));
	free_remove(device_tree, dt_size());
}

/* all that is free, each node's by itself */
static void pages_add(void)
{
	dt_numa_init();
	range_for_each (r, &free_set) {
		for (uint64_t at = r->start, end; at < r->end; at = end) {
			unsigned node;

			end = r->end;
			node = dt_numa_memory(at, &end);
			if (page_add_range(PA(at), end - at, node) != 0)
				log_warn("memory at 0x%lx is left out: too many ranges", at);
		}
	}
}

static void seed_random(int chosen)
{
	static const char *const names[] = {"rng-seed", "kaslr-seed"};
	uint64_t counter = arch_counter_read();

	random_seed(&counter, sizeof(counter));
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		uint32_t cell;

		for (unsigned c = 0; dt_cell(chosen, names[i], c, &cell); c++)
			random_seed(&cell, sizeof(cell));
	}
}

/*
 * what the virtual machine or the loader gave us is in RAM, or the window would be all that is seen
 * of it
 */
static void device_tree_keep(uint64_t device_tree, uint64_t size)
{
	if (!range_contains(&ram, device_tree, size) ||
	    dt_init(phys_to_virt(PA(device_tree)), size) != 0)
		panic("the device tree is outside of memory");
}

void kernel_boot(uint64_t image, uint64_t device_tree, uint64_t entry_level)
{
	const char *window = (const char *)DT_WINDOW + (device_tree & (SIZE_2M - 1));
	struct boot_info info = {.parameters = ""};
	const char *parameters;
	bool has_initrd;
	uint64_t size;
	pa_t initrd;
	int chosen;

	image_pa = image;
	arch_core_set_self(&cores[0]);
	cpu_init();
	cpu_find_features();
	timer_init_clock();
	core_init_self(&cores[0], boot_stack);
	cores[0].is_online = true;
	log_info("entered at EL%lu, image at 0x%lx, device tree at 0x%lx", entry_level >> 2, image,
		 device_tree);
	if (dt_init(window, DT_WINDOW_SIZE - (device_tree & (SIZE_2M - 1))) != 0)
		panic("no device tree at 0x%lx", device_tree);
	memory_find(device_tree);
	has_initrd = initrd_find(&info, &initrd);
	if (has_initrd)
		free_remove(initrd.v, info.initrd_size);
	size = dt_size();
	mmu_init(&ram);
	device_tree_keep(device_tree, size);
	pages_add();
	mmu_use_page_allocator();
	info.initrd = has_initrd ? phys_to_virt(initrd) : NULL;
	chosen = dt_find_path("/chosen");
	parameters = dt_string(chosen, "bootargs");
	if (parameters)
		info.parameters = parameters;
	seed_random(chosen);
	psci_init();
	watchdog_init();
	rtc_init();
	timer_init_vdso();
	arch_space_leave();
	kernel_main(&info);
}

void arch_boot_interrupts(void)
{
	smp_find_cores();
	interrupt_init();
	interrupt_init_core();
	timer_init(role->uses_physical_timer);
	timer_init_core();
	arch_irq_enable();
}

void arch_boot_cores(void)
{
	smp_start_cores();
}
