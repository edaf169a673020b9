/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the file system calls have in common. The working directory is exchanged under tree_lock.
 */
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/file_poll.h>
#include <lwk/heap.h>
#include <lwk/process.h>
#include <lwk/timespec.h>

struct file *call_file(uint64_t fd)
{
	return fd_get(process_current()->files, (int)fd);
}

uint32_t call_umask(void)
{
	return __atomic_load_n(&process_current()->umask, __ATOMIC_RELAXED);
}

struct file_dir *call_cwd_get(void)
{
	struct file_dir *cwd;

	tree_lock();
	cwd = process_current()->cwd;
	node_hold(&cwd->node);
	tree_unlock();
	return cwd;
}

void call_cwd_set(struct file_dir *dir)
{
	struct file_dir *last;

	tree_lock();
	last = process_current()->cwd;
	process_current()->cwd = dir;
	tree_unlock();
	node_put(&last->node);
}

/* the directory that a relative path is seen from */
static int start_get(uint64_t dirfd, struct file_dir **start)
{
	struct file *file;
	int error = 0;

	if ((int)dirfd == AT_FDCWD) {
		*start = call_cwd_get();
		return 0;
	}
	file = call_file(dirfd);
	if (!file)
		return -EBADF;
	if (file->node->kind == NODE_DIRECTORY)
		*start = node_dir(node_hold(file->node));
	else
		error = -ENOTDIR;
	file_put(file);
	return error;
}

/* the string argument, in a page that the caller frees */
static int name_get(uint64_t address, char **name)
{
	char *page = page_alloc(0);
	long length;

	static_assert(PATH_LENGTH_MAX <= PAGE_SIZE, "a path fits into a page");
	if (!page)
		return -ENOMEM;
	length = strncpy_from_user(page, UADDR(address), PATH_LENGTH_MAX);
	if (length < 0) {
		page_free(page, 0);
		return (int)length;
	}
	*name = page;
	return 0;
}

int call_path_get(uint64_t dirfd, uint64_t address, struct call_path *path)
{
	int error = name_get(address, &path->name);

	if (error)
		return error;
	if (!path->name[0])
		error = -ENOENT;
	else if (path->name[0] == '/')
		path->start = node_dir(node_hold(&tree_root()->node));
	else
		error = start_get(dirfd, &path->start);
	if (error)
		page_free(path->name, 0);
	return error;
}

void call_path_put(struct call_path *path)
{
	node_put(&path->start->node);
	page_free(path->name, 0);
}

/* the node of a descriptor of any kind, or of the working directory */
static int descriptor_node_get(uint64_t fd, struct node **node)
{
	struct file *file;

	if ((int)fd == AT_FDCWD) {
		*node = &call_cwd_get()->node;
		return 0;
	}
	file = call_file(fd);
	if (!file)
		return -EBADF;
	*node = node_hold(file->node);
	file_put(file);
	return 0;
}

int call_node_get(uint64_t dirfd, uint64_t address, unsigned flags, struct node **node)
{
	struct call_path path;
	char first = 1;
	int error;

	if (flags & AT_EMPTY_PATH && copy_from_user(&first, UADDR(address), 1))
		return -EFAULT;
	if (!first)
		return descriptor_node_get(dirfd, node);
	error = call_path_get(dirfd, address, &path);
	if (error)
		return error;
	error = tree_find(path.start, path.name, !(flags & AT_SYMLINK_NOFOLLOW), node);
	call_path_put(&path);
	return error;
}

int call_buffer(uint64_t address, uint64_t count, struct io_buffer *buffer)
{
	uint64_t end;

	if (count > INT64_MAX)
		return -EINVAL;
	/* the kernel's half of the address space has the top bit set, on every architecture */
	if (__builtin_add_overflow(address, count, &end) || end > INT64_MAX)
		return -EFAULT;
	if (count > FILE_COUNT_LIMIT)
		count = FILE_COUNT_LIMIT;
	*buffer = io_buffer_user(address, (size_t)count);
	return 0;
}

int call_check_transfer(const struct file *file, const uint64_t *at, transfer_fn transfer)
{
	bool allowed = transfer == file_read ? file_can_read(file) : file_can_write(file);

	if (at && *at > FILE_SIZE_MAX)
		return -EINVAL;
	if (at && !file_has_position(file))
		return -ESPIPE;
	return allowed ? 0 : -EBADF;
}

long call_written(long result)
{
	if (result == -EPIPE)
		signal_raise(SIGPIPE);
	return result;
}

int call_deadline(uint64_t address, uint64_t *deadline)
{
	uint64_t ns;
	int error;

	*deadline = WAIT_FOREVER;
	if (!address)
		return 0;
	error = timespec_get(UADDR(address), &ns);
	if (!error)
		*deadline = time_now_ns() + ns;
	return error;
}

int call_mask_begin(uint64_t address, uint64_t size)
{
	uint64_t mask;

	if (!address)
		return 0;
	if (size != SIGNAL_SET_SIZE)
		return -EINVAL;
	if (copy_from_user(&mask, UADDR(address), sizeof(mask)))
		return -EFAULT;
	signal_set_blocked_for_call(mask);
	return 0;
}

long call_wait_end(long result, uint64_t timeout, uint64_t deadline)
{
	uint64_t now = time_now_ns();

	if (result != -ERESTARTNOHAND)
		signal_restore_blocked();
	if (timeout && timespec_put(UADDR(timeout), deadline > now ? deadline - now : 0) &&
	    result == -ERESTARTNOHAND)
		return -EINTR; /* it cannot be done again with what is left */
	return result;
}
