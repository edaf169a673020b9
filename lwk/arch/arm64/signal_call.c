/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a signal does to the registers of a program that was in a system call.
 */
#include <arch/signal.h>
#include <arch/syscall_nr.h>
#include <arch/trap.h>

#define INSTRUCTION_SIZE 4u

uint64_t arch_frame_pc(const struct trap_frame *frame)
{
	return frame->pc;
}

uint64_t arch_frame_sp(const struct trap_frame *frame)
{
	return frame->sp;
}

void arch_call_again(struct trap_frame *frame)
{
	frame->pc -= INSTRUCTION_SIZE;
}

void arch_call_set_restart(struct trap_frame *frame)
{
	frame->x[8] = NR_restart_syscall;
}

void arch_call_set_result(struct trap_frame *frame, long result)
{
	frame->x[0] = (uint64_t)result;
}
