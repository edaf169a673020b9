/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The description of an enclave as a file: YAML, one mapping of the keys below. Every complaint has file, line and column.
 */
#include <cli/command.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct reader {
	const char *path;
	yaml_document_t document;
	struct wanted *wanted;
};

static bool complain(const struct reader *reader, const yaml_node_t *at, const char *text,
		     const char *word)
{
	say("%s:%zu:%zu: %s%s.", reader->path, at->start_mark.line + 1, at->start_mark.column + 1,
	    text, word);
	return false;
}

static const char *scalar(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static bool read_text(const char *text, char *to, size_t room)
{
	if (strlen(text) >= room)
		return false;
	(void)snprintf(to, room, "%s", text);
	return true;
}

static bool take_name(const char *text, struct wanted *wanted)
{
	return read_text(text, wanted->name, sizeof(wanted->name));
}

static bool take_cpus(const char *text, struct wanted *wanted)
{
	return parse_count(text, "cpus", 1, ENCLAVE_VCPUS_MAX, &wanted->vcpus);
}

static bool take_numa(const char *text, struct wanted *wanted)
{
	return parse_count(text, "numa", 1, ENCLAVE_NODES_MAX, &wanted->nodes);
}

static bool take_memory(const char *text, struct wanted *wanted)
{
	return parse_size(text, &wanted->memory);
}

static bool take_bootargs(const char *text, struct wanted *wanted)
{
	return read_text(text, wanted->bootargs, sizeof(wanted->bootargs));
}

static bool take_program(const char *text, struct wanted *wanted)
{
	wanted->program = strdup(text);
	return wanted->program != NULL;
}

static bool take_env(const char *text, struct wanted *wanted)
{
	char *copy = strdup(text);

	return copy != NULL && parse_env(copy, wanted);
}

static bool take_file(const char *text, struct wanted *wanted)
{
	char *copy = strdup(text);

	return copy != NULL && parse_file(copy, wanted);
}

/* argv[0] is left for the program's name */
static bool take_arg(const char *text, struct wanted *wanted)
{
	size_t count = 1;
	char **grown;

	while (wanted->argv != NULL && wanted->argv[count] != NULL)
		count++;
	grown = realloc(wanted->argv, (count + 2) * sizeof(*grown));
	if (grown == NULL)
		return false;
	wanted->argv = grown;
	wanted->argv[count] = strdup(text);
	wanted->argv[count + 1] = NULL;
	return wanted->argv[count] != NULL;
}

static const struct key {
	const char *name;
	bool is_list;
	bool (*take)(const char *text, struct wanted *wanted);
	const char *is;
} keys[] = {
	{"name", false, take_name, "a name of letters, digits and -_. (31 at most)"},
	{"cpus", false, take_cpus, "a number of CPUs, 1 to 32"},
	{"numa", false, take_numa, "a number of NUMA nodes, 1 to 8"},
	{"memory", false, take_memory, "a size such as 256M"},
	{"cores", false, parse_cores, "a list of cores such as \"2,4-6\""},
	{"isolation", false, parse_isolation,
	 "full, virt, none or a list of features such as mem,io"},
	{"grants", true, parse_grant,
	 "a list of such as port 0x3f8-0x3ff, msr 0x1a0 read, mmio 0xfed00000-0xfed00fff"},
	{"bootargs", false, take_bootargs,
	 "a line of arguments for the kernel (511 letters at most)"},
	{"program", false, take_program, "the path of a program"},
	{"args", true, take_arg, "a list of words"},
	{"env", true, take_env, "a list of NAME=VALUE"},
	{"files", true, take_file, "a list of PATH[:NAME]"},
};

static const struct key *find_key(const char *name)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (name != NULL && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

static bool take_value(struct reader *reader, const struct key *key, yaml_node_t *value)
{
	if (scalar(value) == NULL || !key->take(scalar(value), reader->wanted))
		return complain(reader, value, "this is not what belongs here: ", key->is);
	return true;
}

static bool take_list(struct reader *reader, const struct key *key, yaml_node_t *value)
{
	if (value->type != YAML_SEQUENCE_NODE)
		return complain(reader, value, "this is not what belongs here: ", key->is);
	for (yaml_node_item_t *item = value->data.sequence.items.start;
	     item < value->data.sequence.items.top; item++) {
		if (!take_value(reader, key, yaml_document_get_node(&reader->document, *item)))
			return false;
	}
	return true;
}

static bool take_pair(struct reader *reader, const yaml_node_pair_t *pair,
		      const yaml_node_pair_t *first)
{
	yaml_node_t *name = yaml_document_get_node(&reader->document, pair->key);
	yaml_node_t *value = yaml_document_get_node(&reader->document, pair->value);
	const struct key *key = find_key(scalar(name));

	if (key == NULL)
		return complain(
			reader, name,
			"there is no such key here; those that there are: name, cpus, numa, memory, cores, "
			"isolation, grants, bootargs, program, args, env, files; not ",
			scalar(name) != NULL ? scalar(name) : "a list");
	for (; first < pair; first++) {
		if (find_key(scalar(yaml_document_get_node(&reader->document, first->key))) == key)
			return complain(reader, name,
					"this key is here for the second time: ", key->name);
	}
	return key->is_list ? take_list(reader, key, value) : take_value(reader, key, value);
}

static bool take_document(struct reader *reader)
{
	yaml_node_t *root = yaml_document_get_root_node(&reader->document);

	if (root == NULL) {
		say("%s: the file says nothing; see bulkhead(1) for what a description holds.",
		    reader->path);
		return false;
	}
	if (root->type != YAML_MAPPING_NODE)
		return complain(reader, root, "a description is lines of the form ", "key: value");
	for (yaml_node_pair_t *pair = root->data.mapping.pairs.start;
	     pair < root->data.mapping.pairs.top; pair++) {
		if (!take_pair(reader, pair, root->data.mapping.pairs.start))
			return false;
	}
	return true;
}

bool description_read(const char *path, struct wanted *wanted)
{
	struct reader reader = {.path = path, .wanted = wanted};
	yaml_parser_t parser;
	FILE *file = fopen(path, "re");
	bool is_good;

	if (file == NULL) {
		say("%s cannot be read: %s.", path, strerror(errno));
		return false;
	}
	if (!yaml_parser_initialize(&parser)) {
		(void)fclose(file);
		return false;
	}
	yaml_parser_set_input_file(&parser, file);
	is_good = yaml_parser_load(&parser, &reader.document) != 0;
	if (is_good) {
		is_good = take_document(&reader);
		yaml_document_delete(&reader.document);
	} else {
		say("%s:%zu:%zu: this is no YAML: %s.", path, parser.problem_mark.line + 1,
		    parser.problem_mark.column + 1,
		    parser.problem != NULL ? parser.problem : "it cannot be read");
	}
	yaml_parser_delete(&parser);
	(void)fclose(file);
	return is_good;
}
