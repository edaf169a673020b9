/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reports of the control task to the operator's tool: one JSON object in a WIRE_REPORT frame.
 */
#ifndef USER_REPORT_H
#define USER_REPORT_H

#include <bulkhead/vmdev.h>
#include <user/json.h>

/* sends what was built by json_begin() and the json_add_ functions */
void report_send(struct json *json);
/* {"event": event} and, when vm is not 0, the VM */
void report_event(const char *event, uint16_t vm, const char *text);
/* how VM `vm`, open as `fd`, ended; its fault record, when it did not end by itself */
void report_end(uint16_t vm, int fd);
/* the counters of each of the VM's vCPUs */
void report_counters(uint16_t vm, int fd);

#endif
