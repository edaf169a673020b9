// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See inject.h: /sys/module/bulkhead_cokernel/parameters/inject */
#include <linux/module.h>
#include <inject.h>

atomic_t inject_left;
module_param_named(inject, inject_left.counter, int, 0600);
MODULE_PARM_DESC(inject, "how many of the places that can fail pass before one does");

bool inject_no_flush;
module_param_named(no_flush, inject_no_flush, bool, 0644);

bool inject_deaf;
module_param_named(deaf, inject_deaf, bool, 0600);
MODULE_PARM_DESC(deaf, "no core acknowledges");
