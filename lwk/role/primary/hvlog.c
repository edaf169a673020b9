/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /dev/hvlog: new text of the hypervisor's log (bulkhead/log.h). One reader; what was overwritten before it was read is
 * lost, and says so.
 */
#include <role/primary/vm.h>

#include <arch/mmu.h>
#include <bulkhead/dt.h>
#include <bulkhead/log.h>
#include <lib/fmt.h>
#include <lwk/device.h>
#include <lwk/dt.h>
#include <lwk/errno.h>

static struct bh_log *log;
static uint32_t log_size;
static uint64_t log_read;
static struct mutex lock = MUTEX_INIT(lock);

static long lost_report(const struct io_buffer *to, uint64_t lost)
{
	char text[64];
	size_t length = fmt_print(text, sizeof(text), "(%llu bytes of the hypervisor's log lost)\n",
				  (unsigned long long)lost);

	length = length < to->size ? length : to->size;
	return io_buffer_put(to, 0, text, length) ? -EFAULT : (long)length;
}

static long text_copy(const struct io_buffer *to, uint64_t written)
{
	size_t done = 0;

	while (done < to->size && log_read < written) {
		uint32_t at = (uint32_t)(log_read & (log_size - 1));
		uint64_t n = written - log_read;

		n = n < log_size - at ? n : log_size - at;
		n = n < to->size - done ? n : to->size - done;
		if (io_buffer_put(to, done, log->text + at, n))
			return -EFAULT;
		done += n;
		log_read += n;
	}
	return (long)done;
}

static long hvlog_read(void *device, const struct io_buffer *to, uint64_t offset, unsigned flags)
{
	uint64_t written;
	long result;

	(void)device, (void)offset, (void)flags;
	mutex_lock(&lock);
	written = __atomic_load_n(&log->written, __ATOMIC_ACQUIRE);
	if (written - log_read > log_size) {
		result = lost_report(to, written - log_read - log_size);
		log_read = written - log_size;
	} else {
		result = text_copy(to, written);
	}
	mutex_unlock(&lock);
	return result;
}

static const struct device_ops hvlog_ops = {.read = hvlog_read};

int hvlog_register(void)
{
	int node = dt_find_compatible(-1, DT_LOG_COMPATIBLE);
	struct dt_reg reg;

	if (!dt_reg(node, 0, &reg) || reg.size < sizeof(*log))
		return -ENODEV;
	log = memory_map(reg.base, reg.size);
	if (!log)
		return -ENOMEM;
	log_size = log->size;
	if (log_size == 0 || (log_size & (log_size - 1)) || log_size > reg.size - sizeof(*log))
		return -EINVAL;
	return device_register("/dev/hvlog", &hvlog_ops, NULL);
}
