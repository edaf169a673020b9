// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The file of an enclave: its streams, and its calls (bulkhead/cokerneldev.h, vmdev.h). It stays a file when the enclave is no more. */
#include <linux/anon_inodes.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <asm/msr.h>
#include <asm/tsc.h>
#include <inject.h>
#include "device.h"
#include "enclave.h"
#include "protect.h"
#include "regions.h"

struct enclave_file {
	struct enclave *enclave;
	bool is_admin;
};

static u64 ticks_run(const struct enclave *enclave)
{
	u64 now = enclave->state == VMDEV_ENDED ? enclave->ended : rdtsc();

	return enclave->started ? now - enclave->started : 0;
}

static int call_info(void *subject, void *payload)
{
	const struct enclave *enclave = subject;
	struct vmdev_info *info = payload;

	info->vm = enclave->id;
	for (u32 i = 0; i < enclave->core_count; i++)
		info->vcpus += enclave->cores[i].is_used;
	if (enclave->state == VMDEV_READY)
		info->vcpus = (u16)enclave->config.vcpus;
	info->state = enclave->state;
	info->cause = enclave->cause;
	info->runtime_ticks = ticks_run(enclave);
	info->counter_hz = (u64)tsc_khz * 1000;
	return 0;
}

static int call_start(void *subject, void *payload)
{
	return enclave_start(subject, payload);
}

static int call_stop(void *subject, void *payload)
{
	return enclave_stop(subject, BH_FAULT_STOPPED);
}

static int call_destroy(void *subject, void *payload)
{
	return enclave_destroy(subject);
}

static int call_signal(void *subject, void *payload)
{
	return stream_signal(subject, *(u32 *)payload);
}

static int call_digest(void *subject, void *payload)
{
	const struct enclave *enclave = subject;

	memcpy(payload, enclave->digest, ENCLAVE_DIGEST_SIZE);
	return 0;
}

/* What it was sent is counted; the rest by its hypervisor. A bare core exits to nobody. */
static int call_counters(void *subject, void *payload)
{
	const struct enclave *enclave = subject;
	struct vmdev_counters *counters = payload;
	u32 index = counters->vcpu;

	if (index >= max_t(u32, enclave->config.vcpus, enclave->core_count) || counters->pad[0] ||
	    counters->pad[1] || counters->pad[2])
		return -EINVAL;
	counters->counters = (struct bh_counters){
		.version = BH_COUNTERS_VERSION,
		.size = sizeof(struct bh_counters),
		.vm = enclave->id,
		.vcpu = counters->vcpu,
		.kind = BH_COUNTERS_CORE,
	};
	protect_counters(enclave, &counters->counters);
	if (enclave->cores[index].is_used) {
		counters->counters.runs = enclave->started != 0;
		counters->counters.run_ticks = ticks_run(enclave);
		counters->counters.injected = (u64)atomic64_read(&enclave->cores[index].rings);
	}
	return 0;
}

static int call_fault(void *subject, void *payload)
{
	const struct enclave *enclave = subject;
	struct bh_fault *fault = payload;

	if (enclave->state != VMDEV_ENDED)
		return -EAGAIN;
	*fault = (struct bh_fault){
		.version = BH_FAULT_VERSION,
		.size = sizeof(*fault),
		.cause = enclave->cause,
		.vm = enclave->id,
		.core = enclave->cores[0].cpu,
		.counter = enclave->ended,
	};
	protect_fault(enclave, fault);
	return 0;
}

static int call_vcpu(void *subject, void *payload)
{
	return protect_report(subject, payload);
}

static int call_resize(void *subject, void *payload)
{
	return enclave_resize(subject, payload);
}

static int call_cores(void *subject, void *payload)
{
	const struct enclave *enclave = subject;
	struct cokerneldev_cores *cores = payload;

	cores->count = enclave->core_count;
	for (u32 i = 0; i < enclave->core_count; i++) {
		cores->cores[i].cpu = enclave->cores[i].is_used ? enclave->cores[i].cpu
								: COKERNELDEV_INDEX_ANY;
		cores->cores[i].state = READ_ONCE(enclave->shared->core_state[i]);
	}
	return 0;
}

static int call_core_add(void *subject, void *payload)
{
	return enclave_core_add(subject, payload);
}

static int call_core_remove(void *subject, void *payload)
{
	return enclave_core_remove(subject, payload);
}

static int call_log(void *subject, void *payload)
{
	return stream_log(subject, payload);
}

static int call_report(void *subject, void *payload)
{
	return stream_report(subject, payload);
}

static int call_probe(void *subject, void *payload)
{
	return stream_probe(subject, payload);
}

static int call_vector_alloc(void *subject, void *payload)
{
	return vector_alloc(subject, payload);
}

static int call_vector_free(void *subject, void *payload)
{
	return vector_free(subject, payload);
}

static int call_vector_signal(void *subject, void *payload)
{
	return vector_signal(subject, payload);
}

static int call_vector_connect(void *subject, void *payload)
{
	return vector_connect(subject, payload);
}

static int call_vector_event(void *subject, void *payload)
{
	return vector_event(subject, payload);
}

static int call_attach(void *subject, void *payload)
{
	return region_attach(subject, payload);
}

static int call_detach(void *subject, void *payload)
{
	return region_detach(subject, payload);
}

#define BOTH  (CALL_IN | CALL_OUT)
#define ADMIN CALL_ADMIN
#define LOOK  (CALL_OUT | CALL_LOOK)

static const struct device_call calls[] = {
	{VMDEV_INFO, sizeof(struct vmdev_info), LOOK, call_info},
	{VMDEV_START, sizeof(struct vmdev_start), CALL_IN | ADMIN, call_start},
	{VMDEV_FAULT, sizeof(struct bh_fault), LOOK, call_fault},
	{VMDEV_COUNTERS, sizeof(struct vmdev_counters), LOOK | CALL_IN, call_counters},
	{VMDEV_STOP, 0, ADMIN | CALL_END, call_stop},
	{VMDEV_SIGNAL, sizeof(u32), CALL_IN | ADMIN, call_signal},
	{VMDEV_DESTROY, 0, ADMIN | CALL_END, call_destroy},
	{VMDEV_DIGEST, ENCLAVE_DIGEST_SIZE, LOOK, call_digest},
	{VMDEV_RESIZE, sizeof(struct vmdev_resize), BOTH | ADMIN, call_resize},
	{COKERNELDEV_CORES, sizeof(struct cokerneldev_cores), LOOK, call_cores},
	{COKERNELDEV_CORE_ADD, sizeof(struct cokerneldev_core), BOTH | ADMIN, call_core_add},
	{COKERNELDEV_CORE_REMOVE, sizeof(struct cokerneldev_core), BOTH | ADMIN, call_core_remove},
	{COKERNELDEV_LOG, sizeof(struct cokerneldev_log), BOTH | CALL_OWN, call_log},
	{COKERNELDEV_REPORT, sizeof(struct cokerneldev_report), LOOK, call_report},
	{COKERNELDEV_PROBE, sizeof(struct cokerneldev_probe), BOTH | ADMIN, call_probe},
	{COKERNELDEV_VECTOR_ALLOC, sizeof(struct cokerneldev_vector), BOTH | ADMIN,
	 call_vector_alloc},
	{COKERNELDEV_VECTOR_FREE, sizeof(struct cokerneldev_vector), CALL_IN | ADMIN,
	 call_vector_free},
	{COKERNELDEV_VECTOR_SIGNAL, sizeof(struct cokerneldev_vector), CALL_IN | ADMIN,
	 call_vector_signal},
	{COKERNELDEV_VECTOR_CONNECT, sizeof(struct cokerneldev_vector), BOTH | ADMIN,
	 call_vector_connect},
	{COKERNELDEV_VECTOR_EVENT, sizeof(struct cokerneldev_vector), BOTH | ADMIN,
	 call_vector_event},
	{COKERNELDEV_ATTACH, sizeof(struct cokerneldev_region), BOTH | ADMIN, call_attach},
	{COKERNELDEV_VCPU, sizeof(struct cokerneldev_vcpu), CALL_IN | LOOK, call_vcpu},
	{COKERNELDEV_DETACH, sizeof(struct cokerneldev_region), CALL_IN | ADMIN, call_detach},
};

static long run(void *subject, const struct device_call *call, void *payload)
{
	struct enclave *enclave = subject;
	/* a look wants that the shared region stays, and no more */
	struct mutex *lock = call->flags & CALL_LOOK ? &enclave->read_lock : &enclave->lock;
	long status = -ENODEV;

	if (call->flags & CALL_OWN)
		return call->act(enclave, payload);
	if (mutex_lock_killable(lock))
		return -EINTR;
	if (smp_load_acquire(&enclave->state) != VMDEV_NONE)
		status = call->act(enclave, payload);
	mutex_unlock(lock);
	return status;
}

/* None works on an enclave that was destroyed. */
static long file_ioctl(struct file *file, unsigned int number, unsigned long argument)
{
	const struct enclave_file *one = file->private_data;
	struct enclave *enclave = one->enclave;
	const struct device_call *call;
	long status;

	if (smp_load_acquire(&enclave->state) == VMDEV_NONE)
		return -ENODEV;
	call = device_call_find(calls, ARRAY_SIZE(calls), one->is_admin, number, &status);
	if (!call)
		return status;
	if (call->flags & CALL_END) {
		atomic_inc(&enclave->enders);
		wake_up_all(&enclave->changed);
	}
	status = device_call(call, enclave, argument, run);
	if (call->flags & CALL_END)
		atomic_dec(&enclave->enders);
	return status;
}

static ssize_t file_read(struct file *file, char __user *to, size_t size, loff_t *position)
{
	const struct enclave_file *one = file->private_data;

	if (!one->is_admin)
		return -EPERM;
	return stream_read(one->enclave, to, size, !(file->f_flags & O_NONBLOCK));
}

static ssize_t file_write(struct file *file, const char __user *from, size_t size, loff_t *position)
{
	const struct enclave_file *one = file->private_data;

	if (!one->is_admin)
		return -EPERM;
	return stream_write(one->enclave, (void __user *)from, size, !(file->f_flags & O_NONBLOCK));
}

static __poll_t file_poll(struct file *file, poll_table *table)
{
	const struct enclave_file *one = file->private_data;

	poll_wait(file, &one->enclave->changed, table);
	return stream_events(one->enclave);
}

static int file_release(struct inode *inode, struct file *file)
{
	struct enclave_file *one = file->private_data;

	enclave_put(one->enclave);
	kfree(one);
	return 0;
}

static const struct file_operations enclave_operations = {
	.owner = THIS_MODULE,
	.read = file_read,
	.write = file_write,
	.poll = file_poll,
	.unlocked_ioctl = file_ioctl,
	.release = file_release,
};

int enclave_file_make(struct enclave *enclave, bool is_admin)
{
	struct enclave_file *one = inject_fails() ? NULL : kzalloc(sizeof(*one), GFP_KERNEL);
	int file = -ENOMEM;

	if (one) {
		one->enclave = enclave;
		one->is_admin = is_admin;
		file = inject_fails() ? -ENFILE
				      : anon_inode_getfd("bulkhead-enclave", &enclave_operations,
							 one, O_RDWR | O_CLOEXEC);
	}
	if (file < 0) {
		kfree(one);
		enclave_put(enclave);
	}
	return file;
}
