/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where the daemon listens. user/channel.h says what a session is; channel_begin() takes the listening socket as its file.
 */
#ifndef USER_HOST_SESSIONS_H
#define USER_HOST_SESSIONS_H

/* The listening socket, non-blocking, at `path`, for root and the members of `group` (NULL: root alone). -1 with errno. */
int sessions_listen(const char *path, const char *group);

#endif
