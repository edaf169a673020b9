/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A job in an enclave, from its first byte to the end of its VM: ENCLAVE_STARTED to LOADING to RUNNING, and back. Its output goes
 * to its session as far as that takes it, and is kept when there is none; what the session does not take waits in the VM.
 */
#ifndef USER_JOB_RUN_H
#define USER_JOB_RUN_H

#include <user/enclave.h>

/* The enclave is ENCLAVE_STARTED. `session` may go before the job does. */
bool job_begin(struct enclaves *enclaves, struct enclave *enclave, const struct command_job *job,
	       struct session *session, struct refusal *refusal);
/* The next bytes of its file tree; with the last one it starts. After a refusal the enclave is ENCLAVE_STARTED again. */
bool job_load(struct enclaves *enclaves, struct enclave *enclave, const void *data, size_t size,
	      struct refusal *refusal);
/* Input of the job; empty: its end. False: not now. */
bool job_input(struct enclave *enclave, const void *data, size_t size);
void job_signal(struct enclaves *enclaves, struct enclave *enclave, uint32_t signal);
/* Ends it, whatever it does; job_serve() sees the end. Of one that is still loading nothing remains. */
void job_stop(struct enclaves *enclaves, struct enclave *enclave);
/* The same, and its VM is gone when this returns. What it had written and nobody had taken goes to its session, or is kept. */
void job_kill_now(struct enclaves *enclaves, struct enclave *enclave);
/* What poll(2) is asked for. */
short job_events(const struct enclave *enclave);
/* After poll(2). True when the job has ended and its VM is gone: enclave->flags and status say how. */
bool job_serve(struct enclaves *enclaves, struct enclave *enclave, short events);
/* As much of what was kept as the session has room for, which is kept no more. True when that was all. */
bool job_send_kept(struct enclave *enclave, struct session *session);

/* Room that a session has for output before more would only pile up here. */
bool session_has_room(const struct session *session);
/* A message of this type; none to a NULL session. */
void session_answer(struct session *session, uint16_t type, const void *data, size_t size);

#endif
