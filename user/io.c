/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading and writing whole amounts, for the programs that come with the LWK.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <user/io.h>

#define READ_STEP 65536u

int io_write_all(int fd, const void *data, size_t bytes)
{
	const char *at = data;

	while (bytes > 0) {
		ssize_t n = write(fd, at, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0) {
			errno = EIO;
			return -1;
		}
		at += n;
		bytes -= (size_t)n;
	}
	return 0;
}

/* grows *buffer as needed; bytes read in all, or -1 */
static ssize_t read_to_end(int fd, char **buffer)
{
	size_t used = 0;
	size_t room = 0;

	for (;;) {
		ssize_t n;

		if (room - used < 2) {
			char *grown = realloc(*buffer, room + READ_STEP);

			if (grown == NULL)
				return -1;
			*buffer = grown;
			room += READ_STEP;
		}
		n = read(fd, *buffer + used, room - used - 1);
		if (n < 0)
			return -1;
		if (n == 0)
			return (ssize_t)used;
		used += (size_t)n;
	}
}

char *io_read_file(const char *path, size_t *size)
{
	char *buffer = NULL;
	ssize_t n;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return NULL;
	n = read_to_end(fd, &buffer);
	close(fd);
	if (n < 0) {
		free(buffer);
		return NULL;
	}
	buffer[n] = '\0';
	*size = (size_t)n;
	return buffer;
}

void io_log(const char *format, ...)
{
	char line[256];
	va_list args;
	int length;
	int error = errno; /* callers report it after they logged it */
	int fd = open("/dev/kmsg", O_WRONLY);

	if (fd < 0) {
		errno = error;
		return;
	}
	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (length > (int)sizeof(line) - 1)
		length = (int)sizeof(line) - 1;
	if (length > 0)
		(void)io_write_all(fd, line, (size_t)length);
	close(fd);
	errno = error;
}
