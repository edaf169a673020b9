// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The co-kernel module of a Linux host: the list of enclaves, and what happens to them when Linux ends. `list_lock` guards the list; it is
 * an inner lock (enclave.h).
 */
#include <linux/list.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/reboot.h>
#include <linux/suspend.h>
#include <inject.h>
#include "cores.h"
#include "device.h"
#include "enclave.h"
#include "park.h"

static DEFINE_MUTEX(list_lock);
static LIST_HEAD(enclaves); /* ids ascend */
static u16 last_id;

static struct enclave *find_locked(u32 id)
{
	struct enclave *enclave;

	list_for_each_entry(enclave, &enclaves, link) if (enclave->id == id) return enclave;
	return NULL;
}

/* Behind the one with the next smaller id. */
static void insert_locked(struct enclave *enclave)
{
	struct list_head *at = &enclaves;
	struct enclave *other;

	list_for_each_entry(other, &enclaves, link) if (other->id < enclave->id) at = &other->link;
	list_add(&enclave->link, at);
}

int enclaves_add(struct enclave *enclave)
{
	int error = -EAGAIN;

	mutex_lock(&list_lock);
	for (u32 i = 0; i < U16_MAX && error && !inject_fails(); i++) {
		last_id++;
		if (last_id == 0 || find_locked(last_id))
			continue;
		enclave->id = last_id;
		kref_get(&enclave->references);
		insert_locked(enclave);
		error = 0;
	}
	mutex_unlock(&list_lock);
	return error;
}

void enclaves_remove(struct enclave *enclave)
{
	mutex_lock(&list_lock);
	list_del_init(&enclave->link);
	mutex_unlock(&list_lock);
	enclave_put(enclave);
}

struct enclave *enclave_find(u32 id)
{
	struct enclave *enclave;

	mutex_lock(&list_lock);
	enclave = find_locked(id);
	if (enclave)
		kref_get(&enclave->references);
	mutex_unlock(&list_lock);
	return enclave;
}

struct enclave *enclaves_next(u32 id)
{
	struct enclave *enclave, *found = NULL;

	mutex_lock(&list_lock);
	list_for_each_entry(enclave, &enclaves, link)
	{
		if (enclave->id > id) {
			found = enclave;
			kref_get(&found->references);
			break;
		}
	}
	mutex_unlock(&list_lock);
	return found;
}

u32 enclaves_count(void)
{
	struct enclave *enclave;
	u32 count = 0;

	mutex_lock(&list_lock);
	list_for_each_entry(enclave, &enclaves, link) count++;
	mutex_unlock(&list_lock);
	return count;
}

/* Linux ends, or another kernel takes its place: cores of ours would go on executing in memory that is used anew. */
static int linux_panics(struct notifier_block *block, unsigned long action, void *data)
{
	cores_stop();
	return NOTIFY_DONE;
}

static int linux_ends(struct notifier_block *block, unsigned long action, void *data)
{
	/* after whoever is starting one */
	cores_close(true);
	cores_stop();
	return NOTIFY_DONE;
}

/* Cores that are not Linux's cannot be put to sleep by it, nor would they find their state afterwards. */
static int linux_sleeps(struct notifier_block *block, unsigned long action, void *data)
{
	bool is_about_to = action == PM_SUSPEND_PREPARE || action == PM_HIBERNATION_PREPARE ||
			   action == PM_RESTORE_PREPARE;

	if (!is_about_to)
		park_renew();
	/* an enclave that is made while Linux falls asleep cannot be started before it is awake */
	cores_close(is_about_to);
	if (!is_about_to || enclaves_count() == 0)
		return NOTIFY_DONE;
	cores_close(false);
	pr_warn("bulkhead: no suspend while enclaves live\n");
	return notifier_from_errno(-EBUSY);
}

static struct notifier_block reboot_block = {.notifier_call = linux_ends};
static struct notifier_block panic_block = {.notifier_call = linux_panics};
static struct notifier_block sleep_block = {.notifier_call = linux_sleeps};

static int init_parts(void)
{
	int error = park_init();

	if (error)
		return error;
	error = cores_init();
	if (error)
		goto no_cores;
	error = kernel_init();
	if (error)
		goto no_kernel;
	error = manager_init();
	if (error)
		goto no_manager;
	return 0;
no_manager:
	kernel_exit();
no_kernel:
	cores_exit();
no_cores:
	park_exit();
	return error;
}

static int __init cokernel_init(void)
{
	int error = init_parts();

	if (error)
		return error;
	register_reboot_notifier(&reboot_block);
	atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
	register_pm_notifier(&sleep_block);
	return 0;
}

/* Not before every enclave and region is gone: each holds the module. */
static void __exit cokernel_exit(void)
{
	unregister_pm_notifier(&sleep_block);
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_block);
	unregister_reboot_notifier(&reboot_block);
	manager_exit();
	kernel_exit();
	cores_exit();
	park_exit();
}

module_init(cokernel_init);
module_exit(cokernel_exit);
MODULE_DESCRIPTION("Cores and memory of Linux's for Bulkhead's co-kernels");
MODULE_LICENSE("Dual BSD/GPL");
