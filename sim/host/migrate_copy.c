/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rounds of copying. A page is copied when it leaves, in bursts that hold the link for as long as they take; nobody looks
 * at the destination's copy before the VM resumes. A page is dirty if it differs from that copy, or if a device that tracks what
 * it writes says so.
 */
#include "host/migrate__.h"

enum { BURST_PAGES = 32, BURST_MARKERS = 2048 };

void migrate__round_begin(struct migrator *m, struct migration *g)
{
    struct migration_record *record = migrate__record(m, g);

    g->st.cursor = 0;
    record->rounds = g->st.round + 1;
    record->round[g->st.round] = (struct migrate_round){.start = sim_now(m->c.sim)};
}

/* The link dies in a round: an injected failure. */
static bool link_dies(struct migrator *m, struct migration *g)
{
    if (g->st.phase == MIGRATE_FINAL) {
        if (!migrate__inject(g, MIGRATE_STEP_FINAL))
            return false;
        migrate__fail(m, g, "the migration link died while the last pages went");
        return true;
    }
    if (g->st.cursor == 0 || g->st.fail != MIGRATE_STEP_ROUND || g->st.fail_round != g->st.round + 1)
        return false;
    migrate__inject(g, MIGRATE_STEP_ROUND);
    migrate__fail(m, g, "the migration link died in round %u", g->st.round + 1);
    return true;
}

/* The next page to send from the cursor on: one that differs, or one that a device's tracking names. */
static uint64_t next_page(struct migrator *m, struct migration *g, enum vm_page_kind *kind)
{
    const struct migrate_method_ops *method = migrate__ops(g);
    struct vm *vm = migrate__from(m, g)->vm;
    uint64_t differs = vm_ram_next(vm, g->ram, g->st.cursor, g->st.round == 0, kind), tracked;

    if (!method->next_dirty || differs == g->st.cursor)
        return differs;
    tracked = method->next_dirty(m, g, g->st.cursor);
    return tracked < differs ? vm_ram_next(vm, g->ram, tracked, true, kind) : differs;
}

bool migrate__burst(struct migrator *m, struct migration *g)
{
    struct vm *vm = migrate__from(m, g)->vm;
    struct migrate_round *round = &migrate__record(m, g)->round[g->st.round];
    uint64_t size = vm_get_params(vm)->ram_bytes, bytes = 0;
    const struct migrate_method_ops *method = migrate__ops(g);
    unsigned pages = 0, zeros = 0;

    if (link_dies(m, g))
        return true;
    if (g->st.post_copy && g->st.phase == MIGRATE_FINAL)
        return false; /* they follow */
    while (g->st.cursor < size && pages < BURST_PAGES && zeros < BURST_MARKERS &&
           (!g->wire || migrate__uplink_has_room(g))) {
        enum vm_page_kind kind;
        uint64_t at = next_page(m, g, &kind);
        if (at == size) {
            g->st.cursor = size;
            break;
        }
        if (g->wire)
            migrate__uplink_page(m, g, at, kind);
        else
            vm_ram_send(vm, g->ram, at, kind);
        if (method->page_sent)
            method->page_sent(m, g, at);
        bytes += MIGRATE_PAGE_HEADER + (kind == VM_PAGE_DATA ? VM_MOVE_PAGE : 0);
        pages += kind == VM_PAGE_DATA;
        zeros += kind == VM_PAGE_ZERO;
        g->st.cursor = at + VM_MOVE_PAGE;
    }
    round->pages += pages;
    round->zero_pages += zeros;
    round->bytes += bytes;
    round->end = sim_now(m->c.sim);
    if (g->wire ? !migrate__uplink_wait(m, g, g->st.cursor < size) : pages + zeros == 0) {
        migrate__say(m, g, MIGRATE_SOURCE, MIGRATE_DESTINATION, "%s %u: %" PRIu64 " pages, %" PRIu64 " of zeros",
                     g->st.phase == MIGRATE_FINAL ? "last round" : "round", g->st.round + 1, round->pages,
                     round->zero_pages);
        return false;
    }
    if (g->wire)
        return true;
    migrate__post(m, g, migrate__send(m, g, bytes), MIGRATE_EV_STEP, 0);
    return true;
}

bool migrate__is_close(struct migrator *m, struct migration *g)
{
    const struct migrate_round *round = &migrate__record(m, g)->round[g->st.round];
    uint64_t pages, data, bytes;

    vm_ram_count(migrate__from(m, g)->vm, g->ram, &pages, &data);
    bytes = pages * MIGRATE_PAGE_HEADER + data * VM_MOVE_PAGE;
    if (g->wire && round->bytes) /* nobody knows what the uplink has left but by what went through */
        return (unsigned __int128)bytes * (round->end - round->start) <= (unsigned __int128)g->st.downtime_ps * round->bytes;
    return (unsigned __int128)bytes * g->st.own.ps_num / g->st.own.ps_den <= g->st.downtime_ps;
}
