/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The LWK in an enclave, with a job that writes without end: memory and cores come and go meanwhile. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "check.h"

#define OUTPUT (4 * MIB)

/* The job goes on: so much more of what it writes. */
static bool goes_on(int file)
{
	static char bytes[65536];
	uint64_t taken = 0;

	while (taken < OUTPUT) {
		ssize_t got = read(file, bytes, sizeof(bytes));

		if (got <= 0)
			return check(false, "the output ends after %lu", taken);
		taken += (uint64_t)got;
	}
	return true;
}

/* To that size; what it has then, which is the ledger's, too. */
static uint64_t resize(int file, uint64_t memory, uint32_t node)
{
	struct vmdev_resize wanted = {.memory = memory, .node = node};
	long status = call(file, VMDEV_RESIZE, &wanted);
	struct cokerneldev_node now = ledger();

	check(status == 0, "resize to %lu: %ld", memory, status);
	check((now.units[0] + now.units[1]) * ENCLAVE_UNIT == wanted.memory, "the ledger: %lu, %lu",
	      now.units[0], now.units[1]);
	return wanted.memory;
}

static void move_core(int file)
{
	struct cokerneldev_core core = {.cpu = ENCLAVE_CORE_ANY};
	struct cokerneldev_probe probe = {.limit = 10000};
	long status = call(file, COKERNELDEV_CORE_ADD, &core);

	if (!check(status == 0, "core: %ld", status))
		return;
	check(call(file, COKERNELDEV_PROBE, &probe) == 0 && probe.answered == probe.asked,
	      "probe: %x of %x", probe.answered, probe.asked);
	goes_on(file);
	status = call(file, COKERNELDEV_CORE_REMOVE, &core);
	check(status == 0 && ledger().cores == 1, "core back: %ld", status);
}

void test_lwk(void)
{
	int file;

	use_files("/lib/bulkhead/lwk.img", "/lib/bulkhead/job.cpio");
	file = start(&(struct plan){.parameters = "loglevel=6", .memory = 64 * MIB});
	if (file < 0)
		return;
	log_says(file, "phase 5");
	goes_on(file);
	for (unsigned i = 0; i < 3; i++) {
		check(resize(file, 128 * MIB, 1) == 128 * MIB, "not all came");
		goes_on(file);
		check(resize(file, 64 * MIB, 0) <= 72 * MIB, "too little went");
		move_core(file);
		goes_on(file);
	}
	if (!check(state_of(file) == VMDEV_RUNNING, "it runs on"))
		printf("%s", log_text(file));
	destroy(file);
	check(ledger().units[0] == 0 && ledger().units[1] == 0, "the ledger");
}
