/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Answers that come when nobody waits for them any more, and cores that do not answer at all. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

#define A_WHILE 50u /* naps */

static void wait_a_while(void)
{
	for (unsigned i = 0; i < A_WHILE; i++)
		nap();
}

static unsigned signals_said(int file)
{
	unsigned count = 0;

	for (const char *at = log_text(file); (at = strstr(at, "tiny: signal 1,")); at++)
		count++;
	return count;
}

/* The co-kernel's: whether it answers, and its cores come (tiny/serve.c). */
static void turn(int file)
{
	unsigned before = signals_said(file);

	check(call(file, VMDEV_SIGNAL, &(uint32_t){1}) == 0 &&
		      eventually(signals_said(file) == before + 1),
	      "signal");
}

static uint32_t core_state(int file, uint32_t index)
{
	struct cokerneldev_cores cores = {0};

	check(call(file, COKERNELDEV_CORES, &cores) == 0, "CORES");
	return cores.cores[index].state;
}

static bool is_used(int file, uint32_t index)
{
	struct cokerneldev_cores cores = {0};

	return call(file, COKERNELDEV_CORES, &cores) == 0 &&
	       cores.cores[index].cpu != COKERNELDEV_INDEX_ANY;
}

static pid_t begin(int file, unsigned number, struct cokerneldev_core core)
{
	pid_t child = fork();

	if (child == 0)
		_exit(call(file, number, &core) != 0);
	return child;
}

static void kill_it(pid_t child)
{
	int status = 0;

	check(kill(child, SIGKILL) == 0 && waitpid(child, &status, 0) == child &&
		      WIFSIGNALED(status),
	      "it did not wait: %x", (unsigned)status);
}

/* Whoever asked for a core to come or to go is killed before the co-kernel answers. What it does then is not undone, nor asked for again. */
void test_interrupted(void)
{
	int file = start(&(struct plan){.parameters = "serve late", .vcpus = 2});
	struct cokerneldev_core any = {.cpu = ENCLAVE_CORE_ANY}, last = {.index = 2};
	long status;
	int result = 0;
	pid_t child;

	child = begin(file, COKERNELDEV_CORE_ADD, any);
	wait_a_while();
	check(ledger().cores == 2, "another core comes while the tables are in use");
	kill_it(child);
	turn(file);
	log_says(file, "tiny: core 1");
	turn(file);
	child = begin(file, COKERNELDEV_CORE_ADD, any);
	check(eventually(core_state(file, 2) == COKERNEL_CORE_ENTERED), "it enters");
	kill_it(child);
	turn(file);
	check(eventually(core_state(file, 2) == COKERNEL_CORE_UP) && is_used(file, 2) &&
		      ledger().cores == 3,
	      "it comes: state %u, %u cores", core_state(file, 2), ledger().cores);
	turn(file);
	child = begin(file, COKERNELDEV_CORE_REMOVE, last);
	wait_a_while();
	kill_it(child);
	turn(file);
	check(eventually(core_state(file, 2) == COKERNEL_CORE_DOWN), "it goes");
	status = call(file, COKERNELDEV_CORE_REMOVE, &last);
	check(status == 0 && ledger().cores == 2, "what has gone is taken: %ld", status);
	/* a signal does not wait for who waits for the co-kernel */
	turn(file);
	child = begin(file, COKERNELDEV_CORE_ADD, any);
	wait_a_while();
	turn(file);
	check(waitpid(child, &result, 0) == child && result == 0, "it comes: %d", result);
	destroy(file);
}

/* Nobody waits any more for a core that is to come: it comes, and is the co-kernel's. */
void test_late_core(void)
{
	int file = start(&(struct plan){.parameters = "serve late"});
	struct cokerneldev_core any = {.cpu = ENCLAVE_CORE_ANY}, second = {.index = 1};
	struct cokerneldev_probe probe = {.limit = 10000};
	long status;

	log_says(file, "tiny: core 0");
	status = call(file, COKERNELDEV_CORE_ADD, &any);
	check(status == -ETIMEDOUT && ledger().cores == 2 && is_used(file, 1), "add: %ld", status);
	turn(file);
	check(eventually(core_state(file, 1) == COKERNEL_CORE_UP), "it comes");
	status = call(file, COKERNELDEV_PROBE, &probe);
	check(status == 0 && probe.answered == 3, "probe: %x of %x", probe.answered, probe.asked);
	status = call(file, COKERNELDEV_CORE_REMOVE, &second);
	check(status == 0 && ledger().cores == 1, "remove: %ld", status);
	destroy(file);
}

/* With a build for tests: it ends while Linux falls asleep, when no core is stopped; it is tried again. */
void test_too_early(void)
{
	int file = start(&(struct plan){0});

	log_says(file, "tiny: core 0");
	/* the first place is the call's, the second says that Linux sleeps */
	set_parameter("inject", 2);
	check(call(file, VMDEV_SIGNAL, &(uint32_t){15}) == 0, "its end");
	check(eventually(parameter("inject") == 0) && reaches(file, VMDEV_ENDED), "not stopped");
	destroy(file);
}

/* With a build for tests, whose parameter `deaf` has cores find that another is meant. */
void test_deaf(void)
{
	struct vmdev_start where = {.core = {2}};
	int file = open_enclave(make(&(struct plan){0}));

	set_parameter("deaf", 1);
	check(call(file, VMDEV_START, &where) == -ETIMEDOUT && ledger().cores == 0,
	      "a core acknowledges for another");
	set_parameter("deaf", 0);
	check(call(file, VMDEV_START, &where) == 0, "start");
	log_says(file, "tiny: core 0");
	set_parameter("deaf", 1);
	check(call(file, VMDEV_SIGNAL, &(uint32_t){15}) == 0, "its end");
	check(call(file, VMDEV_STOP, NULL) == -ETIMEDOUT, "one whose core does not answer");
	set_parameter("deaf", 0);
	wait_a_while();
	check(state_of(file) == VMDEV_RUNNING, "another attempt that nobody asked for");
	check(call(file, VMDEV_STOP, NULL) == 0 && state_of(file) == VMDEV_ENDED, "stop");
	destroy(file);
}
