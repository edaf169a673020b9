/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine as a whole: uname, sysinfo, getrandom, reboot.
 */
#include <arch/elf_machine.h>
#include <assert.h>
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/log.h>
#include <lwk/process_view.h>
#include <lwk/random.h>
#include <lwk/role.h>
#include <lwk/syscall.h>
#include <lwk/uname.h>

#define NAME_SIZE 65

struct linux_utsname {
	char sysname[NAME_SIZE];
	char nodename[NAME_SIZE];
	char release[NAME_SIZE];
	char version[NAME_SIZE];
	char machine[NAME_SIZE];
	char domain[NAME_SIZE];
};

static long sys_uname(const uint64_t *args)
{
	static const struct linux_utsname name = {
		.sysname = UNAME_SYSTEM,
		.nodename = UNAME_NODE,
		.release = UNAME_RELEASE,
		.version = UNAME_VERSION,
		.machine = ARCH_MACHINE_NAME,
		.domain = UNAME_DOMAIN,
	};

	return copy_to_user(UADDR(args[0]), &name, sizeof(name));
}
SYSCALL(NR_uname, sys_uname);

#define LOAD_SHIFT 16 /* a fixed-point number */

struct linux_sysinfo {
	int64_t uptime; /* s */
	uint64_t loads[3];
	uint64_t total_ram;
	uint64_t free_ram;
	uint64_t shared_ram;
	uint64_t buffer_ram;
	uint64_t total_swap;
	uint64_t free_swap;
	uint16_t processes;
	uint16_t pad;
	uint32_t pad2;
	uint64_t total_high;
	uint64_t free_high;
	uint32_t unit;
	uint32_t pad3;
};
static_assert(sizeof(struct linux_sysinfo) == 112, "struct sysinfo");

static long sys_sysinfo(const uint64_t *args)
{
	uint64_t load = (uint64_t)process_runnable_count() << LOAD_SHIFT;
	const struct linux_sysinfo info = {
		.uptime = (int64_t)(time_boot_ns() / NS_PER_SECOND),
		.loads = {load, load, load}, /* of this moment */
		.total_ram = page_total_count() * PAGE_SIZE,
		.free_ram = page_free_count() * PAGE_SIZE,
		.processes = (uint16_t)process_count(),
		.unit = 1,
	};

	return copy_to_user(UADDR(args[0]), &info, sizeof(info));
}
SYSCALL(NR_sysinfo, sys_sysinfo);

#define GRND_MASK     7u
#define GRND_RANDOM   2u
#define GRND_INSECURE 4u
#define RANDOM_MAX    (UINT64_C(1) << 25) /* a call gives no more, as on Linux */
#define RANDOM_STEP   256u

static long sys_getrandom(const uint64_t *args)
{
	uint64_t size = args[1] < RANDOM_MAX ? args[1] : RANDOM_MAX;
	uint8_t bytes[RANDOM_STEP];

	if (args[2] & ~(uint64_t)GRND_MASK ||
	    (args[2] & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	for (uint64_t done = 0; done < size;) {
		uint64_t piece = size - done < RANDOM_STEP ? size - done : RANDOM_STEP;

		random_fill(bytes, piece);
		if (copy_to_user(UADDR(args[0] + done), bytes, piece) != 0)
			return done ? (long)done : -EFAULT;
		done += piece;
	}
	return (long)size;
}
SYSCALL(NR_getrandom, sys_getrandom);

#define REBOOT_MAGIC1    0xfee1deadu
#define REBOOT_MAGIC2    672274793u
#define REBOOT_HALT      0xcdef0123u
#define REBOOT_POWER_OFF 0x4321fedcu

static long sys_reboot(const uint64_t *args)
{
	uint32_t command = (uint32_t)args[2];

	if ((uint32_t)args[0] != REBOOT_MAGIC1 || (uint32_t)args[1] != REBOOT_MAGIC2)
		return -EINVAL;
	if (command != REBOOT_POWER_OFF && command != REBOOT_HALT)
		return -EINVAL;
	/* not for jobs */
	if (process_current()->parent)
		return -EPERM;
	log_info("power off");
	role->power_off();
	return -EIO;
}
SYSCALL(NR_reboot, sys_reboot);
