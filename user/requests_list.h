/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests whose answer is a list, which may be longer than what a session takes at once, or go on for ever.
 */
#ifndef USER_REQUESTS_LIST_H
#define USER_REQUESTS_LIST_H

#include <user/requests.h>

void list_begin(struct server *server, struct talk *talk, uint16_t type,
		const struct command_target *target);
/* The log of its kernels. */
void list_log(struct session *session, const struct enclave *enclave);
/* More of an answer that is not whole yet. */
void list_follow(struct server *server, struct talk *talk);

#endif
