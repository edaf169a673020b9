/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The files that the groups about the file system start with, in the group's own directory: `file` of ten digits, `dir`
 * (empty), `full` with a file, links `tofile`, `todir`, `dangling`, `loop`.
 */
#ifndef TESTS_CONFORM_FILES_H
#define TESTS_CONFORM_FILES_H

#include <limits.h>

extern int rd, wr, dir;     /* descriptors: `file` for reading, for writing, `dir` */
extern char long_name[300]; /* one component longer than NAME_MAX */
extern char long_path[PATH_MAX + 1];
extern char buffer[64];
extern char *bad; /* an address that is not mapped */

void files_prepare(void);

#endif
