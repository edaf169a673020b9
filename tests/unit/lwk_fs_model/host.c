/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The host's side: an empty tmpfs that is this process's root and nobody else's.
 */
#define _GNU_SOURCE
#include "model.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

long host_call(long number, const uint64_t args[6])
{
	long result = syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);

	/* others have filled the file system: nothing can be compared any more */
	if (result < 0 && errno == ENOSPC)
		skip();
	return result < 0 ? -errno : result;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

#define SHARED_MEMORY "/dev/shm"

static char host_root[] = SHARED_MEMORY "/lwk_fs_XXXXXX";
static bool host_root_made; /* a directory that others share the room with, to be removed */
static int outer_root;

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return written;
}

/* Only root may change the root, and sees no permissions; others become root of a user namespace of their own. */
static bool become_root(void)
{
	char users[40], groups[40];

	if (geteuid() == 0)
		return true;
	snprintf(users, sizeof(users), "0 %u 1", geteuid());
	snprintf(groups, sizeof(groups), "0 %u 1", getegid());
	return unshare(CLONE_NEWUSER) == 0 && write_text("/proc/self/setgroups", "deny") &&
	       write_text("/proc/self/uid_map", users) && write_text("/proc/self/gid_map", groups);
}

/*
 * A tmpfs of this process's own: what other programs keep in the machine's does not make writes fail here, and nothing is left behind.
 * Where that is not permitted (in many containers), a directory of the machine's.
 */
static const char *host_root_make(void)
{
	if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("tmpfs", SHARED_MEMORY, "tmpfs", 0, "size=512m") == 0)
		return SHARED_MEMORY;
	host_root_made = mkdtemp(host_root) != NULL;
	return host_root_made ? host_root : NULL;
}

bool host_root_enter(void)
{
	const char *root;

	outer_root = open("/", O_RDONLY | O_DIRECTORY);
	if (!become_root())
		return false;
	root = host_root_make();
	/* the file tree's root has these directories */
	return root && chroot(root) == 0 && chdir("/") == 0 && chmod("/", 0755) == 0 &&
	       mkdir("proc", 0755) == 0 && mkdir("sys", 0755) == 0 && mkdir("dev", 0755) == 0 &&
	       mkdir("tmp", 0755) == 0;
}

int host_root_leave(void **state)
{
	(void)state;
	if (fchdir(outer_root) || chroot("."))
		return -1;
	if (!host_root_made)
		return 0;
	return nftw(host_root, remove_one, 20, FTW_DEPTH | FTW_PHYS);
}

bool host_root_is_full(void)
{
	struct statvfs st;

	return host_root_made && statvfs("/", &st) == 0 &&
	       st.f_bavail * st.f_bsize < MODEL_DATA_MAX * 4;
}
