/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PL011 (DDI 0183). Speed and format stay as the firmware left them. Output is polled; input comes
 * by interrupt into a buffer, and when that is full the receive interrupt is masked until somebody
 * reads, so that the FIFO fills and the sender waits. tx_lock keeps what is written in one call
 * together; rx_lock guards the buffer. Both with interrupts masked.
 */
#include <arch/mmu.h>
#include <lib/arch/arm64/sysreg.h>
#include <lwk/dt.h>
#include <lwk/errno.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/spinlock.h>
#include <lwk/uart.h>
#include <string.h>

#define UART_DR   0x00u
#define UART_FR   0x18u
#define UART_CR   0x30u
#define UART_IMSC 0x38u
#define UART_ICR  0x44u
#define UART_LCRH 0x2cu

#define FR_RX_EMPTY (1u << 4)
#define FR_TX_FULL  (1u << 5)
#define FR_TX_EMPTY (1u << 7)
#define INT_RX      (1u << 4)
#define INT_TIMEOUT (1u << 6)
#define INT_INPUT   (INT_RX | INT_TIMEOUT)
#define CR_ENABLE   0x301u /* UARTEN, TXE, RXE */
#define LCRH_8_FIFO 0x70u

#define BUFFER_SIZE 8192u
#define FIFO_SIZE   16u /* of the oldest revision */

static uint64_t base;
static int node_found = -1;
static struct spinlock tx_lock, rx_lock;
static uint8_t buffer[BUFFER_SIZE];
static uint32_t head, tail; /* bytes put and taken, ever */
static bool is_masked;
struct wait_queue uart_readable = WAIT_QUEUE_INIT(uart_readable);

static int find_node(void)
{
	const char *path = NULL;
	int node, chosen = dt_find_path("/chosen");

	if (chosen >= 0)
		path = dt_string(chosen, "stdout-path");
	node = path ? dt_find_path(path) : -1;
	if (node >= 0 && dt_is_compatible(node, "arm,pl011"))
		return node;
	return dt_find_compatible(-1, "arm,pl011");
}

int uart_init(void)
{
	struct dt_reg reg;

	node_found = find_node();
	if (node_found < 0 || !dt_reg(node_found, 0, &reg))
		return -ENODEV;
	base = (uint64_t)io_map(reg.base, reg.size);
	if (!base)
		return -ENOMEM;
	mmio_write32(base + UART_IMSC, 0);
	mmio_write32(base + UART_LCRH, LCRH_8_FIFO);
	mmio_write32(base + UART_CR, CR_ENABLE);
	return 0;
}

static void bytes_out(const uint8_t *bytes, size_t size)
{
	size_t room = 0; /* in the FIFO, for sure */

	for (size_t i = 0; i < size; i++, room--) {
		while (room == 0) {
			uint32_t state = mmio_read32(base + UART_FR);

			if (state & FR_TX_EMPTY)
				room = FIFO_SIZE;
			else if (!(state & FR_TX_FULL))
				room = 1;
			else
				cpu_relax();
		}
		mmio_write32(base + UART_DR, bytes[i]);
	}
}

void uart_write(const void *a, size_t a_size, const void *b, size_t b_size)
{
	bool is_locked = !panic_is_active(); /* the lock's holder may have been stopped */
	uint64_t flags = arch_irq_save();

	if (is_locked)
		spin_lock(&tx_lock);
	bytes_out(a, a_size);
	bytes_out(b, b_size);
	if (is_locked)
		spin_unlock(&tx_lock);
	arch_irq_restore(flags);
}

/*
 * Moves what the FIFO holds into the buffer; true when there was something. What does not fit stays there with the interrupt masked: it
 * does not come again for bytes that were there when it was cleared. Caller holds rx_lock.
 */
static bool fifo_drain(void)
{
	bool has_come = false;

	mmio_write32(base + UART_ICR, INT_INPUT);
	is_masked = false;
	while (!(mmio_read32(base + UART_FR) & FR_RX_EMPTY)) {
		if (head - tail == BUFFER_SIZE) {
			is_masked = true;
			break;
		}
		buffer[head++ % BUFFER_SIZE] = (uint8_t)mmio_read32(base + UART_DR);
		has_come = true;
	}
	mmio_write32(base + UART_IMSC, is_masked ? 0 : INT_INPUT);
	return has_come;
}

static void uart_interrupt(void *arg)
{
	bool has_come;

	(void)arg;
	spin_lock(&rx_lock);
	has_come = fifo_drain();
	spin_unlock(&rx_lock);
	if (has_come)
		wait_queue_wake_all(&uart_readable);
}

size_t uart_read(void *to, size_t size)
{
	uint64_t flags = spin_lock_irq(&rx_lock);
	uint8_t *out = to;
	size_t done = 0;

	while (done < size && tail != head)
		out[done++] = buffer[tail++ % BUFFER_SIZE];
	if (is_masked && done > 0)
		fifo_drain();
	spin_unlock_irq(&rx_lock, flags);
	return done;
}

bool uart_has_input(void)
{
	return __atomic_load_n(&head, __ATOMIC_RELAXED) != __atomic_load_n(&tail, __ATOMIC_RELAXED);
}

int uart_start_input(void)
{
	unsigned irq;

	if (!interrupt_of_node(node_found, 0, &irq))
		return -ENODEV;
	interrupt_register(irq, uart_interrupt, NULL);
	mmio_write32(base + UART_IMSC, INT_INPUT);
	irqchip->enable(irq);
	return 0;
}
