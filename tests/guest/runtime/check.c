/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See check.h. The counts are atomic: any core of the primary may check.
 */
#include <tests/guest/runtime/check.h>

#include <lib/fmt.h>
#include <stdarg.h>
#include <tests/guest/runtime/console.h>

#define NAME_MAX 160

static uint32_t passed, failed;

bool verdict_add(struct verdict *verdict, bool condition, const char *why, ...)
{
	va_list args;

	if (condition || verdict->failed)
		return condition;
	verdict->failed = true;
	va_start(args, why);
	fmt_vprint(verdict->why, sizeof(verdict->why), why, args);
	va_end(args);
	return false;
}

static bool line_print(bool ok, const char *why, const char *name, va_list args)
{
	char text[NAME_MAX];

	fmt_vprint(text, sizeof(text), name, args);
	__atomic_fetch_add(ok ? &passed : &failed, 1, __ATOMIC_RELAXED);
	if (ok)
		say("ok %s", text);
	else
		say("not ok %s: %s", text, why);
	return ok;
}

bool conclude(const struct verdict *verdict, const char *name, ...)
{
	va_list args;
	bool ok;

	va_start(args, name);
	ok = line_print(!verdict->failed, verdict->why, name, args);
	va_end(args);
	return ok;
}

bool check(bool condition, const char *name, ...)
{
	va_list args;

	va_start(args, name);
	line_print(condition, "it is not so", name, args);
	va_end(args);
	return condition;
}

bool check_is(uint64_t got, uint64_t wanted, const char *name, ...)
{
	char why[80];
	va_list args;

	fmt_print(why, sizeof(why), "%#llx, not %#llx", (unsigned long long)got,
		  (unsigned long long)wanted);
	va_start(args, name);
	line_print(got == wanted, why, name, args);
	va_end(args);
	return got == wanted;
}

void checks_finish(void)
{
	say("done %u passed %u failed", passed, failed);
}
