/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Both ends of the channel with each other: Linux's (linux/login/core.c) and the control task's (user/channel.c), and between them what
 * the LWK does, a step at a time.
 */
#ifndef TESTS_UNIT_CHANNEL_FAKE_LINK_H
#define TESTS_UNIT_CHANNEL_FAKE_LINK_H

#include "../unit.h"
#include <linux/login/core.h>
#include <user/channel.h>

#define SESSIONS 8u

/* What a session's user at the control task sees and does. */
struct peer {
	struct session *session;
	uint8_t received[1u << 20];
	size_t have;
	bool is_deaf; /* takes nothing */
	unsigned closed, lost, urgent;
};

struct link {
	_Alignas(64) uint8_t region[STREAM_REGION_SIZE];
	struct core core;
	struct channel channel;
	struct ring up, down; /* the LWK's ends */
	int kernel;           /* its end of the file that the channel has */
	struct peer peers[SESSIONS];
	struct core_session *files[SESSIONS];
};

/* There is one link; a new one, with no session. */
struct link *link_begin(void);
void link_end(struct link *link);
/* A new kernel in Linux, which says hello by this number. */
void link_region(struct link *link, uint32_t hello);
/* The file that the control task has of the VM; its other end is link->kernel. */
int link_file(struct link *link);
/* Bytes between rings and file, as many as there is room for. Whether there were some. */
bool link_pump(struct link *link);
/* Until nothing moves any more. */
void link_settle(struct link *link);
struct core_session *link_open(struct link *link, unsigned i);
void link_close(struct link *link, unsigned i);
/* Opens file i, and a message up, so that the control task knows the session. */
struct peer *link_talk(struct link *link, unsigned i);
extern const struct channel_user link_user;

#endif
