/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The VM of a job (see job_vm.h). Its file stays open while the task resizes it: it is destroyed after that.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <user/events.h>
#include <user/job_run.h>
#include <user/job_vm.h>

void job_tree_path(const struct enclaves *enclaves, const struct enclave *enclave,
		   char path[VM_TASK_PATH])
{
	(void)snprintf(path, VM_TASK_PATH, "%s/job%u.cpio", enclaves->layer->directory,
		       enclave->id);
}

void job_tree_remove(const struct enclaves *enclaves, struct enclave *enclave)
{
	char path[VM_TASK_PATH];

	job_tree_path(enclaves, enclave, path);
	if (enclave->tree >= 0)
		close(enclave->tree);
	enclave->tree = -1;
	(void)unlink(path);
}

void job_vm_make(struct enclaves *enclaves, struct enclave *enclave)
{
	enclave->task = (struct vm_task){.kind = VM_TASK_MAKE, .config = &enclave->config};
	job_tree_path(enclaves, enclave, enclave->task.ramdisk);
	close(enclave->tree);
	enclave->tree = -1;
	enclaves->layer->begin(&enclave->task);
}

static void begin_destroy(const struct enclaves *enclaves, struct enclave *enclave)
{
	if (enclave->relay.fd >= 0)
		close(enclave->relay.fd);
	enclave->relay.fd = -1;
	enclave->state = ENCLAVE_ENDING;
	enclave->task = (struct vm_task){.kind = VM_TASK_DESTROY, .vm = enclave->vm};
	enclaves->layer->begin(&enclave->task);
}

/* A share that is being taken from all has gone. 0 or -errno */
static int attach_shares(const struct enclaves *enclaves, const struct enclave *enclave)
{
	for (size_t i = 0; i < ENCLAVE_SHARES_MAX; i++) {
		struct vm_share share = {
			.action = SHARE_ATTACH,
			.id = enclave->shares[i].id,
			.vm = enclave->vm,
			.flags = enclave->shares[i].flags,
		};
		int status = share.id != 0 ? enclaves->layer->share(&share) : 0;

		if (status != 0 && status != -ENOENT)
			return status;
	}
	return 0;
}

/* watchdog=SECONDS is the kernel's, which may have no core left that could look; 0: it is off */
static unsigned watchdog_seconds(const struct enclave *enclave)
{
	static const char name[] = "watchdog=";
	const char *at = enclave->config.bootargs;

	for (; *at != '\0'; at += strcspn(at, " ")) {
		at += strspn(at, " ");
		if (strncmp(at, name, sizeof(name) - 1) == 0)
			return (unsigned)strtoul(at + sizeof(name) - 1, NULL, 10);
	}
	return 0;
}

/* 0 or -errno */
static int start(const struct enclaves *enclaves, struct enclave *enclave)
{
	const struct vm_layer *layer = enclaves->layer;
	int status;

	enclave->relay = (struct relay){.vm = (uint16_t)enclave->vm,
					.fd = layer->open(enclave->vm)};
	if (enclave->relay.fd < 0)
		return enclave->relay.fd;
	status = layer->digest(enclave->relay.fd, enclave->digest);
	if (status == 0)
		status = attach_shares(enclaves, enclave);
	if (status == 0)
		status = layer->start(enclave->relay.fd, enclave->cores);
	if (status == 0 && layer->watch != NULL && watchdog_seconds(enclave) != 0)
		layer->watch(enclave->vm, watchdog_seconds(enclave));
	return status;
}

static enum job_news refuse_job(struct enclaves *enclaves, struct enclave *enclave, int error,
				struct refusal *refusal)
{
	const char *why = strerror(error);

	/* what the machine says of grants; all else about them was refused when it was described */
	if (error == EACCES && enclave->config.grant_count != 0)
		why = "what it was granted is memory, or an MSR that this processor always guards";
	enclave->state = ENCLAVE_STARTED;
	enclave->is_stopping = false;
	enclave->failure = 0;
	event_add(enclaves, enclave, "could not be started: %s", why);
	(void)refuse(refusal, error, "The node cannot start the enclave %s: %s.",
		     enclave->config.name, why);
	return JOB_REFUSED;
}

static enum job_news take_made(struct enclaves *enclaves, struct enclave *enclave,
			       struct refusal *refusal)
{
	struct answer_started started = {.id = enclave->id,
					 .flags = enclave->flags & ANSWER_BARE,
					 .memory = enclave_memory(enclave)};
	int status;

	job_tree_remove(enclaves, enclave);
	if (enclave->task.status < 0)
		return refuse_job(enclaves, enclave, -enclave->task.status, refusal);
	enclave->vm = enclave->task.vm;
	status = enclave->is_stopping ? 0 : start(enclaves, enclave);
	if (enclave->is_stopping || status != 0) {
		enclave->flags |= ANSWER_KILLED;
		enclave->failure = -status;
		begin_destroy(enclaves, enclave);
		return JOB_NOTHING;
	}
	enclave->state = ENCLAVE_RUNNING;
	enclave->vm_vcpus = enclave->config.vcpus;
	enclave->log_position = 0;
	enclave->jobs++;
	memcpy(started.name, enclave->config.name, sizeof(started.name));
	event_add(enclaves, enclave, "runs %s as VM %d", enclave->program, enclave->vm);
	session_answer(enclave->session, ANSWER_STARTED, &started, sizeof(started));
	return JOB_RUNS;
}

/* what a measurement wants to know, as long as there is a VM */
static void answer_counters(const struct enclaves *enclaves, const struct enclave *enclave)
{
	struct answer_enclave shown;

	enclave_describe(enclaves, enclave, &shown);
	session_answer(enclave->session, ANSWER_ENCLAVE, &shown, sizeof(shown));
	for (uint16_t vcpu = 0; vcpu < enclave->vm_vcpus; vcpu++) {
		struct bh_counters counters;

		if (enclaves->layer->counters(enclave->relay.fd, vcpu, &counters) == 0)
			session_answer(enclave->session, ANSWER_COUNTERS, &counters,
				       sizeof(counters));
	}
}

/* a core that was stopped has written nothing down */
static void take_fault(const struct vm_layer *layer, struct enclave *enclave)
{
	enclave->report = (struct vcpu_report){0};
	enclave->fault = (struct bh_fault){.cause = BH_FAULT_STOPPED};
	enclave->has_fault = layer->fault(enclave->relay.fd, &enclave->fault) == 0;
	if (enclave->has_fault && layer->report != NULL &&
	    (layer->report(enclave->relay.fd, enclave->fault.vcpu, &enclave->report) != 0 ||
	     enclave->report.phase != VCPU_FAULTED))
		enclave->report = (struct vcpu_report){0};
}

static void end_watch(const struct enclaves *enclaves, struct enclave *enclave)
{
	if (enclaves->layer->watched != NULL &&
	    enclaves->layer->watched(enclave->vm, enclave->reason, sizeof(enclave->reason)))
		event_add(enclaves, enclave, "%s", enclave->reason);
}

static const char *share_name(const struct enclaves *enclaves, uint32_t id)
{
	for (size_t i = 0; i < SHARES_MAX; i++) {
		if (enclaves->shares[i].id == id)
			return enclaves->shares[i].name;
	}
	return "memory";
}

static bool has_share(const struct enclave *enclave, uint32_t id)
{
	for (size_t i = 0; i < ENCLAVE_SHARES_MAX; i++) {
		if (enclave->shares[i].id == id)
			return true;
	}
	return false;
}

/* what it left there may be half of something */
static void tell_sharers(const struct enclaves *enclaves, const struct enclave *ended)
{
	for (size_t i = 0; i < ENCLAVE_SHARES_MAX; i++) {
		uint32_t id = ended->shares[i].id;

		for (size_t j = 0; j < ENCLAVES_MAX && id != 0; j++) {
			const struct enclave *one = &enclaves->all[j];

			if (one->id != 0 && one != ended && has_share(one, id))
				event_add(enclaves, one, "shares %s with %s, which was ended: %s",
					  share_name(enclaves, id), ended->config.name,
					  fault_words(ended->fault.cause));
		}
	}
}

void job_vm_ended(struct enclaves *enclaves, struct enclave *enclave)
{
	const struct vm_layer *layer = enclaves->layer;
	struct vmdev_info info = {0};

	end_watch(enclaves, enclave);

	if (layer->info(enclave->relay.fd, &info) == 0)
		enclave->runtime_ticks = info.runtime_ticks;
	if (info.cause != BH_FAULT_OFF) {
		enclave->flags |= ANSWER_KILLED;
		take_fault(layer, enclave);
		tell_sharers(enclaves, enclave);
	}
	answer_counters(enclaves, enclave);
	enclave->state = ENCLAVE_ENDING;
}

/* how it ended, in words */
static void tell_end(const struct enclaves *enclaves, const struct enclave *enclave)
{
	int status = (int)enclave->status;

	if ((enclave->flags & ANSWER_KILLED) != 0)
		event_add(enclaves, enclave, "was ended: %s",
			  enclave->has_fault ? fault_words(enclave->fault.cause)
					     : fault_words(BH_FAULT_STOPPED));
	else if ((enclave->flags & ANSWER_HAS_STATUS) == 0)
		event_add(enclaves, enclave, "ended without a result");
	else if ((enclave->status & WIRE_NOT_STARTED) != 0)
		event_add(enclaves, enclave, "ended: its program could not be started: %s",
			  strerror(status & 0xFFFF));
	else if (WIFSIGNALED(status))
		event_add(enclaves, enclave, "ended by signal %d (%s)", WTERMSIG(status),
			  strsignal(WTERMSIG(status)));
	else
		event_add(enclaves, enclave, "ended with exit status %d", WEXITSTATUS(status));
}

static enum job_news take_destroyed(struct enclaves *enclaves, struct enclave *enclave,
				    struct refusal *refusal)
{
	if (enclave->task.status != 0)
		event_add(enclaves, enclave, "VM %d does not go: %s", enclave->vm,
			  strerror(-enclave->task.status));
	enclave->vm = 0;
	enclave->vm_vcpus = 0;
	if (enclave->failure != 0)
		return refuse_job(enclaves, enclave, enclave->failure, refusal);
	enclave->state = ENCLAVE_STARTED;
	enclave->is_stopping = false;
	tell_end(enclaves, enclave);
	return JOB_ENDED;
}

enum job_news job_progress(struct enclaves *enclaves, struct enclave *enclave,
			   struct refusal *refusal)
{
	switch (vm_task_take(&enclave->task)) {
	case VM_TASK_MAKE:
		return take_made(enclaves, enclave, refusal);
	case VM_TASK_RESIZE:
		return JOB_RESIZED;
	case VM_TASK_DESTROY:
		return take_destroyed(enclaves, enclave, refusal);
	default:
		break;
	}
	if (enclave->state == ENCLAVE_ENDING && !vm_task_is_busy(&enclave->task))
		begin_destroy(enclaves, enclave);
	return JOB_NOTHING;
}
