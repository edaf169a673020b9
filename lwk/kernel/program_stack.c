/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a program finds on its stack (System V ABI, process initialization): argc, argv, envp and
 * the auxiliary vector, and above them the strings. The stack is built downwards.
 */
#include <arch/cpu.h>
#include <arch/elf_machine.h>
#include <arch/layout.h>
#include <arch/signal.h>
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/program.h>
#include <lwk/random.h>
#include <string.h>

#define ARGUMENTS_MAX (USER_STACK_SIZE / 4)
#define GUARD_SIZE    UINT64_C(0x100000) /* a large frame does not step over it */

/* entries of the auxiliary vector, Linux's numbers */
enum {
	AT_NULL = 0,
	AT_PHDR = 3,
	AT_PHENT = 4,
	AT_PHNUM = 5,
	AT_PAGESZ = 6,
	AT_BASE = 7,
	AT_FLAGS = 8,
	AT_ENTRY = 9,
	AT_UID = 11,
	AT_EUID = 12,
	AT_GID = 13,
	AT_EGID = 14,
	AT_PLATFORM = 15,
	AT_HWCAP = 16,
	AT_CLKTCK = 17,
	AT_SECURE = 23,
	AT_RANDOM = 25,
	AT_HWCAP2 = 26,
	AT_EXECFN = 31,
	AT_SYSINFO_EHDR = 33,
	AT_MINSIGSTKSZ = 51,
};

#define RANDOM_SIZE 16

struct builder {
	struct address_space *space;
	uint64_t at; /* lowest address used */
	int status;
};

static uint64_t push(struct builder *b, const void *data, uint64_t size)
{
	b->at -= size;
	if (b->status == 0)
		b->status = space_write(b->space, b->at, data, size);
	return b->at;
}

static uint64_t push_string(struct builder *b, const char *text)
{
	return push(b, text, strlen(text) + 1);
}

static void push_word(struct builder *b, uint64_t word)
{
	push(b, &word, sizeof(word));
}

static uint64_t strings_size(const char *const *strings, uint64_t *count)
{
	uint64_t size = 0;

	for (*count = 0; strings[*count]; ++*count)
		size += strlen(strings[*count]) + 1;
	return size;
}

/* the strings of a vector; `first` is the address of the first, the others follow upwards */
static uint64_t push_strings(struct builder *b, const char *const *strings, uint64_t count)
{
	for (uint64_t i = count; i > 0; i--)
		push_string(b, strings[i - 1]);
	return b->at;
}

/* the pointers to them, and the NULL behind */
static void push_pointers(struct builder *b, const char *const *strings, uint64_t count,
			  uint64_t first)
{
	uint64_t end = b->at - 8 * (count + 1);
	uint64_t zero = 0;

	for (uint64_t i = 0; i < count; i++) {
		if (b->status == 0)
			b->status = space_write(b->space, end + 8 * i, &first, sizeof(first));
		first += strlen(strings[i]) + 1;
	}
	push(b, &zero, sizeof(zero));
	b->at = end;
}

static void push_auxv(struct builder *b, struct program *program, uint64_t random,
		      uint64_t name, uint64_t platform)
{
	const uint64_t auxv[][2] = {
		{AT_SYSINFO_EHDR, program->vdso},
		{AT_PHDR, program->phdr},
		{AT_PHENT, program->phent},
		{AT_PHNUM, program->phnum},
		{AT_PAGESZ, PAGE_SIZE},
		{AT_BASE, 0},
		{AT_FLAGS, 0},
		{AT_ENTRY, program->image_entry},
		{AT_UID, 0},
		{AT_EUID, 0},
		{AT_GID, 0},
		{AT_EGID, 0},
		{AT_SECURE, 0},
		{AT_HWCAP, cpu_hwcap()},
		{AT_HWCAP2, cpu_hwcap2()},
		{AT_CLKTCK, TICKS_PER_SECOND},
		{AT_RANDOM, random},
		{AT_EXECFN, name},
		{AT_PLATFORM, platform},
		{AT_MINSIGSTKSZ, arch_signal_stack_needed()},
		{AT_NULL, 0},
	};

	program->auxv = push(b, auxv, sizeof(auxv));
	program->auxv_size = sizeof(auxv);
}

int program_stack(struct address_space *space, struct program *program)
{
	struct builder b = {.space = space, .at = USER_STACK_TOP};
	uint64_t bottom = USER_STACK_TOP - USER_STACK_SIZE;
	uint64_t argc, envc, args, env, random, name, platform, size;
	uint8_t seed[RANDOM_SIZE];

	size = strings_size(program->argv, &argc) + strings_size(program->envp, &envc) +
	       strlen(program->path) + 8 * (argc + envc) + PAGE_SIZE;
	if (size > ARGUMENTS_MAX)
		return -E2BIG;
	if (space_map_at(space, bottom, USER_STACK_SIZE, program->stack_prot, VMA_STACK, false) ||
	    space_map_at(space, bottom - GUARD_SIZE, GUARD_SIZE, 0, VMA_GUARD, false) ||
	    space_fill(space, ALIGN_DOWN(USER_STACK_TOP - size, PAGE_SIZE), USER_STACK_TOP, false))
		return -ENOMEM;
	random_fill(seed, sizeof(seed));
	push_word(&b, 0);
	name = push_string(&b, program->path);
	platform = push_string(&b, ARCH_MACHINE_NAME);
	env = push_strings(&b, program->envp, envc);
	program->environment = env;
	program->environment_size = platform - env;
	args = push_strings(&b, program->argv, argc);
	b.at = ALIGN_DOWN(b.at, UINT64_C(16));
	random = push(&b, seed, sizeof(seed));
	if ((argc + envc) % 2 == 0) /* with argc and two NULLs: the end must be 16-byte aligned */
		push_word(&b, 0);
	push_auxv(&b, program, random, name, platform);
	push_pointers(&b, program->envp, envc, env);
	push_pointers(&b, program->argv, argc, args);
	push_word(&b, argc);
	program->stack_pointer = b.at;
	return b.status;
}
