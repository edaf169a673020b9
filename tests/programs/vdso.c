/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The vDSO against the system calls: a reading between two of the kernel lies between them, for every clock; what it does
 * not serve, it asks the kernel for. Its getcpu, which Linux has on other architectures, is called by its address. Time does
 * not go back from core to core.
 */
#include "report.h"
#include <elf.h>
#include <machine.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS  20000

static int64_t ns_of(const struct timespec *t)
{
	return t->tv_sec * INT64_C(1000000000) + t->tv_nsec;
}

static int64_t asked(clockid_t clock)
{
	struct timespec t = {-1, 0};

	return syscall(SYS_clock_gettime, clock, &t) ? -1 : ns_of(&t);
}

static int64_t read_here(clockid_t clock)
{
	struct timespec t = {-1, 0};

	return clock_gettime(clock, &t) ? -1 : ns_of(&t);
}

static int agrees(clockid_t clock)
{
	for (int i = 0; i < 1000; i++) {
		int64_t before = asked(clock), now = read_here(clock), after = asked(clock);

		if (before <= 0 || now < before || after < now)
			return 0;
	}
	return 1;
}

static int day_agrees(void)
{
	struct timeval v;
	int64_t before = asked(CLOCK_REALTIME) / 1000, now;

	gettimeofday(&v, NULL);
	now = v.tv_sec * INT64_C(1000000) + v.tv_usec;
	return before <= now && now <= asked(CLOCK_REALTIME) / 1000;
}

/* the address of a dynamic symbol of the vDSO, whose base is its load address */
static void *symbol_find(const char *name)
{
	const char *base = (const char *)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Ehdr *header = (const void *)base;
	const Elf64_Phdr *phdr = (const void *)(base + header->e_phoff);
	const Elf64_Dyn *dynamic = NULL;
	const Elf64_Sym *symbols = NULL;
	const char *strings = NULL;
	const uint32_t *hash = NULL;

	for (int i = 0; i < header->e_phnum; i++)
		if (phdr[i].p_type == PT_DYNAMIC)
			dynamic = (const void *)(base + phdr[i].p_vaddr);
	for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
		if (dynamic->d_tag == DT_SYMTAB)
			symbols = (const void *)(base + dynamic->d_un.d_ptr);
		else if (dynamic->d_tag == DT_STRTAB)
			strings = base + dynamic->d_un.d_ptr;
		else if (dynamic->d_tag == DT_HASH)
			hash = (const void *)(base + dynamic->d_un.d_ptr);
	}
	for (uint32_t i = 0; hash && i < hash[1]; i++)
		if (!strcmp(strings + symbols[i].st_name, name))
			return (void *)(base + symbols[i].st_value);
	return NULL;
}

typedef int (*getcpu_fn)(unsigned *core, unsigned *node, void *unused);

/* threads do not move unless asked: both answers are about the same core */
static int place_agrees(getcpu_fn getcpu_here)
{
	unsigned core = 99, node = 99, asked_core = 98, asked_node = 98;

	return getcpu_here && getcpu_here(&core, &node, NULL) == 0 &&
	       getcpu_here(NULL, NULL, NULL) == 0 &&
	       syscall(SYS_getcpu, &asked_core, &asked_node, NULL) == 0 && core == asked_core &&
	       node == asked_node && (int)core == sched_getcpu();
}

static int64_t latest;
static int went_back, misplaced;

static void *watch_time(void *unused)
{
	getcpu_fn getcpu_here = (getcpu_fn)symbol_find(VDSO_GETCPU);

	for (int i = 0; i < ROUNDS; i++) {
		int64_t seen = __atomic_load_n(&latest, __ATOMIC_ACQUIRE);
		int64_t now = read_here(CLOCK_MONOTONIC);

		if (now < seen)
			__atomic_store_n(&went_back, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&latest, now, __ATOMIC_RELEASE);
	}
	if (!place_agrees(getcpu_here))
		__atomic_store_n(&misplaced, 1, __ATOMIC_RELAXED);
	return unused;
}

static void check_cores(void)
{
	pthread_t threads[THREADS];
	int made = 0;

	for (int i = 0; i < THREADS; i++)
		made += pthread_create(&threads[i], NULL, watch_time, NULL) == 0;
	for (int i = 0; i < made; i++)
		pthread_join(threads[i], NULL);
	HOLDS(made == THREADS);
	HOLDS(!went_back);
	HOLDS(!misplaced);
}

int main(void)
{
	struct timespec t;

	HOLDS(agrees(CLOCK_REALTIME));
	HOLDS(agrees(CLOCK_MONOTONIC));
	HOLDS(agrees(CLOCK_PROCESS_CPUTIME_ID));
	HOLDS(agrees(CLOCK_THREAD_CPUTIME_ID));
	HOLDS(agrees(CLOCK_MONOTONIC_RAW));
	HOLDS(agrees(CLOCK_REALTIME_COARSE));
	HOLDS(agrees(CLOCK_MONOTONIC_COARSE));
	HOLDS(agrees(CLOCK_BOOTTIME));
	HOLDS(agrees(CLOCK_TAI));
	HOLDS(day_agrees());
	HOLDS(clock_gettime(8, &t) == -1 && errno == EINVAL);
	HOLDS(clock_gettime(-1, &t) == -1 && errno == EINVAL);
	HOLDS(clock_gettime(1 << 20, &t) == -1 && errno == EINVAL);
	HOLDS(clock_getres(CLOCK_BOOTTIME, &t) == 0 && t.tv_sec == 0 && t.tv_nsec == 1);
	HOLDS(clock_getres(CLOCK_MONOTONIC, NULL) == 0);
	HOLDS(clock_getres(CLOCK_THREAD_CPUTIME_ID, &t) == 0 && t.tv_nsec == 1);
	HOLDS(clock_getres(9999, &t) == -1 && errno == EINVAL);
	HOLDS(place_agrees((getcpu_fn)symbol_find(VDSO_GETCPU)));
	HOLDS(symbol_find("no such symbol") == NULL);
	check_cores();
	return 0;
}
