/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls with one thing wrong, each with the error that it must give; who may call what. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

#define USER 1000

static struct cokernel_image header;
static unsigned char image[8192];

/* X(what is wrong, the change, the error) */
#define BAD_CREATES(X)                                                                      \
	X("version", c.version++, EINVAL)                                                   \
	X("size", c.size--, EINVAL)                                                         \
	X("no isolation", c.isolation = ENCLAVE_ISOLATION_BEST, EINVAL)                     \
	X("isolation both ways",                                                            \
	  c.isolation |= ENCLAVE_ISOLATION_FEATURES | ENCLAVE_ISOLATION_NONE, EINVAL)       \
	X("an unknown feature", c.isolation = ENCLAVE_ISOLATION_FEATURES | (VCPU_FULL + 1), \
	  EINVAL)                                                                           \
	X("too many grants", c.grant_count = ENCLAVE_GRANTS_MAX + 1, EINVAL)                \
	X("a grant of nothing", c.grant_count = 1, EACCES)                                  \
	X("no ranges", c.range_count = 0, EINVAL)                                           \
	X("too many ranges", c.range_count = ENCLAVE_RANGES_MAX + 1, EINVAL)                \
	X("no vcpus", c.vcpus = 0, EINVAL)                                                  \
	X("too many vcpus", c.vcpus = COKERNEL_CORES_MAX + 1, EINVAL)                       \
	X("vcpus beyond all", c.vcpus = UINT32_MAX, EINVAL)                                 \
	X("no nodes", c.nodes = 0, EINVAL)                                                  \
	X("too many nodes", c.nodes = ENCLAVE_NODES_MAX + 1, EINVAL)                        \
	X("a name without end", memset(c.name, 'a', sizeof(c.name)), EINVAL)                \
	X("a name of bytes", c.name[0] = 7, EINVAL)                                         \
	X("arguments without end", memset(c.bootargs, 'a', sizeof(c.bootargs)), EINVAL)     \
	X("no memory", c.ranges[0].size = 0, EINVAL)                                        \
	X("half a unit", c.ranges[0].size += MIB, EINVAL)                                   \
	X("memory beyond all", c.ranges[0].size = 0 - 2 * MIB, EINVAL)                      \
	X("an address", c.ranges[0].start = 16 * MIB, EINVAL)                               \
	X("a node beyond", c.ranges[0].node = ENCLAVE_NODES_MAX, EINVAL)                    \
	X("padding", c.ranges[0].zero = 1, EINVAL)                                          \
	X("a second range", c.range_count = 2, EINVAL)                                      \
	X("more memory than there is", c.ranges[0].size = 1024 * 1024 * MIB, ENOMEM)        \
	X("a node that is not there", c.ranges[0].node = 7, EINVAL)                         \
	X("no image", create.image_size = 0, ENOEXEC)                                       \
	X("an image beyond its memory", create.image_size = 64 * MIB, ENOEXEC)              \
	X("an image of nobody", create.image = 8, EFAULT)                                   \
	X("an image of the kernel", create.image = (uint64_t)-4096, EFAULT)                 \
	X("an image that ends too early",                                                   \
	  (create.image_size = 12 * MIB, header.memory_size = 12 * MIB), EFAULT)            \
	X("a ramdisk of nobody", create.ramdisk = 8, EFAULT)                                \
	X("a ramdisk beyond its memory", create.ramdisk_size = 64 * MIB, ENOMEM)            \
	X("a ramdisk beyond all", create.ramdisk_size = UINT64_MAX, ENOMEM)                 \
	X("magic", header.magic++, ENOEXEC)                                                 \
	X("version of the image", header.version++, ENOEXEC)                                \
	X("padding of the image", header.zero = 1, ENOEXEC)                                 \
	X("entry in the header", header.entry = 8, ENOEXEC)                                 \
	X("entry behind it", header.entry = sizeof(image), ENOEXEC)                         \
	X("entry beyond all", header.entry = UINT64_MAX, ENOEXEC)                           \
	X("smaller than its file", header.memory_size = 4096, ENOEXEC)                      \
	X("larger than its memory", header.memory_size = 64 * MIB, ENOMEM)                  \
	X("larger than all", header.memory_size = UINT64_MAX, ENOEXEC)

/* The image is ours here, so that its header can be wrong. */
static long try_create(struct vmdev_create *create)
{
	memcpy(image, &header, sizeof(header));
	return call(manager, VMDEV_CREATE, create);
}

static void plan_create(struct vmdev_create *create)
{
	describe(create, &(struct plan){.memory = 8 * MIB});
	header = (struct cokernel_image){COKERNEL_IMAGE_MAGIC, COKERNEL_VERSION, 0, 64,
					 sizeof(image)};
	create->image = (uint64_t)image;
	create->image_size = sizeof(image);
}

static void check_creates(void)
{
	struct vmdev_create create;
	long status;
	int file;

#define c create.config
#define X(what, change, error)                                              \
	plan_create(&create);                                               \
	(void)(change);                                                     \
	if (strstr(what, "beyond its memory") || strstr(what, "too early")) \
		c.ranges[0].size = 16 * MIB;                                \
	status = try_create(&create);                                       \
	check(status == -(error), "%s: %ld, not %d", what, status, error);  \
	check(ledger().enclaves == 0 && ledger().units[0] == 0, "%s: something stays", what);
	BAD_CREATES(X)
#undef X
#undef c
	plan_create(&create);
	status = try_create(&create);
	file = open_enclave(create.vm);
	if (check(status == 0, "with nothing wrong: %ld", status))
		destroy(file);
}

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static const struct {
	unsigned number;
	bool is_enclaves; /* the file: of an enclave, or the manager */
	bool is_open;     /* to whoever may look */
} calls[] = {
	{VMDEV_CREATE, false, false},
	{COKERNELDEV_NODE, false, true},
	{COKERNELDEV_MEMORY, false, true},
	{COKERNELDEV_OPEN, false, true},
	{COKERNELDEV_REGION_CREATE, false, false},
	{COKERNELDEV_REGION_OPEN, false, false},
	{COKERNELDEV_REGION_REVOKE, false, false},
	{VMDEV_INFO, true, true},
	{VMDEV_START, true, false},
	{VMDEV_COUNTERS, true, true},
	{VMDEV_SIGNAL, true, false},
	{VMDEV_DIGEST, true, true},
	{VMDEV_RESIZE, true, false},
	{COKERNELDEV_CORES, true, true},
	{COKERNELDEV_CORE_ADD, true, false},
	{COKERNELDEV_CORE_REMOVE, true, false},
	{COKERNELDEV_LOG, true, true},
	{COKERNELDEV_REPORT, true, true},
	{COKERNELDEV_PROBE, true, false},
	{COKERNELDEV_VECTOR_ALLOC, true, false},
	{COKERNELDEV_VECTOR_FREE, true, false},
	{COKERNELDEV_VECTOR_SIGNAL, true, false},
	{COKERNELDEV_VECTOR_CONNECT, true, false},
	{COKERNELDEV_VECTOR_EVENT, true, false},
	{COKERNELDEV_ATTACH, true, false},
	{COKERNELDEV_DETACH, true, false},
	{COKERNELDEV_VCPU, true, true},
};

/* Every number with memory that is not ours, on both kinds of file. */
static void check_pointers(int file)
{

	for (size_t i = 0; i < CALLS; i++) {
		int right = calls[i].is_enclaves ? file : manager,
		    wrong = calls[i].is_enclaves ? manager : file;

		for (uint64_t address = 0; address < 4; address++) {
			const void *pointer = (const void *)(address << 46 | address);
			long status = call(right, calls[i].number, pointer);

			check(status == -EFAULT, "%x at %p: %ld", calls[i].number, pointer, status);
		}
		check(call(wrong, calls[i].number, NULL) == -ENOTTY, "%x of the wrong file",
		      calls[i].number);
	}
	check(call(manager, 0, NULL) == -ENOTTY && call(file, 0, NULL) == -ENOTTY, "no call");
}

static void *read_only(const void *bytes, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(memory, bytes, size);
	mprotect(memory, size, PROT_READ);
	return memory;
}

/* Nothing is made when nobody can be told what. */
static void check_answers(int file)
{
	struct cokerneldev_region region = {.size = 4096};
	struct vmdev_create create;
	int next = dup(manager);

	close(next);
	plan_create(&create);
	memcpy(image, &header, sizeof(header));
	check(call(manager, VMDEV_CREATE, read_only(&create, sizeof(create))) == -EFAULT,
	      "CREATE into memory that is not to be written");
	check(call(manager, COKERNELDEV_REGION_CREATE, read_only(&region, sizeof(region))) ==
		      -EFAULT,
	      "a region");
	check(call(file, COKERNELDEV_CORE_ADD,
		   read_only(&(struct cokerneldev_core){.cpu = 2},
			     sizeof(struct cokerneldev_core))) == -EFAULT,
	      "a core");
	check(ledger().enclaves == 1 && ledger().regions == 0 && ledger().cores == 1,
	      "%u enclaves, %u regions, %u cores", ledger().enclaves, ledger().regions,
	      ledger().cores);
	check(fcntl(next, F_GETFD) < 0 && errno == EBADF, "a file stays");
}

#define REFUSED(number, error, ...)                                                        \
	do {                                                                               \
		__typeof__(__VA_ARGS__) argument = __VA_ARGS__;                            \
		long status = call(file, number, &argument);                               \
                                                                                           \
		check(status == -(error), "%s of %s: %ld", #number, #__VA_ARGS__, status); \
	} while (0)

/* Of one that runs with one core. */
static void check_values(int file)
{
	struct vmdev_start first = {0};

	REFUSED(VMDEV_SIGNAL, EINVAL, (uint32_t)0);
	REFUSED(VMDEV_SIGNAL, EINVAL, (uint32_t)32);
	REFUSED(VMDEV_COUNTERS, EINVAL, (struct vmdev_counters){.vcpu = COKERNEL_CORES_MAX});
	REFUSED(VMDEV_COUNTERS, EINVAL, (struct vmdev_counters){.pad = {0, true}});
	REFUSED(VMDEV_RESIZE, EINVAL, (struct vmdev_resize){.memory = 0});
	REFUSED(VMDEV_RESIZE, EINVAL, (struct vmdev_resize){.memory = MIB});
	REFUSED(VMDEV_RESIZE, EINVAL, (struct vmdev_resize){.memory = 20 * MIB, .node = 8});
	REFUSED(VMDEV_RESIZE, EINVAL, (struct vmdev_resize){.memory = 20 * MIB, .zero = 1});
	REFUSED(VMDEV_RESIZE, ENOMEM, (struct vmdev_resize){.memory = 20 * MIB, .node = 7});
	REFUSED(COKERNELDEV_CORE_ADD, EINVAL, (struct cokerneldev_core){.cpu = 1000});
	REFUSED(COKERNELDEV_CORE_ADD, EINVAL, (struct cokerneldev_core){.cpu = UINT32_MAX});
	REFUSED(COKERNELDEV_CORE_REMOVE, EINVAL, (struct cokerneldev_core){.index = 1});
	REFUSED(COKERNELDEV_CORE_REMOVE, EINVAL, (struct cokerneldev_core){.index = 1u << 31});
	REFUSED(COKERNELDEV_LOG, EINVAL, (struct cokerneldev_log){.size = 2 * MIB});
	REFUSED(COKERNELDEV_LOG, EINVAL, (struct cokerneldev_log){.zero = 1});
	REFUSED(COKERNELDEV_LOG, EFAULT, (struct cokerneldev_log){.size = 100, .buffer = 8});
	REFUSED(COKERNELDEV_PROBE, EINVAL, (struct cokerneldev_probe){.limit = 10001});
	REFUSED(COKERNELDEV_VECTOR_ALLOC, EINVAL, (struct cokerneldev_vector){.core = 1});
	REFUSED(COKERNELDEV_VECTOR_ALLOC, EINVAL, (struct cokerneldev_vector){.core = UINT32_MAX});
	REFUSED(COKERNELDEV_VECTOR_FREE, ENOENT, (struct cokerneldev_vector){.id = 0});
	REFUSED(COKERNELDEV_VECTOR_SIGNAL, ENOENT, (struct cokerneldev_vector){.id = 0});
	REFUSED(COKERNELDEV_VECTOR_CONNECT, ENOENT, (struct cokerneldev_vector){.id = 99});
	REFUSED(COKERNELDEV_VECTOR_EVENT, EBADF, (struct cokerneldev_vector){.event = -1});
	REFUSED(COKERNELDEV_VECTOR_EVENT, EINVAL, (struct cokerneldev_vector){.event = 0});
	REFUSED(COKERNELDEV_ATTACH, ENOENT, (struct cokerneldev_region){.id = 0});
	REFUSED(COKERNELDEV_ATTACH, EINVAL, (struct cokerneldev_region){.flags = 2});
	REFUSED(COKERNELDEV_DETACH, ENOENT, (struct cokerneldev_region){.id = 77});
	REFUSED(VMDEV_START, EBUSY, first);
	file = manager;
	REFUSED(COKERNELDEV_OPEN, ENOENT, (uint32_t)0);
	REFUSED(COKERNELDEV_OPEN, ENOENT, (uint32_t)0xFFFFFFFF);
	REFUSED(COKERNELDEV_REGION_OPEN, ENOENT, (uint32_t)0);
	REFUSED(COKERNELDEV_REGION_REVOKE, ENOENT, (uint32_t)5);
	REFUSED(COKERNELDEV_REGION_CREATE, EINVAL, (struct cokerneldev_region){.size = 0});
	REFUSED(COKERNELDEV_REGION_CREATE, EINVAL, (struct cokerneldev_region){.size = 100});
	REFUSED(COKERNELDEV_REGION_CREATE, EINVAL, (struct cokerneldev_region){.size = 3 * MIB});
	REFUSED(COKERNELDEV_REGION_CREATE, EINVAL, (struct cokerneldev_region){.size = UINT64_MAX});
	REFUSED(COKERNELDEV_REGION_CREATE, EINVAL,
		(struct cokerneldev_region){.size = 4096, .node = 7});
	REFUSED(COKERNELDEV_REGION_CREATE, ENOMEM,
		(struct cokerneldev_region){.size = 60 * 1024 * MIB});
}

void test_errors(void)
{
	struct vmdev_start where = {.core = {1, 2, 2}};
	int file;

	check_creates();
	file = start(&(struct plan){0});
	log_says(file, "tiny: core 0"); /* there is something to be copied out */
	check_pointers(file);
	check_answers(file);
	check_values(file);
	destroy(file);
	file = open_enclave(make(&(struct plan){.vcpus = 3}));
	check(call(file, VMDEV_START, &where) == -EINVAL, "a core twice");
	where.core[2] = 0;
	check(call(file, VMDEV_START, &where) == -EBUSY, "Linux's first core");
	where.core[2] = 100;
	check(call(file, VMDEV_START, &where) == -EINVAL, "no such core");
	check(ledger().cores == 0 && sysconf(_SC_NPROCESSORS_ONLN) == 4, "cores stay taken");
	check(call(file, VMDEV_SIGNAL, &(uint32_t){2}) == -EPIPE, "a signal before it runs");
	check(call(file, VMDEV_DESTROY, NULL) == 0, "destroy");
	check(call(file, VMDEV_DESTROY, NULL) == -ENODEV && read(file, &where, 1) < 0 &&
		      errno == ENODEV,
	      "what was destroyed");
	close(file);
}

/* More cores than there are, cores of another. */
void test_busy(void)
{
	int one = start(&(struct plan){.vcpus = 2}), other;
	struct vmdev_start where = {.core = {1}};

	other = open_enclave(make(&(struct plan){.vcpus = 1}));
	check(call(other, VMDEV_START, &where) == -EBUSY, "another's core");
	where.core[0] = 3;
	check(call(other, VMDEV_START, &where) == 0, "a free one");
	check(call(one, COKERNELDEV_CORE_ADD,
		   &(struct cokerneldev_core){ENCLAVE_CORE_ANY, false}) == -EBUSY,
	      "all are taken");
	check(system("echo 1 >/sys/devices/system/cpu/cpu3/online 2>/dev/null") != 0 &&
		      state_of(other) == VMDEV_RUNNING,
	      "Linux starts a core that it has not");
	check(system("rmmod bulkhead_cokernel 2>/dev/null") != 0, "the module goes");
	destroy(one);
	destroy(other);
}

/* As a user who may not even open it. */
void test_refused(void)
{
	check(manager < 0, "the device can be opened");
}

/* As a user who may open the device: looks, and does nothing. */
void test_view(void)
{
	static unsigned char payload[8192];
	struct cokerneldev_node node;
	uint32_t id = 0;
	int file = -1;

	while (++id < 65536 && (file = open_enclave((int)id)) < 0)
		;
	check(file >= 0, "an enclave");
	check(call(manager, COKERNELDEV_NODE, &node) == 0 && node.enclaves == 1, "the ledger");
	check(state_of(file) == VMDEV_RUNNING, "its state");
	log_says(file, "tiny: core 0");
	check(call(file, VMDEV_DESTROY, NULL) == -EPERM && call(file, VMDEV_STOP, NULL) == -EPERM,
	      "stop");
	for (size_t i = 0; i < CALLS; i++)
		check(calls[i].is_open || call(calls[i].is_enclaves ? file : manager,
					       calls[i].number, payload) == -EPERM,
		      "%x is allowed", calls[i].number);
	check(read(file, &node, 1) < 0 && errno == EPERM, "read");
	check(write(file, &node, 1) < 0 && errno == EPERM, "write");
}

/* The test of that name in a process without rights. */
static void as_user(const char *name)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		if (setgroups(0, NULL) != 0 || setgid(USER) != 0 || setuid(USER) != 0)
			_exit(99);
		execl("/proc/self/exe", "cokernel-check", name, NULL);
		_exit(98);
	}
	waitpid(child, &status, 0);
	check(status == 0, "%s as a user: %x", name, (unsigned)status);
}

void test_rights(void)
{
	int file = start(&(struct plan){0});

	as_user("refused");
	check(chmod(COKERNELDEV_PATH, 0666) == 0, "chmod");
	as_user("view");
	as_user("random_calls");
	check(chmod(COKERNELDEV_PATH, 0660) == 0, "chmod");
	check(state_of(file) == VMDEV_RUNNING, "it runs on");
	destroy(file);
}
