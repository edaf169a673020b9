/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What compares the LWK's file system with the host's (test_lwk_fs_model.c).
 */
#ifndef LWK_FS_MODEL_H
#define LWK_FS_MODEL_H

#include "../unit.h"

#define MODEL_DATA_MAX 20000 /* bytes that a call reads or writes */

/* The host's root becomes an empty tmpfs, with the directories that the file tree's has. False: not possible here. */
bool host_root_enter(void);
int host_root_leave(void **state); /* a teardown, also after a failure */
/* Others have filled the file system that is shared with them: a write that was cut short is no difference. */
bool host_root_is_full(void);
/* The call's result, or -errno. Skips the test when the host's file system is full. */
long host_call(long number, const uint64_t args[6]);

extern struct random model_random;
uint64_t below(uint64_t limit);
/* Same text for both sides, until the fourth next. */
const char *random_path(void);
/*
 * For calls with two paths: when something is wrong with both, Linux looks at empty and too long names in an order of its own, which
 * the file tree does not follow.
 */
const char *random_plain_path(void);
uint64_t random_offset(void);
size_t random_size(void); /* up to MODEL_DATA_MAX */

#endif
