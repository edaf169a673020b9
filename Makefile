# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Every part adds its own targets from its build.mk; objects and products lie in build/, mirroring the tree.
#   make setup    installs Debian's packages and fetches the arm64 ones into the cache (root or sudo)
#   make          builds everything            make run      the demonstration
#   make install  what an x86 host of one's own needs: docs/cokernel.md
#   make check    all tests                    make bench    all measurements       make soak   endurance

BUILD := build
CACHE ?= $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/bulkhead
CROSS := aarch64-linux-gnu-
CC_arm64 := $(CROSS)gcc
OBJCOPY_arm64 := $(CROSS)objcopy
CC_x86 := x86_64-linux-gnu-gcc
OBJCOPY_x86 := x86_64-linux-gnu-objcopy
PYTHON := /usr/bin/python3
export CACHE

WARNINGS := -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wundef -Wvla -Werror
INCLUDES := -I. -Iinclude
# kernels: freestanding, no FP registers, no calls to an atomics library, position left to each part
KERNEL_CFLAGS_COMMON := -std=gnu11 -O2 -g $(WARNINGS) $(INCLUDES) -MMD -MP -ffreestanding -fno-common \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fno-omit-frame-pointer -ffunction-sections \
	-fdata-sections -mgeneral-regs-only
# the hypervisor's and the LWK's for arm64
KERNEL_CFLAGS := $(KERNEL_CFLAGS_COMMON) -mno-outline-atomics -march=armv8-a
KERNEL_CFLAGS_x86 := $(KERNEL_CFLAGS_COMMON) -m64 -mcmodel=kernel -mno-red-zone -fcf-protection=none

.DELETE_ON_ERROR:
.SECONDARY:
all:

include lib/build.mk
include hv/arm64/build.mk
include hv/x86/build.mk
include lwk/build.mk
include user/build.mk
include linux/build.mk
include cli/build.mk
include bench/build.mk
include bench/x86/build.mk
include tests/build.mk
include tests/programs/build.mk
include tools/build.mk
include tools/install.mk

all: $(PRODUCTS)

# what the parts are built from has to be there first, hence the second make; of whoever only wants to see it run, quietly
QUIET_MAKE := $(MAKE) --no-print-directory -s -j$(shell nproc)
setup:
	@tools/setup

run: setup
	@echo Building...
	@$(QUIET_MAKE) all
	@./node run --cpus 4 --summary -- $(BUILD)/arm64/bench/stream

check: setup
	@echo Building...
	@$(QUIET_MAKE) all programs
	@tests/run

soak: setup
	@$(QUIET_MAKE) all programs
	@tests/run soak

clean:
	rm -rf $(BUILD)

.PHONY: all setup run check soak clean

-include $(shell [ -d $(BUILD) ] && find $(BUILD) -name '*.d')
