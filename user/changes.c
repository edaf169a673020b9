/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which files below the working directory a program created or changed: told by their contents, so that no clock is needed.
 * nftw(3) hands no argument to its callback, hence the static state; one walk runs at a time.
 */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <user/changes.h>
#include <user/io.h>
#include <zlib.h>

#define WALK_FDS  8
#define COPY_STEP 65536u

struct known_file {
	struct known_file *next;
	uint64_t digest;
	char path[];
};

static struct known_file *known;
static z_stream archive;
static int archive_fd;
static uint32_t archive_entries;

/* As FNV-1a, but by words, high halves folded in: tells a changed file, is not meant against forgery. */
static uint64_t digest_add(uint64_t digest, const char *data, size_t bytes)
{
	uint64_t word;

	for (; bytes >= sizeof(word); data += sizeof(word), bytes -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		digest = (digest ^ word) * UINT64_C(0x100000001b3);
		digest ^= digest >> 32;
	}
	for (size_t i = 0; i < bytes; i++)
		digest = (digest ^ (uint8_t)data[i]) * UINT64_C(0x100000001b3);
	return digest;
}

static int digest_file(const char *path, uint64_t *digest)
{
	static char buffer[COPY_STEP];
	ssize_t n;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return -1;
	*digest = UINT64_C(0xcbf29ce484222325);
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		*digest = digest_add(*digest, buffer, (size_t)n);
	close(fd);
	return n < 0 ? -1 : 0;
}

static int remember_file(const char *path, const struct stat *status, int type, struct FTW *at)
{
	size_t length = strlen(path);
	struct known_file *file;

	(void)status;
	(void)at;
	if (type != FTW_F)
		return 0;
	file = malloc(sizeof(*file) + length + 1);
	if (file == NULL)
		return -1;
	memcpy(file->path, path, length + 1);
	if (digest_file(path, &file->digest) != 0) {
		free(file);
		return -1;
	}
	file->next = known;
	known = file;
	return 0;
}

int changes_begin(void)
{
	return nftw(".", remember_file, WALK_FDS, FTW_PHYS) == 0 ? 0 : -1;
}

static bool is_unchanged(const char *path, uint64_t digest)
{
	for (const struct known_file *file = known; file != NULL; file = file->next) {
		if (strcmp(file->path, path) == 0)
			return file->digest == digest;
	}
	return false;
}

/* Into the archive; with Z_FINISH, to its end. zlib does not write to what it reads. */
static int archive_write(const void *data, size_t size, int flush)
{
	static unsigned char packed[COPY_STEP];
	int status;

	archive.next_in = (z_const Bytef *)data;
	archive.avail_in = (uInt)size;
	do {
		archive.next_out = packed;
		archive.avail_out = sizeof(packed);
		status = deflate(&archive, flush);
		if (io_write_all(archive_fd, packed, sizeof(packed) - archive.avail_out) != 0)
			return -1;
	} while (status == Z_OK && archive.avail_out == 0);
	return 0;
}

static int send_padding(uint64_t bytes)
{
	static const char zeros[4];

	return archive_write(zeros, (size_t)(-bytes & 3), Z_NO_FLUSH);
}

static int send_header(const char *name, uint32_t mode, uint64_t mtime, uint64_t size)
{
	char header[6 + 13 * 8 + 1];
	size_t name_size = strlen(name) + 1;

	if (size > UINT32_MAX) {
		errno = EFBIG;
		return -1;
	}
	(void)snprintf(header, sizeof(header),
		       "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		       ++archive_entries, mode, 0u, 0u, 1u, (unsigned)mtime, (unsigned)size, 0u, 0u,
		       0u, 0u, (unsigned)name_size, 0u);
	if (archive_write(header, sizeof(header) - 1, Z_NO_FLUSH) != 0 ||
	    archive_write(name, name_size, Z_NO_FLUSH) != 0)
		return -1;
	return send_padding(sizeof(header) - 1 + name_size);
}

/* exactly `size` bytes, as announced in the header */
static int send_content(const char *path, uint64_t size)
{
	static char buffer[COPY_STEP];
	uint64_t left = size;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return -1;
	while (left > 0) {
		ssize_t n = read(fd, buffer, left < sizeof(buffer) ? (size_t)left : sizeof(buffer));

		if (n <= 0 || archive_write(buffer, (size_t)n, Z_NO_FLUSH) != 0) {
			close(fd);
			return -1;
		}
		left -= (uint64_t)n;
	}
	close(fd);
	return send_padding(size);
}

static int send_file(const char *path, const struct stat *status, int type, struct FTW *at)
{
	const char *name = strncmp(path, "./", 2) == 0 ? path + 2 : path;
	uint64_t digest;

	(void)at;
	if (type != FTW_F)
		return 0;
	if (digest_file(path, &digest) != 0)
		return -1;
	if (is_unchanged(path, digest))
		return 0;
	if (send_header(name, (uint32_t)status->st_mode, (uint64_t)status->st_mtime,
			(uint64_t)status->st_size) != 0)
		return -1;
	return send_content(path, (uint64_t)status->st_size);
}

/* Raw deflate: over a UART a byte costs far more than what zlib does at its fastest to save it. */
int changes_send(int fd)
{
	int status = -1;

	archive_fd = fd;
	if (deflateInit2(&archive, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK) {
		errno = ENOMEM;
		return -1;
	}
	if (nftw(".", send_file, WALK_FDS, FTW_PHYS) == 0 &&
	    send_header("TRAILER!!!", 0, 0, 0) == 0)
		status = archive_write("", 0, Z_FINISH);
	(void)deflateEnd(&archive);
	return status;
}
