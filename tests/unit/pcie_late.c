/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA writes that land when somebody looks (pcie/late.c): random scripts of devices, a driver and a hypervisor over one memory,
 * in a world whose memory may be late and in one where each write has its event. Whatever anybody can see must be the same.
 */
#include "pcie_world.h"

#include "core/fnv.h"
#include "core/prng.h"

enum { ACTS = 60, LOG = 4096, FUNCTIONS = 3, BUFFERS = 8, BUFFER = 2048, AT_BUFFERS = 0x10000, AT_DESCS = 0x1000, DESCS = 64 };
enum { WHOLE_TAG = 1, READ_TAG = 2 };

struct place {
    struct world *w;
    struct component driver; /* acts, by events of any class */
    struct pci_link *third, *second; /* a link that takes no time, so that times coincide */
    struct pci_function *fn[FUNCTIONS];
    struct ending_listener endings;
    struct prng prng;
    uint64_t log[LOG];
    unsigned n, acts, landed, late;
};

static struct place *of_world(struct component *c) { return (struct place *)((char *)c - offsetof(struct place, driver)); }

static void note(struct place *p, uint64_t value)
{
    ck_assert_uint_lt(p->n + 1, LOG);
    p->log[p->n++] = sim_now(p->w->sim);
    p->log[p->n++] = value;
}

static void ended(struct ending_listener *self, struct component *at, const struct frame *f, enum fate fate, const char *sub_word,
                  int sub)
{
    note((struct place *)((char *)self - offsetof(struct place, endings)), f->id << 8 | fate);
}

/* ---- the device ---- */

static void read_done(struct pci_function *fn, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct place *p = pci_function_data(fn);
    note(p, data ? fnv1a(tag, data, len) : tag + status);
}

static void write_done(struct pci_function *fn, uint64_t tag, enum pci_status status)
{
    struct place *p = pci_function_data(fn);
    if (status == PCI_OK) {
        p->landed++;
        return;
    }
    note(p, tag + status);
    if (tag >> 32 == WHOLE_TAG)
        frame_end(&p->w->c, (frame_ref)tag, FATE_function_reset);
}

static void function_reset(struct pci_function *fn, enum pci_reset kind) {}
static const struct pci_function_ops device_ops = {
    .dma_read_done = read_done, .dma_write_done = write_done, .reset = function_reset};

/* ---- who acts ---- */

static uint64_t buffer_of(struct place *p) { return AT_BUFFERS + (uint64_t)prng_below(&p->prng, BUFFERS) * BUFFER; }

static uint64_t desc_of(struct place *p) { return AT_DESCS + 16 * (uint64_t)prng_below(&p->prng, DESCS); }

static void look(struct place *p)
{
    struct mem_resident r;
    p->late += p->w->mem.writes != NULL;
    mem_settle(&p->w->mem);
    uint64_t hash = fnv1a(FNV_BASIS, p->w->ram, W_MEM);
    for (uint32_t cursor = 0; mem_next_resident(&p->w->mem, &cursor, &r);)
        hash = fnv1a(hash, &r.fragment[0], sizeof(r.fragment[0]));
    note(p, hash);
}

static void post_data(struct place *p, struct pci_function *fn)
{
    uint8_t data[PCI_DMA_INLINE_MAX];
    uint32_t len = 1 + prng_below(&p->prng, 80);
    memset(data, (int)prng_below(&p->prng, 256), sizeof(data));
    pci_dma_post(fn, prng_below(&p->prng, 8) ? desc_of(p) : buffer_of(p), data, len);
}

static void post_frame(struct place *p, struct pci_function *fn)
{
    frame_ref ref = frame_birth(&p->w->c, FLOW_NONE, 60 + prng_below(&p->prng, 1400));
    if (!ref)
        return;
    struct frame *f = frame_get(p->w->sim, ref);
    memset(frame_data(f), (int)prng_below(&p->prng, 256), f->len);
    uint64_t addr = buffer_of(p) + (prng_below(&p->prng, 16) ? 0 : 3000), tag = (uint64_t)WHOLE_TAG << 32 | ref;
    if (prng_below(&p->prng, 6))
        pci_dma_post_frame(fn, addr, ref, f, tag);
    else
        pci_dma_write_frame(fn, addr, ref, 0, f->len, true, tag);
}

static void make_frame(struct place *p)
{
    frame_ref ref = frame_birth(&p->w->c, FLOW_NONE, 60);
    mem_settle(&p->w->mem);
    if (ref)
        mem_tag_made(&p->w->mem, prng_below(&p->prng, 4) ? desc_of(p) : buffer_of(p), 60, ref);
}

static void change_mapping(struct place *p)
{
    uint64_t page = prng_below(&p->prng, 2) ? AT_DESCS : buffer_of(p) & ~(uint64_t)4095;
    if (iommu_map(p->w->domain, page, &p->w->mem, page, 4096, IOMMU_READ | IOMMU_WRITE))
        iommu_unmap(p->w->domain, page, 4096);
}

static void track(struct place *p)
{
    bool on = prng_below(&p->prng, 2);
    for (uint64_t at = 0; (at = iommu_next_dirty(p->w->domain, at)) != UINT64_MAX; at += 4096)
        note(p, at);
    iommu_track(p->w->domain, on);
}

static void act(struct component *self, const struct event *ev)
{
    struct place *p = of_world(self);
    struct pci_function *fn = p->fn[prng_below(&p->prng, FUNCTIONS)];
    p->acts++;
    switch (prng_below(&p->prng, 24)) {
    case 0 ... 5:
        post_data(p, fn);
        break;
    case 6 ... 11:
        post_frame(p, fn);
        break;
    case 12 ... 13:
        pci_dma_read(fn, prng_below(&p->prng, 2) ? desc_of(p) : buffer_of(p), 64, (uint64_t)READ_TAG << 32 | p->acts);
        break;
    case 14 ... 15:
        look(p);
        break;
    case 16:
        mem_settle(&p->w->mem);
        note(p, mem_tag_clear(&p->w->mem, buffer_of(p), BUFFER, FATE_reclaimed_rx));
        break;
    case 17 ... 18:
        make_frame(p);
        break;
    case 19:
        change_mapping(p);
        break;
    case 20:
        pci_function_drop_dma(fn);
        break;
    case 21:
        note(p, pci_function_is_idle(fn));
        break;
    case 22:
        pci_function_set_domain(fn, prng_below(&p->prng, 2) ? NULL : p->w->domain);
        break;
    case 23:
        track(p);
        break;
    }
}

static void nothing(struct component *self, struct save *s) {}
static const struct component_ops driver_ops = {.kind = "driver", .event = act, .save = nothing};

/* ---- places ---- */

static struct pci_function *function_on(struct place *p, struct pci_link *link, uint16_t rid)
{
    struct pci_function_params params = {.vendor = 0x8086, .device = 1, .rid = rid};
    struct pci_function *fn = pci_function_create(link, &p->w->c, p, &device_ops, &params);
    pci_function_set_domain(fn, p->w->domain);
    pci_config_write(fn, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    return fn;
}

static void place_init(struct place *p, uint64_t seed, bool may_be_late)
{
    struct pci_link_params slot, round;
    pci_link_params_default(&round);
    round.iommu.iotlb = 0;
    round.emulated = true;
    round.latency_ps = 100 * SIM_NS;
    *p = (struct place){.w = world_up(NULL)};
    pci_link_params_slot(&slot, 3, 8);
    component_init(&p->driver, p->w->sim, &driver_ops, "driver");
    p->second = pci_link_create(p->w->sim, "round", &round);
    p->third = pci_link_create(p->w->sim, "third", &slot);
    p->fn[0] = function_on(p, p->second, 0x0200);
    p->fn[1] = function_on(p, p->second, 0x0208);
    p->fn[2] = function_on(p, p->third, 0x0300);
    if (seed % 3 == 0) { /* too few tags, too */
        mem_fini(&p->w->mem);
        mem_init(&p->w->mem, &p->w->c, p->w->ram, W_MEM, 3);
    }
    p->w->mem.may_be_late = may_be_late;
    p->endings.ended = ended;
    books_listen_endings(p->w->sim, &p->endings);
    prng_init(&p->prng, seed, "late");
    for (unsigned i = 0; i < ACTS; i++)
        event_post(&p->driver, &p->driver, SIM_US + 50 * SIM_NS * prng_below(&p->prng, 40),
                   (enum event_class)prng_below(&p->prng, 5), 0, 0, 0, 0);
}

static void finish(struct place *p)
{
    struct books_report books;
    sim_run_until(p->w->sim, sim_now(p->w->sim) < 10 * SIM_US ? 10 * SIM_US : SIM_NEVER);
    look(p);
    for (int fate = 0; fate < FATE_COUNT; fate++)
        note(p, books_fate_count(p->w->sim, (enum fate)fate));
    note(p, p->landed);
    note(p, sim_event_count(p->w->sim));
    books_unlisten_endings(p->w->sim, &p->endings);
    mem_tag_clear(&p->w->mem, 0, W_MEM, FATE_vm_ended);
    books_get_report(p->w->sim, &books);
    ck_assert(books.balanced);
    ck_assert_uint_eq(books.in_flight, 0);
    pci_link_destroy(p->second);
    pci_link_destroy(p->third);
    world_destroy(p->w);
}

START_TEST(nobody_can_tell)
{
    static struct place late, plain;
    unsigned was_late = 0;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        place_init(&late, seed, true);
        place_init(&plain, seed, false);
        for (sim_time at = SIM_US; seed % 2 && at < 4 * SIM_US; at += 130 * SIM_NS) /* where a run stops changes nothing */
            sim_run_until(late.w->sim, at);
        finish(&late);
        finish(&plain);
        was_late += late.late;
        ck_assert_uint_eq(plain.late, 0);
        for (unsigned i = 0; i < late.n && i < plain.n; i += 2)
            ck_assert_msg(late.log[i] == plain.log[i] && late.log[i + 1] == plain.log[i + 1],
                          "seed %llu, note %u: %llx at %llu ps, not %llx at %llu", (unsigned long long)seed, i / 2,
                          (unsigned long long)late.log[i + 1], (unsigned long long)late.log[i],
                          (unsigned long long)plain.log[i + 1], (unsigned long long)plain.log[i]);
        ck_assert_uint_eq(late.n, plain.n);
    }
#ifdef VFSIM_PLAIN
    ck_assert_uint_eq(was_late, 0);
#else
    ck_assert_uint_gt(was_late, 400);
#endif
}
END_TEST

/* ---- one write, looked at closely ---- */

static struct place one;
static sim_time looks[2]; /* with the write under way: before it lands, and when */

static void single(struct component *self, const struct event *ev)
{
    uint8_t data[16] = {7};
    struct sim_mem *mem = &one.w->mem;
    if (ev->a == 0) {
        pci_dma_post(one.fn[0], AT_DESCS, data, sizeof(data));
        looks[0] = mem_next_write(mem);
        return;
    }
    mem_settle(mem);
    note(&one, one.w->ram[AT_DESCS]);
    looks[1] = mem_next_write(mem);
}

static const struct component_ops single_ops = {.kind = "driver", .event = single, .save = nothing};

START_TEST(its_time)
{
    place_init(&one, 1, true);
    struct sim *sim = one.w->sim;
    sim_run_until(sim, SIM_MS);
    one.n = 0;
    one.driver.ops = &single_ops;
    iommu_map(one.w->domain, AT_DESCS, &one.w->mem, AT_DESCS, 4096, IOMMU_READ | IOMMU_WRITE);
    iommu_track(one.w->domain, false);
    pci_function_set_domain(one.fn[0], one.w->domain);
    memset(one.w->ram + AT_DESCS, 0, 16);
    sim_time from = sim_now(sim) + SIM_US, lands = from + 100 * SIM_NS;
    event_post(&one.driver, &one.driver, from, EV_HW, 0, 0, 0, 0);
    event_post(&one.driver, &one.driver, lands - 1, EV_END, 0, 1, 0, 0);
    event_post(&one.driver, &one.driver, lands, EV_SCENARIO, 0, 1, 0, 0); /* an event of hardware comes behind it */
    event_post(&one.driver, &one.driver, lands, EV_HOST, 0, 1, 0, 0);
    uint64_t events = sim_event_count(sim);
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(one.n, 6);
    ck_assert_uint_eq(one.log[1], 0);
    ck_assert_uint_eq(one.log[3], 0);
    ck_assert_uint_eq(one.log[5], 7);
    ck_assert_uint_eq(sim_event_count(sim), events + 5);
#ifndef VFSIM_PLAIN
    ck_assert_uint_eq(looks[0], lands);
#endif
    ck_assert_uint_eq(looks[1], SIM_NEVER);
    event_post(&one.driver, &one.driver, sim_now(sim) + SIM_US, EV_HW, 0, 0, 0, 0); /* the last thing in a world happens, too */
    from = sim_now(sim) + SIM_US;
    sim_run_until(sim, SIM_NEVER);
    ck_assert_uint_eq(sim_now(sim), from + 100 * SIM_NS);
    finish(&one);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pcie_late");
    TCase *tc = tcase_create("late");

    tcase_add_test(tc, nobody_can_tell);
    tcase_add_test(tc, its_time);
    suite_add_tcase(suite, tc);
    return world_main(suite);
}
