/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The login VM's ends and starts with a fake of the machine and of time: how long the control task waits for what, when it gives up, and
 * that the node then goes on as long as a job runs.
 */
#include "unit.h"
#include <bulkhead/smccc.h>
#include <stdarg.h>
#include <string.h>
#include <user/hvlog.h>
#include <user/io.h>
#include <user/login.h>
#include <user/report.h>
#include <user/vm_node.h>

#define HZ    1000u
#define LOGIN 2
#define FILE  7
#define SOON  3u /* seconds that a kernel lives that dies at once */
#define LOADS 7u /* ticks that loading takes */

enum kind { DIES, HANGS_EARLY, HANGS, LIVES };

static struct {
	uint64_t now;
	/* the login VM's kernel */
	enum kind kind;
	bool listens, has_ended, is_told; /* of its end, by poll */
	uint32_t cause;
	uint64_t function;                   /* of PSCI, by which it turned off */
	uint64_t started, calls, dies_after; /* ticks */
	unsigned starts, reloads, stops;
	struct vm_task *task; /* under way */
	uint64_t start_at[16];
	/* jobs */
	bool is_busy;
	int channel; /* the file that the server has; -1: no login VM */
	char said[4096];
} fake;

/* --- the machine --- */

static uint64_t fake_now(void)
{
	return fake.now;
}

static int fake_open(int vm)
{
	assert_int_equal(vm, LOGIN);
	return FILE;
}

static int fake_start(int file, const uint16_t *cores)
{
	assert_int_equal(file, FILE);
	assert_int_equal(cores[0], 1);
	/* a kernel that has ended is loaded before it is started again */
	assert_int_equal(fake.reloads, fake.starts);
	assert_true(fake.starts < 16);
	fake.start_at[fake.starts++] = fake.now;
	fake.started = fake.now;
	fake.has_ended = false;
	fake.is_told = false;
	fake.listens = fake.kind == HANGS || fake.kind == LIVES;
	return 0;
}

static void end(uint32_t cause)
{
	fake.has_ended = true;
	fake.cause = cause;
	fake.listens = false;
}

static int fake_stop(int file)
{
	assert_int_equal(file, FILE);
	fake.stops++;
	end(BH_FAULT_STOPPED);
	return 0;
}

static void fake_begin(struct vm_task *task)
{
	assert_null(fake.task);
	fake.task = task;
}

static int fake_reload(int file)
{
	assert_int_equal(file, FILE);
	assert_true(fake.has_ended);
	fake.reloads++;
	return 0;
}

static int fake_bell(int file)
{
	assert_int_equal(file, FILE);
	fake.calls += fake.kind == LIVES;
	return fake.listens ? 0 : -11;
}

static int fake_info(int file, struct vmdev_info *info)
{
	assert_int_equal(file, FILE);
	*info = (struct vmdev_info){.state = fake.has_ended ? VMDEV_ENDED : VMDEV_RUNNING,
				    .cause = fake.cause,
				    .counter_hz = HZ};
	return 0;
}

static int fake_counters(int file, uint16_t vcpu, struct bh_counters *counters)
{
	assert_int_equal(file, FILE);
	*counters = (struct bh_counters){.vcpu = vcpu};
	counters->exits[BH_EXIT_FFA] = fake.calls;
	return 0;
}

static int fake_fault(int file, struct bh_fault *fault)
{
	assert_int_equal(file, FILE);
	*fault = (struct bh_fault){.cause = fake.cause, .x = {fake.function}};
	return 0;
}

const struct vm_layer *vm_node_layer(void)
{
	static const struct vm_layer layer = {
		.counter_hz = HZ,
		.open = fake_open,
		.start = fake_start,
		.stop = fake_stop,
		.reload = fake_reload,
		.begin = fake_begin,
		.bell = fake_bell,
		.info = fake_info,
		.counters = fake_counters,
		.fault = fake_fault,
		.now = fake_now,
	};

	return &layer;
}

/* --- the rest of the control task --- */

static struct server *const the_server = (struct server *)&fake;

struct server *server_get(const struct vm_layer *layer)
{
	(void)layer;
	return the_server;
}

void server_reserve(struct server *server, const uint16_t *cores, size_t count)
{
	(void)server;
	(void)cores;
	(void)count;
}

void server_login(struct server *server, int login)
{
	assert_ptr_equal(server, the_server);
	fake.channel = login;
}

size_t server_poll(struct server *server, struct pollfd *polls)
{
	(void)server;
	polls[0] = (struct pollfd){.fd = fake.channel, .events = POLLIN};
	return 1;
}

void server_serve(struct server *server, const struct pollfd *polls, size_t count)
{
	(void)server;
	(void)polls;
	(void)count;
}

bool server_is_busy(const struct server *server)
{
	(void)server;
	return fake.is_busy;
}

void server_event(struct server *server, const char *text)
{
	(void)server;
	strcat(fake.said, text);
	strcat(fake.said, "\n");
	assert_true(strlen(fake.said) < sizeof(fake.said) / 2);
}

void server_log(struct server *server, uint16_t vm, const char *line, size_t size)
{
	(void)server;
	(void)vm;
	(void)line;
	(void)size;
}

void hvlog_drain_to(void (*line)(const char *text, size_t size))
{
	(void)line;
}

void report_end(uint16_t vm, int fd)
{
	assert_int_equal(vm, LOGIN);
	assert_int_equal(fd, FILE);
	assert_true(fake.has_ended);
}

void report_counters(uint16_t vm, int fd)
{
	(void)vm;
	(void)fd;
}

void io_log(const char *format, ...)
{
	(void)format;
}

/* --- time --- */

/* Waits as the control task does, until something is due or the kernel ends by itself; what login_serve says. */
static bool turn(void)
{
	const struct timespec *timeout = login_timeout();
	uint64_t next = UINT64_MAX, death = UINT64_MAX;
	struct pollfd polls[SERVER_POLLS];
	size_t count = login_poll(polls);

	if (timeout)
		next = fake.now + (uint64_t)timeout->tv_sec * HZ +
		       (uint64_t)timeout->tv_nsec / (1000000000 / HZ);
	if (!fake.has_ended && fake.dies_after)
		death = fake.started + fake.dies_after;
	if (fake.has_ended && !fake.is_told && fake.channel >= 0) {
		next = fake.now;
	} else if (death < next) {
		next = death;
		end(fake.cause);
	}
	if (fake.task) {
		/* nothing else is waited for meanwhile */
		assert_true(next == UINT64_MAX);
		next = fake.now + LOADS;
		vm_task_run(vm_node_layer(), fake.task);
		fake.task = NULL;
	}
	assert_true(next != UINT64_MAX);
	fake.now = next;
	if (fake.has_ended && fake.channel >= 0 && count > 0) {
		polls[0].revents = POLLHUP;
		fake.is_told = true;
	}
	return login_serve(polls, count);
}

static void begin(enum kind kind, uint16_t watchdog)
{
	struct config_vm vm = {
		.vm = LOGIN, .is_login = true, .vcpus = 1, .watchdog = watchdog, .start = {{1}}};

	memset(&fake, 0, sizeof(fake));
	fake.now = 12345;
	fake.kind = kind;
	fake.cause = BH_FAULT_OFF;
	fake.function = PSCI_SYSTEM_RESET;
	fake.dies_after = kind == DIES ? SOON * HZ : 0;
	assert_int_equal(login_start(&vm), 0);
}

static bool was_said(const char *text)
{
	return strstr(fake.said, text) != NULL;
}

/* From a start to the next, in seconds */
static unsigned between(unsigned start)
{
	return (unsigned)((fake.start_at[start + 1] - fake.start_at[start]) / HZ);
}

/* --- tests --- */

static const char given_up[] = "is not started again; the node ends after its jobs.";

static void test_dies_at_once(void **state)
{
	(void)state;
	begin(DIES, 60);
	while (turn())
		continue;
	assert_int_equal(fake.starts, 6);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(between(i), SOON + (1u << i));
	assert_true(was_said(given_up));
	assert_int_equal(fake.stops, 0);
	assert_int_equal(fake.channel, -1);
}

static void test_jobs_go_on(void **state)
{
	struct pollfd polls[SERVER_POLLS];

	(void)state;
	begin(DIES, 60);
	fake.is_busy = true;
	while (!was_said(given_up))
		assert_true(turn());
	assert_int_equal(fake.starts, 6);
	/* nothing is due any more: jobs alone wake it */
	assert_null(login_timeout());
	for (unsigned i = 0; i < 10; i++)
		assert_true(login_serve(polls, login_poll(polls)));
	fake.is_busy = false;
	assert_false(login_serve(polls, login_poll(polls)));
	assert_int_equal(login_poll(polls), 0);
	assert_true(login_serve(polls, 0));
	assert_int_equal(fake.starts, 6);
}

static void test_turns_off(void **state)
{
	(void)state;
	begin(DIES, 60);
	fake.function = PSCI_SYSTEM_OFF;
	assert_false(turn());
	assert_int_equal(fake.starts, 1);
	assert_string_equal(fake.said, "");
}

/* It answered for long before it died: that is no try in a row. */
static void test_lived(void **state)
{
	(void)state;
	begin(LIVES, 60);
	fake.dies_after = 100 * HZ;
	while (fake.starts < 12)
		assert_true(turn());
	for (unsigned i = 0; i < 11; i++)
		assert_int_equal(between(i), 100 + 1);
	assert_int_equal(fake.stops, 0);
}

/* Nobody looks at it; its age is what is known. */
static void test_without_watchdog(void **state)
{
	(void)state;
	begin(HANGS, 0);
	assert_null(login_timeout());
	fake.dies_after = 100 * HZ;
	while (fake.starts < 12)
		assert_true(turn());
	begin(DIES, 0);
	while (turn())
		continue;
	assert_int_equal(fake.starts, 6);
}

/* A hung kernel grows old, too: that must not pass for a life. */
static void test_hangs(void **state)
{
	(void)state;
	begin(HANGS, 60);
	while (turn())
		continue;
	assert_int_equal(fake.starts, 6);
	assert_int_equal(fake.stops, 6);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(between(i), 70 + (1u << i));
	assert_true(was_said("The login VM does not answer any more and is ended.\n"));
	assert_true(was_said(given_up));
}

static void test_hangs_before_it_listens(void **state)
{
	(void)state;
	begin(HANGS_EARLY, 60);
	while (turn())
		continue;
	assert_int_equal(fake.starts, 6);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(between(i), 600 + (1u << i));
	assert_true(
		was_said("The login VM has not opened its channel for too long and is ended.\n"));
	assert_true(was_said(given_up));
}

/* One that works, hangs, and works again */
static void test_hangs_once(void **state)
{
	(void)state;
	begin(LIVES, 12);
	for (unsigned i = 0; i < 100; i++)
		assert_true(turn());
	assert_string_equal(fake.said, "");
	fake.kind = HANGS;
	while (fake.stops == 0)
		assert_true(turn());
	fake.kind = LIVES;
	for (unsigned i = 0; i < 100; i++)
		assert_true(turn());
	assert_int_equal(fake.starts, 2);
	assert_int_equal(fake.stops, 1);
	assert_int_equal(fake.channel, FILE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dies_at_once),
		cmocka_unit_test(test_jobs_go_on),
		cmocka_unit_test(test_turns_off),
		cmocka_unit_test(test_lived),
		cmocka_unit_test(test_without_watchdog),
		cmocka_unit_test(test_hangs),
		cmocka_unit_test(test_hangs_before_it_listens),
		cmocka_unit_test(test_hangs_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
