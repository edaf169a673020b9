/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reports of the control task to the operator's tool.
 */
#include <bulkhead/types.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <user/io.h>
#include <user/report.h>

static const char *const exit_names[] = {
#define X(id, name) [id] = (name),
	BH_EXIT_REASONS(X)
#undef X
};

static const char *const cause_names[BH_FAULT_CAUSES] = {
#define X(cause, name, words) [cause] = (name),
	BH_FAULT_WORDS(X)
#undef X
};

static const char *cause_name(uint32_t cause)
{
	return cause < ARRAY_SIZE(cause_names) && cause_names[cause] != NULL ? cause_names[cause]
									     : "unlisted";
}

void report_send(struct json *json)
{
	int fd;

	if (!json_end(json)) {
		io_log("control: a report does not fit into a frame\n");
		return;
	}
	fd = open("/dev/wire/report", O_WRONLY);
	if (fd < 0 && errno == ENOENT)
		io_log("control: report %s\n", json->text);
	else if (fd < 0 || io_write_all(fd, json->text, json->length) != 0)
		io_log("control: cannot send a report: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}

void report_event(const char *event, uint16_t vm, const char *text)
{
	struct json json;

	json_begin(&json);
	json_add_string(&json, "event", event);
	if (vm != 0)
		json_add_number(&json, "vm", vm);
	if (text != NULL)
		json_add_string(&json, "text", text);
	report_send(&json);
}

static void report_fault(const struct bh_fault *fault)
{
	struct json json;

	json_begin(&json);
	json_add_string(&json, "event", "fault");
	json_add_string(&json, "cause", cause_name(fault->cause));
	json_add_number(&json, "vm", fault->vm);
	json_add_number(&json, "vcpu", fault->vcpu);
	json_add_number(&json, "core", fault->core);
	json_add_number(&json, "counter", fault->counter);
	json_add_number(&json, "esr", fault->esr);
	json_add_number(&json, "far", fault->far);
	json_add_number(&json, "ipa", fault->ipa);
	json_add_number(&json, "pc", fault->pc);
	json_add_number(&json, "pstate", fault->pstate);
	json_add_number(&json, "sp_el0", fault->sp_el0);
	json_add_number(&json, "sp_el1", fault->sp_el1);
	json_add_number(&json, "elr_el1", fault->elr_el1);
	json_add_number(&json, "esr_el1", fault->esr_el1);
	json_add_number(&json, "far_el1", fault->far_el1);
	json_add_number(&json, "ttbr0", fault->ttbr0);
	json_add_number(&json, "ttbr1", fault->ttbr1);
	json_add_numbers(&json, "x", fault->x, ARRAY_SIZE(fault->x));
	report_send(&json);
}

void report_end(uint16_t vm, int fd)
{
	struct vmdev_info info;
	struct bh_fault fault;
	struct json json;

	if (ioctl(fd, VMDEV_INFO, &info) != 0) {
		report_event("error", vm, "the state of the VM cannot be read");
		return;
	}
	json_begin(&json);
	json_add_string(&json, "event", "end");
	json_add_number(&json, "vm", vm);
	json_add_string(&json, "cause", cause_name(info.cause));
	json_add_number(&json, "runtime_ticks", info.runtime_ticks);
	json_add_number(&json, "counter_hz", info.counter_hz);
	report_send(&json);
	if (info.cause == BH_FAULT_OFF)
		return;
	if (ioctl(fd, VMDEV_FAULT, &fault) == 0)
		report_fault(&fault);
	else
		report_event("error", vm, "the fault record cannot be read");
}

static void report_vcpu_counters(uint16_t vm, uint16_t vcpu, const struct bh_counters *counters)
{
	struct json json;

	json_begin(&json);
	json_add_string(&json, "event", "counters");
	json_add_number(&json, "vm", vm);
	json_add_number(&json, "vcpu", vcpu);
	json_open(&json, "exits");
	for (size_t i = 0; i < ARRAY_SIZE(exit_names); i++)
		json_add_number(&json, exit_names[i], counters->exits[i]);
	json_close(&json);
	json_add_number(&json, "runs", counters->runs);
	json_add_number(&json, "denied", counters->denied);
	json_add_number(&json, "injected", counters->injected);
	json_add_number(&json, "run_ticks", counters->run_ticks);
	report_send(&json);
}

void report_counters(uint16_t vm, int fd)
{
	struct vmdev_info info;

	if (ioctl(fd, VMDEV_INFO, &info) != 0)
		return;
	for (uint16_t vcpu = 0; vcpu < info.vcpus; vcpu++) {
		struct vmdev_counters request = {.vcpu = vcpu};

		if (ioctl(fd, VMDEV_COUNTERS, &request) == 0)
			report_vcpu_counters(vm, vcpu, &request.counters);
		else
			report_event("error", vm, "the counters of a vCPU cannot be read");
	}
}
