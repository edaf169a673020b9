/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Devices get their names: the driver's operations, called by open files of the node.
 */
#include <lwk/errno.h>
#include <lwk/fs_tree.h>

int device_register(const char *path, const struct device_ops *ops, void *device)
{
	struct device_node *node = node_create(NODE_DEVICE, sizeof(*node), 0666);

	if (!node) {
		if (ops->release)
			ops->release(device);
		return -ENOMEM;
	}
	node->ops = ops;
	node->device = device;
	return tree_plant(path, &node->node);
}

int device_remove(const char *path)
{
	return tree_remove_name(tree_root(), path);
}
