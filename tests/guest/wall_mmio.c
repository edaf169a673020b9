/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Devices that the manifest did not give, at their places on the emulated board virt.
 */
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/space.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>

struct device {
	const char *name;
	uint64_t at;
	unsigned gic; /* 0: on every board */
};

static const struct device devices[] = {
	{"the flash", 0x0, 0},
	{"the GIC's CPU interface", 0x08010000, 2},
	{"the GIC's hypervisor control (GICH)", 0x08030000, 2},
	{"the ITS", 0x08080000, 3},
	{"the real-time clock", 0x09010000, 0},
	{"fw_cfg", 0x09020008, 0},
	{"the GPIO controller", 0x09030000, 0},
	{"virtio-mmio", 0x0A000000, 0},
	{"the platform bus", 0x0C000000, 0},
	{"PCIe I/O ports", 0x3EFF0000, 0},
	{"PCIe memory above 4 GiB", UINT64_C(0x8000000000), 0},
};

/* what the login VM has, or what is emulated for it */
static const struct device devices_of_login[] = {
	{"the GIC's distributor", 0x08000000, 0},
	{"the GIC's redistributor", 0x080A0000, 3},
	{"the redistributor's SGI frame", 0x080B0000, 3},
	{"PCIe memory", 0x10000000, 0},
	{"the PCIe configuration space", UINT64_C(0x4010000000), 0},
	{"the registers of a PCI function", UINT64_C(0x4010008000), 0},
};

static void device_try(const struct device *device, void (*by)(const struct attack *))
{
	struct attack read = attack_memory("reads", op_read, device->name, device->at, device->at,
					   CAUSE(MEMORY_READ));
	struct attack write = attack_memory("writes", op_write, device->name, device->at,
					    device->at, CAUSE(MEMORY_WRITE));

	by(&read);
	by(&write);
}

static void devices_try(const struct device *list, size_t count, void (*by)(const struct attack *))
{
	for (size_t i = 0; i < count; i++)
		if (!list[i].gic || list[i].gic == guest.gic_version)
			device_try(&list[i], by);
}

static void by_secondary(const struct attack *attack)
{
	attack_by_secondary(attack);
}

GUEST_TEST(wall_mmio)
{
	static const struct device uart = {"the console", 0x09000000, 0};
	static const struct device execute = {"the GIC's distributor", 0x08000000, 0};
	struct attack attack = attack_memory("executes", op_execute, execute.name,
					     NORMAL_ALIAS + execute.at, execute.at,
					     CAUSE(MEMORY_EXEC));

	victim_start();
	devices_try(devices, ARRAY_SIZE(devices), attack_by_both);
	devices_try(devices_of_login, ARRAY_SIZE(devices_of_login), attack_by_both);
	device_try(&uart, by_secondary);
	attack_by_both(&attack);
}

static void by_login(const struct attack *attack)
{
	attack_by_login(attack);
}

/* In the frames that are emulated for it: what is no single load or store (docs/architecture.md) */
static void emulated_try(uint64_t at)
{
	struct attack attacks[] = {
		attack_memory("reads a pair in", op_read_pair, "its distributor", at, at,
			      CAUSE(MEMORY_READ)),
		attack_memory("writes a pair in", op_write_pair, "its distributor", at, at,
			      CAUSE(MEMORY_WRITE)),
		attack_memory("executes", op_execute, "its distributor", NORMAL_ALIAS + at, at,
			      CAUSE(MEMORY_EXEC)),
	};

	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++)
		attack_by_login(&attacks[i]);
}

/* Its own are the first function of PCI, the window, and frames of the interrupt controller. */
GUEST_TEST(wall_mmio_login)
{
	struct device beyond = {"what lies behind its distributor", 0x08001000, 2};
	struct device uart = {"the console", 0x09000000, 0};

	login_start();
	victim_start();
	devices_try(devices, ARRAY_SIZE(devices), by_login);
	if (guest.gic_version == 3)
		beyond.at = 0x080A0000 + login()->vcpus * 0x20000u;
	device_try(&beyond, by_login);
	device_try(&uart, by_login);
	emulated_try(0x08000000);
}
