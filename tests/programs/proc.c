/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What programs learn about themselves and the machine from /proc and /sys, against what system calls and their own memory say.
 */
#include "report.h"
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

static char text[1 << 16];
static char used[1 << 19]; /* so that there is some memory to be told of */

/* the whole file, NUL behind it; its length, or -1 */
static long load(const char *path)
{
	int fd = open(path, O_RDONLY);
	long length = 0, n = fd < 0 ? -1 : 0;

	while (fd >= 0 && (n = read(fd, text + length, sizeof(text) - 1 - (size_t)length)) > 0)
		length += n;
	close(fd);
	text[n < 0 ? 0 : length] = '\0';
	return n < 0 ? -1 : length;
}

/* the number behind "\nNAME" */
static long field(const char *path, const char *name)
{
	char line[64];
	char *at;

	if (load(path) < 0)
		return -1;
	snprintf(line, sizeof(line), "\n%s", name);
	at = strstr(text, line);
	return at ? strtol(at + strlen(line), NULL, 10) : -2;
}

static int maps_has(const void *address, const char *rights, const char *name)
{
	unsigned long start, end;
	char seen[8];

	load("/proc/self/maps");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (sscanf(line, "%lx-%lx %4s", &start, &end, seen) == 3 &&
		    (unsigned long)address >= start && (unsigned long)address < end)
			return !strcmp(seen, rights) && (!name || strstr(line, name));
	return 0;
}

static int auxv_is_ours(void)
{
	long length = load("/proc/self/auxv");
	const unsigned long *entry = (const void *)text;

	for (long i = 0; i + 1 < length / 8 && entry[i]; i += 2)
		if (entry[i] == AT_RANDOM)
			return entry[i + 1] == getauxval(AT_RANDOM);
	return 0;
}

static int links_to(const char *path, const char *target)
{
	char link[4096];
	long length = readlink(path, link, sizeof(link) - 1);

	link[length < 0 ? 0 : length] = '\0';
	return length > 0 && !strcmp(link, target);
}

static int count_names(const char *path)
{
	DIR *dir = opendir(path);
	int count = 0;

	for (struct dirent *e; dir && (e = readdir(dir));)
		count += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count;
}

/* descriptors of the caller, the one that looks included */
static int fd_is_listed(int fd)
{
	char path[40];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static void check_self(char **argv)
{
	char expected[4096], path[64];
	struct stat a, b;

	memset(used, 1, sizeof(used));
	HOLDS(load("/proc/self/cmdline") > 0 && strstr(text, strrchr(argv[0], '/')));
	HOLDS(load("/proc/self/comm") > 0 && strchr(text, '\n') == text + strlen(text) - 1);
	HOLDS(load("/proc/self/environ") > 0 && !strcmp(text, "BH_NAME=tester"));
	HOLDS(auxv_is_ours());
	HOLDS(field("/proc/self/status", "Pid:") == getpid());
	HOLDS(field("/proc/self/status", "Tgid:") == getpid());
	HOLDS(field("/proc/self/status", "PPid:") == getppid());
	HOLDS(field("/proc/self/status", "VmRSS:") > 100);
	HOLDS(load("/proc/self/stat") > 0 && atoi(text) == getpid() && strrchr(text, ')'));
	HOLDS(load("/proc/self/statm") > 0 && atoi(text) > 0);
	HOLDS(load("/proc/self/limits") > 0 && strstr(text, "Max open files"));
	snprintf(expected, sizeof(expected), "%d", getpid());
	HOLDS(links_to("/proc/self", expected));
	snprintf(path, sizeof(path), "/proc/%d/status", getpid());
	HOLDS(field(path, "Pid:") == getpid());
	HOLDS(getcwd(expected, sizeof(expected)) && links_to("/proc/self/cwd", expected));
	HOLDS(links_to("/proc/self/root", "/"));
	HOLDS(stat("/proc/self/exe", &a) == 0 && S_ISREG(a.st_mode) && a.st_size > 10000);
	HOLDS(stat("/proc/self/cwd", &a) == 0 && stat(".", &b) == 0 && a.st_ino == b.st_ino);
	HOLDS(maps_has((const void *)check_self, "r-xp", NULL));
	HOLDS(maps_has(text, "rw-p", NULL));
	HOLDS(maps_has(path, "rw-p", "[stack]"));
	HOLDS(maps_has(malloc(10), "rw-p", NULL));
	DONE(open("/proc/self/nothing", O_RDONLY));
	DONE(open("/proc/0", O_RDONLY));
	DONE(open("/proc/999999", O_RDONLY));
}

static void check_files(void)
{
	char path[64], data[8] = "";
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);
	struct stat a, b;

	VALUE(write(fd, "text", 4));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	HOLDS(fd_is_listed(fd) && fd_is_listed(1));
	HOLDS(stat(path, &a) == 0 && fstat(fd, &b) == 0 && a.st_ino == b.st_ino);
	VALUE(unlink("file"));
	int again = open(path, O_RDONLY);
	VALUE(read(again, data, 8)); /* from its beginning */
	HOLDS(!strcmp(data, "text"));
	close(again);
	close(fd);
	HOLDS(!fd_is_listed(fd));
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	DONE(open(path, O_RDONLY));
	HOLDS(count_names("/proc/self/fd") >= 3);
	VALUE(close(open("/dev/stdout", O_WRONLY)));
}

static void *look_at_threads(void *expected)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/status", gettid());
	HOLDS(field(path, "Pid:") == gettid());
	HOLDS(field(path, "Tgid:") == getpid());
	HOLDS(count_names("/proc/self/task") >= (int)(long)expected);
	snprintf(path, sizeof(path), "%d/task/%d", getpid(), gettid());
	HOLDS(links_to("/proc/thread-self", path));
	VALUE(pthread_setname_np(pthread_self(), "worker"));
	HOLDS(load("/proc/thread-self/comm") == 7 && !strcmp(text, "worker\n"));
	HOLDS(load("/proc/self/comm") > 0 && strcmp(text, "worker\n"));
	return NULL;
}

static void check_threads(void)
{
	pthread_t thread;

	/* it prints itself: nothing is said before it has ended */
	if (pthread_create(&thread, NULL, look_at_threads, (void *)2) == 0)
		VALUE(pthread_join(thread, NULL));
}

static void check_machine(void)
{
	struct sysinfo info;
	struct utsname name;
	char expected[100];

	HOLDS(sysinfo(&info) == 0);
	HOLDS(field("/proc/meminfo", "MemFree:") > 0);
	HOLDS(load("/proc/meminfo") > 0 &&
	      atol(text + 9) == (long)(info.totalram * info.mem_unit / 1024));
	HOLDS(load("/proc/uptime") > 0 && labs(atol(text) - (long)info.uptime) < 100);
	HOLDS(load("/proc/loadavg") > 0 && strchr(text, '/'));
	HOLDS(load("/proc/stat") > 0 && !strncmp(text, "cpu  ", 5) && strstr(text, "\ncpu0 "));
	HOLDS(field("/proc/stat", "btime") > 0);
	HOLDS(load("/proc/cpuinfo") > 0 && strstr(text, "processor"));
	HOLDS(load("/proc/mounts") > 0 && strstr(text, " / "));
	HOLDS(load("/proc/filesystems") > 0 && strstr(text, "tmpfs"));
	HOLDS(load("/proc/version") > 0 && !strncmp(text, "Linux version ", 14));
	HOLDS(uname(&name) == 0 && load("/proc/sys/kernel/osrelease") > 0);
	snprintf(expected, sizeof(expected), "%s\n", "Linux");
	HOLDS(load("/proc/sys/kernel/ostype") > 0 && !strcmp(text, expected));
	HOLDS(load("/proc/sys/kernel/pid_max") > 0 && atoi(text) >= 32768);
	HOLDS(load("/proc/sys/vm/overcommit_memory") > 0);
	HOLDS(sysconf(_SC_NPROCESSORS_ONLN) >= 1 &&
	      sysconf(_SC_NPROCESSORS_CONF) >= sysconf(_SC_NPROCESSORS_ONLN));
	HOLDS(load("/sys/devices/system/cpu/online") > 0 && text[0] == '0');
	HOLDS(load("/sys/devices/system/cpu/possible") > 0);
	DONE(open("/proc/meminfo", O_RDWR | O_CREAT | O_EXCL, 0600));
	DONE(mkdir("/proc/self", 0755));
}

int main(int argc, char **argv)
{
	(void)argc;
	check_self(argv);
	check_files();
	check_threads();
	check_machine();
	return 0;
}
