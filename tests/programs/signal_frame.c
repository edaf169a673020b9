/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The frame of a handler on arm64: all registers come through a handler unharmed, a handler may change them, and a frame that
 * is not valid costs the program a SIGSEGV and nobody else anything.
 */
#include "report.h"
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define FPSIMD 0x46508001u
#define ESR    0x45535201u

static volatile sig_atomic_t count;
static sigjmp_buf jump;
static char alternate[65536] __attribute__((aligned(16)));

/* overwrites every register that it may */
static void smash(int signal)
{
	(void)signal;
	count++;
	__asm__ volatile("movi v0.16b, #0xa5\n\tmovi v1.16b, #0xa5\n\tmovi v7.16b, #0xa5\n\t"
			 "movi v8.16b, #0xa5\n\tmovi v15.16b, #0xa5\n\tmovi v16.16b, #0xa5\n\t"
			 "movi v30.16b, #0xa5\n\tmovi v31.16b, #0xa5\n\tmov x9, #-1\n\t"
			 "mov x10, #-1\n\tmov x17, #-1\n\tmsr fpsr, x9\n\tadds xzr, x9, x10" ::
				 : "v0", "v1", "v7", "v8", "v15", "v16", "v30", "v31", "x9", "x10",
				   "x17", "cc");
}

/*
 * Fills registers with values that depend on `seed`, loops until `*stop` changes, and counts those that are different
 * afterwards.
 */
static uint64_t keep_registers(uint64_t seed, const volatile sig_atomic_t *stop, int until)
{
	uint64_t wrong;

	__asm__ volatile(
		"dup	v0.2d, %[seed]\n\tmov v1.16b, v0.16b\n\tmov v7.16b, v0.16b\n\t"
		"mov v8.16b, v0.16b\n\tmov v15.16b, v0.16b\n\tmov v16.16b, v0.16b\n\t"
		"mov v30.16b, v0.16b\n\tmov v31.16b, v0.16b\n\tmov x9, %[seed]\n\t"
		"mov x10, %[seed]\n\tmov x11, %[seed]\n\tmov x12, %[seed]\n\tmov x13, %[seed]\n\t"
		"mov x14, %[seed]\n\tmov x15, %[seed]\n\tmov x16, %[seed]\n\tmov x17, %[seed]\n\t"
		"msr fpsr, xzr\n"
		"1:	ldr	w8, [%[stop]]\n\tcmp	w8, %w[until]\n\tb.lt	1b\n\t"
		"mrs	%[wrong], fpsr\n\t"
		"eor x9, x9, %[seed]\n\torr %[wrong], %[wrong], x9\n\t"
		"eor x10, x10, %[seed]\n\torr %[wrong], %[wrong], x10\n\t"
		"eor x11, x11, %[seed]\n\torr %[wrong], %[wrong], x11\n\t"
		"eor x12, x12, %[seed]\n\torr %[wrong], %[wrong], x12\n\t"
		"eor x13, x13, %[seed]\n\torr %[wrong], %[wrong], x13\n\t"
		"eor x14, x14, %[seed]\n\torr %[wrong], %[wrong], x14\n\t"
		"eor x15, x15, %[seed]\n\torr %[wrong], %[wrong], x15\n\t"
		"eor x16, x16, %[seed]\n\torr %[wrong], %[wrong], x16\n\t"
		"eor x17, x17, %[seed]\n\torr %[wrong], %[wrong], x17\n\t"
		"dup	v2.2d, %[seed]\n\teor v0.16b, v0.16b, v2.16b\n\t"
		"eor v1.16b, v1.16b, v2.16b\n\torr v0.16b, v0.16b, v1.16b\n\t"
		"eor v7.16b, v7.16b, v2.16b\n\torr v0.16b, v0.16b, v7.16b\n\t"
		"eor v8.16b, v8.16b, v2.16b\n\torr v0.16b, v0.16b, v8.16b\n\t"
		"eor v15.16b, v15.16b, v2.16b\n\torr v0.16b, v0.16b, v15.16b\n\t"
		"eor v16.16b, v16.16b, v2.16b\n\torr v0.16b, v0.16b, v16.16b\n\t"
		"eor v30.16b, v30.16b, v2.16b\n\torr v0.16b, v0.16b, v30.16b\n\t"
		"eor v31.16b, v31.16b, v2.16b\n\torr v0.16b, v0.16b, v31.16b\n\t"
		"umov x9, v0.d[0]\n\tumov x10, v0.d[1]\n\torr %[wrong], %[wrong], x9\n\t"
		"orr %[wrong], %[wrong], x10"
		: [wrong] "=&r"(wrong)
		: [seed] "r"(seed), [stop] "r"(stop), [until] "r"(until)
		: "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "v0", "v1",
		  "v2", "v7", "v8", "v15", "v16", "v30", "v31", "cc", "memory");
	return wrong;
}

static void test_registers(void)
{
	struct sigaction action = {.sa_handler = smash};
	struct itimerval often = {{0, 1000}, {0, 1000}}, off = {{0, 0}, {0, 0}};
	uint64_t wrong = 0;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 1; i <= 10; i++)
		wrong |= keep_registers(UINT64_C(0x0123456789abcdef) * (unsigned)i, &count, 2 * i);
	setitimer(ITIMER_REAL, &off, NULL);
	HOLDS(wrong == 0);
}

static struct fpsimd_context *fpsimd_of(ucontext_t *uc)
{
	return (struct fpsimd_context *)(void *)uc->uc_mcontext.__reserved;
}

/* skips the instruction that faulted and gives its result */
static void resume(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signal;
	count = uc->uc_mcontext.fault_address == (uint64_t)(uintptr_t)info->si_addr;
	uc->uc_mcontext.pc += 4;
	uc->uc_mcontext.regs[0] = 4711;
	fpsimd_of(uc)->vregs[3] = 815;
}

static void test_change(void)
{
	struct sigaction action = {.sa_sigaction = resume, .sa_flags = SA_SIGINFO};
	register uint64_t result __asm__("x0") = 8;
	uint64_t vector;

	sigaction(SIGSEGV, &action, NULL);
	__asm__ volatile("movi v3.16b, #1\n\tldr x0, [x0]\n\tumov %1, v3.d[0]"
			 : "+r"(result), "=r"(vector)
			 :
			 : "v3");
	uint64_t copy = result;
	HOLDS(copy == 4711 && vector == 815 && count == 1);
}

static int find_record(const ucontext_t *uc, uint32_t magic, uint32_t *size)
{
	const unsigned char *at = (const void *)uc->uc_mcontext.__reserved, *end = at + 4096;

	while (at < end) {
		struct _aarch64_ctx head;

		memcpy(&head, at, sizeof(head));
		if (head.magic == magic) {
			*size = head.size;
			return 1;
		}
		if (head.magic == 0 || head.size == 0)
			return 0;
		at += head.size;
	}
	return 0;
}

static volatile uint32_t fpsimd_size, esr_size;
static volatile uint64_t link_of_frame, sp_at_frame;
static volatile uintptr_t nowhere = 8;

static void inspect(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;
	const uint64_t *record = __builtin_frame_address(0);
	uint32_t size = 0;

	(void)info;
	fpsimd_size = find_record(uc, FPSIMD, &size) ? size : 0;
	esr_size = find_record(uc, ESR, &size) ? size : 0;
	/* the frame record that the handler's own refers to is the interrupted function's */
	link_of_frame = *(const uint64_t *)record[0] == uc->uc_mcontext.regs[29];
	sp_at_frame = uc->uc_mcontext.sp;
	if (signal == SIGSEGV)
		siglongjmp(jump, 1);
}

static void test_layout(void)
{
	struct sigaction action = {.sa_sigaction = inspect, .sa_flags = SA_SIGINFO};

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	HOLDS(fpsimd_size == 528 && link_of_frame && sp_at_frame % 16 == 0);
	if (sigsetjmp(jump, 1) == 0)
		*(volatile char *)nowhere = 1;
	HOLDS(fpsimd_size == 528 && esr_size == 16);
}

/* ways to spoil a frame */
enum spoil {
	MODE_EL1,
	MODE_32BIT,
	INTERRUPTS_MASKED,
	NO_FPSIMD,
	FPSIMD_SHORT,
	UNKNOWN_RECORD,
	RECORD_TOO_LONG,
	RECORD_UNALIGNED,
	SP_UNALIGNED,
	SP_UNMAPPED,
	SP_KERNEL,
	SPOILS
};

static volatile int spoiled, jumped_signal;

static void spoil(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	struct _aarch64_ctx *head = &fpsimd_of(uc)->head;
	uint64_t sp = (uint64_t)(uintptr_t)info; /* the frame starts with it */

	(void)signal;
	switch (spoiled) {
	case MODE_EL1:
		uc->uc_mcontext.pstate |= 5;
		break;
	case MODE_32BIT:
		uc->uc_mcontext.pstate |= 0x10;
		break;
	case INTERRUPTS_MASKED:
		uc->uc_mcontext.pstate |= 0x80;
		break;
	case NO_FPSIMD:
		head->magic = head->size = 0;
		break;
	case FPSIMD_SHORT:
		head->size = 512;
		break;
	case UNKNOWN_RECORD:
		head->magic = 0x12345678;
		break;
	case RECORD_TOO_LONG:
		head->size = 0xfffffff0;
		break;
	case RECORD_UNALIGNED:
		head->size = 529;
		break;
	case SP_UNALIGNED:
		sp += 8;
		break;
	case SP_UNMAPPED:
		sp = UINT64_C(0x123456789000);
		break;
	case SP_KERNEL:
		sp = UINT64_C(0xffff000000080000);
		break;
	}
	__asm__ volatile("mov sp, %0\n\tmov x8, %1\n\tsvc #0\n\tbrk #0" ::"r"(sp),
			 "i"(SYS_rt_sigreturn));
}

static void caught(int signal)
{
	jumped_signal = signal;
	siglongjmp(jump, 1);
}

static void test_hostile(void)
{
	struct sigaction spoils = {.sa_sigaction = spoil, .sa_flags = SA_SIGINFO};
	struct sigaction catches = {.sa_handler = caught, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};

	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &spoils, NULL);
	sigaction(SIGSEGV, &catches, NULL);
	sigaction(SIGTRAP, &catches, NULL);
	for (spoiled = 0; spoiled < SPOILS; spoiled++) {
		jumped_signal = 0;
		if (sigsetjmp(jump, 1) == 0)
			raise(SIGUSR1);
		printf("spoiled %d: signal %d\n", spoiled, jumped_signal);
	}
}

static volatile uint64_t target;

static void redirect(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signal, (void)info;
	uc->uc_mcontext.pc = target;
}

/* a pc that is no address of the program's is a fault like any other */
static void test_wild_pc(void)
{
	static const uint64_t targets[] = {0, 0x1001, UINT64_C(0x123456789000),
					   UINT64_C(0xffff000000080000), UINT64_MAX};
	struct sigaction redirects = {.sa_sigaction = redirect, .sa_flags = SA_SIGINFO};
	struct sigaction catches = {.sa_handler = caught, .sa_flags = SA_ONSTACK};

	sigaction(SIGUSR1, &redirects, NULL);
	sigaction(SIGBUS, &catches, NULL);
	for (volatile unsigned i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		target = targets[i];
		jumped_signal = 0;
		if (sigsetjmp(jump, 1) == 0)
			raise(SIGUSR1);
		printf("pc %u: signal %d\n", i, jumped_signal);
	}
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_registers();
	test_change();
	test_layout();
	test_hostile();
	test_wild_pc();
	return 0;
}
