/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A plugin of the emulator that counts executed instructions, to which no core that waits adds: until the first MARK (mark.S), and on the way of
 * interrupts from one address to another. Built for the
 * build host; declares what it needs of the emulator's plugin interface (version 1, QEMU documentation, "TCG plugins"), since no
 * package brings its header.
 *
 * Arguments: low=ADDRESS, high=ADDRESS. Writes "executed TOTAL WITHIN", WITHIN of them at virtual addresses from low to high, to stderr.
 * begin=, via=, end=, other=ADDRESS: for each way from begin by way of via to end or other, "way INSTRUCTIONS", those of all cores.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define MARK   0xD5032FFFu /* HINT #127, which does nothing */

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*tb_translated)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*executed)(unsigned vcpu, void *data);

enum flags { NO_REGISTERS };
enum operation { INLINE_ADD_U64 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_translated callback);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb,
						     enum operation operation, void *to,
						     uint64_t value);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, executed callback,
						   enum flags flags, void *data);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
							size_t index);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);

struct qemu_info;
EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
			       char **argv);

static uint64_t low, high, begin, via, end, other, total, within;
static uint64_t way_begin; /* what total was there */
static bool on_way;        /* past `via` */
static bool marked;

static void mark_executed(unsigned vcpu, void *data)
{
	(void)vcpu, (void)data;
	if (marked)
		return;
	marked = true;
	fprintf(stderr, "executed %" PRIu64 " %" PRIu64 "\n", total, within);
}

/* `data`: instructions of the block that starts here, which are in the total already */
static void begin_executed(unsigned vcpu, void *data)
{
	(void)vcpu;
	if (!on_way)
		way_begin = total - (uintptr_t)data;
}

static void via_executed(unsigned vcpu, void *data)
{
	(void)vcpu, (void)data;
	on_way = true;
}

static void end_executed(unsigned vcpu, void *data)
{
	(void)vcpu;
	if (on_way)
		fprintf(stderr, "way %" PRIu64 "\n", total - (uintptr_t)data - way_begin);
	on_way = false;
}

static void watch_way(struct qemu_plugin_tb *tb, uint64_t address, size_t count)
{
	executed callback = address == begin                     ? begin_executed
			    : address == via                     ? via_executed
			    : address == end || address == other ? end_executed
								 : NULL;

	if (callback && begin)
		qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_tb_get_insn(tb, 0), callback,
						       NO_REGISTERS, (void *)count);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	size_t count = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &total, count);
	if (address >= low && address < high)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &within, count);
	watch_way(tb, address, count);
	for (size_t i = 0; i < count; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint32_t code;

		memcpy(&code, qemu_plugin_insn_data(insn), sizeof(code));
		if (code == MARK)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, mark_executed, NO_REGISTERS,
							       NULL);
	}
}

static bool argument_take(const char *argument)
{
	static const struct {
		const char *name;
		uint64_t *value;
	} names[] = {{"low=", &low}, {"high=", &high}, {"begin=", &begin},
		     {"via=", &via}, {"end=", &end},   {"other=", &other}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i].name);

		if (strncmp(argument, names[i].name, length) == 0) {
			*names[i].value = strtoull(argument + length, NULL, 0);
			return true;
		}
	}
	return false;
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++)
		if (!argument_take(argv[i]))
			return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
