/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What programs do with files: create, append, sparse growth, truncate, rename, unlink while open, directories and their
 * listing, standard I/O, shared positions of duplicated descriptors. Works in the current directory and leaves it as it was.
 */
#include "report.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void print_file(const char *name)
{
	char data[64];
	int fd = open(name, O_RDONLY);
	long n = fd < 0 ? -1 : read(fd, data, sizeof(data));

	printf("%s holds %ld:", name, n);
	for (long i = 0; i < n; i++)
		putchar(data[i] ? data[i] : '.');
	putchar('\n');
	close(fd);
}

static void print_stat(const char *name)
{
	struct stat st;

	if (lstat(name, &st))
		printf("%s: %s\n", name, errno_name(errno));
	else if (S_ISDIR(st.st_mode))
		printf("%s: mode %o\n", name, st.st_mode);
	else
		printf("%s: mode %o size %ld links %lu\n", name, st.st_mode, (long)st.st_size,
		       (unsigned long)st.st_nlink);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_dir(const char *name)
{
	char *names[128];
	size_t count = 0;
	DIR *dir = opendir(name);

	printf("%s lists:", name);
	for (struct dirent *e; dir && (e = readdir(dir)) && count < 128;)
		names[count++] = strdup(e->d_name);
	qsort(names, count, sizeof(names[0]), by_name);
	for (size_t i = 0; i < count; i++) {
		printf(" %s", names[i]);
		free(names[i]);
	}
	putchar('\n');
	if (dir)
		closedir(dir);
}

static void test_content(void)
{
	int fd = open("content", O_RDWR | O_CREAT | O_TRUNC, 0644);

	VALUE(write(fd, "hello", 5));
	VALUE(lseek(fd, 0, SEEK_CUR));
	VALUE(pwrite(fd, "J", 1, 0));
	VALUE(lseek(fd, 10, SEEK_SET));
	VALUE(write(fd, "end", 3));
	print_file("content");
	VALUE(lseek(fd, -3, SEEK_END));
	char data[8] = "";
	VALUE(read(fd, data, sizeof(data)));
	puts(data);
	VALUE(read(fd, data, sizeof(data)));
	VALUE(ftruncate(fd, 4));
	VALUE(ftruncate(fd, 8));
	print_file("content");
	VALUE(pread(fd, data, 8, 2));
	VALUE(truncate("content", 2));
	print_stat("content");
	struct iovec parts[3] = {{"ab", 2}, {NULL, 0}, {"cdef", 4}};
	VALUE(lseek(fd, 0, SEEK_SET));
	VALUE(writev(fd, parts, 3));
	print_file("content");
	VALUE(close(fd));
	VALUE(close(fd));
}

static void test_append(void)
{
	int a = open("append", O_WRONLY | O_CREAT | O_APPEND, 0600);
	int b = open("append", O_WRONLY | O_APPEND);

	VALUE(write(a, "one ", 4));
	VALUE(write(b, "two ", 4));
	VALUE(lseek(a, 0, SEEK_SET));
	VALUE(write(a, "three", 5));
	VALUE(lseek(a, 0, SEEK_CUR));
	print_file("append");
	HOLDS((fcntl(a, F_GETFL) & (O_ACCMODE | O_APPEND)) == (O_WRONLY | O_APPEND));
	VALUE(fcntl(a, F_SETFL, 0));
	VALUE(lseek(a, 0, SEEK_SET));
	VALUE(write(a, "ONE", 3));
	print_file("append");
	close(a);
	close(b);
	VALUE(unlink("append"));
}

static void test_names(void)
{
	struct stat st;
	int fd = open("content", O_RDWR);

	VALUE(link("content", "second"));
	print_stat("content");
	VALUE(rename("content", "second")); /* two names of one file: nothing happens */
	print_stat("second");
	VALUE(unlink("content"));
	VALUE(rename("second", "third"));
	print_stat("second");
	print_file("third");
	VALUE(symlink("third", "link"));
	print_stat("link");
	print_file("link");
	VALUE(unlink("third"));
	DONE(open("link", O_RDONLY));
	VALUE(write(fd, "still alive", 11));
	VALUE(lseek(fd, 0, SEEK_SET));
	char data[16] = "";
	VALUE(read(fd, data, 15));
	puts(data);
	VALUE(fstat(fd, &st));
	VALUE(st.st_nlink);
	VALUE(close(fd));
	VALUE(unlink("link"));
}

static void test_directories(void)
{
	char cwd[4096];

	VALUE(mkdir("dir", 0755));
	VALUE(mkdir("dir/sub", 0700));
	print_stat("dir");
	VALUE(close(creat("dir/sub/a", 0644)));
	VALUE(close(creat("dir/b:c d", 0644)));
	print_dir("dir");
	print_dir("dir/sub/../sub/.");
	VALUE(rmdir("dir/sub"));
	VALUE(rename("dir/sub", "dir/moved"));
	print_dir("dir");
	VALUE(rename("dir/moved", "dir/moved/inside"));
	VALUE(chdir("dir/moved"));
	HOLDS(getcwd(cwd, sizeof(cwd)) && strlen(cwd) > 10 &&
	      !strcmp(cwd + strlen(cwd) - 10, "/dir/moved"));
	print_stat("a");
	print_stat("../b:c d");
	VALUE(unlink("a"));
	VALUE(rmdir("../moved"));
	HOLDS(getcwd(cwd, sizeof(cwd)) == NULL && errno == ENOENT);
	DONE(creat("in a removed directory", 0644));
	VALUE(chdir("../.."));
	VALUE(unlink("dir/b:c d"));
	VALUE(rmdir("dir"));
	print_stat("dir");
}

static void test_shared_position(void)
{
	int fd = open("shared", O_RDWR | O_CREAT, 0644);
	int copy = dup(fd);
	int other = open("shared", O_RDONLY);

	VALUE(write(fd, "0123456789", 10));
	VALUE(lseek(copy, -4, SEEK_CUR));
	VALUE(lseek(fd, 0, SEEK_CUR));
	VALUE(lseek(other, 0, SEEK_CUR));
	HOLDS(dup2(fd, 100) == 100);
	HOLDS(dup2(fd, fd) == fd);
	VALUE(close(fd));
	VALUE(write(100, "X", 1));
	VALUE(lseek(copy, 0, SEEK_CUR));
	HOLDS(fcntl(other, F_DUPFD, 200) == 200);
	HOLDS(fcntl(other, F_DUPFD_CLOEXEC, 200) == 201);
	VALUE(fcntl(201, F_GETFD));
	VALUE(fcntl(200, F_GETFD));
	HOLDS(dup3(other, 202, O_CLOEXEC) == 202);
	VALUE(fcntl(202, F_GETFD));
	VALUE(fcntl(202, F_SETFD, 0));
	VALUE(fcntl(202, F_GETFD));
	print_file("shared");
	VALUE(unlink("shared"));
	for (int i = 200; i < 203; i++)
		close(i);
	close(copy);
	close(other);
	close(100);
}

static void test_sparse(void)
{
	struct stat st;
	char data[10];
	int fd = open("sparse", O_RDWR | O_CREAT, 0644);

	VALUE(pwrite(fd, "far", 3, 5000000000));
	VALUE(fstat(fd, &st));
	VALUE(st.st_size);
	HOLDS(st.st_blocks > 0 && st.st_blocks < 100);
	VALUE(pread(fd, data, 10, 4999999995));
	HOLDS(!memcmp(data, "\0\0\0\0\0far", 8));
	VALUE(ftruncate(fd, 0));
	VALUE(fstat(fd, &st));
	VALUE(st.st_blocks);
	VALUE(close(fd));
	VALUE(unlink("sparse"));
}

static void test_stdio(void)
{
	FILE *f = fopen("stdio", "w+");
	unsigned sum = 0;
	char line[64];

	for (unsigned i = 0; i < 20000; i++)
		fprintf(f, "%u %u\n", i, i * i);
	VALUE(ftell(f));
	rewind(f);
	while (fgets(line, sizeof(line), f))
		sum = sum * 31 + (unsigned)strlen(line) + (unsigned char)line[0];
	VALUE(sum);
	VALUE(fseek(f, -12, SEEK_END));
	HOLDS(fgets(line, sizeof(line), f) != NULL);
	fputs(line, stdout);
	VALUE(fclose(f));
	VALUE(remove("stdio"));
	HOLDS(fopen("stdio", "r") == NULL && errno == ENOENT);
}

int main(void)
{
	umask(022);
	test_content();
	test_append();
	test_names();
	test_directories();
	test_shared_position();
	test_sparse();
	test_stdio();
	return 0;
}
