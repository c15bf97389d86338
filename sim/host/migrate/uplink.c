/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `over uplink`: what a migration says over its connection [host/migrate/wire/wire.h]. Pages, state and tunnelled
 * frames are messages of one stream, in this order; what the source writes is taken apart at the destination, so
 * nothing gets there but by frames.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/migrate/migrate__.h"

enum { ROOM_WORTH_IT = 64 << 10, STATE_CHUNK = 4096 };

static sim_time now(const struct migrator *m) { return sim_now(m->c.sim); }

static void moved(void *owner, uint32_t slot);
static void died(void *owner, uint32_t slot);
static bool message(void *owner, uint32_t slot, enum wire_message type, uint64_t arg, const uint8_t *data, uint32_t len);

static void sent(void *owner, uint32_t slot, uint32_t bytes, bool again)
{
    struct migrator *m = owner;
    struct migration_record *record = migrate__record(m, &m->slot[slot]);

    record->frames++;
    record->bytes += bytes;
    record->retransmitted += again;
}

static struct wire_end end_at(const struct host_vm *hv)
{
    return (struct wire_end){host__who(hv), hv->host->vswitch, host__nic(hv)->uplink, host__nic(hv)->pf};
}

void migrate__uplink_wire(struct migrator *m, struct migration *g)
{
    static const struct wire_ops ops = {.sent = sent, .moved = moved, .died = died, .message = message};
    const struct wire_wiring wiring = {
        .ops = &ops,
        .owner = m,
        .slot = migrate__slot(m, g),
        .number = g->state.record,
        .timer = &m->c,
        .verb = MIGRATE_EV_WIRE,
        .flow = g->state.flow,
        .rate = &g->state.own,
        .from = end_at(migrate__from(m, g)),
        .to = end_at(migrate__to(m, g)),
    };

    g->wire = migrate__wire_create(&wiring);
}

void migrate__uplink_begin(struct migrator *m, struct migration *g)
{
    migrate__uplink_wire(m, g);
    g->state.waiting = 1; /* for the answer: then prepare */
    migrate__wire_write(g->wire, WIRE_HELLO, 0, NULL, 0);
    migrate__wire_flush(g->wire);
}

void migrate__uplink_end(struct migration *g)
{
    migrate__wire_destroy(g->wire);
    g->wire = NULL;
}

/* ---- what the virtual switch has for the host itself ---- */

static struct migration *by_number(struct migrator *m, uint32_t number)
{
    for (unsigned i = 0; i < MIGRATE_SLOTS_MAX; i++)
        if (migrate__phase(&m->slot[i]) != MIGRATE_IDLE && m->slot[i].wire && m->slot[i].state.record == number)
            return &m->slot[i];
    return NULL;
}

static bool is_host(const struct migrator *m, uint16_t component)
{
    for (unsigned i = 0; i < m->hosts; i++)
        if (m->host[i]->c.id == component)
            return true;
    return false;
}

bool migrate__received(struct host *host, unsigned uplink, frame_ref ref)
{
    struct migrator *m = migrator_of(host);
    struct frame *f = frame_get(host->c.sim, ref);
    struct migration *g;

    if (!m || !migrate__wire_is_ours(f))
        return false;
    g = by_number(m, migrate__wire_number(f));
    if (g && migrate__wire_takes(g->wire, &host->c, f))
        migrate__wire_receive(g->wire, &host->c, ref);
    else /* the last ones of a migration that has ended; or forged */
        frame_end(&host->c, ref, is_host(m, (uint16_t)(f->id >> 48)) ? FATE_delivered_migration : FATE_unexpected);
    return true;
}

/* ---- the source ---- */

bool migrate__uplink_has_room(const struct migration *g)
{
    return migrate__wire_room(g->wire) >= VM_MOVE_PAGE + WIRE_MESSAGE_HEADER;
}

void migrate__uplink_page(struct migrator *m, struct migration *g, uint64_t at, enum vm_page_kind kind)
{
    if (kind == VM_PAGE_ZERO)
        migrate__wire_write(g->wire, WIRE_ZERO_PAGE, at, NULL, 0);
    else
        migrate__wire_write(g->wire, WIRE_PAGE, at, vm_page(migrate__from(m, g)->vm, at), VM_MOVE_PAGE);
}

bool migrate__uplink_wait(struct migrator *m, struct migration *g, bool more)
{
    migrate__wire_flush(g->wire);
    g->state.waiting = more || !migrate__wire_is_empty(g->wire);
    return g->state.waiting;
}

/* The state in pieces, as there is room. */
void migrate__uplink_state(struct migrator *m, struct migration *g)
{
    while (g->state.cursor < g->state.stream_len && migrate__uplink_has_room(g)) {
        uint64_t left = g->state.stream_len - g->state.cursor;
        uint32_t len = left < STATE_CHUNK ? (uint32_t)left : STATE_CHUNK;
        migrate__wire_write(g->wire, WIRE_STATE, g->state.cursor, g->stream + g->state.cursor, len);
        g->state.cursor += len;
    }
    migrate__wire_flush(g->wire);
    g->state.waiting = g->state.cursor < g->state.stream_len;
}

bool migrate__uplink_frame(struct migrator *m, struct migration *g, frame_ref ref)
{
    struct frame *f = frame_get(m->c.sim, ref);

    if (migrate__wire_room(g->wire) < f->len)
        return false;
    migrate__wire_write(g->wire, WIRE_FRAME, f->id, frame_data(f), f->len);
    return true;
}

static void moved(void *owner, uint32_t slot)
{
    struct migrator *m = owner;
    struct migration *g = &m->slot[slot];

    if (migrate__phase(g) == MIGRATE_TUNNEL) {
        migrate__tunnel_pump(m, g);
    } else if (g->state.waiting && (migrate__wire_room(g->wire) >= ROOM_WORTH_IT || migrate__wire_is_empty(g->wire))) {
        g->state.waiting = 0;
        migrate__post(m, g, now(m), MIGRATE_EV_STEP, 0);
    }
}

static void died(void *owner, uint32_t slot)
{
    struct migrator *m = owner;
    struct migration *g = &m->slot[slot];

    if (migrate__phase(g) == MIGRATE_TUNNEL)
        migrate__tunnel_died(m, g);
    else if (migrate__phase(g) == MIGRATE_PREPARE)
        migrate__fail(m, g, "%s does not answer", migrate__to(m, g)->host->name);
    else if (migrate__phase(g) == MIGRATE_ROUND || migrate__phase(g) == MIGRATE_FINAL || migrate__phase(g) == MIGRATE_STATE)
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

static bool message(void *owner, uint32_t slot, enum wire_message type, uint64_t arg, const uint8_t *data, uint32_t len)
{
    struct migrator *m = owner;
    struct migration *g = &m->slot[slot];
    const struct migrate_wire *wire = g->wire;

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
    return g->wire == wire;
}
