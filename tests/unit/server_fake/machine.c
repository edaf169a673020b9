/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A fake of the machine: VMs are sockets (see server_fake.h).
 */
#define _GNU_SOURCE
#include "server_fake.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

int __wrap_ioctl(int fd, unsigned long request, ...);
void __wrap_io_log(const char *format, ...);
void report_event(const char *event, uint16_t vm, const char *text);

struct fake_vm vms[VMS];
static char directory[] = "/tmp/test_server.XXXXXX";
int refuse_make;
int resize_status;
int share_status;
uint32_t shares;
uint64_t time_now = 1;

static struct fake_vm *vm_of_file(int file)
{
	for (size_t i = 0; i < VMS; i++) {
		if (vms[i].is_there && vms[i].ours == file)
			return &vms[i];
	}
	fail_msg("no VM has the file %d", file);
	return NULL;
}

static uint64_t fake_free_memory(void)
{
	uint64_t left = MEMORY;

	for (size_t i = 0; i < VMS; i++)
		left -= vms[i].is_there ? vms[i].memory : 0;
	return left;
}

static int fake_make(const struct enclave_config *config, const char *ramdisk)
{
	struct stat status;
	int pair[2];

	assert_int_equal(stat(ramdisk, &status), 0);
	assert_int_equal(config->version, ENCLAVE_VERSION);
	assert_int_not_equal(config->uuid[0], 0);
	if (refuse_make != 0)
		return -refuse_make;
	for (int i = 0; i < VMS; i++) {
		if (vms[i].is_there)
			continue;
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
		vms[i] = (struct fake_vm){.is_there = true,
					  .memory = config->ranges[0].size,
					  .isolation = config->isolation,
					  .grant_count = config->grant_count,
					  .ours = pair[0],
					  .theirs = pair[1]};
		assert_true(fake_free_memory() <= MEMORY);
		return FIRST_VM + i;
	}
	return -EAGAIN;
}

static int fake_open(int vm)
{
	return vms[vm - FIRST_VM].ours;
}

static int fake_start(int file, const uint16_t *cores)
{
	assert_true(cores[0] < 4);
	(void)vm_of_file(file);
	return 0;
}

void vm_end(struct fake_vm *vm, uint32_t cause)
{
	if (vm->has_ended)
		return;
	vm->has_ended = true;
	vm->cause = cause;
	shutdown(vm->theirs, SHUT_RDWR);
}

static int fake_stop(int file)
{
	vm_end(vm_of_file(file), BH_FAULT_STOPPED);
	return 0;
}

/* its file was closed by the control task */
static int fake_destroy(int vm)
{
	struct fake_vm *fake = &vms[vm - FIRST_VM];

	assert_true(fake->is_there);
	close(fake->theirs);
	fake->is_there = false;
	return 0;
}

static int fake_info(int file, struct vmdev_info *info)
{
	const struct fake_vm *vm = vm_of_file(file);

	*info = (struct vmdev_info){.state = vm->has_ended ? VMDEV_ENDED : VMDEV_RUNNING,
				    .cause = vm->cause,
				    .runtime_ticks = 5};
	return 0;
}

static int fake_counters(int file, uint16_t vcpu, struct bh_counters *counters)
{
	(void)vm_of_file(file);
	*counters = (struct bh_counters){.vcpu = vcpu};
	return 0;
}

static int fake_fault(int file, struct bh_fault *fault)
{
	*fault = (struct bh_fault){.cause = vm_of_file(file)->cause};
	return 0;
}

static int fake_digest(int file, uint8_t digest[ENCLAVE_DIGEST_SIZE])
{
	(void)vm_of_file(file);
	memset(digest, 7, ENCLAVE_DIGEST_SIZE);
	return 0;
}

static int fake_signal(int file, unsigned number)
{
	vm_of_file(file)->signals |= 1u << number;
	return 0;
}

static int fake_resize(int file, const struct enclave_config *config, uint64_t *memory)
{
	assert_int_equal(config->version, ENCLAVE_VERSION);
	if (resize_status == 0)
		vm_of_file(file)->memory = *memory;
	else
		*memory = vm_of_file(file)->memory;
	return resize_status;
}

static int fake_move(int file, const uint16_t *cores, unsigned count)
{
	(void)count;
	memcpy(vm_of_file(file)->cores, cores, sizeof(vm_of_file(file)->cores));
	return 0;
}

static int share_create(struct vm_share *share)
{
	while ((shares >> ++share->id & 1) != 0)
		;
	assert_true(share->id < 32 && share->size > 0 && share->name[0] != '\0');
	shares |= 1u << share->id;
	return 0;
}

static int fake_share(struct vm_share *share)
{
	struct fake_vm *vm = share->vm != 0 ? &vms[share->vm - FIRST_VM] : NULL;
	uint32_t bit = 1u << share->id;

	if (share_status != 0)
		return share_status;
	if (share->action == SHARE_CREATE)
		return share_create(share);
	if ((shares & bit) == 0 || (vm != NULL && !vm->is_there))
		return -ENOENT;
	if (share->action == SHARE_ATTACH) {
		assert_int_equal(vm->shares & bit, 0);
		vm->shares |= bit;
	} else if (share->action == SHARE_DETACH) {
		assert_true((vm->shares & bit) != 0);
		vm->shares &= ~bit;
	} else {
		shares &= ~bit;
		for (size_t i = 0; i < VMS; i++)
			vms[i].shares &= ~bit;
	}
	return 0;
}

static int fake_node(struct vmdev_node *node, uint32_t *files)
{
	*node = (struct vmdev_node){.vms = vms_there()};
	*files = 3;
	return 0;
}

int watched_vm;
unsigned watch_seconds;
const char *watch_text;

static void fake_watch(int vm, unsigned seconds)
{
	assert_int_equal(watched_vm, 0);
	watched_vm = vm;
	watch_seconds = seconds;
}

static bool fake_watched(int vm, char *text, size_t size)
{
	if (vm != watched_vm)
		return false;
	watched_vm = 0;
	if (watch_text != NULL)
		(void)snprintf(text, size, "%s", watch_text);
	return watch_text != NULL;
}

static uint64_t fake_now(void)
{
	return time_now;
}

/* what is to take long: it is done when the test says so */
bool tasks_wait;
static struct vm_task *waiting[ENCLAVES_MAX];
static size_t waiting_count;

static void fake_begin(struct vm_task *task)
{
	if (!tasks_wait) {
		vm_task_run(&layer, task);
		return;
	}
	assert_true(waiting_count < ENCLAVES_MAX);
	waiting[waiting_count++] = task;
}

void tasks_go_on(void)
{
	for (size_t i = 0; i < waiting_count; i++)
		vm_task_run(&layer, waiting[i]);
	waiting_count = 0;
}

struct vm_layer layer = {
	.cores = 4,
	.directory = directory,
	.counter_hz = 100,
	.node = fake_node,
	.free_memory = fake_free_memory,
	.make = fake_make,
	.open = fake_open,
	.start = fake_start,
	.stop = fake_stop,
	.destroy = fake_destroy,
	.info = fake_info,
	.counters = fake_counters,
	.fault = fake_fault,
	.digest = fake_digest,
	.signal = fake_signal,
	.resize = fake_resize,
	.shares_cores = true,
	.move = fake_move,
	.share = fake_share,
	.watch = fake_watch,
	.watched = fake_watched,
	.now = fake_now,
	.begin = fake_begin,
	.wake = -1,
};

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	if (request == VMDEV_STOP)
		return fake_stop(fd);
	errno = ENOTTY;
	return -1;
}

void __wrap_io_log(const char *format, ...)
{
	(void)format;
}

void report_event(const char *event, uint16_t vm, const char *text)
{
	(void)event, (void)vm, (void)text;
}

unsigned vms_there(void)
{
	unsigned count = 0;

	for (size_t i = 0; i < VMS; i++)
		count += vms[i].is_there;
	return count;
}

struct fake_vm *the_vm(void)
{
	struct fake_vm *found = NULL;

	for (size_t i = 0; i < VMS; i++) {
		if (vms[i].is_there)
			found = &vms[i];
	}
	assert_non_null(found);
	return found;
}

static void base_path(char *path, size_t size)
{
	(void)snprintf(path, size, "%s/base.cpio", directory);
}

bool machine_begin(void)
{
	char path[64];
	int file;

	if (mkdtemp(directory) == NULL)
		return false;
	base_path(path, sizeof(path));
	file = open(path, O_WRONLY | O_CREAT, 0600);
	if (file >= 0)
		close(file);
	return file >= 0;
}

bool machine_end(void)
{
	char path[64];

	base_path(path, sizeof(path));
	unlink(path);
	return rmdir(directory) == 0;
}
