// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See vectors.h. `vectors_lock` guards the table, and the targets[] of all enclaves but for an event's own slot, which moves with its interrupt. */
#include <linux/eventfd.h>
#include <linux/mutex.h>
#include <asm/apicdef.h>
#include <inject.h>
#include "cores.h"
#include "enclave.h"
#include "protect.h"

#define VECTORS_MAX 256u

struct vector {
	u32 id; /* 0: free */
	struct enclave *owner;
	u32 core, vector;         /* of an enclave's */
	struct kernel_bell *bell; /* of an event */
	struct eventfd_ctx *event;
	u32 slot; /* of an event, in the owner's targets[] */
};

/* `sender` may signal it, by a slot of its targets[]. */
struct connection {
	struct vector *vector; /* NULL: free */
	struct enclave *sender;
	u32 slot;
};

static DEFINE_MUTEX(vectors_lock);
static struct vector vectors[VECTORS_MAX];
static struct connection connections[VECTORS_MAX];
static u32 last_id;

static struct vector *find(u32 id)
{
	for (u32 i = 0; i < VECTORS_MAX && id != 0; i++)
		if (vectors[i].id == id)
			return &vectors[i];
	return NULL;
}

/* A free place with a new id, which is taken when the caller fills in the owner. */
static struct vector *find_free(void)
{
	for (u32 i = 0; i < VECTORS_MAX && !inject_fails(); i++) {
		if (vectors[i].id)
			continue;
		do
			last_id++;
		while (last_id == 0 || find(last_id));
		return &vectors[i];
	}
	return NULL;
}

static void set_target(struct enclave *enclave, u32 slot, u32 id, u32 apic, u32 vector)
{
	struct cokernel_target *target = &enclave->shared->targets[slot];

	WRITE_ONCE(target->vector, 0);
	protect_target(enclave, slot, apic, vector);
	WRITE_ONCE(target->id, id);
	smp_store_release(&target->apic, apic);
	smp_store_release(&target->vector, vector);
}

static struct vector *make_locked(struct enclave *enclave, u32 core, int *error)
{
	u32 number = 1; /* the first is the doorbell */
	struct vector *vector;

	*error = -EINVAL;
	if (core >= enclave->core_count || !enclave->cores[core].is_used)
		return NULL;
	*error = -ENOSPC;
	while (enclave->vectors.used >> number & 1)
		number++;
	if (COKERNEL_VECTOR_FIRST + number > COKERNEL_VECTOR_LAST)
		return NULL;
	vector = find_free();
	if (!vector)
		return NULL;
	*vector = (struct vector){
		.id = last_id,
		.owner = enclave,
		.core = core,
		.vector = COKERNEL_VECTOR_FIRST + number,
	};
	enclave->vectors.used |= (u16)(1u << number);
	*error = 0;
	return vector;
}

int vector_alloc(struct enclave *enclave, struct cokerneldev_vector *argument)
{
	struct vector *vector;
	int error;

	mutex_lock(&vectors_lock);
	vector = make_locked(enclave, argument->core, &error);
	if (vector) {
		argument->id = vector->id;
		argument->vector = vector->vector;
	}
	mutex_unlock(&vectors_lock);
	return error;
}

u32 vector_for_core(struct enclave *enclave, u32 core)
{
	struct cokerneldev_vector argument = {.core = core};

	return vector_alloc(enclave, &argument) ? 0 : argument.vector;
}

static void disconnect(struct connection *connection)
{
	set_target(connection->sender, connection->slot, 0, 0, 0);
	connection->sender->vectors.slots &= ~(1u << connection->slot);
	*connection = (struct connection){};
}

static void forget(struct vector *vector)
{
	for (u32 i = 0; i < VECTORS_MAX; i++)
		if (connections[i].vector == vector)
			disconnect(&connections[i]);
	/* the handler goes before what it uses */
	kernel_bell_free(vector->bell);
	if (vector->event) {
		eventfd_ctx_put(vector->event);
		set_target(vector->owner, vector->slot, 0, 0, 0);
		vector->owner->vectors.slots &= ~(1u << vector->slot);
	} else {
		u32 number = vector->vector - COKERNEL_VECTOR_FIRST;

		vector->owner->vectors.used &= (u16) ~(1u << number);
	}
	*vector = (struct vector){};
}

int vector_free(struct enclave *enclave, struct cokerneldev_vector *argument)
{
	struct vector *vector;
	int error = -ENOENT;

	mutex_lock(&vectors_lock);
	vector = find(argument->id);
	if (vector && vector->owner == enclave) {
		forget(vector);
		error = 0;
	}
	mutex_unlock(&vectors_lock);
	return error;
}

void vector_let_go(struct enclave *enclave, u32 number)
{
	mutex_lock(&vectors_lock);
	for (u32 i = 0; i < VECTORS_MAX; i++)
		if (vectors[i].id && vectors[i].owner == enclave && !vectors[i].event &&
		    vectors[i].vector == number)
			forget(&vectors[i]);
	mutex_unlock(&vectors_lock);
}

int vector_signal(struct enclave *enclave, struct cokerneldev_vector *argument)
{
	struct vector *vector;
	int error = -ENOENT;

	mutex_lock(&vectors_lock);
	vector = find(argument->id);
	if (vector && vector->owner == enclave && !vector->event) {
		enclave_ring_core(enclave, vector->core, vector->vector);
		error = 0;
	}
	mutex_unlock(&vectors_lock);
	return error;
}

/* A slot of its targets[]; COKERNEL_TARGETS_MAX: there is none. */
static u32 find_slot(const struct enclave *enclave)
{
	u32 slot = 0;

	while (enclave->vectors.slots >> slot & 1)
		slot++;
	return slot;
}

static struct connection *connect_locked(struct enclave *sender, struct vector *vector, int *error)
{
	u32 slot = find_slot(sender);

	*error = -ENOENT;
	if (!vector || vector->event)
		return NULL;
	*error = -ENOSPC;
	for (u32 i = 0; i < VECTORS_MAX && slot < COKERNEL_TARGETS_MAX && !inject_fails(); i++) {
		if (connections[i].vector)
			continue;
		connections[i] = (struct connection){vector, sender, slot};
		sender->vectors.slots |= 1u << slot;
		*error = 0;
		return &connections[i];
	}
	return NULL;
}

int vector_connect(struct enclave *enclave, struct cokerneldev_vector *argument)
{
	struct connection *connection;
	struct vector *vector;
	int error;

	mutex_lock(&vectors_lock);
	vector = find(argument->id);
	connection = connect_locked(enclave, vector, &error);
	if (connection) {
		u32 cpu = vector->owner->cores[vector->core].cpu;

		argument->slot = connection->slot;
		set_target(enclave, connection->slot, vector->id, core_place(cpu).apic_id,
			   vector->vector);
	}
	mutex_unlock(&vectors_lock);
	return error;
}

static irqreturn_t event_rang(int irq, void *arg)
{
	const struct vector *vector = arg;

	kernel_event_signal(vector->event);
	return IRQ_HANDLED;
}

static void event_moved(void *arg, u32 apic, u32 number)
{
	const struct vector *vector = arg;

	set_target(vector->owner, vector->slot, vector->id, apic, number);
}

static int event_locked(struct enclave *enclave, struct eventfd_ctx *event, u32 *id, u32 *slot)
{
	struct vector *vector = find_free();
	struct kernel_bell *bell;

	*slot = find_slot(enclave);
	if (!vector || *slot == COKERNEL_TARGETS_MAX)
		return -ENOSPC;
	*vector = (struct vector){
		.id = last_id,
		.owner = enclave,
		.event = event,
		.slot = *slot,
	};
	bell = inject_fails() ? ERR_PTR(-ENOMEM)
			      : kernel_bell_make(event_moved, event_rang, vector, "bulkhead-event");
	if (IS_ERR(bell)) {
		*vector = (struct vector){};
		return PTR_ERR(bell);
	}
	vector->bell = bell;
	enclave->vectors.slots |= 1u << *slot;
	*id = vector->id;
	return 0;
}

int vector_event(struct enclave *enclave, struct cokerneldev_vector *argument)
{
	struct eventfd_ctx *event = eventfd_ctx_fdget(argument->event);
	int error;

	if (IS_ERR(event))
		return PTR_ERR(event);
	mutex_lock(&vectors_lock);
	error = event_locked(enclave, event, &argument->id, &argument->slot);
	mutex_unlock(&vectors_lock);
	if (error)
		eventfd_ctx_put(event);
	return error;
}

void vectors_leave(struct enclave *enclave, u32 core)
{
	mutex_lock(&vectors_lock);
	for (u32 i = 0; i < VECTORS_MAX; i++)
		if (vectors[i].id && vectors[i].owner == enclave && !vectors[i].event &&
		    vectors[i].core == core)
			forget(&vectors[i]);
	mutex_unlock(&vectors_lock);
}

void vectors_end(struct enclave *enclave)
{
	mutex_lock(&vectors_lock);
	for (u32 i = 0; i < VECTORS_MAX; i++) {
		if (vectors[i].id && vectors[i].owner == enclave)
			forget(&vectors[i]);
		if (connections[i].vector && connections[i].sender == enclave)
			disconnect(&connections[i]);
	}
	mutex_unlock(&vectors_lock);
}
