/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The login VM. Its file carries the channel (bulkhead/channel.h).
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <user/hvlog.h>
#include <user/io.h>
#include <user/login.h>
#include <user/report.h>
#include <user/vm_node.h>

#define CONTROL_CORE 0

static struct {
	int file; /* -1: none, or it has ended */
	uint16_t vm;
	struct server *server;
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

int login_start(const struct config_vm *vm)
{
	static const uint16_t control_core[] = {CONTROL_CORE};
	const struct vm_layer *layer = vm_node_layer();
	int status;

	login.server = server_get(layer);
	login.vm = vm->vm;
	login.file = layer->open(vm->vm);
	if (login.file < 0)
		return login.file;
	status = layer->start(login.file, vm->start.core);
	if (status != 0)
		return status;
	server_reserve(login.server, control_core, 1);
	server_reserve(login.server, vm->start.core, vm->vcpus);
	server_login(login.server, login.file);
	return 0;
}

size_t login_poll(struct pollfd *polls)
{
	return login.file >= 0 ? server_poll(login.server, polls) : 0;
}

static bool has_ended(void)
{
	struct vmdev_info info;

	return vm_node_layer()->info(login.file, &info) != 0 || info.state >= VMDEV_ENDED;
}

bool login_serve(const struct pollfd *polls, size_t count)
{
	if (count == 0)
		return true;
	server_serve(login.server, polls, count);
	hvlog_drain_to(take_log_line);
	if ((polls[0].revents & POLLHUP) == 0 || !has_ended())
		return true;
	report_end(login.vm, login.file);
	report_counters(login.vm, login.file);
	server_login(login.server, -1);
	close(login.file);
	login.file = -1;
	return false;
}
