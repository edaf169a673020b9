/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the figures of the bench guest share: loops in assembly, and lines of text for the host,
 * which does the arithmetic.
 */
#ifndef BENCH_GUEST_BENCH_H
#define BENCH_GUEST_BENCH_H

#include <bench/guest/figures.h>
#include <bulkhead/counters.h>
#include <bulkhead/types.h>
#include <tests/guest/runtime/remote.h>

/* loops.S: counter ticks for `rounds` */
typedef uint64_t (*loop_fn)(uint64_t rounds, uint64_t w1, uint64_t w2);
uint64_t loop_empty(uint64_t rounds, uint64_t w1, uint64_t w2);
uint64_t loop_id_get(uint64_t rounds, uint64_t w1, uint64_t w2);
uint64_t loop_psci_version(uint64_t rounds, uint64_t w1, uint64_t w2);
uint64_t loop_run(uint64_t rounds, uint64_t w1, uint64_t w2);
uint64_t loop_yield(uint64_t rounds, uint64_t w1, uint64_t w2);
uint64_t loop_fp_own(uint64_t rounds, uint64_t w1, uint64_t w2);
uint64_t loop_fp_shared(uint64_t rounds, uint64_t w1, uint64_t w2);
uint64_t loop_direct(uint64_t rounds, uint64_t w1, uint64_t w2);
uint64_t loop_inject(uint64_t rounds, uint64_t w1, uint64_t w2);
uint64_t loop_wake(uint64_t rounds, uint64_t w1, uint64_t w2);
uint64_t preempt_once(uint64_t w1, uint64_t deadline, uint64_t delay);

/* serve.S: remote functions; those with vectors are called by C ones */
void serve_wait(const uint64_t in[4], uint64_t out[REMOTE_WORDS]);
void serve_yield(const uint64_t in[4], uint64_t out[REMOTE_WORDS]);
void serve_fp(const uint64_t in[4], uint64_t out[REMOTE_WORDS]);
void serve_echo(const uint64_t in[4], uint64_t out[REMOTE_WORDS]);
void serve_spin(const uint64_t in[4], uint64_t out[REMOTE_WORDS]);
void serve_wfi(const uint64_t in[4], const char *vectors, uint64_t interface);
void serve_kicked(const uint64_t in[4], const char *vectors, uint64_t interface);
extern const char sgi_vectors_v2[], sgi_vectors_v3[];
uint64_t timer_once(uint64_t deadline, uint64_t delay);
void compute(uint64_t rounds);

/* entry.S: the counter at this image's first instruction */
extern uint64_t first_count;

/* Rounds of a loop: the boot argument rounds=, or 10,000 */
uint64_t bench_rounds(void);
/* Lets a fresh peer serve for ever; it answers once before. */
struct peer *peer_serving(remote_fn serve);
/* The counters of a peer's first vCPU */
struct bh_counters counters_of(const struct peer *peer);
/* A line "exits NAME reason=n ..." with what a peer's counters moved by */
void exits_print(const char *name, const struct bh_counters *before,
		 const struct bh_counters *after);
/* A line for each image, by which the host finds labels in a trace */
void images_print(void);

#endif
