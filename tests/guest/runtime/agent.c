/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A secondary: serves direct requests for ever, each the call of a function of this image (see
 * remote.h).
 */
#include <tests/guest/runtime/remote.h>

#include <bulkhead/ffa.h>
#include <tests/guest/runtime/console.h>

void agent_hello(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	out[0] = (uint64_t)_image_start;
	out[1] = guest.memory.start;
	out[2] = guest.memory.size;
	/* behind the image lie the ramdisk and the device tree, of 64 KiB each at most */
	out[3] = (uint64_t)_image_end + 0x20000;
}

static struct regs serve(const struct regs *request)
{
	remote_fn function = (remote_fn)((uint64_t)_image_start + request->x[3]);
	uint64_t out[REMOTE_WORDS] = {0};

	function(&request->x[4], out);
	return call(FFA_MSG_SEND_DIRECT_RESP_64, FFA_VM_VCPU(guest.id, FFA_PRIMARY_ID), 0, out[0],
		    out[1], out[2], out[3], out[4]);
}

void agent_main(struct core *core)
{
	struct regs r = call(FFA_MSG_WAIT);

	(void)core;
	for (;;) {
		if (r.x[0] == FFA_MSG_SEND_DIRECT_REQ_64)
			r = serve(&r);
		else
			r = call(FFA_MSG_WAIT);
	}
}
