/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * start, stop, destroy, kill: what is done to an enclave that there is.
 */
#include <cli/command.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

static int act(uint16_t type, const char *name, uint32_t flags, uint32_t value)
{
	struct bulkhead link;
	int status;

	if (!connect_node(&link))
		return EXIT_FAILED;
	status = bulkhead_ask(&link, type, name, flags, value, NULL, NULL) == 0 ? 0 : failed(&link);
	bulkhead_close(&link);
	return status;
}

/* one name, and --force where it makes sense */
static int act_on(int argc, char **argv, uint16_t type, bool can_force)
{
	static const struct option options[] = {{"force", no_argument, NULL, 'F'}, {0}};
	uint32_t flags = 0;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'F' || !can_force)
			return usage("%s is no option of bulkhead %s; see bulkhead --help.",
				     argv[optind - 1], argv[0]);
		flags = COMMAND_FORCE;
	}
	if (argc - optind != 1)
		return usage("Say which enclave: bulkhead %s NAME.", argv[0]);
	return act(type, argv[optind], flags, 0);
}

int verb_start(int argc, char **argv)
{
	return act_on(argc, argv, COMMAND_START, false);
}

int verb_stop(int argc, char **argv)
{
	return act_on(argc, argv, COMMAND_STOP, true);
}

int verb_destroy(int argc, char **argv)
{
	return act_on(argc, argv, COMMAND_DESTROY, true);
}

int verb_kill(int argc, char **argv)
{
	static const struct option options[] = {{"signal", required_argument, NULL, 's'}, {0}};
	uint32_t signal = SIGKILL;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "s:", options, NULL)) != -1) {
		if (option != 's')
			return usage(
				"%s is no option of bulkhead kill; bulkhead kill [-s SIGNAL] JOB.",
				argv[optind - 1]);
		if (!parse_signal(optarg, &signal))
			return EXIT_USAGE;
	}
	if (argc - optind != 1)
		return usage("Say which job: bulkhead kill [-s SIGNAL] JOB.");
	return act(COMMAND_KILL, argv[optind], 0, signal);
}
