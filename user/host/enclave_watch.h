/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The watch over cores (core_watch.h) for any number of enclaves, beside the daemon's loop: a ring waits for answers, and for whatever call of
 * the enclave's is under way. Each has a thread and a file of the enclave's, which go with the watch.
 */
#ifndef USER_HOST_ENCLAVE_WATCH_H
#define USER_HOST_ENCLAVE_WATCH_H

#include <stdbool.h>
#include <stddef.h>

/* Watches an enclave that has been started, and stops it. Without memory for a thread nothing is watched, and the log says so. */
void enclave_watch_begin(int vm, unsigned seconds);
/* Ends the watch. True, with words in `text`, when it has stopped the enclave. */
bool enclave_watch_end(int vm, char *text, size_t size);

#endif
