/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What flows to and from a co-kernel: streams, signals, probes; memory and cores while it runs. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

#define STREAM_BYTES (1u << 20)
#define BROADCASTS   100
#define STORM_RINGS  2000
/* ms; the wait itself would be 10 s, twice */
#define UNANSWERED_LIMIT 9000
/* beside the numbers of calls */
#define READ  1u
#define WRITE 2u
/* of linux/userfaultfd.h, which this C library does not have */
#define UFFDIO_API      0xC018AA3Fu
#define UFFDIO_REGISTER 0xC020AA00u

static unsigned char byte_at(size_t at)
{
	return (unsigned char)(at * 31 + (at >> 8));
}

/* As much as fits, without waiting. */
static size_t send_some(int file, size_t sent)
{
	unsigned char bytes[5000];
	size_t size = STREAM_BYTES - sent < sizeof(bytes) ? STREAM_BYTES - sent : sizeof(bytes);
	ssize_t put;

	for (size_t i = 0; i < size; i++)
		bytes[i] = byte_at(sent + i);
	put = write(file, bytes, size);
	check(put > 0 || errno == EAGAIN, "write");
	return put > 0 ? (size_t)put : 0;
}

static size_t receive_some(int file, size_t received)
{
	unsigned char bytes[7000];
	ssize_t got = read(file, bytes, sizeof(bytes));

	check(got > 0 || (got < 0 && errno == EAGAIN), "read: %zd", got);
	for (ssize_t i = 0; i < got; i++)
		if (bytes[i] != byte_at(received + (size_t)i))
			return check(false, "byte %zu is wrong", received + (size_t)i);
	return got > 0 ? (size_t)got : 0;
}

void test_stream(void)
{
	int file = start(&(struct plan){0});
	size_t sent = 0, received = 0;

	fcntl(file, F_SETFL, O_NONBLOCK);
	while (received < STREAM_BYTES) {
		short events = (short)(POLLIN | (sent < STREAM_BYTES ? POLLOUT : 0));
		struct pollfd poll_file = {.fd = file, .events = events};

		if (!check(poll(&poll_file, 1, 60000) == 1, "poll: %zu sent, %zu came", sent,
			   received))
			break;
		if (poll_file.revents & POLLOUT)
			sent += send_some(file, sent);
		if (poll_file.revents & POLLIN)
			received += receive_some(file, received);
	}
	fcntl(file, F_SETFL, 0);
	check(call(file, VMDEV_STOP, NULL) == 0, "stop");
	check(read(file, &sent, sizeof(sent)) == 0, "the end");
	check(write(file, &sent, sizeof(sent)) < 0 && errno == EPIPE, "writing to what has ended");
	destroy(file);
}

void test_signals(void)
{
	int file = start(&(struct plan){.vcpus = 2});
	struct cokerneldev_probe probe = {.limit = 10000};
	uint32_t signal = 2;

	log_says(file, "tiny: core 1");
	check(call(file, VMDEV_SIGNAL, &signal) == 0, "signal");
	log_says(file, "tiny: signal 2,");
	check(eventually(call(file, COKERNELDEV_PROBE, &probe) == 0 && probe.answered == 3),
	      "probe: %x of %x", probe.answered, probe.asked);
	signal = 15;
	check(call(file, VMDEV_SIGNAL, &signal) == 0 && reaches(file, VMDEV_ENDED) &&
		      info_of(file).cause == BH_FAULT_OFF,
	      "an orderly end");
	destroy(file);
	file = start(&(struct plan){.parameters = "hang"});
	probe.limit = 200;
	log_says(file, "tiny: core 0");
	check(call(file, COKERNELDEV_PROBE, &probe) == 0 && probe.asked == 1 && probe.answered == 0,
	      "one that hangs answers");
	destroy(file);
}

/* Interrupts that Linux sends to all its cores, a switch in its code that is turned for each, and NMIs: none is an enclave's. */
void test_strays(void)
{
	int file = start(&(struct plan){.vcpus = 2});
	int code_switch = open("/proc/sys/kernel/sched_schedstats", O_WRONLY | O_CLOEXEC);
	uint32_t signal = 3;

	log_says(file, "tiny: core 1");
	for (unsigned i = 0; i < BROADCASTS; i++)
		check(write(code_switch, i & 1 ? "0" : "1", 1) == 1, "the switch");
	close(code_switch);
	check(system("echo l >/proc/sysrq-trigger") == 0, "sysrq");
	check(call(file, VMDEV_SIGNAL, &signal) == 0, "signal");
	log_says(file, "tiny: signal 3, 0 stray interrupts\n");
	destroy(file);
}

void test_resize(void)
{
	int file = start(&(struct plan){.memory = 16 * MIB});
	struct vmdev_resize resize = {.memory = 40 * MIB, .node = 1};

	check(call(file, VMDEV_RESIZE, &resize) == 0 && resize.memory == 40 * MIB, "grown to %lu",
	      resize.memory);
	check(ledger().units[0] == 8 && ledger().units[1] == 12, "the ledger: %lu and %lu",
	      ledger().units[0], ledger().units[1]);
	resize.memory = 20 * MIB;
	check(call(file, VMDEV_RESIZE, &resize) == 0 && resize.memory == 20 * MIB, "shrunk to %lu",
	      resize.memory);
	resize.memory = 2 * MIB;
	check(call(file, VMDEV_RESIZE, &resize) == 0 && resize.memory == 16 * MIB,
	      "as far as it can: %lu", resize.memory);
	check(!strstr(log_text(file), "not clear"), "memory came that was not clear");
	destroy(file);
}

void test_cores(void)
{
	int file = start(&(struct plan){0});
	struct cokerneldev_core core = {.cpu = ENCLAVE_CORE_ANY};
	struct cokerneldev_vector vector = {0};
	struct cokerneldev_cores cores;
	long status;

	for (unsigned i = 0; i < 3; i++) {
		core = (struct cokerneldev_core){.cpu = ENCLAVE_CORE_ANY};
		status = call(file, COKERNELDEV_CORE_ADD, &core);
		check(status == 0 && core.index != 0 && ledger().cores == 2, "add: %ld", status);
		check(call(file, COKERNELDEV_CORES, &cores) == 0 &&
			      cores.cores[core.index].cpu == core.cpu &&
			      cores.cores[core.index].state == COKERNEL_CORE_UP,
		      "its state");
		vector.core = core.index;
		check(call(file, COKERNELDEV_VECTOR_ALLOC, &vector) == 0, "a vector of it");
		status = call(file, COKERNELDEV_CORE_REMOVE, &core);
		check(status == 0 && ledger().cores == 1, "remove: %ld", status);
		check(call(file, COKERNELDEV_VECTOR_SIGNAL, &vector) == -ENOENT, "has gone, too");
	}
	core.index = 0;
	check(call(file, COKERNELDEV_CORE_REMOVE, &core) == -EBUSY, "the first core stays");
	core = (struct cokerneldev_core){.cpu = 0};
	check(call(file, COKERNELDEV_CORE_ADD, &core) == -EINVAL, "Linux's first core stays");
	destroy(file);
}

static int region_make(uint64_t size, struct cokerneldev_region *region)
{
	*region = (struct cokerneldev_region){.size = size, .name = "shared"};
	return (int)call(manager, COKERNELDEV_REGION_CREATE, region);
}

void test_regions(void)
{
	static const uint64_t sizes[] = {4096, 65536, 1 * MIB, 2 * MIB, 32 * MIB};
	int one = start(&(struct plan){.node = 0}), other = start(&(struct plan){.node = 1});

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct cokerneldev_region region;
		int file = region_make(sizes[i], &region);
		char *text = mmap(NULL, sizes[i], PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
		long status;

		if (!check(file >= 0 && text != MAP_FAILED, "region of %lu: %d", sizes[i], file))
			continue;
		sprintf(text, "hello %zu", i);
		text[sizes[i] - 1] = 1;
		status = call(one, COKERNELDEV_ATTACH, &region);
		check(status == 0 && strcmp(text, "tiny was here") == 0, "attach: %ld, %s", status,
		      text);
		check(call(one, COKERNELDEV_ATTACH, &region) == -EEXIST, "twice");
		region.flags = COKERNEL_REGION_READ;
		check(call(other, COKERNELDEV_ATTACH, &region) == 0, "to another");
		if (i & 1)
			check(call(one, COKERNELDEV_DETACH, &region) == 0, "detach");
		status = call(manager, COKERNELDEV_REGION_REVOKE, &region.id);
		check(status == 0 && ledger().regions == 0, "revoke: %ld", status);
		check(call(one, COKERNELDEV_ATTACH, &region) == -ENOENT, "it is no more");
		strcpy(text, "still ours");
		munmap(text, sizes[i]);
		close(file);
	}
	log_says(one, "\"shared\" in 1 pieces says hello 0");
	log_says(other, "says tiny was here");
	destroy(one);
	destroy(other);
	check(ledger().units[0] == 0 && ledger().units[1] == 0, "the ledger");
}

void test_vectors(void)
{
	int one = start(&(struct plan){.parameters = "serve vector"}),
	    other = start(&(struct plan){0});
	int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct cokerneldev_vector vector = {.core = 0}, linux_vector = {.event = event};
	uint64_t count = 0;

	/* the first was the co-kernel's own wish */
	log_says(one, "tiny: vector e1 is ours\n");
	check(call(other, COKERNELDEV_VECTOR_ALLOC, &vector) == 0 && vector.vector == 0xE1,
	      "alloc: %x", vector.vector);
	check(call(other, COKERNELDEV_VECTOR_EVENT, &linux_vector) == 0 && linux_vector.slot == 0,
	      "event");
	check(call(other, COKERNELDEV_VECTOR_SIGNAL, &vector) == 0, "signal");
	log_says(other, "tiny: vector e1 came 1 times\n");
	check(eventually(read(event, &count, sizeof(count)) == sizeof(count)),
	      "the co-kernel signals Linux");
	/* one's first target is the other's vector: what comes to one goes on to the other */
	check(call(one, COKERNELDEV_VECTOR_CONNECT, &vector) == 0 && vector.slot == 0, "connect");
	vector.id = 1;
	check(call(one, COKERNELDEV_VECTOR_ALLOC, &vector) == 0 && vector.vector == 0xE2,
	      "another");
	check(call(one, COKERNELDEV_VECTOR_SIGNAL, &vector) == 0, "signal");
	log_says(other, "tiny: vector e1 came 2 times\n");
	check(call(other, COKERNELDEV_VECTOR_FREE, &vector) == -ENOENT, "it is not its");
	check(call(one, COKERNELDEV_VECTOR_FREE, &vector) == 0, "free");
	check(call(one, COKERNELDEV_VECTOR_FREE, &vector) == -ENOENT, "twice");
	destroy(other);
	destroy(one);
	close(event);
}

static long now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* While a call waits for an answer, others look at the enclave, and whoever ends it does not wait. */
static void check_unanswered(int file)
{
	struct vmdev_resize resize = {.memory = 32 * MIB};
	struct cokerneldev_cores cores;
	struct rusage used;
	long begin = now_ms();
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		_exit(call(file, VMDEV_RESIZE, &resize) != -EPIPE);
	/* it sleeps, whatever lies in the ring */
	for (unsigned i = 0; i < 50; i++) {
		nap();
		check(state_of(file) == VMDEV_RUNNING, "its state");
		check(call(file, COKERNELDEV_CORES, &cores) == 0 && *log_text(file), "a look");
	}
	destroy(file);
	check(now_ms() - begin < UNANSWERED_LIMIT, "waited for %ld ms", now_ms() - begin);
	check(wait4(child, &status, 0, &used) == child && status == 0, "the resize: %x",
	      (unsigned)status);
	check(used.ru_stime.tv_sec == 0 && used.ru_stime.tv_usec / 1000 < (now_ms() - begin) / 2,
	      "%ld us of CPU time in %ld ms", used.ru_stime.tv_usec, now_ms() - begin);
}

/* A co-kernel that says no, or nothing, and one that ends meanwhile. */
void test_refusals(void)
{
	int file = start(&(struct plan){.parameters = "serve refuse", .vcpus = 2});
	struct vmdev_resize resize = {.memory = 20 * MIB};
	struct cokerneldev_core core = {.index = 1};
	struct cokerneldev_region region;
	int region_file = region_make(4096, &region);
	long status;

	log_says(file, "tiny: core 1");
	check(call(file, VMDEV_RESIZE, &resize) == -ENOMEM, "refused memory");
	check(call(file, COKERNELDEV_CORE_REMOVE, &core) == -EBUSY, "refused to let a core go");
	check(call(file, COKERNELDEV_ATTACH, &region) == -ECONNREFUSED, "refused a region");
	destroy(file);
	file = start(&(struct plan){.parameters = "serve mute half"});
	log_says(file, "tiny: core 0");
	status = call(file, VMDEV_RESIZE, &resize);
	check(status == -ETIMEDOUT, "one that says nothing: %ld", status);
	check_unanswered(file);
	check(ledger().units[0] == 0 && ledger().units[1] == 0, "the ledger: %lu %lu",
	      ledger().units[0], ledger().units[1]);
	call(manager, COKERNELDEV_REGION_REVOKE, &region.id);
	close(region_file);
}

/* Memory of ours that does not come when the kernel touches it: userfaultfd(2), whose faults nobody answers. */
static void *memory_that_never_comes(void)
{
	struct {
		uint64_t api, features, calls;
	} api = {.api = 0xAA};
	struct {
		uint64_t start, size, mode, calls;
	} range = {.size = 4096, .mode = 1};
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

	range.start = (uint64_t)memory;
	check(call(faults, UFFDIO_API, &api) == 0 && call(faults, UFFDIO_REGISTER, &range) == 0,
	      "userfaultfd");
	return memory;
}

static pid_t look_slowly(int file, unsigned number)
{
	pid_t child = fork();
	struct cokerneldev_log log = {.size = 100};

	if (child != 0)
		return child;
	log.buffer = (uint64_t)memory_that_never_comes();
	if (number == READ)
		(void)!read(file, (void *)log.buffer, log.size);
	else if (number == WRITE)
		(void)!write(file, (void *)log.buffer, log.size);
	else
		call(file, number, number == COKERNELDEV_LOG ? &log : (void *)log.buffer);
	_exit(0);
}

static bool has_bytes(int file)
{
	struct pollfd one = {.fd = file, .events = POLLIN};

	return poll(&one, 1, 0) == 1;
}

/* Whoever looks, or moves bytes, cannot keep others from ending what he has open. */
void test_slow_memory(void)
{
	int file = start(&(struct plan){0});
	pid_t children[] = {look_slowly(file, COKERNELDEV_LOG), look_slowly(file, VMDEV_INFO),
			    look_slowly(file, COKERNELDEV_PROBE), look_slowly(file, WRITE), 0};

	log_says(file, "tiny: core 0");
	/* it sends them back, to the one that reads */
	check(write(file, "bytes", 5) == 5 && eventually(has_bytes(file)), "bytes");
	children[4] = look_slowly(file, READ);
	check(eventually(!has_bytes(file)), "they are read");
	for (unsigned i = 0; i < 20; i++)
		nap();
	destroy(file);
	for (size_t i = 0; i < sizeof(children) / sizeof(children[0]); i++) {
		check(waitpid(children[i], NULL, WNOHANG) == 0, "it does not wait");
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
}

/* Rings full of nonsense, and doorbells without end. */
void test_storms(void)
{
	int file = start(&(struct plan){.parameters = "storm"});
	struct vmdev_resize resize = {.memory = 20 * MIB};
	long status, before = interrupts_of("bulkhead-enclave");
	char bytes[100];

	for (unsigned i = 0; i < 20; i++) {
		nap();
		fcntl(file, F_SETFL, O_NONBLOCK);
		(void)!read(file, bytes, sizeof(bytes));
		(void)!write(file, bytes, sizeof(bytes));
		(void)log_text(file);
	}
	check(eventually(interrupts_of("bulkhead-enclave") - before > STORM_RINGS), "%ld rings",
	      interrupts_of("bulkhead-enclave") - before);
	status = call(file, VMDEV_RESIZE, &resize);
	check(status == -EIO || status == -ETIMEDOUT || status == -ENOMEM || status == 0 ||
		      status == -EPIPE,
	      "resize: %ld", status);
	destroy(file);
}
