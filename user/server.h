/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control task's command server: what operators ask for in sessions of the channel, done with the table of enclaves.
 */
#ifndef USER_SERVER_H
#define USER_SERVER_H

#include <poll.h>
#include <user/enclave.h>

/* What server_poll() fills at most. */
#define SERVER_POLLS (ENCLAVES_MAX + 2)

struct server;

/* There is one. `layer` outlives it. */
struct server *server_get(const struct vm_layer *layer);
/* vCPUs on cores that are not an enclave's: the login VM's. */
void server_reserve(struct server *server, const uint16_t *cores, size_t count);
/* A login VM has started, `login` is its file, non-blocking; or it has ended: -1. Jobs go on. */
void server_login(struct server *server, int login);
/* What to wait for; the number of polls filled. */
size_t server_poll(struct server *server, struct pollfd *polls);
/* After poll(2), with the same polls. Never waits. */
void server_serve(struct server *server, const struct pollfd *polls, size_t count);
/* A job runs. */
bool server_is_busy(const struct server *server);
/* For operators. */
void server_event(struct server *server, const char *text);
/* A line of a VM's kernel log. */
void server_log(struct server *server, uint16_t vm, const char *line, size_t size);

#endif
