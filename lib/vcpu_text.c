/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See vcpu_text.h. */
#include <bulkhead/fault.h>
#include <lib/fmt.h>
#include <lib/vcpu_text.h>
#include <stdarg.h>

struct lines {
	char *text;
	size_t used;
};

static const char *const reasons[VCPU_EXIT_REASONS] = {
#define X(id, name) [id] = (name),
	VCPU_EXITS(X)
#undef X
};

#define GENERAL 16u

static const char *const registers[GENERAL] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp",
					       "rsi", "rdi", "r8",  "r9",  "r10", "r11",
					       "r12", "r13", "r14", "r15"};

const char *vcpu_exit_name(uint32_t reason)
{
	return reason < VCPU_EXIT_REASONS ? reasons[reason] : "unlisted";
}

static void put(struct lines *lines, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct lines *lines, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	lines->used += fmt_vprint(lines->text + lines->used, VCPU_TEXT_MAX - lines->used, format,
				  args);
	va_end(args);
	if (lines->used >= VCPU_TEXT_MAX)
		lines->used = VCPU_TEXT_MAX - 1;
}

/* What it went for. */
static void put_object(struct lines *lines, const struct vcpu_fault *fault)
{
	switch (fault->cause) {
	case BH_FAULT_MEMORY_READ:
	case BH_FAULT_MEMORY_WRITE:
	case BH_FAULT_MEMORY_EXEC:
		put(lines, "address   %#llx (physical)", (unsigned long long)fault->address);
		if (fault->virtual_address)
			put(lines, ", %#llx (virtual)", (unsigned long long)fault->virtual_address);
		put(lines, "\n");
		break;
	case BH_FAULT_PORT:
		put(lines, "port      %#llx\n", (unsigned long long)fault->address);
		break;
	default:
		put(lines, "object    %#llx\n", (unsigned long long)fault->address);
	}
}

static void put_trace(struct lines *lines, const struct vcpu_report *report)
{
	uint64_t count = report->traced < VCPU_TRACES ? report->traced : VCPU_TRACES;

	for (uint64_t n = report->traced - count; n < report->traced; n++)
		put(lines, "exit      %s at pc %#llx\n",
		    vcpu_exit_name(report->trace[n % VCPU_TRACES].reason),
		    (unsigned long long)report->trace[n % VCPU_TRACES].rip);
}

bool vcpu_register(const struct vcpu_fault *fault, unsigned number, struct vcpu_register *one)
{
	const struct vcpu_register special[] = {
		{"rip", fault->rip}, {"rflags", fault->rflags}, {"cs", fault->cs},
		{"cr0", fault->cr0}, {"cr2", fault->cr2},       {"cr3", fault->cr3},
		{"cr4", fault->cr4}, {"efer", fault->efer},
	};

	if (number < GENERAL)
		*one = (struct vcpu_register){registers[number], fault->r[number]};
	else if (number < GENERAL + sizeof(special) / sizeof(special[0]))
		*one = special[number - GENERAL];
	else
		return false;
	return true;
}

static void put_registers(struct lines *lines, const struct vcpu_fault *fault)
{
	struct vcpu_register one;

	put(lines, "registers\n");
	for (unsigned i = 0; vcpu_register(fault, i, &one); i++)
		put(lines, "%7s %016llx%s", one.name, (unsigned long long)one.value,
		    i % 4 == 3 ? "\n" : "");
}

void vcpu_text(const struct vcpu_report *report, uint32_t core, uint32_t cpu,
	       char text[VCPU_TEXT_MAX])
{
	const struct vcpu_fault *fault = &report->fault;
	struct lines lines = {.text = text};

	put_object(&lines, fault);
	put(&lines, "place     pc %#llx, core %u (Linux's CPU %u)\n",
	    (unsigned long long)fault->rip, core, cpu);
	for (unsigned i = 0; i < VCPU_FRAMES && fault->frames[i]; i++)
		put(&lines, "called    from %#llx\n", (unsigned long long)fault->frames[i]);
	put(&lines, "exit code %s: %#llx %#llx %#llx\n", vcpu_exit_name(fault->reason),
	    (unsigned long long)fault->code[0], (unsigned long long)fault->code[1],
	    (unsigned long long)fault->code[2]);
	if (report->denied)
		put(&lines, "denied    %llu before, the last %#llx\n",
		    (unsigned long long)report->denied, (unsigned long long)report->denied_last[0]);
	if (report->dropped)
		put(&lines, "dropped   %llu interrupts before, the last %#llx\n",
		    (unsigned long long)report->dropped,
		    (unsigned long long)report->denied_last[1]);
	put_trace(&lines, report);
	put_registers(&lines, fault);
	put(&lines, "time      %llu (TSC)\n", (unsigned long long)fault->tsc);
}
