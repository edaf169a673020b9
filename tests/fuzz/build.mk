# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# make fuzz-manifest|fuzz-elf|fuzz-cpio|fuzz-channel [FUZZ_SECONDS=n]: parsers of what comes from outside, under libFuzzer. By hand only; wants
# clang. Inputs that were worth keeping stay in build/fuzz/NAME.corpus, one that fails in build/fuzz/NAME.crash-*.
FUZZ_SECONDS ?= 60
FUZZ := $(BUILD)/fuzz
FUZZ_CFLAGS := -std=gnu11 -O1 -g $(WARNINGS) $(INCLUDES) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_SOURCES := lib/fmt.c
FUZZ_TARGETS := manifest elf cpio channel

$(FUZZ)/manifest: hv/arm64/manifest.c tests/unit/hv_fake/manifest_tree.c
$(FUZZ)/elf: lib/elf.c
$(FUZZ)/cpio: lib/cpio.c
$(FUZZ)/channel: linux/login/core.c user/channel.c user/bytes.c lib/channel.c lib/ring.c

$(FUZZ_TARGETS:%=$(FUZZ)/%): $(FUZZ)/%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h $(FUZZ_SOURCES)
	@mkdir -p $(@D)
	clang $(FUZZ_CFLAGS) $(filter %.c,$^) -lfdt -o $@

# any program will do as an ELF file: the smallest there is
$(FUZZ)/elf.corpus: | $(BUILD)/arm64/programs/args.musl

$(FUZZ_TARGETS:%=$(FUZZ)/%.corpus):
	tests/fuzz/seeds.py $(patsubst $(FUZZ)/%.corpus,%,$@) $@ $|

$(FUZZ_TARGETS:%=fuzz-%): fuzz-%: $(FUZZ)/% | $(FUZZ)/%.corpus
	$< -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -artifact_prefix=$<. -print_final_stats=1 $(FUZZ)/$*.corpus

.PHONY: $(FUZZ_TARGETS:%=fuzz-%)
