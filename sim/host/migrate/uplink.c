/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `over uplink`: what a migration says over its connection [migrate_wire.h]. Pages, state and tunnelled frames are
 * messages of one stream, in this order; what the source writes is taken apart at the destination, so nothing gets
 * there but by frames.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/migrate/migrate__.h"

enum { ROOM_WORTH_IT = 64 << 10, STATE_CHUNK = 4096 };

static sim_time now(const struct migrator *m) { return sim_now(m->c.sim); }

int migrate__uplink_begin(struct migrator *m, struct migration *g)
{
    g->wire = migrate__wire_create();
    if (!g->wire)
        return -1;
    g->state.waiting = 1; /* for the answer: then prepare */
    migrate__wire_write(m, g, WIRE_HELLO, 0, NULL, 0);
    migrate__wire_flush(m, g);
    return 0;
}

void migrate__uplink_end(struct migration *g)
{
    migrate__wire_destroy(g->wire);
    g->wire = NULL;
}

/* ---- the source ---- */

bool migrate__uplink_has_room(const struct migration *g)
{
    return migrate__wire_room(g->wire) >= VM_MOVE_PAGE + WIRE_MESSAGE_HEADER;
}

void migrate__uplink_page(struct migrator *m, struct migration *g, uint64_t at, enum vm_page_kind kind)
{
    if (kind == VM_PAGE_ZERO)
        migrate__wire_write(m, g, WIRE_ZERO_PAGE, at, NULL, 0);
    else
        migrate__wire_write(m, g, WIRE_PAGE, at, vm_page(migrate__from(m, g)->vm, at), VM_MOVE_PAGE);
}

bool migrate__uplink_wait(struct migrator *m, struct migration *g, bool more)
{
    migrate__wire_flush(m, g);
    g->state.waiting = more || !migrate__wire_is_empty(g->wire);
    return g->state.waiting;
}

/* The state in pieces, as there is room. */
void migrate__uplink_state(struct migrator *m, struct migration *g)
{
    while (g->state.cursor < g->state.stream_len && migrate__uplink_has_room(g)) {
        uint64_t left = g->state.stream_len - g->state.cursor;
        uint32_t len = left < STATE_CHUNK ? (uint32_t)left : STATE_CHUNK;
        migrate__wire_write(m, g, WIRE_STATE, g->state.cursor, g->stream + g->state.cursor, len);
        g->state.cursor += len;
    }
    migrate__wire_flush(m, g);
    g->state.waiting = g->state.cursor < g->state.stream_len;
}

bool migrate__uplink_frame(struct migrator *m, struct migration *g, frame_ref ref)
{
    struct frame *f = frame_get(m->c.sim, ref);

    if (migrate__wire_room(g->wire) < f->len)
        return false;
    migrate__wire_write(m, g, WIRE_FRAME, f->id, frame_data(f), f->len);
    return true;
}

void migrate__wire_moved(struct migrator *m, struct migration *g)
{
    if (g->state.phase == MIGRATE_TUNNEL) {
        migrate__tunnel_pump(m, g);
    } else if (g->state.waiting && (migrate__wire_room(g->wire) >= ROOM_WORTH_IT || migrate__wire_is_empty(g->wire))) {
        g->state.waiting = 0;
        migrate__post(m, g, now(m), MIGRATE_EV_STEP, 0);
    }
}

void migrate__wire_died(struct migrator *m, struct migration *g)
{
    if (g->state.phase == MIGRATE_TUNNEL)
        migrate__tunnel_died(m, g);
    else if (g->state.phase == MIGRATE_PREPARE)
        migrate__fail(m, g, "%s does not answer", migrate__to(m, g)->host->name);
    else if (g->state.phase == MIGRATE_ROUND || g->state.phase == MIGRATE_FINAL || g->state.phase == MIGRATE_STATE)
        migrate__fail(m, g, "the connection to %s is dead", migrate__to(m, g)->host->name);
}

/* ---- the destination ---- */

static void state_arrived(struct migrator *m, struct migration *g, uint64_t at, const uint8_t *data, uint32_t len)
{
    sim_time resume = profile_get(&m->c.sim->profile, PROFILE_migrate_resume_ps);

    assert(at + len <= g->state.stream_len && at == g->state.arrived_len && "pieces come in order");
    memcpy(g->arrived + at, data, len);
    g->state.arrived_len += len;
    if (g->state.arrived_len < g->state.stream_len)
        return;
    g->state.arrived_state = 1;
    migrate__record(m, g)->state_sent = now(m);
    migrate__post(m, g, now(m) + resume, MIGRATE_EV_STEP, 1);
}

void migrate__wire_message(struct migrator *m, struct migration *g, enum wire_message type, uint64_t arg, const uint8_t *data,
                           uint32_t len)
{
    switch (type) {
    case WIRE_HELLO:
        break;
    case WIRE_PAGE:
        assert(len == VM_MOVE_PAGE);
        vm_ram_put(g->ram, arg, data);
        break;
    case WIRE_ZERO_PAGE:
        vm_ram_put(g->ram, arg, NULL);
        break;
    case WIRE_STATE:
        state_arrived(m, g, arg, data, len);
        break;
    case WIRE_FRAME:
        migrate__tunnel_arrived(m, g, arg);
        break;
    }
}
