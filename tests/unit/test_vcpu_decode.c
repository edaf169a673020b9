/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The decoder of stores to the APIC's page (hv/x86/decode.c), with instructions as an assembler has made them. */
#include "unit.h"
#include <hv/x86/apic.h>
#include <string.h>

struct vcpu vcpu;
static uint8_t code[32];
static size_t code_size;
#define PLACE (0x2000 - code_size)

#include <hv/x86/decode.c>

bool guest_read(uint64_t address, void *to, size_t size)
{
	/* the code is the end of a page, and there is no other */
	if (address < PLACE || address + size > PLACE + code_size)
		return false;
	memcpy(to, code + (address - PLACE), size);
	return true;
}

static bool decodes(const char *bytes, size_t size, uint32_t value, uint32_t length)
{
	uint32_t found = 0, used = 0;

	memcpy(code, bytes, size);
	code_size = size;
	vcpu.rip = PLACE;
	for (unsigned i = 0; i < 16; i++)
		vcpu.r[i] = 0x1111111100000000u + i;
	return store_decode(&found, &used) && found == value && used == length;
}
#define DECODES(bytes, value, length) assert_true(decodes(bytes, sizeof(bytes) - 1, value, length))
#define FAILS(bytes)                  assert_false(decodes(bytes, sizeof(bytes) - 1, 0, 0))

static void test_stores(void **state)
{
	(void)state;
	DECODES("\x89\x07\x90", RAX, 2);                    /* mov %eax, (%rdi) */
	DECODES("\x89\x4f\x30", RCX, 3);                    /* mov %ecx, 0x30(%rdi) */
	DECODES("\x89\x97\x00\x03\x00\x00", RDX, 6);        /* mov %edx, 0x300(%rdi) */
	DECODES("\x44\x89\x07", R8, 3);                     /* mov %r8d, (%rdi) */
	DECODES("\x45\x89\x78\x10", R15, 4);                /* mov %r15d, 0x10(%r8) */
	DECODES("\x89\x34\x25\x00\x03\xe0\xfe", RSI, 7);    /* mov %esi, 0xfffffffffee00300 */
	DECODES("\x89\x04\x24", RAX, 3);                    /* mov %eax, (%rsp) */
	DECODES("\x89\x44\x24\x08", RAX, 4);                /* mov %eax, 8(%rsp) */
	DECODES("\x89\x05\x10\x00\x00\x00", RAX, 6);        /* mov %eax, 0x10(%rip) */
	DECODES("\xc7\x07\x78\x56\x34\x12", 0x12345678, 6); /* movl $0x12345678, (%rdi) */
	DECODES("\xc7\x82\xf0\x00\x00\x00\xff\x01\x00\x00", 0x1ff,
		10); /* movl $0x1ff, 0xf0(%rdx) */
	DECODES("\x41\xc7\x84\x24\x00\x03\x00\x00\x40\x00\x00\x00", 0x40,
		12); /* movl $0x40, 0x300(%r12) */
}

static void test_others(void **state)
{
	(void)state;
	FAILS("\x48\x89\x07");             /* mov %rax, (%rdi): 64 bits */
	FAILS("\x66\x89\x07");             /* 16 bits */
	FAILS("\x88\x07");                 /* 8 bits */
	FAILS("\x89\xc7");                 /* mov %eax, %edi */
	FAILS("\x87\x07");                 /* xchg */
	FAILS("\xf0\x01\x07");             /* lock add */
	FAILS("\x8b\x07");                 /* a load */
	FAILS("\xc7\x0f\x78\x56\x34\x12"); /* no such instruction */
	FAILS("");                         /* code that is not the enclave's */
	FAILS("\x89\x97\x00\x03\x00");     /* the rest of it is not */
	FAILS("\xc7\x07\x78\x56\x34");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_stores),
					   cmocka_unit_test(test_others)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
