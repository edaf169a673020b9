/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PCI functions that the login VM was not given: not there, whatever it writes to their registers. And those that it was given are nobody
 * else's.
 */
#include <tests/guest/runtime/check.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/pci.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>

#define TRIES 4096u

/* out: the id of the given function, of the other, of the bridge; functions that answer; what its own BAR holds when written */
static void found_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	out[0] = pci_read(PCI_GIVEN, PCI_ID);
	out[1] = pci_read(PCI_OTHER, PCI_ID);
	out[2] = pci_read(PCI_BRIDGE, PCI_ID);
	for (uint32_t function = 0; function < PCI_FUNCTIONS; function++)
		out[3] += pci_read(function, PCI_ID) != PCI_NOTHING;
	pci_write(PCI_GIVEN, PCI_BAR_DMA, (uint32_t)guest.window.start);
	out[4] = pci_read(PCI_GIVEN, PCI_BAR_DMA) & ~0xFu;
}

/* Every register of what it was not given, by every size; out[0]: reads that say something */
static void others_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	uint64_t at = guest.ecam + in[0] * 4096;

	for (uint64_t i = 0; i < TRIES; i += 4) {
		out[0] += mmio_read32(at + i) != PCI_NOTHING;
		mmio_write32(at + i, (uint32_t)in[1]);
		out[0] += mmio_read32(at + i) != PCI_NOTHING;
		out[0] += mmio_read8(at + i + 1) != 0xFF;
		mmio_write8(at + i + 1, 0xFF);
	}
}

/* Has the other function's BAR put at in[0], had it been reached; out: what the window shows there, and of its own function, put there */
static void bar_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	pci_write(PCI_OTHER, PCI_BAR_DMA, (uint32_t)in[0]);
	pci_write(PCI_OTHER, PCI_BAR_DMA + 4, 0);
	pci_write(PCI_OTHER, PCI_COMMAND, PCI_DECODES | PCI_MASTERS);
	out[0] = mmio_read32(in[0]);
	pci_write(PCI_GIVEN, PCI_BAR_DMA, (uint32_t)in[0]);
	pci_write(PCI_GIVEN, PCI_BAR_DMA + 4, 0);
	pci_write(PCI_GIVEN, PCI_COMMAND, PCI_DECODES);
	out[1] = mmio_read32(in[0]);
	pci_write(PCI_GIVEN, PCI_COMMAND, 0);
}

GUEST_TEST(wall_pci)
{
	struct peer *peer = peer_take();
	struct remote r = remote_call(peer, found_serve, 0, 0, 0, 0);

	check(r.end == REMOTE_DONE && r.out[0] == PCI_ID_VIRTIO_RNG && r.out[4] >> 28 == 1,
	      "the login VM finds its function, and its BAR");
	check(r.out[1] == PCI_NOTHING && r.out[2] == PCI_NOTHING && r.out[3] == 1,
	      "and no other of %u", PCI_FUNCTIONS);
	for (uint64_t value = 0; value < 2; value++) {
		r = remote_call(peer, others_serve, PCI_OTHER, value - 1, 0, 0);
		check(r.end == REMOTE_DONE && r.out[0] == 0,
		      "registers of another function stay absent, written with %x",
		      (unsigned)(value - 1));
		r = remote_call(peer, others_serve, PCI_BRIDGE, value - 1, 0, 0);
		check(r.end == REMOTE_DONE && r.out[0] == 0, "so do the bridge's");
	}
	r = remote_call(peer, bar_serve, UINT64_C(0x10000000), 0, 0, 0);
	check(r.end == REMOTE_DONE && r.out[0] == PCI_NOTHING,
	      "another function does not decode what the login VM names");
	check(r.out[1] != PCI_NOTHING, "as its own does");
	r = remote_call(peer, found_serve, 0, 0, 0, 0);
	check(r.end == REMOTE_DONE && r.out[0] == PCI_ID_VIRTIO_RNG && r.out[3] == 1,
	      "its function is as before");
}
