/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Open files: reading, writing and the position, for each kind of node. Position and content move together under the node's lock;
 * devices have no position and are called without any lock, because they wait.
 */
#include <lwk/errno.h>
#include <lwk/file.h>
#include <lwk/file_flags.h>
#include <lwk/fs_lock.h>
#include <lwk/fs_pipe.h>
#include <lwk/fs_tree.h>
#include <lwk/heap.h>

struct file *file_hold(struct file *file)
{
	__atomic_add_fetch(&file->references, 1, __ATOMIC_RELAXED);
	return file;
}

void file_put(struct file *file)
{
	if (!file || __atomic_sub_fetch(&file->references, 1, __ATOMIC_ACQ_REL))
		return;
	lock_release(file, NULL);
	if (file->node->kind == NODE_PIPE)
		pipe_close(node_pipe(file->node), file_can_read(file), file_can_write(file));
	node_put(file->node);
	kfree(file->text.data);
	kfree(file);
}

/* may this node be opened so? */
static int check_access(const struct node *node, unsigned flags)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;

	if (flags & O_PATH)
		return 0;
	if (node->kind == NODE_LINK)
		return -ELOOP;
	if (node->kind == NODE_DIRECTORY && writes)
		return -EISDIR;
	if (node->kind == NODE_TEXT && writes)
		return -EACCES;
	return 0;
}

/* what open does to the node, once it is sure to succeed */
static void begin(struct file *file, unsigned flags, bool made)
{
	struct node *node = file->node;

	file->references = 1;
	file->flags = flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC);
	if (node->kind == NODE_PIPE) /* by /proc/self/fd */
		pipe_open(node_pipe(node), file_can_read(file), file_can_write(file));
	if (!(flags & O_TRUNC) || flags & O_PATH || made || node->kind != NODE_FILE)
		return;
	mutex_lock(&node->lock);
	file_node_resize(node_file(node), 0);
	mutex_unlock(&node->lock);
}

int file_open(struct file_dir *start, const char *path, unsigned flags, unsigned mode,
	      struct file **file)
{
	struct tree_open how = {
		.mode = mode,
		.create = (flags & (O_CREAT | O_PATH)) == O_CREAT,
		.exclusive = (flags & O_EXCL) != 0,
		.follow = (flags & O_NOFOLLOW) == 0,
		.directory = (flags & O_DIRECTORY) != 0,
		.unnamed = (flags & (O_TMPFILE_BIT | O_PATH)) == O_TMPFILE_BIT,
		.linkable = !(flags & O_EXCL),
	};
	struct file *opened;
	bool made;
	int error;

	if (how.create && how.directory && !how.unnamed)
		return -EINVAL;
	if (how.unnamed && (how.create || !how.directory || (flags & O_ACCMODE) == O_RDONLY))
		return -EINVAL;
	opened = kzalloc(sizeof(*opened)); /* before anything is made */
	error = opened ? tree_open(start, path, &how, &opened->node, &made) : -ENOMEM;
	if (!error)
		error = check_access(opened->node, flags);
	if (!error) {
		begin(opened, flags, made);
		*file = opened;
	} else if (opened) {
		node_put(opened->node);
		kfree(opened);
	}
	return error;
}

struct file *file_create(struct node *node, unsigned flags)
{
	struct file *file = kzalloc(sizeof(*file));

	if (!file) {
		node_put(node);
		return NULL;
	}
	*file = (struct file){.references = 1, .flags = flags, .node = node};
	return file;
}

int file_open_pipe(unsigned flags, struct file *files[2])
{
	struct pipe_node *pipe = pipe_create();

	files[0] = kzalloc(sizeof(struct file));
	files[1] = kzalloc(sizeof(struct file));
	if (!pipe || !files[0] || !files[1]) {
		if (pipe)
			node_put(&pipe->node);
		kfree(files[0]);
		kfree(files[1]);
		return -ENOMEM;
	}
	*files[0] = (struct file){.references = 1, .flags = flags | O_RDONLY, .node = &pipe->node};
	*files[1] = (struct file){
		.references = 1, .flags = flags | O_WRONLY, .node = node_hold(&pipe->node)};
	return 0;
}

void file_set_flags(struct file *file, unsigned mask, unsigned flags)
{
	unsigned last = file_flags(file);

	while (!__atomic_compare_exchange_n(&file->flags, &last, (last & ~mask) | flags, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		continue;
}

bool file_can_read(const struct file *file)
{
	unsigned access = file_flags(file) & O_ACCMODE;

	return !(file_flags(file) & O_PATH) && (access == O_RDONLY || access == O_RDWR);
}

bool file_can_write(const struct file *file)
{
	unsigned access = file_flags(file) & O_ACCMODE;

	return !(file_flags(file) & O_PATH) && (access == O_WRONLY || access == O_RDWR);
}

bool file_has_position(const struct file *file)
{
	if (file->node->kind == NODE_DEVICE)
		return node_device(file->node)->ops->has_position;
	return file->node->kind != NODE_PIPE;
}

static long device_transfer(const struct device_node *node, const struct file_transfer *transfer,
			    uint64_t at, bool write)
{
	if (write && node->ops->write)
		return node->ops->write(node->device, &transfer->buffer, at, 0);
	if (!write && node->ops->read)
		return node->ops->read(node->device, &transfer->buffer, at, 0);
	return -EINVAL;
}

/* of files that have no position and may wait */
static long stream_transfer(struct file *file, const struct file_transfer *transfer, bool write)
{
	const struct device_node *node = node_device(file->node);
	bool nonblock = transfer->nonblock || file_flags(file) & O_NONBLOCK;
	unsigned flags = nonblock ? DEVICE_NONBLOCK : 0;
	uint64_t at = transfer->at ? *transfer->at : 0;

	if (file->node->kind == NODE_PIPE && write)
		return pipe_write(node_pipe(file->node), &transfer->buffer, nonblock);
	if (file->node->kind == NODE_PIPE)
		return pipe_read(node_pipe(file->node), &transfer->buffer, nonblock);
	if (write && node->ops->write)
		return node->ops->write(node->device, &transfer->buffer, at, flags);
	if (!write && node->ops->read)
		return node->ops->read(node->device, &transfer->buffer, at, flags);
	return -EINVAL;
}

/* where a transfer begins, or -EINVAL; caller holds the node's lock */
static int64_t transfer_offset(const struct file *file, const struct file_transfer *transfer)
{
	uint64_t at = transfer->at ? *transfer->at : file->position;

	if (at > FILE_SIZE_MAX || transfer->wanted > FILE_SIZE_MAX - at)
		return -EINVAL;
	return (int64_t)at;
}

long file_read(struct file *file, const struct file_transfer *transfer)
{
	struct node *node = file->node;
	int64_t at;
	long done;

	if (!file_can_read(file))
		return -EBADF;
	if (!file_has_position(file))
		return stream_transfer(file, transfer, false);
	mutex_lock(&node->lock);
	at = transfer_offset(file, transfer);
	if (at < 0)
		done = (long)at;
	else if (node->kind == NODE_DIRECTORY)
		done = -EISDIR;
	else if (node->kind == NODE_DEVICE)
		done = device_transfer(node_device(node), transfer, (uint64_t)at, false);
	else if (node->kind == NODE_TEXT)
		done = text_node_read(node_text(node), &file->text, &transfer->buffer,
				      (uint64_t)at);
	else
		done = file_node_read(node_file(node), &transfer->buffer, (uint64_t)at);
	if (done > 0 && !transfer->at)
		file->position += (uint64_t)done;
	mutex_unlock(&node->lock);
	return done;
}

long file_write(struct file *file, const struct file_transfer *transfer)
{
	struct node *node = file->node;
	int64_t at;
	long done;

	if (!file_can_write(file))
		return -EBADF;
	if (!file_has_position(file))
		return stream_transfer(file, transfer, true);
	mutex_lock(&node->lock);
	at = transfer_offset(file, transfer);
	if (at >= 0 && node->kind == NODE_FILE && file_flags(file) & O_APPEND)
		at = (int64_t)node_file(node)->size;
	done = at;
	if (at >= 0 && node->kind == NODE_DEVICE)
		done = device_transfer(node_device(node), transfer, (uint64_t)at, true);
	else if (at >= 0)
		done = file_node_write(node_file(node), &transfer->buffer, (uint64_t)at);
	if (done > 0 && !transfer->at)
		file->position = (uint64_t)(at + done);
	mutex_unlock(&node->lock);
	return done;
}

/* the end that SEEK_END and its like count from, or -EINVAL */
static int64_t seek_base(const struct file *file, uint64_t offset, unsigned whence)
{
	const struct node *node = file->node;
	uint64_t size = node->kind == NODE_FILE ? node_file(file->node)->size : 0;

	switch (whence) {
	case SEEK_SET:
		return 0;
	case SEEK_CUR:
		return (int64_t)file->position;
	case SEEK_END:
		return node->kind == NODE_FILE ? (int64_t)size : -EINVAL;
	case SEEK_DATA: /* the whole file is data, and its end a hole */
	case SEEK_HOLE:
		if (node->kind != NODE_FILE)
			return -EINVAL;
		if (offset >= size)
			return -ENXIO;
		return whence == SEEK_DATA ? 0 : (int64_t)(size - offset);
	default:
		return -EINVAL;
	}
}

long file_seek(struct file *file, int64_t offset, unsigned whence)
{
	int64_t result;

	if (file_flags(file) & O_PATH)
		return -EBADF;
	if (!file_has_position(file))
		return -ESPIPE;
	mutex_lock(&file->node->lock);
	result = seek_base(file, (uint64_t)offset, whence);
	if (result >= 0) {
		if (__builtin_add_overflow(result, offset, &result) || result < 0)
			result = -EINVAL;
		else
			file->position = (uint64_t)result;
	}
	mutex_unlock(&file->node->lock);
	return result;
}

int64_t file_place(struct file *file, unsigned whence)
{
	int64_t place;

	mutex_lock(&file->node->lock);
	place = file->node->kind == NODE_FILE && whence == SEEK_END
			? (int64_t)node_file(file->node)->size
			: (int64_t)file->position;
	mutex_unlock(&file->node->lock);
	return place;
}

int file_truncate(struct file *file, uint64_t size)
{
	if (file_flags(file) & O_PATH)
		return -EBADF;
	if (!file_can_write(file) || file->node->kind != NODE_FILE)
		return -EINVAL;
	mutex_lock(&file->node->lock);
	file_node_resize(node_file(file->node), size);
	mutex_unlock(&file->node->lock);
	return 0;
}

unsigned file_poll(struct file *file, unsigned events, struct poll_table *table)
{
	const struct device_ops *ops;
	unsigned ready = POLL_IN | POLL_OUT;

	if (file->node->kind == NODE_PIPE) {
		ready = file_can_read(file) ? pipe_poll(node_pipe(file->node), false, table) : 0;
		if (file_can_write(file))
			ready |= pipe_poll(node_pipe(file->node), true, table);
	} else if (file->node->kind == NODE_DEVICE) {
		ops = node_device(file->node)->ops;
		if (ops->poll)
			ready = ops->poll(node_device(file->node)->device, table);
	}
	return ready & (events | POLL_ERR | POLL_HUP);
}
