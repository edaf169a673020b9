/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runs in the Linux of an x86 node, as root: tests of the module by its calls, with the tiny co-kernel. cokernel-check NAME... runs tests;
 * each says "ok NAME" or what failed; "all done" is the last line, the exit status 0 when nothing failed.
 */
#ifndef CHECK_H
#define CHECK_H

#include <bulkhead/cokerneldev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIB 0x100000ull

/* Reports once per failure, with the place; the value of the condition. */
bool check_that(bool condition, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
#define check(condition, ...) check_that(condition, __FILE__, __LINE__, __VA_ARGS__)

extern int manager;
/* ioctl(2), a negative number for an error. */
long call(int file, unsigned number, const void *argument);

struct plan {
	const char *parameters;
	unsigned vcpus;
	unsigned node;
	uint64_t memory;   /* on that node; 0: 16 MiB */
	uint64_t other;    /* on the other node */
	bool is_protected; /* by hypervisors; all are when PROTECT, a number, is in the environment */
	uint32_t features;                  /* VCPU_* */
	const struct enclave_grant *grants; /* up to one of no kind; NULL: none */
};

/* Another co-kernel from now on, and what it begins with. */
void use_files(const char *image_path, const char *ramdisk_path);
/* A description that is right. */
void describe(struct vmdev_create *create, const struct plan *plan);
/* Where START may put its cores. */
struct vmdev_start anywhere(void);
/* Its id, or a negative error. */
int make(const struct plan *plan);
/* Its file, or a negative error. */
int open_enclave(int id);
/* Made, opened, started on any cores: its file, or a failed check and a negative error. */
int start(const struct plan *plan);
/* The state it has once it is this one, or after a while. */
uint32_t state_of(int file);
bool reaches(int file, uint32_t state);
bool destroy(int file);
struct vmdev_info info_of(int file);
struct cokerneldev_vcpu vcpu_of(int file, uint32_t core);
/* Waits until the log has the text. */
bool log_says(int file, const char *text);
const char *log_text(int file);
/* Tries until the condition holds, for a time that no machine needs. */
#define eventually(condition)                              \
	({                                                 \
		bool holds = false;                        \
		for (int n = 0; n < 3000 && !holds; n++) { \
			holds = (condition);               \
			if (!holds)                        \
				nap();                     \
		}                                          \
		holds;                                     \
	})
void nap(void);

/* Bytes of Linux's memory at a physical address; false: there is none. */
bool memory_read(uint64_t address, void *to, size_t size);
/* Whether the bytes of Linux's memory at these physical addresses have the tiny co-kernel's pattern anywhere. */
bool has_pattern(uint64_t start, uint64_t end);

struct cokerneldev_node ledger(void);
/* The sum of a line's numbers, for all CPUs, of /proc/interrupts: the first line with that word. */
long interrupts_of(const char *word);
/* A parameter of the module's tests. */
void set_parameter(const char *name, int value);
int parameter(const char *name);
/* What Linux has. */
struct resources {
	long memory_total, memory_free; /* kB */
	long cpus;
	long nodes[2]; /* MemTotal */
};
struct resources resources(void);
/* That Linux has as much free memory as then. */
void check_free(const struct resources *before);

#define TESTS(X)          \
	X(park)           \
	X(life)           \
	X(two)            \
	X(ends)           \
	X(resources_back) \
	X(stream)         \
	X(signals)        \
	X(resize)         \
	X(cores)          \
	X(regions)        \
	X(vectors)        \
	X(refusals)       \
	X(busy)           \
	X(errors)         \
	X(faults)         \
	X(endurance)      \
	X(unprotected)    \
	X(subsets)        \
	X(garbled)        \
	X(rights)         \
	X(random_calls)   \
	X(storms)         \
	X(injected)       \
	X(stay)           \
	X(view)           \
	X(refused)        \
	X(crowd)          \
	X(strays)         \
	X(lwk)            \
	X(siblings)       \
	X(busy_siblings)  \
	X(scrubbed)       \
	X(counted)        \
	X(large_region)   \
	X(beside)         \
	X(stuck)          \
	X(panicked)       \
	X(flood)          \
	X(slow_memory)    \
	X(interrupted)    \
	X(deaf)           \
	X(odd_sibling)    \
	X(doorbell)       \
	X(isolation)      \
	X(grants)         \
	X(told)           \
	X(same_state)     \
	X(stale)          \
	X(late_core)      \
	X(too_early)      \
	X(far_node)       \
	X(lwk_vectors)    \
	X(machine_checks)
#define X(name) void test_##name(void);
TESTS(X)
#undef X

#endif
