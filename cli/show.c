/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ls, show, stats, faults, events: the same answers as a table for people or as JSON, one document a run (events: one a line).
 */
#include <cli/counters.h>
#include <cli/json_add.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)

struct view {
	bool json, follow, watch;
	unsigned seconds;
	struct json_object *list;
};

static const char *const states[ENCLAVE_STATES] = {
	[ENCLAVE_CREATED] = "created",   [ENCLAVE_STARTED] = "started",
	[ENCLAVE_LOADING] = "loading",   [ENCLAVE_RUNNING] = "running",
	[ENCLAVE_FINISHED] = "finished", [ENCLAVE_ENDING] = "ending",
};

const char *state_name(uint32_t state)
{
	return state < ENCLAVE_STATES ? states[state] : "unlisted";
}

static void print_json(struct json_object *object)
{
	printf("%s\n", json_object_to_json_string_ext(
			       object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
}

static double seconds_of(uint64_t ticks, uint64_t hz)
{
	return hz != 0 ? (double)ticks / (double)hz : 0.0;
}

static const char *cores_text(const struct answer_enclave *enclave, char *text, size_t size)
{
	size_t at = 0;

	(void)snprintf(text, size, "-");
	for (unsigned i = 0; i < enclave->vcpus && i < ENCLAVE_VCPUS_MAX && at + 8 < size; i++) {
		if (enclave->cores[i] != ENCLAVE_CORE_ANY)
			at += (size_t)snprintf(text + at, size - at, "%s%u", i ? "," : "",
					       enclave->cores[i]);
	}
	return text;
}

static const char *end_text(const struct answer_enclave *enclave, char *text, size_t size)
{
	const struct answer_done done = {.flags = enclave->flags, .status = enclave->status};

	if (enclave->state == ENCLAVE_RUNNING || enclave->state == ENCLAVE_LOADING ||
	    enclave->jobs == 0)
		return "-";
	return job_end_text(&done, text, size);
}

static struct json_object *enclave_json(const struct answer_enclave *enclave)
{
	struct json_object *object = json_object_new_object();
	struct json_object *cores = json_object_new_array(), *grants = json_object_new_array();
	char text[160];

	add_number(object, "id", enclave->id);
	add_string(object, "name", enclave->name);
	add_string(object, "state", state_name(enclave->state));
	add_string(object, "program", enclave->program);
	add_number(object, "cpus", enclave->vcpus);
	for (unsigned i = 0; i < enclave->vcpus && i < ENCLAVE_VCPUS_MAX; i++)
		json_object_array_add(cores, enclave->cores[i] == ENCLAVE_CORE_ANY
						     ? NULL
						     : json_object_new_int(enclave->cores[i]));
	json_object_object_add(object, "cores", cores);
	add_string(object, "isolation", isolation_text(enclave->isolation, text, sizeof(text)));
	for (unsigned i = 0; i < enclave->grant_count && i < ENCLAVE_GRANTS_MAX; i++)
		json_object_array_add(grants, json_object_new_string(grant_text(
						      &enclave->grants[i], text, sizeof(text))));
	json_object_object_add(object, "grants", grants);
	add_number(object, "memory", enclave->memory);
	add_number(object, "vm", enclave->vm);
	add_number(object, "user", enclave->user);
	add_number(object, "jobs", enclave->jobs);
	json_object_object_add(object, "transient",
			       json_object_new_boolean((enclave->flags & COMMAND_TRANSIENT) != 0));
	json_object_object_add(object, "detached",
			       json_object_new_boolean((enclave->flags & COMMAND_DETACHED) != 0));
	json_object_object_add(object, "waits_for_reader",
			       json_object_new_boolean((enclave->flags & ANSWER_BLOCKED) != 0));
	add_string(object, "end", end_text(enclave, text, sizeof(text)));
	json_object_object_add(
		object, "runtime",
		json_object_new_double(seconds_of(enclave->runtime_ticks, enclave->counter_hz)));
	add_number(object, "kept", enclave->kept);
	add_number(object, "lost", enclave->lost);
	for (unsigned i = 0; i < ENCLAVE_DIGEST_SIZE; i++)
		(void)sprintf(text + 2 * i, "%02x", enclave->digest[i]);
	add_string(object, "kernel_sha256", text);
	return object;
}

static void print_row(const struct answer_enclave *enclave)
{
	char cores[160], end[80];

	printf("%4u  %-16s %-9s %4u  %-12s %6lluM  %9.1f s  %-12s %s\n", enclave->id, enclave->name,
	       state_name(enclave->state), enclave->vcpus,
	       cores_text(enclave, cores, sizeof(cores)),
	       (unsigned long long)(enclave->memory / MIB),
	       seconds_of(enclave->runtime_ticks, enclave->counter_hz),
	       end_text(enclave, end, sizeof(end)), enclave->program);
	if ((enclave->flags & ANSWER_BLOCKED) != 0)
		say("%s waits: its output is not read where it was started. Read it there, or bulkhead kill %s.",
		    enclave->name, enclave->name);
}

static struct json_object *node_json(const struct answer_node *node)
{
	struct json_object *object = json_object_new_object(), *load = json_object_new_array();

	add_number(object, "cores", node->cores);
	for (unsigned i = 0; i < node->cores && i < sizeof(node->load) / sizeof(node->load[0]); i++)
		json_object_array_add(load, json_object_new_int(node->load[i]));
	json_object_object_add(object, "cpus_on_core", load);
	add_number(object, "enclaves", node->enclaves);
	add_number(object, "free_memory", node->free_memory);
	add_number(object, "free_pages", node->free_pages);
	add_number(object, "units", node->units);
	add_number(object, "vms", node->vms);
	add_number(object, "files", node->files);
	return object;
}

static void take_node(void *context, const struct bulkhead_message *message)
{
	const struct view *view = context;
	struct answer_node node;
	struct json_object *object;

	if (message->type != ANSWER_NODE)
		return;
	memcpy(&node, message->data, sizeof(node));
	object = node_json(&node);
	if (view->json) {
		print_json(object);
	} else {
		json_object_object_foreach(object, key, value)
			printf("%-14s %s\n", key, json_object_get_string(value));
	}
	json_object_put(object);
}

static void take_row(void *context, const struct bulkhead_message *message)
{
	struct view *view = context;
	struct answer_enclave enclave;

	if (message->type == ANSWER_NODE && view->list == NULL)
		printf("  ID  NAME             STATE     CPUS  CORES         MEMORY       TIME  LAST END     "
		       "PROGRAM\n");
	if (message->type != ANSWER_ENCLAVE)
		return;
	memcpy(&enclave, message->data, sizeof(enclave));
	enclave.name[sizeof(enclave.name) - 1] = '\0';
	enclave.program[sizeof(enclave.program) - 1] = '\0';
	if (view->list != NULL)
		json_object_array_add(view->list, enclave_json(&enclave));
	else
		print_row(&enclave);
}

static void take_details(void *context, const struct bulkhead_message *message)
{
	const struct view *view = context;
	struct answer_enclave enclave;
	struct json_object *object;

	if (message->type != ANSWER_ENCLAVE)
		return;
	memcpy(&enclave, message->data, sizeof(enclave));
	enclave.name[sizeof(enclave.name) - 1] = '\0';
	enclave.program[sizeof(enclave.program) - 1] = '\0';
	object = enclave_json(&enclave);
	if (view->json) {
		print_json(object);
	} else {
		json_object_object_foreach(object, key, value)
			printf("%-14s %s\n", key, json_object_get_string(value));
	}
	json_object_put(object);
}

static int ask(uint16_t type, const char *name, uint32_t flags,
	       void (*each)(void *context, const struct bulkhead_message *message),
	       struct view *view)
{
	struct bulkhead link;
	int status;

	if (!connect_node(&link))
		return EXIT_FAILED;
	if ((flags & COMMAND_FOLLOW) != 0)
		link.slow = NULL;
	status = bulkhead_ask(&link, type, name, flags, 0, each, view) == 0 ? 0 : failed(&link);
	bulkhead_close(&link);
	return status;
}

enum { NAME_NONE, NAME_MAYBE, NAME_ONE };

/* `letters`: j for --json, f for --follow, w for --watch; -1: go on */
static int parse(int argc, char **argv, const char *letters, int names, struct view *view)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'},
						{"follow", no_argument, NULL, 'f'},
						{"watch", optional_argument, NULL, 'w'},
						{0}};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?' || strchr(letters, option) == NULL)
			return usage("%s is no option of bulkhead %s; see bulkhead --help.",
				     argv[optind - 1], argv[0]);
		view->json |= option == 'j';
		view->follow |= option == 'f';
		view->watch |= option == 'w';
		if (option == 'w' && optarg != NULL &&
		    !parse_count(optarg, "--watch", 1, 3600, &view->seconds))
			return EXIT_USAGE;
	}
	if (argc - optind > (names == NAME_NONE ? 0 : 1))
		return usage("%s is one word too many; see bulkhead --help.", argv[argc - 1]);
	if (names == NAME_ONE && argc == optind)
		return usage("Say which enclave: bulkhead %s NAME.", argv[0]);
	return -1;
}

int verb_ls(int argc, char **argv)
{
	struct view view = {0};
	int status = parse(argc, argv, "j", NAME_NONE, &view);

	if (status >= 0)
		return status;
	if (view.json)
		view.list = json_object_new_array();
	status = ask(COMMAND_LIST, NULL, 0, take_row, &view);
	if (view.list != NULL && status == 0)
		print_json(view.list);
	return status;
}

int verb_show(int argc, char **argv)
{
	struct view view = {0};
	int status = parse(argc, argv, "j", NAME_ONE, &view);

	return status >= 0 ? status : ask(COMMAND_SHOW, argv[optind], 0, take_details, &view);
}

static void take_counters(void *context, const struct bulkhead_message *message)
{
	struct view *view = context;
	struct bh_counters counters;

	if (message->type != ANSWER_COUNTERS)
		return;
	memcpy(&counters, message->data, sizeof(counters));
	json_object_array_add(view->list, counters_json(&counters));
}

/* a line for each counter that is not zero on every vCPU, a column for each vCPU */
static void print_line(struct json_object *list, const char *group, const char *key)
{
	size_t count = json_object_array_length(list);
	uint64_t sum = 0;

	for (int print = 0; print < 2; print++) {
		if (print && sum == 0)
			return;
		if (print)
			printf("%-14s", key);
		for (size_t i = 0; i < count; i++) {
			struct json_object *one = json_object_array_get_idx(list, i);

			one = group != NULL ? json_object_object_get(one, group) : one;
			sum += json_object_get_uint64(json_object_object_get(one, key));
			if (print)
				printf(" %14llu", (unsigned long long)json_object_get_uint64(
							  json_object_object_get(one, key)));
		}
	}
	printf("\n");
}

static void print_counters(struct json_object *list)
{
	static const char *const others[] = {"runs",    "denied",   "dropped",
					     "pending", "injected", "run_ticks"};
	size_t count = json_object_array_length(list);

	if (count == 0)
		return;
	printf("%-14s", "exits of CPU");
	for (size_t i = 0; i < count; i++)
		printf(" %14zu", i);
	printf("\n");
	json_object_object_foreach(
		json_object_object_get(json_object_array_get_idx(list, 0), "exits"), key, value)
	{
		(void)value;
		print_line(list, "exits", key);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		print_line(list, NULL, others[i]);
}

static int show_counters(const char *name, struct view *view)
{
	int status;

	view->list = json_object_new_array();
	status = ask(COMMAND_STATS, name, 0, take_counters, view);
	if (status == 0 && view->json)
		print_json(view->list);
	else if (status == 0)
		print_counters(view->list);
	json_object_put(view->list);
	return status;
}

int verb_stats(int argc, char **argv)
{
	struct view view = {.seconds = 2};
	int status = parse(argc, argv, "jw", NAME_MAYBE, &view);

	if (status >= 0)
		return status;
	do {
		status = argv[optind] != NULL ? show_counters(argv[optind], &view)
					      : ask(COMMAND_STATS, NULL, 0, take_node, &view);
		(void)fflush(stdout);
	} while (view.watch && status == 0 && sleep(view.seconds) == 0);
	return status;
}

static void take_fault(void *context, const struct bulkhead_message *message)
{
	struct view *view = context;
	struct answer_fault answer;

	if (message->type != ANSWER_FAULT)
		return;
	memcpy(&answer, message->data, sizeof(answer));
	answer.name[sizeof(answer.name) - 1] = '\0';
	answer.text[sizeof(answer.text) - 1] = '\0';
	if (view->list != NULL) {
		json_object_array_add(view->list, fault_json(&answer));
		return;
	}
	(void)fprintf(stderr, "enclave %s: ", answer.name);
	fault_print(&answer);
}

int verb_faults(int argc, char **argv)
{
	struct view view = {0};
	int status = parse(argc, argv, "j", NAME_MAYBE, &view);

	if (status >= 0)
		return status;
	if (view.json)
		view.list = json_object_new_array();
	status = ask(COMMAND_FAULTS, argv[optind], 0, take_fault, &view);
	if (view.list != NULL && status == 0)
		print_json(view.list);
	return status;
}

static void take_event(void *context, const struct bulkhead_message *message)
{
	const struct view *view = context;
	struct answer_event event;
	struct json_object *object;

	if (message->type != ANSWER_EVENT)
		return;
	memcpy(&event, message->data, sizeof(event));
	event.name[sizeof(event.name) - 1] = '\0';
	event.text[sizeof(event.text) - 1] = '\0';
	if (!view->json) {
		printf("%10.3f s  %-16s %s\n", seconds_of(event.ticks, event.counter_hz),
		       event.name[0] ? event.name : "node", event.text);
		(void)fflush(stdout);
		return;
	}
	object = json_object_new_object();
	add_number(object, "number", event.number);
	json_object_object_add(object, "seconds",
			       json_object_new_double(seconds_of(event.ticks, event.counter_hz)));
	add_number(object, "id", event.id);
	add_string(object, "name", event.name);
	add_string(object, "text", event.text);
	printf("%s\n", json_object_to_json_string_ext(
			       object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	(void)fflush(stdout);
	json_object_put(object);
}

int verb_events(int argc, char **argv)
{
	struct view view = {0};
	int status = parse(argc, argv, "jf", NAME_MAYBE, &view);

	return status >= 0 ? status
			   : ask(COMMAND_EVENTS, argv[optind], view.follow ? COMMAND_FOLLOW : 0,
				 take_event, &view);
}

int verb_console(int argc, char **argv)
{
	struct view view = {0};
	int status = parse(argc, argv, "f", NAME_ONE, &view);

	return status >= 0 ? status : job_console(argv[optind], view.follow);
}
