/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control task: the first program of an LWK that runs as primary. Starts the VMs that /control.conf lists, relays
 * their streams to the wire and back, reports how each ended with its counters, and turns the node off after the last.
 *
 * Input from the tool is one byte stream: a VM that does not take its input holds up that of the others, not their
 * output. There is no timer here but that of the login VM: on a core that a VM computes on, a tick would be noise.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <unistd.h>
#include <user/config.h>
#include <user/hvlog.h>
#include <user/io.h>
#include <user/login.h>
#include <user/relay.h>
#include <user/report.h>
#include <user/vm_node.h>

#define PRIMARY_VM 1

struct control {
	int wire_in; /* /dev/wire/raw, non-blocking */
	int wire_out;
	size_t count;
	size_t alive;
	struct relay relays[CONFIG_VMS_MAX];
	struct frame input; /* from the tool */
};

static struct control control;

/* Without a wire our own lines go to that log, and it is not for us to read. */
static void drain_log(void)
{
	if (control.wire_out >= 0)
		hvlog_drain();
}

static int open_vm(uint16_t vm, int flags)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/dev/vm/%u", vm);
	return open(path, flags);
}

/* A VM that is to be there, or one that is made; its id, or a negative number. */
static int find_vm(const struct config_vm *vm)
{
	static struct enclave_config description;
	int id;

	if (vm->ramdisk == NULL)
		return vm->vm;
	vm_node_describe(&description, "job", vm->vcpus, vm->memory, vm->nodes, vm->bootargs);
	id = vm_node_layer()->make(&description, vm->ramdisk);
	(void)unlink(vm->ramdisk);
	return id;
}

static int launch_vm(const struct config_vm *vm, struct relay *relay)
{
	const struct vm_layer *layer = vm_node_layer();
	int id = find_vm(vm), status = id;

	relay->vm = vm->vm;
	relay->made = vm->ramdisk != NULL;
	relay->fd = -1;
	if (id < 0)
		return id;
	relay->vm = (uint16_t)id;
	relay->fd = layer->open(id);
	status = relay->fd < 0 ? relay->fd : layer->start(relay->fd, vm->start.core);
	if (status != 0 && relay->fd >= 0)
		close(relay->fd);
	if (status != 0 && relay->made)
		(void)layer->destroy(id);
	return status;
}

static void start_vm(const struct config_vm *vm)
{
	struct relay *relay = &control.relays[control.count];
	int status = vm->is_login ? login_start(vm) : launch_vm(vm, relay);

	if (status != 0) {
		report_event("error", vm->vm, strerror(-status));
		io_log("control: vm %u cannot be started: %s\n", vm->vm, strerror(-status));
		return;
	}
	control.count += !vm->is_login;
	control.alive++;
}

static int read_config(struct config *config)
{
	char message[64];
	unsigned bad_line;
	size_t size;
	char *text = io_read_file(CONFIG_PATH, &size);

	if (text == NULL) {
		report_event("error", 0, CONFIG_PATH " cannot be read");
		return -1;
	}
	bad_line = config_parse(text, config);
	if (bad_line == 0)
		return 0;
	(void)snprintf(message, sizeof(message), "%s: line %u is wrong", CONFIG_PATH, bad_line);
	report_event("error", 0, message);
	return -1;
}

static void destroy_vm(uint16_t vm)
{
	int status = vm_node_layer()->destroy(vm);

	if (status != 0)
		io_log("control: vm %u cannot be destroyed: %s\n", vm, strerror(-status));
}

static void end_vm(struct relay *relay)
{
	drain_log();
	report_end(relay->vm, relay->fd);
	report_counters(relay->vm, relay->fd);
	close(relay->fd);
	relay->fd = -1;
	if (relay->made)
		destroy_vm(relay->vm);
	relay->down_sent = relay->down.have;
	control.alive--;
}

static struct relay *find_relay(uint16_t vm)
{
	for (size_t i = 0; i < control.count; i++) {
		if (control.relays[i].vm == vm && control.relays[i].fd >= 0)
			return &control.relays[i];
	}
	return NULL;
}

/* input for a VM that has ended, or for none (the tool wakes us with that), is thrown away */
static void take_input_frame(void)
{
	struct wire_header header = frame_header(&control.input);
	struct relay *relay;

	control.input.have = 0;
	relay = find_relay(header.vm);
	if (header.channel != WIRE_STDIN || relay == NULL)
		return;
	header.vm = 0; /* to the VM's kernel it is its own */
	memcpy(control.input.bytes, &header, sizeof(header));
	control.input.have = sizeof(header) + header.length;
	relay_put(relay, &control.input);
	control.input.have = 0;
}

/* the tool is trusted, the line it comes over may still garble: bytes that start no frame are skipped */
static bool is_input_header(const struct wire_header *header)
{
	return header->start == WIRE_START && header->channel < WIRE_CHANNELS &&
	       header->length <= WIRE_PAYLOAD_MAX;
}

static void take_input(void)
{
	struct frame *frame = &control.input;
	ssize_t n = read(control.wire_in, frame->bytes + frame->have, frame_missing(frame));
	struct wire_header header;

	if (n <= 0)
		return;
	frame->have += (size_t)n;
	while (frame->have > 0 && frame->bytes[0] != WIRE_START)
		memmove(frame->bytes, frame->bytes + 1, --frame->have);
	if (frame->have < sizeof(header))
		return;
	header = frame_header(frame);
	if (!is_input_header(&header))
		frame->have = 0;
	else if (frame_missing(frame) == 0)
		take_input_frame();
}

/* a frame that a VM has not yet taken in full keeps the wire waiting: that is the back-pressure */
static bool is_input_held(void)
{
	for (size_t i = 0; i < control.count; i++) {
		if (relay_is_busy(&control.relays[i]))
			return true;
	}
	return false;
}

static void serve_vm(struct relay *relay, short events)
{
	if ((events & POLLOUT) != 0)
		relay_push(relay);
	if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && !relay_take(relay, control.wire_out))
		end_vm(relay);
}

static void serve_once(void)
{
	struct pollfd polls[CONFIG_VMS_MAX + 1 + SERVER_POLLS];
	size_t login_polls;

	for (size_t i = 0; i < control.count; i++) {
		const struct relay *relay = &control.relays[i];

		polls[i] = (struct pollfd){.fd = relay->fd, .events = POLLIN};
		if (relay_is_busy(relay))
			polls[i].events |= POLLOUT;
	}
	polls[control.count] = (struct pollfd){
		.fd = is_input_held() ? -1 : control.wire_in,
		.events = POLLIN,
	};
	login_polls = login_poll(polls + control.count + 1);
	if (ppoll(polls, control.count + 1 + login_polls, login_timeout(), NULL) < 0)
		return;
	for (size_t i = 0; i < control.count; i++) {
		if (polls[i].revents != 0)
			serve_vm(&control.relays[i], polls[i].revents);
	}
	if (polls[control.count].revents != 0)
		take_input();
	if (!login_serve(polls + control.count + 1, login_polls))
		control.alive--;
	drain_log();
}

static void run_vms(const struct config *config)
{
	for (size_t i = 0; i < config->count; i++)
		start_vm(&config->vms[i]);
	report_event("ready", 0, NULL);
	while (control.alive > 0)
		serve_once();
}

static void report_primary(void)
{
	int fd = open_vm(PRIMARY_VM, O_RDONLY);

	if (fd < 0)
		return;
	report_counters(PRIMARY_VM, fd);
	close(fd);
}

int main(void)
{
	static struct config config;

	control.wire_in = open("/dev/wire/raw", O_RDONLY | O_NONBLOCK);
	control.wire_out = open("/dev/wire/raw", O_WRONLY);
	/* without a wire the console is the login VM's: poll passes over -1, reports go to the log */
	if (read_config(&config) == 0)
		run_vms(&config);
	report_primary();
	drain_log();
	reboot(RB_POWER_OFF);
	io_log("control: the node does not turn off: %s\n", strerror(errno));
	return 1;
}
