/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Gives each process a copy of the vDSO: one page, so that no page is shared between address
 * spaces.
 */
#include <arch/layout.h>
#include <bulkhead/types.h>
#include <lwk/errno.h>
#include <lwk/vdso.h>
#include <string.h>

static_assert(VDSO_SIZE == PAGE_SIZE, "one page");

extern uint8_t vdso_image[VDSO_SIZE];

void vdso_set_data(const struct vdso_data *data)
{
	memcpy(vdso_image + VDSO_DATA_OFFSET, data, sizeof(*data));
}

int vdso_map(struct address_space *space, uint64_t *address)
{
	int status = space_map_at(space, USER_VDSO, VDSO_SIZE, PROT_READ | PROT_WRITE, VMA_BACKED,
				  false);

	if (status == 0)
		status = space_write(space, USER_VDSO, vdso_image, VDSO_SIZE);
	if (status == 0)
		status = space_protect(space, USER_VDSO, VDSO_SIZE, PROT_READ | PROT_EXEC);
	*address = USER_VDSO;
	return status;
}
