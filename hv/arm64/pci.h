/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine's PCI host bridge, as far as the hypervisor needs it: bus 0 of a generic ECAM bridge. Functions that no VM was given
 * neither decode addresses nor master the bus; the login VM reaches the configuration pages of its own functions only.
 */
#ifndef HV_ARM64_PCI_H
#define HV_ARM64_PCI_H

#include <bulkhead/types.h>
#include <hv/arm64/limits.h>
#include <lib/range.h>

#define PCI_LINES_MAX 32

/* A legacy interrupt line as the bridge's interrupt-map has it: of (device & mask), pin 1 to 4 */
struct pci_line {
	uint16_t function; /* device << 3 */
	uint8_t pin;
	uint32_t intid;
};

struct pci {
	struct range ecam;   /* configuration space of bus 0; start == end: no bridge */
	struct range window; /* CPU addresses for BARs, bus address = CPU address */
	bool coherent;
	uint16_t mask; /* of a function's bits that struct pci_line.function is compared under */
	unsigned line_count;
	struct pci_line lines[PCI_LINES_MAX];
	uint64_t ready; /* virtual counter: when functions that are being reset may be touched */
};

extern struct pci pci;

struct vm;
struct manifest_vm;

/* Reads the bridge from the machine's device tree; one that is not understood is none. */
void pci_read(const void *fdt);
/* Turns address decoding, bus mastering and interrupts of all functions of bus 0 off. */
void pci_silence(void);
/*
 * The same, and they forget what a driver told them, as far as they know how to (function level reset): a driver that turns bus mastering on
 * before it looks at a device finds one that does nothing. False: it is not yet over, which takes 100 ms.
 */
void pci_reset_begin(void);
bool pci_reset_end(void);
/*
 * Maps a login VM's functions and the window, and notes their interrupts in vm->devices. Elsewhere in configuration space its reads answer
 * all ones and its writes are dropped. Ends the boot when there is no such function.
 */
void pci_assign(struct vm *vm, const struct manifest_vm *m);

#endif
