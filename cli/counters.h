/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters and fault records as JSON.
 */
#ifndef CLI_COUNTERS_H
#define CLI_COUNTERS_H

#include <cli/command.h>
#include <json-c/json.h>

/* What a job's enclave tells at its end. */
struct counters {
	struct answer_enclave enclave;
	struct bh_counters vcpus[ENCLAVE_VCPUS_MAX];
	unsigned count;
	uint32_t cause;   /* enum bh_fault_cause */
	char calls[2048]; /* text: system calls that the kernel does not know (bulkhead/wire.h) */
};

/* A new object of the caller's. */
struct json_object *counters_json(const struct bh_counters *counters);
/* fault.c: a fault record, whose name ends. */
struct json_object *fault_json(const struct answer_fault *answer);
/* False, with words said. */
bool counters_write(const struct counters *counters, const char *path);

#endif
