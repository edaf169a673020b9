/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /proc/cpuinfo as Linux prints it on x86-64. All cores are taken to be of the kind of the one that reads.
 */
#include <arch/boot.h>
#include <lib/arch/x86/cpu.h>
#include <lwk/core.h>
#include <lwk/sysinfo.h>
#include <string.h>

#define BRAND_LEAF 0x80000002u
#define SIZES_LEAF 0x80000008u

enum feature_word { LEAF1_EDX, LEAF1_ECX, LEAF7_EBX, EXT1_EDX, EXT1_ECX, FEATURE_WORDS };

/* by bit; NULL: not told of */
static const char *const features[FEATURE_WORDS][32] = {
	[LEAF1_EDX] = {"fpu",  "vme",   "de",   "pse",     "tsc",  "msr", "pae",  "mce",
		       "cx8",  "apic",  NULL,   "sep",     "mtrr", "pge", "mca",  "cmov",
		       "pat",  "pse36", "pn",   "clflush", NULL,   "dts", "acpi", "mmx",
		       "fxsr", "sse",   "sse2", "ss",      "ht",   "tm",  "ia64", "pbe"},
	[LEAF1_ECX] = {"pni",    "pclmulqdq", "dtes64", "monitor", "ds_cpl",
		       NULL,     NULL,        "est",    "tm2",     "ssse3",
		       "cid",    "sdbg",      "fma",    "cx16",    "xtpr",
		       "pdcm",   NULL,        "pcid",   "dca",     "sse4_1",
		       "sse4_2", "x2apic",    "movbe",  "popcnt",  "tsc_deadline_timer",
		       "aes",    "xsave",     NULL,     "avx",     "f16c",
		       "rdrand", "hypervisor"},
	[LEAF7_EBX] = {[0] = "fsgsbase",
		       [1] = "tsc_adjust",
		       [3] = "bmi1",
		       [5] = "avx2",
		       [7] = "smep",
		       [8] = "bmi2",
		       [9] = "erms",
		       [16] = "avx512f",
		       [17] = "avx512dq",
		       [18] = "rdseed",
		       [19] = "adx",
		       [20] = "smap",
		       [21] = "avx512ifma",
		       [23] = "clflushopt",
		       [24] = "clwb",
		       [28] = "avx512cd",
		       [29] = "sha_ni",
		       [30] = "avx512bw",
		       [31] = "avx512vl"},
	[EXT1_EDX] = {[11] = "syscall",
		      [20] = "nx",
		      [22] = "mmxext",
		      [25] = "fxsr_opt",
		      [26] = "pdpe1gb",
		      [27] = "rdtscp",
		      [29] = "lm"},
	[EXT1_ECX] = {[0] = "lahf_lm",
		      [4] = "cr8_legacy",
		      [5] = "abm",
		      [6] = "sse4a",
		      [7] = "misalignsse",
		      [8] = "3dnowprefetch",
		      [16] = "fma4",
		      [21] = "tbm"},
};

static void features_print(struct text *text)
{
	struct cpuid leaf1 = cpuid(1, 0), ext1 = cpuid(0x80000001, 0);
	uint32_t words[FEATURE_WORDS] = {
		[LEAF1_EDX] = leaf1.edx,
		[LEAF1_ECX] = leaf1.ecx,
		[LEAF7_EBX] = cpuid(0, 0).eax >= 7 ? cpuid(7, 0).ebx : 0,
		[EXT1_EDX] = ext1.edx,
		[EXT1_ECX] = ext1.ecx,
	};

	text_print(text, "flags\t\t:");
	for (unsigned word = 0; word < FEATURE_WORDS; word++) {
		for (unsigned bit = 0; bit < 32; bit++) {
			if (words[word] >> bit & 1 && features[word][bit])
				text_print(text, " %s", features[word][bit]);
		}
	}
	text_print(text, "\n");
}

static void vendor_print(struct text *text)
{
	struct cpuid r = cpuid(0, 0);
	char name[13] = "";

	memcpy(name, &r.ebx, 4);
	memcpy(name + 4, &r.edx, 4);
	memcpy(name + 8, &r.ecx, 4);
	text_print(text, "vendor_id\t: %s\n", name);
}

static void brand_print(struct text *text)
{
	char name[49] = "";

	for (uint32_t i = 0; i < 3 && cpuid(0x80000000, 0).eax >= BRAND_LEAF + 2; i++) {
		struct cpuid r = cpuid(BRAND_LEAF + i, 0);

		memcpy(name + 16 * i, &r, 16);
	}
	text_print(text, "model name\t: %s\n", name[0] ? name : "unknown");
}

/* Intel SDM 2A, CPUID, leaf 1: the extended fields count for some families only */
static void model_print(struct text *text)
{
	uint32_t id = cpuid(1, 0).eax, family = id >> 8 & 15, model = id >> 4 & 15;

	if (family == 6 || family == 15)
		model |= (id >> 16 & 15) << 4;
	if (family == 15)
		family += id >> 20 & 255;
	text_print(text, "cpu family\t: %u\nmodel\t\t: %u\n", family, model);
	brand_print(text);
	text_print(text, "stepping\t: %u\n", id & 15);
}

static unsigned count_in_package(const struct core *core, bool threads)
{
	unsigned count = 0;

	for (unsigned i = 0; i < core_count; i++)
		count += cores[i].place.package == core->place.package &&
			 (threads || cores[i].place.thread == 0);
	return count;
}

static void place_print(struct text *text, const struct core *core)
{
	text_print(text, "physical id\t: %u\nsiblings\t: %u\ncore id\t\t: %u\n",
		   core->place.package, count_in_package(core, true), core->place.core);
	text_print(text, "cpu cores\t: %u\napicid\t\t: %u\n", count_in_package(core, false),
		   core->arch.apic_id);
}

void arch_print_cpuinfo(struct text *text)
{
	uint64_t khz = boot_record.tsc_khz;
	uint32_t line = (cpuid(1, 0).ebx >> 8 & 255) * 8, sizes = cpuid(SIZES_LEAF, 0).eax;

	for (unsigned i = 0; i < core_count; i++) {
		text_print(text, "processor\t: %u\n", i);
		vendor_print(text);
		model_print(text);
		text_print(text, "cpu MHz\t\t: %lu.%03lu\n", khz / 1000, khz % 1000);
		place_print(text, &cores[i]);
		text_print(text, "fpu\t\t: yes\nfpu_exception\t: yes\nwp\t\t: yes\n");
		features_print(text);
		text_print(text, "bogomips\t: %lu.%02lu\n", khz / 500, khz / 5 % 100);
		text_print(text, "clflush size\t: %u\ncache_alignment\t: %u\n", line, line);
		text_print(text, "address sizes\t: %u bits physical, %u bits virtual\n\n",
			   sizes & 255, sizes >> 8 & 255);
	}
}

int arch_register_core_files(const char *path)
{
	(void)path;
	return 0;
}
