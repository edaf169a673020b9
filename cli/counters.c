/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters of an enclave's CPUs as JSON, for stats and for --counters: there one object a line, with the keys of ./node's reports.
 */
#include <cli/counters.h>
#include <cli/json_add.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const el2_names[] = {
#define X(id, name) [id] = (name),
	BH_EXIT_REASONS(X)
#undef X
};

static const char *const core_names[] = {
#define X(id, name) [id] = (name),
	VCPU_EXITS(X)
#undef X
};

struct json_object *counters_json(const struct bh_counters *counters)
{
	struct json_object *object = json_object_new_object(), *exits = json_object_new_object();
	bool is_core = counters->kind == BH_COUNTERS_CORE;
	size_t count = is_core ? VCPU_EXIT_REASONS : BH_EXIT_REASON_COUNT;

	add_number(object, "vcpu", counters->vcpu);
	for (size_t i = 0; i < count; i++)
		add_number(exits, is_core ? core_names[i] : el2_names[i], counters->exits[i]);
	json_object_object_add(object, "exits", exits);
	add_number(object, "runs", counters->runs);
	add_number(object, "denied", counters->denied);
	if (is_core) {
		add_number(object, "dropped", counters->dropped);
		add_number(object, "pending", counters->pending);
	}
	add_number(object, "injected", counters->injected);
	add_number(object, "run_ticks", counters->run_ticks);
	return object;
}

static void write_line(FILE *file, struct json_object *object)
{
	(void)fprintf(file, "%s\n", json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
}

static struct json_object *event(const char *name, const struct answer_enclave *enclave)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "event", json_object_new_string(name));
	add_number(object, "vm", enclave->vm);
	return object;
}

bool counters_write(const struct counters *counters, const char *path)
{
	FILE *file = fopen(path, "we");
	struct json_object *end;

	if (file == NULL) {
		say("%s cannot be written: %s.", path, strerror(errno));
		return false;
	}
	end = event("end", &counters->enclave);
	json_object_object_add(end, "cause", json_object_new_string(fault_cause(counters->cause)));
	add_number(end, "runtime_ticks", counters->enclave.runtime_ticks);
	add_number(end, "counter_hz", counters->enclave.counter_hz);
	write_line(file, end);
	for (unsigned i = 0; i < counters->count; i++) {
		struct json_object *line = event("counters", &counters->enclave);
		struct json_object *one = counters_json(&counters->vcpus[i]);

		json_object_object_foreach(one, key, value)
			json_object_object_add(line, key, json_object_get(value));
		json_object_put(one);
		write_line(file, line);
	}
	if (counters->calls[0] != '\0') {
		struct json_object *line = event("calls", &counters->enclave);

		json_object_object_add(line, "text", json_object_new_string(counters->calls));
		write_line(file, line);
	}
	if (fclose(file) == 0)
		return true;
	say("%s cannot be written: %s.", path, strerror(errno));
	return false;
}
