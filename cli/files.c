/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files that come back from a job (--out): a compressed cpio archive made by a VM, which may be anything. What it says decides neither how
 * much memory we take nor where we write: a name leads below the directory, through no link, and what is in its place is replaced,
 * not written through.
 */
#include <cli/files.h>
#include <errno.h>
#include <fcntl.h>
#include <lib/cpio.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP (1u << 20)

bool files_begin(struct files *files, uint64_t limit)
{
	*files = (struct files){.limit = limit};
	return inflateInit2(&files->stream, -MAX_WBITS) == Z_OK;
}

static bool grow(struct files *files)
{
	uint8_t *grown;

	if (files->have < files->room)
		return true;
	if (files->room >= files->limit) {
		files->error = "they are larger than the enclave's memory";
		return false;
	}
	grown = realloc(files->data, files->room + STEP);
	if (grown == NULL) {
		files->error = "there is not enough memory here";
		return false;
	}
	files->data = grown;
	files->room += STEP;
	return true;
}

void files_put(struct files *files, const void *data, size_t size)
{
	z_stream *stream = &files->stream;
	int status = Z_OK;

	stream->next_in = (z_const Bytef *)data;
	stream->avail_in = (uInt)size;
	while (files->error == NULL && !files->is_whole && status == Z_OK && grow(files)) {
		stream->next_out = files->data + files->have;
		stream->avail_out = (uInt)(files->room - files->have);
		status = inflate(stream, Z_NO_FLUSH);
		files->have = files->room - stream->avail_out;
		files->is_whole = status == Z_STREAM_END;
		if (status == Z_BUF_ERROR && stream->avail_in == 0)
			return;
		if (status != Z_OK && status != Z_STREAM_END)
			files->error = "they are not packed as they should be";
	}
}

/* the directory that the file `name` goes to, and in *last its name there; -1 with errno */
static int open_parent(int top, char *name, const char **last)
{
	int at = dup(top);

	for (char *slash = strchr(name, '/'); slash != NULL && at >= 0; slash = strchr(name, '/')) {
		int next;

		*slash = '\0';
		if (strcmp(name, "..") == 0 || (mkdirat(at, name, 0777) != 0 && errno != EEXIST))
			next = -1;
		else
			next = openat(at, name, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(at);
		at = next;
		name = slash + 1;
	}
	*last = name;
	return at;
}

static bool write_all(int fd, const uint8_t *data, uint64_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		size -= (uint64_t)n;
	}
	return true;
}

static bool write_entry(int top, const struct cpio_entry *entry)
{
	char name[PATH_MAX];
	const char *last;
	int parent, fd;
	bool is_good;

	if (strlen(entry->name) >= sizeof(name))
		return false;
	(void)memcpy(name, entry->name, strlen(entry->name) + 1);
	parent = open_parent(top, name, &last);
	if (parent < 0)
		return false;
	(void)unlinkat(parent, last, 0);
	fd = openat(parent, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    entry->mode & 0777);
	close(parent);
	if (fd < 0)
		return false;
	is_good = write_all(fd, entry->data, entry->size);
	return close(fd) == 0 && is_good;
}

/* the name is the job's choice: nothing in it that a terminal acts upon is said */
static void fail_entry(struct bulkhead *link, const char *name)
{
	const char *why = strerror(errno);
	char shown[64];

	(void)snprintf(shown, sizeof(shown), "%s", name);
	for (char *at = shown; *at != '\0'; at++) {
		if (*at < ' ' || *at > '~')
			*at = '?';
	}
	(void)bulkhead_fail(link, EIO, "The job's file %s cannot be stored: %s.", shown, why);
}

bool files_store(struct files *files, const char *directory, struct bulkhead *link)
{
	struct cpio cpio = {.data = files->data, .size = files->have};
	struct cpio_entry entry;
	int top, status = 0;

	if (files->error == NULL && !files->is_whole)
		files->error = "they end too early";
	if (files->error != NULL)
		return bulkhead_fail(link, EIO, "The job's files did not come back whole: %s.",
				     files->error) == 0;
	top = open(directory, O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return bulkhead_fail(link, errno, "%s cannot be entered: %s.", directory,
				     strerror(errno)) == 0;
	while (link->error == 0 && (status = cpio_next(&cpio, &entry)) > 0) {
		if (!write_entry(top, &entry))
			fail_entry(link, entry.name);
	}
	close(top);
	if (status < 0)
		(void)bulkhead_fail(link, EIO, "The job's files did not come back whole: %s.",
				    "they are no archive");
	return link->error == 0;
}

void files_end(struct files *files)
{
	(void)inflateEnd(&files->stream);
	free(files->data);
	*files = (struct files){0};
}
