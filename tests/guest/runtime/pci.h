/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PCI functions as this guest finds them in configuration space, which it must have (guest.ecam): the tests' machine has two devices, the
 * login VM the first of them. A function is device << 3 | number.
 */
#ifndef TESTS_GUEST_PCI_H
#define TESTS_GUEST_PCI_H

#include <lib/arch/arm64/sysreg.h>
#include <tests/guest/runtime/guest.h>

#define PCI_GIVEN     (1u << 3)
#define PCI_OTHER     (2u << 3)
#define PCI_BRIDGE    0u
#define PCI_FUNCTIONS 256u

#define PCI_ID            0x00u
#define PCI_COMMAND       0x04u
#define PCI_BAR           0x10u
#define PCI_BAR_DMA       (PCI_BAR + 4 * 4) /* of virtio: the structures that its capabilities name */
#define PCI_CAPS          0x34u
#define PCI_DECODES       2u
#define PCI_MASTERS       4u
#define PCI_NOTHING       0xFFFFFFFFu
#define PCI_ID_VIRTIO_RNG 0x10441AF4u

static inline uint32_t pci_read(uint32_t function, uint32_t offset)
{
	return mmio_read32(guest.ecam + function * UINT64_C(4096) + offset);
}

static inline void pci_write(uint32_t function, uint32_t offset, uint32_t value)
{
	mmio_write32(guest.ecam + function * UINT64_C(4096) + offset, value);
}

#endif
