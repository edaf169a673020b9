/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files, the calls beyond reading and writing: names that change places, memory in advance and holes, copies inside the kernel, files
 * without a name, locks, closing of ranges; with their errors.
 */
#include "report.h"
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXCHANGE  2u
#define NOREPLACE 1u

static int make(const char *name, const char *content)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (write(fd, content, strlen(content)) < 0)
		return -1;
	return fd;
}

static void show(const char *name)
{
	char data[64] = "";
	int fd = open(name, O_RDONLY);
	long n = read(fd, data, sizeof(data) - 1);

	printf("%s: %ld %s\n", name, n, n < 0 ? errno_name(errno) : data);
	close(fd);
}

static long rename2(const char *from, const char *to, unsigned flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void check_rename(void)
{
	close(make("a", "first"));
	close(make("b", "second"));
	VALUE(mkdir("dir", 0755));
	close(make("dir/c", "third"));
	VALUE(rename2("a", "b", EXCHANGE));
	show("a");
	show("b");
	VALUE(rename2("a", "dir", EXCHANGE));
	show("dir");
	show("a/c");
	VALUE(rename2("a", "dir", EXCHANGE));
	VALUE(rename2("a", "b", NOREPLACE));
	VALUE(rename2("a", "none", EXCHANGE));
	VALUE(rename2("none", "a", EXCHANGE));
	VALUE(rename2("dir", "dir/c", EXCHANGE));
	VALUE(rename2("dir/c", "dir", EXCHANGE));
	VALUE(rename2("a", "b", EXCHANGE | NOREPLACE));
	VALUE(rename2("a", "fresh", NOREPLACE));
	VALUE(unlink("fresh"));
	VALUE(unlink("b"));
	VALUE(unlink("dir/c"));
	VALUE(rmdir("dir"));
}

static void check_allocate(void)
{
	int fd = make("room", "0123456789"), out = open("room", O_RDONLY), ends[2];
	struct stat st;

	VALUE(fallocate(fd, 0, 0, 100000));
	HOLDS(fstat(fd, &st) == 0 && st.st_size == 100000 && st.st_blocks >= 100000 / 512);
	VALUE(fallocate(fd, FALLOC_FL_KEEP_SIZE, 100000, 50000));
	HOLDS(fstat(fd, &st) == 0 && st.st_size == 100000);
	VALUE(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 3, 4));
	show("room");
	VALUE(posix_fallocate(fd, 0, 10));
	VALUE(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4));
	VALUE(fallocate(fd, 0, -1, 4));
	VALUE(fallocate(fd, 0, 0, 0));
	VALUE(fallocate(out, 0, 0, 1));
	VALUE(fallocate(-1, 0, 0, 1));
	VALUE(pipe(ends));
	VALUE(fallocate(ends[1], 0, 0, 1));
	close(ends[0]);
	close(ends[1]);
	close(fd);
	close(out);
	VALUE(unlink("room"));
}

static void check_copy(void)
{
	int from = make("from", "The quick brown fox"), to = open("to", O_RDWR | O_CREAT, 0644),
	    ends[2];
	loff_t in = 4, at = 2;
	off_t sent = 10;
	char data[32] = "";

	VALUE(copy_file_range(from, &in, to, &at, 5, 0));
	HOLDS(in == 9 && at == 7);
	show("to");
	VALUE(lseek(from, 10, SEEK_SET));
	VALUE(copy_file_range(from, NULL, to, NULL, 100, 0));
	VALUE(lseek(from, 0, SEEK_CUR));
	VALUE(lseek(to, 0, SEEK_CUR));
	VALUE(copy_file_range(from, NULL, to, NULL, 100, 0));
	in = at = 0;
	VALUE(copy_file_range(from, &in, from, &at, 5, 0));
	VALUE(copy_file_range(from, &in, to, &at, 5, 1));
	VALUE(copy_file_range(-1, NULL, to, NULL, 5, 0));
	VALUE(pipe(ends));
	VALUE(copy_file_range(from, &in, ends[1], NULL, 5, 0));
	VALUE(sendfile(ends[1], from, &sent, 9));
	HOLDS(sent == 19);
	VALUE(ioctl(ends[0], FIONREAD, &(int){0}));
	VALUE(read(ends[0], data, sizeof(data)));
	puts(data);
	VALUE(sendfile(ends[1], ends[0], NULL, 9));
	VALUE(sendfile(from, -1, NULL, 9));
	VALUE(sendfile(ends[0], from, NULL, 9));
	close(ends[0]);
	close(ends[1]);
	close(from);
	close(to);
	VALUE(unlink("from"));
	VALUE(unlink("to"));
}

static void check_unnamed(void)
{
	int fd = open(".", O_TMPFILE | O_RDWR, 0600),
	    memory = (int)syscall(SYS_memfd_create, "m", 0);
	char path[64], data[8] = "";
	struct stat st;

	HOLDS(fd >= 0 && memory >= 0);
	VALUE(write(fd, "kept", 4));
	HOLDS(fstat(fd, &st) == 0 && st.st_nlink == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	VALUE(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	show("named");
	VALUE(unlink("named"));
	VALUE(close(fd));
	DONE(open(".", O_TMPFILE | O_RDONLY, 0600));
	DONE(open("none", O_TMPFILE | O_RDWR, 0600));
	fd = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	VALUE(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	close(fd);
	VALUE(pwrite(memory, "memory", 6, 0));
	VALUE(pread(memory, data, 8, 0));
	puts(data);
	VALUE(ftruncate(memory, 3));
	close(memory);
	VALUE(syscall(SYS_memfd_create, "m", 0x40000));
}

static void *lock_exclusively(void *fd)
{
	flock(*(int *)fd, LOCK_EX);
	return NULL;
}

static void check_locks(void)
{
	int a = make("locked", "0123456789"), b = open("locked", O_RDWR);
	struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2, .l_len = 4};
	pthread_t thread;

	VALUE(flock(a, LOCK_SH));
	VALUE(flock(b, LOCK_SH | LOCK_NB));
	VALUE(flock(b, LOCK_EX | LOCK_NB));
	VALUE(flock(a, LOCK_UN));
	VALUE(flock(b, LOCK_EX | LOCK_NB));
	VALUE(pthread_create(&thread, NULL, lock_exclusively, &a)); /* waits for b */
	usleep(20000);
	VALUE(close(b));
	VALUE(pthread_join(thread, NULL));
	b = open("locked", O_RDWR);
	VALUE(flock(b, LOCK_SH | LOCK_NB));
	VALUE(flock(b, 77));
	VALUE(flock(-1, LOCK_SH));
	VALUE(fcntl(a, F_SETLK, &range));
	VALUE(fcntl(b, F_SETLK, &range)); /* the same process */
	VALUE(fcntl(b, F_GETLK, &range));
	VALUE(range.l_type);
	range = (struct flock){.l_type = F_WRLCK, .l_start = 4, .l_len = 4};
	VALUE(fcntl(b, F_OFD_GETLK, &range)); /* not the same owner */
	HOLDS(range.l_type == F_WRLCK && range.l_start == 2 && range.l_len == 4 &&
	      range.l_pid == getpid());
	range = (struct flock){.l_type = F_WRLCK, .l_start = 4, .l_len = 4};
	VALUE(fcntl(b, F_OFD_SETLK, &range));
	VALUE(close(a)); /* with any descriptor a process loses its locks */
	VALUE(fcntl(b, F_OFD_SETLK, &range));
	range.l_type = 9;
	VALUE(fcntl(b, F_SETLK, &range));
	close(b);
	VALUE(unlink("locked"));
}

static void check_descriptors(void)
{
	int fd = open(".", O_RDONLY), high = fcntl(fd, F_DUPFD, 100);
	struct iovec parts[2] = {{"ab", 2}, {"cd", 2}};

	HOLDS(high == 100 && dup2(fd, 101) == 101 && dup2(fd, 105) == 105);
	VALUE(syscall(SYS_close_range, 100, 102, 0));
	VALUE(fcntl(101, F_GETFD));
	VALUE(syscall(SYS_close_range, 103, 200, 4));
	VALUE(fcntl(105, F_GETFD));
	VALUE(syscall(SYS_close_range, 5, 4, 0));
	close(105);
	close(fd);
	fd = make("v", "");
	VALUE(pwritev(fd, parts, 2, 3));
	VALUE(pwrite(fd, "...", 3, 0));
	show("v");
	VALUE(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	VALUE(posix_fadvise(fd, 0, 0, 99));
	VALUE(syncfs(fd));
	VALUE(readahead(fd, 0, 10));
	close(fd);
	VALUE(unlink("v"));
}

int main(void)
{
	umask(022);
	check_rename();
	check_allocate();
	check_copy();
	check_unnamed();
	check_locks();
	check_descriptors();
	return 0;
}
