/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * DMA by the login VM's device: a generator of random numbers (virtio 1.1, 5.4), which writes where its driver says. Nothing translates these
 * addresses yet, so that what this test asks for is not so: docs/threat-model.md. The login VM's own accesses to the same places fault.
 */
#include <tests/guest/runtime/check.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/pci.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>

#define LONG 5000000u /* microseconds */

#define CAP_VENDOR 9u /* virtio 1.1, 4.1.4 */
#define CAP_COMMON 1u
#define CAP_NOTIFY 2u

#define COMMON_FEATURE_SELECT 0x08u
#define COMMON_FEATURE        0x0Cu
#define COMMON_STATUS         0x14u
#define COMMON_QUEUE_SIZE     0x18u
#define COMMON_QUEUE_ENABLE   0x1Cu
#define COMMON_NOTIFY_OFF     0x1Eu
#define COMMON_QUEUE_DESC     0x20u
#define COMMON_QUEUE_DRIVER   0x28u
#define COMMON_QUEUE_DEVICE   0x30u
#define STATUS_DRIVER         3u
#define STATUS_FEATURES_OK    11u
#define STATUS_DRIVER_OK      15u

#define SLOTS      4u
#define DESC_WRITE 2u /* the device does */
#define BYTES      64u

/* a split virtqueue (2.6) */
static __attribute__((aligned(4096))) struct {
	struct {
		uint64_t address;
		uint32_t length;
		uint16_t flags, next;
	} desc[SLOTS];
	volatile uint16_t avail_flags, avail_index, avail[SLOTS];
	struct {
		volatile uint16_t flags, index;
		volatile uint32_t used[2 * SLOTS];
	} __attribute__((aligned(64))) device;
} queue;
static __attribute__((aligned(4096))) uint64_t buffer[512];

static void mmio_write16(uint64_t at, uint16_t value)
{
	__asm__ volatile("strh %w0, [%1]" ::"r"(value), "r"(at) : "memory");
}

static uint16_t mmio_read16(uint64_t at)
{
	uint16_t value;

	__asm__ volatile("ldrh %w0, [%1]" : "=r"(value) : "r"(at) : "memory");
	return value;
}

/* Where a structure of the device lies; *scale: the word behind its capability. */
static uint64_t structure_find(uint32_t type, uint32_t *scale)
{
	uint32_t at = pci_read(PCI_GIVEN, PCI_CAPS) & 0xFC;

	for (unsigned limit = 48; at && limit; limit--) {
		uint32_t head = pci_read(PCI_GIVEN, at);

		if ((head & 0xFF) == CAP_VENDOR && head >> 24 == type) {
			*scale = pci_read(PCI_GIVEN, at + 16);
			return guest.window.start + pci_read(PCI_GIVEN, at + 8);
		}
		at = head >> 8 & 0xFC;
	}
	return 0;
}

static void wide_write(uint64_t at, const volatile void *address)
{
	mmio_write32(at, (uint32_t)(uint64_t)address);
	mmio_write32(at + 4, (uint32_t)((uint64_t)address >> 32));
}

/* The device, with one queue; where it is told of buffers, or 0. */
static uint64_t device_start(void)
{
	uint32_t scale = 0;
	uint64_t common, notify;

	pci_write(PCI_GIVEN, PCI_BAR_DMA, (uint32_t)guest.window.start);
	pci_write(PCI_GIVEN, PCI_BAR_DMA + 4, 0);
	pci_write(PCI_GIVEN, PCI_COMMAND, PCI_DECODES | PCI_MASTERS);
	common = structure_find(CAP_COMMON, &scale);
	notify = structure_find(CAP_NOTIFY, &scale);
	if (!common || !notify)
		return 0;
	mmio_write8(common + COMMON_STATUS, 0);
	mmio_write8(common + COMMON_STATUS, STATUS_DRIVER);
	mmio_write32(common + COMMON_FEATURE_SELECT, 1);
	mmio_write32(common + COMMON_FEATURE, 1); /* VIRTIO_F_VERSION_1, nothing else */
	mmio_write8(common + COMMON_STATUS, STATUS_FEATURES_OK);
	mmio_write16(common + COMMON_QUEUE_SIZE, SLOTS);
	wide_write(common + COMMON_QUEUE_DESC, queue.desc);
	wide_write(common + COMMON_QUEUE_DRIVER, &queue.avail_flags);
	wide_write(common + COMMON_QUEUE_DEVICE, &queue.device);
	mmio_write16(common + COMMON_QUEUE_ENABLE, 1);
	mmio_write8(common + COMMON_STATUS, STATUS_DRIVER_OK);
	return notify + mmio_read16(common + COMMON_NOTIFY_OFF) * (uint64_t)scale;
}

/* in[0]: where the device is to write; out[0]: bytes that it says it has written */
static void dma_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	static uint64_t bell;
	uint16_t used = queue.device.index;

	bell = bell ? bell : device_start();
	if (!bell)
		return;
	queue.desc[0].address = in[0] ? in[0] : (uint64_t)buffer;
	queue.desc[0].length = BYTES;
	queue.desc[0].flags = DESC_WRITE;
	queue.avail_flags = 1; /* no interrupt */
	queue.avail[queue.avail_index % SLOTS] = 0;
	dsb(sy);
	queue.avail_index = (uint16_t)(queue.avail_index + 1);
	dsb(sy);
	mmio_write16(bell, 0);
	if (wait_until(queue.device.index != used, LONG))
		out[0] = queue.device.used[2 * (used % SLOTS) + 1];
	out[1] = buffer[0] | buffer[1];
}

static bool written(struct peer *peer, uint64_t at, uint64_t *word)
{
	struct remote r = remote_call(peer, dma_serve, at, 0, 0, 0);

	*word = r.out[1];
	return r.end == REMOTE_DONE && r.out[0] == BYTES;
}

GUEST_TEST(dma)
{
	static __attribute__((aligned(4096))) uint64_t own[512];
	struct verdict v = {0}, w = {0};
	struct attack attack;
	uint64_t word;

	login_start();
	victim_start();
	check(written(login(), 0, &word) && word, "the device writes the login VM's memory");
	attack = attack_memory("writes", op_write, "a secondary's memory", victim_address(),
			       victim_address(), CAUSE(MEMORY_WRITE));
	attack_by_login(&attack);
	attack = attack_memory("writes", op_write, "the primary's memory", (uint64_t)own,
			       (uint64_t)own, CAUSE(MEMORY_WRITE));
	attack_by_login(&attack);
	pattern_fill(own, ARRAY_SIZE(own), 1);
	written(login(), (uint64_t)own, &word);
	word = pattern_damage(own, ARRAY_SIZE(own), 1);
	VERIFY(&v, !word, "%llu words changed", (unsigned long long)word);
	conclude(&v, "the device does not reach the primary's memory");
	written(login(), victim_address(), &word);
	victim_verify(&w);
	conclude(&w, "the device does not reach a secondary's memory");
}
