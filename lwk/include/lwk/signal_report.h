/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the operator is told about a signal that ends a process.
 */
#ifndef LWK_SIGNAL_REPORT_H
#define LWK_SIGNAL_REPORT_H

#include <bulkhead/types.h>
#include <lwk/signal_abi.h>

struct trap_frame;

/*
 * Ends the current process by this signal, and reports that in the log, once, whatever other threads do: two lines, and
 * for a fault the registers and a backtrace. Signals that ask for an end are reported at a higher log level only.
 */
_Noreturn void signal_end_process(const struct trap_frame *frame, const struct signal_info *info);

#endif
