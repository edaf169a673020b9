/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SVE registers over a handler that overwrites them, and their record in the frame. With long vectors the record does not fit
 * into the frame's reserved area and lies behind it. On a machine without SVE there is nothing to see.
 */
#include "report.h"
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <ucontext.h>

#define HWCAP_BIT_SVE (1ul << 22)
#define SVE           0x53564501u
#define EXTRA         0x45585401u

static volatile sig_atomic_t count;
static volatile uint64_t frame_size;
static volatile unsigned sve_seen, extra_seen, vector_length;

/* looks through records; follows the one that refers to others */
static void look(const unsigned char *at, const unsigned char *end)
{
	while (at + 8 <= end) {
		uint32_t head[2];
		uint64_t next;

		memcpy(head, at, sizeof(head));
		if (head[0] == SVE) {
			uint16_t length;

			memcpy(&length, at + 8, sizeof(length));
			vector_length = length;
			sve_seen = head[1];
		} else if (head[0] == EXTRA) {
			memcpy(&next, at + 8, sizeof(next));
			extra_seen++;
			look((const unsigned char *)(uintptr_t)next,
			     (const unsigned char *)(uintptr_t)next + 65536);
		}
		if (head[0] == 0 || head[1] == 0)
			return;
		at += head[1];
	}
}

__attribute__((target("+sve"))) static void smash(int signal, siginfo_t *info, void *context)
{
	const unsigned char *records =
		(const void *)((const ucontext_t *)context)->uc_mcontext.__reserved;

	(void)signal;
	frame_size = ((const ucontext_t *)context)->uc_mcontext.sp - (uint64_t)(uintptr_t)info;
	look(records, records + 4096);
	__asm__ volatile("mov z0.b, #0x55\n\tmov z31.b, #0x55\n\tpfalse p0.b\n\tpfalse p15.b\n\t"
			 "wrffr p0.b" ::
				 : "z0", "z31", "p0", "p15");
	count++;
}

/* bytes of z0 and z31 that are not what they were, and whether predicates are */
__attribute__((target("+sve"), noinline)) static unsigned long keep(int until)
{
	unsigned long wrong;

	__asm__ volatile("mov	z0.b, #0x33\n\tmov	z31.b, #0x33\n\tptrue	p0.b\n\t"
			 "ptrue	p15.b\n\tsetffr\n"
			 "1:	ldr	w8, [%[count]]\n\tcmp	w8, %w[until]\n\tb.lt	1b\n\t"
			 "rdffr	p1.b\n\tptrue	p2.b\n\tcntp	x9, p2, p1.b\n\t"
			 "cntp	x10, p2, p0.b\n\tcntp	x11, p2, p15.b\n\trdvl	x12, #1\n\t"
			 "mov	z2.b, #0x33\n\tcmpne	p3.b, p2/z, z0.b, z2.b\n\t"
			 "cntp	%[wrong], p2, p3.b\n\tcmpne	p3.b, p2/z, z31.b, z2.b\n\t"
			 "cntp	x8, p2, p3.b\n\tadd	%[wrong], %[wrong], x8\n\t"
			 "eor	x9, x9, x12\n\teor	x10, x10, x12\n\teor	x11, x11, x12\n\t"
			 "orr	%[wrong], %[wrong], x9\n\torr	%[wrong], %[wrong], x10\n\t"
			 "orr	%[wrong], %[wrong], x11"
			 : [wrong] "=&r"(wrong)
			 : [count] "r"(&count), [until] "r"(until)
			 : "x8", "x9", "x10", "x11", "x12", "z0", "z2", "z31", "p0", "p1", "p2",
			   "p3", "p15", "cc", "memory");
	return wrong;
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = smash, .sa_flags = SA_SIGINFO};
	struct itimerval often = {{0, 2000}, {0, 2000}}, off = {{0, 0}, {0, 0}};
	unsigned long wrong = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!(getauxval(AT_HWCAP) & HWCAP_BIT_SVE)) {
		puts("no SVE");
		return 0;
	}
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 1; i <= 10; i++)
		wrong |= keep(2 * i);
	setitimer(ITIMER_REAL, &off, NULL);
	HOLDS(wrong == 0);
	printf("vectors of %u bytes, record of %u bytes, behind the frame: %d\n", vector_length,
	       sve_seen, extra_seen > 0);
	HOLDS(frame_size <= getauxval(51)); /* AT_MINSIGSTKSZ */
	return 0;
}
