/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs say in the machine's language, for x86-64.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>

/* as C libraries look for it */
#define VDSO_GETCPU "__vdso_getcpu"

/* exactly two instructions a round */
#define COMPUTE(rounds) __asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(rounds)::"cc")

#define INVALID_INSTRUCTION() __asm__ volatile("ud2")
#define INVALID_CODE          ILL_ILLOPN
#define BREAKPOINT()          __asm__ volatile("int3")
#define BREAKPOINT_CODE       SI_KERNEL
#define PRIVILEGED()          __asm__ volatile("mov %%cr0, %%rax" ::: "rax")
#define HYPERCALL()           __asm__ volatile("vmmcall" ::: "memory")
/* mov $value, %eax; ret: for values below 65536, as words */
#define RETURN_VALUE_0(value) (0xb8u | (value) << 8)
#define RETURN_VALUE_1(value) (0xc3u << 8)
#define JUMP(address)         __asm__ volatile("jmp *%0" ::"r"((uint64_t)(address)))
/* with alignment checks on */
#define UNALIGNED(address)                                                                   \
	__asm__ volatile(                                                                    \
		"pushfq\n\torl $0x40000, (%%rsp)\n\tpopfq\n\tmov (%0), %%eax" ::"r"(address) \
		: "rax", "memory", "cc")
/* where a handler returns to when the kernel has no place of its own for that: of struct sigaction of the system call */
#define RESTORER      signal_restorer
#define RESTORER_FLAG 0x04000000u
/* where a ucontext_t says that the program was */
#define PROGRAM_COUNTER(context) ((context)->uc_mcontext.gregs[REG_RIP])
/* a fault while the stack pointer shows nothing */
#define FAULT_AT_STACK(sp) __asm__ volatile("mov %0, %%rsp\n\tmovl $0, 0" ::"r"(sp) : "memory")

static __attribute__((naked, unused)) void signal_restorer(void)
{
	__asm__("mov %0, %%eax\n\tsyscall" ::"i"(SYS_rt_sigreturn));
}

static inline uint64_t thread_pointer(void)
{
	uint64_t tls = 0;
	long rax = SYS_arch_prctl;

	__asm__ volatile("syscall"
			 : "+a"(rax)
			 : "D"(0x1003 /* ARCH_GET_FS */), "S"(&tls)
			 : "rcx", "r11", "memory");
	return tls;
}

static inline uint64_t counter(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");
	return (uint64_t)high << 32 | low;
}

/* measured: no program is told */
static inline uint64_t counter_hz(void)
{
	struct timespec start, now;
	uint64_t from = counter(), ns;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
		ns = (uint64_t)(now.tv_sec - start.tv_sec) * 1000000000 +
		     (uint64_t)(now.tv_nsec - start.tv_nsec);
	} while (ns < 20000000);
	return (uint64_t)((unsigned __int128)(counter() - from) * 1000000000 / ns);
}

/* A thread that ends at once. The calls are made here: a child has no way back through a library. */
static inline long clone_and_exit(uint64_t flags, void *stack, void *parent_tid, void *child_tid)
{
	register long r10 __asm__("r10") = (long)child_tid;
	register long r8 __asm__("r8") = 0;
	long rax = SYS_clone;

	__asm__ volatile(
		"syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%edi, %%edi\n\tmov %[exit], %%eax\n\tsyscall\n1:"
		: "+a"(rax)
		: "D"(flags), "S"(stack), "d"(parent_tid), "r"(r10), "r"(r8), [exit] "i"(SYS_exit)
		: "rcx", "r11", "memory", "cc");
	return rax;
}

/* The same by clone3; the child touches its stack. */
static inline long clone3_and_exit(void *args, uint64_t size)
{
	long rax = SYS_clone3;

	__asm__ volatile(
		"syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\tmov %%rsp, -16(%%rsp)\n\txor %%edi, %%edi\n\t"
		"mov %[exit], %%eax\n\tsyscall\n1:"
		: "+a"(rax)
		: "D"(args), "S"(size), [exit] "i"(SYS_exit)
		: "rcx", "r11", "memory", "cc");
	return rax;
}

#endif
