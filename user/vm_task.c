/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls of the machine that take long (see vm_task.h).
 */
#include <user/vm_layer.h>
#include <user/vm_task.h>

void vm_task_run(const struct vm_layer *layer, struct vm_task *task)
{
	switch (task->kind) {
	case VM_TASK_MAKE:
		task->status = layer->make(task->config, task->ramdisk);
		task->vm = task->status > 0 ? task->status : 0;
		break;
	case VM_TASK_DESTROY:
		task->status = layer->destroy(task->vm);
		break;
	case VM_TASK_RESIZE:
		task->status = layer->resize(task->file, task->config, &task->memory);
		break;
	case VM_TASK_RELOAD:
		task->status = layer->reload(task->file);
		break;
	case VM_TASK_SHARE:
		task->status = layer->share(&task->share);
		break;
	default:
		break;
	}
	__atomic_store_n(&task->is_done, true, __ATOMIC_RELEASE);
}

enum vm_task_kind vm_task_take(struct vm_task *task)
{
	enum vm_task_kind kind = task->kind;

	if (kind == VM_TASK_NONE || !__atomic_load_n(&task->is_done, __ATOMIC_ACQUIRE))
		return VM_TASK_NONE;
	task->kind = VM_TASK_NONE;
	task->is_done = false;
	return kind;
}
