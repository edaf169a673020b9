/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where the kernel goes on when an instruction of its that touches user memory meets a bad address.
 */
#include <arch/trap.h>

struct fixup {
	uint64_t pc;
	uint64_t resume;
};
extern const struct fixup _fixups_start[], _fixups_end[];

uint64_t fixup_find(uint64_t pc)
{
	for (const struct fixup *f = _fixups_start; f < _fixups_end; f++) {
		if (f->pc == pc)
			return f->resume;
	}
	return 0;
}
