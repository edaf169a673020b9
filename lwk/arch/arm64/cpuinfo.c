/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /proc/cpuinfo and the files of a core in /sys, as Linux prints them on arm64. All cores are taken to be of the boot core's kind.
 */
#include <arch/cpu.h>
#include <lib/arch/arm64/sysreg.h>
#include <lib/fmt.h>
#include <lwk/core.h>
#include <lwk/sysinfo.h>

#define BOGO \
	500000 /* Linux counts two of its delay loops a tick of the counter as an instruction each */

/* by bit of HWCAP */
static const char *const features[] = {
	"fp",      "asimd", "evtstrm", "aes",   "pmull",    "sha1",   "sha2", "crc32",
	"atomics", "fphp",  "asimdhp", "cpuid", "asimdrdm", "jscvt",  "fcma", "lrcpc",
	"dcpop",   "sha3",  "sm3",     "sm4",   "asimddp",  "sha512", "sve",  "asimdfhm",
	"dit",     "uscat", "ilrcpc",  "flagm", "ssbs",     "sb",
};

static void features_print(struct text *text)
{
	uint64_t bits = cpu_hwcap();

	text_print(text, "Features\t:");
	for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
		if (bits >> i & 1)
			text_print(text, " %s", features[i]);
	}
	text_print(text, "\n");
}

void arch_print_cpuinfo(struct text *text)
{
	uint64_t midr = sysreg_read(midr_el1), hz = sysreg_read(cntfrq_el0);

	for (unsigned i = 0; i < core_count; i++) {
		text_print(text, "processor\t: %u\n", i);
		text_print(text, "BogoMIPS\t: %lu.%02lu\n", hz / BOGO, hz % BOGO / (BOGO / 100));
		features_print(text);
		text_print(text, "CPU implementer\t: 0x%02lx\nCPU architecture: 8\n",
			   midr >> 24 & 0xff);
		text_print(text,
			   "CPU variant\t: 0x%lx\nCPU part\t: 0x%03lx\nCPU revision\t: %lu\n\n",
			   midr >> 20 & 0xf, midr >> 4 & 0xfff, midr & 0xf);
	}
}

static void print_midr(struct text *text, void *unused)
{
	(void)unused;
	text_print(text, "0x%016lx\n", sysreg_read(midr_el1));
}

static void print_revidr(struct text *text, void *unused)
{
	(void)unused;
	text_print(text, "0x%016lx\n", sysreg_read(revidr_el1));
}

int arch_register_core_files(const char *path)
{
	char file[96];
	int error;

	fmt_print(file, sizeof(file), "%s/regs/identification/midr_el1", path);
	error = text_file_register(file, print_midr, NULL);
	fmt_print(file, sizeof(file), "%s/regs/identification/revidr_el1", path);
	return error ? error : text_file_register(file, print_revidr, NULL);
}
