/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What happened on the node. Each event also is a line of the log.
 */
#include <stdarg.h>
#include <string.h>
#include <user/events.h>
#include <user/io.h>

static struct answer_event events[EVENTS_KEPT];
static uint64_t count;

void event_add(const struct enclaves *enclaves, const struct enclave *enclave, const char *format,
	       ...)
{
	struct answer_event *event = &events[count % EVENTS_KEPT];
	va_list args;

	*event = (struct answer_event){
		.number = ++count,
		.ticks = enclaves->layer->now(),
		.counter_hz = enclaves->layer->counter_hz,
	};
	if (enclave != NULL) {
		event->id = enclave->id;
		memcpy(event->name, enclave->config.name, sizeof(event->name));
	}
	va_start(args, format);
	(void)vsnprintf(event->text, sizeof(event->text), format, args);
	va_end(args);
	io_log("control: %s: %s\n", enclave != NULL ? event->name : "node", event->text);
}

const char *fault_words(uint32_t cause)
{
	static const char *const words[BH_FAULT_CAUSES] = {
#define X(cause, name, words) [cause] = (words),
		BH_FAULT_WORDS(X)
#undef X
	};

	return cause < BH_FAULT_CAUSES ? words[cause] : "for an unlisted reason";
}

const struct answer_event *event_get(uint64_t number)
{
	if (number == 0)
		number = 1;
	if (count > EVENTS_KEPT && number <= count - EVENTS_KEPT)
		number = count - EVENTS_KEPT + 1;
	return number <= count ? &events[(number - 1) % EVENTS_KEPT] : NULL;
}
