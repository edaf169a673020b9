/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The login VM's standard distributor, used as a kernel does it: what it says of itself, interrupts
 * of every kind in the order of their priorities, and that nothing of others can be seen or changed
 * through it.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>
#include <tests/guest/runtime/wall.h>

#define LONG 5000000u /* microseconds: nothing takes so long */

#define GICD_CTLR       0x0000u
#define GICD_TYPER      0x0004u
#define GICD_ITARGETSR  0x0800u
#define GICD_SGIR       0x0F00u
#define GICD_CPENDSGIR  0x0F10u
#define GICD_IROUTER    0x6000u
#define GICR_WAKER      0x0014u
#define GICR_SGI        0x10000u
#define GICR_STRIDE     0x20000u
#define DIST_IGROUPR    0x080u
#define DIST_ISENABLER  0x100u
#define DIST_ICENABLER  0x180u
#define DIST_ISPENDR    0x200u
#define DIST_ICPENDR    0x280u
#define DIST_ISACTIVER  0x300u
#define DIST_ICACTIVER  0x380u
#define DIST_IPRIORITYR 0x400u
#define PRIVATE         32u

/* The register of the caller's for interrupt `id`, of those with a bit for each */
static uint64_t bit_register(uint32_t offset, uint32_t id)
{
	uint64_t base = guest.gicd;

	if (guest.gic_version == 3 && id < PRIVATE)
		base = guest.gicr + GICR_SGI;
	return base + offset + id / 32 * 4;
}

static bool bit_get(uint32_t offset, uint32_t id)
{
	return mmio_read32(bit_register(offset, id)) >> id % 32 & 1;
}

static void bit_set(uint32_t offset, uint32_t id)
{
	mmio_write32(bit_register(offset, id), 1u << id % 32);
}

static void priority_set(uint32_t id, uint8_t priority)
{
	mmio_write8(bit_register(DIST_IPRIORITYR, 0) + id, priority);
}

static void route_set(uint32_t id, uint32_t vcpu)
{
	if (guest.gic_version == 3)
		mmio_write64(guest.gicd + GICD_IROUTER + 8 * id, vcpu);
	else
		mmio_write8(guest.gicd + GICD_ITARGETSR + id, (uint8_t)(1u << vcpu));
}

/* As a kernel starts it: all interrupts in the group that it takes, disabled, in no state, of one priority, here. */
static void dist_start(void)
{
	uint32_t spi = BH_INTID_NPI_LOGIN;

	if (guest.gic_version == 3)
		mmio_write32(guest.gicr + GICR_WAKER, 0);
	for (uint32_t id = 0; id <= spi; id += spi) {
		mmio_write32(bit_register(DIST_IGROUPR, id), guest.gic_version == 3 ? ~0u : 0);
		mmio_write32(bit_register(DIST_ICENABLER, id), ~0u);
		mmio_write32(bit_register(DIST_ICACTIVER, id), ~0u);
		mmio_write32(bit_register(DIST_ICPENDR, id), ~0u);
	}
	for (uint32_t id = 0; guest.gic_version == 2 && id < 16; id += 4)
		mmio_write32(guest.gicd + GICD_CPENDSGIR + id, ~0u);
	for (uint32_t id = 0; id < PRIVATE; id++)
		priority_set(id, 0xA0);
	priority_set(spi, 0xA0);
	route_set(spi, 0);
	mmio_write32(guest.gicd + GICD_CTLR, guest.gic_version == 3 ? 0x12 : 1);
	gic_start();
}

static void sgi_to_self(uint32_t id)
{
	if (guest.gic_version == 3)
		sysreg_write(s3_0_c12_c11_5, (uint64_t)id << 24 | 1); /* ICC_SGI1R_EL1 */
	else
		mmio_write32(guest.gicd + GICD_SGIR, 2u << 24 | id);
	isb();
}

/* How often `id` is taken now */
static uint64_t taken_now(uint32_t id)
{
	uint32_t before = core_this()->taken[id];

	interrupts_take();
	return core_this()->taken[id] - before;
}

/* in each test: a request to the login VM, what it answers and what that has to be */
static void expect(struct peer *peer, remote_fn function, const uint64_t *wanted, unsigned count,
		   const char *name)
{
	struct remote r = remote_call(peer, function, 0, 0, 0, 0);
	struct verdict v = {0};

	VERIFY(&v, r.end == REMOTE_DONE, "%s", remote_text(&r));
	for (unsigned i = 0; i < count; i++)
		VERIFY(&v, r.out[i] == wanted[i], "answer %u is %#llx, not %#llx", i,
		       (unsigned long long)r.out[i], (unsigned long long)wanted[i]);
	conclude(&v, "%s", name);
}

#define EXPECT(peer, function, name, ...)                       \
	expect(peer, function, (const uint64_t[]){__VA_ARGS__}, \
	       sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), name)

static void identity_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	uint64_t last = guest.gicr + (guest.vcpus - 1) * GICR_STRIDE;

	(void)in;
	out[0] = mmio_read32(guest.gicd + (guest.gic_version == 3 ? 0xFFE8 : 0xFE8)) >> 4 & 0xF;
	out[1] = (mmio_read32(guest.gicd + GICD_TYPER) & 0x1F) >= 1;
	out[2] = guest.gic_version == 3 ? mmio_read64(last + 8)
					: mmio_read32(guest.gicd + GICD_ITARGETSR);
}

GUEST_TEST(dist_identity)
{
	struct peer *login = peer_take();

	if (guest.gic_version == 3)
		EXPECT(login, identity_serve, "version, lines, the last redistributor", 3, 1,
		       UINT64_C(1) << 32 | 1 << 8 | 1 << 4);
	else
		EXPECT(login, identity_serve, "version, lines, the reader's target byte", 2, 1,
		       0x01010101);
}

static void interrupts_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	dist_start();
	sgi_to_self(3);
	out[0] = taken_now(3) << 8 | bit_get(DIST_ISPENDR, 3); /* disabled: waits */
	bit_set(DIST_ISENABLER, 3);
	out[0] |= taken_now(3) << 16 | taken_now(3) << 24;
	/* the timer */
	bit_set(DIST_ISENABLER, INTID_VTIMER);
	vtimer_start(now() + ticks_of_us(100));
	interrupts_on();
	out[1] = wait_until(core_this()->taken[INTID_VTIMER], LONG);
	interrupts_off();
	/* an SPI, whose pending state a kernel may set; then on the way to a core that is off, and back */
	bit_set(DIST_ISPENDR, BH_INTID_NPI_LOGIN);
	bit_set(DIST_ISENABLER, BH_INTID_NPI_LOGIN);
	out[2] = taken_now(BH_INTID_NPI_LOGIN);
	bit_set(DIST_ISPENDR, BH_INTID_NPI_LOGIN);
	route_set(BH_INTID_NPI_LOGIN, 1);
	out[3] = taken_now(BH_INTID_NPI_LOGIN) << 8 | bit_get(DIST_ISPENDR, BH_INTID_NPI_LOGIN);
	route_set(BH_INTID_NPI_LOGIN, 0);
	out[3] |= taken_now(BH_INTID_NPI_LOGIN) << 16;
	/* all of them off */
	mmio_write32(guest.gicd + GICD_CTLR, 0);
	sgi_to_self(3);
	out[4] = taken_now(3);
	mmio_write32(guest.gicd + GICD_CTLR, 3);
	out[4] |= taken_now(3) << 8;
}

GUEST_TEST(dist_interrupts)
{
	EXPECT(peer_take(), interrupts_serve, "SGI, timer, SPI, routes, all off", 0x10001, true, 1,
	       0x10001, 0x100);
}

static uint32_t order[16], order_count;

static void order_note(struct core *core, uint32_t id)
{
	(void)core;
	if (order_count < 16)
		order[order_count++] = id;
}

/* Ten at once, more than there are list registers, the last the most urgent; out[0]: taken in order */
static void priorities_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();

	(void)in;
	dist_start();
	for (uint32_t id = 0; id < 10; id++) {
		priority_set(id, (uint8_t)(0xA0 - 8 * id));
		bit_set(DIST_ISENABLER, id);
		sgi_to_self(id);
	}
	gic_mask_set(0x78); /* three are more urgent than that */
	core->on_interrupt = order_note;
	order_count = 0;
	interrupts_take();
	out[1] = order_count;
	gic_mask_set(0xF8);
	for (unsigned i = 0; i < 10; i++)
		interrupts_take();
	core->on_interrupt = NULL;
	out[2] = order_count;
	for (uint32_t i = 0; i < order_count; i++)
		out[0] += order[i] == 9 - i;
}

GUEST_TEST(dist_priorities)
{
	EXPECT(peer_take(), priorities_serve, "ten SGIs, the most urgent first", 10, 4, 10);
}

static void active_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	uint32_t raw;

	(void)in;
	dist_start();
	bit_set(DIST_ISENABLER, 5);
	sgi_to_self(5);
	raw = gic_acknowledge();
	out[0] = (raw & 0x3FF) << 8 | bit_get(DIST_ISACTIVER, 5);
	sgi_to_self(5); /* once more: pending and active */
	out[1] = bit_get(DIST_ISPENDR, 5);
	gic_end(raw);
	out[1] |= (uint64_t)bit_get(DIST_ISACTIVER, 5) << 8;
	if (guest.gic_version == 3)
		bit_set(DIST_ICPENDR, 5);
	else
		mmio_write8(guest.gicd + GICD_CPENDSGIR + 5, 1);
	out[2] = taken_now(5);
	bit_set(DIST_ISACTIVER, 6);
	bit_set(DIST_ISENABLER, 6);
	sgi_to_self(6);
	out[3] = taken_now(6);
	bit_set(DIST_ICACTIVER, 6);
	out[4] = taken_now(6);
}

GUEST_TEST(dist_active)
{
	EXPECT(peer_take(), active_serve, "active and pending states", 0x501, 1, 0, 0, 1);
}

/* in none of these is anything of the VM's */
static void others_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	uint32_t owned = BH_INTID_NPI_LOGIN;

	(void)in;
	for (uint32_t id = PRIVATE; id < 288; id++) {
		if (id == owned)
			continue;
		bit_set(DIST_ISENABLER, id);
		bit_set(DIST_ISPENDR, id);
		bit_set(DIST_ISACTIVER, id);
		mmio_write8(guest.gicd + DIST_IPRIORITYR + id, 0x10);
		out[0] += bit_get(DIST_ISENABLER, id) || bit_get(DIST_ISPENDR, id) ||
			  bit_get(DIST_ISACTIVER, id);
		out[1] += mmio_read8(guest.gicd + DIST_IPRIORITYR + id);
		if (guest.gic_version == 3) {
			mmio_write64(guest.gicd + GICD_IROUTER + 8 * id, 1);
			out[2] += mmio_read64(guest.gicd + GICD_IROUTER + 8 * id);
		} else {
			mmio_write8(guest.gicd + GICD_ITARGETSR + id, 1);
			out[2] += mmio_read8(guest.gicd + GICD_ITARGETSR + id);
		}
	}
	interrupts_take();
	out[3] = core_this()->taken[33];
}

/* The console's interrupt, which has id 33 on this machine, goes on being the primary's. */
GUEST_TEST(dist_others)
{
	struct peer *login = peer_take();

	EXPECT(login, others_serve, "interrupts of others: no trace of them", 0, 0, 0, 0);
	check(gic_enable(33, true) && !(gic_state(33) & BH_INTR_PENDING),
	      "the primary's device interrupt is as it was");
	gic_enable(33, false);
}

/* All that there is is enabled; in[0]: ticks. out[0]: what came meanwhile, out[1]: of what it raised itself */
static void private_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();
	uint64_t until;

	dist_start();
	mmio_write32(bit_register(DIST_ISENABLER, 0), ~0u);
	for (uint32_t id = 0; id < INTERRUPTS_MAX; id++)
		core->taken[id] = 0;
	interrupts_on();
	for (until = now() + in[0]; now() < until;)
		;
	for (uint32_t id = 0; id < INTERRUPTS_MAX; id++)
		out[0] += core->taken[id];
	/* but for the one whose handler (exception.c) stops a timer that is not its own */
	for (uint32_t id = 16; id < PRIVATE; id++)
		if (id != INTID_PTIMER)
			bit_set(DIST_ISPENDR, id);
	for (uint32_t id = 16; id < PRIVATE; id++)
		out[1] += id != INTID_PTIMER && wait_until(core->taken[id] == 1, LONG);
	interrupts_off();
}

/* Interrupts of the core that the login VM runs on: its own come from its own distributor, the others do not come. */
GUEST_TEST(dist_private)
{
	struct peer *login = peer_take();
	uint64_t offset = (uint64_t)private_serve - (uint64_t)_image_start;
	uint32_t taken = cores[0].taken[INTID_PTIMER];
	struct regs r;

	ptimer_start(now() + ticks_of_us(2000));
	r = call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, login->id), 0, offset,
		 ticks_of_us(20000));
	check_is(r.x[0], FFA_INTERRUPT, "the primary's timer ends the login VM's run");
	ptimer_stop();
	interrupts_take();
	check_is(cores[0].taken[INTID_PTIMER], taken + 1, "the primary takes its interrupt");
	r = peer_go_on(r, LONG);
	check_is(r.x[0], FFA_MSG_SEND_DIRECT_RESP_64, "the login VM goes on");
	check_is(r.x[3], 0, "and has taken nothing");
	check_is(r.x[4], 15, "but what it raises itself, of each number");
	for (uint32_t id = 16; id < PRIVATE; id++)
		check(id == INTID_PTIMER || !cores[0].taken[id], "of which the primary has no %u",
		      id);
}

/* To everybody that its registers can name */
static void sgi_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	dist_start();
	for (uint64_t id = 0; id < 16; id++) {
		if (guest.gic_version == 2) {
			mmio_write32(guest.gicd + GICD_SGIR, (uint32_t)(1u << 24 | id));
			mmio_write32(guest.gicd + GICD_SGIR, (uint32_t)(0xFFu << 16 | id));
			continue;
		}
		sysreg_write(s3_0_c12_c11_5, id << 24 | UINT64_C(1) << 40);
		for (uint64_t cluster = 0; cluster < 4; cluster++)
			sysreg_write(s3_0_c12_c11_5, id << 24 | cluster << 16 | 0xFFFF);
		sysreg_write(s3_0_c12_c11_6, id << 24 | UINT64_C(1) << 40);
		sysreg_write(s3_0_c12_c11_7, id << 24 | 0xFFFF);
	}
	out[0] = 1;
}

/* SGIs that somebody else's core takes; all of them are enabled. */
static void taken_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	for (uint32_t id = 0; id < 16; id++) {
		gic_enable(id, true);
		out[0] += taken_now(id) + (gic_state(id) & BH_INTR_PENDING);
	}
}

static uint64_t sgis_taken(void)
{
	uint64_t sum = 0;

	interrupts_take();
	for (uint32_t id = 0; id < 16; id++)
		sum += cores[0].taken[id];
	return sum;
}

GUEST_TEST(dist_sgis)
{
	struct peer *login = peer_take(), *other = peer_take();
	uint64_t out[REMOTE_WORDS], before;
	struct remote r;

	taken_serve(NULL, out); /* all are enabled */
	before = sgis_taken();
	EXPECT(login, sgi_serve, "SGIs to all cores that there could be", 1);
	check_is(sgis_taken(), before, "the primary takes none of them");
	r = remote_call(other, taken_serve, 0, 0, 0, 0);
	check(r.end == REMOTE_DONE && r.out[0] == 0, "nor does a secondary");
}

/* out[0]: how often the interrupt of notifications came, out[1]: what was pending */
static void notified_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct regs r;

	(void)in;
	if (!bit_get(DIST_ISENABLER, BH_INTID_NPI_LOGIN))
		dist_start();
	bit_set(DIST_ISENABLER, BH_INTID_NPI_LOGIN);
	out[0] = taken_now(BH_INTID_NPI_LOGIN);
	r = call(FFA_NOTIFICATION_GET, guest.id, FFA_NOTIFICATION_FROM_VMS);
	out[1] = r.x[4];
}

GUEST_TEST(dist_notification)
{
	struct peer *login = peer_take(), *other = peer_take();
	uint64_t down = FFA_NOTIFICATION_IDS(guest.id, login->id);
	struct remote r;

	EXPECT(login, notified_serve, "no notification at first", 0, 0);
	r = remote_hvc(login, FFA_NOTIFICATION_BIND, down, 0, 5);
	check(r.end == REMOTE_DONE && r.out[0] == FFA_SUCCESS_32, "it binds two to the primary");
	r = remote_hvc(other, FFA_NOTIFICATION_SET, FFA_NOTIFICATION_IDS(other->id, login->id), 0,
		       1);
	check(r.out[0] == FFA_ERROR && (int32_t)r.out[2] == FFA_DENIED,
	      "a secondary cannot send them");
	r = remote_hvc(other, FFA_NOTIFICATION_SET, down, 0, 1);
	check(r.out[0] == FFA_ERROR && (int32_t)r.out[2] == FFA_INVALID_PARAMETERS,
	      "nor in the primary's name");
	EXPECT(login, notified_serve, "and none has come", 0, 0);
	check_is(call(FFA_NOTIFICATION_SET, down, 0, 4).x[0], FFA_SUCCESS_32, "the primary can");
	EXPECT(login, notified_serve, "it takes one interrupt", 1, 4);
	EXPECT(login, notified_serve, "and no more", 0, 0);
}

static void load_or_store(uint64_t *rng, uint64_t at)
{
	uint64_t value = random_next(rng);
	unsigned size = (unsigned)random_next(rng) & 3;
	bool write = random_next(rng) & 1;

	at &= ~((UINT64_C(1) << size) - 1);
	if (size == 0)
		write ? mmio_write8(at, (uint8_t)value) : (void)mmio_read8(at);
	else if (size == 1 && write)
		__asm__ volatile("strh %w0, [%1]" ::"r"(value), "r"(at));
	else if (size == 1)
		__asm__ volatile("ldrsh %0, [%1]" : "=r"(value) : "r"(at));
	else if (size == 2)
		write ? mmio_write32(at, (uint32_t)value) : (void)mmio_read32(at);
	else
		write ? mmio_write64(at, value) : (void)mmio_read64(at);
}

/* in[0]: seed, in[1]: accesses */
static void random_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	uint64_t rng = in[0];
	uint64_t frames = guest.gic_version == 3 ? guest.vcpus * GICR_STRIDE : 0;

	for (uint64_t i = 0; i < in[1]; i++) {
		uint64_t where = random_next(&rng), offset = where >> 8;

		/* mostly where registers are */
		if (guest.gic_version == 2)
			offset %= 0x1000;
		else if (where & 1)
			offset = offset % 0x10000 & (where & 2 ? 0xFFF : 0xFFFF);
		else
			offset %= frames;
		load_or_store(&rng,
			      (guest.gic_version == 3 && !(where & 1) ? guest.gicr : guest.gicd) +
				      offset);
		if (guest.gic_version == 3 && where % 64 == 4)
			sysreg_write(s3_0_c12_c11_5, random_next(&rng));
		out[0]++;
	}
}

GUEST_TEST(dist_random)
{
	struct peer *login = peer_take(), *other = peer_take();

	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct remote r = remote_call(login, random_serve, seed, 5000, 0, 0);

		check(r.end == REMOTE_DONE && r.out[0] == 5000, "5000 accesses, seed %llu: %s",
		      (unsigned long long)seed, remote_text(&r));
	}
	EXPECT(login, interrupts_serve, "it is still a distributor", 0x10001, true, 1, 0x10001,
	       0x100);
	check(remote_call(other, agent_hello, 0, 0, 0, 0).end == REMOTE_DONE,
	      "another VM has not noticed");
}

static void calls_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	out[0] = gic_enable(3, true);
	out[1] = gic_enable(33, true);
	out[2] = gic_enable(INTID_PTIMER, true);
}

GUEST_TEST(dist_calls)
{
	EXPECT(peer_take(), calls_serve, "para-virtual calls are denied beside it", 0, 0, 0);
}
