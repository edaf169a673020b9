/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A plugin of the emulator that counts executed instructions until the first MARK (mark.S), which no waiting core adds to. Built for the
 * build host; declares what it needs of the emulator's plugin interface (version 1, QEMU documentation, "TCG plugins"), since no
 * package brings its header.
 *
 * Arguments: low=ADDRESS, high=ADDRESS. Writes "executed TOTAL WITHIN", WITHIN of them at virtual addresses from low to high, to stderr.
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

static uint64_t low, high, total, within;
static bool marked;

static void mark_executed(unsigned vcpu, void *data)
{
	(void)vcpu, (void)data;
	if (marked)
		return;
	marked = true;
	fprintf(stderr, "executed %" PRIu64 " %" PRIu64 "\n", total, within);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	size_t count = qemu_plugin_tb_n_insns(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &total, count);
	if (address >= low && address < high)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &within, count);
	for (size_t i = 0; i < count; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint32_t code;

		memcpy(&code, qemu_plugin_insn_data(insn), sizeof(code));
		if (code == MARK)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, mark_executed, NO_REGISTERS,
							       NULL);
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "low=", 4) == 0)
			low = strtoull(argv[i] + 4, NULL, 0);
		else if (strncmp(argv[i], "high=", 5) == 0)
			high = strtoull(argv[i] + 5, NULL, 0);
		else
			return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
