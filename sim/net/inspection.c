/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/inspection.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "net/inet.h"
#include "net/net__.h"

enum { PAST_MAX = 8, NUMBER_LEN = 4 + 8 };

/* What a station has been. Plain data. */
struct past {
    int32_t access[PAST_MAX];
    uint32_t accesses, macs;
    uint32_t keeps_priority;
    uint32_t forgotten; /* it has been more than there is room for: anything will do */
    uint8_t mac[PAST_MAX][6];
};

struct inspection {
    struct component comp; /* first member */
    struct net *net;
    struct past *past; /* a station */
    unsigned stations;
    uint8_t *sent, *whole, *part; /* INSPECT_FRAME_MAX each: between calls nothing is in them */
    uint8_t addresses[12];
    uint32_t findings;
    struct inspection_finding finding[INSPECTION_FINDINGS_MAX];
};

/* ---- what a station has been ---- */

static void note_mac(struct past *past, const uint8_t mac[6])
{
    for (uint32_t i = 0; i < past->macs; i++)
        if (!memcmp(past->mac[i], mac, 6))
            return;
    if (past->macs == PAST_MAX)
        past->forgotten = 1;
    else
        memcpy(past->mac[past->macs++], mac, 6);
}

static void note_access(struct past *past, int32_t access)
{
    for (uint32_t i = 0; i < past->accesses; i++)
        if (past->access[i] == access)
            return;
    if (past->accesses == PAST_MAX)
        past->forgotten = 1;
    else
        past->access[past->accesses++] = access;
}

static void note(struct inspection *x, const struct station *station)
{
    struct past *past = &x->past[station->number];
    struct station_place place = {.access = {-1}, .accesses = 1};
    if (station->place)
        station->place(station, &place);
    note_mac(past, station->mac);
    for (uint32_t i = 0; i < place.accesses; i++)
        note_access(past, place.access[i]);
    past->keeps_priority = place.keeps_priority;
}

void inspection__note(struct station *station)
{
    struct inspection *x = station->comp->sim->net->inspection;
    if (x)
        note(x, station);
}

/* The address a frame has, if the station ever had it; else the one it has now. */
static const uint8_t *address_of(const struct inspection *x, const struct station *station, const uint8_t *seen)
{
    const struct past *past = &x->past[station->number];
    if (!memcmp(station->mac, seen, 6) || past->forgotten)
        return seen;
    for (uint32_t i = 0; i < past->macs; i++)
        if (!memcmp(past->mac[i], seen, 6))
            return seen;
    return station->mac;
}

/* ---- tags ---- */

enum { HOPS_MAX = 3 };

/* The VLANs of a frame's way: the sender's port, that of who echoed it (or NULL), the receiver's. */
struct way {
    const struct station *hop[HOPS_MAX];
    unsigned hops;
};

/* Some way of that kind leads to the tags `seen`: true. Else `tags` are those of the first one, or as they were. */
static bool some_way(const struct inspection *x, const struct way *way, unsigned hop, const struct inspect_tags *from,
                     const struct inspect_tags *seen, struct inspect_tags *first, bool *has_first)
{
    if (hop + 1 >= way->hops || hop + 1 >= HOPS_MAX) {
        if (!*has_first)
            *first = *from;
        *has_first = true;
        return from->count == seen->count && !memcmp(from->tag, seen->tag, from->count * sizeof(from->tag[0]));
    }
    const struct past *a = &x->past[way->hop[hop]->number], *b = &x->past[way->hop[hop + 1]->number];
    for (uint32_t i = 0; i < a->accesses; i++)
        for (uint32_t k = 0; k < b->accesses; k++) {
            struct inspect_port port_a = {a->access[i], a->keeps_priority}, port_b = {b->access[k], b->keeps_priority};
            struct inspect_tags tags = *from;
            if (inspect_tags_on(&tags, &port_a, &port_b) && some_way(x, way, hop + 1, &tags, seen, first, has_first))
                return true;
        }
    return false;
}

/* False: they are not those that came. */
static bool tags_to_expect(const struct inspection *x, const struct way *way, const struct inspect_sent *sent,
                           const struct inspect_got *got, struct inspect_tags *tags)
{
    struct inspect_tags seen, first;
    bool has_first = false, forgotten = false, inserted;
    const struct past *a = &x->past[way->hop[0]->number], *b = &x->past[way->hop[1]->number];
    inspect_take_tags(got->bytes, got->len, &seen);
    if (got->stripped >= 0 && seen.count < INSPECT_TAGS_MAX) {
        memmove(&seen.tag[1], &seen.tag[0], seen.count++ * sizeof(seen.tag[0]));
        seen.tag[0] = (uint32_t)INET_TYPE_VLAN << 16 | (uint32_t)got->stripped;
    }
    inspect_take_tags(sent->bytes, sent->len - sent->tail_len, tags);
    if (sent->insert >= 0 && tags->count < INSPECT_TAGS_MAX) {
        memmove(&tags->tag[1], &tags->tag[0], tags->count++ * sizeof(tags->tag[0]));
        tags->tag[0] = (uint32_t)INET_TYPE_VLAN << 16 | (uint32_t)sent->insert;
    }
    if (way->hops == 2 && !seen.count && got->stripped < 0 && !tags->count && a->accesses == 1 && b->accesses == 1 &&
        a->access[0] < 0 && b->access[0] < 0)
        return true; /* the common case needs no search */
    inserted = sent->insert >= 0 && !(a->accesses == 1 && a->access[0] < 0);
    for (unsigned i = 0; i < way->hops; i++)
        forgotten |= x->past[way->hop[i]->number].forgotten;
    if (forgotten || some_way(x, way, 0, tags, &seen, &first, &has_first)) {
        *tags = seen;
        return true;
    }
    if (inserted) { /* a port may have it that what a VM asks its device to insert does not count: a port VLAN takes its place */
        inspect_take_tags(sent->bytes, sent->len - sent->tail_len, tags);
        if (some_way(x, way, 0, tags, &seen, &first, &has_first)) {
            *tags = seen;
            return true;
        }
    }
    *tags = has_first ? first : *tags;
    return false;
}

/* ---- the frame ---- */

/* Its workload makes it again. False: nothing is known of it, or only of one that was born at its number since. */
static bool again(struct inspection *x, const struct frame *f, const uint8_t *seen, struct inspect_sent *sent, struct way *way)
{
    const struct workload *w = x->net->by_flow[f->flow];
    if (!w || !w->ops->again || !w->station || f->flags & FRAME_PUT_BACK)
        return false;
    const uint8_t *from = address_of(x, w->station, seen + 6), *to = w->to ? address_of(x, w->to, seen) : seen;
    way->hop[0] = w->station;
    way->hops = 1;
    return w->ops->again(w, f->flow_seq, from, to, x->sent, sent);
}

/* An echo: what its payload says it was, with the addresses the other way round. */
static bool again_echoed(struct inspection *x, const struct frame *f, const struct inspect_got *got, struct inspect_sent *sent,
                         struct way *way)
{
    const struct station *echo = x->net->echo[f->flow];
    struct inet_view v;
    if (!echo || !inet_look(&v, (uint8_t *)got->bytes, got->len, got->len) || v.proto != INET_PROTO_UDP ||
        v.l3_end < v.l4 + INET_UDP_LEN + NUMBER_LEN)
        return false;
    const uint8_t *payload = got->bytes + v.l4 + INET_UDP_LEN;
    uint32_t flow = inet_get32(payload);
    const struct workload *w = flow && flow <= FLOW_MAX ? x->net->by_flow[flow] : NULL;
    if (!w || !w->numbered || !w->station)
        return false;
    uint64_t number = (uint64_t)inet_get32(payload + 4) << 32 | inet_get32(payload + 8);
    if (!w->ops->again(w, number, address_of(x, w->station, got->bytes), address_of(x, echo, got->bytes + 6), x->sent, sent) ||
        sent->mss || sent->l4 == INSPECT_L4_FILLED)
        return false;
    uint8_t swap[6];
    memcpy(swap, x->sent, 6);
    memcpy(x->sent, x->sent + 6, 6);
    memcpy(x->sent + 6, swap, 6);
    way->hop[0] = w->station;
    way->hop[1] = echo;
    way->hops = 2;
    return true;
}

/* All of its body in `buf`, in one piece. */
static void flatten(struct inspect_whole *whole, uint8_t *buf)
{
    if (whole->body != buf)
        memcpy(buf, whole->body, whole->body_len);
    if (whole->tail_len)
        memcpy(buf + whole->body_len, whole->tail, whole->tail_len);
    *whole = (struct inspect_whole){.addresses = whole->addresses, .body = buf, .body_len = whole->body_len + whole->tail_len};
}

/* What follows in a large receive. False: it cannot be one, or a part of it is unknown. */
static bool join_parts(struct inspection *x, const struct frame *f, struct inspect_whole *whole)
{
    struct sim *sim = x->comp.sim;
    memcpy(x->addresses, whole->addresses, sizeof(x->addresses)); /* the first one lies where the next is made */
    whole->addresses = x->addresses;
    flatten(whole, x->whole);
    for (frame_ref part = f->joined; part; part = frame_get(sim, part)->joined) {
        struct frame *p = frame_get(sim, part);
        struct inspect_sent sent;
        struct inspect_whole one;
        struct way way;
        if (!again(x, p, frame_data(p), &sent, &way) ||
            !inspect_expect(&sent, inspect_tcp_sequence(frame_data(p), p->len), x->part, &one))
            return false;
        flatten(&one, x->part);
        if (!inspect_join(whole, &one, x->whole))
            return false;
    }
    inspect_joined(whole, x->whole);
    return true;
}

static enum fate found(struct inspection *x, struct station *station, const struct frame *f, const struct inspect_fault *fault)
{
    enum fate fate = fault->in_meta ? FATE_misreported : FATE_damaged;
    trace_frame_fault(station->comp, f->id, fault->text, fate_name(fate));
    if (x->findings < INSPECTION_FINDINGS_MAX) {
        struct inspection_finding *finding = &x->finding[x->findings++];
        *finding = (struct inspection_finding){.at = sim_now(x->comp.sim),
                                               .frame = f->id,
                                               .number = f->flow_seq + 1,
                                               .flow = f->flow,
                                               .place = station->comp->id,
                                               .fate = (uint16_t)fate};
        /* The text alone: what lies behind its end is nobody's, and would be saved. */
        snprintf(finding->text, sizeof(finding->text), "%.*s", (int)sizeof(fault->text), fault->text);
    }
    return fate;
}

enum fate inspection_of(struct station *station, frame_ref ref, enum fate delivered, const uint8_t *bytes, uint32_t len,
                        int32_t stripped, const struct inspect_meta *meta)
{
    struct sim *sim = station->comp->sim;
    struct inspection *x = sim->net->inspection;
    const struct frame *f = frame_get(sim, ref);
    struct inspect_got got = {bytes, len, stripped, meta};
    struct inspect_sent sent;
    struct inspect_whole whole;
    struct inspect_tags tags;
    struct inspect_meta keyed;
    uint8_t key[INSPECT_KEY_BYTES];
    struct inspect_fault fault;
    struct way way;
    if (!x || len < 14 || !(again(x, f, bytes, &sent, &way) || again_echoed(x, f, &got, &sent, &way)))
        return delivered;
    way.hop[way.hops++] = station;
    if (meta && meta->hash_type && !meta->key && station->rss_key && station->rss_key(station, key)) {
        keyed = *meta;
        keyed.key = key;
        got.meta = &keyed;
    }
    if (!tags_to_expect(x, &way, &sent, &got, &tags)) { /* perhaps a port has become another one */
        for (unsigned i = 0; i < way.hops; i++)
            note(x, way.hop[i]);
        tags_to_expect(x, &way, &sent, &got, &tags);
    }
    if (!inspect_expect(&sent, sent.mss ? inspect_tcp_sequence(bytes, len) : 0, x->whole, &whole) ||
        (f->joined && !join_parts(x, f, &whole))) {
        fault.in_meta = false;
        memcpy(fault.text, "no segment of what was sent", 28);
        return found(x, station, f, &fault);
    }
    if (inspect_frame(&whole, &tags, (enum inspect_l4)sent.l4, &got, &fault))
        return delivered;
    return found(x, station, f, &fault);
}

bool inspection_is_there(const struct sim *sim) { return sim->net && sim->net->inspection; }

void inspection_echoes(struct sim *sim, struct station *station, uint32_t flow)
{
    if (sim->net && flow <= FLOW_MAX)
        sim->net->echo[flow] = station;
}

unsigned inspection_findings(const struct sim *sim)
{
    return sim->net && sim->net->inspection ? sim->net->inspection->findings : 0;
}

const struct inspection_finding *inspection_finding(const struct sim *sim, unsigned i)
{
    assert(i < inspection_findings(sim));
    return &sim->net->inspection->finding[i];
}

/* ---- the component ---- */

static void inspection_save(struct component *self, struct save *s)
{
    struct inspection *x = (struct inspection *)self;
    save_section(s, "inspection", 1);
    save_expect_u64(s, "stations", x->stations);
    save_bytes(s, x->past, x->stations * sizeof(*x->past));
    save_field(s, x->findings);
    save_field(s, x->finding);
    for (unsigned i = 0; i < x->stations && !s->err; i++)
        if (x->past[i].accesses > PAST_MAX || x->past[i].macs > PAST_MAX)
            save_fail(s, -EPROTO, "what station %u has been is impossible", i);
    if (!s->err && x->findings > INSPECTION_FINDINGS_MAX)
        save_fail(s, -EPROTO, "%u findings", x->findings);
    for (uint32_t i = 0; i < x->findings && !s->err; i++)
        x->finding[i].text[INSPECT_TEXT_LEN - 1] = 0;
}

static const struct component_ops inspection_ops = {.kind = "inspection", .save = inspection_save};

struct inspection *inspection_create(struct sim *sim)
{
    struct net *net = net__of(sim);
    struct inspection *x = alloc_zero("inspection", 1, sizeof(*x));
    for (const struct station *s = net->stations; s; s = s->next)
        x->stations = s->number + 1;
    x->past = alloc_zero("inspection", x->stations + 1u, sizeof(*x->past));
    x->sent = alloc_map("inspection", 3 * (size_t)INSPECT_FRAME_MAX);
    x->whole = x->sent + INSPECT_FRAME_MAX;
    x->part = x->whole + INSPECT_FRAME_MAX;
    component_init(&x->comp, sim, &inspection_ops, "inspection");
    x->net = net;
    net->inspection = x;
    for (struct station *s = net->stations; s; s = s->next)
        inspection__note(s);
    return x;
}

void inspection_destroy(struct inspection *x)
{
    if (!x)
        return;
    x->net->inspection = NULL;
    free(x->past);
    alloc_unmap(x->sent, 3 * (size_t)INSPECT_FRAME_MAX);
    free(x);
}
