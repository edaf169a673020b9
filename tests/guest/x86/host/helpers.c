/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What tests of the module share: enclaves in short, what they say, what Linux has. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

#define FREE_SLACK 2048 /* kB for each CPU: Linux keeps some for each */
#define FREE_LOOKS 20u

struct file {
	const char *path;
	unsigned char *bytes;
	size_t size;
};

static struct file image = {.path = "/lib/bulkhead/tiny.img"}, ramdisk = {.path = "/etc/hostname"};

void nap(void)
{
	const struct timespec time = {.tv_nsec = 10 * 1000 * 1000};

	nanosleep(&time, NULL);
}

static void read_once(struct file *one)
{
	int file = open(one->path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (!one->bytes && file >= 0 && fstat(file, &status) == 0) {
		one->size = (size_t)status.st_size;
		one->bytes = malloc(one->size);
		check(read(file, one->bytes, one->size) == (ssize_t)one->size, "reading %s",
		      one->path);
	}
	close(file);
}

void use_files(const char *image_path, const char *ramdisk_path)
{
	image = (struct file){.path = image_path};
	ramdisk = (struct file){.path = ramdisk_path};
}

/* A machine has one or two. */
static uint32_t node_count(void)
{
	return access("/sys/devices/system/node/node1", F_OK) == 0 ? 2 : 1;
}

static uint32_t isolation(const struct plan *plan)
{
	const char *all = getenv("PROTECT");

	if (plan->is_protected)
		return ENCLAVE_ISOLATION_FEATURES | plan->features;
	return all ? ENCLAVE_ISOLATION_FEATURES | (uint32_t)strtoul(all, NULL, 0)
		   : ENCLAVE_ISOLATION_NONE;
}

void describe(struct vmdev_create *create, const struct plan *plan)
{
	struct enclave_config *config = &create->config;

	read_once(&image);
	read_once(&ramdisk);
	memset(create, 0, sizeof(*create));
	config->version = ENCLAVE_VERSION;
	config->size = sizeof(*config);
	config->vcpus = plan->vcpus ? plan->vcpus : 1;
	config->nodes = plan->other ? 2 : 1;
	config->range_count = plan->other ? 2 : 1;
	config->ranges[0] = (struct enclave_range){
		.size = plan->memory ? plan->memory : 16 * MIB,
		.node = plan->node % node_count(),
	};
	if (plan->other)
		config->ranges[1] = (struct enclave_range){.size = plan->other,
							   .node = (plan->node + 1) % node_count()};
	config->isolation = isolation(plan);
	for (; plan->grants && plan->grants[config->grant_count].kind; config->grant_count++)
		config->grants[config->grant_count] = plan->grants[config->grant_count];
	strcpy(config->name, "tiny");
	strcpy(config->bootargs, plan->parameters ? plan->parameters : "serve");
	create->image = (uint64_t)image.bytes;
	create->image_size = image.size;
	create->ramdisk = (uint64_t)ramdisk.bytes;
	create->ramdisk_size = ramdisk.size;
}

int make(const struct plan *plan)
{
	struct vmdev_create create;
	long status;

	describe(&create, plan);
	status = call(manager, VMDEV_CREATE, &create);
	return status < 0 ? (int)status : create.vm;
}

int open_enclave(int id)
{
	uint32_t number = (uint32_t)id;

	return (int)call(manager, COKERNELDEV_OPEN, &number);
}

struct vmdev_start anywhere(void)
{
	struct vmdev_start one;

	for (unsigned i = 0; i < VMDEV_VCPUS_MAX; i++)
		one.core[i] = ENCLAVE_CORE_ANY;
	return one;
}

int start(const struct plan *plan)
{
	struct vmdev_start where = anywhere();
	int id = make(plan), file;
	long status;

	if (!check(id > 0, "create: %d", id))
		return id;
	file = open_enclave(id);
	status = call(file, VMDEV_START, &where);
	if (check(status == 0, "start: %ld", status))
		return file;
	destroy(file);
	return (int)status;
}

struct vmdev_info info_of(int file)
{
	struct vmdev_info info = {.state = VMDEV_NONE};

	call(file, VMDEV_INFO, &info);
	return info;
}

struct cokerneldev_vcpu vcpu_of(int file, uint32_t core)
{
	struct cokerneldev_vcpu vcpu = {.core = core};

	check(call(file, COKERNELDEV_VCPU, &vcpu) == 0, "VCPU of core %u", core);
	return vcpu;
}

uint32_t state_of(int file)
{
	return info_of(file).state;
}

bool reaches(int file, uint32_t state)
{
	return eventually(state_of(file) == state);
}

bool destroy(int file)
{
	long status = call(file, VMDEV_DESTROY, NULL);

	close(file);
	return check(status == 0, "destroy: %ld", status);
}

const char *log_text(int file)
{
	static char text[40000];
	struct cokerneldev_log log = {.buffer = (uint64_t)text, .size = sizeof(text) - 1};

	if (call(file, COKERNELDEV_LOG, &log) < 0)
		log.size = 0;
	text[log.size] = 0;
	return text;
}

bool log_says(int file, const char *words)
{
	return check(eventually(strstr(log_text(file), words)), "the log says not '%s' but\n%s",
		     words, log_text(file));
}

static int open_parameter(const char *name, int flags)
{
	char path[100];

	sprintf(path, "/sys/module/bulkhead_cokernel/parameters/%s", name);
	return open(path, flags | O_CLOEXEC);
}

void set_parameter(const char *name, int value)
{
	char text[16];
	int file = open_parameter(name, O_WRONLY);

	check(file >= 0 && write(file, text, (size_t)sprintf(text, "%d", value)) > 0, "%s", name);
	close(file);
}

int parameter(const char *name)
{
	char text[16] = {0};
	int file = open_parameter(name, O_RDONLY);

	check(file >= 0 && read(file, text, sizeof(text) - 1) > 0, "%s", name);
	close(file);
	return atoi(text);
}

struct cokerneldev_node ledger(void)
{
	struct cokerneldev_node node = {0};

	check(call(manager, COKERNELDEV_NODE, &node) == 0, "NODE");
	return node;
}

long interrupts_of(const char *word)
{
	FILE *file = fopen("/proc/interrupts", "re");
	char line[1024];
	long sum = -1;

	while (file && sum < 0 && fgets(line, sizeof(line), file)) {
		char *at = strchr(line, ':'), *end = NULL;

		if (!at || !strstr(line, word))
			continue;
		sum = 0;
		for (long count; count = strtol(++at, &end, 10), end != at; at = end)
			sum += count;
	}
	if (file)
		fclose(file);
	return sum;
}

static long number_in(const char *path, const char *word)
{
	FILE *file = fopen(path, "re");
	char line[256];
	long number = -1;

	while (file && number < 0 && fgets(line, sizeof(line), file)) {
		const char *at = strstr(line, word);

		if (at)
			number = strtol(at + strlen(word), NULL, 10);
	}
	if (file)
		fclose(file);
	return number;
}

/* Pages that Linux has free in a list for each CPU, which it does not count as free: of what it got back, as much as it likes. */
static long pages_of_cpus(void)
{
	FILE *file = fopen("/proc/zoneinfo", "re");
	char line[256];
	long pages = 0;

	while (file && fgets(line, sizeof(line), file)) {
		const char *at = strstr(line, " count: ");

		pages += at ? strtol(at + strlen(" count: "), NULL, 10) : 0;
	}
	if (file)
		fclose(file);
	return pages;
}

struct resources resources(void)
{
	int file = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (file >= 0) {
		check(write(file, "3", 1) == 1, "drop_caches");
		close(file);
	}
	return (struct resources){
		.memory_total = number_in("/proc/meminfo", "MemTotal:"),
		.memory_free = number_in("/proc/meminfo", "MemFree:") + pages_of_cpus() * 4,
		.cpus = sysconf(_SC_NPROCESSORS_ONLN),
		.nodes = {number_in("/sys/devices/system/node/node0/meminfo", "MemTotal:"),
			  number_in("/sys/devices/system/node/node1/meminfo", "MemTotal:")},
	};
}

/*
 * What is lost a little at a time shows as a row of numbers that fall. Linux has pages on their way back at times, on a
 * busy machine for longer: it is looked at a few times.
 */
void check_free(const struct resources *before)
{
	long now = resources().memory_free, slack = FREE_SLACK * sysconf(_SC_NPROCESSORS_CONF);

	for (unsigned i = 0; i < FREE_LOOKS && labs(now - before->memory_free) >= slack; i++) {
		sleep(1);
		now = resources().memory_free;
	}
	check(labs(now - before->memory_free) < slack, "free: %ld kB, then %ld",
	      before->memory_free, now);
	printf("free before %ld kB, now %ld kB\n", before->memory_free, now);
}
