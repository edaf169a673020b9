// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Doorbells by FF-A notifications (DEN0077A 1.1, chapter 10). They say no more than "look": one too many does no harm.
 */
#include <linux/arm-smccc.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <bulkhead/ffa.h>
#include "login.h"

#define BITMAP (1ul << CHANNEL_NOTIFICATION)

/* 0, or -errno; registers behind x2 in `result` */
static int call(unsigned long function, unsigned long a1, unsigned long a2, unsigned long a3,
		struct arm_smccc_res *result)
{
	arm_smccc_1_1_hvc(function, a1, a2, a3, 0, 0, 0, 0, result);
	if ((u32)result->a0 == FFA_SUCCESS_32 || (u32)result->a0 == FFA_SUCCESS_64)
		return 0;
	return (s32)result->a2 == FFA_NOT_SUPPORTED ? -EOPNOTSUPP : -EIO;
}

static irqreturn_t handle_doorbell(int irq, void *cookie)
{
	struct login *login = cookie;
	struct arm_smccc_res result;

	/* what is pending is taken, so that the next one interrupts again */
	(void)call(FFA_NOTIFICATION_GET, FFA_NOTIFICATION_GET_IDS(0, login->self),
		   FFA_NOTIFICATION_FROM_VMS, 0, &result);
	queue_work(login->queue, &login->work);
	return IRQ_HANDLED;
}

int doorbell_init(struct login *login)
{
	struct arm_smccc_res result;
	int error = call(FFA_VERSION, FFA_VERSION_1_1, 0, 0, &result);

	/* the answer is no status, but the version itself */
	if (result.a0 != FFA_VERSION_1_1)
		return -EOPNOTSUPP;
	error = call(FFA_ID_GET, 0, 0, 0, &result);
	if (error)
		return error;
	login->self = (u16)result.a2;
	error = call(FFA_NOTIFICATION_BIND, FFA_NOTIFICATION_IDS(login->peer, login->self), 0,
		     BITMAP, &result);
	if (error)
		return error;
	return devm_request_irq(login->dev, (unsigned int)login->irq, handle_doorbell, 0,
				dev_name(login->dev), login);
}

void doorbell_exit(struct login *login)
{
	struct arm_smccc_res result;

	devm_free_irq(login->dev, (unsigned int)login->irq, login);
	/* what is pending cannot be unbound */
	(void)call(FFA_NOTIFICATION_GET, FFA_NOTIFICATION_GET_IDS(0, login->self),
		   FFA_NOTIFICATION_FROM_VMS, 0, &result);
	(void)call(FFA_NOTIFICATION_UNBIND, FFA_NOTIFICATION_IDS(login->peer, login->self), 0,
		   BITMAP, &result);
}

void doorbell_ring(struct login *login)
{
	struct arm_smccc_res result;
	int error = call(FFA_NOTIFICATION_SET, FFA_NOTIFICATION_IDS(login->self, login->peer), 0,
			 BITMAP, &result);

	if (error)
		dev_warn_ratelimited(login->dev, "the control task cannot be notified: %d\n",
				     error);
}
