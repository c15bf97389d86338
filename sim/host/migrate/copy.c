/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rounds of copying. A page is copied when it leaves, in bursts that hold the link for as long as they take; nobody
 * looks at the destination's copy before the VM resumes. A page is dirty if it differs from that copy, or if a device
 * that tracks what it writes says so. A round sends what is dirty when it begins, as hypervisors do that read and clear
 * a log then: what is written meanwhile is the next one's.
 */
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "host/migrate/migrate__.h"

enum { BURST_PAGES = 32, BURST_MARKERS = 2048 };

/* The round's pages, marked a byte each; false: no memory. */
static bool mark_due(struct migrator *m, struct migration *g)
{
    const struct migrate_method_ops *method = migrate__ops(m, g);
    struct vm *vm = migrate__from(m, g)->vm;
    uint64_t size = vm_get_params(vm)->ram_bytes, at;
    enum vm_page_kind kind;

    if (!g->due)
        g->due = alloc_bytes("a migration", size / VM_MOVE_PAGE);
    memset(g->due, g->state.round == 0, size / VM_MOVE_PAGE);
    for (at = 0; g->state.round && (at = vm_ram_next(vm, g->ram, at, false, &kind)) < size; at += VM_MOVE_PAGE)
        g->due[at / VM_MOVE_PAGE] = 1;
    for (at = 0; method->next_dirty && (at = method->next_dirty(m, g, at)) < size; at += VM_MOVE_PAGE)
        g->due[at / VM_MOVE_PAGE] = 1;
    return true;
}

void migrate__round_begin(struct migrator *m, struct migration *g)
{
    struct migration_record *record = migrate__record(m, g);

    g->state.cursor = 0;
    record->rounds = g->state.round + 1;
    record->round[g->state.round] = (struct migrate_round){.start = sim_now(m->c.sim)};
    if ((g->state.post_copy && migrate__phase(g) == MIGRATE_FINAL) || mark_due(m, g)) /* in post-copy the pages follow */
        migrate__post(m, g, sim_now(m->c.sim), MIGRATE_EV_STEP, 0);
    else
        migrate__fail(m, g, "no memory for a round");
}

/* The link dies in a round: an injected failure. */
static bool link_dies(struct migrator *m, struct migration *g)
{
    if (migrate__phase(g) == MIGRATE_FINAL) {
        if (!migrate__inject(m, g, MIGRATE_STEP_FINAL))
            return false;
        migrate__fail(m, g, "the migration link died while the last pages went");
        return true;
    }
    if (g->state.cursor == 0 || g->state.fail != MIGRATE_STEP_ROUND || g->state.fail_round != g->state.round + 1)
        return false;
    migrate__inject(m, g, MIGRATE_STEP_ROUND);
    migrate__fail(m, g, "the migration link died in round %u", g->state.round + 1);
    return true;
}

bool migrate__burst(struct migrator *m, struct migration *g)
{
    struct vm *vm = migrate__from(m, g)->vm;
    struct migrate_round *round = &migrate__record(m, g)->round[g->state.round];
    uint64_t size = vm_get_params(vm)->ram_bytes, bytes = 0;
    const struct migrate_method_ops *method = migrate__ops(m, g);
    unsigned pages = 0, zeros = 0;

    if (link_dies(m, g))
        return true;
    if (g->state.post_copy && migrate__phase(g) == MIGRATE_FINAL)
        return false; /* they follow */
    while (g->state.cursor < size && pages < BURST_PAGES && zeros < BURST_MARKERS && (!g->wire || migrate__uplink_has_room(g))) {
        enum vm_page_kind kind;
        uint64_t at = g->state.cursor;
        g->state.cursor += VM_MOVE_PAGE;
        if (!g->due[at / VM_MOVE_PAGE])
            continue;
        vm_ram_next(vm, g->ram, at, true, &kind);
        if (g->wire)
            migrate__uplink_page(m, g, at, kind);
        else
            vm_ram_send(vm, g->ram, at, kind);
        if (method->page_sent)
            method->page_sent(m, g, at);
        bytes += MIGRATE_PAGE_HEADER + (kind == VM_PAGE_DATA ? VM_MOVE_PAGE : 0);
        pages += kind == VM_PAGE_DATA;
        zeros += kind == VM_PAGE_ZERO;
    }
    round->pages += pages;
    round->zero_pages += zeros;
    round->bytes += bytes;
    round->end = sim_now(m->c.sim);
    if (g->wire ? !migrate__uplink_wait(m, g, g->state.cursor < size) : pages + zeros == 0) {
        migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_DESTINATION, "%s %u: %" PRIu64 " pages, %" PRIu64 " of zeros",
                     migrate__phase(g) == MIGRATE_FINAL ? "last round" : "round", g->state.round + 1, round->pages,
                     round->zero_pages);
        return false;
    }
    if (g->wire) {
        migrate__works(m, g, 1, bytes);
        return true;
    }
    migrate__post(m, g, migrate__send(m, g, bytes), MIGRATE_EV_STEP, 0);
    return true;
}

bool migrate__is_close(struct migrator *m, struct migration *g)
{
    const struct migrate_round *round = &migrate__record(m, g)->round[g->state.round];
    uint64_t pages, data, bytes;

    vm_ram_count(migrate__from(m, g)->vm, g->ram, &pages, &data);
    bytes = pages * MIGRATE_PAGE_HEADER + data * VM_MOVE_PAGE;
    if (g->wire && round->bytes) /* nobody knows what the uplink has left but by what went through */
        return (unsigned __int128)bytes * (round->end - round->start) <= (unsigned __int128)g->state.downtime_ps * round->bytes;
    return (unsigned __int128)bytes * g->state.own.ps_num / g->state.own.ps_den <= g->state.downtime_ps;
}
