/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Making the VMs of the manifest at boot.
 */
#ifndef HV_ARM64_LOAD_H
#define HV_ARM64_LOAD_H

#include <hv/arm64/manifest.h>
#include <lib/range.h>

/* Creates every VM of the manifest from the bundle. What cannot be done ends the boot with a line that names node and property. */
void load_vms(const struct manifest *manifest, pa_t log);

#endif
