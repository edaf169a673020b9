/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Takes the place of lib/arch/arm64/sysreg.h when the hypervisor's modules are compiled for the
 * build host: a system register is a field of the core on which the code "runs", device registers
 * are functions of the test, barriers do nothing.
 */
#ifndef LIB_ARCH_ARM64_SYSREG_H
#define LIB_ARCH_ARM64_SYSREG_H

#include <sched.h>
#include <stdint.h>

struct fake_core {
	uint64_t tpidr_el2, esr_el2, far_el2, hpfar_el2, vttbr_el2;
	/* of the vCPU whose registers the core holds: switched by the fake of vcpu_switch */
	uint64_t esr_el1, far_el1, elr_el1, spsr_el1, vbar_el1, ttbr0_el1, ttbr1_el1;
	uint64_t sp_el0, sp_el1, tpidr_el1, cntv_ctl_el0, cntv_cval_el0, sctlr_el1, par_el1;
	uint64_t cntvct_el0, cntfrq_el0;
	uint64_t hcr_el2, s3_4_c5_c2_3 /* VSESR_EL2 */, s3_0_c12_c1_1 /* DISR_EL1 */;
	uint64_t ich_vmcr_el2, ich_ap0r0_el2,
		ich_ap1r0_el2; /* not reached: the fake is a GICv2 to the hypervisor */
};

extern _Thread_local struct fake_core *fake_core; /* the one that executes */

#define sysreg_read(name)         (fake_core->name)
#define sysreg_write(name, value) ((void)(fake_core->name = (uint64_t)(value)))

/* of a test */
uint64_t fake_translate(uint64_t address);
#define at_s1e1r(address) ((void)(fake_core->par_el1 = fake_translate(address)))

#define isb()       ((void)0)
#define esb()       ((void)0)
#define dsb(domain) ((void)0)
#define dmb(domain) ((void)0)
#define cpu_relax() ((void)sched_yield()) /* the thread that is waited for may be on no core */

_Noreturn void wfi(void); /* only a core that has given up waits: ends the test */

/* the hypervisor writes TLBI out; to the host's assembler it is an empty macro */
__asm__(".macro tlbi operation\n.endm");

uint32_t mmio_read32(uint64_t address);
void mmio_write32(uint64_t address, uint32_t value);

#endif
