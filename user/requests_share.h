/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests about memory that enclaves share with Linux and with each other: which there is, and which enclave has it.
 */
#ifndef USER_REQUESTS_SHARE_H
#define USER_REQUESTS_SHARE_H

#include <user/requests.h>

/* A struct command_share. False: not now. */
bool share_take(struct server *server, struct talk *talk, const void *data, size_t size);
/* What has been done meanwhile, and whoever waits for it. */
void shares_follow(struct server *server);

#endif
