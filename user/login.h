/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The login VM as the control task has it: its commands are served, and lines of the hypervisor's log go to the enclaves that they are of.
 */
#ifndef USER_LOGIN_H
#define USER_LOGIN_H

#include <time.h>
#include <user/config.h>
#include <user/server.h>

/* Starts it. 0 or a negative number of Linux. */
int login_start(const struct config_vm *vm);
/* What to wait for, when it was started; the number of polls filled, at most SERVER_POLLS. */
size_t login_poll(struct pollfd *polls);
/* How long at most, for ppoll(2); NULL: for ever. */
const struct timespec *login_timeout(void);
/* After poll(2). False once the login VM has ended for good, of which it has told; then there is nothing to wait for any more. */
bool login_serve(const struct pollfd *polls, size_t count);

#endif
