/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * shm: memory of a host's that enclaves share.
 */
#include <cli/command.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#define NODE_MAX 1023 /* as Linux numbers them */

struct words {
	struct command_share request;
	bool json;
	struct json_object *list;
};

/* An action's words, and which of the options it takes: n for --node, r for --read-only, j for --json. */
static const struct action {
	const char *name;
	const char *words;
	const char *letters;
	int count;
} actions[SHARE_ACTIONS] = {
	[SHARE_LIST] = {"ls", "[--json]", "j", 0},
	[SHARE_CREATE] = {"create", "[--node N] NAME SIZE", "n", 2},
	[SHARE_ATTACH] = {"attach", "[--read-only] NAME ENCLAVE", "r", 2},
	[SHARE_DETACH] = {"detach", "NAME ENCLAVE", "", 2},
	[SHARE_DESTROY] = {"destroy", "NAME", "", 1},
};

static bool take_name(const char *what, const char *text, char *to, size_t size)
{
	if (strlen(text) < size) {
		memcpy(to, text, strlen(text));
		return true;
	}
	(void)usage("%s is too long for the name of %s: %zu letters at most.", text, what,
		    size - 1);
	return false;
}

static bool take_words(struct words *words, char **argv)
{
	struct command_share *request = &words->request;

	if (request->action != SHARE_LIST &&
	    !take_name("shared memory", argv[0], request->name, sizeof(request->name)))
		return false;
	if (request->action == SHARE_CREATE)
		return parse_bytes(argv[1], &request->size);
	if (request->action == SHARE_ATTACH || request->action == SHARE_DETACH)
		return take_name("an enclave", argv[1], request->enclave, sizeof(request->enclave));
	return true;
}

static bool parse(int argc, char **argv, const struct action *action, struct words *words)
{
	static const struct option options[] = {{"node", required_argument, NULL, 'n'},
						{"read-only", no_argument, NULL, 'r'},
						{"json", no_argument, NULL, 'j'},
						{0}};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?' || strchr(action->letters, option) == NULL) {
			(void)usage("%s is no option of bulkhead shm %s %s.", argv[optind - 1],
				    action->name, action->words);
			return false;
		}
		if (option == 'n' &&
		    !parse_count(optarg, "--node", 0, NODE_MAX, &words->request.node))
			return false;
		if (option == 'r')
			words->request.flags |= COMMAND_READ_ONLY;
		words->json |= option == 'j';
	}
	if (argc - optind == action->count)
		return take_words(words, argv + optind);
	(void)usage("Say bulkhead shm %s %s.", action->name, action->words);
	return false;
}

static void add_share(struct json_object *list, const struct answer_share *share)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "name", json_object_new_string(share->name));
	json_object_object_add(object, "region", json_object_new_uint64(share->region));
	json_object_object_add(object, "size", json_object_new_uint64(share->size));
	json_object_object_add(object, "node", json_object_new_uint64(share->node));
	json_object_object_add(object, "enclaves", json_object_new_array());
	json_object_array_add(list, object);
}

/* behind its share */
static void add_enclave(struct json_object *list, const struct answer_share *share)
{
	size_t count = json_object_array_length(list);
	struct json_object *object = json_object_new_object(), *enclaves = NULL;

	json_object_object_add(object, "name", json_object_new_string(share->enclave_name));
	json_object_object_add(object, "id", json_object_new_uint64(share->enclave));
	json_object_object_add(object, "read_only",
			       json_object_new_boolean((share->flags & COMMAND_READ_ONLY) != 0));
	if (count == 0 || !json_object_object_get_ex(json_object_array_get_idx(list, count - 1),
						     "enclaves", &enclaves))
		json_object_put(object);
	else
		json_object_array_add(enclaves, object);
}

static void take_share(void *context, const struct bulkhead_message *message)
{
	struct words *words = context;
	struct answer_share share;

	if (message->type != ANSWER_SHARE)
		return;
	memcpy(&share, message->data, sizeof(share));
	share.name[sizeof(share.name) - 1] = '\0';
	share.enclave_name[sizeof(share.enclave_name) - 1] = '\0';
	if (share.enclave == 0)
		add_share(words->list, &share);
	else
		add_enclave(words->list, &share);
}

static uint64_t number_of(struct json_object *object, const char *key)
{
	return json_object_get_uint64(json_object_object_get(object, key));
}

static const char *text_of(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key));
}

static void print_table(struct json_object *list)
{
	printf("REGION  NAME                   SIZE  NODE  ENCLAVES\n");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *share = json_object_array_get_idx(list, i);
		struct json_object *enclaves = json_object_object_get(share, "enclaves");

		printf("%6llu  %-16s %9lluK  %4llu ",
		       (unsigned long long)number_of(share, "region"), text_of(share, "name"),
		       (unsigned long long)(number_of(share, "size") >> 10),
		       (unsigned long long)number_of(share, "node"));
		for (size_t k = 0; k < json_object_array_length(enclaves); k++) {
			struct json_object *one = json_object_array_get_idx(enclaves, k);
			bool reads = json_object_get_boolean(
				json_object_object_get(one, "read_only"));

			printf(" %s%s", text_of(one, "name"), reads ? " (reads)" : "");
		}
		printf("\n");
	}
}

static void print(const struct words *words)
{
	if (words->json)
		printf("%s\n", json_object_to_json_string_ext(
				       words->list,
				       JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		print_table(words->list);
}

static int ask(struct words *words)
{
	struct bulkhead link;
	int status;

	if (!connect_node(&link))
		return EXIT_FAILED;
	status = bulkhead_send(&link, COMMAND_SHARE, &words->request, sizeof(words->request)) ==
					 0 &&
				 bulkhead_answers(&link, take_share, words) == 0
			 ? 0
			 : failed(&link);
	bulkhead_close(&link);
	return status;
}

int verb_shm(int argc, char **argv)
{
	struct words words = {0};
	uint32_t action = 0;
	int status;

	while (argc > 1 && action < SHARE_ACTIONS && strcmp(argv[1], actions[action].name) != 0)
		action++;
	if (argc < 2 || action == SHARE_ACTIONS)
		return usage(
			"Say bulkhead shm ls, create, attach, detach or destroy; see bulkhead(1).");
	words.request.action = action;
	if (!parse(argc - 1, argv + 1, &actions[action], &words))
		return EXIT_USAGE;
	words.list = json_object_new_array();
	status = ask(&words);
	if (status == 0 && action == SHARE_LIST)
		print(&words);
	json_object_put(words.list);
	return status;
}
