/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Log ring and last words. Owns the log lock, which is innermost. The UART belongs to the primary: only log_fatal writes
 * to it, when nobody else will any more.
 */
#include <hv/arm64/log.h>

#include <bulkhead/smccc.h>
#include <hv/arm64/limits.h>
#include <hv/arm64/platform.h>
#include <hv/arm64/smc.h>
#include <lib/arch/arm64/spinlock.h>
#include <lib/fmt.h>
#include <stdarg.h>
#include <string.h>

#define LINE_MAX   256
#define EARLY_SIZE 2048 /* a power of two */

/* PL011 (Arm DDI 0183) */
#define UART_DR   0x00
#define UART_FR   0x18
#define UART_BUSY (1u << 5) /* FR.TXFF */

static struct spinlock log_lock;
static struct {
	struct bh_log header;
	char text[EARLY_SIZE];
} early = {.header = {.size = EARLY_SIZE}};
static struct bh_log *log = &early.header;

/* the line that each VM has not finished, by id - 1 */
static struct {
	char text[128];
	size_t length;
} lines[MAX_VMS];

static void ring_put(const char *text, size_t length)
{
	uint64_t at = log->written;

	for (size_t i = 0; i < length; i++)
		log->text[(at + i) & (log->size - 1)] = text[i];
	__atomic_store_n(&log->written, at + length, __ATOMIC_RELEASE);
}

static size_t line_format(char *line, const char *format, va_list args)
{
	size_t length = fmt_vprint(line, LINE_MAX - 1, format, args);

	length = length < LINE_MAX - 2 ? length : LINE_MAX - 2;
	fmt_sanitize(line, length);
	line[length++] = '\n';
	return length;
}

void log_line(const char *format, ...)
{
	char line[LINE_MAX];
	size_t length;
	va_list args;

	va_start(args, format);
	length = line_format(line, format, args);
	va_end(args);
	spin_lock(&log_lock);
	ring_put(line, length);
	spin_unlock(&log_lock);
}

void log_guest(uint16_t vm, const char *text, size_t length)
{
	char prefix[16];
	size_t prefix_length = fmt_print(prefix, sizeof(prefix), "vm %u: ", vm);

	spin_lock(&log_lock);
	for (size_t i = 0; i < length; i++) {
		char *line = lines[vm - 1].text;
		size_t *used = &lines[vm - 1].length;

		line[(*used)++] = text[i];
		if (text[i] != '\n' && *used < sizeof(lines[0].text) - 1)
			continue;
		if (text[i] != '\n')
			line[(*used)++] = '\n';
		fmt_sanitize(line, *used);
		ring_put(prefix, prefix_length);
		ring_put(line, *used);
		*used = 0;
	}
	spin_unlock(&log_lock);
}

void log_forget(uint16_t vm)
{
	spin_lock(&log_lock);
	lines[vm - 1].length = 0;
	spin_unlock(&log_lock);
}

void log_init(pa_t ring)
{
	struct bh_log *new = (struct bh_log *)ring.v;
	uint64_t pending = log->written < EARLY_SIZE ? log->written : EARLY_SIZE;

	/* the largest power of two that leaves room for the header */
	new->size = BH_LOG_REGION_SIZE / 2;
	new->magic = BH_LOG_MAGIC;
	log = new;
	ring_put(early.text, pending);
}

static void uart_write(const char *text, size_t length)
{
	if (platform.uart.end == platform.uart.start)
		return;
	for (size_t i = 0; i < length; i++) {
		while (mmio_read32(platform.uart.start + UART_FR) & UART_BUSY)
			cpu_relax();
		mmio_write32(platform.uart.start + UART_DR, (uint8_t)text[i]);
	}
}

void log_fatal(const char *format, ...)
{
	char line[LINE_MAX];
	size_t length;
	va_list args;

	va_start(args, format);
	length = line_format(line, format, args);
	va_end(args);
	ring_put(line, length);
	uart_write("\nbulkhead: ", 11);
	uart_write(line, length);
	smc_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		wfi();
}
