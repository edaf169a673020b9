/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control task of a node with a login VM: serves its commands until it has turned itself off.
 */
#ifndef USER_LOGIN_H
#define USER_LOGIN_H

#include <user/config.h>

/* `vm`: of the boot manifest. Returns when the node is to be turned off. */
void login_run(const struct config_vm *vm);

#endif
