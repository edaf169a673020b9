/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The controller, as Linux's module has it, for a machine without Linux: an area for each core's hypervisor, nested tables of what the
 * enclave has, bitmaps, commands. The hypervisor's image is the third module.
 */
#include "loader.h"
#include "protect.h"
#include <bulkhead/fault.h>
#include <bulkhead/status.h>
#include <bulkhead/types.h>
#include <lib/arch/x86/cpu.h>
#include <lib/fmt.h>
#include <lib/pt.h>
#include <lib/vcpu_area.h>
#include <lib/vcpu_policy.h>
#include <string.h>

#define CORES                8u
#define TABLES               64u
#define TRAMPOLINE           UINT64_C(0x8000)
#define ADDRESS_BITS         46
#define SPACE                (UINT64_C(1) << 39) /* all there is on such a machine */
#define ICR_NMI              0x4400u
#define LEAF1_ECX_1G         (1u << 26) /* of 0x80000001: EDX */
#define MSR_EPT_CAPABILITIES 0x48cu
#define EPT_1G               (1u << 17)
#define COMMAND_MS           10000u
#define LINE                 200
#define PROBES               100u

static _Alignas(4096) uint8_t areas[CORES][VCPU_AREA_SIZE];
static _Alignas(4096) uint8_t msrs[VCPU_MSR_BITMAP_SIZE], ports[VCPU_IO_BITMAP_SIZE];
static _Alignas(4096) uint64_t root[512], table_pool[TABLES][512];
static _Alignas(4096) uint8_t image[VCPU_IMAGE_MAX];
static uint64_t *table_free;
static uint64_t *retired[TABLES]; /* that wait for a flush */
static unsigned retired_count;
static size_t image_size;
static enum vcpu_backend backend;
static uint32_t features;
static bool is_on, is_x2apic, measures, is_started[CORES];
/* none is from there on: what is looked at all the time costs a bare core nothing */
static unsigned started;
static uint64_t khz, stop_at, probe_at, probed_exits, areas_ticks;
static struct pt_format format;

static void *table_alloc(void *ctx)
{
	uint64_t *table = table_free;

	(void)ctx;
	if (table) {
		table_free = (uint64_t *)table[0];
		table[0] = 0;
	}
	return table;
}

static void table_give(void *ctx, void *table)
{
	(void)ctx;
	memset(table, 0, 4096);
	*(uint64_t *)table = (uint64_t)table_free;
	table_free = table;
}

static pa_t to_pa(void *ctx, const void *table)
{
	(void)ctx;
	return PA((uint64_t)table);
}

static void *to_va(void *ctx, pa_t table)
{
	(void)ctx;
	return (void *)table.v;
}

static void publish(void *ctx, const void *start, size_t bytes)
{
	(void)ctx;
	(void)start;
	(void)bytes;
}

static uint32_t apic_of(unsigned core)
{
	return (uint32_t)vcpu_area_config(areas[core])->entry.index +
	       1; /* as cores_describe() says */
}

static bool is_running(unsigned core)
{
	const volatile struct vcpu_report *report = vcpu_area_report(areas[core]);

	return is_started[core] && report->phase == VCPU_RUNS;
}

static void command_post(unsigned core, enum vcpu_command_kind kind)
{
	struct vcpu_config *config = vcpu_area_config(areas[core]);

	config->commands[config->posted % VCPU_COMMANDS] = kind;
	__atomic_store_n(&config->posted, config->posted + 1, __ATOMIC_RELEASE);
	machine_send(apic_of(core), ICR_NMI);
}

static void command_wait(unsigned core)
{
	const struct vcpu_config *config = vcpu_area_config(areas[core]);
	const volatile struct vcpu_report *report = vcpu_area_report(areas[core]);
	uint64_t limit = tsc_read() + khz * COMMAND_MS;

	while (is_running(core) && report->done != config->posted)
		if (tsc_read() > limit)
			fail("a core does not execute commands");
		else
			cpu_relax();
}

void protect_command(unsigned cores, uint32_t kind)
{
	for (unsigned i = 0; i < cores; i++)
		if (is_running(i))
			command_post(i, kind);
	for (unsigned i = 0; i < cores; i++)
		if (is_started[i])
			command_wait(i);
}

static void flush(void *ctx, uint64_t in, uint64_t size)
{
	(void)in;
	(void)size;
	protect_command(CORES, VCPU_COMMAND_FLUSH);
	while (retired_count > 0)
		table_give(ctx, retired[--retired_count]);
}

static void retire(void *ctx, void *table, uint64_t in, uint64_t size)
{
	(void)ctx;
	(void)in;
	(void)size;
	retired[retired_count++] = table; /* there are no more than tables */
}

static const struct pt_ops ops = {table_alloc, table_give, to_pa, to_va, publish, flush, retire};
static struct pt nested = {.ops = &ops, .root = root, .start_level = 0, .in_bits = ADDRESS_BITS};

static const struct pt_format *format_find(void)
{
	if (backend == VCPU_VMX)
		return msr_read(MSR_EPT_CAPABILITIES) & EPT_1G ? &pt_ept : &pt_ept_2m;
	return cpuid(0x80000001, 0).edx & LEAF1_ECX_1G ? &pt_npt : &pt_npt_2m;
}

void protect_begin(const struct options *options, const uint32_t *module)
{
	size_t size = module[1] - module[0];
	const struct vcpu_image *header = (const struct vcpu_image *)(uint64_t)module[0];

	features = options->isolation & VCPU_FULL;
	khz = options->tsc_khz;
	if (size > sizeof(image) || !vcpu_image_is_sound(header, size))
		fail("the third module is no hypervisor");
	memcpy(image, header, size);
	image_size = size;
	backend = header->backend;
	is_on = true;
	is_x2apic = options->x2apic;
	measures = options->measure;
	for (unsigned i = 0; i < TABLES; i++)
		table_give(NULL, table_pool[i]);
	format = *format_find();
	if (options->leaves)
		format.block_levels &= (uint8_t)options->leaves;
	nested.format = &format;
	if (options->stop_ms) {
		stop_at = tsc_read() + khz * options->stop_ms;
		probe_at = options->probe ? tsc_read() + khz * options->stop_ms / 2 : 0;
		machine_tick();
	}
	vcpu_bitmaps_make(backend, features, msrs, ports);
}

static void check(int status)
{
	if (status != BH_OK)
		fail("nested tables");
}

/* in xAPIC mode `ipi` stops writes to the APIC's page, which takes tables */
static bool has_tables(void)
{
	return is_on && (features & VCPU_MEM || (features & VCPU_IPI && !is_x2apic));
}

static void identity_map(uint64_t start, uint64_t size)
{
	check(pt_map(&nested, start, PA(start), size, PT_R | PT_W | PT_X | PT_USER));
}

static void apic_map(void)
{
	uint32_t write = features & VCPU_IPI ? 0 : PT_W;

	if (!is_x2apic)
		check(pt_map(&nested, APIC_PAGE, PA(APIC_PAGE), 4096,
			     PT_R | write | PT_USER | PT_DEVICE));
}

void protect_map(uint64_t start, uint64_t size)
{
	if (is_on && features & VCPU_MEM)
		identity_map(start, size);
}

void protect_unmap(uint64_t start, uint64_t size)
{
	if (is_on && features & VCPU_MEM)
		check(pt_unmap(&nested, start, size));
}

/* neighbours of the enclave's ranges are mapped together, so that their pages are as large as can be */
void protect_enclave(const struct cokernel_boot *boot)
{
	uint64_t start = boot->ranges[0].start, end = start;

	if (!has_tables())
		return;
	if (!(features & VCPU_MEM)) {
		identity_map(0, APIC_PAGE);
		identity_map(APIC_PAGE + 4096, SPACE - APIC_PAGE - 4096);
		apic_map();
		return;
	}
	for (unsigned i = 0; i < boot->range_count; i++) {
		if (boot->ranges[i].start != end) {
			protect_map(start, end - start);
			start = boot->ranges[i].start;
		}
		end = boot->ranges[i].start + boot->ranges[i].size;
	}
	protect_map(start, end - start);
	protect_map(boot->shared.start, boot->shared.size);
	apic_map();
}

uint64_t protect_core(const struct enclave *enclave, uint32_t index, uint64_t *tables)
{
	struct vcpu_config config = {
		.features = features,
		.enclave = enclave->boot->enclave,
		.core = index,
		.x2apic = enclave->x2apic,
		.nested = has_tables() ? (uint64_t)root : 0,
		.msr_bitmap = (uint64_t)msrs,
		.io_bitmap = (uint64_t)ports,
		.apic = APIC_PAGE,
		.entry = {enclave->entry, (uint64_t)enclave->boot, index, enclave->cr3,
			  enclave->gdt, (uint64_t)&shared.core_state[index]},
		.bell = (uint64_t)machine_apic_id() << 32 | DOORBELL_VECTOR,
	};

	uint64_t start;

	if (!is_on)
		return 0;
	if (index >= CORES)
		fail("no areas for so many cores");
	for (unsigned i = 0; i < VCPU_CORES; i++)
		config.cores[i] = i < enclave->boot->core_count ? enclave->boot->cores[i].apic_id
								: VCPU_NO_APIC;
	for (unsigned i = 0; i < COKERNEL_TARGETS_MAX; i++)
		config.targets[i] = shared.targets[i].vector
					    ? (uint64_t)shared.targets[i].apic << 32 |
						      shared.targets[i].vector
					    : 0;
	start = tsc_read();
	vcpu_area_make(areas[index], (uint64_t)areas[index], image, image_size, TRAMPOLINE,
		       &config);
	areas_ticks += tsc_read() - start;
	is_started[index] = true;
	started = index < started ? started : index + 1;
	*tables = (uint64_t)areas[index];
	return ((const struct vcpu_image *)(void *)image)->entry;
}

static const char *cause_name(uint32_t cause)
{
	static const char *const names[BH_FAULT_CAUSES] = {
#define X(cause, name, words) [cause] = name,
		BH_FAULT_WORDS(X)
#undef X
	};

	return cause < BH_FAULT_CAUSES && names[cause] ? names[cause] : "unlisted";
}

static void fault_say(unsigned core, const struct vcpu_fault *fault)
{
	char line[LINE];

	cost_fault(fault);
	fmt_print(
		line, sizeof(line),
		"fault: %s address 0x%lx core %u pc 0x%lx code 0x%lx 0x%lx 0x%lx cr3 0x%lx rsp 0x%lx\n",
		cause_name(fault->cause), fault->address, core, fault->rip, fault->code[0],
		fault->code[1], fault->code[2], fault->cr3, fault->r[4]);
	serial_put(0, line, strlen(line));
	for (unsigned i = 0; i < VCPU_FRAMES && fault->frames[i]; i++) {
		fmt_print(line, sizeof(line), "fault: called from 0x%lx\n", fault->frames[i]);
		serial_put(0, line, strlen(line));
	}
}

void protect_heard(void)
{
	for (unsigned i = 0; i < started; i++)
		if (is_started[i])
			__atomic_store_n(&vcpu_area_config(areas[i])->heard,
					 vcpu_area_report(areas[i])->rung, __ATOMIC_SEQ_CST);
}

uint64_t protect_exits(void)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < CORES; i++)
		for (unsigned reason = 0; reason < VCPU_EXIT_REASONS && is_started[i]; reason++)
			count += vcpu_area_report(areas[i])->exits[reason];
	return count;
}

uint64_t protect_commands(void)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < CORES; i++)
		count += is_started[i] ? vcpu_area_config(areas[i])->posted : 0;
	return count;
}

uint64_t protect_cr3(unsigned core)
{
	return vcpu_area_report(areas[core])->fault.cr3;
}

const struct pt *protect_tables(void)
{
	return &nested;
}

uint64_t protect_areas_ticks(void)
{
	return areas_ticks;
}

/* Interrupts, one after the other: each is taken before the next. */
static void probe(void)
{
	probed_exits = protect_exits();
	for (uint32_t i = 1; i <= PROBES; i++) {
		uint64_t limit = tsc_read() + khz * COMMAND_MS;

		__atomic_store_n(&shared.probe, i, __ATOMIC_RELEASE);
		machine_send(apic_of(0), COKERNEL_VECTOR_FIRST);
		while (__atomic_load_n(&shared.answer[0], __ATOMIC_ACQUIRE) != i)
			if (tsc_read() > limit)
				fail("a core does not take interrupts");
			else
				cpu_relax();
	}
	probe_at = 0;
}

/* where each core is, then its end */
static void stop_all(void)
{
	char line[LINE];

	if (probed_exits) {
		fmt_print(line, sizeof(line), "%u interrupts taken, %lu exits since\n", PROBES,
			  protect_exits() - probed_exits);
		serial_put(0, line, strlen(line));
	}

	for (unsigned i = 0; i < CORES; i++) {
		const struct vcpu_report *report = vcpu_area_report(areas[i]);

		if (!is_started[i])
			continue;
		command_post(i, VCPU_COMMAND_REPORT);
		command_wait(i);
		command_post(i, VCPU_COMMAND_STOP);
		command_wait(i);
		fmt_print(line, sizeof(line), "core %u stopped at 0x%lx: %u of %u commands\n", i,
			  report->fault.rip, report->done + (report->phase == VCPU_STOPPED),
			  vcpu_area_config(areas[i])->posted);
		serial_put(0, line, strlen(line));
	}
	if (measures)
		walks_say(&nested, protect_cr3(0));
}

bool protect_has_ended(void)
{
	char line[LINE];

	if (probe_at && tsc_read() > probe_at)
		probe();
	if (stop_at && tsc_read() > stop_at) {
		stop_all();
		return true;
	}
	for (unsigned i = 0; i < started; i++) {
		const volatile struct vcpu_report *report = vcpu_area_report(areas[i]);
		uint32_t phase = __atomic_load_n(&report->phase, __ATOMIC_ACQUIRE);

		if (!is_started[i] || (phase != VCPU_FAULTED && phase != VCPU_REFUSED))
			continue;
		if (phase == VCPU_FAULTED) {
			fault_say(i, (const struct vcpu_fault *)(uint64_t)&report->fault);
		} else {
			fmt_print(line, sizeof(line), "the hypervisor refuses core %u: %x\n", i,
				  report->detail);
			serial_put(0, line, strlen(line));
		}
		return true;
	}
	return false;
}

void protect_report(void)
{
	static const char *const names[VCPU_EXIT_REASONS] = {
#define X(id, name) name,
		VCPU_EXITS(X)
#undef X
	};
	char line[LINE];

	for (unsigned i = 0; i < CORES; i++) {
		const struct vcpu_report *report = vcpu_area_report(areas[i]);

		if (!is_started[i])
			continue;
		fmt_print(line, sizeof(line),
			  "exits of core %u: denied %lu dropped %lu nmis %lu pending %lu", i,
			  report->denied, report->dropped, report->nmis, report->pending);
		serial_put(0, line, strlen(line));
		for (unsigned reason = 0; reason < VCPU_EXIT_REASONS; reason++) {
			if (!report->exits[reason])
				continue;
			fmt_print(line, sizeof(line), " %s %lu", names[reason],
				  report->exits[reason]);
			serial_put(0, line, strlen(line));
		}
		serial_put(0, "\n", 1);
	}
}
