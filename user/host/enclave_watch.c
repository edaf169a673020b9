/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See enclave_watch.h. `lock` guards the list and the texts; a watch that was taken off the list is its thread's to free.
 */
#include <bulkhead/vmdev.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <user/host/core_watch.h>
#include <user/host/enclave_watch.h>
#include <user/host/vm_host.h>
#include <user/io.h>
#include <user/vm_calls.h>

struct watch {
	struct watch *next;
	int vm;
	int end;                 /* a file that is readable when it ends */
	struct core_watch cores; /* the thread's */
	char text[128];          /* why the enclave was stopped; empty: it was not */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watch *watches;

/* Until the next look is due, or for ever when there is none any more. */
static bool is_at_end(const struct watch *watch, bool is_over)
{
	struct pollfd end = {.fd = watch->end, .events = POLLIN};

	return poll(&end, 1, is_over ? -1 : (int)core_watch_wait(&watch->cores)) > 0;
}

static bool look(struct watch *watch, int file)
{
	char text[sizeof(watch->text)];

	if (!core_watch_look(&watch->cores, file, text, sizeof(text)))
		return false;
	(void)pthread_mutex_lock(&lock);
	memcpy(watch->text, text, sizeof(text));
	(void)pthread_mutex_unlock(&lock);
	(void)vm_call(file, VMDEV_STOP, NULL);
	return true;
}

static void watch_free(struct watch *watch)
{
	if (watch->end >= 0)
		close(watch->end);
	free(watch);
}

static void *watch_main(void *context)
{
	struct watch *watch = context;
	int file = vm_host_open(watch->vm);
	bool is_over = file < 0;

	while (!is_at_end(watch, is_over))
		is_over = is_over || look(watch, file);
	if (file >= 0)
		close(file);
	watch_free(watch);
	return NULL;
}

/* 0 or an error number */
static int start(struct watch *watch)
{
	pthread_attr_t detached;
	pthread_t thread;
	int error;

	if (watch->end < 0)
		return errno;
	(void)pthread_attr_init(&detached);
	(void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &detached, watch_main, watch);
	(void)pthread_attr_destroy(&detached);
	return error;
}

void enclave_watch_begin(int vm, unsigned seconds)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	int error;

	if (watch == NULL)
		return;
	watch->vm = vm;
	watch->end = eventfd(0, EFD_CLOEXEC);
	core_watch_start(&watch->cores, seconds);
	(void)pthread_mutex_lock(&lock);
	error = start(watch);
	if (error == 0) {
		watch->next = watches;
		watches = watch;
	}
	(void)pthread_mutex_unlock(&lock);
	if (error == 0)
		return;
	io_log("control: enclave %d is not watched: %s\n", vm, strerror(error));
	watch_free(watch);
}

bool enclave_watch_end(int vm, char *text, size_t size)
{
	const uint64_t once = 1;
	struct watch **at = &watches, *watch;
	bool has_text;

	(void)pthread_mutex_lock(&lock);
	while (*at != NULL && (*at)->vm != vm)
		at = &(*at)->next;
	watch = *at;
	has_text = watch != NULL && watch->text[0] != '\0';
	if (has_text)
		(void)snprintf(text, size, "%s", watch->text);
	if (watch != NULL) {
		*at = watch->next;
		/* it cannot fail: a file that nobody wrote to has room */
		(void)!write(watch->end, &once, sizeof(once));
	}
	(void)pthread_mutex_unlock(&lock);
	return has_text;
}
