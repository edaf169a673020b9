/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs are started while another thread changes the working directory and removes the one it leaves: each has one of them.
 */
#include "report.h"
#include "start.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define STARTS 100

static volatile int stop;

static void *wander(void *moves)
{
	while (!stop) {
		if (mkdir("/tmp/here", 0755) || chdir("/tmp/here") || chdir("/tmp") ||
		    rmdir("/tmp/here"))
			return NULL;
		++*(int *)moves;
	}
	return moves;
}

int main(int argc, char **argv)
{
	char *args[] = {argv[0], "child", NULL}, *none[] = {NULL};
	int moves = 0, wrong = 0, status;
	char path[4096];
	pthread_t thread;
	void *result;

	if (argc > 1)
		return getcwd(path, sizeof(path)) || errno == ENOENT ? 7 : 1;
	VALUE(pthread_create(&thread, NULL, wander, &moves));
	for (int i = 0; i < STARTS; i++) {
		int pid = program_start("/proc/self/exe", args, none);

		wrong += pid < 0 || waitpid(pid, &status, 0) != pid || status != 7 << 8;
	}
	stop = 1;
	pthread_join(thread, &result);
	HOLDS(result == &moves && moves > 0);
	VALUE(wrong);
	return 0;
}
