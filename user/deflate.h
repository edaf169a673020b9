/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Compression in the format of RFC 1951 (zlib's "raw deflate"): files travel to the tool byte by byte over a UART, which costs far more
 * than making them smaller. Fast rather than small: one look for a match, fixed codes.
 */
#ifndef USER_DEFLATE_H
#define USER_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

#define DEFLATE_BLOCK    61440u
#define DEFLATE_HASHES   8192u
#define DEFLATE_OUT_SIZE (DEFLATE_BLOCK + 64)

struct deflate {
	/* takes what was made; 0, or -1 with errno, which ends the stream */
	int (*put)(void *argument, const void *data, size_t size);
	void *argument;
	uint8_t in[DEFLATE_BLOCK];
	size_t in_size;
	uint16_t latest
		[DEFLATE_HASHES]; /* where in the block bytes of that hash were seen last, + 1 */
	uint8_t out[DEFLATE_OUT_SIZE];
	size_t out_size;
	uint64_t bits; /* not yet in `out`, the first ones lowest */
	unsigned bit_count;
};

void deflate_begin(struct deflate *stream,
		   int (*put)(void *argument, const void *data, size_t size), void *argument);
/* 0, or -1 with errno */
int deflate_write(struct deflate *stream, const void *data, size_t size);
int deflate_end(struct deflate *stream);

#endif
