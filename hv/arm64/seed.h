/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Seeds for the random number generators of VMs, rng-seed and kaslr-seed in /chosen of their device trees. They are made of those that the
 * boot loader gave; no two are the same, and who knows some cannot tell others. A machine without has none to give.
 */
#ifndef HV_ARM64_SEED_H
#define HV_ARM64_SEED_H

/* At boot: takes the boot loader's from the machine's device tree. */
void seed_init(const void *fdt);
/* Into the node /chosen of a tree that is being written; 0 or libfdt's error. */
int seed_write(void *fdt);
/* Fresh ones in place of those of a tree that seed_write wrote. */
void seed_renew(void *fdt);

#endif
