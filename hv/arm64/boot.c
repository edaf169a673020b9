/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the boot loader to the primary, in phases: what the machine is; the hypervisor's address space; whose memory is whose; what
 * the manifest wants; the VMs; the cores.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/log.h>
#include <bulkhead/status.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/el2_mmu.h>
#include <hv/arm64/gic.h>
#include <hv/arm64/load.h>
#include <hv/arm64/log.h>
#include <hv/arm64/manifest.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/platform.h>
#include <hv/arm64/regs.h>
#include <hv/arm64/seed.h>
#include <hv/arm64/vm.h>
#include <lib/cpio.h>
#include <libfdt.h>
#include <string.h>

#define PARANGE_40 2u /* ID_AA64MMFR0_EL1.PARange */

/* called from start.S; returns when the boot core is ready to enter the primary */
void boot(const void *fdt);

extern char _image_start[], _image_end[];

struct cpu cpus[MAX_CPUS];
static __attribute__((aligned(16))) uint8_t stacks[MAX_CPUS][STACK_SIZE];
/* named in start.S and vectors.S, which want the end */
__attribute__((aligned(16))) uint8_t boot_stack[2 * STACK_SIZE], panic_stack[STACK_SIZE];

static struct range free_ranges[96];
static struct range_set free_memory = RANGE_SET(free_ranges);
static struct manifest manifest;
/* a copy: aligned as libfdt wants it, and its strings outlive the bundle */
static __attribute__((aligned(8))) uint8_t manifest_tree[0x10000];

/* The boot core becomes core 0, whatever its place in the device tree: the primary's vCPU 0 starts on it. */
static void cpus_init(void)
{
	uint64_t self = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
	uint32_t boot_core = 0;

	while (boot_core < platform.cpu_count && platform.cpu_mpidr[boot_core] != self)
		boot_core++;
	if (boot_core == platform.cpu_count)
		log_fatal("device tree: /cpus: the boot core is not in it");
	platform.cpu_mpidr[boot_core] = platform.cpu_mpidr[0];
	platform.cpu_mpidr[0] = self;
	for (uint32_t i = 0; i < MAX_CPUS; i++) {
		cpus[i].index = i;
		cpus[i].stack_top = stacks[i] + STACK_SIZE;
	}
}

static void free_remove(uint64_t start, uint64_t size)
{
	uint64_t first = ALIGN_DOWN(start, PAGE_SIZE);

	if (range_remove(&free_memory, first, ALIGN_UP(start + size, PAGE_SIZE) - first) ==
	    BH_ENOMEM)
		log_fatal("device tree: /memory: too many ranges");
}

static pa_t memory_phase(const void *fdt)
{
	pa_t log;

	range_for_each (r, &platform.ram)
		if (range_add(&free_memory, r->start, r->end - r->start))
			log_fatal("device tree: /memory: too many ranges");
	free_remove((uint64_t)_image_start, (uint64_t)(_image_end - _image_start));
	free_remove((uint64_t)fdt, fdt_totalsize(fdt));
	free_remove(platform.bundle.start, platform.bundle.end - platform.bundle.start);
	if (memory_init(&platform.ram, &free_memory) || memory_take(SIZE_2M, &log))
		log_fatal("device tree: /memory: not enough for the hypervisor");
	log_init(log);
	return log;
}

static void manifest_phase(void)
{
	struct manifest_error error;
	struct cpio_entry file;
	int found = cpio_find((const void *)platform.bundle.start,
			      platform.bundle.end - platform.bundle.start, "manifest.dtb", &file);

	if (found < 0)
		log_fatal("boot bundle: not a cpio archive, or damaged");
	if (found == 0)
		log_fatal("boot bundle: no file \"manifest.dtb\"");
	if (file.size > sizeof(manifest_tree))
		log_fatal("boot bundle: \"manifest.dtb\" is larger than 64 KiB");
	memcpy(manifest_tree, file.data, file.size);
	if (manifest_parse(manifest_tree, file.size, platform.cpu_count, &manifest, &error))
		log_fatal("%s", error.text);
}

/* The longest vectors there are, for EL2 and so for everybody below; their length, 0 without SVE. */
static uint32_t sve_init(void)
{
	if (!(sysreg_read(id_aa64pfr0_el1) >> 32 & 0xF))
		return 0;
	sysreg_write(cptr_el2, CPTR_GUEST);
	isb();
	sysreg_write(s3_4_c1_c2_0, 0xF); /* ZCR_EL2.LEN */
	isb();
	return vector_length();
}

void cpu_prepare(struct cpu *cpu)
{
	struct vcpu *vcpu = &vm_primary()->vcpus[cpu->index];
	uint64_t parange = sysreg_read(id_aa64mmfr0_el1) & 7, counters = 0;
	uint64_t pmu = sysreg_read(id_aa64dfr0_el1) >> 8 & 0xF;

	if (pmu && pmu != 0xF)
		counters = sysreg_read(pmcr_el0) >> 11 & 0x1F;
	sysreg_write(mdcr_el2, MDCR_GUEST | counters);
	if (sysreg_read(id_aa64pfr0_el1) >> 40 & 0xF)
		sysreg_write(s3_4_c10_c5_0, MPAM2_GUEST);
	sysreg_write(mdscr_el1, 0); /* unknown after reset, and no guest can reach it */
	sysreg_write(vtcr_el2, VTCR_BASE | VTCR_PS(parange) | VTCR_T0SZ(memory_ipa_bits()));
	sysreg_write(vpidr_el2, sysreg_read(midr_el1));
	sysreg_write(hstr_el2, 0);
	sysreg_write(cntvoff_el2, 0);
	sysreg_write(cnthp_ctl_el2, 0);
	__asm__ volatile("tlbi alle1" ::: "memory");
	dsb(nsh);
	gic->init_cpu(cpu);
	cpu->primary = vcpu;
	cpu->vector_length = sve_init();
	cpu->has_ras = sysreg_read(id_aa64pfr0_el1) >> 28 & 0xF;
	cpu->has_auxiliary = vcpu_has_auxiliary();
	__atomic_store_n(&vcpu->core, cpu->index, __ATOMIC_RELAXED);
	__atomic_store_n(&vcpu->state, VCPU_RUNNING, __ATOMIC_SEQ_CST);
	vcpu_load_first(cpu, vcpu);
}

void boot(const void *fdt)
{
	const char *error = platform_read(fdt);
	pa_t log;

	if (error)
		log_fatal("%s", error);
	/* stage 2 starts with 39 bits, and a guest's address must not have more than a physical one */
	if ((sysreg_read(id_aa64mmfr0_el1) & 0xF) < PARANGE_40)
		log_fatal("this core has fewer than 40 bits of physical addresses");
	cpus_init();
	if (el2_mmu_init())
		log_fatal("device tree: /memory: the hypervisor's tables are too small for it");
	seed_init(fdt);
	log = memory_phase(fdt);
	manifest_phase();
	load_vms(&manifest, log);
	gic_init();
	log_line("%u cores, GICv%u; entering the primary", platform.cpu_count,
		 platform.gic_version);
	cpu_prepare(cpu_this());
}
