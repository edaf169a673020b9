/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel tells about itself in /proc: printed by whoever knows it, into the text of a file
 * that lwk/fs makes.
 */
#ifndef LWK_SYSINFO_H
#define LWK_SYSINFO_H

#include <lwk/file_text.h>

struct address_space;

/* /proc/cpuinfo, as Linux prints it on this architecture */
void arch_print_cpuinfo(struct text *text);
struct core;
/* A core that has come after boot: its files in /sys. 0 or -errno. */
int sys_core_register(struct core *core);
/* What the architecture tells about a core below /sys/devices/system/cpu/cpuN, which is `path`. 0 or -errno. */
int arch_register_core_files(const char *path);
/* /proc/PID/maps: a line for each mapping, ascending */
void address_space_print_maps(struct address_space *space, struct text *text);
/* /proc/PID/numa_maps: the same with the pages behind, by node */
void address_space_print_numa_maps(struct address_space *space, struct text *text);

#endif
