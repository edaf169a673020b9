/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs say in the machine's language, for arm64.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>
#include <sys/syscall.h>

/* as C libraries look for it */
#define VDSO_GETCPU "__kernel_getcpu"

/* exactly two instructions a round */
#define COMPUTE(rounds) __asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(rounds)::"cc")

#define INVALID_INSTRUCTION() __asm__ volatile("udf #0")
#define INVALID_CODE          ILL_ILLOPC
#define BREAKPOINT()          __asm__ volatile("brk #1")
#define BREAKPOINT_CODE       TRAP_BRKPT
#define PRIVILEGED()          __asm__ volatile("mrs x0, sctlr_el1" ::: "x0")
#define HYPERCALL()           __asm__ volatile("hvc #0" ::: "memory")
/* mov w0, #value; ret: for values below 65536, as words */
#define RETURN_VALUE_0(value) (0x52800000u | (value) << 5)
#define RETURN_VALUE_1(value) 0xd65f03c0u
#define JUMP(address)         __asm__ volatile("br %0" ::"r"(address))
#define UNALIGNED(address)    __asm__ volatile("ldxr x0, [%0]" ::"r"(address) : "x0", "memory")
/* where a handler returns to when the kernel has no place of its own for that: of struct sigaction of the system call */
#define RESTORER      NULL
#define RESTORER_FLAG 0u
/* where a ucontext_t says that the program was */
#define PROGRAM_COUNTER(context) ((context)->uc_mcontext.pc)
/* a fault while the stack pointer shows nothing */
#define FAULT_AT_STACK(sp) \
	__asm__ volatile("mov sp, %0\n str x0, [x1]" ::"r"(sp), "r"(0) : "x0", "x1", "memory")

static inline uint64_t thread_pointer(void)
{
	uint64_t tls;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(tls));
	return tls;
}

static inline uint64_t counter(void)
{
	uint64_t value;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
	return value;
}

static inline uint64_t counter_hz(void)
{
	uint64_t hz;

	__asm__("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}

/* A thread that ends at once. The calls are made here: a child has no way back through a library. */
static inline long clone_and_exit(uint64_t flags, void *stack, void *parent_tid, void *child_tid)
{
	register long x0 __asm__("x0") = (long)flags;
	register long x1 __asm__("x1") = (long)stack;
	register long x2 __asm__("x2") = (long)parent_tid;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = (long)child_tid;
	register long x8 __asm__("x8") = SYS_clone;

	__asm__ volatile("svc #0\n\tcbnz x0, 1f\n\tmov x8, %[exit]\n\tsvc #0\n1:"
			 : "+r"(x0), "+r"(x8)
			 : "r"(x1), "r"(x2), "r"(x3), "r"(x4), [exit] "i"(SYS_exit)
			 : "memory");
	return x0;
}

/* The same by clone3; the child touches its stack. */
static inline long clone3_and_exit(void *args, uint64_t size)
{
	register long x0 __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = (long)size;
	register long x8 __asm__("x8") = SYS_clone3;

	__asm__ volatile("svc #0\n"
			 "cbnz x0, 1f\n"
			 "mov x9, sp\n"
			 "str x9, [sp, #-16]\n"
			 "mov x0, #0\n"
			 "mov x8, %[exit]\n"
			 "svc #0\n"
			 "1:"
			 : "+r"(x0), "+r"(x1), "+r"(x8)
			 : [exit] "i"(SYS_exit)
			 : "memory", "x9", "cc");
	return x0;
}

#endif
