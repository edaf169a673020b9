/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Output that is kept. Pieces lie one after the other, each behind its struct kept_piece.
 */
#include <bulkhead/command.h>
#include <string.h>
#include <user/kept.h>

bool kept_first(const struct kept *kept, struct kept_piece *piece, const uint8_t **data)
{
	if (kept->pieces.used == 0)
		return false;
	memcpy(piece, bytes_first(&kept->pieces), sizeof(*piece));
	*data = bytes_first(&kept->pieces) + sizeof(*piece);
	return true;
}

void kept_drop(struct kept *kept)
{
	struct kept_piece piece;
	const uint8_t *data;

	if (!kept_first(kept, &piece, &data))
		return;
	bytes_drop(&kept->pieces, sizeof(piece) + piece.size);
	kept->bytes -= piece.size;
}

static void lose_first(struct kept *kept)
{
	uint64_t before = kept->bytes;

	kept_drop(kept);
	kept->lost += before - kept->bytes;
}

void kept_put(struct kept *kept, uint16_t type, const void *data, size_t size)
{
	struct kept_piece piece = {.type = type, .size = (uint16_t)size};
	size_t limit = kept->limit != 0 ? kept->limit : COMMAND_KEPT_MAX;

	if (size == 0)
		return;
	while (kept->pieces.used + sizeof(piece) + size > limit)
		lose_first(kept);
	if (!bytes_put(&kept->pieces, &piece, sizeof(piece))) {
		kept->lost += size;
		return;
	}
	if (bytes_put(&kept->pieces, data, size)) {
		kept->bytes += size;
		return;
	}
	kept->pieces.used -= sizeof(piece);
	kept->lost += size;
}

void kept_free(struct kept *kept)
{
	bytes_free(&kept->pieces);
	*kept = (struct kept){0};
}
