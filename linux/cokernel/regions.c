// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * See regions.h. `regions_lock` guards the list and who is attached; nothing is waited for inside. `ends_lock`, innermost, guards a region's ends. A region
 * in the list holds the module.
 */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <inject.h>
#include "enclave.h"
#include "protect.h"
#include "regions.h"

#define REGION_SIZE_MAX (64ull << 30)

struct region {
	struct kref references; /* the list, files, mappings by their files, enclaves' slots */
	struct list_head link;
	u32 id, node;
	u32 attached; /* slots of enclaves */
	bool is_revoked;
	u64 size;
	char name[COKERNEL_REGION_NAME];
	struct memory memory;      /* of 2 MiB and more */
	struct page *pages;        /* of less */
	struct enclave_blob small; /* where those are */
	spinlock_t ends_lock;
	u32 ended; /* enclaves that had it and have ended */
	struct cokerneldev_end
		ends[COKERNELDEV_ENDS_MAX]; /* number n at n % COKERNELDEV_ENDS_MAX */
	wait_queue_head_t changed;
};

struct region_file {
	struct region *region;
	u32 heard; /* of its `ended` */
};

static DEFINE_MUTEX(regions_lock);
static LIST_HEAD(regions);
static u32 last_id;

static unsigned int extent_count(const struct region *region)
{
	return region->pages ? 1 : region->memory.count;
}

static struct enclave_blob extent(const struct region *region, unsigned int i)
{
	if (region->pages)
		return region->small;
	return (struct enclave_blob){region->memory.ranges[i].start, region->memory.ranges[i].size};
}

/* A page that a process has mapped goes when it lets go. */
static void free_small(struct region *region)
{
	for (u64 at = 0; at < region->size; at += PAGE_SIZE) {
		clear_page(__va(region->small.start + at));
		__free_page(region->pages + PHYS_PFN(at));
	}
}

static void release(struct kref *references)
{
	struct region *region = container_of(references, struct region, references);

	if (region->pages)
		free_small(region);
	memory_give_all(&region->memory);
	kvfree(region);
}

static void region_put(struct region *region)
{
	kref_put(&region->references, release);
}

static struct region *find_locked(u32 id)
{
	struct region *region;

	list_for_each_entry(region, &regions, link) if (region->id == id) return region;
	return NULL;
}

static struct region *region_find(u32 id)
{
	struct region *region;

	mutex_lock(&regions_lock);
	region = find_locked(id);
	if (region)
		kref_get(&region->references);
	mutex_unlock(&regions_lock);
	return region;
}

u32 regions_count(void)
{
	struct region *region;
	u32 count = 0;

	mutex_lock(&regions_lock);
	list_for_each_entry(region, &regions, link) count++;
	mutex_unlock(&regions_lock);
	return count;
}

static struct page *page_of(const struct region *region, u64 offset)
{
	for (unsigned int i = 0; i < extent_count(region); i++) {
		struct enclave_blob piece = extent(region, i);

		if (offset < piece.size)
			return pfn_to_page(PHYS_PFN(piece.start + offset));
		offset -= piece.size;
	}
	return NULL;
}

static vm_fault_t region_fault(struct vm_fault *fault)
{
	const struct region_file *one = fault->vma->vm_file->private_data;
	struct page *page = page_of(one->region, (u64)fault->pgoff << PAGE_SHIFT);

	if (!page)
		return VM_FAULT_SIGBUS;
	get_page(page);
	fault->page = page;
	return 0;
}

static const struct vm_operations_struct region_mapping = {
	.fault = region_fault,
};

static int region_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct region_file *one = file->private_data;
	u64 pages = one->region->size >> PAGE_SHIFT;

	if (!(vma->vm_flags & VM_SHARED) || vma->vm_pgoff > pages ||
	    vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	kernel_mapping_fix(vma);
	vma->vm_ops = &region_mapping;
	return 0;
}

/* The next end that `heard` has not counted; false: there is none. Those that are overwritten are lost. */
static bool take_end(struct region *region, u32 *heard, struct cokerneldev_end *end)
{
	bool is_new;

	spin_lock(&region->ends_lock);
	if (region->ended - *heard > COKERNELDEV_ENDS_MAX)
		*heard = region->ended - COKERNELDEV_ENDS_MAX;
	is_new = *heard != region->ended;
	if (is_new)
		*end = region->ends[(*heard)++ % COKERNELDEV_ENDS_MAX];
	spin_unlock(&region->ends_lock);
	return is_new;
}

static ssize_t region_read(struct file *file, char __user *to, size_t size, loff_t *position)
{
	struct region_file *one = file->private_data;
	struct cokerneldev_end end;

	if (size < sizeof(end))
		return -EINVAL;
	if (file->f_flags & O_NONBLOCK) {
		if (!take_end(one->region, &one->heard, &end))
			return -EAGAIN;
	} else if (wait_event_interruptible(one->region->changed,
					    take_end(one->region, &one->heard, &end))) {
		return -ERESTARTSYS;
	}
	return copy_to_user(to, &end, sizeof(end)) ? -EFAULT : (ssize_t)sizeof(end);
}

static __poll_t region_poll(struct file *file, poll_table *table)
{
	const struct region_file *one = file->private_data;

	poll_wait(file, &one->region->changed, table);
	return READ_ONCE(one->region->ended) != one->heard ? EPOLLIN | EPOLLRDNORM | EPOLLPRI : 0;
}

static int region_release(struct inode *inode, struct file *file)
{
	struct region_file *one = file->private_data;

	region_put(one->region);
	kfree(one);
	return 0;
}

static const struct file_operations region_file = {
	.owner = THIS_MODULE,
	.read = region_read,
	.poll = region_poll,
	.mmap = region_mmap,
	.release = region_release,
};

/* Takes over the reference. */
static int make_file(struct region *region)
{
	struct region_file *one = inject_fails() ? NULL : kzalloc(sizeof(*one), GFP_KERNEL);
	int file = -ENOMEM;

	if (one) {
		one->region = region;
		one->heard = READ_ONCE(region->ended);
		file = inject_fails() ? -ENFILE
				      : anon_inode_getfd("bulkhead-region", &region_file, one,
							 O_RDWR | O_CLOEXEC);
	}
	if (file < 0) {
		kfree(one);
		region_put(region);
	}
	return file;
}

static int take_small(struct region *region)
{
	unsigned int order = get_order(region->size);
	struct page *pages = inject_fails()
				     ? NULL
				     : alloc_pages_node((int)region->node,
							GFP_KERNEL | __GFP_ZERO | __GFP_THISNODE,
							order);

	if (!pages)
		return -ENOMEM;
	split_page(pages, order);
	for (u64 i = region->size >> PAGE_SHIFT; i < 1ull << order; i++)
		__free_page(pages + i);
	region->pages = pages;
	region->small = (struct enclave_blob){page_to_phys(pages), region->size};
	return 0;
}

static int take_pages(struct region *region)
{
	int error;

	if (region->size < ENCLAVE_UNIT)
		return take_small(region);
	error = memory_take(&region->memory, region->node, region->size / ENCLAVE_UNIT);
	if (!error && region->memory.count > COKERNEL_EXTENTS_MAX)
		error = -ENOMEM;
	return error;
}

static int check_create(const struct cokerneldev_region *argument)
{
	u64 unit = argument->size < ENCLAVE_UNIT ? PAGE_SIZE : ENCLAVE_UNIT;

	if (argument->size == 0 || argument->size > REGION_SIZE_MAX || argument->size % unit ||
	    argument->node >= min_t(u32, ENCLAVE_NODES_MAX, MAX_NUMNODES) ||
	    !node_online((int)argument->node) ||
	    strnlen(argument->name, sizeof(argument->name)) == sizeof(argument->name))
		return -EINVAL;
	return 0;
}

int region_create(struct cokerneldev_region *argument)
{
	int error = check_create(argument);
	struct region *region;

	if (error)
		return error;
	region = inject_fails() ? NULL : kvzalloc(sizeof(*region), GFP_KERNEL);
	if (!region)
		return -ENOMEM;
	kref_init(&region->references);
	spin_lock_init(&region->ends_lock);
	init_waitqueue_head(&region->changed);
	region->size = argument->size;
	region->node = argument->node;
	strscpy(region->name, argument->name, sizeof(region->name));
	error = take_pages(region);
	if (error) {
		region_put(region);
		return error;
	}
	mutex_lock(&regions_lock);
	do
		last_id++;
	while (last_id == 0 || find_locked(last_id));
	region->id = last_id;
	argument->id = last_id;
	kref_get(&region->references);
	list_add_tail(&region->link, &regions);
	mutex_unlock(&regions_lock);
	__module_get(THIS_MODULE);
	error = make_file(region);
	if (error < 0)
		(void)region_revoke(argument->id);
	return error;
}

int region_open(u32 id)
{
	struct region *region = region_find(id);

	return region ? make_file(region) : -ENOENT;
}

static bool region_is_answered(const struct enclave *enclave)
{
	return enclave->exchange.region_waiting == 0;
}

/* 0 as well when it does not run (any more). */
static int ask(struct enclave *enclave, u32 kind, u32 slot)
{
	int error;

	if (enclave->state != VMDEV_RUNNING)
		return 0;
	enclave->exchange.region_waiting = slot + 1;
	enclave->exchange.region_goes = kind == EXCHANGE_REGION_GOES;
	enclave->exchange.region_refused = false;
	error = exchange_send(enclave, kind, slot, 0);
	if (!error) {
		enclave->exchange.region_asked[slot]++;
		error = exchange_wait(enclave, region_is_answered);
	}
	enclave->exchange.region_waiting = 0;
	if (error == -EPIPE) {
		/* it has ended by itself: what it does not have to answer; or it was to be ended, and was not yet */
		enclave_look(enclave);
		return enclave->state == VMDEV_RUNNING ? -EPIPE : 0;
	}
	return error;
}

static u32 find_slot(const struct enclave *enclave, const struct region *region)
{
	u32 slot = 0;

	while (slot < COKERNEL_REGIONS_MAX && enclave->regions[slot] != region)
		slot++;
	return slot;
}

static void fill_slot(struct enclave *enclave, u32 slot, const struct region *region, u32 flags)
{
	struct cokernel_region *shared = &enclave->shared->regions[slot];

	memset(shared, 0, sizeof(*shared));
	shared->flags = flags;
	shared->extent_count = extent_count(region);
	strscpy(shared->name, region->name, sizeof(shared->name));
	for (unsigned int i = 0; i < extent_count(region); i++)
		shared->extents[i] = extent(region, i);
	smp_store_release(&shared->id, region->id);
}

static void empty_slot(struct enclave *enclave, u32 slot)
{
	struct region *region = enclave->regions[slot];

	memset(&enclave->shared->regions[slot], 0, sizeof(enclave->shared->regions[slot]));
	enclave->regions[slot] = NULL;
	mutex_lock(&regions_lock);
	region->attached--;
	mutex_unlock(&regions_lock);
	region_put(region);
}

/* Extents, as far as that is possible. */
static int map_slot(struct enclave *enclave, u32 slot)
{
	const struct region *region = enclave->regions[slot];
	bool is_read = enclave->region_flags[slot] & COKERNEL_REGION_READ;
	int error = 0;

	for (unsigned int i = 0; i < extent_count(region) && !error; i++)
		error = protect_map(enclave, extent(region, i).start, extent(region, i).size,
				    is_read);
	return error;
}

/* 0: no core of the enclave can reach any of it. */
static int unmap_slot(struct enclave *enclave, u32 slot)
{
	const struct region *region = enclave->regions[slot];
	int error = 0;

	for (unsigned int i = 0; i < extent_count(region) && !error; i++)
		error = protect_unmap(enclave, extent(region, i).start, extent(region, i).size);
	return error;
}

int regions_protect(struct enclave *enclave)
{
	int error = 0;

	for (u32 slot = 0; slot < COKERNEL_REGIONS_MAX && !error; slot++)
		if (enclave->regions[slot])
			error = map_slot(enclave, slot);
	return error;
}

/* A reference that counts as attached: it cannot be revoked in between. */
static struct region *claim(u32 id)
{
	struct region *region;

	mutex_lock(&regions_lock);
	region = find_locked(id);
	if (region && region->is_revoked)
		region = NULL;
	if (region) {
		region->attached++;
		kref_get(&region->references);
	}
	mutex_unlock(&regions_lock);
	return region;
}

int region_attach(struct enclave *enclave, struct cokerneldev_region *argument)
{
	struct region *region;
	u32 slot = find_slot(enclave, NULL);
	int error;

	if (argument->flags & ~COKERNEL_REGION_READ)
		return -EINVAL;
	if (slot == COKERNEL_REGIONS_MAX)
		return -ENOSPC;
	region = claim(argument->id);
	if (!region)
		return -ENOENT;
	error = find_slot(enclave, region) < COKERNEL_REGIONS_MAX ? -EEXIST : 0;
	enclave->regions[slot] = region;
	if (error) {
		empty_slot(enclave, slot);
		return error;
	}
	enclave->region_flags[slot] = argument->flags;
	enclave->region_ends[slot] = READ_ONCE(region->ended);
	fill_slot(enclave, slot, region, argument->flags);
	error = map_slot(enclave, slot);
	if (!error)
		error = ask(enclave, EXCHANGE_REGION_COMES, slot);
	if (!error && enclave->exchange.region_refused)
		error = -ECONNREFUSED;
	if (error && error != -ETIMEDOUT && error != -EINTR && error != -EPIPE &&
	    unmap_slot(enclave, slot))
		error = -ETIMEDOUT;
	if (error && error != -ETIMEDOUT && error != -EINTR && error != -EPIPE) {
		empty_slot(enclave, slot);
		return error;
	}
	/* one that has not answered may still take it: it stays attached */
	argument->slot = slot;
	return error;
}

static int detach_slot(struct enclave *enclave, u32 slot)
{
	int error = ask(enclave, EXCHANGE_REGION_GOES, slot);

	if (!error)
		error = unmap_slot(enclave, slot);
	if (!error)
		empty_slot(enclave, slot);
	return error;
}

int region_detach(struct enclave *enclave, struct cokerneldev_region *argument)
{
	for (u32 slot = 0; slot < COKERNEL_REGIONS_MAX; slot++)
		if (enclave->regions[slot] && enclave->regions[slot]->id == argument->id)
			return detach_slot(enclave, slot);
	return -ENOENT;
}

void regions_tell(struct enclave *enclave)
{
	for (u32 slot = 0; slot < COKERNEL_REGIONS_MAX; slot++) {
		struct region *region = enclave->regions[slot];

		if (!region)
			continue;
		spin_lock(&region->ends_lock);
		region->ends[region->ended % COKERNELDEV_ENDS_MAX] = (struct cokerneldev_end){
			enclave->id, enclave->cause};
		WRITE_ONCE(region->ended, region->ended + 1);
		spin_unlock(&region->ends_lock);
		wake_up_all(&region->changed);
	}
}

/* What its ring has no room for waits for the next look. */
void regions_hear(struct enclave *enclave)
{
	for (u32 slot = 0; slot < COKERNEL_REGIONS_MAX; slot++) {
		struct region *region = enclave->regions[slot];
		u32 heard = enclave->region_ends[slot];
		struct cokerneldev_end end;

		while (region && take_end(region, &heard, &end) &&
		       !exchange_send(enclave, EXCHANGE_REGION_ENDED, slot,
				      (u64)end.cause << 32 | end.enclave))
			enclave->region_ends[slot] = heard;
	}
}

void regions_end(struct enclave *enclave)
{
	for (u32 slot = 0; slot < COKERNEL_REGIONS_MAX; slot++)
		if (enclave->regions[slot])
			empty_slot(enclave, slot);
}

static int detach_all(const struct region *region)
{
	struct enclave *enclave;
	int error = 0;

	for (u32 id = 0; !error && (enclave = enclaves_next(id)); enclave_put(enclave)) {
		u32 slot;

		id = enclave->id;
		mutex_lock(&enclave->lock);
		slot = find_slot(enclave, region);
		if (slot < COKERNEL_REGIONS_MAX)
			error = detach_slot(enclave, slot);
		mutex_unlock(&enclave->lock);
	}
	return error;
}

int region_revoke(u32 id)
{
	struct region *region;
	int error = 0;

	mutex_lock(&regions_lock);
	region = find_locked(id);
	if (region && !region->is_revoked) {
		region->is_revoked = true;
		kref_get(&region->references);
	} else {
		region = NULL;
	}
	mutex_unlock(&regions_lock);
	if (!region)
		return -ENOENT;
	error = detach_all(region);
	mutex_lock(&regions_lock);
	if (error || region->attached) {
		region->is_revoked = false;
		error = -EBUSY;
	} else {
		list_del(&region->link);
	}
	mutex_unlock(&regions_lock);
	if (!error) {
		region_put(region);
		module_put(THIS_MODULE);
	}
	region_put(region);
	return error;
}
