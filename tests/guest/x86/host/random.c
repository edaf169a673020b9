/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls at random, as whoever we are, CALLS of the environment or some; and each place of the module that can fail made to fail in turn. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

#define CALLS       20000
#define USER_CALLS  100000 /* most are refused at once */
#define CROWD       4
#define RENEW_STEP  500 /* calls */
#define SLOW_CHANCE 40  /* one in so many of those that take cores or memory */
#define PLACES_MAX  1000

static const unsigned quick[] = {
	COKERNELDEV_NODE,
	COKERNELDEV_MEMORY,
	COKERNELDEV_OPEN,
	COKERNELDEV_REGION_OPEN,
	COKERNELDEV_REGION_REVOKE,
	VMDEV_INFO,
	VMDEV_FAULT,
	VMDEV_COUNTERS,
	VMDEV_SIGNAL,
	VMDEV_DIGEST,
	COKERNELDEV_CORES,
	COKERNELDEV_LOG,
	COKERNELDEV_REPORT,
	COKERNELDEV_VCPU,
	COKERNELDEV_VECTOR_ALLOC,
	COKERNELDEV_VECTOR_FREE,
	COKERNELDEV_VECTOR_SIGNAL,
	COKERNELDEV_DETACH,
	COKERNELDEV_VECTOR_CONNECT,
	VMDEV_PLACE,
};
/* These need little luck: some go well whoever calls, some when we may make enclaves. */
static const unsigned looks[] = {COKERNELDEV_NODE, VMDEV_INFO, VMDEV_DIGEST, COKERNELDEV_REPORT};
static const unsigned changes[] = {VMDEV_CREATE, VMDEV_STOP, VMDEV_SIGNAL,
				   COKERNELDEV_VECTOR_ALLOC};
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
static const unsigned slow[] = {
	VMDEV_CREATE,
	VMDEV_START,
	VMDEV_STOP,
	VMDEV_DESTROY,
	VMDEV_RESIZE,
	COKERNELDEV_CORE_ADD,
	COKERNELDEV_PROBE,
	COKERNELDEV_CORE_REMOVE,
	COKERNELDEV_REGION_CREATE,
	COKERNELDEV_ATTACH,
	COKERNELDEV_VECTOR_EVENT,
};
static const int errors[] = {0,      EPERM,   ENOENT,       EINTR,     EIO,    ENXIO,
			     EBADF,  EAGAIN,  ENOMEM,       EFAULT,    EBUSY,  EEXIST,
			     ENODEV, EINVAL,  ENFILE,       EMFILE,    ENOTTY, ENOSPC,
			     EPIPE,  ENOEXEC, ECONNREFUSED, ETIMEDOUT, EACCES, ENODATA};

static uint64_t state = 88172645463325252ull;

static uint64_t random_number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* What is likely to mean something, more often than not. */
static uint64_t random_word(void)
{
	static const uint64_t words[] = {0,      1,          2,    3,       7,       31,
					 0xFFFF, 0xFFFFFFFF, 4096, 2 * MIB, 12 * MIB};
	uint64_t number = random_number();

	if (number % 4 == 0)
		return random_number();
	return words[number / 4 % (sizeof(words) / sizeof(words[0]))];
}

static void fill(unsigned char *payload, unsigned number)
{
	if (number == VMDEV_CREATE && random_number() % 2) {
		describe((struct vmdev_create *)payload, &(struct plan){.memory = 8 * MIB});
		if (random_number() % 2)
			payload[random_number() % 700] = (unsigned char)random_number();
		return;
	}
	memset(payload, 0, 8192);
	for (unsigned i = 0; i < 24; i++) {
		if (random_number() % 2)
			((uint64_t *)payload)[i] = random_word();
		else
			((uint32_t *)payload)[2 * i] = (uint32_t)random_word();
	}
}

static bool all_went_well(const unsigned *numbers, const unsigned *done, size_t count)
{
	bool is_well = true;

	for (size_t i = 0; i < count; i++)
		is_well = check(done[i] > 0, "%x was refused each time", numbers[i]) && is_well;
	return is_well;
}

static size_t place_of(const unsigned *numbers, size_t count, unsigned number)
{
	size_t at = 0;

	while (at < count && numbers[at] != number)
		at++;
	return at;
}

static bool is_defined(long status)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (status >= 0 || status == -errors[i])
			return true;
	return false;
}

/* Ids ascend; one that lives is opened now and then in place of one that was. */
static void refresh(int *files, size_t count)
{
	size_t i = random_number() % count;
	int file = open_enclave((int)(random_number() % 200));

	if (file < 0)
		return;
	if (files[i] >= 0)
		close(files[i]);
	files[i] = file;
}

/* One that runs and one that could, again and again: most that is open has been destroyed before long. */
static void renew(int *files)
{
	if (state_of(files[0]) == VMDEV_NONE) {
		close(files[0]);
		files[0] = open_enclave(make(&(struct plan){0}));
		call(files[0], VMDEV_START,
		     &(struct vmdev_start){
			     .core = {[0 ... VMDEV_VCPUS_MAX - 1] = ENCLAVE_CORE_ANY}});
	}
	if (state_of(files[1]) == VMDEV_NONE) {
		close(files[1]);
		files[1] = open_enclave(make(&(struct plan){.memory = 8 * MIB}));
	}
}

static void clean(void)
{
	for (int id = 1; id < 65536 && ledger().enclaves > 0; id++) {
		int file = open_enclave(id);

		if (file >= 0)
			destroy(file);
	}
	for (uint32_t id = 1; id < 65536 && ledger().regions > 0; id++)
		call(manager, COKERNELDEV_REGION_REVOKE, &id);
}

/* `renews`: whether we may make enclaves. */
static bool call_randomly(unsigned calls, bool renews)
{
	bool is_well = true;
	static unsigned char payload[16384] __attribute__((aligned(4096)));
	int files[4] = {-1, -1, -1, -1};
	unsigned done[2] = {0, 0}, looked[COUNT(looks) + 1] = {0},
		 changed[COUNT(changes) + 1] = {0};

	for (unsigned i = 0; i < calls; i++) {
		bool is_slow = random_number() % SLOW_CHANCE == 0;
		unsigned number =
			is_slow ? slow[random_number() % (sizeof(slow) / sizeof(slow[0]))]
				: quick[random_number() % (sizeof(quick) / sizeof(quick[0]))];
		int file = random_number() % 3 ? files[random_number() % 4] : manager;
		long status;

		if (random_number() % 64 == 0)
			number = (unsigned)random_number();
		fill(payload, number);
		if (random_number() % 32 == 0)
			refresh(files + 2, 2);
		if (renews && i % RENEW_STEP == 0)
			renew(files);
		status = call(file < 0 ? manager : file, number,
			      random_number() % 32 ? payload : (void *)random_word());
		is_well = check(is_defined(status), "%x: %ld", number, status) && is_well;
		done[status >= 0]++;
		looked[place_of(looks, COUNT(looks), number)] += status >= 0;
		changed[place_of(changes, COUNT(changes), number)] += status >= 0;
		/* OPEN and others gave a file */
		if (status > manager && status != files[0] && status != files[1] &&
		    status != files[2] && status != files[3])
			close((int)status);
	}
	printf("%u calls refused, %u done\n", done[0], done[1]);
	for (unsigned i = 0; i < 4; i++)
		close(files[i]);
	return all_went_well(looks, looked, COUNT(looks)) &&
	       (!renews || calls < CALLS || all_went_well(changes, changed, COUNT(changes))) &&
	       is_well;
}

static unsigned calls_wanted(unsigned otherwise)
{
	const char *wanted = getenv("CALLS");

	return wanted ? (unsigned)strtoul(wanted, NULL, 10) : otherwise;
}

static void check_clean(void)
{
	clean();
	check(ledger().enclaves == 0 && ledger().regions == 0 && ledger().cores == 0 &&
		      ledger().units[0] == 0 && ledger().units[1] == 0,
	      "something stays");
}

void test_random_calls(void)
{
	bool is_root = geteuid() == 0;

	call_randomly(calls_wanted(is_root ? CALLS : USER_CALLS), is_root);
	if (is_root)
		check_clean();
}

/* The same by several at once, on each other's enclaves. */
void test_crowd(void)
{
	int status = 0;

	for (unsigned i = 0; i < CROWD; i++) {
		if (fork() != 0)
			continue;
		state += i;
		_exit(!call_randomly(calls_wanted(CALLS) / CROWD, true));
	}
	for (unsigned i = 0; i < CROWD; i++)
		check(wait(&status) > 0 && status == 0, "one of the crowd: %x", (unsigned)status);
	check_clean();
}

/* A core that goes is Linux's; then it comes again, by its other CPU first if it has one: whatever failed, what the enclave has answers. */
static void move_core(int file, struct cokerneldev_core core)
{
	struct cokerneldev_core other = {.cpu = core.cpu ^ 1}, any = {.cpu = ENCLAVE_CORE_ANY};
	struct cokerneldev_probe probe = {.limit = 10000};
	struct cokerneldev_node node = {0};
	long status = call(file, COKERNELDEV_CORE_REMOVE, &core);

	/* one that has left its co-kernel waits for another attempt */
	if (status < 0)
		status = call(file, COKERNELDEV_CORE_REMOVE, &core);
	if (status == 0 && call(manager, COKERNELDEV_NODE, &node) == 0)
		check(node.cpus[core.cpu].owner == 0, "core %u has not gone", core.cpu);
	call(file, COKERNELDEV_CORE_ADD, &other);
	call(file, COKERNELDEV_CORE_ADD, &any);
	if (call(file, COKERNELDEV_PROBE, &probe) == 0)
		check(probe.answered == probe.asked, "probe: %x of %x", probe.answered,
		      probe.asked);
}

/* All that the module does, once; any of it may fail. */
static void use_everything(void)
{
	struct vmdev_start where = anywhere();
	struct vmdev_resize resize = {.memory = 12 * MIB};
	struct cokerneldev_core core = {.cpu = ENCLAVE_CORE_ANY};
	struct cokerneldev_region region = {.size = 4096}, large = {.size = 4 * MIB};
	struct cokerneldev_vector vector = {0},
				  event = {.event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
	int again, id = make(&(struct plan){.memory = 8 * MIB, .vcpus = 2}), file;
	int region_file = (int)call(manager, COKERNELDEV_REGION_CREATE, &region);
	int large_file = (int)call(manager, COKERNELDEV_REGION_CREATE, &large);

	file = open_enclave(id);
	call(file, VMDEV_START, &where);
	call(file, VMDEV_RESIZE, &resize);
	call(file, COKERNELDEV_CORE_ADD, &core);
	call(file, COKERNELDEV_ATTACH, &region);
	call(file, COKERNELDEV_ATTACH, &large);
	call(file, COKERNELDEV_VECTOR_ALLOC, &vector);
	call(file, COKERNELDEV_VECTOR_CONNECT, &vector);
	call(file, COKERNELDEV_VECTOR_EVENT, &event);
	again = (int)call(manager, COKERNELDEV_REGION_OPEN, &region.id);
	(void)log_text(file);
	fcntl(file, F_SETFL, O_NONBLOCK);
	(void)!write(file, &vector, sizeof(vector));
	(void)!read(file, &vector, sizeof(vector));
	move_core(file, core);
	call(file, COKERNELDEV_DETACH, &region);
	call(file, VMDEV_DESTROY, NULL);
	close(file);
	close(region_file);
	close(large_file);
	close(again);
	close(event.event);
}

void test_injected(void)
{
	struct resources before;
	int place, left = 0;

	use_everything();
	clean();
	before = resources();
	for (place = 1; place < PLACES_MAX && left == 0; place++) {
		set_parameter("inject", place);
		use_everything();
		left = parameter("inject");
		set_parameter("inject", 0);
		clean();
		if (!check(ledger().cores == 0 && ledger().units[0] == 0 &&
				   ledger().units[1] == 0 &&
				   sysconf(_SC_NPROCESSORS_ONLN) == before.cpus,
			   "place %d: something stays", place))
			break;
	}
	check(left > 0 && place > 20, "%d places", place);
	check_free(&before);
	printf("%d places made to fail\n", place - 2);
}
