/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The login VM's module: what its files share. `lock` is held over every call of the core and never while anything waits for
 * the peer; who waits, waits on `changed`.
 */
#ifndef LINUX_LOGIN_LOGIN_H
#define LINUX_LOGIN_LOGIN_H

#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "core.h"

struct login {
	struct device *dev;
	struct mutex lock; /* of core */
	struct core core;
	wait_queue_head_t changed;
	struct work_struct work; /* serves the core after a doorbell */
	struct workqueue_struct *queue;
	int irq;        /* of the doorbell */
	u16 self, peer; /* VM ids */
};

/* Serves the core, rings the peer's doorbell when asked, wakes who waits. Without the lock. */
void login_serve(struct login *login);

/* /dev/bulkhead; one channel a machine. 0 or -errno. */
int login_device_register(struct login *login);
void login_device_unregister(void);

/* From now on `login->work` runs after each doorbell of the peer. 0 or -errno. */
int doorbell_init(struct login *login);
void doorbell_exit(struct login *login);
void doorbell_ring(struct login *login);

#endif
