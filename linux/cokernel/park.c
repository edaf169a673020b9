// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * See park.h. `park_lock`: one core at a time goes through the trampoline. It is the innermost lock of the module.
 */
#include <linux/cc_platform.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/smp.h>
#include <asm/apicdef.h>
#include <asm/cpufeature.h>
#include <asm/page.h>
#include <asm/pgtable_types.h>
#include <asm/processor.h>
#include <asm/trapnr.h>
#include <inject.h>
#include "kernel.h"
#include "park.h"
#include "trampoline.h"

#define ATTEMPTS  3
#define SIPI_WAIT msecs_to_jiffies(20)
#define ACK_WAIT  msecs_to_jiffies(2000)
#define NOBODY    0xFFFFFFFFu /* no core's name: as an APIC id it is a broadcast */

struct table_register {
	u16 limit;
	u64 base;
	u8 pad[6];
} __packed;

struct far_pointer {
	u32 offset;
	u16 selector;
	u16 pad;
};

struct park_mailbox {
	u32 tables, flags, sequence, ack, core, leaf;
	u64 adjust, entry, boot, index, entry_tables, state;
	struct far_pointer to_long, to_enter;
	struct table_register gdt, entry_gdt, idt, no_idt;
	u64 gdt_entries[3];
	u64 idt_entries[MAILBOX_GATES][2];
};

#define FIELD_IS(field, offset) static_assert(offsetof(struct park_mailbox, field) == (offset))
FIELD_IS(tables, MAILBOX_TABLES);
FIELD_IS(ack, MAILBOX_ACK);
FIELD_IS(core, MAILBOX_CORE);
FIELD_IS(leaf, MAILBOX_LEAF);
FIELD_IS(adjust, MAILBOX_ADJUST);
FIELD_IS(entry, MAILBOX_ENTRY);
FIELD_IS(state, MAILBOX_STATE);
FIELD_IS(to_long, MAILBOX_LONG);
FIELD_IS(to_enter, MAILBOX_ENTER);
FIELD_IS(gdt, MAILBOX_GDT);
FIELD_IS(no_idt, MAILBOX_NO_IDT);
FIELD_IS(gdt_entries, MAILBOX_DESCRIPTORS);
static_assert(sizeof(struct park_mailbox) == MAILBOX_SIZE);

extern const u8 trampoline_begin[], trampoline_mailbox[], trampoline_nmi[], trampoline_check[],
	trampoline_enter[], trampoline_long[], trampoline_end[];

/* Linux reserves the first megabyte and uses of it, once it has booted, its own trampoline at the upper end only. */
static unsigned int trampoline_page = 8;
module_param(trampoline_page, uint, 0444);
MODULE_PARM_DESC(trampoline_page, "page below 1 MiB through which cores start (8)");

static DEFINE_MUTEX(park_lock);
static u8 *page;               /* the trampoline's, as Linux sees it */
static void *page_before;      /* what was there */
static struct page *tables[3]; /* map the first 2 MiB to themselves */
static struct park_mailbox *mailbox;

static u32 address_of(const u8 *symbol)
{
	return (u32)(trampoline_page * PAGE_SIZE) + (u32)(symbol - trampoline_begin);
}

static u32 mailbox_address(size_t offset)
{
	return address_of(trampoline_mailbox) + (u32)offset;
}

u64 park_page(void)
{
	return (u64)trampoline_page * PAGE_SIZE;
}

/* Intel SDM 3A 6.14.1: an interrupt gate of 64-bit mode */
static void fill_gate(unsigned int vector, const u8 *symbol)
{
	u32 handler = address_of(symbol);

	mailbox->idt_entries[vector][0] = (handler & 0xFFFF) | 0x8ul << 16 | 0x8E00ul << 32 |
					  (u64)(handler >> 16) << 48;
}

static u32 name_leaf(void)
{
	return boot_cpu_data.cpuid_level >= (int)LEAF_TOPOLOGY && cpuid_ebx(LEAF_TOPOLOGY)
		       ? LEAF_TOPOLOGY
		       : LEAF_BASIC;
}

/* As the trampoline has it. */
static void read_name(void *name)
{
	*(u32 *)name = mailbox->leaf == LEAF_BASIC ? cpuid_ebx(LEAF_BASIC) >> 24
						   : cpuid_edx(LEAF_TOPOLOGY);
}

void park_note(u32 cpu, struct park_cpu *noted)
{
	*noted = (struct park_cpu){.apic = kernel_apic_id(cpu)};
	(void)smp_call_function_single((int)cpu, read_name, &noted->name, true);
}

static void fill_mailbox(void)
{
	mailbox = (struct park_mailbox *)(page + (trampoline_mailbox - trampoline_begin));
	*mailbox = (struct park_mailbox){
		.tables = (u32)page_to_phys(tables[0]),
		.core = NOBODY,
		.leaf = name_leaf(),
		.to_long = {address_of(trampoline_long), 0x8},
		.to_enter = {address_of(trampoline_enter), 0x8},
		.gdt = {3 * 8 - 1, mailbox_address(offsetof(struct park_mailbox, gdt_entries))},
		.idt = {MAILBOX_GATES * 16 - 1,
			mailbox_address(offsetof(struct park_mailbox, idt_entries))},
		/* flat: 64-bit code, data (3A 3.4.5), accessed */
		.gdt_entries = {0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF},
	};
	fill_gate(X86_TRAP_NMI, trampoline_nmi);
	fill_gate(X86_TRAP_MC, trampoline_check);
}

static void fill_page(void)
{
	memcpy(page, trampoline_begin, (size_t)(trampoline_end - trampoline_begin));
	fill_mailbox();
}

static int make_tables(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(tables); i++) {
		/* CR3 is loaded by 32-bit code */
		tables[i] = inject_fails() ? NULL : alloc_page(GFP_KERNEL | GFP_DMA32 | __GFP_ZERO);
		if (!tables[i])
			return -ENOMEM;
	}
	for (unsigned int i = 0; i + 1 < ARRAY_SIZE(tables); i++)
		*(u64 *)page_address(tables[i]) = page_to_phys(tables[i + 1]) | _PAGE_PRESENT |
						  _PAGE_RW;
	*(u64 *)page_address(tables[2]) = _PAGE_PRESENT | _PAGE_RW | _PAGE_PSE;
	return 0;
}

static void free_tables(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(tables); i++) {
		if (tables[i])
			__free_page(tables[i]);
		tables[i] = NULL;
	}
}

int park_init(void)
{
	size_t size = (size_t)(trampoline_end - trampoline_begin);
	u64 start = park_page();

	/* a core that starts reads what lies in memory: encrypted, when Linux has written it so */
	if (!boot_cpu_has(X86_FEATURE_NX) || size > PAGE_SIZE ||
	    cc_platform_has(CC_ATTR_MEM_ENCRYPT))
		return -ENODEV;
	if (trampoline_page == 0 || trampoline_page > 0x9F ||
	    region_intersects(start, PAGE_SIZE, IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) !=
		    REGION_INTERSECTS)
		return -EINVAL;
	page_before = inject_fails() ? NULL : kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!page_before || make_tables())
		goto no_memory;
	page = inject_fails() ? NULL : memremap(start, PAGE_SIZE, MEMREMAP_WB);
	if (!page)
		goto no_memory;
	memcpy(page_before, page, PAGE_SIZE);
	fill_page();
	return 0;
no_memory:
	free_tables();
	kfree(page_before);
	return -ENOMEM;
}

void park_renew(void)
{
	mutex_lock(&park_lock);
	inject_firmware(page, PAGE_SIZE);
	fill_page();
	mutex_unlock(&park_lock);
}

/* No core is here any more: each that was has gone to Linux's own trampoline. */
void park_exit(void)
{
	memcpy(page, page_before, PAGE_SIZE);
	memunmap(page);
	free_tables();
	kfree(page_before);
}

static bool wait_for_ack(u32 sequence, unsigned long limit)
{
	unsigned long end = jiffies + limit;

	do {
		if (smp_load_acquire(&mailbox->ack) == sequence)
			return true;
		usleep_range(20, 100);
	} while (time_before(jiffies, end));
	return smp_load_acquire(&mailbox->ack) == sequence;
}

/*
 * Intel SDM 3A 9.4.4. SIPIs until one was taken: a core drops those that come before it is done with INIT, which takes a virtual one
 * as long as its host likes; to one that has taken the first, the others are nothing.
 */
static bool kick(u32 apic)
{
	unsigned long end = jiffies + ACK_WAIT;

	mailbox->sequence++;
	/* all of the mailbox before the core looks */
	mb();
	kernel_ipi(apic, APIC_INT_LEVELTRIG | APIC_INT_ASSERT | APIC_DM_INIT);
	usleep_range(20, 50);
	kernel_ipi(apic, APIC_INT_LEVELTRIG | APIC_DM_INIT);
	usleep_range(200, 400);
	do {
		kernel_ipi(apic, APIC_DM_STARTUP | trampoline_page);
		if (wait_for_ack(mailbox->sequence, SIPI_WAIT))
			return true;
	} while (time_before(jiffies, end));
	return false;
}

/* A core that comes late for an earlier call must not find its own name beside what is another's. */
static void open_mailbox(void)
{
	WRITE_ONCE(mailbox->core, NOBODY);
	smp_wmb();
}

static int start_core(const struct park_cpu *core)
{
	smp_store_release(&mailbox->core, inject_name(core->name));
	for (unsigned int i = 0; i < ATTEMPTS; i++)
		if (kick(core->apic))
			return inject_fails() ? -ETIMEDOUT : 0;
	return -ETIMEDOUT;
}

int park_core(struct park_cpu *core)
{
	int error;

	mutex_lock(&park_lock);
	open_mailbox();
	mailbox->entry = 0;
	mailbox->flags = 0;
	if (boot_cpu_has(X86_FEATURE_TSC_ADJUST)) {
		mailbox->flags = core->has_adjust ? MAILBOX_RESTORE : MAILBOX_SAVE;
		mailbox->adjust = core->adjust;
	}
	error = start_core(core);
	if (!error) {
		core->adjust = mailbox->adjust;
		core->has_adjust = true;
	}
	mutex_unlock(&park_lock);
	return error;
}

int park_start(const struct park_cpu *core, const struct park_entry *entry)
{
	int error;

	mutex_lock(&park_lock);
	open_mailbox();
	mailbox->flags = 0;
	mailbox->entry = entry->entry;
	mailbox->boot = entry->boot;
	mailbox->index = entry->index;
	mailbox->entry_tables = entry->tables;
	mailbox->state = entry->state;
	mailbox->entry_gdt = (struct table_register){3 * 8 - 1, entry->gdt};
	error = start_core(core);
	mutex_unlock(&park_lock);
	return error;
}

void park_stop(u32 apic)
{
	kernel_ipi(apic, APIC_INT_LEVELTRIG | APIC_INT_ASSERT | APIC_DM_INIT);
	kernel_ipi(apic, APIC_INT_LEVELTRIG | APIC_DM_INIT);
}
