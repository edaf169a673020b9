/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of an enclave at this core: what is written down, who is told, and how the core waits to be taken away. */
#include <hv/x86/vcpu.h>
#include <lib/arch/x86/cpu.h>

/* A chain of frame pointers, as far as it makes sense. */
static void frames_follow(void)
{
	uint64_t at = vcpu.r[RBP];

	for (unsigned i = 0; i < VCPU_FRAMES; i++) {
		uint64_t frame[2];

		report->fault.frames[i] = 0;
		if (!at || at % 8 || !guest_read(at, frame, sizeof(frame)))
			return;
		report->fault.frames[i] = frame[1];
		if (frame[0] <= at)
			return;
		at = frame[0];
	}
}

void fault_fill(const struct vcpu_exit *exit)
{
	volatile struct vcpu_fault *fault = &report->fault;

	fault->cause = exit->cause;
	fault->reason = exit->reason;
	fault->address = exit->address;
	fault->virtual_address = exit->virtual_address;
	for (unsigned i = 0; i < 3; i++)
		fault->code[i] = exit->code[i];
	for (unsigned i = 0; i < 16; i++)
		fault->r[i] = vcpu.r[i];
	fault->tsc = tsc_read();
	fault->rip = vcpu.rip;
	fault->rflags = vcpu.rflags;
	fault->cr0 = backend_cr0();
	fault->cr2 = cr2_read();
	fault->cr3 = backend_cr3();
	fault->cr4 = backend_cr4();
	fault->efer = backend_efer();
	fault->cs = backend_cs();
	frames_follow();
}

/* Until INIT. NMIs return. */
_Noreturn void core_stop(enum vcpu_phase phase, uint32_t detail)
{
	backend_leave();
	report->detail = detail;
	__atomic_store_n(&report->phase, phase, __ATOMIC_RELEASE);
	bell_ring();
	for (;;)
		__asm__ volatile("cli\n\thlt" ::: "memory");
}

_Noreturn void fault_end(const struct vcpu_exit *exit)
{
	static bool is_ending;

	/* a second fault, of ours while we write down the first */
	if (!is_ending) {
		is_ending = true;
		fault_fill(exit);
	}
	core_stop(VCPU_FAULTED, 0);
}
