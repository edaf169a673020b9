/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A job in an enclave, from its first byte to the end of its VM: ENCLAVE_STARTED to LOADING to RUNNING to ENDING, and back. Its output
 * goes to its session as far as that takes it, and is kept when there is none; what the session does not take waits in the VM.
 * The VM is made and destroyed by the enclave's task.
 */
#ifndef USER_JOB_RUN_H
#define USER_JOB_RUN_H

#include <user/enclave.h>

/* The enclave is ENCLAVE_STARTED. `session` may go before the job does. */
bool job_begin(struct enclaves *enclaves, struct enclave *enclave, const struct command_job *job,
	       struct session *session, struct refusal *refusal);
/* The next bytes of its file tree; with the last one its VM is being made: job_progress() follows. */
bool job_load(struct enclaves *enclaves, struct enclave *enclave, const void *data, size_t size,
	      struct refusal *refusal);
/* Input of the job; empty: its end. False: not now. */
bool job_input(struct enclave *enclave, const void *data, size_t size);
void job_signal(struct enclaves *enclaves, struct enclave *enclave, uint32_t signal);
/*
 * Ends it, whatever it does. True when that is done: it had no VM yet, and nothing of it remains. Otherwise job_progress() tells, when
 * job_is_leaving() (if it is not, its VM does not stop, and may be asked again); what it had written and nobody had taken goes to its session,
 * or is kept.
 */
bool job_stop(struct enclaves *enclaves, struct enclave *enclave);
/* Nobody has heard of it yet, but its VM is being made. */
static inline bool job_is_being_made(const struct enclave *enclave)
{
	return enclave->state == ENCLAVE_LOADING && enclave->task.kind == VM_TASK_MAKE;
}
/* It is on its way out: what needs an enclave without a job has to wait, not for long. */
static inline bool job_is_leaving(const struct enclave *enclave)
{
	return enclave->is_stopping || enclave->state == ENCLAVE_ENDING;
}
/* What poll(2) is asked for. */
short job_events(const struct enclave *enclave);
/* After poll(2). */
void job_serve(struct enclaves *enclaves, struct enclave *enclave, short events);

enum job_news {
	JOB_NOTHING,
	JOB_RUNS,
	JOB_REFUSED, /* it could not be started, the refusal says why; the enclave is ENCLAVE_STARTED */
	JOB_ENDED,  /* its VM is gone: enclave->flags and status say how */
	JOB_RESIZED /* enclave_resized() says how */
};

/* What the enclave's task has done, and what follows from that. */
enum job_news job_progress(struct enclaves *enclaves, struct enclave *enclave,
			   struct refusal *refusal);
/* As much of what was kept as the session has room for, which is kept no more. True when that was all. */
bool job_send_kept(struct enclave *enclave, struct session *session);
/* Its output that went to a session that is lost, and may not have been read, is kept again. */
void job_keep_unread(struct enclave *enclave, const struct session *session);

/* Room that a session has for output before more would only pile up here. */
bool session_has_room(const struct session *session);
/* A message of this type; none to a NULL session. */
void session_answer(struct session *session, uint16_t type, const void *data, size_t size);

#endif
