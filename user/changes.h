/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which files below the working directory a program created or changed: told by their contents, so that no clock is needed.
 */
#ifndef USER_CHANGES_H
#define USER_CHANGES_H

/* Remembers every regular file below the working directory. 0, or -1 with errno. */
int changes_begin(void);
/* Writes the files that were created or changed since then to `fd`, as a cpio archive in newc format, as raw
 * deflate (RFC 1951). 0, or -1 with errno. */
int changes_send(int fd);

#endif
