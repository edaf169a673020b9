/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared memory. A share is the machine's by its id; which enclaves have it is noted with them, since each of their VMs gets it. What has to
 * wait for memory or for a kernel is done by the share's task; what else is asked about the share waits for that.
 */
#include <errno.h>
#include <string.h>
#include <user/events.h>
#include <user/job_run.h>
#include <user/requests_share.h>

#define PAGE_BYTES 4096u

static struct share *find(struct server *server, const char *name)
{
	for (size_t i = 0; i < SHARES_MAX; i++) {
		if (strcmp(server->enclaves.shares[i].name, name) == 0)
			return &server->enclaves.shares[i];
	}
	return NULL;
}

/* the place where an enclave has the share `id`, 0: a free one; NULL: none */
static struct enclave_share *place_of(struct enclave *enclave, uint32_t id)
{
	for (size_t i = 0; i < ENCLAVE_SHARES_MAX; i++) {
		if (enclave->shares[i].id == id)
			return &enclave->shares[i];
	}
	return NULL;
}

static void finish(struct talk *talk)
{
	const struct answer_done done = {0};

	talk_end(talk, &done);
}

static void begin(struct server *server, struct talk *talk, struct share *share,
		  const struct vm_share *what)
{
	share->task = (struct vm_task){.kind = VM_TASK_SHARE, .share = *what};
	talk->phase = TALK_SHARING;
	talk->only = (uint32_t)(share - server->enclaves.shares);
	server->enclaves.layer->begin(&share->task);
}

static bool is_making(const struct server *server)
{
	for (size_t i = 0; i < SHARES_MAX; i++) {
		const struct share *share = &server->enclaves.shares[i];

		if (share->name[0] != '\0' && share->id == 0)
			return true;
	}
	return false;
}

static bool check_create(struct server *server, const struct command_share *wanted,
			 struct refusal *refusal)
{
	uint64_t unit = wanted->size < ENCLAVE_UNIT ? PAGE_BYTES : ENCLAVE_UNIT;

	if (!name_is_good(wanted->name, sizeof(wanted->name)))
		return refuse(
			refusal, EINVAL,
			"This is no name for shared memory: use letters, digits and -_. (a letter first, %u at most).",
			SHARE_NAME_MAX - 1);
	if (find(server, wanted->name) != NULL)
		return refuse(
			refusal, EEXIST,
			"There is shared memory %s already; choose another name, or destroy it.",
			wanted->name);
	if (find(server, "") == NULL)
		return refuse(
			refusal, ENOSPC,
			"There are %u pieces of shared memory, as many as a node can have; destroy one.",
			SHARES_MAX);
	if (wanted->size == 0 || wanted->size % unit != 0)
		return refuse(
			refusal, EINVAL,
			"Shared memory is a multiple of 4K when smaller than 2M, else a multiple of 2M.");
	return enclaves_have_memory(&server->enclaves, wanted->size, refusal);
}

static void take_create(struct server *server, struct talk *talk,
			const struct command_share *wanted)
{
	struct refusal refusal;
	struct share *share;

	if (!check_create(server, wanted, &refusal)) {
		request_refuse(server, talk, refusal.error, refusal.text);
		return;
	}
	share = find(server, "");
	*share = (struct share){.node = wanted->node, .size = wanted->size};
	memcpy(share->name, wanted->name, sizeof(share->name));
	begin(server, talk, share,
	      &(struct vm_share){.action = SHARE_CREATE,
				 .node = share->node,
				 .size = share->size,
				 .name = share->name});
}

static bool check_attach(const struct share *share, struct enclave *enclave,
			 struct refusal *refusal)
{
	if (place_of(enclave, share->id) != NULL)
		return refuse(refusal, EEXIST, "The enclave %s has %s already.",
			      enclave->config.name, share->name);
	if (place_of(enclave, 0) == NULL)
		return refuse(
			refusal, ENOSPC,
			"The enclave %s has %u pieces of shared memory, as many as it can have; detach one.",
			enclave->config.name, ENCLAVE_SHARES_MAX);
	return true;
}

static void note_attached(const struct enclaves *enclaves, const struct share *share,
			  struct enclave *enclave, uint32_t flags)
{
	struct enclave_share *place = place_of(enclave, 0);

	if (place == NULL)
		return;
	*place = (struct enclave_share){.id = share->id, .flags = flags};
	event_add(enclaves, enclave, "shares %s%s", share->name,
		  (flags & COMMAND_READ_ONLY) != 0 ? ", to be read only" : "");
}

static void note_detached(const struct enclaves *enclaves, const struct share *share,
			  struct enclave *enclave)
{
	struct enclave_share *place = place_of(enclave, share->id);

	if (place == NULL)
		return;
	*place = (struct enclave_share){0};
	event_add(enclaves, enclave, "shares %s no more", share->name);
}

/* ATTACH or DETACH: noted, and done in its VM when it has one that runs */
static void take_change(struct server *server, struct talk *talk, struct share *share,
			const struct command_share *wanted)
{
	uint32_t flags = wanted->flags & COMMAND_READ_ONLY;
	bool comes = wanted->action == SHARE_ATTACH;
	struct refusal refusal;
	struct enclave *enclave = enclave_find(&server->enclaves, wanted->enclave, &refusal);
	bool is_good = enclave != NULL;

	if (is_good && comes)
		is_good = check_attach(share, enclave, &refusal);
	else if (is_good && place_of(enclave, share->id) == NULL)
		is_good = refuse(&refusal, ENOENT, "The enclave %s does not have %s.",
				 enclave->config.name, share->name);
	if (!is_good) {
		request_refuse(server, talk, refusal.error, refusal.text);
	} else if (enclave->state == ENCLAVE_RUNNING) {
		share->enclave = enclave->id;
		begin(server, talk, share,
		      &(struct vm_share){.action = comes ? SHARE_ATTACH : SHARE_DETACH,
					 .id = share->id,
					 .vm = enclave->vm,
					 .flags = flags});
	} else {
		if (comes)
			note_attached(&server->enclaves, share, enclave, flags);
		else
			note_detached(&server->enclaves, share, enclave);
		finish(talk);
	}
}

static void list_share(struct server *server, struct session *session, const struct share *share)
{
	struct answer_share answer = {
		.size = share->size, .node = share->node, .region = share->id};

	memcpy(answer.name, share->name, sizeof(answer.name));
	session_answer(session, ANSWER_SHARE, &answer, sizeof(answer));
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		struct enclave *enclave = &server->enclaves.all[i];
		const struct enclave_share *place = place_of(enclave, share->id);

		if (enclave->id == 0 || place == NULL)
			continue;
		answer.enclave = enclave->id;
		answer.flags = place->flags;
		memcpy(answer.enclave_name, enclave->config.name, sizeof(answer.enclave_name));
		session_answer(session, ANSWER_SHARE, &answer, sizeof(answer));
	}
}

static void list(struct server *server, struct talk *talk)
{
	for (size_t i = 0; i < SHARES_MAX; i++) {
		if (server->enclaves.shares[i].id != 0)
			list_share(server, talk->session, &server->enclaves.shares[i]);
	}
	finish(talk);
}

/* False: its task is busy, or how much memory is free is about to be known. */
static bool take_action(struct server *server, struct talk *talk,
			const struct command_share *wanted)
{
	struct share *share = find(server, wanted->name);
	struct refusal refusal;

	if (share != NULL && vm_task_is_busy(&share->task))
		return false;
	if (wanted->action == SHARE_CREATE &&
	    (is_making(server) || enclaves_are_changing(&server->enclaves)))
		return false;
	if (wanted->action == SHARE_CREATE) {
		take_create(server, talk, wanted);
	} else if (wanted->name[0] == '\0' || share == NULL) {
		(void)refuse(&refusal, ENOENT,
			     "There is no shared memory %s; bulkhead shm ls shows which there is.",
			     wanted->name);
		request_refuse(server, talk, refusal.error, refusal.text);
	} else if (wanted->action == SHARE_DESTROY) {
		begin(server, talk, share,
		      &(struct vm_share){.action = SHARE_DESTROY, .id = share->id});
	} else {
		take_change(server, talk, share, wanted);
	}
	return true;
}

bool share_take(struct server *server, struct talk *talk, const void *data, size_t size)
{
	struct command_share wanted;

	(void)size;
	memcpy(&wanted, data, sizeof(wanted));
	wanted.name[sizeof(wanted.name) - 1] = '\0';
	wanted.enclave[sizeof(wanted.enclave) - 1] = '\0';
	if (server->enclaves.layer->share == NULL)
		request_refuse(
			server, talk, ENOTSUP,
			"Enclaves of this node share no memory: that is for hosts with co-kernels.");
	else if (wanted.action >= SHARE_ACTIONS)
		request_refuse(server, talk, EPROTO,
			       "The bulkhead command said something out of order.");
	else if (wanted.action == SHARE_LIST)
		list(server, talk);
	else
		return take_action(server, talk, &wanted);
	return true;
}

static bool created(const struct server *server, struct share *share, struct refusal *refusal)
{
	int status = share->task.status;
	struct share failed = *share;

	share->id = share->task.share.id;
	if (status == 0) {
		event_add(&server->enclaves, NULL, "%s: %llu KiB to be shared", share->name,
			  (unsigned long long)(share->size >> 10));
		return true;
	}
	*share = (struct share){0};
	if (status == -ENOMEM || status == -EBUSY)
		return refuse(
			refusal, ENOMEM,
			"NUMA node %u has no %lluK in few enough pieces; ask for less, or for another node.",
			failed.node, (unsigned long long)(failed.size >> 10));
	if (status == -EINVAL)
		return refuse(refusal, EINVAL,
			      "There is no NUMA node %u, or no such size of memory to be shared.",
			      failed.node);
	return refuse(refusal, -status, "%s cannot be made: %s.", failed.name, strerror(-status));
}

/* The VM has ended meanwhile: there was nothing to be done. */
static bool has_gone(int status)
{
	return status == -ENODEV || status == -ENOENT || status == -EPIPE;
}

static bool attached(const struct server *server, struct share *share, struct enclave *enclave,
		     struct refusal *refusal)
{
	int status = share->task.status;

	/* one whose kernel does not answer may still take it */
	if (status == 0 || has_gone(status) || status == -ETIMEDOUT)
		note_attached(&server->enclaves, share, enclave, share->task.share.flags);
	if (status == 0 || has_gone(status))
		return true;
	if (status == -ETIMEDOUT)
		return refuse(
			refusal, ETIMEDOUT,
			"The kernel of the enclave %s does not answer; it has %s when it does.",
			enclave->config.name, share->name);
	return refuse(refusal, -status, "The enclave %s does not take %s: %s.",
		      enclave->config.name, share->name, strerror(-status));
}

static bool detached(const struct server *server, struct share *share, struct enclave *enclave,
		     struct refusal *refusal)
{
	int status = share->task.status;

	if (status != 0 && !has_gone(status))
		return refuse(
			refusal, -status,
			"The enclave %s does not let go of %s: %s. bulkhead stop --force %s ends it.",
			enclave->config.name, share->name, strerror(-status), enclave->config.name);
	note_detached(&server->enclaves, share, enclave);
	return true;
}

static bool destroyed(struct server *server, struct share *share, struct refusal *refusal)
{
	int status = share->task.status;

	if (status != 0 && status != -ENOENT)
		return refuse(
			refusal, -status,
			"An enclave does not let go of %s: %s. bulkhead shm ls shows who has it; stop it by force.",
			share->name, strerror(-status));
	for (size_t i = 0; i < ENCLAVES_MAX; i++)
		note_detached(&server->enclaves, share, &server->enclaves.all[i]);
	event_add(&server->enclaves, NULL, "%s is shared no more", share->name);
	*share = (struct share){0};
	return true;
}

static bool take_done(struct server *server, struct share *share, struct refusal *refusal)
{
	enum share_action action = share->task.share.action;
	struct enclave *enclave = server_enclave(server, share->enclave);

	if (action == SHARE_CREATE)
		return created(server, share, refusal);
	if (action == SHARE_DESTROY)
		return destroyed(server, share, refusal);
	if (enclave == NULL)
		return true;
	return action == SHARE_ATTACH ? attached(server, share, enclave, refusal)
				      : detached(server, share, enclave, refusal);
}

static void tell(struct server *server, uint32_t place, const struct refusal *refusal)
{
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		struct talk *talk = &server->talks[i];

		if (talk->session == NULL || talk->phase != TALK_SHARING || talk->only != place)
			continue;
		if (refusal == NULL)
			finish(talk);
		else
			request_refuse(server, talk, refusal->error, refusal->text);
	}
}

void shares_follow(struct server *server)
{
	for (uint32_t i = 0; i < SHARES_MAX; i++) {
		struct share *share = &server->enclaves.shares[i];
		struct refusal refusal;

		if (vm_task_take(&share->task) == VM_TASK_SHARE)
			tell(server, i, take_done(server, share, &refusal) ? NULL : &refusal);
	}
}
