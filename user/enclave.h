/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of enclaves, which outlives every Linux. An enclave has cores and memory from ENCLAVE_STARTED on: that is
 * accounted here, the VM itself is made for each job and goes with it, so that every job finds a fresh kernel and zeroed memory.
 * Making, resizing and destroying it takes long and is done elsewhere (vm_task.h); what else is asked about the enclave waits for that.
 */
#ifndef USER_ENCLAVE_H
#define USER_ENCLAVE_H

#include <bulkhead/command.h>
#include <stdio.h>
#include <user/channel.h>
#include <user/kept.h>
#include <user/relay.h>
#include <user/vm_layer.h>

#define ENCLAVES_MAX       64
#define SHARES_MAX         64
#define ENCLAVE_SHARES_MAX 16

/* A share that an enclave has; id 0: none. */
struct enclave_share {
	uint32_t id;
	uint32_t flags; /* COMMAND_READ_ONLY */
};

/* Memory of Linux's for enclaves (requests_share.c). */
struct share {
	char name[SHARE_NAME_MAX]; /* empty: this place is free */
	uint32_t id;               /* 0: is being made */
	uint32_t node;
	uint64_t size;
	uint32_t enclave;    /* id of whom the task is about */
	struct vm_task task; /* what is being done with it */
};

struct enclave {
	uint32_t id;    /* never used again; 0: this place is free */
	uint32_t state; /* enum enclave_state */
	/* COMMAND_TRANSIENT, COMMAND_DETACHED, ANSWER_HAS_STATUS, ANSWER_KILLED, ANSWER_BARE */
	uint32_t flags;
	uint32_t user;
	uint32_t status; /* of the last job, as in struct answer_done */
	uint64_t jobs;
	struct enclave_config config;      /* cores: as wanted; isolation: what it gets */
	uint16_t cores[ENCLAVE_VCPUS_MAX]; /* of each vCPU, as given, while it has some */
	char program[COMMAND_PROGRAM_MAX];

	/* a job */
	struct session *session; /* who takes its output; NULL: it is kept */
	int tree;                /* file that its initial file tree is written to; -1 */
	uint64_t missing;        /* bytes of that */
	int vm;                  /* 0: none */
	struct relay relay;      /* fd -1: no VM */
	bool is_stopping;
	struct vm_task task; /* what is being done to its VM */
	uint32_t vm_vcpus;   /* of its VM, which keeps them; they share config.vcpus cores */
	uint64_t wanted;     /* bytes that the task resizes it to */
	int failure;         /* errno: its VM could not be started, and is being destroyed */
	uint64_t
		blocked_since; /* counter: when its session took no more of its output; 0: it does */
	struct kept kept;
	struct kept log;        /* of its kernels */
	uint64_t log_position;  /* of what the kernel that runs has logged */
	uint64_t runtime_ticks; /* of the last job */
	char reason[128];       /* why the watch over its cores stopped it; empty: it did not */
	bool has_fault;
	struct bh_fault fault;     /* the last one */
	struct vcpu_report report; /* of it; version 0: none */
	uint8_t digest[ENCLAVE_DIGEST_SIZE];
	struct enclave_share shares[ENCLAVE_SHARES_MAX]; /* of each of its VMs */
};

struct enclaves {
	const struct vm_layer *layer;
	uint32_t last_id;
	uint16_t reserved
		[64]; /* vCPUs on each core that are nobody's here: the login VM's, the control task */
	struct enclave all[ENCLAVES_MAX];
	struct share shares[SHARES_MAX];
};

/* An error that goes to the operator: a number of Linux, and a sentence that says what to do. */
struct refusal {
	int error;
	char text[COMMAND_TEXT_MAX];
};

/* Fills `refusal` and returns false. */
bool refuse(struct refusal *refusal, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* letters, digits and -_. that begin with a letter, with a NUL within `size`: no id, no path, nothing that a terminal acts upon */
bool name_is_good(const char *name, size_t size);
void enclaves_init(struct enclaves *enclaves, const struct vm_layer *layer);
/* By name, or by id in decimal; NULL with a refusal when there is none. */
struct enclave *enclave_find(struct enclaves *enclaves, const char *name, struct refusal *refusal);
/* A new one, ENCLAVE_CREATED. `config` is checked, and not believed. */
struct enclave *enclave_create(struct enclaves *enclaves, const struct command_create *create,
			       uint32_t user, struct refusal *refusal);
/* Takes cores and memory: ENCLAVE_STARTED. */
bool enclave_start(struct enclaves *enclaves, struct enclave *enclave, struct refusal *refusal);
/* Gives them back: ENCLAVE_CREATED. Only without a job. */
void enclave_stop(struct enclave *enclave);
/* It is gone. Only without a job. */
void enclave_destroy(struct enclave *enclave);
/* True; its task may then be busy with the new memory: enclave_resized() follows. */
bool enclave_set(struct enclaves *enclaves, struct enclave *enclave, const struct command_set *set,
		 struct refusal *refusal);
/* The task has resized it: takes down what it has now; false when that is not what was wanted. */
bool enclave_resized(struct enclave *enclave, struct refusal *refusal);
uint64_t enclave_memory(const struct enclave *enclave);
/* vCPUs that it has or will have. */
uint32_t enclave_vcpus(const struct enclave *enclave);
bool enclave_has_job(const struct enclave *enclave);
static inline bool enclave_has_cores(const struct enclave *enclave)
{
	return enclave->state != ENCLAVE_CREATED && enclave->state != ENCLAVE_FINISHED;
}
/* A VM is being made or destroyed: how much memory is free is known afterwards. That takes bounded time. */
bool enclaves_are_changing(const struct enclaves *enclaves);
/* Its memory is accounted for, and no VM has it. */
bool enclave_has_promise(const struct enclave *enclave);
/* Bytes that no enclave has and none is promised. */
uint64_t enclaves_free_memory(const struct enclaves *enclaves);
void enclave_describe(const struct enclaves *enclaves, const struct enclave *enclave,
		      struct answer_enclave *answer);
void enclaves_describe(const struct enclaves *enclaves, struct answer_node *answer);
/* Its last fault record. */
void enclave_fault(const struct enclaves *enclaves, const struct enclave *enclave,
		   struct answer_fault *answer);

/*
 * Where vCPUs run (place.c): on the cores asked for, which must be nobody else's; otherwise on those with the least on them. A VM that
 * runs with more vCPUs than that goes round them. Fills enclave->cores, and if NUMA nodes matter and there is no VM, those of its memory.
 */
bool enclave_place(const struct enclaves *enclaves, struct enclave *enclave,
		   struct refusal *refusal);
void enclaves_load(const struct enclaves *enclaves, const struct enclave *except,
		   uint16_t load[64]);

#endif
