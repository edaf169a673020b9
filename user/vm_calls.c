/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The calls of a VM's file (see vm_calls.h).
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <user/io.h>
#include <user/vm_calls.h>

int vm_call(int file, unsigned command, void *argument)
{
	return ioctl(file, (int)command, argument) < 0 ? -errno : 0;
}

uint32_t vm_call_files(void)
{
	DIR *files = opendir("/proc/self/fd");
	const struct dirent *entry;
	uint32_t count = 0;

	while (files != NULL && (entry = readdir(files)) != NULL)
		count += entry->d_name[0] != '.';
	if (files != NULL)
		closedir(files);
	return count > 0 ? count - 1 : 0;
}

int vm_call_make(int manager, const char *image_path, const struct enclave_config *config,
		 const char *ramdisk)
{
	struct vmdev_create *request = malloc(sizeof(*request));
	size_t image_size = 0, tree_size = 0;
	char *image = request ? io_read_file(image_path, &image_size) : NULL;
	char *tree = image ? io_read_file(ramdisk, &tree_size) : NULL;
	int status = tree ? 0 : -errno;

	if (status == 0) {
		*request = (struct vmdev_create){
			.config = *config,
			.image = (uintptr_t)image,
			.image_size = image_size,
			.ramdisk = (uintptr_t)tree,
			.ramdisk_size = tree_size,
		};
		status = vm_call(manager, VMDEV_CREATE, request);
	}
	if (status == 0)
		status = request->vm;
	free(image);
	free(tree);
	free(request);
	return status;
}

int vm_call_start(int file, const uint16_t *cores)
{
	struct vmdev_start request;

	memcpy(request.core, cores, sizeof(request.core));
	return vm_call(file, VMDEV_START, &request);
}

int vm_call_stop(int file)
{
	return vm_call(file, VMDEV_STOP, NULL);
}

int vm_call_info(int file, struct vmdev_info *info)
{
	return vm_call(file, VMDEV_INFO, info);
}

int vm_call_counters(int file, uint16_t vcpu, struct bh_counters *counters)
{
	struct vmdev_counters request = {.vcpu = vcpu};
	int status = vm_call(file, VMDEV_COUNTERS, &request);

	*counters = request.counters;
	return status;
}

int vm_call_fault(int file, struct bh_fault *fault)
{
	return vm_call(file, VMDEV_FAULT, fault);
}

int vm_call_digest(int file, uint8_t digest[ENCLAVE_DIGEST_SIZE])
{
	return vm_call(file, VMDEV_DIGEST, digest);
}

int vm_call_signal(int file, unsigned signal)
{
	uint32_t number = signal;

	return vm_call(file, VMDEV_SIGNAL, &number);
}

int vm_call_resize(int file, uint32_t node, uint64_t *memory)
{
	struct vmdev_resize request = {.memory = *memory, .node = node};
	int status = vm_call(file, VMDEV_RESIZE, &request);

	*memory = request.memory;
	return status;
}
