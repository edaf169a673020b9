/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control task's server between a fake of the machine, whose VMs are sockets, and a fake of the login VM, which speaks frames.
 */
#ifndef TESTS_UNIT_SERVER_FAKE_H
#define TESTS_UNIT_SERVER_FAKE_H

#include "../unit.h"
#include <bulkhead/wire.h>
#include <user/requests.h>

#define VMS      8
#define FIRST_VM 3
#define MIB      (UINT64_C(1) << 20)
#define MEMORY   (1024 * MIB)

int __wrap_ioctl(int fd, unsigned long request, ...);
void __wrap_io_log(const char *format, ...);
void report_event(const char *event, uint16_t vm, const char *text);

struct fake_vm {
	bool is_there, has_ended;
	uint32_t cause;
	uint64_t memory;
	int ours, theirs; /* the control task's end, the VM's end */
	unsigned signals;
	uint16_t cores[ENCLAVE_VCPUS_MAX];
	uint32_t shares; /* bit i: that with id i */
	uint32_t isolation, grant_count;
};

/* machine.c */
extern struct fake_vm vms[VMS];
extern struct vm_layer layer;
extern int refuse_make;   /* errno for the next ones */
extern int resize_status; /* likewise, negative */
extern int share_status;  /* likewise */
extern uint32_t shares;   /* bit i: there is one with id i */
extern uint64_t time_now; /* 100 a second */
/* the VM whose cores are watched, 0: none; and what that will have found */
extern int watched_vm;
extern unsigned watch_seconds;
extern const char *watch_text;
/* Calls that take long are done when tasks_go_on() says so; otherwise at once. */
extern bool tasks_wait;
void tasks_go_on(void);
void vm_end(struct fake_vm *vm, uint32_t cause);
unsigned vms_there(void);
struct fake_vm *the_vm(void);
/* Where files for VMs are, made by machine_begin(); machine_end() is false when something was left there. */
bool machine_begin(void);
bool machine_end(void);

/* what has come for a session since the last look: of one type its bytes, and the last answer */
struct heard {
	uint8_t bytes[65536];
	size_t have;
	struct answer_done done;
	bool is_done, is_closed;
};

/* login.c */
extern struct server *server;
extern struct heard heard;
void linux_begin(void);
void linux_end_now(void);
/* The control task's loop, a few times. */
void turn(void);
/* A frame; a message of a session; what has come for it. */
void put(uint16_t type, uint32_t session, uint32_t value, const void *data, size_t size);
void say(uint32_t session, uint16_t type, const void *data, size_t size);
void hear(uint32_t session, uint16_t type);
/* A whole request about an enclave; `heard` has the answer. */
void ask(uint32_t session, uint16_t type, const char *name, uint32_t flags, uint16_t wanted);
unsigned enclaves_there(void);
/* One CPU, 64 MiB. */
void fill_create(struct command_create *create, const char *name, uint32_t flags);
/* All that bulkhead run says before its job runs. */
void run_job(uint32_t session, const char *name, uint32_t flags);
/* A frame of the VM's; its orderly end. */
void vm_say(struct fake_vm *vm, uint8_t channel, const void *data, uint16_t size);
void vm_exit(struct fake_vm *vm, uint32_t status);
/* Nothing is left. Linux ends. */
void check_clean(void);

#endif
