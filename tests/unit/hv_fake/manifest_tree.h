/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Boot manifests for tests: well-formed ones to start from, and what must hold for any that
 * manifest_parse accepts.
 */
#ifndef TESTS_UNIT_HV_FAKE_MANIFEST_TREE_H
#define TESTS_UNIT_HV_FAKE_MANIFEST_TREE_H

#include <hv/arm64/manifest.h>

#define MANIFEST_TREE_ROOM 0x10000u

struct tree_vm {
	const char *name;
	uint32_t id; /* 1: the primary */
	uint32_t vcpus;
	uint64_t memory;
	uint64_t load_address; /* 0: no such property */
	unsigned regions;      /* the first has the size of a stream region, others one page */
	bool plain;            /* no ramdisk, no bootargs */
};

/*
 * Writes a manifest of MANIFEST_TREE_ROOM bytes at most; its size. It may still be edited by
 * libfdt: fdt_open_into.
 */
size_t manifest_tree_write(void *out, const struct tree_vm *vms, unsigned count);
/*
 * A primary on four cores and two secondaries, one of them at a fixed address, as every test
 * starts.
 */
size_t manifest_tree_default(void *out);

/*
 * NULL, or what is wrong with a manifest that was accepted from the blob; NULL or what is wrong
 * with the text of an error.
 */
const char *manifest_complaint(const struct manifest *manifest, const void *blob, size_t size,
			       uint32_t cores);
const char *manifest_error_complaint(const struct manifest_error *error);

#endif
