/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The VM of a job, of job_run.c: made from the file tree that came, started, and destroyed when it has ended.
 */
#ifndef USER_JOB_VM_H
#define USER_JOB_VM_H

#include <user/enclave.h>

/* The file tree that a job's VM gets, on its way. */
void job_tree_path(const struct enclaves *enclaves, const struct enclave *enclave,
		   char path[VM_TASK_PATH]);
void job_tree_remove(const struct enclaves *enclaves, struct enclave *enclave);
/* Begins to make it: job_progress() tells the rest. */
void job_vm_make(struct enclaves *enclaves, struct enclave *enclave);
/* It has ended, and what it sent is taken: ENCLAVE_ENDING, job_progress() tells the rest. */
void job_vm_ended(struct enclaves *enclaves, struct enclave *enclave);

#endif
