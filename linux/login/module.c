// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The login VM's module: finds the channel to the control task in the device tree (/hypervisor, docs/boot-arm64.md) and
 * offers it as /dev/bulkhead.
 */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/platform_device.h>
#include <linux/random.h>
#include <linux/vmalloc.h>
#include <bulkhead/dt.h>
#include "login.h"

void login_serve(struct login *login)
{
	bool is_more, must_ring;

	do {
		mutex_lock(&login->lock);
		is_more = core_serve(&login->core);
		must_ring = login->core.must_ring;
		login->core.must_ring = false;
		mutex_unlock(&login->lock);
		if (must_ring)
			doorbell_ring(login);
		wake_up_all(&login->changed);
		cond_resched();
	} while (is_more);
}

static void serve_work(struct work_struct *work)
{
	struct login *login = container_of(work, struct login, work);
	u32 resets = login->core.resets;

	login_serve(login);
	if (login->core.resets != resets)
		dev_warn_ratelimited(login->dev,
				     "the channel began anew: what came made no sense\n");
}

/* The region, and whose the other side is. */
static int map_channel(struct login *login)
{
	struct device_node *node = of_get_compatible_child(login->dev->of_node,
							   DT_STREAM_COMPATIBLE);
	struct resource resource;
	u32 peer = 0;
	void *region;
	int error;

	if (!node)
		return -ENODEV;
	error = of_address_to_resource(node, 0, &resource);
	if (!error)
		error = of_property_read_u32(node, "vm-id", &peer);
	of_node_put(node);
	if (error)
		return error;
	if (peer == 0 || peer > U16_MAX || resource_size(&resource) < STREAM_REGION_SIZE)
		return -EINVAL;
	login->peer = (u16)peer;
	region = devm_memremap(login->dev, resource.start, STREAM_REGION_SIZE, MEMREMAP_WB);
	if (IS_ERR(region))
		return PTR_ERR(region);
	core_init(&login->core, region, get_random_u32());
	return 0;
}

static int start(struct login *login)
{
	int error = doorbell_init(login);

	if (error)
		return dev_err_probe(login->dev, error, "no doorbell\n");
	error = login_device_register(login);
	if (error) {
		doorbell_exit(login);
		return error;
	}
	login_serve(login);
	return 0;
}

static void free_login(void *login)
{
	vfree(login);
}

static int login_probe(struct platform_device *device)
{
	struct login *login = vzalloc(sizeof(*login));
	int error;

	if (!login)
		return -ENOMEM;
	error = devm_add_action_or_reset(&device->dev, free_login, login);
	if (error)
		return error;
	login->dev = &device->dev;
	mutex_init(&login->lock);
	init_waitqueue_head(&login->changed);
	INIT_WORK(&login->work, serve_work);
	error = map_channel(login);
	if (error)
		return dev_err_probe(login->dev, error, "no channel\n");
	login->irq = platform_get_irq(device, 0);
	if (login->irq < 0)
		return login->irq;
	login->queue = alloc_workqueue("bulkhead", WQ_HIGHPRI | WQ_UNBOUND, 1);
	if (!login->queue)
		return -ENOMEM;
	error = start(login);
	if (error)
		destroy_workqueue(login->queue);
	else
		platform_set_drvdata(device, login);
	return error;
}

/* Only when the module goes, and then nobody has a file open. */
static int login_remove(struct platform_device *device)
{
	struct login *login = platform_get_drvdata(device);

	login_device_unregister();
	doorbell_exit(login);
	destroy_workqueue(login->queue);
	return 0;
}

static const struct of_device_id matches[] = {
	{.compatible = DT_VM_COMPATIBLE},
	{},
};
MODULE_DEVICE_TABLE(of, matches);

static struct platform_driver login_driver = {
	.probe = login_probe,
	.remove = login_remove,
	.driver =
		{
			.name = "bulkhead",
			.of_match_table = matches,
			.suppress_bind_attrs = true,
		},
};
module_platform_driver(login_driver);

MODULE_DESCRIPTION("Channel of the login VM to Bulkhead's control task");
MODULE_LICENSE("Dual BSD/GPL");
