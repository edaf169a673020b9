/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hypervisor's log, copied line by line into the kernel's log of the primary. VMs write into it, too: what is not
 * printable ASCII is replaced, so that no line can forge a frame (wire.h).
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>
#include <user/hvlog.h>
#include <user/io.h>

#define LINE_MAX_BYTES 200u
#define DRAIN_READS \
	64 /* at once, 1 KiB each: a VM that never stops logging must not keep us from the others */

static char line[LINE_MAX_BYTES];
static size_t line_length;

static void flush_line(void (*take)(const char *text, size_t size))
{
	take(line, line_length);
	line_length = 0;
}

static void take_byte(char byte, void (*take)(const char *text, size_t size))
{
	if (byte == '\n') {
		flush_line(take);
		return;
	}
	if (line_length == sizeof(line))
		flush_line(take);
	line[line_length++] = (byte >= ' ' && byte <= '~') || byte == '\t' ? byte : '?';
}

void hvlog_drain_to(void (*take)(const char *text, size_t size))
{
	static int fd = -1;
	char buffer[1024];
	ssize_t n;

	if (fd < 0)
		fd = open("/dev/hvlog", O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return;
	for (unsigned turn = 0; turn < DRAIN_READS; turn++) {
		n = read(fd, buffer, sizeof(buffer));
		if (n <= 0)
			return;
		for (ssize_t i = 0; i < n; i++)
			take_byte(buffer[i], take);
	}
}

static void log_line(const char *text, size_t size)
{
	io_log("hv: %.*s\n", (int)size, text);
}

void hvlog_drain(void)
{
	hvlog_drain_to(log_line);
}
