/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A job from its first byte to the end of its VM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <user/events.h>
#include <user/io.h>
#include <user/job_run.h>
#include <user/job_vm.h>

/* Output that may wait in a session's queue: beyond, it waits in the VM. */
#define QUEUE_MAX 32768u

bool session_has_room(const struct session *session)
{
	return session_queue(session) < QUEUE_MAX;
}

void session_answer(struct session *session, uint16_t type, const void *data, size_t size)
{
	uint8_t message[CHANNEL_MESSAGE_MAX];
	struct command_header header = {
		.type = type,
		.version = COMMAND_VERSION,
		.length = (uint32_t)size,
	};

	if (session == NULL)
		return;
	memcpy(message, &header, sizeof(header));
	memcpy(message + sizeof(header), data, size);
	if (!session_send(session, message, sizeof(header) + size))
		io_log("control: no memory for an answer\n");
}

/* init, and what C libraries look up: every job gets it */
static int write_base(const struct enclaves *enclaves, int to)
{
	char path[VM_TASK_PATH];
	size_t size;
	char *base;
	int error;

	(void)snprintf(path, sizeof(path), "%s/base.cpio", enclaves->layer->directory);
	base = io_read_file(path, &size);
	if (base == NULL)
		return -1;
	error = io_write_all(to, base, size);
	free(base);
	return error;
}

bool job_begin(struct enclaves *enclaves, struct enclave *enclave, const struct command_job *job,
	       struct session *session, struct refusal *refusal)
{
	char path[VM_TASK_PATH];

	if (job->size == 0 || job->size > enclave_memory(enclave))
		return refuse(
			refusal, EFBIG,
			"The program and its files do not fit into the enclave's memory; give it more by --memory.");
	/* it is there up to three times while the VM is made: our file, our copy, the VM's */
	if (job->size > enclaves->layer->free_memory() / 4)
		return refuse(
			refusal, ENOSPC,
			"The program and its files are too large for the memory that this node has left; stop an enclave.");
	job_tree_path(enclaves, enclave, path);
	enclave->tree = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (enclave->tree < 0 || write_base(enclaves, enclave->tree) != 0) {
		int error = errno;

		job_tree_remove(enclaves, enclave);
		return refuse(refusal, error, "The node cannot take the program: %s.",
			      strerror(error));
	}
	memcpy(enclave->program, job->program, sizeof(enclave->program) - 1);
	enclave->missing = job->size;
	enclave->session = session;
	enclave->state = ENCLAVE_LOADING;
	enclave->flags &= ~(ANSWER_HAS_STATUS | ANSWER_KILLED);
	enclave->status = 0;
	enclave->is_stopping = false;
	enclave->failure = 0;
	enclave->has_fault = false;
	enclave->reason[0] = '\0';
	enclave->blocked_since = 0;
	return true;
}

bool job_load(struct enclaves *enclaves, struct enclave *enclave, const void *data, size_t size,
	      struct refusal *refusal)
{
	/* nothing is missing any more when the VM is being made: once is enough */
	if (size == 0 || size > enclave->missing)
		return refuse(refusal, EPROTO, "More came of the program than was announced.");
	if (io_write_all(enclave->tree, data, size) != 0)
		return refuse(refusal, ENOSPC,
			      "The node has no room for the program: %s. Stop an enclave.",
			      strerror(errno));
	enclave->missing -= size;
	if (enclave->missing == 0)
		job_vm_make(enclaves, enclave);
	return true;
}

bool job_input(struct enclave *enclave, const void *data, size_t size)
{
	size_t first = size < WIRE_PAYLOAD_MAX ? size : WIRE_PAYLOAD_MAX;
	struct wire_header header = {
		.start = WIRE_START, .channel = WIRE_STDIN, .length = (uint16_t)first};
	struct frame frame;

	if (enclave->state != ENCLAVE_RUNNING)
		return true; /* it has ended */
	if (relay_is_busy(&enclave->relay))
		return false;
	memcpy(frame.bytes, &header, sizeof(header));
	memcpy(frame.bytes + sizeof(header), data, first);
	frame.have = sizeof(header) + first;
	relay_put(&enclave->relay, &frame);
	return true;
}

void job_signal(struct enclaves *enclaves, struct enclave *enclave, uint32_t signal)
{
	if (enclave->state == ENCLAVE_RUNNING)
		(void)enclaves->layer->signal(enclave->relay.fd, signal);
}

/* False when it goes on, as a core of it does not answer: another attempt may help. */
static bool stop_vm(const struct enclaves *enclaves, const struct enclave *enclave)
{
	if (enclaves->layer->stop(enclave->relay.fd) != -ETIMEDOUT)
		return true;
	event_add(enclaves, enclave, "does not stop: a core of it does not answer");
	return false;
}

bool job_stop(struct enclaves *enclaves, struct enclave *enclave)
{
	if (enclave->state == ENCLAVE_RUNNING && !enclave->is_stopping &&
	    !stop_vm(enclaves, enclave))
		return false;
	enclave->is_stopping = enclave_has_job(enclave);
	if (enclave->state != ENCLAVE_LOADING || job_is_being_made(enclave))
		return !enclave->is_stopping;
	job_tree_remove(enclaves, enclave);
	enclave->flags |= ANSWER_KILLED;
	enclave->is_stopping = false;
	enclave->state = ENCLAVE_STARTED;
	return true;
}

/* one that is stopped has a bounded amount left, and is not to wait for a reader */
static bool is_taking(const struct enclave *enclave)
{
	return enclave->session == NULL || enclave->is_stopping ||
	       session_has_room(enclave->session);
}

short job_events(const struct enclave *enclave)
{
	short events = 0;

	if (enclave->state != ENCLAVE_RUNNING)
		return 0;
	if (is_taking(enclave))
		events |= POLLIN;
	if (relay_is_busy(&enclave->relay))
		events |= POLLOUT;
	return events;
}

static void put_output(struct enclave *enclave, uint16_t type, const uint8_t *data, size_t size)
{
	if (size == 0)
		return;
	if (enclave->session != NULL)
		session_answer(enclave->session, type, data, size);
	else
		kept_put(&enclave->kept, type, data, size);
}

/* a frame of the VM's */
static void take_frame(void *context, const struct frame *frame)
{
	struct enclave *enclave = context;
	struct wire_header header = frame_header(frame);
	const uint8_t *data = frame->bytes + sizeof(header);

	switch (header.channel) {
	case WIRE_STDOUT:
		put_output(enclave, ANSWER_STDOUT, data, header.length);
		break;
	case WIRE_STDERR:
		put_output(enclave, ANSWER_STDERR, data, header.length);
		break;
	case WIRE_FILES:
		session_answer(enclave->session, ANSWER_FILES, data, header.length);
		break;
	case WIRE_CALLS:
		session_answer(enclave->session, ANSWER_CALLS, data, header.length);
		break;
	case WIRE_EXIT:
		if (header.length != sizeof(enclave->status))
			break;
		memcpy(&enclave->status, data, sizeof(enclave->status));
		enclave->flags |= ANSWER_HAS_STATUS;
		break;
	default:
		break;
	}
}

void job_serve(struct enclaves *enclaves, struct enclave *enclave, short events)
{
	if (enclave->state != ENCLAVE_RUNNING)
		return;
	if (is_taking(enclave))
		enclave->blocked_since = 0;
	if (relay_is_busy(&enclave->relay) && (events & (POLLOUT | POLLHUP)) != 0)
		relay_push(&enclave->relay);
	if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && is_taking(enclave) &&
	    !relay_take_to(&enclave->relay, take_frame, enclave))
		job_vm_ended(enclaves, enclave);
	if (!is_taking(enclave) && enclave->blocked_since == 0)
		enclave->blocked_since = enclaves->layer->now();
}

bool job_send_kept(struct enclave *enclave, struct session *session)
{
	struct kept_piece piece;
	const uint8_t *data;

	while (kept_first(&enclave->kept, &piece, &data)) {
		if (!session_has_room(session))
			return false;
		session_answer(session, piece.type, data, piece.size);
		kept_drop(&enclave->kept);
	}
	return true;
}

void job_keep_unread(struct enclave *enclave, const struct session *session)
{
	struct kept later = enclave->kept;
	struct kept_piece piece;
	const uint8_t *data;
	size_t at = 0, size;

	enclave->kept = (struct kept){.limit = later.limit, .lost = later.lost};
	while (session_unread(session, &at, &data, &size)) {
		struct command_header header;

		memcpy(&header, data, sizeof(header));
		if (header.type == ANSWER_STDOUT || header.type == ANSWER_STDERR)
			kept_put(&enclave->kept, header.type, data + sizeof(header),
				 size - sizeof(header));
	}
	while (kept_first(&later, &piece, &data)) {
		kept_put(&enclave->kept, piece.type, data, piece.size);
		kept_drop(&later);
	}
	kept_free(&later);
}
