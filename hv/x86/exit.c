/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Exits by reason: each handler says what becomes of the instruction; one place counts, one ends the enclave. */
#include <hv/x86/apic.h>

static void exit_count(const struct vcpu_exit *exit)
{
	uint64_t traced = report->traced;

	report->exits[exit->reason]++;
	report->trace[traced % VCPU_TRACES].reason = exit->reason;
	report->trace[traced % VCPU_TRACES].rip = vcpu.rip;
	report->traced = traced + 1;
}

static enum verdict nmi_exit(void)
{
	backend_nmi_taken();
	if (commands_execute())
		core_stop(VCPU_STOPPED, 0);
	return HANDLED;
}

/*
 * What the guest may raise without end while it is delivered, so that no NMI would come through (AMD APM 2 15.12.1, Intel SDM 3B 25.2):
 * it gets them from us.
 */
static enum verdict exception_exit(const struct vcpu_exit *exit)
{
	if (exit->address != VECTOR_AC && exit->address != VECTOR_DB)
		return FATAL;
	backend_inject((uint32_t)exit->address, exit->address == VECTOR_AC);
	return HANDLED;
}

static enum verdict exit_decide(struct vcpu_exit *exit)
{
	switch (exit->reason) {
	case VCPU_EXIT_CPUID:
		return cpuid_exit();
	case VCPU_EXIT_XSETBV:
		return xsetbv_exit();
	case VCPU_EXIT_MSR:
		return msr_exit(exit);
	case VCPU_EXIT_APIC:
		return apic_page_write(exit);
	case VCPU_EXIT_NMI:
		return nmi_exit();
	case VCPU_EXIT_INIT:
		core_stop(VCPU_STOPPED, 0);
	case VCPU_EXIT_EXCEPTION:
		return exception_exit(exit);
	case VCPU_EXIT_CONTROL:
		return backend_control(exit);
	case VCPU_EXIT_INSTRUCTION:
		return UNDEFINED;
	case VCPU_EXIT_CACHE: /* INVD throws away what others have written */
		__asm__ volatile("wbinvd" ::: "memory");
		return SKIP;
	default:
		return FATAL;
	}
}

static void denied(const struct vcpu_exit *exit)
{
	report->denied++;
	report->denied_last[0] = exit->address;
}

void exit_handle(struct vcpu_exit *exit)
{
	if (exit->reason == VCPU_EXIT_MEMORY && config->features & VCPU_IPI && !config->x2apic &&
	    exit->is_write && exit->address >> 12 == config->apic >> 12)
		exit->reason = VCPU_EXIT_APIC;
	exit_count(exit);
	switch (exit_decide(exit)) {
	case HANDLED:
		break;
	case SKIP:
		vcpu.rip += exit->length;
		break;
	case UNDEFINED:
		denied(exit);
		backend_inject(VECTOR_UD, false);
		break;
	case REFUSED:
		denied(exit);
		backend_inject(VECTOR_GP, true);
		break;
	case FATAL:
		fault_end(exit);
	}
}
