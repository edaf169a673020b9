/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The controller's commands. It writes one, then `posted`, then sends an NMI; we execute all there are and count them in `done`. An NMI that
 * finds none is somebody's mistake, or one of several that became one.
 */
#include <hv/x86/vcpu.h>

bool commands_execute(void)
{
	uint32_t done = report->done;

	if (done == __atomic_load_n(&config->posted, __ATOMIC_ACQUIRE))
		report->nmis++;
	while (done != __atomic_load_n(&config->posted, __ATOMIC_ACQUIRE)) {
		switch (config->commands[done % VCPU_COMMANDS]) {
		case VCPU_COMMAND_FLUSH:
		case VCPU_COMMAND_RELOAD:
			backend_flush();
			break;
		case VCPU_COMMAND_REPORT:
			fault_fill(&(const struct vcpu_exit){.reason = VCPU_EXIT_NMI});
			break;
		case VCPU_COMMAND_STOP:
			/* done when the phase says so: before, the core may not be taken */
			return true;
		}
		/* a flush is done when the guest is entered again: until then it uses nothing */
		__atomic_store_n(&report->done, ++done, __ATOMIC_RELEASE);
	}
	return false;
}
