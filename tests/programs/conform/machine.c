/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine as a whole: names, memory, random bytes, turning off; numbers that are no call.
 */
#include "conform.h"
#include <linux/random.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

CONFORM(machine, "uname sysinfo getrandom reboot");

static void conform_machine(void)
{
	struct utsname name;
	struct sysinfo info;
	static char bytes[1 << 16], zero[256];

	VALUE(SYS(uname, &name));
	printf("%s %s\n", name.sysname, name.machine);
	HOLDS(name.release[0] >= '5');
	BAD_WRITE(p, SYS(uname, p));
	VALUE(SYS(sysinfo, &info));
	HOLDS(info.totalram > 0 && info.freeram > 0 && info.freeram < info.totalram);
	HOLDS(info.procs > 0 && info.uptime >= 0 && info.mem_unit > 0);
	BAD_WRITE(p, SYS(sysinfo, p));
	VALUE(SYS(getrandom, bytes, 0L, 0));
	VALUE(SYS(getrandom, bytes, 256L, 0));
	HOLDS(memcmp(bytes, zero, 256) != 0);
	VALUE(SYS(getrandom, bytes, sizeof(bytes), GRND_NONBLOCK));
	HOLDS(memcmp(bytes + sizeof(bytes) - 256, zero, 256) != 0);
	VALUE(SYS(getrandom, bytes, 8L, GRND_RANDOM));
	VALUE(SYS(getrandom, bytes, 8L, GRND_INSECURE));
	VALUE(SYS(getrandom, bytes, 8L, GRND_INSECURE | GRND_RANDOM));
	VALUE(SYS(getrandom, bytes, 8L, 8));
	BAD_WRITE(p, SYS(getrandom, p, 64L, 0));
	VALUE(SYS(reboot, 0, 0, 0, NULL));
	VALUE(SYS(reboot, 0xfee1dead, 0, 0, NULL));
	VALUE(SYS(reboot, 0xfee1dead, 672274793, 0x12345, NULL));
	VALUE(syscall(-1L));
	VALUE(syscall(999L));
	VALUE(syscall(100000L));
}
