/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See console.h. Owns the lock of the UART, which keeps lines of several cores apart.
 */
#include <tests/guest/runtime/console.h>

#include <bulkhead/ffa.h>
#include <bulkhead/log.h>
#include <bulkhead/smccc.h>
#include <lib/arch/arm64/spinlock.h>
#include <lib/fmt.h>
#include <lib/string.h>
#include <tests/guest/runtime/call.h>
#include <tests/guest/runtime/guest.h>

#define LINE_MAX 400
#define UART_DR  0x00
#define UART_FR  0x18
#define FR_TXFF  (1u << 5)

static struct spinlock uart_lock;

static void uart_write(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		while (mmio_read32(guest.uart.start + UART_FR) & FR_TXFF)
			cpu_relax();
		mmio_write32(guest.uart.start + UART_DR, (uint8_t)text[i]);
	}
}

static void log_write(const char *text, size_t length)
{
	while (length) {
		size_t part = length < FFA_CONSOLE_LOG_64_MAX ? length : FFA_CONSOLE_LOG_64_MAX;
		uint64_t words[6] = {0};

		memcpy(words, text, part);
		call(FFA_CONSOLE_LOG_64, part, words[0], words[1], words[2], words[3], words[4],
		     words[5]);
		text += part;
		length -= part;
	}
}

static void line_write(const char *before, const char *format, va_list args)
{
	char line[LINE_MAX];
	size_t length = fmt_print(line, sizeof(line), "%s", before);

	length += fmt_vprint(line + length, sizeof(line) - length - 1, format, args);
	length = length < sizeof(line) - 2 ? length : sizeof(line) - 2;
	fmt_sanitize(line, length);
	line[length++] = '\n';
	if (!guest.primary) {
		log_write(line, length);
		return;
	}
	spin_lock(&uart_lock);
	uart_write(line, length);
	spin_unlock(&uart_lock);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_write("", format, args);
	va_end(args);
}

void guest_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line_write("not ok runtime: ", format, args);
	va_end(args);
	if (guest.primary)
		log_print();
	guest_off();
}

void guest_off(void)
{
	psci(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		wfi();
}

void log_print(void)
{
	const struct bh_log *log = (const struct bh_log *)guest.log.start;
	uint64_t end = __atomic_load_n(&log->written, __ATOMIC_ACQUIRE);
	uint64_t at = end > log->size ? end - log->size : 0;

	spin_lock(&uart_lock);
	for (bool fresh = true; at < end; at++) {
		char c = log->text[at & (log->size - 1)];

		if (fresh)
			uart_write("# ", 2);
		uart_write(&c, 1);
		fresh = c == '\n';
	}
	spin_unlock(&uart_lock);
}
