/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libFuzzer on the hypervisor's manifest parser: what is refused has one line to say so, what is
 * accepted keeps the promises of manifest.h.
 */
#include "../unit/hv_fake/manifest_tree.h"
#include "fuzz.h"
#include <bulkhead/status.h>
#include <string.h>

#define CORES 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct manifest manifest;
	struct manifest_error error;
	/*
	 * libFuzzer's own buffer is not aligned as libfdt wants it; this one ends where the data
	 * end
	 */
	uint8_t *blob = malloc(size ? size : 1);
	int status;

	memcpy(blob, data, size);
	status = manifest_parse(blob, size, CORES, &manifest, &error);
	if (status == BH_OK) {
		CHECK(!manifest_complaint(&manifest, blob, size, CORES));
	} else {
		CHECK(status == BH_ECORRUPT);
		CHECK(!manifest_error_complaint(&error));
	}
	free(blob);
	return 0;
}
