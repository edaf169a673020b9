/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * run, exec, create, set: the verbs that describe an enclave.
 */
#include <cli/command.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
	OPT_CPUS = 256,
	OPT_NUMA,
	OPT_MEMORY,
	OPT_CORES,
	OPT_ISOLATION,
	OPT_NAME,
	OPT_BOOTARGS,
	OPT_ENV,
	OPT_FILE,
	OPT_OUT,
	OPT_COUNTERS,
	OPT_WATCHDOG,
	OPT_DETACH,
	OPT_JSON
};

#define OPTION(name, argument, value)       \
	{                                   \
		name, argument, NULL, value \
	}

static const struct option options[] = {
	OPTION("description", required_argument, 'f'),
	OPTION("cpus", required_argument, OPT_CPUS),
	OPTION("numa", required_argument, OPT_NUMA),
	OPTION("memory", required_argument, OPT_MEMORY),
	OPTION("cores", required_argument, OPT_CORES),
	OPTION("isolation", required_argument, OPT_ISOLATION),
	OPTION("name", required_argument, OPT_NAME),
	OPTION("bootargs", required_argument, OPT_BOOTARGS),
	OPTION("env", required_argument, OPT_ENV),
	OPTION("file", required_argument, OPT_FILE),
	OPTION("out", required_argument, OPT_OUT),
	OPTION("counters", required_argument, OPT_COUNTERS),
	OPTION("watchdog", required_argument, OPT_WATCHDOG),
	OPTION("detach", no_argument, OPT_DETACH),
	OPTION("json", no_argument, OPT_JSON),
	{0},
};

struct flags {
	struct job_options job;
	uint32_t watchdog; /* seconds; 0: off */
	bool has_isolation;
};

static bool take_text(const char *what, const char *text, char *to, size_t room)
{
	if (strlen(text) >= room) {
		(void)usage("%s: this is longer than %zu letters.", what, room - 1);
		return false;
	}
	(void)snprintf(to, room, "%s", text);
	return true;
}

static bool take_option(int option, struct wanted *wanted, struct flags *flags)
{
	switch (option) {
	case 'f':
		return true; /* read before */
	case OPT_CPUS:
		return parse_count(optarg, "--cpus", 1, ENCLAVE_VCPUS_MAX, &wanted->vcpus);
	case OPT_NUMA:
		return parse_count(optarg, "--numa", 1, ENCLAVE_NODES_MAX, &wanted->nodes);
	case OPT_MEMORY:
		return parse_size(optarg, &wanted->memory);
	case OPT_CORES:
		return parse_cores(optarg, wanted);
	case OPT_ISOLATION:
		flags->has_isolation = true;
		return parse_isolation(optarg, wanted);
	case OPT_NAME:
		return take_text("--name", optarg, wanted->name, sizeof(wanted->name));
	case OPT_BOOTARGS:
		return take_text("--bootargs", optarg, wanted->bootargs, sizeof(wanted->bootargs));
	case OPT_ENV:
		return parse_env(optarg, wanted);
	case OPT_FILE:
		return parse_file(optarg, wanted);
	case OPT_OUT:
		flags->job.out = optarg;
		return true;
	case OPT_COUNTERS:
		flags->job.counters = optarg;
		return true;
	case OPT_WATCHDOG:
		return parse_count(optarg, "--watchdog", 1, 86400, &flags->watchdog);
	case OPT_DETACH:
		flags->job.flags = COMMAND_DETACHED;
		return true;
	case OPT_JSON:
		flags->job.json = true;
		return true;
	default:
		return false;
	}
}

/* Two passes: what the file says first, as options win. `letters`: with a '+' in front they end at the first other word. */
static bool parse_options(int argc, char **argv, const char *letters, struct wanted *wanted,
			  struct flags *flags)
{
	int option;

	opterr = 0;
	for (int pass = 0; pass < 2; pass++) {
		optind = 1;
		while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
			if (option == '?') {
				(void)usage(
					"%s is no option of bulkhead %s, or its value is missing; see bulkhead --help.",
					argv[optind - 1], argv[0]);
				return false;
			}
			if (pass == 0 && option == 'f' && !description_read(optarg, wanted))
				return false;
			if (pass == 1 && !take_option(option, wanted, flags))
				return false;
		}
	}
	return true;
}

/* the program and its arguments behind the options, or those of the description */
static bool take_program(char **words, struct wanted *wanted)
{
	static char *alone[2];

	if (words[0] != NULL) {
		wanted->program = words[0];
		wanted->argv = words;
		return true;
	}
	if (wanted->program == NULL) {
		(void)usage("A program is missing: bulkhead run [options] -- PROGRAM [ARGS...].");
		return false;
	}
	if (wanted->argv == NULL)
		wanted->argv = alone;
	return true;
}

/* the watchdog is the kernel's */
static bool add_watchdog(uint32_t seconds, struct wanted *wanted)
{
	size_t used = strlen(wanted->bootargs), room = sizeof(wanted->bootargs) - used;
	int length = snprintf(wanted->bootargs + used, room, "%swatchdog=%u", used ? " " : "",
			      seconds);

	if (length >= 0 && (size_t)length < room)
		return true;
	(void)usage("--bootargs and --watchdog together are too long.");
	return false;
}

/* what does not go together */
static bool check_flags(const struct flags *flags, struct wanted *wanted)
{
	if ((flags->job.flags & COMMAND_DETACHED) != 0 &&
	    (flags->job.out != NULL || flags->job.counters != NULL)) {
		(void)usage(
			"--out and --counters come at the end of the job: leave --detach away and wait for it.");
		return false;
	}
	return flags->watchdog == 0 || add_watchdog(flags->watchdog, wanted);
}

int verb_run(int argc, char **argv)
{
	static struct wanted wanted;
	struct flags flags = {0};

	if (!parse_options(argc, argv, "+f:", &wanted, &flags) ||
	    !take_program(argv + optind, &wanted))
		return EXIT_USAGE;
	return check_flags(&flags, &wanted) ? job_run(&wanted, NULL, &flags.job) : EXIT_USAGE;
}

/* exec [options] NAME -- PROGRAM [ARGS...] */
int verb_exec(int argc, char **argv)
{
	static struct wanted wanted;
	struct flags flags = {0};
	const char *name;

	if (!parse_options(argc, argv, "+f:", &wanted, &flags))
		return EXIT_USAGE;
	if (optind >= argc)
		return usage("Say where: bulkhead exec NAME -- PROGRAM [ARGS...].");
	name = argv[optind++];
	if (optind < argc && strcmp(argv[optind], "--") == 0)
		optind++;
	if (strlen(name) >= ENCLAVE_NAME_MAX)
		return usage("There is no enclave %s; bulkhead ls shows those that there are.",
			     name);
	if (!take_program(argv + optind, &wanted))
		return EXIT_USAGE;
	if (flags.watchdog != 0)
		return usage("--watchdog is of the enclave's kernel: say it to bulkhead create.");
	if (flags.has_isolation)
		return usage("--isolation is of the enclave: say it to bulkhead create.");
	return check_flags(&flags, &wanted) ? job_run(&wanted, name, &flags.job) : EXIT_USAGE;
}

/* create [options] NAME */
int verb_create(int argc, char **argv)
{
	static struct wanted wanted;
	struct command_create create;
	struct flags flags = {0};
	struct bulkhead link;
	int status;

	if (!parse_options(argc, argv, "f:", &wanted, &flags))
		return EXIT_USAGE;
	if (argc - optind > 1 || (argc - optind == 0 && wanted.name[0] == '\0'))
		return usage("Say its name, and only that: bulkhead create [options] NAME.");
	if (optind < argc && !take_text("NAME", argv[optind], wanted.name, sizeof(wanted.name)))
		return EXIT_USAGE;
	if (!check_flags(&flags, &wanted) || !wanted_create(&wanted, 0, &create))
		return EXIT_USAGE;
	if (!connect_node(&link))
		return EXIT_FAILED;
	status = bulkhead_send(&link, COMMAND_CREATE, &create, sizeof(create)) == 0 &&
				 bulkhead_answers(&link, NULL, NULL) == 0
			 ? 0
			 : failed(&link);
	isolation_say(link.flags);
	bulkhead_close(&link);
	return status;
}

/* set NAME [--cpus N] [--memory SIZE] [--cores LIST] */
int verb_set(int argc, char **argv)
{
	static struct wanted wanted;
	struct command_set set = {0};
	struct flags flags = {0};
	struct bulkhead link;
	int status;

	if (!parse_options(argc, argv, "f:", &wanted, &flags))
		return EXIT_USAGE;
	if (flags.has_isolation)
		return usage("The isolation of an enclave stays as it was created.");
	if (argc - optind != 1 ||
	    (wanted.vcpus == 0 && wanted.memory == 0 && wanted.core_count == 0))
		return usage(
			"Say what: bulkhead set NAME with --cpus N, --memory SIZE or --cores LIST.");
	if (!take_text("NAME", argv[optind], set.name, sizeof(set.name)))
		return EXIT_USAGE;
	if (wanted.vcpus != 0 && wanted.core_count != 0 && wanted.vcpus != wanted.core_count)
		return usage("%u cores are listed for %u CPUs; name as many.", wanted.core_count,
			     wanted.vcpus);
	set.vcpus = wanted.vcpus != 0 ? wanted.vcpus : wanted.core_count;
	set.memory = wanted.memory;
	set.move = wanted.core_count != 0;
	for (uint32_t i = 0; i < ENCLAVE_VCPUS_MAX; i++)
		set.cores[i] = i < wanted.core_count ? wanted.cores[i] : ENCLAVE_CORE_ANY;
	if (!connect_node(&link))
		return EXIT_FAILED;
	status = bulkhead_send(&link, COMMAND_SET, &set, sizeof(set)) == 0 &&
				 bulkhead_answers(&link, NULL, NULL) == 0
			 ? 0
			 : failed(&link);
	bulkhead_close(&link);
	return status;
}
