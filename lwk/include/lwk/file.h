/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Open files: a node with an access mode and a position, shared by all descriptors that were duplicated or inherited from one
 * open. References are counted; the last one closes.
 */
#ifndef LWK_FILE_H
#define LWK_FILE_H

#include <lwk/file_text.h>
#include <lwk/fs_node.h>

struct file {
	uint32_t references; /* atomic */
	unsigned
		flags; /* as open took them and F_GETFL gives them back; file_flags, file_set_flags */
	struct node *node;
	/* under node->lock */
	uint64_t position;
	struct text text; /* NODE_TEXT: as read from position 0 */
};

static inline unsigned file_flags(const struct file *file)
{
	return __atomic_load_n(&file->flags, __ATOMIC_RELAXED);
}

#define FILE_COUNT_LIMIT UINT64_C(0x7ffff000) /* bytes that one call moves at most, as on Linux */

/*
 * open(2) by path: creates and truncates where asked, refuses what cannot be written. `mode`: permission bits of a new file. *file
 * is the caller's, and not touched on an error.
 */
int file_open(struct file_dir *start, const char *path, unsigned flags, unsigned mode,
	      struct file **file);
/* A new open file of a node; takes over the caller's reference to the node, also when there is no memory (NULL). */
struct file *file_create(struct node *node, unsigned flags);
/* both ends of a new pipe: [0] reads, [1] writes. 0 or -ENOMEM */
int file_open_pipe(unsigned flags, struct file *files[2]);
struct file *file_hold(struct file *file);
void file_put(struct file *file); /* NULL is allowed */

/*
 * One transfer from or to a buffer of at most FILE_COUNT_LIMIT bytes. `at` NULL: at the file's position, which moves.
 * `wanted`: bytes that the whole call is about, -EINVAL when the file's offsets do not reach that far. `nonblock`: as if the
 * file had O_NONBLOCK. Bytes or -errno.
 */
struct file_transfer {
	struct io_buffer buffer;
	uint64_t wanted;
	const uint64_t *at;
	bool nonblock;
};
long file_read(struct file *file, const struct file_transfer *transfer);
long file_write(struct file *file, const struct file_transfer *transfer);
/* Sets those of `mask` as in `flags`. */
void file_set_flags(struct file *file, unsigned mask, unsigned flags);
bool file_can_read(const struct file *file);
bool file_can_write(const struct file *file);
bool file_has_position(const struct file *file); /* else -ESPIPE */

long file_seek(struct file *file, int64_t offset, unsigned whence);
int64_t file_place(struct file *file,
		   unsigned whence); /* the position, or with SEEK_END the size */
int file_truncate(struct file *file, uint64_t size);
/* POLL_ bits that hold now, of those that were asked for and errors */
unsigned file_poll(struct file *file, unsigned events, struct poll_table *table);

#endif
