/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Linux's end of the channel (bulkhead/channel.h) without anything of Linux: sessions, their windows, frames in the rings. It
 * never waits and allocates nothing; the caller holds one lock over every call, gives memory, rings doorbells. What the
 * peer writes can end sessions, never reach beyond a session's buffer.
 */
#ifndef LINUX_LOGIN_CORE_H
#define LINUX_LOGIN_CORE_H

#include <lib/channel.h>
#include <lib/ring.h>

struct core_session {
	uint32_t id; /* 0: this place is free */
	uint32_t user;
	uint8_t *buffer;     /* CHANNEL_WINDOW bytes: frames that wait to be read; the caller's */
	uint32_t head, tail; /* of the buffer, counting on */
	uint32_t credit;     /* bytes we may still send */
	uint32_t owed;       /* bytes read and not yet given back to the peer */
	bool must_open, must_close; /* frames that wait for room */
	bool is_broken; /* the channel began anew: nothing goes through this session any more */
	bool is_ended;  /* the peer closed it: what is in the buffer can still be read */
};

enum core_phase { CORE_NEW, CORE_ASKED, CORE_UP };

struct core {
	struct ring out, in;
	enum core_phase state;
	uint32_t hello;
	uint32_t generation;
	bool must_ring;  /* the caller rings the doorbell, and clears it */
	uint32_t resets; /* times that the peer sent what is no frame */
	struct channel_input input;
	struct core_session sessions[CHANNEL_SESSIONS_MAX];
};

#define CORE_READABLE 1u
#define CORE_WRITABLE 2u
#define CORE_ENDED    4u /* nothing will come any more */
#define CORE_BROKEN   8u

/* `hello`: any number, a different one at each start. The region outlives the core. */
void core_init(struct core *core, struct stream_region *region, uint32_t hello);
/* Takes what has come, sends what waits. After a doorbell and after every call below. True: once more, there may be more. */
bool core_serve(struct core *core);
/* A new session for a user, or NULL when all are taken; `buffer` comes back with core_close(). */
struct core_session *core_open(struct core *core, uint8_t *buffer, uint32_t user);
/* Its buffer, which is the caller's again. */
uint8_t *core_close(struct core *core, struct core_session *session);
/* One message: 0, BH_EBUSY (no credit, no room), BH_EINVAL (its size), BH_ENOENT (ended), BH_ECORRUPT (broken). */
int core_send(struct core *core, struct core_session *session, const void *message, size_t size);
/* One message: its size, 0 at the end, BH_EBUSY when there is none, BH_ERANGE when it is larger than `size`, BH_ECORRUPT. */
int64_t core_receive(struct core *core, struct core_session *session, void *to, size_t size);
/* CORE_READABLE and others */
unsigned core_events(struct core *core, const struct core_session *session);

#endif
