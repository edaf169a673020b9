/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is said in a session (channel.h) between the bulkhead command in Linux and the control task. Each message of the channel is a
 * struct command_header and its payload, whose length must fit: that of a type with a fixed payload exactly.
 *
 * The command asks once: a session serves one request (CREATE may be followed by JOB: a transient enclave). The control
 * task answers with what was asked for and ends by ANSWER_DONE, with an error number of Linux and a sentence for the operator
 * when it could not be done, and closes the session. What breaks the order of things is answered EPROTO.
 *
 * A job: JOB, then DATA, in all as many bytes as JOB said: a cpio archive (newc) without its end, which has /job (job.h) and what
 * it needs; the control task puts init in front. Then ANSWER_STARTED, and until ANSWER_DONE, which has the job's status of
 * wait(2): STDIN (empty: end of file), SIGNAL; ANSWER_STDOUT, ANSWER_STDERR, ANSWER_FILES if /job asks for that. Signals overtake STDIN
 * that the job does not take. Before ANSWER_DONE come ANSWER_ENCLAVE and ANSWER_COUNTERS as they were at the end of the VM, ANSWER_FAULT when
 * it was ended, and ANSWER_LOG when there is no status.
 *
 * The end of the session ends a transient enclave with its job, unless it is detached; a job also outlives Linux. What such
 * a job writes is kept (COMMAND_KEPT_MAX bytes of it, the newest) for CONSOLE.
 */
#ifndef BULKHEAD_COMMAND_H
#define BULKHEAD_COMMAND_H

#include <bulkhead/counters.h>
#include <bulkhead/enclave.h>
#include <bulkhead/fault.h>
#include <bulkhead/vcpu.h>

#define COMMAND_VERSION     2
#define COMMAND_TEXT_MAX    400 /* of a sentence, with the NUL */
#define COMMAND_PROGRAM_MAX 64  /* of a job's program, with the NUL */
#define COMMAND_KEPT_MAX    (1u << 20)

enum command_type {
	COMMAND_CREATE = 1, /* struct command_create */
	COMMAND_JOB = 2,    /* struct command_job */
	COMMAND_DATA = 3,   /* bytes */
	COMMAND_STDIN = 4,  /* bytes, at most WIRE_PAYLOAD_MAX (wire.h); none: the end */
	COMMAND_SIGNAL = 5, /* struct command_signal: for the job of this session */
	/* struct command_target, about an enclave */
	COMMAND_START = 6, /* takes its cores and its memory */
	COMMAND_STOP = 7,  /* gives them back; EBUSY while a job runs, unless COMMAND_FORCE */
	COMMAND_DESTROY = 8,
	COMMAND_KILL = 9,  /* `value`: a signal; SIGKILL ends the job whatever it does */
	COMMAND_SHOW = 10, /* ANSWER_ENCLAVE */
	COMMAND_CONSOLE =
		11, /* ANSWER_STDOUT, ANSWER_STDERR, ANSWER_LOG; COMMAND_FOLLOW: until it ends */
	COMMAND_STATS = 12,  /* ANSWER_COUNTERS, one for each vCPU; no name: ANSWER_NODE */
	COMMAND_FAULTS = 13, /* ANSWER_FAULT, oldest first; no name: of all */
	COMMAND_LIST = 14,   /* ANSWER_NODE, ANSWER_ENCLAVE of all; no name */
	COMMAND_EVENTS =
		15, /* ANSWER_EVENT, oldest first; no name: of all; COMMAND_FOLLOW: those to come, too */
	COMMAND_SET = 16,   /* struct command_set */
	COMMAND_SHARE = 17, /* struct command_share; SHARE_LIST: ANSWER_SHARE */

	ANSWER_DONE = 0x100,     /* struct answer_done */
	ANSWER_STARTED = 0x101,  /* struct answer_started */
	ANSWER_STDOUT = 0x102,   /* bytes */
	ANSWER_STDERR = 0x103,   /* bytes */
	ANSWER_LOG = 0x104,      /* bytes: the enclave's kernel log */
	ANSWER_ENCLAVE = 0x105,  /* struct answer_enclave */
	ANSWER_COUNTERS = 0x106, /* struct bh_counters */
	ANSWER_FAULT = 0x107,    /* struct answer_fault */
	ANSWER_EVENT = 0x108,    /* struct answer_event */
	ANSWER_NODE = 0x109,     /* struct answer_node */
	ANSWER_CALLS = 0x10A,    /* text: system calls that the job missed, as WIRE_CALLS */
	ANSWER_FILES = 0x10B,    /* bytes: files that the job made or changed, as WIRE_FILES */
	ANSWER_SHARE = 0x10C     /* struct answer_share */
};

struct command_header {
	uint16_t type; /* enum command_type */
	uint16_t version;
	uint32_t length; /* of the payload */
};

/* Flags of requests and answers. TRANSIENT: ends with its session, or when its job has ended. */
#define COMMAND_TRANSIENT 1u
/* With TRANSIENT: does not end with its session; stays, with its output, when its job has ended, until destroyed */
#define COMMAND_DETACHED 2u
#define COMMAND_FORCE    4u
#define COMMAND_FOLLOW   8u
/* A share that the enclave does not write to. */
#define COMMAND_READ_ONLY 128u
/* Of an enclave: isolation was not chosen, and this processor has none to give. */
#define ANSWER_BARE 256u

struct command_create {
	uint32_t flags; /* COMMAND_TRANSIENT, COMMAND_DETACHED */
	uint32_t zero;
	/*
	 * vcpus, nodes, name (empty: one is made up), bootargs, cores, isolation, grants (root's to ask for), sizes of ranges: one for each
	 * node. All else is zero.
	 */
	struct enclave_config config;
};

struct command_job {
	char name[ENCLAVE_NAME_MAX];       /* the enclave; empty: the one that this session made */
	char program[COMMAND_PROGRAM_MAX]; /* for lists */
	uint64_t size;                     /* bytes of DATA that follow */
	uint32_t flags;                    /* COMMAND_DETACHED */
	uint32_t zero;
};

struct command_target {
	char name[ENCLAVE_NAME_MAX]; /* its name, or a number in decimal: its id */
	uint32_t flags;
	uint32_t value;
};

struct command_set {
	char name[ENCLAVE_NAME_MAX];
	uint64_t memory; /* bytes in all; 0: as it is */
	/* 0: as it is. While a job runs: cores that its vCPUs share, at most as many as those are; they stay as many. */
	uint32_t vcpus;
	uint32_t move; /* 1: `cores` says where */
	uint16_t cores[ENCLAVE_VCPUS_MAX];
};

/*
 * Memory of Linux's that enclaves see as /dev/region/NAME, on hosts; a node without says ENOTSUP. An enclave that has a share has it in each of
 * its jobs, and, asked for while a job runs, at once.
 */
#define SHARE_NAME_MAX 32 /* with the NUL */

enum share_action {
	SHARE_LIST,
	SHARE_CREATE,
	SHARE_ATTACH,
	SHARE_DETACH,
	SHARE_DESTROY, /* taken from all enclaves first; EBUSY: one does not let go */
	SHARE_ACTIONS
};

struct command_share {
	uint32_t action; /* enum share_action */
	uint32_t flags;  /* of ATTACH: COMMAND_READ_ONLY */
	uint64_t
		size; /* of CREATE: bytes, pages of 4 KiB below 2 MiB and multiples of that above */
	uint32_t node; /* of CREATE: of NUMA */
	uint32_t zero;
	char name[SHARE_NAME_MAX];      /* empty: LIST */
	char enclave[ENCLAVE_NAME_MAX]; /* of ATTACH and DETACH */
};

/* A share: enclave 0; behind it one for each enclave that has it. */
struct answer_share {
	uint64_t size;
	uint32_t node;
	uint32_t region; /* the module's id of it, for COKERNELDEV_REGION_OPEN */
	uint32_t enclave;
	uint32_t flags; /* COMMAND_READ_ONLY */
	char name[SHARE_NAME_MAX];
	char enclave_name[ENCLAVE_NAME_MAX];
};

struct command_signal {
	uint32_t signal; /* as Linux numbers them */
};

/* With how the job ended. */
#define ANSWER_HAS_STATUS 16u
#define ANSWER_KILLED     32u /* the enclave ended before the job did: see its fault record */
/* Of an enclave: its output waits, as whoever has its session does not read */
#define ANSWER_BLOCKED 64u

struct answer_done {
	uint32_t error; /* errno, 0: done */
	uint32_t flags;
	uint32_t status;             /* as of wait(2), or WIRE_NOT_STARTED | errno */
	uint32_t id;                 /* of the enclave */
	char text[COMMAND_TEXT_MAX]; /* a sentence, when there is something to say */
};

struct answer_started {
	uint32_t id;
	uint32_t flags;  /* ANSWER_BARE */
	uint64_t memory; /* bytes */
	char name[ENCLAVE_NAME_MAX];
};

enum enclave_state {
	ENCLAVE_CREATED, /* described; has neither cores nor memory */
	ENCLAVE_STARTED, /* has both, no job */
	ENCLAVE_LOADING, /* a job is coming */
	ENCLAVE_RUNNING,
	ENCLAVE_FINISHED, /* a detached job has ended; what it wrote is kept */
	ENCLAVE_ENDING,   /* its job has ended; its memory is being cleared */
	ENCLAVE_STATES
};

struct answer_enclave {
	uint32_t id;
	uint32_t state; /* enum enclave_state */
	uint32_t
		flags; /* COMMAND_TRANSIENT, COMMAND_DETACHED, ANSWER_HAS_STATUS, ANSWER_KILLED, ANSWER_BLOCKED */
	uint32_t status; /* of the last job */
	uint32_t user;   /* who made it */
	uint16_t vm;     /* 0: none now */
	uint16_t vcpus;
	uint64_t memory;        /* bytes */
	uint64_t runtime_ticks; /* of the job, so far */
	uint64_t counter_hz;
	uint64_t kept; /* bytes of output that wait for CONSOLE */
	uint64_t lost; /* bytes of output that were more than is kept */
	uint64_t jobs; /* how many it has run */
	uint16_t cores[ENCLAVE_VCPUS_MAX];
	uint8_t digest[ENCLAVE_DIGEST_SIZE]; /* SHA-256 of the kernel that runs in it */
	uint32_t isolation; /* ENCLAVE_ISOLATION_*, BEST: by the node's hypervisor */
	uint32_t grant_count;
	struct enclave_grant grants[ENCLAVE_GRANTS_MAX];
	char name[ENCLAVE_NAME_MAX];
	char program[COMMAND_PROGRAM_MAX];
};
static_assert(sizeof(struct answer_enclave) == 24 + 48 + 64 + 32 + 8 + 16 * 24 + 32 + 64, "an ABI");

struct answer_node {
	uint32_t cores;
	uint32_t enclaves;
	uint64_t free_memory; /* bytes that enclaves can have */
	uint16_t load[64];    /* vCPUs placed on each core, the login VM's included */
	/* the same before and after an enclave: what would be lost shows here */
	uint64_t free_pages; /* of 4 KiB, of the primary */
	uint64_t units;      /* of 2 MiB, that the hypervisor says are the primary's */
	uint32_t vms;
	uint32_t files; /* that the control task has open */
};

enum answer_fault_kind {
	FAULT_EL2 = 0, /* `fault` is all */
	FAULT_CORE =
		1 /* of a co-kernel: `report` is of the core that `fault` names; version 0: it was bare, or ended without one */
};

struct answer_fault {
	uint32_t id;
	uint32_t kind; /* enum answer_fault_kind */
	char name[ENCLAVE_NAME_MAX];
	struct bh_fault fault;
	struct vcpu_report report;
};

struct answer_event {
	uint64_t number; /* counts on */
	uint64_t ticks;  /* virtual counter */
	uint64_t counter_hz;
	uint32_t id; /* of the enclave, 0: the node */
	uint32_t zero;
	char name[ENCLAVE_NAME_MAX];
	char text[128];
};

static_assert(sizeof(struct command_create) == 8 + sizeof(struct enclave_config), "an ABI");
static_assert(sizeof(struct command_job) == 32 + 64 + 16 && sizeof(struct command_target) == 40 &&
		      sizeof(struct command_set) == 32 + 16 + 64 &&
		      sizeof(struct command_share) == 24 + 32 + ENCLAVE_NAME_MAX &&
		      sizeof(struct answer_share) == 24 + 32 + ENCLAVE_NAME_MAX &&
		      sizeof(struct answer_done) == 16 + COMMAND_TEXT_MAX &&
		      sizeof(struct answer_fault) == 8 + ENCLAVE_NAME_MAX +
							     sizeof(struct bh_fault) +
							     sizeof(struct vcpu_report) &&
		      sizeof(struct answer_event) == 192 && sizeof(struct answer_node) == 168,
	      "an ABI");

#endif
