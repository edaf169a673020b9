// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A kernel module for the login VM that hangs it when it is loaded: all its cores in an endless loop with interrupts off.
 */
#include <linux/module.h>
#include <linux/smp.h>

static void hang(void *unused)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static int __init hang_init(void)
{
	on_each_cpu(hang, NULL, 0);
	return 0;
}
module_init(hang_init);

MODULE_DESCRIPTION("Hangs the machine");
MODULE_LICENSE("Dual BSD/GPL");
