/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control task's policy with a fake of the machine: what becomes of jobs whose operator leaves, of those whose Linux dies, what
 * is kept, and that nothing that a login VM says leaves anything behind: no VM, no file, no memory promised.
 */
#define _GNU_SOURCE
#include "unit.h"
#include <bulkhead/wire.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <user/requests.h>

#define VMS      8
#define FIRST_VM 3
#define MIB      (UINT64_C(1) << 20)
#define MEMORY   (1024 * MIB)

int __wrap_ioctl(int fd, unsigned long request, ...);
void __wrap_io_log(const char *format, ...);
void report_event(const char *event, uint16_t vm, const char *text);

static struct fake_vm {
	bool is_there, has_ended;
	uint32_t cause;
	uint64_t memory;
	int ours, theirs; /* the control task's end, the VM's end */
	unsigned signals;
} vms[VMS];
static char directory[] = "/tmp/test_server.XXXXXX";
static int refuse_make; /* errno for the next ones */

static struct fake_vm *vm_of_file(int file)
{
	for (size_t i = 0; i < VMS; i++) {
		if (vms[i].is_there && vms[i].ours == file)
			return &vms[i];
	}
	fail_msg("no VM has the file %d", file);
	return NULL;
}

static uint64_t fake_free_memory(void)
{
	uint64_t left = MEMORY;

	for (size_t i = 0; i < VMS; i++)
		left -= vms[i].is_there ? vms[i].memory : 0;
	return left;
}

static int fake_make(const struct enclave_config *config, const char *ramdisk)
{
	struct stat status;
	int pair[2];

	assert_int_equal(stat(ramdisk, &status), 0);
	assert_int_equal(config->version, ENCLAVE_VERSION);
	assert_int_not_equal(config->uuid[0], 0);
	if (refuse_make != 0)
		return -refuse_make;
	for (int i = 0; i < VMS; i++) {
		if (vms[i].is_there)
			continue;
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
		vms[i] = (struct fake_vm){.is_there = true,
					  .memory = config->ranges[0].size,
					  .ours = pair[0],
					  .theirs = pair[1]};
		assert_true(fake_free_memory() <= MEMORY);
		return FIRST_VM + i;
	}
	return -EAGAIN;
}

static int fake_open(int vm)
{
	return vms[vm - FIRST_VM].ours;
}

static int fake_start(int file, const uint16_t *cores)
{
	assert_true(cores[0] < 4);
	(void)vm_of_file(file);
	return 0;
}

static void vm_end(struct fake_vm *vm, uint32_t cause)
{
	if (vm->has_ended)
		return;
	vm->has_ended = true;
	vm->cause = cause;
	shutdown(vm->theirs, SHUT_RDWR);
}

static int fake_stop(int file)
{
	vm_end(vm_of_file(file), BH_FAULT_STOPPED);
	return 0;
}

/* its file was closed by the control task */
static int fake_destroy(int vm)
{
	struct fake_vm *fake = &vms[vm - FIRST_VM];

	assert_true(fake->is_there);
	close(fake->theirs);
	fake->is_there = false;
	return 0;
}

static int fake_info(int file, struct vmdev_info *info)
{
	const struct fake_vm *vm = vm_of_file(file);

	*info = (struct vmdev_info){.state = vm->has_ended ? VMDEV_ENDED : VMDEV_RUNNING,
				    .cause = vm->cause,
				    .runtime_ticks = 5};
	return 0;
}

static int fake_counters(int file, uint16_t vcpu, struct bh_counters *counters)
{
	(void)vm_of_file(file);
	*counters = (struct bh_counters){.vcpu = vcpu};
	return 0;
}

static int fake_fault(int file, struct bh_fault *fault)
{
	*fault = (struct bh_fault){.cause = vm_of_file(file)->cause};
	return 0;
}

static int fake_digest(int file, uint8_t digest[ENCLAVE_DIGEST_SIZE])
{
	(void)vm_of_file(file);
	memset(digest, 7, ENCLAVE_DIGEST_SIZE);
	return 0;
}

static int fake_signal(int file, unsigned number)
{
	vm_of_file(file)->signals |= 1u << number;
	return 0;
}

static int fake_resize(int file, uint64_t memory)
{
	vm_of_file(file)->memory = memory;
	return 0;
}

static int fake_move(int file, const uint16_t *cores)
{
	(void)cores;
	(void)vm_of_file(file);
	return 0;
}

static uint64_t fake_now(void)
{
	return 1;
}

static const struct vm_layer layer = {
	.cores = 4,
	.directory = directory,
	.counter_hz = 100,
	.free_memory = fake_free_memory,
	.make = fake_make,
	.open = fake_open,
	.start = fake_start,
	.stop = fake_stop,
	.destroy = fake_destroy,
	.info = fake_info,
	.counters = fake_counters,
	.fault = fake_fault,
	.digest = fake_digest,
	.signal = fake_signal,
	.resize = fake_resize,
	.move = fake_move,
	.now = fake_now,
};

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	if (request == VMDEV_STOP)
		return fake_stop(fd);
	errno = ENOTTY;
	return -1;
}

void __wrap_io_log(const char *format, ...)
{
	(void)format;
}

void report_event(const char *event, uint16_t vm, const char *text)
{
	(void)event, (void)vm, (void)text;
}

/* the login VM, spoken to in frames */
static struct server *server;
static int linux_end = -1, control_end = -1;

static void turn(void)
{
	struct pollfd polls[SERVER_POLLS];

	for (unsigned quiet = 0; quiet < 4; quiet++) {
		size_t count = server_poll(server, polls);

		(void)poll(polls, (nfds_t)count, 0);
		server_serve(server, polls, count);
	}
}

static void put(uint16_t type, uint32_t session, uint32_t value, const void *data, size_t size)
{
	struct channel_frame frame = {CHANNEL_MAGIC, type,  CHANNEL_VERSION,
				      session,       value, (uint32_t)size};

	assert_int_equal(write(linux_end, &frame, sizeof(frame)), sizeof(frame));
	if (size > 0)
		assert_int_equal(write(linux_end, data, size), size);
	turn();
}

static void say(uint32_t session, uint16_t type, const void *data, size_t size)
{
	uint8_t message[CHANNEL_MESSAGE_MAX];
	struct command_header header = {type, COMMAND_VERSION, (uint32_t)size};

	memcpy(message, &header, sizeof(header));
	memcpy(message + sizeof(header), data, size);
	put(CHANNEL_MESSAGE, session, 0, message, sizeof(header) + size);
}

/* what has come for a session since the last look: of one type its bytes, and the last answer */
struct heard {
	uint8_t bytes[65536];
	size_t have;
	struct answer_done done;
	bool is_done, is_closed;
};

static struct heard heard;

static void hear(uint32_t session, uint16_t type)
{
	static uint8_t bytes[1u << 20];
	ssize_t have = read(linux_end, bytes, sizeof(bytes));
	struct channel_frame frame;

	memset(&heard, 0, sizeof(heard));
	for (ssize_t at = 0; at < have; at += (ssize_t)(sizeof(frame) + frame.length)) {
		struct command_header header;
		const uint8_t *payload = bytes + at + sizeof(frame) + sizeof(header);

		memcpy(&frame, bytes + at, sizeof(frame));
		if (frame.session != session)
			continue;
		heard.is_closed |= frame.type == CHANNEL_CLOSE;
		if (frame.type != CHANNEL_MESSAGE)
			continue;
		memcpy(&header, bytes + at + sizeof(frame), sizeof(header));
		assert_int_equal(header.length, frame.length - sizeof(header));
		if (header.type == ANSWER_DONE) {
			memcpy(&heard.done, payload, sizeof(heard.done));
			heard.is_done = true;
		} else if (header.type == type &&
			   heard.have + header.length <= sizeof(heard.bytes)) {
			memcpy(heard.bytes + heard.have, payload, header.length);
			heard.have += header.length;
		}
	}
}

static void linux_begin(void)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	control_end = pair[0];
	linux_end = pair[1];
	server = server_get(&layer);
	server_login(server, control_end);
	put(CHANNEL_HELLO, 0, 77, NULL, 0);
}

static void linux_end_now(void)
{
	server_login(server, -1);
	close(control_end);
	close(linux_end);
}

static unsigned vms_there(void)
{
	unsigned count = 0;

	for (size_t i = 0; i < VMS; i++)
		count += vms[i].is_there;
	return count;
}

static unsigned enclaves_there(void)
{
	unsigned count = 0;

	for (size_t i = 0; i < ENCLAVES_MAX; i++)
		count += server->enclaves.all[i].id != 0;
	return count;
}

static void fill_create(struct command_create *create, const char *name, uint32_t flags)
{
	*create = (struct command_create){.flags = flags};
	create->config = (struct enclave_config){
		.version = ENCLAVE_VERSION,
		.size = sizeof(create->config),
		.vcpus = 1,
		.nodes = 1,
		.range_count = 1,
	};
	(void)snprintf(create->config.name, sizeof(create->config.name), "%s", name);
	create->config.ranges[0].size = 64 * MIB;
	for (unsigned i = 0; i < ENCLAVE_VCPUS_MAX; i++)
		create->config.cores[i] = ENCLAVE_CORE_ANY;
}

static void run_job(uint32_t session, const char *name, uint32_t flags)
{
	struct command_create create;
	struct command_job job = {.size = 6, .program = "prog", .flags = flags & COMMAND_DETACHED};

	fill_create(&create, name, COMMAND_TRANSIENT | flags);
	put(CHANNEL_OPEN, session, 1000, NULL, 0);
	say(session, COMMAND_CREATE, &create, sizeof(create));
	say(session, COMMAND_JOB, &job, sizeof(job));
	say(session, COMMAND_DATA, "070", 3);
	say(session, COMMAND_DATA, "701", 3);
}

static struct fake_vm *the_vm(void)
{
	struct fake_vm *found = NULL;

	for (size_t i = 0; i < VMS; i++) {
		if (vms[i].is_there)
			found = &vms[i];
	}
	assert_non_null(found);
	return found;
}

static void vm_say(struct fake_vm *vm, uint8_t channel, const void *data, uint16_t size)
{
	struct wire_header header = {WIRE_START, channel, 0, size};

	assert_int_equal(write(vm->theirs, &header, sizeof(header)), sizeof(header));
	assert_int_equal(write(vm->theirs, data, size), size);
	turn();
}

static void vm_exit(struct fake_vm *vm, uint32_t status)
{
	vm_say(vm, WIRE_EXIT, &status, sizeof(status));
	vm_end(vm, BH_FAULT_OFF);
	turn();
}

static void check_clean(void)
{
	assert_int_equal(vms_there(), 0);
	assert_int_equal(enclaves_there(), 0);
	assert_int_equal(enclaves_free_memory(&server->enclaves), MEMORY);
	linux_end_now();
}

static void test_job(void **state)
{
	const struct command_signal term = {SIGTERM};
	uint8_t input[64];

	(void)state;
	linux_begin();
	run_job(1, "", 0);
	hear(1, ANSWER_STARTED);
	assert_int_equal(heard.have, sizeof(struct answer_started));
	vm_say(the_vm(), WIRE_STDOUT, "output", 6);
	hear(1, ANSWER_STDOUT);
	assert_memory_equal(heard.bytes, "output", 6);
	say(1, COMMAND_STDIN, "input", 5);
	assert_int_equal(read(the_vm()->theirs, input, sizeof(input)),
			 sizeof(struct wire_header) + 5);
	assert_memory_equal(input + sizeof(struct wire_header), "input", 5);
	say(1, COMMAND_SIGNAL, &term, sizeof(term));
	assert_int_equal(the_vm()->signals, 1u << SIGTERM);
	vm_exit(the_vm(), 0x700);
	hear(1, 0);
	assert_true(heard.is_done && heard.is_closed);
	assert_int_equal(heard.done.flags, ANSWER_HAS_STATUS);
	assert_int_equal(heard.done.status, 0x700);
	check_clean();
}

static void test_operator_leaves(void **state)
{
	(void)state;
	linux_begin();
	run_job(1, "", 0);
	assert_int_equal(vms_there(), 1);
	put(CHANNEL_CLOSE, 1, 0, NULL, 0);
	check_clean();
	for (unsigned messages = 0; messages < 4; messages++) {
		struct command_create create;
		struct command_job job = {.size = 600, .program = "prog"};

		linux_begin();
		fill_create(&create, "", COMMAND_TRANSIENT);
		put(CHANNEL_OPEN, 1, 0, NULL, 0);
		if (messages > 0)
			say(1, COMMAND_CREATE, &create, sizeof(create));
		if (messages > 1)
			say(1, COMMAND_JOB, &job, sizeof(job));
		if (messages > 2)
			say(1, COMMAND_DATA, "some", 4);
		put(CHANNEL_CLOSE, 1, 0, NULL, 0);
		check_clean();
	}
}

static void ask(uint32_t session, uint16_t type, const char *name, uint32_t flags, uint16_t wanted)
{
	struct command_target target = {.flags = flags};

	(void)snprintf(target.name, sizeof(target.name), "%s", name);
	put(CHANNEL_OPEN, session, 0, NULL, 0);
	say(session, type, &target, sizeof(target));
	hear(session, wanted);
	put(CHANNEL_CLOSE, session, 0, NULL, 0);
}

static void test_linux_dies(void **state)
{
	struct answer_enclave shown;
	struct fake_vm *vm;

	(void)state;
	linux_begin();
	run_job(1, "survivor", 0);
	vm = the_vm();
	vm_say(vm, WIRE_STDOUT, "before", 6);
	linux_end_now();
	turn();
	assert_int_equal(vms_there(), 1);
	vm_say(vm, WIRE_STDOUT, "between", 7);
	vm_say(vm, WIRE_STDERR, "!", 1);
	linux_begin();
	ask(5, COMMAND_SHOW, "survivor", 0, ANSWER_ENCLAVE);
	memcpy(&shown, heard.bytes, sizeof(shown));
	assert_int_equal(shown.state, ENCLAVE_RUNNING);
	assert_int_equal(shown.kept, 8);
	vm_exit(vm, 0x2A00);
	assert_int_equal(vms_there(), 0);
	ask(6, COMMAND_CONSOLE, "survivor", 0, ANSWER_STDOUT);
	assert_int_equal(heard.have, 7);
	assert_memory_equal(heard.bytes, "between", 7);
	assert_int_equal(heard.done.status, 0x2A00);
	ask(7, COMMAND_DESTROY, "survivor", 0, 0);
	check_clean();
}

static void test_console_attaches(void **state)
{
	struct command_target target = {.name = "away", .flags = COMMAND_FOLLOW};

	(void)state;
	linux_begin();
	run_job(1, "away", COMMAND_DETACHED);
	hear(1, 0);
	assert_true(heard.is_done && heard.is_closed);
	vm_say(the_vm(), WIRE_STDOUT, "kept", 4);
	put(CHANNEL_OPEN, 2, 0, NULL, 0);
	say(2, COMMAND_CONSOLE, &target, sizeof(target));
	hear(2, ANSWER_STDOUT);
	assert_memory_equal(heard.bytes, "kept", 4);
	vm_say(the_vm(), WIRE_STDOUT, "live", 4);
	hear(2, ANSWER_STDOUT);
	assert_memory_equal(heard.bytes, "live", 4);
	put(CHANNEL_CLOSE, 2, 0, NULL, 0);
	assert_int_equal(vms_there(), 1); /* who looks on may leave */
	put(CHANNEL_OPEN, 3, 0, NULL, 0);
	say(3, COMMAND_CONSOLE, &target, sizeof(target));
	vm_exit(the_vm(), 0);
	hear(3, 0);
	assert_true(heard.is_done);
	check_clean();
}

static void test_kept_is_bounded(void **state)
{
	static uint8_t filler[WIRE_PAYLOAD_MAX];
	struct answer_enclave shown;

	(void)state;
	linux_begin();
	run_job(1, "talker", COMMAND_DETACHED);
	for (unsigned i = 0; i < 300; i++)
		vm_say(the_vm(), WIRE_STDOUT, filler, sizeof(filler));
	ask(2, COMMAND_SHOW, "talker", 0, ANSWER_ENCLAVE);
	memcpy(&shown, heard.bytes, sizeof(shown));
	assert_true(shown.kept <= COMMAND_KEPT_MAX && shown.kept > COMMAND_KEPT_MAX * 9 / 10);
	assert_int_equal(shown.kept + shown.lost, 300 * sizeof(filler));
	ask(3, COMMAND_DESTROY, "talker", COMMAND_FORCE, 0);
	check_clean();
}

static void test_vm_that_cannot_be_made(void **state)
{
	(void)state;
	linux_begin();
	refuse_make = ENOMEM;
	run_job(1, "", 0);
	refuse_make = 0;
	hear(1, 0);
	assert_int_equal(heard.done.error, ENOMEM);
	assert_non_null(strstr(heard.done.text, "cannot start the enclave"));
	check_clean();
}

static void test_promises(void **state)
{
	struct command_create create;

	(void)state;
	linux_begin();
	fill_create(&create, "large", 0);
	create.config.ranges[0].size = MEMORY - 32 * MIB;
	put(CHANNEL_OPEN, 1, 0, NULL, 0);
	say(1, COMMAND_CREATE, &create, sizeof(create));
	ask(2, COMMAND_START, "large", 0, 0);
	assert_int_equal(heard.done.error, 0);
	run_job(3, "", 0); /* 64 MiB are not left */
	hear(3, 0);
	assert_int_equal(heard.done.error, ENOMEM);
	ask(4, COMMAND_STOP, "large", 0, 0);
	run_job(5, "", 0);
	assert_int_equal(vms_there(), 1);
	ask(6, COMMAND_START, "large", 0, 0);
	assert_int_equal(heard.done.error, ENOMEM);
	put(CHANNEL_CLOSE, 5, 0, NULL, 0);
	ask(7, COMMAND_DESTROY, "large", 0, 0);
	check_clean();
}

static void random_request(struct random *random, uint32_t session)
{
	static const char *const names[] = {"", "a", "b", "c", "1", "99"};
	union {
		struct command_create create;
		struct command_job job;
		struct command_target target;
		struct command_set set;
		uint8_t bytes[4000];
	} request;
	uint16_t type = (uint16_t)(1 + random_below(random, COMMAND_SET + 1));
	const char *name = names[random_below(random, 6)];
	size_t size = sizeof(request.target);

	memset(&request, 0, sizeof(request));
	if (type == COMMAND_CREATE) {
		fill_create(&request.create, name, (uint32_t)random_below(random, 4));
		size = sizeof(request.create);
	} else if (type == COMMAND_JOB) {
		request.job.size = 1 + random_below(random, 8);
		(void)snprintf(request.job.name, sizeof(request.job.name), "%s", name);
		size = sizeof(request.job);
	} else if (type == COMMAND_DATA || type == COMMAND_STDIN) {
		size = random_below(random, 8);
	} else if (type == COMMAND_SIGNAL) {
		request.bytes[0] = (uint8_t)random_below(random, 32);
		size = sizeof(struct command_signal);
	} else if (type == COMMAND_SET) {
		(void)snprintf(request.set.name, sizeof(request.set.name), "%s", name);
		request.set.memory = random_below(random, 600) * MIB;
		request.set.vcpus = (uint32_t)random_below(random, 6);
		size = sizeof(request.set);
	} else {
		(void)snprintf(request.target.name, sizeof(request.target.name), "%s", name);
		request.target.flags = (uint32_t)random_below(random, 16);
		request.target.value = (uint32_t)random_below(random, 40);
	}
	if (random_below(random, 20) == 0)
		request.bytes[random_below(random, size ? size : 1)] ^= (uint8_t)random_below(
			random, 256);
	if (random_below(random, 20) == 0)
		size = random_below(random, sizeof(request.bytes));
	say(session, type, &request, size);
}

/* operators, VMs and Linux itself come and go in any order; at the end all can be cleared away */
static void test_any_order(void **state)
{
	struct random random = random_start();
	bool is_open[6] = {false};

	(void)state;
	linux_begin();
	for (unsigned step = 0; step < 20000; step++) {
		uint32_t session = 1 + (uint32_t)random_below(&random, 5);
		struct fake_vm *vm = &vms[random_below(&random, VMS)];

		switch (random_below(&random, 12)) {
		case 0:
			if (is_open[session])
				put(CHANNEL_CLOSE, session, 0, NULL, 0);
			is_open[session] = false;
			break;
		case 1:
			if (vm->is_there && !vm->has_ended)
				vm_say(vm, WIRE_STDOUT, "some output", 11);
			break;
		case 2:
			if (vm->is_there && !vm->has_ended)
				vm_exit(vm, 0);
			break;
		case 3:
			if (random_below(&random, 20) == 0) {
				linux_end_now();
				linux_begin();
				memset(is_open, 0, sizeof(is_open));
			}
			break;
		default:
			if (!is_open[session])
				put(CHANNEL_OPEN, session, 0, NULL, 0);
			is_open[session] = true;
			random_request(&random, session);
		}
		/* a session that was ended by the other side is closed by Linux, too */
		hear(session, 0);
		if (heard.is_closed)
			is_open[session] = false;
		assert_int_equal(server->channel.malformed, 0);
	}
	linux_end_now();
	linux_begin();
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "%u", server->enclaves.all[i].id);
		if (server->enclaves.all[i].id != 0)
			ask(100, COMMAND_DESTROY, id, COMMAND_FORCE, 0);
	}
	check_clean();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_job),
		cmocka_unit_test(test_operator_leaves),
		cmocka_unit_test(test_linux_dies),
		cmocka_unit_test(test_console_attaches),
		cmocka_unit_test(test_kept_is_bounded),
		cmocka_unit_test(test_vm_that_cannot_be_made),
		cmocka_unit_test(test_promises),
		cmocka_unit_test(test_any_order),
	};
	char path[64];
	int failed, file;

	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(directory) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/base.cpio", directory);
	file = open(path, O_WRONLY | O_CREAT, 0600);
	if (file < 0)
		return 1;
	close(file);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	/* what jobs came with has gone */
	return rmdir(directory) != 0 ? 1 : failed;
}
