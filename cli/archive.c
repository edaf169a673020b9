/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A job's file tree as a cpio archive (newc), sent piece by piece: nothing is held in memory but one message. It is gone through
 * twice, first to count its bytes; a file that changes in between is found by its size.
 */
#include <bulkhead/job.h>
#include <cli/bulkhead.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY "job.d" /* where the files are and the program starts */
#define PROGRAMS  "bin"

struct archive {
	struct bulkhead *link; /* NULL: only counted */
	uint64_t size;
	unsigned entries;
	uint64_t total; /* bytes that it will have */
	void (*progress)(uint64_t sent, uint64_t size);
	uint8_t piece[BULKHEAD_PAYLOAD_MAX];
	size_t have;
	const char *error; /* file that could not be read */
};

static int flush(struct archive *archive)
{
	size_t have = archive->have;

	archive->have = 0;
	if (archive->link == NULL || have == 0)
		return 0;
	if (archive->progress != NULL)
		archive->progress(archive->size, archive->total);
	return bulkhead_send(archive->link, COMMAND_DATA, archive->piece, have);
}

static int put(struct archive *archive, const void *data, size_t size)
{
	const uint8_t *from = data;

	archive->size += size;
	if (archive->link == NULL)
		return 0;
	while (size > 0) {
		size_t room = sizeof(archive->piece) - archive->have;
		size_t part = size < room ? size : room;

		memcpy(archive->piece + archive->have, from, part);
		archive->have += part;
		from += part;
		size -= part;
		if (archive->have == sizeof(archive->piece) && flush(archive) != 0)
			return -1;
	}
	return 0;
}

static int pad(struct archive *archive)
{
	static const uint8_t zeros[4];

	return put(archive, zeros, (size_t)(-archive->size & 3));
}

static int put_header(struct archive *archive, const char *name, mode_t mode, uint64_t size)
{
	char header[6 + 13 * 8 + 1];
	size_t name_size = strlen(name) + 1;

	(void)snprintf(header, sizeof(header),
		       "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		       ++archive->entries, mode, 0u, 0u, 1u, 0u, (unsigned)size, 0u, 0u, 0u, 0u,
		       (unsigned)name_size, 0u);
	if (put(archive, header, sizeof(header) - 1) != 0 || put(archive, name, name_size) != 0)
		return -1;
	return pad(archive);
}

/* the file's bytes, as many as the header says */
static int put_content(struct archive *archive, int fd, uint64_t size)
{
	uint8_t buffer[65536];
	uint64_t left = size;

	if (archive->link == NULL) {
		archive->size += size;
		return pad(archive);
	}
	while (left > 0) {
		ssize_t n = read(fd, buffer, left < sizeof(buffer) ? (size_t)left : sizeof(buffer));

		if (n <= 0) {
			errno = n == 0 ? ESTALE : errno;
			return bulkhead_fail(archive->link, errno,
					     "A file changes while it is read: %s.",
					     strerror(errno));
		}
		if (put(archive, buffer, (size_t)n) != 0)
			return -1;
		left -= (uint64_t)n;
	}
	return pad(archive);
}

static int put_file(struct archive *archive, struct bulkhead *link, const char *path,
		    const char *directory, const char *name, mode_t mode)
{
	char full[PATH_MAX];
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result = -1;

	if (fd < 0 || fstat(fd, &status) != 0) {
		if (fd >= 0)
			close(fd);
		return bulkhead_fail(link, errno, "%s cannot be read: %s.", path, strerror(errno));
	}
	(void)snprintf(full, sizeof(full), "%s/%s", directory, name);
	if (!S_ISREG(status.st_mode))
		(void)bulkhead_fail(link, EINVAL, "%s is not a regular file.", path);
	else if (status.st_size > UINT32_MAX)
		(void)bulkhead_fail(link, EFBIG, "%s is larger than the 4 GiB that can be carried.",
				    path);
	else if (put_header(archive, full, S_IFREG | (mode != 0 ? mode : status.st_mode & 0777),
			    (uint64_t)status.st_size) == 0)
		result = put_content(archive, fd, (uint64_t)status.st_size);
	close(fd);
	return result;
}

/* to: NULL only counts */
static void describe_string(char *to, size_t *size, char letter, const char *prefix,
			    const char *text)
{
	size_t length = 1 + strlen(prefix) + strlen(text) + 1;

	if (to != NULL)
		(void)snprintf(to + *size, length, "%c%s%s", letter, prefix, text);
	*size += length;
}

/* /job: strings, each behind its letter */
static size_t describe(const struct bulkhead_job *job, char *to)
{
	size_t size = 0;

	describe_string(to, &size, JOB_ARG, "/" PROGRAMS "/", job->argv[0]);
	for (size_t i = 1; job->argv[i] != NULL; i++)
		describe_string(to, &size, JOB_ARG, "", job->argv[i]);
	for (size_t i = 0; i < job->env_count; i++)
		describe_string(to, &size, JOB_ENV, "", job->env[i]);
	describe_string(to, &size, JOB_DIR, "/", DIRECTORY);
	if (job->wants_files)
		describe_string(to, &size, JOB_OUT, "", "1");
	return size;
}

static int put_description(struct archive *archive, const struct bulkhead_job *job)
{
	size_t size = describe(job, NULL);
	char *text = malloc(size);
	int result;

	if (text == NULL)
		return -1;
	(void)describe(job, text);
	result = put_header(archive, JOB_PATH + 1, S_IFREG | 0644, size);
	if (result == 0)
		result = put(archive, text, size);
	free(text);
	return result == 0 ? pad(archive) : -1;
}

static int put_tree(struct archive *archive, struct bulkhead *link, const struct bulkhead_job *job)
{
	if (put_description(archive, job) != 0 ||
	    put_header(archive, PROGRAMS, S_IFDIR | 0755, 0) != 0 ||
	    put_file(archive, link, job->program, PROGRAMS, job->argv[0], 0755) != 0 ||
	    put_header(archive, DIRECTORY, S_IFDIR | 0755, 0) != 0)
		return -1;
	for (size_t i = 0; i < job->file_count; i++) {
		if (put_file(archive, link, job->files[i].path, DIRECTORY, job->files[i].name, 0) !=
		    0)
			return -1;
	}
	if (put_header(archive, "TRAILER!!!", 0, 0) != 0)
		return -1;
	return flush(archive);
}

int bulkhead_send_job(struct bulkhead *link, const char *enclave, const struct bulkhead_job *job,
		      uint32_t flags)
{
	static struct archive archive;
	struct command_job request = {.flags = flags};

	archive = (struct archive){.link = NULL};
	if (put_tree(&archive, link, job) != 0)
		return -1;
	request.size = archive.size;
	(void)snprintf(request.name, sizeof(request.name), "%s", enclave);
	(void)snprintf(request.program, sizeof(request.program), "%s", job->argv[0]);
	if (bulkhead_send(link, COMMAND_JOB, &request, sizeof(request)) != 0)
		return -1;
	archive = (struct archive){.link = link, .total = request.size, .progress = job->progress};
	return put_tree(&archive, link, job);
}
