/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The role of a co-kernel at boot (role/cokernel): its log and its end work before anything else does.
 */
#ifndef LWK_COKERNEL_H
#define LWK_COKERNEL_H

/* once the boot record says where the shared region is; through the early tables */
void cokernel_early(void);
/* right after these were left; the region stays mapped for ever */
void cokernel_map(void);

#endif
