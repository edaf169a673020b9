/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is known of files: stat and its relatives, access, links' targets, modes, owners, times, space.
 */
#include "conform.h"
#include "files.h"
#include <fcntl.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

CONFORM(files_status,
	"newfstatat fstat statx faccessat faccessat2 readlinkat utimensat fchmod fchmodat fchown fchownat umask statfs fstatfs truncate ftruncate fallocate");

static void test_truncate(void)
{
	VALUE(ftruncate(-1, 0));
	VALUE(ftruncate(rd, 0));
	VALUE(ftruncate(wr, -1));
	VALUE(ftruncate(dir, 0));
	VALUE(truncate("dir", 0));
	VALUE(truncate("missing", 0));
	VALUE(truncate("file", -1));
	VALUE(truncate("file/", 0));
	VALUE(syscall(SYS_truncate, bad, 0));
}

static void test_stat(void)
{
	struct stat st;

	VALUE(fstat(-1, &st));
	VALUE(stat("missing", &st));
	VALUE(stat("", &st));
	VALUE(stat("dangling", &st));
	VALUE(lstat("dangling", &st));
	VALUE(stat("loop", &st));
	VALUE(lstat("loop", &st));
	VALUE(lstat("loop/", &st));
	VALUE(lstat("todir/", &st));
	HOLDS(S_ISDIR(st.st_mode));
	VALUE(lstat("tofile/", &st));
	VALUE(syscall(SYS_newfstatat, AT_FDCWD, "file", bad, 0));
	VALUE(syscall(SYS_newfstatat, AT_FDCWD, bad, &st, 0));
	VALUE(syscall(SYS_newfstatat, rd, "", &st, AT_EMPTY_PATH));
	VALUE(syscall(SYS_newfstatat, rd, "", &st, 0));
	VALUE(syscall(SYS_newfstatat, -1, "", &st, AT_EMPTY_PATH));
	VALUE(syscall(SYS_newfstatat, AT_FDCWD, "file", &st, 0x40000000));
	VALUE(syscall(SYS_newfstatat, rd, "file", &st, 0));
	VALUE(stat(long_name, &st));
	VALUE(stat(long_path, &st));
	VALUE(access("file", R_OK | W_OK));
	VALUE(access("file", X_OK));
	VALUE(access("dir", X_OK));
	VALUE(access("missing", F_OK));
	VALUE(syscall(SYS_faccessat, AT_FDCWD, "file", 8));
	VALUE(readlink("file", buffer, sizeof(buffer)));
	VALUE(readlink("tofile", buffer, sizeof(buffer)));
	VALUE(readlink("tofile", buffer, 2));
	VALUE(syscall(SYS_readlinkat, AT_FDCWD, "tofile", buffer, 0));
	VALUE(syscall(SYS_readlinkat, AT_FDCWD, "tofile", bad, 4));
	VALUE(readlink("missing", buffer, sizeof(buffer)));
	VALUE(readlink("todir/", buffer, sizeof(buffer)));
}

static void test_times(void)
{
	struct timespec t[2] = {{1000, 5}, {2000, 7}};
	struct timespec wrong[2] = {{0, 2000000000}, {0, 0}};
	struct stat st;

	VALUE(utimensat(AT_FDCWD, "file", t, 0));
	VALUE(stat("file", &st));
	VALUE(st.st_atim.tv_sec);
	VALUE(st.st_mtim.tv_sec);
	VALUE(st.st_mtim.tv_nsec);
	t[0].tv_nsec = UTIME_OMIT;
	t[1].tv_nsec = UTIME_NOW;
	VALUE(utimensat(AT_FDCWD, "file", t, 0));
	VALUE(stat("file", &st));
	VALUE(st.st_atim.tv_sec);
	HOLDS(st.st_mtim.tv_sec != 2000);
	VALUE(futimens(rd, NULL));
	VALUE(utimensat(AT_FDCWD, "file", wrong, 0));
	VALUE(utimensat(AT_FDCWD, "missing", NULL, 0));
	VALUE(futimens(-1, NULL));
	VALUE(chmod("file", 0751));
	VALUE(stat("file", &st));
	VALUE(st.st_mode);
	VALUE(access("file", X_OK));
	VALUE(fchmod(-1, 0));
	VALUE(chmod("missing", 0));
	VALUE(umask(077));
	VALUE(umask(07777022));
	VALUE(umask(022));
}

static void test_stat_pointers(void)
{
	struct stat st;

	BAD_WRITE(p, SYS(newfstatat, AT_FDCWD, "file", p, 0));
	BAD_READ(p, SYS(newfstatat, AT_FDCWD, p, &st, 0));
	BAD_READ(p, SYS(newfstatat, rd, p, &st, AT_EMPTY_PATH));
	BAD_WRITE(p, SYS(fstat, rd, p));
	BAD_WRITE(p, SYS(statx, AT_FDCWD, "file", 0, STATX_BASIC_STATS, p));
	BAD_WRITE(p, SYS(readlinkat, AT_FDCWD, "tofile", p, 64L));
	BAD_READ(p, SYS(faccessat, AT_FDCWD, p, F_OK));
	BAD_READ(p, SYS(utimensat, AT_FDCWD, "file", bad_->address ? p : (char *)8, 0));
	BAD_WRITE(p, SYS(statfs, ".", p));
	BAD_WRITE(p, SYS(fstatfs, rd, p));
}

static void test_statx(void)
{
	struct statx sx;

	VALUE(SYS(statx, AT_FDCWD, "file", 0, STATX_BASIC_STATS, &sx));
	printf("%o %u %lu %u\n", sx.stx_mode, sx.stx_nlink, (unsigned long)sx.stx_size, sx.stx_uid);
	HOLDS((sx.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
	VALUE(SYS(statx, AT_FDCWD, "tofile", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &sx));
	printf("%o %lu\n", sx.stx_mode, (unsigned long)sx.stx_size);
	VALUE(SYS(statx, rd, "", AT_EMPTY_PATH, STATX_SIZE, &sx));
	VALUE(SYS(statx, rd, "", 0, STATX_SIZE, &sx));
	VALUE(SYS(statx, AT_FDCWD, "missing", 0, STATX_SIZE, &sx));
	VALUE(SYS(statx, AT_FDCWD, "file", 0x8000, STATX_SIZE, &sx));
	VALUE(SYS(statx, AT_FDCWD, "file", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, STATX_SIZE,
		  &sx));
	VALUE(SYS(statx, AT_FDCWD, "file", 0, 0x80000000, &sx));
	VALUE(SYS(statx, 999, "file", 0, STATX_SIZE, &sx));
	VALUE(SYS(statx, AT_FDCWD, "/dev/null", 0, STATX_BASIC_STATS, &sx));
	printf("%o %u %u\n", sx.stx_mode, sx.stx_rdev_major, sx.stx_rdev_minor);
}

static void test_access(void)
{
	VALUE(SYS(faccessat2, AT_FDCWD, "file", R_OK, AT_EACCESS));
	VALUE(SYS(faccessat2, AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
	VALUE(SYS(faccessat2, AT_FDCWD, "dangling", F_OK, 0));
	VALUE(SYS(faccessat2, rd, "", F_OK, AT_EMPTY_PATH));
	VALUE(SYS(faccessat2, AT_FDCWD, "file", F_OK, 0x4000));
	VALUE(SYS(faccessat2, AT_FDCWD, "file", 8, 0));
	VALUE(SYS(faccessat, 999, "file", F_OK));
	VALUE(SYS(faccessat, rd, "file", F_OK));
}

static void show_owner(const char *name)
{
	struct stat st;

	need(lstat(name, &st) == 0, "lstat");
	printf("%s: mode %o owner %u group %u\n", name, st.st_mode, st.st_uid, st.st_gid);
}

static void test_mode_and_owner(void)
{
	VALUE(SYS(fchmodat, AT_FDCWD, "file", 07777));
	show_owner("file");
	VALUE(SYS(fchmodat, AT_FDCWD, "file", 0100644));
	show_owner("file");
	VALUE(SYS(fchmod, rd, 0600));
	VALUE(SYS(fchmod, dir, 0700));
	VALUE(SYS(fchmodat, AT_FDCWD, "dangling", 0600));
	VALUE(SYS(fchmodat, 999, "file", 0600));
	VALUE(SYS(fchown, rd, 0, 0));
	VALUE(SYS(fchown, rd, -1, -1));
	VALUE(SYS(fchown, -1, 0, 0));
	VALUE(SYS(fchownat, AT_FDCWD, "file", 12, 34, 0));
	VALUE(SYS(fchownat, AT_FDCWD, "tofile", 1, -1, AT_SYMLINK_NOFOLLOW));
	show_owner("file");
	show_owner("tofile");
	VALUE(SYS(fchownat, AT_FDCWD, "missing", 0, 0, 0));
	VALUE(SYS(fchownat, AT_FDCWD, "file", 0, 0, 0x4000));
	VALUE(SYS(fchownat, rd, "", 0, 0, AT_EMPTY_PATH));
	VALUE(SYS(umask, 027));
	close(creat("masked", 0777));
	mkdir("masked.d", 0777);
	show_owner("masked");
	show_owner("masked.d");
	VALUE(SYS(umask, 022));
}

static void test_space(void)
{
	struct statfs fs;
	struct stat st;

	VALUE(SYS(statfs, "file", &fs));
	HOLDS(fs.f_blocks > 0 && fs.f_bsize > 0 && fs.f_namelen == 255);
	VALUE(SYS(statfs, "missing", &fs));
	VALUE(SYS(statfs, "loop", &fs));
	VALUE(SYS(fstatfs, rd, &fs));
	VALUE(SYS(fstatfs, -1, &fs));
	VALUE(SYS(ftruncate, wr, 5L));
	VALUE(SYS(ftruncate, wr, 8L));
	VALUE(pread(rd, buffer, 64, 0));
	printf("%d %d %d\n", buffer[4], buffer[5], buffer[7]);
	VALUE(SYS(truncate, "tofile", 3L));
	VALUE(stat("file", &st) ? -1 : st.st_size);
	VALUE(SYS(truncate, "file", 100000L));
	VALUE(stat("file", &st) ? -1 : st.st_size);
	VALUE(SYS(fallocate, wr, 1, 0L, 300000L));
	VALUE(stat("file", &st) ? -1 : st.st_size);
	VALUE(pread(rd, buffer, 64, 99990));
	VALUE(SYS(fallocate, wr, 0, 150000L, 50000L));
	VALUE(stat("file", &st) ? -1 : st.st_size);
	VALUE(SYS(fallocate, wr, 0, -1L, 10L));
	VALUE(SYS(fallocate, wr, 0, 0L, 0L));
	VALUE(SYS(fallocate, wr, 0, 1L << 30, INT64_MAX - 100));
	VALUE(SYS(fallocate, wr, 0, 0L, 1L << 40));
	VALUE(stat("file", &st) ? -1 : st.st_size);
	VALUE(pwrite(wr, "x", 1, 250000));
	VALUE(SYS(fallocate, wr, 0x100, 0L, 10L));
	VALUE(SYS(fallocate, rd, 0, 0L, 10L));
	VALUE(SYS(fallocate, dir, 0, 0L, 10L));
	VALUE(SYS(fallocate, -1, 0, 0L, 10L));
}

static void conform_files_status(void)
{
	files_prepare();
	test_truncate();
	test_stat();
	test_times();
	test_stat_pointers();
	test_statx();
	test_access();
	test_mode_and_owner();
	test_space();
}
