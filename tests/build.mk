# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# make unit: the tests of lib/ on the build host, under the sanitizers, and the check that every header of include/ and
# lib/ compiles alone. One binary a file tests/unit/test_*.c; UNIT_SEED=n in the environment gives other random sequences.

UNIT_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) $(INCLUDES) -MMD -MP -pthread -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_*.c))
# what the tests share, and all of lib/
UNIT_SHARED := $(patsubst %.c,$(BUILD)/host/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)) \
	$(LIB_SOURCES))
UNIT_HEADERS := $(patsubst %.h,$(BUILD)/headers/%.o,$(wildcard include/bulkhead/*.h lib/*.h lib/arch/*/*.h))

unit: headers-check $(UNIT_TESTS:%=%.run)
headers-check: $(UNIT_HEADERS)

$(BUILD)/host/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -c $< -o $@

# under names of its own, beside the host's C library
$(BUILD)/host/lib/string.o: UNIT_CFLAGS += -fno-builtin -include tests/unit/string_names.h

$(UNIT_TESTS): $(BUILD)/unit/%: $(BUILD)/host/tests/unit/%.o $(UNIT_SHARED)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) $^ -lcmocka -o $@

$(UNIT_TESTS:%=%.run): %.run: %
	ASAN_OPTIONS=detect_leaks=0 $<

# twice, for the guard
$(BUILD)/headers/%.o: %.h
	@mkdir -p $(@D)
	$(CROSS)gcc $(KERNEL_CFLAGS) -include $< -include $< -x c -c /dev/null -o $@

.PHONY: unit headers-check $(UNIT_TESTS:%=%.run)
