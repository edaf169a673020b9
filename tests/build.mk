# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
include tests/guest/build.mk
include tests/guest/x86/build.mk
include tests/modules/build.mk

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
	$(CC) $(UNIT_CFLAGS) $^ $(UNIT_LIBS) -lcmocka -o $@

$(UNIT_TESTS:%=%.run): %.run: %
	ASAN_OPTIONS=detect_leaks=0 $<

# twice, for the guard
$(BUILD)/headers/lib/arch/x86/%.o: lib/arch/x86/%.h
	@mkdir -p $(@D)
	$(CC_x86) $(KERNEL_CFLAGS_x86) -fno-pie -include $< -include $< -x c -c /dev/null -o $@

$(BUILD)/headers/%.o: %.h
	@mkdir -p $(@D)
	$(CROSS)gcc $(KERNEL_CFLAGS) -include $< -include $< -x c -c /dev/null -o $@

.PHONY: unit headers-check $(UNIT_TESTS:%=%.run)
# the LWK's file system on a fake kernel: compiled for the host, with the fake's headers before the LWK's
LWK_FS_FLAGS := -Itests/unit/lwk_fake/include -Ilwk/include
LWK_FS_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_lwk_fs*.c))
LWK_FS_SOURCES := $(wildcard lwk/fs/*.c lwk/kernel/io_buffer.c lwk/syscall/file_*.c lwk/syscall/timespec.c tests/unit/lwk_fake/*.c)
LWK_FS_HOST := $(LWK_FS_SOURCES:%.c=$(BUILD)/host/%.o)
$(LWK_FS_HOST) $(BUILD)/host/tests/unit/test_lwk_fs.o: UNIT_CFLAGS += $(LWK_FS_FLAGS)
$(LWK_FS_TESTS): $(LWK_FS_HOST)
$(BUILD)/unit/test_lwk_fs_model: $(patsubst %.c,$(BUILD)/host/%.o,$(wildcard tests/unit/lwk_fs_model/*.c))

# its threads once more under ThreadSanitizer, which excludes the other sanitizers
LWK_FS_TSAN_SOURCES := tests/unit/test_lwk_fs_threads.c tests/unit/random.c lib/cpio.c lib/fmt.c $(LWK_FS_SOURCES)
LWK_FS_TSAN := $(BUILD)/unit/tsan_lwk_fs_threads
unit: $(LWK_FS_TSAN).run
$(BUILD)/tsan/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -fno-sanitize=all -fsanitize=thread $(LWK_FS_FLAGS) -c $< -o $@
$(LWK_FS_TSAN): $(LWK_FS_TSAN_SOURCES:%.c=$(BUILD)/tsan/%.o)
	@mkdir -p $(@D)
	$(CC) -pthread -fsanitize=thread $^ -lcmocka -o $@
$(LWK_FS_TSAN).run: $(LWK_FS_TSAN)
	$<
.PHONY: $(LWK_FS_TSAN).run

COMMA := ,
# the LWK's futexes and sleeping locks, with threads of the host; again under ThreadSanitizer
LWK_THREAD_FLAGS := -Itests/unit/lwk_thread_fake/include -Itests/unit/lwk_fake/include -Ilwk/include
LWK_THREAD_SOURCES := $(patsubst %,lwk/kernel/%.c,futex futex_requeue mutex wait) tests/unit/lwk_thread_fake/threads.c
LWK_THREAD_HOST := $(LWK_THREAD_SOURCES:%.c=$(BUILD)/host/%.o)
LWK_THREAD_TESTS := lwk_futex lwk_mutex
LWK_THREAD_TSAN := $(LWK_THREAD_TESTS:%=$(BUILD)/unit/tsan_%)
$(LWK_THREAD_HOST) $(LWK_THREAD_SOURCES:%.c=$(BUILD)/tsan/%.o) $(LWK_THREAD_TESTS:%=$(BUILD)/host/tests/unit/test_%.o) \
	$(LWK_THREAD_TESTS:%=$(BUILD)/tsan/tests/unit/test_%.o): UNIT_CFLAGS := $(LWK_THREAD_FLAGS) $(UNIT_CFLAGS)
$(LWK_THREAD_TESTS:%=$(BUILD)/unit/test_%): $(LWK_THREAD_HOST)
unit: $(LWK_THREAD_TSAN:%=%.run)
$(LWK_THREAD_TSAN): $(BUILD)/unit/tsan_%: $(BUILD)/tsan/tests/unit/test_%.o $(LWK_THREAD_SOURCES:%.c=$(BUILD)/tsan/%.o) \
		$(BUILD)/tsan/tests/unit/random.o
	@mkdir -p $(@D)
	$(CC) -pthread -fsanitize=thread $^ -lcmocka -o $@
$(LWK_THREAD_TSAN:%=%.run): %.run: %
	$<
.PHONY: $(LWK_THREAD_TSAN:%=%.run)

# what its watchdog takes for no progress
LWK_PROGRESS_HOST := $(BUILD)/host/lwk/kernel/progress_check.o
$(LWK_PROGRESS_HOST) $(BUILD)/host/tests/unit/test_lwk_progress.o: UNIT_CFLAGS := $(LWK_THREAD_FLAGS) $(UNIT_CFLAGS)
$(BUILD)/unit/test_lwk_progress: $(LWK_PROGRESS_HOST)

# cores that leave, and where threads go then
LWK_CORE_FLAGS := -Itests/unit/lwk_core_fake/include $(LWK_THREAD_FLAGS)
LWK_CORE_HOST := $(patsubst %,$(BUILD)/host/lwk/kernel/%.o,core_leave sched_place)
$(LWK_CORE_HOST) $(BUILD)/host/tests/unit/test_lwk_core_leave.o: UNIT_CFLAGS := $(LWK_CORE_FLAGS) $(UNIT_CFLAGS)
$(BUILD)/unit/test_lwk_core_leave: $(LWK_CORE_HOST)

# the LWK's memory code on a fake machine: its headers, then those of the file system's fake, before the LWK's
LWK_MM_FLAGS := -Itests/unit/lwk_mm_fake/include -Itests/unit/lwk_fake/include -Ilwk/include
LWK_MM_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_lwk_mm_*.c))
LWK_MM_HOST := $(patsubst %.c,$(BUILD)/host/%.o,$(filter-out lwk/mm/%maps.c lwk/mm/vdso.c,$(wildcard lwk/mm/*.c)) \
	$(wildcard tests/unit/lwk_mm_fake/*.c))
$(LWK_MM_HOST) $(LWK_MM_TESTS:$(BUILD)/unit/%=$(BUILD)/host/tests/unit/%.o): UNIT_CFLAGS += $(LWK_MM_FLAGS)
$(LWK_MM_TESTS): $(LWK_MM_HOST)
$(BUILD)/unit/test_lwk_mm_fail: UNIT_LIBS := $(patsubst %,-Wl$(COMMA)--wrap=%,page_alloc page_alloc_zeroed page_alloc_at kmalloc kzalloc)

# queues of signals need nothing but lists
LWK_SIGNAL_TEST := $(BUILD)/unit/test_lwk_signal_queue
LWK_SIGNAL_HOST := $(BUILD)/host/lwk/kernel/signal_queue.o
$(LWK_SIGNAL_HOST) $(BUILD)/host/tests/unit/test_lwk_signal_queue.o: UNIT_CFLAGS += $(LWK_FS_FLAGS)
$(LWK_SIGNAL_TEST): $(LWK_SIGNAL_HOST)

# the hypervisor's modules on a fake machine: compiled for the host, with the fake's headers before the hypervisor's and lib's
HV_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test_hv_*.c))
HV_SOURCES := $(filter-out $(patsubst %,hv/arm64/%.c,boot el2_mmu gic gicv2 gicv3 libc platform sysreg vcpu), \
	$(wildcard hv/arm64/*.c)) $(wildcard tests/unit/hv_fake/*.c) tests/guest/runtime/share_model.c
HV_HOST := $(HV_SOURCES:%.c=$(BUILD)/host/%.o)
# its cores once more as threads under ThreadSanitizer
HV_TSAN := $(patsubst %,$(BUILD)/unit/tsan_%,hv_threads hv_vdist_threads hv_share_threads)
HV_TSAN_OBJECTS := $(HV_SOURCES:%.c=$(BUILD)/tsan/%.o)
HV_TSAN_TESTS := $(HV_TSAN:$(BUILD)/unit/tsan_%=$(BUILD)/tsan/tests/unit/test_%.o)
$(HV_HOST) $(HV_TSAN_OBJECTS) $(HV_TSAN_TESTS) $(HV_TESTS:$(BUILD)/unit/%=$(BUILD)/host/tests/unit/%.o): \
	UNIT_CFLAGS := -Itests/unit/hv_fake/include -fno-builtin-log $(UNIT_CFLAGS)
$(HV_TESTS): $(HV_HOST) $(BUILD)/host/tests/unit/lwk_fake/archive.o
$(HV_TESTS): UNIT_LIBS := -lfdt -lbearssl
unit: $(HV_TSAN:%=%.run)
$(HV_TSAN): $(BUILD)/unit/tsan_%: $(BUILD)/tsan/tests/unit/test_%.o $(HV_TSAN_OBJECTS) $(patsubst %,$(BUILD)/tsan/%.o,tests/unit/random tests/unit/lwk_fake/archive \
	lib/cpio lib/fmt lib/pt lib/pt_arm64 lib/range)
	@mkdir -p $(@D)
	$(CC) -pthread -fsanitize=thread $^ -lfdt -lbearssl -lcmocka -o $@
$(HV_TSAN:%=%.run): %.run: %
	$<
.PHONY: $(HV_TSAN:%=%.run)

# the benchmarks: each with the parts that are not its main file; and, as they are, the programs of the build host
BENCH_TEST_SOURCES := bench/common/result.c $(foreach program,$(BENCH_PROGRAMS),$(BENCH_$(program)))
BENCH_TESTS := $(patsubst %,$(BUILD)/unit/test_bench_%,stream gups nas selfish)
$(BENCH_TEST_SOURCES:%.c=$(BUILD)/host/%.o) $(BENCH_TESTS:$(BUILD)/unit/%=$(BUILD)/host/tests/unit/%.o): \
	UNIT_CFLAGS += -fopenmp -Ibench/arch/$(BENCH_HOST_ARCH)
$(BENCH_TESTS): $(BENCH_TEST_SOURCES:%.c=$(BUILD)/host/%.o)
$(BENCH_TESTS): UNIT_LIBS := -fopenmp -lm
$(BUILD)/unit/test_bench_programs.run: $(BENCH_HOST)

include tests/fuzz/build.mk
