/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Builds a VM out of memory that the primary gives up, in bounded steps: takes it, clears what is neither image nor ramdisk, maps it,
 * measures the image, writes the device tree. Nothing is read from memory that the primary can still reach.
 */
#include <hv/arm64/life.h>

#include <bulkhead/ffa.h>
#include <bulkhead/status.h>
#include <bulkhead/stream.h>
#include <hv/arm64/cache.h>
#include <hv/arm64/image.h>
#include <hv/arm64/log.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/platform.h>
#include <hv/arm64/vm.h>
#include <hv/arm64/vmdt.h>
#include <string.h>

#define MEASURE_STEP 0x4000u        /* bytes, about half a million instructions */
#define ZERO_BLOCK   UINT64_C(2048) /* cache_zero */

static bool is_text(const char *text, size_t room)
{
	size_t length = strnlen(text, room);

	for (size_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return length < room;
}

/* [start, start + size), whole units of what stage 2 can map */
static bool are_units(uint64_t start, uint64_t size)
{
	uint64_t limit = UINT64_C(1) << memory_ipa_bits();

	return size != 0 && IS_ALIGNED(start | size, SIZE_2M) && start < limit &&
	       size <= limit - start;
}

static bool ranges_are_valid(const struct enclave_config *c)
{
	static const struct enclave_range none;

	if (c->range_count < 1 || c->range_count > ENCLAVE_RANGES_MAX)
		return false;
	for (unsigned i = 0; i < c->range_count; i++) {
		const struct enclave_range *r = &c->ranges[i];

		if (!are_units(r->start, r->size) || r->node >= c->nodes || r->zero)
			return false;
	}
	for (unsigned i = c->range_count; i < ENCLAVE_RANGES_MAX; i++)
		if (memcmp(&c->ranges[i], &none, sizeof(none)) != 0)
			return false;
	return true;
}

/* Both in the first range; the ramdisk behind the image, at a page. */
static bool blobs_are_valid(const struct enclave_config *c)
{
	uint64_t start = c->ranges[0].start, end = start + c->ranges[0].size;
	uint64_t image_end = c->image.start + c->image.size;

	if (c->image.start < start || c->image.start >= end || c->image.size == 0 ||
	    c->image.size > end - c->image.start)
		return false;
	if (c->ramdisk.size == 0)
		return c->ramdisk.start == 0;
	return IS_ALIGNED(c->ramdisk.start, PAGE_SIZE) && c->ramdisk.start >= image_end &&
	       c->ramdisk.start < end && c->ramdisk.size <= end - c->ramdisk.start;
}

bool enclave_is_valid(const struct enclave_config *c)
{
	return c->version == ENCLAVE_VERSION && c->size == sizeof(*c) && c->vcpus >= 1 &&
	       c->vcpus <= MAX_VCPUS && c->nodes >= 1 && c->nodes <= MAX_NODES &&
	       (c->uuid[0] | c->uuid[1] | c->uuid[2] | c->uuid[3]) &&
	       is_text(c->name, sizeof(c->name)) && is_text(c->bootargs, sizeof(c->bootargs)) &&
	       c->isolation == ENCLAVE_ISOLATION_BEST && c->grant_count == 0 &&
	       ranges_are_valid(c) && blobs_are_valid(c) && are_units(c->tables, SIZE_2M) &&
	       IS_ALIGNED(c->streams, PAGE_SIZE);
}

/* The step has dealt with `size` bytes of its range: on to what is next. */
static void step_on(struct vm_life *life, uint64_t size)
{
	life->done += size;
	if (life->done < life->config.ranges[life->range].size)
		return;
	life->done = 0;
	if (++life->range < life->config.range_count)
		return;
	life->range = 0;
	life->step++;
}

static pa_t step_at(const struct vm_life *life)
{
	return PA(life->config.ranges[life->range].start + life->done);
}

/* what is left of the range, up to what one step may map or unmap; pieces end where blocks of 1 GiB do */
static uint64_t step_size(const struct vm_life *life)
{
	uint64_t left = life->config.ranges[life->range].size - life->done;
	uint64_t block = MEMORY_STEP - (step_at(life).v & (MEMORY_STEP - 1));

	return left < block ? left : block;
}

/* The image lies where its header wants it, and what it needs beyond its file is free. While it is not so, there is no further step. */
static int check_step(struct vm *vm)
{
	struct vm_life *life = vm->life;
	const struct enclave_config *c = &life->config;
	uint64_t start = c->ranges[0].start, end = start + c->ranges[0].size, size;
	struct image_header header;

	if (c->image.size < sizeof(header))
		return BH_EINVAL;
	memcpy(&header, (const void *)c->image.start, sizeof(header));
	if (!image_header_is_valid(&header) || c->image.start - start != header.text_offset)
		return BH_EINVAL;
	size = header.image_size > c->image.size ? header.image_size : c->image.size;
	life->entry = c->image.start;
	if (size > end - life->entry || (c->ramdisk.size && c->ramdisk.start < life->entry + size))
		return BH_EINVAL;
	life->cursor = ALIGN_UP(c->ramdisk.size ? c->ramdisk.start + c->ramdisk.size
						: life->entry + size,
				PAGE_SIZE);
	if (life->cursor > end || end - life->cursor < ENCLAVE_TREE_ROOM)
		return BH_EINVAL;
	life->step = BUILD_CLEAR;
	return 1;
}

static int take_step(struct vm *vm)
{
	struct vm_life *life = vm->life;
	uint64_t size = step_size(life);
	int status = memory_donate(vm_primary(), vm->id, step_at(life), size);

	if (status)
		return status;
	step_on(life, size);
	return 1;
}

static void zero(uint64_t from, uint64_t to)
{
	uint64_t first = ALIGN_UP(from, ZERO_BLOCK), last = ALIGN_DOWN(to, ZERO_BLOCK);

	if (first >= last) {
		memset((void *)from, 0, to - from);
		return;
	}
	memset((void *)from, 0, first - from);
	cache_zero((void *)first, last - first);
	memset((void *)last, 0, to - last);
}

/* One unit, but for the parts of image and ramdisk that lie in it. */
static int clear_step(struct vm *vm)
{
	struct vm_life *life = vm->life;
	const struct enclave_blob *blobs[] = {&life->config.image, &life->config.ramdisk};
	uint64_t unit = step_at(life).v, at = unit, end = unit + SIZE_2M;

	for (unsigned i = 0; i < ARRAY_SIZE(blobs); i++) {
		uint64_t first = blobs[i]->start, last = first + blobs[i]->size;

		if (last <= at || first >= end)
			continue;
		if (first > at)
			zero(at, first);
		at = last < end ? last : end;
	}
	if (at < end)
		zero(at, end);
	cache_clean((void *)unit, SIZE_2M);
	step_on(life, SIZE_2M);
	return 1;
}

static int map_step(struct vm *vm)
{
	struct vm_life *life = vm->life;
	uint64_t size = step_size(life);
	int status = memory_attach(vm, step_at(life), size);

	if (status)
		return status;
	step_on(life, size);
	if (life->step == BUILD_MEASURE)
		measure_begin(&life->measure);
	return 1;
}

static int measure_step(struct vm *vm)
{
	struct vm_life *life = vm->life;
	uint64_t left = life->config.image.size - life->done;
	uint64_t size = left < MEASURE_STEP ? left : MEASURE_STEP;

	measure_add(&life->measure, (const void *)(life->config.image.start + life->done), size);
	life->done += size;
	if (left == size) {
		measure_end(&life->measure, life->digest);
		life->step = BUILD_FINISH;
	}
	return 1;
}

static int tree_write(struct vm *vm, uint64_t at)
{
	const struct enclave_config *c = &vm->life->config;
	const struct vmdt_stream stream = {c->streams, STREAM_REGION_SIZE, FFA_PRIMARY_ID};
	const struct vmdt tree = {
		.vm = vm,
		.memory = c->ranges,
		.memory_count = c->range_count,
		.nodes = c->nodes,
		.ramdisk = {c->ramdisk.start, c->ramdisk.start + c->ramdisk.size},
		.bootargs = c->bootargs,
		.streams = &stream,
		.stream_count = 1,
	};
	int status = vmdt_write(&tree, (void *)at, ENCLAVE_TREE_ROOM);

	cache_clean((void *)at, ENCLAVE_TREE_ROOM);
	return status;
}

static int finish_step(struct vm *vm)
{
	struct vm_life *life = vm->life;
	struct memory_coverage coverage;
	uint64_t tree = life->cursor;
	int status = BH_OK;

	if (platform.gic_version == 2)
		status = memory_map_device(vm, PA(platform.gicv.start),
					   platform.gicv.end - platform.gicv.start);
	status = status ? status
			: memory_share(vm_primary(), vm, PA(life->config.streams),
				       STREAM_REGION_SIZE);
	status = status ? status : tree_write(vm, tree);
	if (status)
		return status;
	cache_invalidate_instructions();
	life->cursor = 0;
	life->phase = LIFE_ALIVE;
	vcpu_reset(&vm->vcpus[0], life->entry, tree);
	__atomic_store_n(&vm->vcpus[0].state, VCPU_READY, __ATOMIC_SEQ_CST);
	memory_coverage(vm, &coverage);
	log_line("VM %u: %u vCPUs, %u MiB at %llx; stage 2: %u of 1 GiB, %u of 2 MiB, %u of 4 KiB",
		 vm->id, vm->vcpu_count, 2 * memory_count(vm->id),
		 (unsigned long long)life->config.ranges[0].start, coverage.blocks_1g,
		 coverage.blocks_2m, coverage.pages_4k);
	log_line("VM %u is \"%s\", SHA-256 of its image %02x%02x%02x%02x...", vm->id,
		 life->config.name, life->digest[0], life->digest[1], life->digest[2],
		 life->digest[3]);
	return 0;
}

int enclave_build(struct vm *vm)
{
	static int (*const steps[])(struct vm * vm) = {
		[BUILD_TAKE] = take_step,       [BUILD_CHECK] = check_step,
		[BUILD_CLEAR] = clear_step,     [BUILD_MAP] = map_step,
		[BUILD_MEASURE] = measure_step, [BUILD_FINISH] = finish_step,
	};

	return steps[vm->life->step](vm);
}
