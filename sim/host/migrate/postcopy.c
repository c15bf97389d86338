/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Post-copy: the VM runs at the destination before its pages are there.
 *
 * The state names the pages that are to follow (those that differ; all, if no round has sent any), and the destination
 * forgets what it had of them. Then the source pushes them in order of address, in bursts as a round's, and sends out
 * of turn what is asked for: the guest's access faults and is tried again when the page has come, a DMA operation and
 * those behind it wait, a request to the machine waits; only what the hypervisor itself reads to emulate a register is
 * taken at once, and its vCPU pays for it. A request is a header on the link back, which has room.
 *
 * From the resumption on the VM is in two places: a link that dies takes it along. Nobody else may have more than
 * MIGRATE_POSTCOPY_MAX such VMs at stake.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "host/migrate/migrate__.h"

enum { PUSH_PAGES = 4, PUSH_MARKERS = 256 }; /* few: what is asked for waits behind them */
enum page_state { PAGE_THERE, PAGE_MISSING, PAGE_ASKED, PAGE_SENT };

static sim_time now(const struct migrator *m) { return sim_now(m->c.sim); }

static uint64_t pages_of(struct migrator *m, const struct migration *g)
{
    return vm_get_params(migrate__from(m, g)->vm)->ram_bytes / VM_MOVE_PAGE;
}

unsigned migrate__postcopy_count(const struct migrator *m)
{
    unsigned n = 0;

    for (unsigned i = 0; i < MIGRATE_SLOTS_MAX; i++)
        n += migrate__phase(&m->slot[i]) != MIGRATE_IDLE && m->slot[i].state.post_copy;
    return n;
}

/* ---- which pages ---- */

static void want(struct mem_pager *self, uint64_t page)
{
    struct migrate_pager *pager = (struct migrate_pager *)self;
    struct migrator *m = pager->m;
    struct migration *g = &m->slot[pager->slot];

    if (self->missing[page] != PAGE_MISSING)
        return;
    self->missing[page] = PAGE_ASKED;
    event_post(&m->c, &m->c, now(m) + g->state.latency_ps, EV_HOST, MIGRATE_EV_DEMAND, pager->slot, g->state.record, page);
}

static sim_time send_page(struct migrator *m, struct migration *g, uint64_t page)
{
    bool data = vm_ram_kind(g->rest, page * VM_MOVE_PAGE) == VM_PAGE_DATA;

    migrate__record(m, g)->pulled_data += data;
    return migrate__send(m, g, MIGRATE_PAGE_HEADER + (data ? VM_MOVE_PAGE : 0)) + g->state.latency_ps;
}

static void take(struct mem_pager *self, uint64_t page)
{
    struct migrate_pager *pager = (struct migrate_pager *)self;
    struct migrator *m = pager->m;
    struct migration *g = &m->slot[pager->slot];

    if (self->missing[page] != PAGE_SENT) {
        migrate__record(m, g)->taken++;
        self->owed_ps += send_page(m, g, page) + g->state.latency_ps - now(m);
    }
    vm_pages_came(migrate__to(m, g)->vm, g->rest, page, 1);
}

static int pager_create(struct migrator *m, struct migration *g)
{
    struct migrate_pager *pager = alloc_zero("a post-copy migration", 1, sizeof(*pager));

    pager->base.missing = alloc_zero("a post-copy migration", 1, pages_of(m, g));
    pager->base.want = want;
    pager->base.take = take;
    pager->m = m;
    pager->slot = migrate__slot(m, g);
    g->pager = pager;
    return 0;
}

int migrate__postcopy_pack(struct migrator *m, struct migration *g)
{
    struct vm *vm = migrate__from(m, g)->vm;
    uint64_t size = vm_get_params(vm)->ram_bytes;
    bool all = g->state.post_copy_after == 0;
    enum vm_page_kind kind;

    if (pager_create(m, g))
        return -ENOMEM;
    for (uint64_t at = 0; (at = vm_ram_next(vm, g->ram, at, all, &kind)) < size; at += VM_MOVE_PAGE) {
        g->pager->base.missing[at / VM_MOVE_PAGE] = PAGE_MISSING;
        g->pager->base.left++;
        vm_ram_put(g->ram, at, NULL);
    }
    migrate__record(m, g)->to_follow = g->pager->base.left;
    return 0;
}

/* A bit a page. */
void migrate__postcopy_map(struct migrator *m, struct migration *g, struct save *s)
{
    uint64_t pages = pages_of(m, g);

    save_section(s, "pages that are to follow", 1);
    for (uint64_t i = 0; i < pages && !s->err; i += 8) {
        uint8_t bits = 0;
        for (unsigned b = 0; b < 8 && i + b < pages; b++)
            bits |= (uint8_t)((g->pager->base.missing[i + b] != PAGE_THERE) << b);
        save_field(s, bits);
        for (unsigned b = 0; save_is_loading(s) && b < 8 && i + b < pages; b++)
            g->pager->base.missing[i + b] = bits >> b & 1 ? PAGE_MISSING : PAGE_THERE;
    }
}

/* ---- pushing ---- */

static void post(struct migrator *m, struct migration *g, sim_time at, enum migrate_verb verb, uint64_t c)
{
    event_post(&m->c, &m->c, at, EV_HOST, verb, migrate__slot(m, g), g->state.record, c);
}

static void push(struct migrator *m, struct migration *g)
{
    uint64_t size = pages_of(m, g), first = 0, bytes = 0, count = 0;
    struct migration_record *record = migrate__record(m, g);
    unsigned pages = 0, zeros = 0;

    for (; g->state.cursor < size && pages < PUSH_PAGES && zeros < PUSH_MARKERS; g->state.cursor++) {
        uint8_t *state = &g->pager->base.missing[g->state.cursor];
        if (*state != PAGE_MISSING && *state != PAGE_ASKED)
            continue;
        bool data = vm_ram_kind(g->rest, g->state.cursor * VM_MOVE_PAGE) == VM_PAGE_DATA;
        first = count ? first : g->state.cursor;
        count = g->state.cursor + 1 - first;
        *state = PAGE_SENT;
        pages += data;
        zeros += !data;
        bytes += MIGRATE_PAGE_HEADER + (data ? VM_MOVE_PAGE : 0);
    }
    if (!count)
        return;
    record->pushed += pages + zeros;
    record->pulled_data += pages;
    sim_time gone = migrate__send(m, g, bytes);
    post(m, g, gone, MIGRATE_EV_PUSH, 0);
    post(m, g, gone + g->state.latency_ps, MIGRATE_EV_PAGES, first << 32 | count);
}

static void demanded(struct migrator *m, struct migration *g, uint64_t page)
{
    if (g->pager->base.missing[page] != PAGE_ASKED)
        return; /* pushed meanwhile, or taken */
    g->pager->base.missing[page] = PAGE_SENT;
    migrate__record(m, g)->demanded++;
    post(m, g, send_page(m, g, page), MIGRATE_EV_PAGES, page << 32 | 1);
}

/* ---- the end ---- */

static void pages_came(struct migrator *m, struct migration *g, uint64_t first, uint64_t count)
{
    struct vm *vm = migrate__to(m, g)->vm;

    if (g->pager->base.left <= migrate__record(m, g)->to_follow / 2 && migrate__inject(m, g, MIGRATE_STEP_PAGES)) {
        migrate__lost(m, g, "the migration link died");
        return;
    }
    vm_pages_came(vm, g->rest, first, count);
    if (g->pager->base.left)
        return;
    struct migration_record *record = migrate__record(m, g);
    vm_get_page_waits(vm, &record->page_waits, &record->page_wait_ps);
    record->pulled = now(m);
    record->page_waits -= g->state.waits_mark;
    record->page_wait_ps -= g->state.wait_ps_mark;
    migrate__postcopy_end(m, g);
    migrate__tell(m, g, "all pages have come", "the source has nothing of it left");
    migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_DESTINATION, "the last of %" PRIu64 " pages", migrate__record(m, g)->to_follow);
    if (migrate__phase(g) == MIGRATE_PAGES)
        migrate__into_fast_path(m, g);
}

void migrate__postcopy_begin(struct migrator *m, struct migration *g)
{
    vm_get_page_waits(migrate__to(m, g)->vm, &g->state.waits_mark, &g->state.wait_ps_mark);
    g->state.pulling = 1;
    g->state.cursor = 0;
    vm_set_pager(migrate__to(m, g)->vm, &g->pager->base);
    if (g->pager->base.left)
        post(m, g, now(m), MIGRATE_EV_PUSH, 0);
    else
        pages_came(m, g, 0, 1);
}

void migrate__postcopy_event(struct migrator *m, struct migration *g, const struct event *ev)
{
    if (migrate__phase(g) == MIGRATE_IDLE || !g->state.pulling || ev->b != g->state.record)
        return;
    if (ev->verb == MIGRATE_EV_PUSH)
        push(m, g);
    else if (ev->verb == MIGRATE_EV_DEMAND)
        demanded(m, g, ev->c);
    else
        pages_came(m, g, ev->c >> 32, (uint32_t)ev->c);
}

void migrate__lost(struct migrator *m, struct migration *g, const char *why)
{
    struct vm *vm = migrate__to(m, g)->vm;
    char text[160];

    snprintf(text, sizeof(text), "lost in post-copy: %s with %" PRIu64 " pages still at %s", why, g->pager->base.left,
             migrate__from(m, g)->host->name);
    snprintf(migrate__record(m, g)->reason, sizeof(migrate__record(m, g)->reason), "%s", text);
    g->state.lost = 1;
    migrate__tell(m, g, "lost", text);
    migrate__postcopy_end(m, g);
    vm_kill(vm, text);
    if (migrate__phase(g) == MIGRATE_PAGES)
        migrate__into_fast_path(m, g);
    else if (migrate__phase(g) == MIGRATE_TUNNEL)
        migrate__tunnel_died(m, g);
}

void migrate__postcopy_end(struct migrator *m, struct migration *g)
{
    if (g->state.pulling)
        vm_set_pager(migrate__to(m, g)->vm, NULL);
    g->state.pulling = 0;
    vm_ram_destroy(g->rest);
    g->rest = NULL;
    migrate__pager_free(g);
}

void migrate__pager_free(struct migration *g)
{
    if (g->pager)
        free(g->pager->base.missing);
    free(g->pager);
    g->pager = NULL;
}

/* ---- save ---- */

/* After the migration's own state; its VM has been loaded. */
void migrate__postcopy_save(struct migrator *m, struct migration *g, struct save *s)
{
    uint8_t has[2] = {g->pager != NULL, g->rest != NULL};
    char why[160];

    save_field(s, has);
    if (save_is_loading(s) && !s->err) {
        migrate__pager_free(g);
        vm_ram_destroy(g->rest);
        g->rest = has[1] ? vm_ram_create(migrate__to(m, g)->vm, why, sizeof(why)) : NULL;
        if ((has[0] && pager_create(m, g)) || !g->rest != !has[1]) {
            save_fail(s, -ENOMEM, "no memory for a migration");
            return;
        }
    }
    if (g->pager) {
        save_bytes(s, g->pager->base.missing, pages_of(m, g));
        save_field(s, g->pager->base.left);
        save_field(s, g->pager->base.owed_ps);
    }
    if (g->rest)
        vm_ram_save(g->rest, s);
    if (save_is_loading(s) && !s->err && g->state.pulling)
        vm_set_pager(migrate__to(m, g)->vm, &g->pager->base);
}
