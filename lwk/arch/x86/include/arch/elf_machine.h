/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which executables this architecture runs.
 */
#ifndef ARCH_ELF_MACHINE_H
#define ARCH_ELF_MACHINE_H

#include <lib/elf.h>

#define ARCH_ELF_MACHINE  ELF_MACHINE_X86_64
#define ARCH_MACHINE_NAME "x86_64" /* uname(2), AT_PLATFORM */

#endif
