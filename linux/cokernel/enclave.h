/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An enclave: cores, memory, a co-kernel in them, and the region that it shares with Linux.
 *
 * Locks, outermost first: enclave->lock (its life, its memory, exchange rings), then enclave->read_lock, then write_lock (one ring of the streams,
 * and that `shared` stays), then those of vectors.c, regions.c, module.c, cores.c and park.c, of which only the last two nest. What the
 * shared region says is read once and never believed.
 */
#ifndef COKERNEL_ENCLAVE_H
#define COKERNEL_ENCLAVE_H

#include <bulkhead/cokernel.h>
#include <bulkhead/cokerneldev.h>
#include <bulkhead/vmdev.h>
#include <lib/ring.h>
#include <linux/cpumask.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "exchange.h"
#include "kernel.h"
#include "memory.h"
#include "vectors.h"

#define ENCLAVE_LOG_SIZE 32768u /* of its text */

struct park_entry;
struct protect;
struct region;

/* A CPU of the enclave's, by its index in boot->cores[]. */
struct enclave_core {
	u32 cpu;
	bool is_used;
	atomic64_t rings; /* interrupts that Linux sent to it */
};

struct enclave {
	struct kref references;
	struct list_head link; /* of all enclaves: module.c */
	u16 id;
	struct mutex lock, read_lock, write_lock;
	wait_queue_head_t changed;
	atomic_t
		enders; /* calls that are about to end it: nobody waits for the co-kernel any more */
	bool is_stuck;  /* it could not be stopped: a core of its did not answer */
	enum vmdev_state state; /* VMDEV_NONE: destroyed */
	enum bh_fault_cause cause;
	u64 started, ended; /* TSC */
	struct enclave_config config;
	u8 digest[ENCLAVE_DIGEST_SIZE];
	struct memory memory;
	struct enclave_blob image, ramdisk, early;
	u64 entry;                  /* of the image: physical */
	struct cokernel_boot *boot; /* in `early` */
	struct cokernel_shared *shared;
	u32 core_count;        /* entries of cores[] and boot->cores[] */
	struct cpumask listed; /* which those are */
	struct enclave_core cores[COKERNEL_CORES_MAX];
	struct protect *protect; /* its hypervisors; NULL: bare */
	struct kernel_bell *bell;
	struct delayed_work pulse;
	struct ring up, down;
	struct exchange exchange;
	struct vectors vectors;
	struct region *regions[COKERNEL_REGIONS_MAX];
	u32 region_flags[COKERNEL_REGIONS_MAX];
	u32 region_ends[COKERNEL_REGIONS_MAX]; /* of others who had it, that it has been told of */
	u32 probe;
};

/* enclave.c. Those that return an enclave give a reference. */
struct enclave *enclave_make(const struct vmdev_create *create, int *error);
void enclave_put(struct enclave *enclave);
/* With enclave->lock held: */
int enclave_start(struct enclave *enclave, const struct vmdev_start *start);
int enclave_stop(struct enclave *enclave, enum bh_fault_cause cause);
int enclave_destroy(struct enclave *enclave);
/* Ends it when it has ended itself. */
void enclave_look(struct enclave *enclave);
/* A doorbell for core 0, or for any. */
void enclave_ring(struct enclave *enclave);
void enclave_ring_core(struct enclave *enclave, u32 index, u32 vector);

/* load.c: image, ramdisk, boot parameters, first tables. */
int load_files(struct enclave *enclave, const struct vmdev_create *create);
int load_boot(struct enclave *enclave);
/* For the state of the enclave's memory now. */
int load_tables(struct enclave *enclave);
int load_entry(struct enclave *enclave, u32 index, struct park_entry *entry);
/* Whether a unit has what is needed to start cores. */
bool load_needs(const struct enclave *enclave, u64 unit);

/* resize.c, with enclave->lock held */
int enclave_resize(struct enclave *enclave, struct vmdev_resize *resize);
int enclave_core_add(struct enclave *enclave, struct cokerneldev_core *core);
int enclave_core_remove(struct enclave *enclave, struct cokerneldev_core *core);

/* stream.c. The first three and stream_log() take their locks themselves; the others want enclave->lock, a report read_lock. */
ssize_t stream_read(struct enclave *enclave, void __user *to, size_t size, bool is_blocking);
ssize_t stream_write(struct enclave *enclave, void __user *from, size_t size, bool is_blocking);
__poll_t stream_events(struct enclave *enclave);
int stream_signal(struct enclave *enclave, u32 signal);
int stream_log(struct enclave *enclave, struct cokerneldev_log *log);
int stream_report(struct enclave *enclave, struct cokerneldev_report *report);
int stream_probe(struct enclave *enclave, struct cokerneldev_probe *probe);

/* module.c: all that live; ids count on from 1. enclave_find() gives a reference, or NULL. */
int enclaves_add(struct enclave *enclave);
void enclaves_remove(struct enclave *enclave);
struct enclave *enclave_find(u32 id);
/* The one with the next larger id, or NULL; with a reference. */
struct enclave *enclaves_next(u32 id);
u32 enclaves_count(void);

#endif
