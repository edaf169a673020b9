/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names for addresses in the lightweight kernel of a host's enclaves, from a file of lines "ADDRESS NAME", ascending (build/x86/lwk.sym). Without the
 * file no address has one.
 */
#ifndef CLI_SYMBOLS_H
#define CLI_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SYMBOLS_FILE "/usr/share/bulkhead/lwk.sym"

/* "name+0x12" in `text`, which is returned; NULL: the address has none. */
const char *symbol_of(uint64_t address, char *text, size_t size);
/* Prints the lines, each with `indent` in front, and behind each address that has a name the name. */
void symbols_print(FILE *to, const char *indent, const char *lines);

#endif
