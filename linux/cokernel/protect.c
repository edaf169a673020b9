// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See protect.h. An area, once made, stays until the enclave is destroyed: its report is read when the core is long Linux's again. */
#include <lib/vcpu_area.h>
#include <lib/vcpu_policy.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <asm/apicdef.h>
#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <inject.h>
#include "cores.h"
#include "enclave.h"
#include "nested.h"
#include "protect.h"
#include "regions.h"

#define COMMAND_LIMIT msecs_to_jiffies(5000)
#define EPT_1G        BIT(17)                      /* of IA32_VMX_EPT_VPID_CAP */
#define EPT_NEEDED    (BIT(6) | BIT(14) | BIT(20)) /* four levels, write-back, INVEPT */

struct protect {
	u32 features;
	enum vcpu_backend backend;
	const void *image;
	size_t image_size;
	struct nested nested;
	struct enclave *enclave; /* nested_flush() has the tables only */
	u8 *msrs, *ports;
	u64 apic;
	u64 bell, targets[VCPU_TARGETS];
	bool has_begun;
	void *areas[COKERNEL_CORES_MAX];
};

extern const u8 hv_svm_begin[], hv_svm_end[], hv_vmx_begin[], hv_vmx_end[];

void *nested_table_take(void)
{
	return inject_fails() ? NULL : (void *)get_zeroed_page(GFP_KERNEL);
}

void nested_table_give(void *table)
{
	free_page((unsigned long)table);
}

void nested_table_keep(struct nested *nested, void *table)
{
	list_add(&virt_to_page(table)->lru, &nested->kept);
}

void nested_tables_drop(struct nested *nested)
{
	while (!list_empty(&nested->kept)) {
		struct page *page = list_first_entry(&nested->kept, struct page, lru);

		list_del(&page->lru);
		nested_table_give(page_address(page));
	}
}

u64 nested_table_pa(const void *table)
{
	return virt_to_phys((void *)table);
}

void *nested_table_va(u64 address)
{
	return phys_to_virt(address);
}

static const struct vcpu_report *report_of(const struct protect *protect, u32 index)
{
	return vcpu_area_report(protect->areas[index]);
}

static u32 phase_of(const struct protect *protect, u32 index)
{
	return protect->areas[index] ? smp_load_acquire(&report_of(protect, index)->phase)
				     : VCPU_STOPPED;
}

static void command_post(struct enclave *enclave, u32 index, enum vcpu_command_kind kind)
{
	struct vcpu_config *config = vcpu_area_config(enclave->protect->areas[index]);

	WRITE_ONCE(config->commands[config->posted % VCPU_COMMANDS], kind);
	smp_store_release(&config->posted, config->posted + 1);
	kernel_ipi(core_place(enclave->cores[index].cpu).apic_id, APIC_DM_NMI);
}

/* Executed, or never to be: the core is not in the co-kernel any more. */
static bool command_wait(const struct protect *protect, u32 index)
{
	const struct vcpu_config *config = vcpu_area_config(protect->areas[index]);
	unsigned long end = jiffies + COMMAND_LIMIT;

	while (smp_load_acquire(&report_of(protect, index)->done) != config->posted &&
	       phase_of(protect, index) == VCPU_RUNS) {
		if (time_after(jiffies, end))
			return false;
		usleep_range(10, 50);
	}
	return true;
}

/* By all cores that are in the co-kernel. */
static bool command_all(struct enclave *enclave, enum vcpu_command_kind kind)
{
	const struct protect *protect = enclave->protect;
	bool is_done = true;

	smp_mb(); /* a core that is not seen to run sees what was changed when it begins (hv_main) */
	for (u32 i = 0; i < enclave->core_count; i++)
		if (phase_of(protect, i) == VCPU_RUNS)
			command_post(enclave, i, kind);
	for (u32 i = 0; i < enclave->core_count; i++)
		if (protect->areas[i] && !command_wait(protect, i))
			is_done = false;
	return is_done && !inject_fails();
}

bool nested_flush(struct nested *nested)
{
	struct protect *protect = container_of(nested, struct protect, nested);

	return inject_no_flush || command_all(protect->enclave, VCPU_COMMAND_FLUSH);
}

/*
 * Some processors may raise a machine check when the size of a page in use changes: AMD's erratum 383; Intel's multiple hits in the
 * instruction TLB (CVE-2018-12207). There memory is mapped in the units in which it comes and goes. Without `mem` nothing changes.
 */
static bool can_resize(u32 features)
{
	return !(features & VCPU_MEM) || (!boot_cpu_has_bug(X86_BUG_AMD_TLB_MMATCH) &&
					  !boot_cpu_has_bug(X86_BUG_ITLB_MULTIHIT));
}

/* Whether the processor, which Linux may use for virtual machines of its own meanwhile, can do it; 0: it cannot. */
static u32 find_backend(struct nested *nested)
{
	u64 ept = 0;

	if (boot_cpu_has(X86_FEATURE_SVM) && boot_cpu_has(X86_FEATURE_NPT)) {
		nested->has_1g = boot_cpu_has(X86_FEATURE_GBPAGES);
		return VCPU_SVM;
	}
	if (!boot_cpu_has(X86_FEATURE_VMX) || rdmsrl_safe(MSR_IA32_VMX_EPT_VPID_CAP, &ept) ||
	    (ept & EPT_NEEDED) != EPT_NEEDED)
		return 0;
	nested->is_ept = true;
	nested->has_1g = ept & EPT_1G;
	return VCPU_VMX;
}

u32 protect_backend(void)
{
	struct nested nested = {0};

	return find_backend(&nested);
}

static int find_image(struct protect *protect)
{
	bool is_svm = protect->backend == VCPU_SVM;

	protect->image = is_svm ? hv_svm_begin : hv_vmx_begin;
	protect->image_size = (size_t)(is_svm ? hv_svm_end - hv_svm_begin
					      : hv_vmx_end - hv_vmx_begin);
	return protect->backend && vcpu_image_is_sound(protect->image, protect->image_size)
		       ? 0
		       : -ENODEV;
}

/* In xAPIC mode `ipi` stops stores to the APIC's page, which takes tables. */
static bool needs_tables(const struct protect *protect)
{
	return protect->features & VCPU_MEM ||
	       (protect->features & VCPU_IPI && !kernel_is_x2apic());
}

static int take_pages(struct protect *protect)
{
	protect->msrs = inject_fails() ? NULL : alloc_pages_exact(VCPU_MSR_BITMAP_SIZE, GFP_KERNEL);
	protect->ports = inject_fails() ? NULL : alloc_pages_exact(VCPU_IO_BITMAP_SIZE, GFP_KERNEL);
	if (needs_tables(protect))
		protect->nested.root = nested_table_take();
	if (!protect->msrs || !protect->ports || (needs_tables(protect) && !protect->nested.root))
		return -ENOMEM;
	vcpu_bitmaps_make(protect->backend, protect->features, protect->msrs, protect->ports);
	return 0;
}

static void release(struct protect *protect)
{
	for (u32 i = 0; i < COKERNEL_CORES_MAX; i++)
		if (protect->areas[i])
			free_pages_exact(protect->areas[i], VCPU_AREA_SIZE);
	if (protect->nested.root) {
		nested_free(&protect->nested);
		nested_table_give(protect->nested.root);
	}
	if (protect->msrs)
		free_pages_exact(protect->msrs, VCPU_MSR_BITMAP_SIZE);
	if (protect->ports)
		free_pages_exact(protect->ports, VCPU_IO_BITMAP_SIZE);
	kfree(protect);
}

/* Memory that is Linux's, its enclaves' or its hypervisors' is never a device's. */
static bool is_memory(const struct enclave_grant *grant)
{
	return grant->kind == ENCLAVE_GRANT_MMIO &&
	       (grant->last >> boot_cpu_data.x86_phys_bits ||
		region_intersects(grant->first, grant->last - grant->first + 1,
				  IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) != REGION_DISJOINT);
}

static int apply_grants(const struct enclave_config *config, const struct protect *protect)
{
	for (u32 i = 0; i < config->grant_count; i++) {
		const struct enclave_grant *grant = &config->grants[i];

		if (vcpu_grant_refusal(grant) || is_memory(grant))
			return -EACCES;
		if (protect &&
		    !vcpu_grant_apply(protect->backend, protect->msrs, protect->ports, grant))
			return -EACCES;
	}
	return 0;
}

static int make(struct enclave *enclave)
{
	struct protect *protect = inject_fails() ? NULL : kzalloc(sizeof(*protect), GFP_KERNEL);
	int error;

	if (!protect)
		return -ENOMEM;
	enclave->protect = protect;
	protect->features = enclave->config.isolation & VCPU_FULL;
	protect->enclave = enclave;
	INIT_LIST_HEAD(&protect->nested.kept);
	protect->nested.resizes = can_resize(protect->features);
	rdmsrl(MSR_IA32_APICBASE, protect->apic);
	protect->apic &= MSR_IA32_APICBASE_BASE;
	protect->backend = find_backend(&protect->nested);
	error = find_image(protect);
	return error ? error : take_pages(protect);
}

/* What is half made goes with the enclave. */
int protect_make(struct enclave *enclave)
{
	int error = 0;

	if (enclave->config.isolation & ENCLAVE_ISOLATION_FEATURES)
		error = make(enclave);
	return error ? error : apply_grants(&enclave->config, enclave->protect);
}

static int map_apic(struct protect *protect)
{
	unsigned int write = protect->features & VCPU_IPI ? 0 : NESTED_WRITE;

	return kernel_is_x2apic() ? 0
				  : nested_map(&protect->nested, protect->apic, PAGE_SIZE,
					       NESTED_DEVICE | write);
}

/* Without `mem` everything is there but stores to the APIC's page. */
static int map_everything(struct protect *protect)
{
	const unsigned int all = NESTED_WRITE | NESTED_EXEC;
	u64 behind = protect->apic + PAGE_SIZE;
	int error = nested_map(&protect->nested, 0, protect->apic, all);

	if (!error)
		error = nested_map(&protect->nested, behind,
				   (1ull << boot_cpu_data.x86_phys_bits) - behind, all);
	return error;
}

/* memory_add() has joined what touches, so that pages are as large as can be. */
static int map_memory(struct enclave *enclave)
{
	const struct memory *memory = &enclave->memory;
	int error = 0;

	for (unsigned int i = 0; i < memory->count && !error; i++)
		error = protect_map(enclave, memory->ranges[i].start, memory->ranges[i].size,
				    false);
	return error;
}

static int map_grants(struct enclave *enclave)
{
	int error = 0;

	for (u32 i = 0; i < enclave->config.grant_count && !error; i++) {
		const struct enclave_grant *grant = &enclave->config.grants[i];
		unsigned int write = grant->ways & ENCLAVE_GRANT_WRITE ? NESTED_WRITE : 0;

		if (grant->kind == ENCLAVE_GRANT_MMIO)
			error = nested_map(&enclave->protect->nested, grant->first,
					   grant->last - grant->first + 1, NESTED_DEVICE | write);
	}
	return error;
}

int protect_begin(struct enclave *enclave)
{
	struct protect *protect = enclave->protect;
	int error = 0;

	if (!protect || !protect->nested.root)
		return 0;
	/* an attempt before this one may have failed half-way */
	nested_free(&protect->nested);
	protect->has_begun = protect->features & VCPU_MEM;
	if (protect->has_begun) {
		error = map_memory(enclave);
		if (!error)
			error = protect_map(enclave, virt_to_phys(enclave->shared),
					    PAGE_ALIGN(sizeof(*enclave->shared)), false);
		if (!error)
			error = regions_protect(enclave);
		if (!error)
			error = map_grants(enclave);
	} else {
		error = map_everything(protect);
	}
	return error ? error : map_apic(protect);
}

static void fill_config(const struct enclave *enclave, u32 index, const struct park_entry *entry,
			struct vcpu_config *config)
{
	const struct protect *protect = enclave->protect;

	*config = (struct vcpu_config){
		.features = protect->features,
		.enclave = enclave->id,
		.core = index,
		.x2apic = kernel_is_x2apic(),
		.nested = protect->nested.root ? virt_to_phys(protect->nested.root) : 0,
		.msr_bitmap = virt_to_phys(protect->msrs),
		.io_bitmap = virt_to_phys(protect->ports),
		.apic = protect->apic,
		.entry = {entry->entry, entry->boot, entry->index, entry->tables, entry->gdt,
			  entry->state},
		.bell = READ_ONCE(protect->bell),
	};
	for (u32 i = 0; i < VCPU_CORES; i++)
		config->cores[i] = i < enclave->core_count && enclave->cores[i].is_used
					   ? core_place(enclave->cores[i].cpu).apic_id
					   : VCPU_NO_APIC;
	memcpy(config->targets, protect->targets, sizeof(config->targets));
}

/* Whom those that are there may signal. */
static void cores_tell(struct enclave *enclave, u32 index, u32 apic)
{
	for (u32 i = 0; i < enclave->core_count; i++)
		if (enclave->protect->areas[i])
			WRITE_ONCE(vcpu_area_config(enclave->protect->areas[i])->cores[index],
				   apic);
}

int protect_core(struct enclave *enclave, u32 index, struct park_entry *entry)
{
	struct protect *protect = enclave->protect;
	struct vcpu_config config;
	void *area;

	if (!protect)
		return 0;
	area = protect->areas[index];
	if (!area)
		area = inject_fails() ? NULL : alloc_pages_exact(VCPU_AREA_SIZE, GFP_KERNEL);
	if (!area)
		return -ENOMEM;
	fill_config(enclave, index, entry, &config);
	config.cores[index] = core_place(enclave->cores[index].cpu).apic_id;
	vcpu_area_make(area, virt_to_phys(area), protect->image, protect->image_size, park_page(),
		       &config);
	protect->areas[index] = area;
	cores_tell(enclave, index, config.cores[index]);
	*entry = (struct park_entry){
		.entry = ((const struct vcpu_image *)protect->image)->entry,
		.tables = virt_to_phys(area),
		.gdt = VCPU_CONFIG + VCPU_CONFIG_GDT,
		.state = VCPU_REPORT + offsetof(struct vcpu_report, detail),
	};
	return 0;
}

int protect_core_leaves(struct enclave *enclave, u32 index)
{
	if (!enclave->protect)
		return 0;
	protect_stop_core(enclave, index);
	cores_tell(enclave, index, VCPU_NO_APIC);
	/* one that had found it in the list has sent its interrupt when it has executed a command */
	return command_all(enclave, VCPU_COMMAND_RELOAD) ? 0 : -ETIMEDOUT;
}

int protect_map(struct enclave *enclave, u64 start, u64 size, bool is_read)
{
	struct protect *protect = enclave->protect;

	if (!protect || !protect->has_begun)
		return 0;
	return nested_map(&protect->nested, start, size, is_read ? 0 : NESTED_WRITE | NESTED_EXEC);
}

int protect_unmap(struct enclave *enclave, u64 start, u64 size)
{
	struct protect *protect = enclave->protect;

	if (!protect || !protect->has_begun)
		return 0;
	return nested_unmap(&protect->nested, start, size);
}

void protect_stop_core(struct enclave *enclave, u32 index)
{
	struct protect *protect = enclave->protect;

	if (!protect || phase_of(protect, index) != VCPU_RUNS)
		return;
	command_post(enclave, index, VCPU_COMMAND_STOP);
	if (!command_wait(protect, index))
		pr_warn("bulkhead: the hypervisor of core %u of enclave %u does not answer\n",
			index, enclave->id);
}

void protect_stop(struct enclave *enclave)
{
	for (u32 i = 0; i < enclave->core_count; i++)
		protect_stop_core(enclave, i);
}

/* The first core that has faulted; COKERNEL_CORES_MAX: none. */
static u32 faulted_core(const struct protect *protect)
{
	u32 i = 0;

	while (i < COKERNEL_CORES_MAX && phase_of(protect, i) != VCPU_FAULTED &&
	       phase_of(protect, i) != VCPU_REFUSED)
		i++;
	return i;
}

enum bh_fault_cause protect_cause(const struct enclave *enclave)
{
	u32 index;

	if (!enclave->protect)
		return BH_FAULT_NONE;
	index = faulted_core(enclave->protect);
	if (index == COKERNEL_CORES_MAX)
		return BH_FAULT_NONE;
	if (phase_of(enclave->protect, index) == VCPU_REFUSED)
		return BH_FAULT_HYPERVISOR;
	return report_of(enclave->protect, index)->fault.cause;
}

/* bh_fault is arm64's: what both have. The rest is in VCPU's record. */
void protect_fault(const struct enclave *enclave, struct bh_fault *fault)
{
	u32 index = enclave->protect ? faulted_core(enclave->protect) : COKERNEL_CORES_MAX;
	const struct vcpu_fault *from;

	if (index == COKERNEL_CORES_MAX)
		return;
	from = &report_of(enclave->protect, index)->fault;
	fault->vcpu = (u16)index;
	fault->core = enclave->cores[index].cpu;
	fault->counter = from->tsc;
	fault->far = from->virtual_address;
	fault->ipa = from->address;
	fault->pc = from->rip;
}

void protect_counters(const struct enclave *enclave, struct bh_counters *counters)
{
	const struct vcpu_report *report;

	if (!enclave->protect || !enclave->protect->areas[counters->vcpu])
		return;
	report = report_of(enclave->protect, counters->vcpu);
	memcpy(counters->exits, report->exits, sizeof(counters->exits));
	counters->denied = report->denied;
	counters->dropped = report->dropped;
	counters->pending = report->pending;
}

int protect_report(const struct enclave *enclave, struct cokerneldev_vcpu *vcpu)
{
	if (vcpu->zero || vcpu->core >= COKERNEL_CORES_MAX)
		return -EINVAL;
	if (!enclave->protect || !enclave->protect->areas[vcpu->core])
		return -ENODATA;
	vcpu->report = *report_of(enclave->protect, vcpu->core);
	return 0;
}

void protect_bell(struct enclave *enclave, u32 apic, u32 vector)
{
	struct protect *protect = enclave->protect;

	if (!protect)
		return;
	WRITE_ONCE(protect->bell, vector ? (u64)apic << 32 | vector : 0);
	for (u32 i = 0; i < COKERNEL_CORES_MAX; i++)
		if (protect->areas[i])
			WRITE_ONCE(vcpu_area_config(protect->areas[i])->bell, protect->bell);
	/* one that went to the old place may never be heard */
	protect_heard(enclave);
}

/* A bell that rings from here on is heard again; what was written before is seen by who looks at the rings next. */
void protect_heard(struct enclave *enclave)
{
	struct protect *protect = enclave->protect;

	if (!protect)
		return;
	for (u32 i = 0; i < COKERNEL_CORES_MAX; i++)
		if (protect->areas[i])
			WRITE_ONCE(vcpu_area_config(protect->areas[i])->heard,
				   READ_ONCE(report_of(protect, i)->rung));
	smp_mb();
}

void protect_target(struct enclave *enclave, u32 slot, u32 apic, u32 vector)
{
	struct protect *protect = enclave->protect;

	if (!protect)
		return;
	WRITE_ONCE(protect->targets[slot], vector ? (u64)apic << 32 | vector : 0);
	for (u32 i = 0; i < COKERNEL_CORES_MAX; i++)
		if (protect->areas[i])
			WRITE_ONCE(vcpu_area_config(protect->areas[i])->targets[slot],
				   protect->targets[slot]);
}

void protect_free(struct enclave *enclave)
{
	if (enclave->protect)
		release(enclave->protect);
	enclave->protect = NULL;
}
