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
	{"the GIC's distributor", 0x08000000, 0},
	{"the GIC's CPU interface", 0x08010000, 2},
	{"the GIC's hypervisor control (GICH)", 0x08030000, 2},
	{"the ITS", 0x08080000, 3},
	{"the GIC's redistributor", 0x080A0000, 3},
	{"the redistributor's SGI frame", 0x080B0000, 3},
	{"the real-time clock", 0x09010000, 0},
	{"fw_cfg", 0x09020008, 0},
	{"the GPIO controller", 0x09030000, 0},
	{"virtio-mmio", 0x0A000000, 0},
	{"the platform bus", 0x0C000000, 0},
	{"PCIe memory", 0x10000000, 0},
	{"PCIe I/O ports", 0x3EFF0000, 0},
	{"the PCIe configuration space", UINT64_C(0x4010000000), 0},
	{"PCIe memory above 4 GiB", UINT64_C(0x8000000000), 0},
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
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (!devices[i].gic || devices[i].gic == guest.gic_version)
			device_try(&devices[i], attack_by_both);
	device_try(&uart, by_secondary);
	attack_by_both(&attack);
}
