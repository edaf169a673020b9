/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Loading a program into an empty address space.
 */
#ifndef LWK_PROGRAM_H
#define LWK_PROGRAM_H

#include <lwk/address_space.h>
#include <lwk/process_files.h>

struct program {
	const char *path;        /* AT_EXECFN */
	const char *const *argv; /* NULL-terminated, kernel memory */
	const char *const *envp;
	uint64_t entry; /* out: pc and sp of the first thread */
	uint64_t stack_pointer;
	/* of the ELF image where it was loaded, for the auxiliary vector */
	uint64_t image_entry;
	uint64_t phdr;
	uint64_t phnum;
	uint64_t phent;
	uint64_t vdso;
	/* out: where they lie on the stack */
	uint64_t environment, environment_size;
	uint64_t auxv, auxv_size;
	uint32_t stack_prot; /* executable only for what asks for it */
};

/* Segments, heap and stack. 0, -ENOEXEC, -ENOMEM or -E2BIG. */
int program_load(struct address_space *space, const struct executable *executable,
		 struct program *program);
/* The second half of it: arguments, environment and auxiliary vector on a new stack. */
int program_stack(struct address_space *space, struct program *program);

#endif
