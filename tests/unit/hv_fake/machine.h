/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine on which the hypervisor's modules run in tests of the build host: cores whose system
 * registers are variables, RAM that is host memory at the address that the hypervisor thinks it
 * has, a firmware that the test plays. A test says which core executes; each of its threads may be
 * another.
 */
#ifndef TESTS_UNIT_HV_FAKE_MACHINE_H
#define TESTS_UNIT_HV_FAKE_MACHINE_H

#include <hv/arm64/limits.h>
#include <lib/arch/arm64/sysreg.h>
#include <lib/range.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

/* where a sanitized program of the host has room for RAM: below 2 GiB */
#define FAKE_RAM_BASE UINT64_C(0x10000000)
#define FAKE_RAM_END  UINT64_C(0x70000000)

extern struct fake_core fake_cores[MAX_CPUS];

/* Ends the test when `holds` is false. */
void fake_require(bool holds, const char *otherwise);
/*
 * As after power-on: registers, interrupt controller, `cores` cores in platform; core 0 executes.
 */
void fake_machine_reset(uint32_t cores);
void fake_core_select(uint32_t index);

/*
 * Host memory at that very address, full of rubbish where it is read; false when the host has it in
 * use.
 */
bool fake_ram_map(uint64_t start, uint64_t size);
/*
 * RAM at an address where the host cannot have any: it can be zeroed and mapped for VMs, not read.
 */
void fake_ram_pretend(uint64_t start, uint64_t size);
/* True when memset has zeroed all of it since it was pretended, or it is real and full of zeros. */
bool fake_ram_is_zero(uint64_t start, uint64_t size);
/* What cache_clean was called for since the last reset. */
bool fake_is_cleaned(uint64_t start, uint64_t size);
/*
 * Memory past the caches, from now on: what is cleaned gets there. Then whether all of [start,
 * start + size) is as a core with its caches off sees it.
 */
void fake_coherency_watch(void);
bool fake_is_coherent(uint64_t start, uint64_t size);

/*
 * The firmware: answers NOT_SUPPORTED until a test sets its own. It may leave by longjmp, as a core
 * that is turned off does.
 */
extern int64_t (*fake_firmware)(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3);

/* The guest's stage 1: what AT leaves in PAR_EL1. Faults until a test sets its own. */
extern uint64_t (*fake_stage1)(uint64_t address);
/*
 * What other cores do at the moment when the next vcpu_switch has been made, and nobody has been
 * told; once.
 */
extern void (*fake_on_switch)(void);

/* More device registers: where one is, NULL: not there. None until a test sets its own. */
extern uint32_t *(*fake_registers)(uint64_t address);

/* what was written to the UART that platform names after fake_uart_attach */
extern char fake_uart_text[1024];
void fake_uart_attach(void);

#endif
