/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/frame/way.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/frame/books_private.h"

/* ---- stops ---- */

static bool is_at(const struct way_stop *stop, uint16_t at, enum way_kind kind, uint32_t sub)
{
    return stop->at == at && stop->kind == kind && stop->sub == sub;
}

static struct way_stop *add(struct way *way, uint16_t at, enum way_kind kind, uint32_t sub)
{
    if (way->count == WAY_STOPS_MAX)
        return NULL;
    if (way->count == way->cap) {
        way->cap = way->cap ? 2 * way->cap : 8;
        way->stop = alloc_grow("the ways of flows", way->stop, way->cap * sizeof(*way->stop));
    }
    struct way_stop *stop = &way->stop[way->count++];
    memset(stop, 0, sizeof(*stop)); /* its padding and the rest of its name, too: it is saved */
    stop->at = at;
    stop->kind = (uint16_t)kind;
    stop->sub = sub;
    return stop;
}

/* Frames pass stops in one order: the next one is mostly the one behind the last. */
static struct way_stop *find(struct way *way, uint16_t at, enum way_kind kind, uint32_t sub)
{
    for (uint32_t i = 0, n = way->next; i < way->count; i++, n++) {
        n = n < way->count ? n : 0;
        if (is_at(&way->stop[n], at, kind, sub)) {
            way->next = n + 1;
            return &way->stop[n];
        }
    }
    return NULL;
}

/* What begins anew in between (a queue that was reset) counts from there. */
static bool goes_on(const struct way_reading *from, const struct way_reading *to)
{
    return to->busy >= from->busy && to->waited >= from->waited && to->of >= from->of;
}

char *way_pass(struct sim *sim, const struct frame *f, const struct component *at, enum way_kind kind, uint32_t sub,
               struct way_reading reading)
{
    struct way *way = &sim->books->flow[f->flow].way;
    struct way_stop *stop = find(way, at->id, kind, sub);
    bool is_new = !stop;

    if (is_new) {
        stop = add(way, at->id, kind, sub);
        if (!stop)
            return NULL;
    } else if (goes_on(&stop->last, &reading)) {
        stop->sum.busy += reading.busy - stop->last.busy;
        stop->sum.waited += reading.waited - stop->last.waited;
        stop->sum.of += reading.of - stop->last.of;
    }
    stop->last = reading;
    stop->witnesses++;
    return is_new ? stop->name : NULL;
}

unsigned flow_stop_count(const struct sim *sim, uint32_t flow) { return sim->books->flow[flow].way.count; }

const struct way_stop *flow_stop(const struct sim *sim, uint32_t flow, unsigned i) { return &sim->books->flow[flow].way.stop[i]; }

/* ---- losses ---- */

void way__lost(struct way *way, uint32_t drop, int more)
{
    uint32_t i = way->last_loss;

    if (i >= way->losses || way->loss[i].drop != drop)
        for (i = 0; i < way->losses && way->loss[i].drop != drop;)
            i++;
    if (i == way->losses) {
        way->loss = alloc_grow("the ways of flows", way->loss, (way->losses + 1) * sizeof(*way->loss));
        way->loss[way->losses++] = (struct way_loss){.drop = drop};
    }
    way->loss[i].lost += (uint64_t)(int64_t)more;
    way->last_loss = i;
}

bool flow_get_loss(const struct sim *sim, uint32_t flow, unsigned i, struct flow_loss *out)
{
    const struct way *way = &sim->books->flow[flow].way;
    const struct drops *drops = &sim->books->drops;

    if (i >= way->losses)
        return false;
    const struct drop *drop = &drops->drop[way->loss[i].drop];
    const struct component *at = component_by_id((struct sim *)(uintptr_t)sim, drop->component);
    *out = (struct flow_loss){.lost = way->loss[i].lost, .fate = (enum fate)drop->fate, .at = drop->component};
    drop_place(out->place, sizeof(out->place), at ? at->name : "?", drops->word[drop->word], drop->sub);
    return true;
}

/* ---- life ---- */

void way__fini(struct way *way)
{
    free(way->stop);
    free(way->loss);
    *way = (struct way){0};
}

/* The drops are loaded behind it: who names one that is not there is found then. */
static void load_losses(struct way *way, struct save *s, uint32_t losses)
{
    if (losses > s->len / sizeof(*way->loss)) {
        save_fail(s, -EPROTO, "%u places of losses in a stream of %zu bytes", losses, s->len);
        return;
    }
    way->losses = way->last_loss = 0;
    for (uint32_t i = 0; i < losses && !s->err; i++) {
        struct way_loss loss = {0};
        save_field(s, loss);
        way__lost(way, loss.drop, 0);
        way->loss[way->losses - 1].lost = loss.lost;
    }
}

static void load_stops(struct way *way, struct save *s, uint32_t count)
{
    if (count > WAY_STOPS_MAX) {
        save_fail(s, -EPROTO, "%u stops of a flow", count);
        return;
    }
    way->count = 0;
    for (uint32_t i = 0; i < count && !s->err; i++) {
        struct way_stop stop = {0};
        save_field(s, stop);
        stop.name[sizeof(stop.name) - 1] = '\0';
        struct way_stop *added = add(way, stop.at, (enum way_kind)stop.kind, stop.sub);
        if (stop.kind >= WAY_KINDS)
            save_fail(s, -EPROTO, "a stop of no known kind");
        *added = stop;
    }
}

void way__save(struct way *way, struct save *s)
{
    uint32_t count = way->count, losses = way->losses;

    save_field(s, count);
    save_field(s, losses);
    save_field(s, way->next);
    if (s->err)
        return;
    if (save_is_loading(s)) {
        load_stops(way, s, count);
        if (!s->err)
            load_losses(way, s, losses);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        save_field(s, way->stop[i]);
    for (uint32_t i = 0; i < losses; i++)
        save_field(s, way->loss[i]);
}

bool way__is_sound(const struct way *way, const struct drops *drops)
{
    for (uint32_t i = 0; i < way->losses; i++)
        if (way->loss[i].drop >= drops->count)
            return false;
    return true;
}
