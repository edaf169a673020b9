/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bulkhead command with a peer that plays the control task: what it sends, and what becomes of the answers: streams apart, exit status,
 * files, counters, words. /dev/bulkhead is a socket that keeps messages whole.
 */
#define _GNU_SOURCE
#include "unit.h"
#include <bulkhead/vcpu.h>
#include <bulkhead/wire.h>
#include <cli/command.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

int bulkhead_main(int argc, char **argv);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

static char top[] = "/tmp/test_cli_run.XXXXXX";
static int peer = -1, device = -1;
static pid_t command;
static const char *out = "out"; /* standard output; NULL: it is closed */
static struct bulkhead_message heard;

int __wrap_open(const char *path, int flags, ...)
{
	mode_t mode;
	va_list args;

	if (strcmp(path, BULKHEAD_DEVICE) == 0)
		return dup(device);
	va_start(args, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
	va_end(args);
	return __real_open(path, flags, mode);
}

static void redirect(const char *path, int to)
{
	int file = __real_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (file < 0 || dup2(file, to) < 0)
		_exit(99);
	close(file);
}

static void begin(const char *const *words)
{
	char *argv[16] = {NULL}; /* getopt(3) changes the order */
	int pair[2], argc = 0;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	peer = pair[0];
	device = pair[1];
	for (; words[argc] != NULL; argc++)
		argv[argc] = strdup(words[argc]);
	command = fork();
	assert_true(command >= 0);
	if (command == 0) {
		close(peer);
		redirect("err", STDERR_FILENO);
		if (out != NULL)
			redirect(out, STDOUT_FILENO);
		else
			close(STDOUT_FILENO);
		exit(bulkhead_main(argc, argv));
	}
	close(device);
}

static uint16_t hear(void)
{
	uint8_t bytes[CHANNEL_MESSAGE_MAX];
	struct command_header header;
	ssize_t size = read(peer, bytes, sizeof(bytes));

	assert_true(size >= (ssize_t)sizeof(header));
	memcpy(&header, bytes, sizeof(header));
	assert_int_equal(header.length, (size_t)size - sizeof(header));
	heard.size = header.length;
	memcpy(heard.data, bytes + sizeof(header), heard.size);
	return header.type;
}

static void answer(uint16_t type, const void *data, size_t size)
{
	uint8_t bytes[CHANNEL_MESSAGE_MAX];
	struct command_header header = {type, COMMAND_VERSION, (uint32_t)size};

	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), data, size);
	assert_int_equal(write(peer, bytes, sizeof(header) + size), sizeof(header) + size);
}

static void done(uint32_t error, uint32_t flags, uint32_t status, const char *text)
{
	struct answer_done last = {.error = error, .flags = flags, .status = status, .id = 7};

	(void)snprintf(last.text, sizeof(last.text), "%s", text);
	answer(ANSWER_DONE, &last, sizeof(last));
}

/* the command's exit status */
static int end(void)
{
	int status;

	assert_int_equal(waitpid(command, &status, 0), command);
	close(peer);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const char *text_of(const char *path)
{
	static char text[8192];
	int file = __real_open(path, O_RDONLY);
	ssize_t size;

	assert_true(file >= 0);
	size = read(file, text, sizeof(text) - 1);
	assert_true(size >= 0);
	close(file);
	text[size] = '\0';
	return text;
}

/* CREATE, JOB and all of the tree; whether its /job wants files back */
static bool take_job(void)
{
	struct command_job job;
	uint64_t have = 0;
	bool wants_files = false;

	assert_int_equal(hear(), COMMAND_CREATE);
	assert_int_equal(hear(), COMMAND_JOB);
	memcpy(&job, heard.data, sizeof(job));
	assert_string_equal(job.program, "prog");
	while (have < job.size) {
		assert_int_equal(hear(), COMMAND_DATA);
		have += heard.size;
		wants_files |= memmem(heard.data, heard.size, "d/job.d\0o1\0", 11) != NULL;
	}
	assert_int_equal(have, job.size);
	return wants_files;
}

static void start_job(void)
{
	const struct answer_started started = {.id = 7, .memory = 1 << 24, .name = "job7"};

	answer(ANSWER_STARTED, &started, sizeof(started));
}

static void test_streams_and_status(void **state)
{
	const char *const words[] = {"bulkhead", "run", "--", "./prog", "word", NULL};

	(void)state;
	begin(words);
	assert_false(take_job());
	start_job();
	answer(ANSWER_STDOUT, "out", 3);
	answer(ANSWER_STDERR, "err", 3);
	answer(ANSWER_STDOUT, "put", 3);
	done(0, ANSWER_HAS_STATUS, 7 << 8, "");
	assert_int_equal(end(), 7);
	assert_string_equal(text_of("out"), "output");
	assert_string_equal(text_of("err"), "err");
}

/* output that cannot be written is not lost without a word, nor sent anywhere else */
static void test_output_is_lost(void **state)
{
	static const char *const outputs[] = {"/dev/full", NULL};
	const char *const words[] = {"bulkhead", "run", "--", "./prog", NULL};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		out = outputs[i];
		begin(words);
		(void)take_job();
		start_job();
		answer(ANSWER_STDOUT, "out", 3);
		answer(ANSWER_STDERR, "err", 3);
		answer(ANSWER_STDOUT, "put", 3);
		done(0, ANSWER_HAS_STATUS, 0, "");
		assert_int_equal(end(), EXIT_FAILED);
		assert_non_null(strstr(text_of("err"), "err"));
		assert_non_null(strstr(text_of("err"), "standard output cannot be written"));
	}
	out = "out";
}

/* one file "f" that holds "new" */
static size_t pack_files(uint8_t *packed, size_t room)
{
	char archive[512];
	z_stream stream = {0};
	int size = snprintf(archive, sizeof(archive),
			    "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08Xf%c%s%c", 1u,
			    S_IFREG | 0644u, 0u, 0u, 1u, 0u, 3u, 0u, 0u, 0u, 0u, 2u, 0u, 0, "new",
			    0);

	size += snprintf(archive + size, sizeof(archive) - (size_t)size,
			 "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08XTRAILER!!!", 2u,
			 0u, 0u, 0u, 1u, 0u, 0u, 0u, 0u, 0u, 0u, 11u, 0u);
	memset(archive + size, 0, 4);
	assert_int_equal(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
				      Z_DEFAULT_STRATEGY),
			 Z_OK);
	stream.next_in = (Bytef *)archive;
	stream.avail_in = (uInt)((size + 4) & ~3);
	stream.next_out = packed;
	stream.avail_out = (uInt)room;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	(void)deflateEnd(&stream);
	return room - stream.avail_out;
}

static void test_files_and_counters(void **state)
{
	const char *const words[] = {"bulkhead",   "run",      "--out",      "back",
				     "--counters", "counters", "--watchdog", "5",
				     "--",         "./prog",   NULL};
	const struct answer_enclave enclave = {.id = 7, .vm = 3, .vcpus = 2, .runtime_ticks = 50};
	uint8_t packed[600];
	size_t size = pack_files(packed, sizeof(packed));

	(void)state;
	begin(words);
	assert_true(take_job());
	start_job();
	answer(ANSWER_FILES, packed, 10);
	answer(ANSWER_FILES, packed + 10, size - 10);
	answer(ANSWER_ENCLAVE, &enclave, sizeof(enclave));
	for (uint16_t vcpu = 0; vcpu < 2; vcpu++) {
		const struct bh_counters counters = {.vcpu = vcpu, .runs = 11};

		answer(ANSWER_COUNTERS, &counters, sizeof(counters));
	}
	done(0, ANSWER_HAS_STATUS, 0, "");
	assert_int_equal(end(), 0);
	assert_string_equal(text_of("err"), "");
	assert_string_equal(text_of("back/f"), "new");
	assert_non_null(
		strstr(text_of("counters"),
		       "{\"event\":\"end\",\"vm\":3,\"cause\":\"off\",\"runtime_ticks\":50,"));
	assert_non_null(
		strstr(text_of("counters"), "{\"event\":\"counters\",\"vm\":3,\"vcpu\":1,"));
}

/* refused, by who ends the session while the program is still on its way; killed; without a result */
static void test_ends(void **state)
{
	const char *const words[] = {"bulkhead", "run", "--", "./prog", NULL};
	struct answer_fault fault = {.fault = {.cause = BH_FAULT_STOPPED, .vm = 3}};

	(void)state;
	begin(words);
	(void)take_job();
	done(ENOMEM, 0, 0, "There is no memory.");
	assert_int_equal(end(), EXIT_FAILED);
	assert_string_equal(text_of("err"), "bulkhead: There is no memory.\n");
	begin(words);
	(void)take_job();
	start_job();
	answer(ANSWER_FAULT, &fault, sizeof(fault));
	done(0, ANSWER_KILLED, 0, "");
	assert_int_equal(end(), EXIT_SOFTWARE);
	assert_non_null(strstr(text_of("err"), "it was stopped"));
	assert_non_null(strstr(text_of("err"), "the enclave of prog was killed."));
	/* a co-kernel: nobody saw its registers, and it has said why */
	fault.kind = FAULT_CORE;
	fault.fault.cause = BH_FAULT_PANIC;
	begin(words);
	(void)take_job();
	start_job();
	answer(ANSWER_FAULT, &fault, sizeof(fault));
	answer(ANSWER_LOG, "backtrace\n", 10);
	done(0, ANSWER_KILLED, 0, "it is out of order");
	assert_int_equal(end(), EXIT_SOFTWARE);
	assert_non_null(strstr(text_of("err"), "its kernel gave up"));
	assert_null(strstr(text_of("err"), "registers"));
	assert_non_null(strstr(text_of("err"), "prog was killed: it is out of order."));
	assert_non_null(strstr(text_of("err"), "  | backtrace\n"));
	begin(words);
	(void)take_job();
	start_job();
	answer(ANSWER_LOG, "first\n", 6);
	answer(ANSWER_LOG, "watchdog: why\n", 14);
	done(0, 0, 0, "");
	assert_int_equal(end(), EXIT_SOFTWARE);
	assert_non_null(strstr(text_of("err"), "ended without a result."));
	assert_non_null(strstr(text_of("err"), "  | first\n  | watchdog: why\n"));
}

/* of a co-kernel's core: its own registers and counters */
static void test_core(void **state)
{
	const char *const faults[] = {"bulkhead", "faults", NULL};
	const char *const json[] = {"bulkhead", "faults", "--json", NULL};
	const char *const stats[] = {"bulkhead", "stats", "one", NULL};
	const struct answer_fault fault = {
		.id = 7,
		.kind = FAULT_CORE,
		.name = "one",
		.fault = {.cause = BH_FAULT_PORT, .core = 3},
		.report = {.version = VCPU_VERSION,
			   .traced = 1,
			   .trace = {{VCPU_EXIT_IO, 0, 0x1234}},
			   .fault = {.cause = BH_FAULT_PORT, .address = 0x64, .frames = {0x4321}}}};
	const struct bh_counters counters = {
		.kind = BH_COUNTERS_CORE, .exits[VCPU_EXIT_NMI] = 5, .dropped = 6};

	(void)state;
	begin(faults);
	assert_int_equal(hear(), COMMAND_FAULTS);
	answer(ANSWER_FAULT, &fault, sizeof(fault));
	done(0, 0, 0, "");
	assert_int_equal(end(), 0);
	assert_non_null(
		strstr(text_of("err"), "enclave one: Enclave 7 was ended: it used an I/O port"));
	assert_non_null(strstr(text_of("err"),
			       "  port      0x64\n  place     pc 0, core 0 (Linux's CPU 3)\n"));
	begin(json);
	assert_int_equal(hear(), COMMAND_FAULTS);
	answer(ANSWER_FAULT, &fault, sizeof(fault));
	done(0, 0, 0, "");
	assert_int_equal(end(), 0);
	assert_non_null(strstr(text_of("out"), "\"cause\":\"port\""));
	assert_non_null(strstr(text_of("out"), "\"reason\":\"io\""));
	assert_non_null(strstr(text_of("out"), "\"rax\":0"));
	assert_null(strstr(text_of("out"), "\"esr\""));
	begin(stats);
	assert_int_equal(hear(), COMMAND_STATS);
	answer(ANSWER_COUNTERS, &counters, sizeof(counters));
	done(0, 0, 0, "");
	assert_int_equal(end(), 0);
	assert_non_null(strstr(text_of("out"),
			       "\nnmi                         5\ndropped                     6\n"));
}

/* what is passed on to the job; not so SIGHUP when nohup(1), or a shell, had it ignored */
static void test_signals(void **state)
{
	const char *const words[] = {"bulkhead", "run", "--", "./prog", NULL};

	(void)state;
	for (unsigned ignored = 0; ignored < 2; ignored++) {
		struct command_signal got;

		signal(SIGHUP, ignored ? SIG_IGN : SIG_DFL);
		begin(words);
		(void)take_job();
		start_job();
		answer(ANSWER_STDOUT, "out", 3);
		while (strcmp(text_of("out"), "out") != 0)
			;
		assert_int_equal(kill(command, SIGHUP), 0);
		if (ignored)
			assert_int_equal(kill(command, SIGTERM), 0);
		while (hear() == COMMAND_STDIN)
			;
		memcpy(&got, heard.data, sizeof(got));
		assert_int_equal(got.signal, ignored ? SIGTERM : SIGHUP);
		done(0, ANSWER_HAS_STATUS, SIGTERM, "");
		assert_int_equal(end(), 128 + SIGTERM);
	}
	signal(SIGHUP, SIG_DFL);
}

static struct enclave_config described(const char *const *words, const char *file)
{
	struct command_create create;
	int description = __real_open("d.yml", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_int_equal(write(description, file, strlen(file)), strlen(file));
	close(description);
	begin(words);
	assert_int_equal(hear(), COMMAND_CREATE);
	memcpy(&create, heard.data, sizeof(create));
	done(0, ANSWER_BARE, 0, "");
	assert_int_equal(end(), 0);
	assert_non_null(strstr(text_of("err"), "nothing keeps the enclave"));
	return create.config;
}

/* by option and by description; options win */
static void test_isolation(void **state)
{
	const char *const option[] = {"bulkhead",    "create", "-f",  "d.yml",
				      "--isolation", "io,mem", "one", NULL};
	const char *const file[] = {"bulkhead", "create", "-f", "d.yml", "one", NULL};
	static const char text[] =
		"isolation: none\ngrants: [port 0x3f8-1023, msr 0x1a0 read, mmio "
		"0xfed00000-0xfed00fff]\n";
	struct enclave_config config;

	(void)state;
	config = described(option, text);
	assert_int_equal(config.isolation, ENCLAVE_ISOLATION_FEATURES | VCPU_MEM | VCPU_IO);
	config = described(file, text);
	assert_int_equal(config.isolation, ENCLAVE_ISOLATION_NONE);
	assert_int_equal(config.grant_count, 3);
	assert_memory_equal(
		config.grants,
		((struct enclave_grant[]){{ENCLAVE_GRANT_PORT, 3, 0, 0x3f8, 0x3ff},
					  {ENCLAVE_GRANT_MSR, 1, 0, 0x1a0, 0x1a0},
					  {ENCLAVE_GRANT_MMIO, 3, 0, 0xfed00000, 0xfed00fff}}),
		3 * sizeof(config.grants[0]));
	assert_int_equal(described(file, "cpus: 1\n").isolation, ENCLAVE_ISOLATION_BEST);
	assert_int_equal(described(file, "isolation: virt\n").isolation,
			 ENCLAVE_ISOLATION_FEATURES);
	assert_int_equal(described(file, "isolation: full\n").isolation,
			 ENCLAVE_ISOLATION_FEATURES | VCPU_FULL);
}

static void test_isolation_wrong(void **state)
{
	static const char *const files[] = {
		"isolation: mem,\n",       "isolation: all\n",
		"isolation: ''\n",         "isolation: [mem]\n",
		"grants: port 0x80\n",     "grants: [port]\n",
		"grants: [port 0x80-]\n",  "grants: [port 8-7]\n",
		"grants: [ports 8]\n",     "grants: [port -1]\n",
		"grants: [msr 1 reads]\n", "grants: [mmio 0x1000 0x2000]\n",
		"grants: [msr 1read]\n",   "grants: [{port: 80}]\n",
	};
	const char *const create[] = {"bulkhead", "create", "-f", "d.yml", "one", NULL};
	const char *const others[][7] = {
		{"bulkhead", "exec", "--isolation", "none", "one", "./prog", NULL},
		{"bulkhead", "set", "--isolation", "none", "--cpus=1", "one", NULL},
		{"bulkhead", "create", "--isolation", "walls", "one", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int file = __real_open("d.yml", O_WRONLY | O_CREAT | O_TRUNC, 0644);

		assert_int_equal(write(file, files[i], strlen(files[i])), strlen(files[i]));
		close(file);
		begin(create);
		assert_int_equal(end(), EXIT_USAGE);
		if (strstr(text_of("err"), "d.yml:1:") == NULL)
			fail_msg("%s: %s", files[i], text_of("err"));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		begin(others[i]);
		assert_int_equal(end(), EXIT_USAGE);
		assert_non_null(strstr(text_of("err"), "isolation"));
	}
}

/* of the node as of an enclave */
static void test_watch(void **state)
{
	const char *const words[] = {"bulkhead", "stats", "--watch=1", NULL};
	const struct answer_node node = {.cores = 4};

	(void)state;
	begin(words);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(hear(), COMMAND_STATS);
		answer(ANSWER_NODE, &node, sizeof(node));
		done(0, 0, 0, "");
	}
	assert_int_equal(hear(), COMMAND_STATS);
	done(EBUSY, 0, 0, "That is enough.");
	assert_int_equal(end(), EXIT_FAILED);
	assert_non_null(strstr(text_of("out"), "cores          4\n"));
}

static void test_wrong_words(void **state)
{
	static const struct {
		const char *words[8], *says;
	} cases[] = {
		{{"bulkhead", "run", "--out", "nowhere", "--", "./prog"}, "no directory nowhere"},
		{{"bulkhead", "run", "--out", "back", "--detach", "--", "./prog"}, "--detach away"},
		{{"bulkhead", "set", "x", "--cpus", "1", "--cores", "2,3"}, "2 cores are listed"},
		{{"bulkhead", "exec", "--watchdog", "3", "x", "--", "./prog"}, "bulkhead create"},
		{{"bulkhead", "run", "--", "./cut"}, "truncated ELF file"},
		{{"bulkhead", "run", "--cores", "0-32", "--", "./prog"}, "is not a list of cores"},
		{{"bulkhead", "run", "--memory", "17179869184G", "--", "./prog"}, "not a size"},
		{{"bulkhead", "run", "--memory", "1099511627775G", "--", "./prog"}, "not a size"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(cases[i].words);
		assert_int_equal(end(), EXIT_USAGE);
		assert_non_null(strstr(text_of("err"), cases[i].says));
	}
}

/* what an arm64 program has at least; `size` of it on the disk */
static bool write_program(const char *path, size_t size)
{
	static struct {
		Elf64_Ehdr header;
		Elf64_Phdr segment;
		uint8_t code[20000 - sizeof(Elf64_Ehdr) - sizeof(Elf64_Phdr)];
	} program = {
		.header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64},
			   .e_type = ET_EXEC,
			   .e_machine = EM_AARCH64,
			   .e_phoff = sizeof(Elf64_Ehdr),
			   .e_phentsize = sizeof(Elf64_Phdr),
			   .e_phnum = 1},
		.segment = {.p_type = PT_LOAD, .p_filesz = sizeof(program)},
	};
	int file = __real_open(path, O_WRONLY | O_CREAT, 0755);
	bool is_good = file >= 0 && write(file, &program, size) == (ssize_t)size;

	close(file);
	return is_good;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams_and_status),
		cmocka_unit_test(test_output_is_lost),
		cmocka_unit_test(test_files_and_counters),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_core),
		cmocka_unit_test(test_isolation),
		cmocka_unit_test(test_isolation_wrong),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_wrong_words),
	};
	int failed;

	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(top) == NULL || chdir(top) != 0 || mkdir("back", 0755) != 0 ||
	    !write_program("prog", 20000) || !write_program("cut", 10000))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	return system("rm -rf out err back counters prog cut d.yml") != 0 || rmdir(top) != 0
		       ? 1
		       : failed;
}
