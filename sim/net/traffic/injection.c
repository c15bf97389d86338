/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/traffic/injection.h"

#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "net/net__.h"

struct waiting {
    struct waiting *next;
    uint32_t len;
    uint8_t bytes[];
};

/* of one station */
struct sender {
    struct workload workload; /* first member */
    struct sender *next;
    char station[48];
    struct waiting *first, **end;
    bool is_attached;
};

struct injection {
    struct sim *sim; /* NULL: detached */
    struct sender *senders;
};

/* What the station is to send next, or nothing. */
static void offer(struct sender *s, sim_time now)
{
    workload__set_due(&s->workload, s->first ? now : SIM_NEVER);
    s->workload.len = s->first ? s->first->len : 0;
}

static void fill(struct workload *w, uint8_t *buf)
{
    struct sender *s = (struct sender *)w;
    struct waiting *frame = s->first;
    if (buf)
        memcpy(buf, frame->bytes, frame->len);
    s->first = frame->next;
    if (!s->first)
        s->end = &s->first;
    free(frame);
    offer(s, sim_now(w->station->comp->sim));
}

static const struct workload_ops ops = {.fill = fill};

struct injection *injection_create(void) { return alloc_zero("injected frames", 1, sizeof(struct injection)); }

void injection_destroy(struct injection *injection)
{
    if (!injection)
        return;
    injection_detach(injection);
    for (struct sender *s = injection->senders, *next; s; s = next) {
        next = s->next;
        for (struct waiting *frame = s->first, *after; frame; frame = after) {
            after = frame->next;
            free(frame);
        }
        free(s);
    }
    free(injection);
}

static void attach(struct sender *s, struct station *station)
{
    s->workload = (struct workload){.ops = &ops, .flow = FLOW_NONE, .due = SIM_NEVER};
    workload__attach(&s->workload, station);
    s->is_attached = true;
}

void injection_attach(struct injection *injection, struct sim *sim)
{
    injection->sim = sim;
    for (struct sender *s = injection->senders; s; s = s->next) {
        struct station *station = station_find(sim, s->station);
        if (!s->first || !station)
            continue;
        attach(s, station);
        offer(s, sim_now(sim)); /* the machine has been woken for it already */
    }
}

void injection_detach(struct injection *injection)
{
    for (struct sender *s = injection->senders; s; s = s->next) {
        if (s->is_attached)
            workload__detach(&s->workload);
        s->is_attached = false;
    }
    injection->sim = NULL;
}

static struct sender *sender_of(struct injection *injection, const struct station *station)
{
    struct sender *s = injection->senders;
    while (s && strcmp(s->station, station->name) != 0)
        s = s->next;
    if (s)
        return s;
    s = alloc_zero("injected frames", 1, sizeof(*s));
    memcpy(s->station, station->name, sizeof(s->station));
    s->end = &s->first;
    s->next = injection->senders;
    injection->senders = s;
    return s;
}

void injection_put(struct injection *injection, struct station *station, const void *bytes, uint32_t len)
{
    struct sender *s = sender_of(injection, station);
    if (!s->is_attached)
        attach(s, station);
    struct waiting *frame = alloc_bytes("injected frames", sizeof(*frame) + len);
    frame->next = NULL;
    frame->len = len;
    memcpy(frame->bytes, bytes, len);
    *s->end = frame;
    s->end = &frame->next;
    if (s->first != frame)
        return;
    offer(s, sim_now(injection->sim));
    workload__due(&s->workload);
}

unsigned injection_waiting(const struct injection *injection)
{
    unsigned waiting = 0;
    for (const struct sender *s = injection->senders; s; s = s->next)
        for (const struct waiting *frame = s->first; frame; frame = frame->next)
            waiting++;
    return waiting;
}
