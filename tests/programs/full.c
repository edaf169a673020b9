/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fills all memory with a file. The call that finds no room says ENOSPC, and the file can be deleted then; for the LWK
 * only: on Linux it would fill the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	static char piece[65536];
	int fd = open("big", O_CREAT | O_WRONLY, 0600);
	ssize_t n;

	memset(piece, 1, sizeof(piece));
	while ((n = write(fd, piece, sizeof(piece))) > 0)
		;
	printf("write: %s\n", strerror(errno));
	close(fd);
	printf("unlink: %s\n", unlink("big") == 0 ? "done" : strerror(errno));
	fd = open("small", O_CREAT | O_WRONLY, 0600);
	printf("write again: %zd\n", write(fd, piece, sizeof(piece)));
	return 0;
}
