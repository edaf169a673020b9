/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Nodes of the in-memory file tree: what a name stands for. A node lives while something refers to it: a name, an open file, a
 * working directory, a sub-directory.
 *
 * Lock order: tree_lock (all names, directories and link counts), then one node's lock (its content, size and times). A descriptor
 * table's lock is taken alone. References are counted atomically.
 */
#ifndef LWK_FS_NODE_H
#define LWK_FS_NODE_H

#include <bulkhead/types.h>
#include <lwk/device.h>
#include <lwk/list.h>
#include <lwk/mutex.h>
#include <lwk/file_text.h>
#include <lwk/fs_page_tree.h>

/* which of the file systems: st_dev, statfs; only the first may be changed by programs */
enum node_fs { FS_MEMORY, FS_PROC, FS_SYS };
enum node_kind { NODE_FILE, NODE_DIRECTORY, NODE_LINK, NODE_DEVICE, NODE_TEXT, NODE_PIPE };

struct node_time {
	int64_t seconds; /* since 1970 */
	uint32_t nanoseconds;
};

struct node {
	enum node_kind kind;
	uint32_t references; /* atomic */
	uint32_t links;      /* st_nlink; under tree_lock */
	uint64_t number;     /* st_ino */
	enum node_fs fs;     /* fixed once it has a name */
	struct node *kept;   /* tree_keep's list; under tree_lock */
	struct mutex lock;
	/* under lock */
	uint32_t mode; /* permission bits, 07777 */
	uint32_t uid, gid;
	struct node_time accessed, modified, changed; /* reading does not move `accessed` */
};

/* A regular file: pages that were written lie over the bytes that the initial archive has, those over zeros. */
struct file_node {
	struct node node;
	/* under node.lock; bytes at and beyond size are zero in every page, and archive_size <= size */
	struct page_tree pages;
	const uint8_t *archive;
	uint64_t archive_size;
	uint64_t size;
	bool is_linkable; /* was made without a name and may get one; fixed */
};

/* one name in a directory, which refers to its node */
struct dir_entry {
	struct list link;
	uint64_t position; /* grows along the list: the listing's place, see directory_next */
	struct node *node;
	uint32_t hash;
	uint16_t length;
	char name[];
};

struct file_dir;

/* a name as a listing shows it */
struct dir_item {
	const char *name;
	size_t length;
	uint64_t number;
	enum node_kind kind;
	uint64_t next;    /* the position behind it */
	char storage[12]; /* for a name that is a number */
};

/*
 * Where names come from that nobody made, in /proc: numbers of processes, threads, descriptors. Their nodes are made when they are
 * looked up and live as long as they are referred to. Called under tree_lock.
 */
struct dir_source {
	/* *node: a new node with one reference, or NULL, there is no such name. 0 or -ENOMEM */
	int (*find)(struct file_dir *dir, const char *name, size_t length, struct node **node);
	/* the first name at or behind position `at`, which counts from 0; false: none. Sets all of *item; `next` on the same scale */
	bool (*list)(struct file_dir *dir, uint64_t at, struct dir_item *item);
};

/* under tree_lock */
struct file_dir {
	struct node node;
	struct file_dir *parent; /* referred to; the root: NULL */
	struct dir_entry *entry; /* its name in the parent; NULL: the root, or removed */
	struct list entries;
	uint64_t next_position;
	const struct dir_source *source; /* of more names; may be NULL */
};

struct link_node {
	struct node node;
	struct node *jump; /* referred to: where it leads without a path, or NULL */
	size_t length;
	char target[]; /* NUL-terminated */
};

struct device_node {
	struct node node;
	const struct device_ops *ops;
	void *device;
};

struct text_node {
	struct node node;
	text_printer print;
	void *argument;
};

#define NAME_LENGTH_MAX 255u
#define FILE_SIZE_MAX   ((uint64_t)INT64_MAX) /* and the highest offset */

/* A new node with one reference and no name, or NULL without memory. `size`: of the structure that begins with the node. */
void *node_create(enum node_kind kind, size_t size, unsigned mode);
struct file_node *file_node_create(unsigned mode);
struct file_dir *directory_create(unsigned mode);
struct node *link_create(const char *target, size_t length);
struct node *node_hold(struct node *node);
void node_put(struct node *node); /* NULL is allowed */
struct node_time node_time_now(void);
/* Times: the content changed, caller holds the node's lock; the content or what is known of the node changed, takes the lock. */
void node_touch(struct node *node);
void node_change(struct node *node, bool is_content);

/* `node` of the kind that the container says, as the container */
static inline struct file_node *node_file(struct node *node)
{
	return (struct file_node *)(void *)node;
}

static inline struct file_dir *node_dir(struct node *node)
{
	return (struct file_dir *)(void *)node;
}

static inline struct link_node *node_link(struct node *node)
{
	return (struct link_node *)(void *)node;
}

static inline struct device_node *node_device(struct node *node)
{
	return (struct device_node *)(void *)node;
}

static inline struct text_node *node_text(struct node *node)
{
	return (struct text_node *)(void *)node;
}

/* What stat reports of a node, at one moment. */
struct node_status {
	enum node_fs fs;
	uint64_t number;
	uint32_t mode; /* with the kind, as st_mode */
	uint32_t links;
	uint32_t uid, gid;
	uint64_t size;
	uint64_t blocks; /* of 512 bytes, that the content occupies */
	uint64_t device; /* st_rdev */
	struct node_time accessed, modified, changed;
};
void node_get_status(struct node *node, struct node_status *status);

/*
 * Content of regular files; the caller holds the node's lock. Reads and writes give the bytes moved, or -errno when there were none:
 * -EFAULT (buffer), -ENOSPC (no memory for the content), -EFBIG.
 */
long file_node_read(struct file_node *file, const struct io_buffer *to, uint64_t offset);
long file_node_write(struct file_node *file, const struct io_buffer *from, uint64_t offset);
void file_node_resize(struct file_node *file, uint64_t size); /* up to FILE_SIZE_MAX */
/* Ranges within [0, FILE_SIZE_MAX]: gives all of it memory, or -ENOSPC; makes it zero and gives its memory back, where that goes. */
int file_node_allocate(struct file_node *file, uint64_t start, uint64_t end);
int file_node_clear(struct file_node *file, uint64_t start, uint64_t end);
/* `text`: the open file's copy, made anew from offset 0 on. Bytes, -ENOMEM or -EFAULT; under the node's lock. */
long text_node_read(struct text_node *node, struct text *text, const struct io_buffer *to,
		    uint64_t offset);

/* Names; the caller holds tree_lock. */
struct dir_entry *directory_find(struct file_dir *dir, const char *name, size_t length);
/* Takes over the caller's reference to `node`. NULL: no memory; then the reference stays the caller's. */
struct dir_entry *directory_add(struct file_dir *dir, const char *name, size_t length,
				struct node *node);
/* Gives the name's reference to the caller. */
struct node *directory_remove(struct file_dir *dir, struct dir_entry *entry);
/* The two names change places: each gets what the other one stood for. */
void directory_exchange(struct file_dir *a_dir, struct dir_entry *a, struct file_dir *b_dir,
			struct dir_entry *b);
/* The first name at or behind `position`, 0 for "."; false: none. What it shows stays until tree_unlock. */
bool directory_next(struct file_dir *dir, uint64_t position, struct dir_item *item);
/* Makes `dir`, which a source found, the directory `name` of its parent for directory_path. 0 or -ENOMEM. */
int directory_adopt(struct file_dir *dir, struct file_dir *parent, const char *name, size_t length);
bool directory_is_below(const struct file_dir *dir, const struct file_dir *above); /* or the same */
/* Absolute path of a directory: start of a NUL-terminated string at the end of out[size]; NULL: does not fit. */
char *directory_path(const struct file_dir *dir, char *out, size_t size);
static inline bool directory_is_removed(const struct file_dir *dir)
{
	return !dir->entry && dir->parent;
}

#endif
