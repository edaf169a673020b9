/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Handlers' stacks and their way back: sigaltstack(2), rt_sigreturn(2).
 */
#include <arch/signal.h>
#include <lwk/errno.h>
#include <lwk/signal.h>
#include <lwk/syscall.h>
#include <lwk/uaccess.h>

static long sys_sigaltstack(const uint64_t *args)
{
	uint64_t sp = arch_frame_sp(arch_user_frame());
	const struct signal_stack old = signal_stack_get(sp);
	struct signal_stack new;
	long status = 0;

	if (args[0]) {
		if (copy_from_user(&new, UADDR(args[0]), sizeof(new)) != 0)
			return -EFAULT;
		status = signal_stack_set(&new, sp);
	}
	if (status == 0 && args[1] && copy_to_user(UADDR(args[1]), &old, sizeof(old)) != 0)
		return -EFAULT;
	return status;
}
SYSCALL(NR_sigaltstack, sys_sigaltstack);

/* What is wrong with a frame is a fault of the program where it stands. */
static long sys_rt_sigreturn(const uint64_t *args)
{
	struct signal_stack stack;
	uint64_t mask;

	(void)args;
	if (arch_signal_return(&mask, &stack) != 0) {
		const struct signal_info info = {
			.signo = SIGSEGV,
			.code = SEGV_MAPERR,
			.fault.address = arch_frame_sp(arch_user_frame()),
		};

		signal_force(&info);
		return -ECALL_RETURNED;
	}
	signal_set_blocked(mask);
	/* errors have no one to be told to */
	(void)signal_stack_set(&stack, arch_frame_sp(arch_user_frame()));
	return -ECALL_RETURNED;
}
SYSCALL(NR_rt_sigreturn, sys_rt_sigreturn);
