/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tasks in threads (see vm_thread.h). A thread tells that it is done by a byte in a pipe, which nobody has to count.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>
#include <user/io.h>
#include <user/vm_layer.h>
#include <user/vm_thread.h>

static const struct vm_layer *calls;
static int wake_ends[2] = {-1, -1};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of `running` */
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static unsigned running;

void vm_thread_stay(unsigned core)
{
	cpu_set_t cores;

	CPU_ZERO(&cores);
	CPU_SET(core, &cores);
	if (sched_setaffinity(0, sizeof(cores), &cores) != 0)
		io_log("control: cannot stay on core %u: %s\n", core, strerror(errno));
}

int vm_thread_start(const struct vm_layer *layer)
{
	calls = layer;
	if (pipe2(wake_ends, O_NONBLOCK | O_CLOEXEC) != 0)
		io_log("control: no pipe: %s\n", strerror(errno));
	return wake_ends[0];
}

static void run(struct vm_task *task)
{
	vm_task_run(calls, task);
	/* full: whoever reads it looks at all tasks */
	if (write(wake_ends[1], "", 1) < 0 && errno != EAGAIN)
		io_log("control: a task cannot tell that it is done: %s\n", strerror(errno));
}

static void count_running(int change)
{
	(void)pthread_mutex_lock(&lock);
	running += (unsigned)change;
	(void)pthread_cond_broadcast(&ended);
	(void)pthread_mutex_unlock(&lock);
}

static void *thread_main(void *context)
{
	run(context);
	count_running(-1);
	return NULL;
}

void vm_thread_begin(struct vm_task *task)
{
	pthread_attr_t detached;
	pthread_t thread;
	bool has_thread;

	(void)pthread_attr_init(&detached);
	(void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	count_running(1);
	has_thread = wake_ends[1] >= 0 &&
		     pthread_create(&thread, &detached, thread_main, task) == 0;
	(void)pthread_attr_destroy(&detached);
	if (has_thread)
		return;
	count_running(-1);
	run(task);
}

void vm_thread_wait(void)
{
	(void)pthread_mutex_lock(&lock);
	while (running > 0)
		(void)pthread_cond_wait(&ended, &lock);
	(void)pthread_mutex_unlock(&lock);
}
