/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The login VM. Its file carries the channel (bulkhead/channel.h). When it ends otherwise than by turning itself off it is loaded and started
 * again, after a pause that doubles; jobs go on meanwhile. One that hangs is ended. There is a limit, which a Linux that lives for a while resets.
 */
#include <bulkhead/smccc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <user/hvlog.h>
#include <user/io.h>
#include <user/liveness.h>
#include <user/login.h>
#include <user/report.h>
#include <user/vm_node.h>

/* pauses of 1, 2, 4, 8 and 16 seconds */
#define TRIES_MAX     5u
#define LIVES_SECONDS 60u

static struct {
	int file; /* -1: none, or it has ended for good */
	uint16_t vm;
	struct vmdev_start start;
	uint16_t vcpus;
	struct server *server;
	struct liveness liveness;
	uint64_t period; /* counter: between two looks at it; 0: there are none */
	/* counter; 0: not at all */
	uint64_t look; /* when to look again */
	uint64_t due;  /* when it is started again, having ended */
	uint64_t started;
	uint64_t answered; /* when it last did */
	struct vm_task reload;
	unsigned tries; /* in a row */
	bool given_up;  /* the node goes on for its jobs */
} login = {.file = -1};

/* "vm 3: text" */
static void take_log_line(const char *line, size_t size)
{
	char text[256];
	char *end;
	unsigned long vm;

	if (size >= sizeof(text) - 1)
		size = sizeof(text) - 2;
	memcpy(text, line, size);
	text[size] = '\n';
	text[size + 1] = '\0';
	if (strncmp(text, "vm ", 3) != 0)
		return;
	vm = strtoul(text + 3, &end, 10);
	if (vm <= UINT16_MAX && strncmp(end, ": ", 2) == 0)
		server_log(login.server, (uint16_t)vm, end + 2, strlen(end + 2));
}

static uint64_t seconds_from_now(unsigned seconds)
{
	const struct vm_layer *layer = vm_node_layer();

	return layer->now() + layer->counter_hz * seconds;
}

static void plan_look(void)
{
	login.look = login.period != 0 ? vm_node_layer()->now() + login.period : 0;
}

/* It has been started. */
static void attend(void)
{
	login.started = vm_node_layer()->now();
	login.answered = 0;
	plan_look();
	liveness_begin(&login.liveness, login.vcpus);
	server_login(login.server, login.file);
}

int login_start(const struct config_vm *vm)
{
	static const uint16_t control_core[] = {CONTROL_CORE};
	const struct vm_layer *layer = vm_node_layer();
	int status;

	login = (typeof(login)){
		.file = layer->open(vm->vm),
		.vm = vm->vm,
		.vcpus = vm->vcpus,
		.start = vm->start,
		.server = server_get(layer),
		.period = layer->counter_hz * vm->watchdog / LIVENESS_LIMIT,
	};
	if (login.file < 0)
		return login.file;
	status = layer->start(login.file, vm->start.core);
	if (status != 0)
		return status;
	server_reserve(login.server, control_core, 1);
	server_reserve(login.server, vm->start.core, vm->vcpus);
	attend();
	return 0;
}

size_t login_poll(struct pollfd *polls)
{
	return login.file >= 0 ? server_poll(login.server, polls) : 0;
}

const struct timespec *login_timeout(void)
{
	static struct timespec left;
	const struct vm_layer *layer = vm_node_layer();
	uint64_t next = login.due != 0 ? login.due : login.look, now, ticks;

	if (next == 0)
		return NULL;
	now = layer->now();
	ticks = next > now ? next - now : 0;
	left.tv_sec = (time_t)(ticks / layer->counter_hz);
	left.tv_nsec = (long)(ticks % layer->counter_hz * 1000000000 / layer->counter_hz);
	return &left;
}

static bool has_ended(struct vmdev_info *info)
{
	return vm_node_layer()->info(login.file, info) != 0 || info->state >= VMDEV_ENDED;
}

static bool has_turned_off(const struct vmdev_info *info)
{
	struct bh_fault fault;

	return info->cause == BH_FAULT_OFF && vm_node_layer()->fault(login.file, &fault) == 0 &&
	       (uint32_t)fault.x[0] == PSCI_SYSTEM_OFF;
}

static void plan_restart(void)
{
	login.due = 0;
	if (login.tries == TRIES_MAX) {
		login.given_up = true;
		server_event(
			login.server,
			"The login VM ended too often and is not started again; the node ends after its jobs.");
		return;
	}
	server_event(login.server, "The login VM has ended and is started again; jobs go on.");
	login.due = seconds_from_now(1u << login.tries++);
}

/* Loading takes long; jobs are served meanwhile. */
static void restart(void)
{
	login.due = 0;
	login.reload = (struct vm_task){.kind = VM_TASK_RELOAD, .file = login.file};
	vm_node_layer()->begin(&login.reload);
}

static void take_reload(void)
{
	int status = login.reload.status;

	if (status == 0)
		status = vm_node_layer()->start(login.file, login.start.core);
	if (status == 0) {
		attend();
		return;
	}
	io_log("control: vm %u cannot be started: %s\n", login.vm, strerror(-status));
	plan_restart();
}

/* The end of one that hangs is seen as any other. */
static void look(void)
{
	const struct vm_layer *layer = vm_node_layer();
	enum liveness_state state = liveness_look(&login.liveness, layer, login.file);

	plan_look();
	if (state == LIVENESS_ANSWERS)
		login.answered = layer->now();
	if (state != LIVENESS_HANGS && state != LIVENESS_NEVER_CAME)
		return;
	login.look = 0;
	server_event(
		login.server,
		state == LIVENESS_HANGS
			? "The login VM does not answer any more and is ended."
			: "The login VM has not opened its channel for too long and is ended.");
	(void)layer->stop(login.file);
}

/* Long enough for a new start not to be one more try in a row. Without looks at it, its end is all that is known. */
static bool has_lived(void)
{
	uint64_t last = login.period != 0 ? login.answered : vm_node_layer()->now();

	return last >= login.started + LIVES_SECONDS * vm_node_layer()->counter_hz;
}

/* True when it has ended for good. */
static bool take_end(const struct vmdev_info *info)
{
	report_end(login.vm, login.file);
	report_counters(login.vm, login.file);
	login.look = 0;
	server_login(login.server, -1);
	if (has_turned_off(info))
		return true;
	if (has_lived())
		login.tries = 0;
	plan_restart();
	return false;
}

bool login_serve(const struct pollfd *polls, size_t count)
{
	struct vmdev_info info;
	bool over = false;

	if (count == 0)
		return true;
	server_serve(login.server, polls, count);
	hvlog_drain_to(take_log_line);
	if (login.due != 0 && vm_node_layer()->now() >= login.due)
		restart();
	else if (login.due == 0 && login.look != 0 && vm_node_layer()->now() >= login.look)
		look();
	else if ((polls[0].revents & POLLHUP) != 0 && has_ended(&info))
		over = take_end(&info);
	if (vm_task_take(&login.reload) == VM_TASK_RELOAD)
		take_reload();
	if (!over && !(login.given_up && !server_is_busy(login.server)))
		return true;
	close(login.file);
	login.file = -1;
	return false;
}
