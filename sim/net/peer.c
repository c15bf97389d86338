/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Peers: a station outside the hosts, behind one port.
 *
 * Sending is one pending event: at the earlier of what its workloads owe, but not before its wire is free, so that it
 * never loses a frame to its own transmit queue. Receiving ends every frame: delivered, or filtered as a NIC would.
 */
#include "net/peer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/horizon.h"
#include "core/alloc.h"
#include "net/inspection.h"
#include "net/net__.h"

enum { PEER_SEND = 1 };

enum {
    PEER_MULTICAST_MAX = 64,       /* beyond it the peer hears every multicast, as NICs do */
    PEER_BURST_MAX = 64,           /* frames at one instant (an infinitely fast wire) before it pauses … */
    PEER_BURST_PAUSE_PS = 1000000, /* … so that back-to-back traffic cannot hold time still */
    ETH_HEADER_LEN = 14,
    VLAN_TAG_LEN = 4,
    VID_MASK = 0xfff,
};

/* plain data */
struct peer_state {
    struct event_id send;
    sim_time send_at; /* of the pending event */
    int32_t vlan;
    uint32_t promiscuous;
    uint32_t multicast_count; /* above the maximum: all of them */
    uint8_t mac[6];
    uint8_t multicast[PEER_MULTICAST_MAX][6];
};

struct peer {
    struct component comp;
    struct port port;
    struct station station;
    struct peer_state st;
};

static struct peer *peer_of_station(struct station *s) { return (struct peer *)((char *)s - offsetof(struct peer, station)); }

static void wake_at(struct peer *p, sim_time at)
{
    if (event_id_is_set(p->st.send)) {
        if (p->st.send_at <= at)
            return;
        event_cancel(p->comp.sim, &p->st.send);
    }
    if (at == SIM_NEVER)
        return;
    p->st.send_at = at;
    p->st.send = event_post(&p->comp, &p->comp, at, EV_HW, PEER_SEND, 0, 0, 0);
}

static void station_due(struct station *station, sim_time at)
{
    struct peer *p = peer_of_station(station);
    sim_time free_at = port_free_at(&p->port);
    wake_at(p, at > free_at ? at : free_at);
}

static void station_join(struct station *station, const uint8_t mac[6]) { peer_add_multicast(peer_of_station(station), mac); }

static const struct station_ops station_ops = {.due = station_due, .join = station_join};

static void place(const struct station *station, struct station_place *out)
{
    out->access[0] = peer_of_station((struct station *)station)->st.vlan;
    out->accesses = 1;
}

static void send_one(struct peer *p, struct workload *w)
{
    frame_ref ref = frame_birth(&p->comp, w->flow, w->len);
    if (!ref) {
        w->ops->fill(w, NULL);
        return;
    }
    struct frame *f = frame_get(p->comp.sim, ref);
    inspection__note(&p->station);
    w->ops->fill(w, frame_data(f));
    f->flags |= w->frame_flags;
    if (p->st.vlan >= 0)
        frame_vlan_push(f, (uint16_t)p->st.vlan);
    trace_peer_sent(&p->comp, f->id, f->len);
    port_send(&p->port, ref);
}

static void send_due(struct peer *p)
{
    sim_time now = sim_now(p->comp.sim);
    for (unsigned burst = 0; burst < PEER_BURST_MAX; burst++) {
        sim_time free_at = port_free_at(&p->port);
        struct workload *w = free_at <= now ? station__pick(&p->station, now) : NULL;
        if (w) {
            send_one(p, w);
            continue;
        }
        sim_time next = station_next_due(&p->station);
        wake_at(p, next > free_at ? next : free_at);
        return;
    }
    wake_at(p, now + PEER_BURST_PAUSE_PS);
}

static void peer_event(struct component *self, const struct event *ev)
{
    struct peer *p = (struct peer *)self;
    assert(ev->verb == PEER_SEND);
    p->st.send = (struct event_id){0};
    send_due(p);
}

static bool wants_address(const struct peer *p, const uint8_t *dst)
{
    if (p->st.promiscuous || mac_is_broadcast(dst) || memcmp(dst, p->station.mac, 6) == 0)
        return true;
    if (!mac_is_multicast(dst))
        return false;
    if (p->st.multicast_count > PEER_MULTICAST_MAX)
        return true;
    for (uint32_t i = 0; i < p->st.multicast_count; i++) {
        if (memcmp(p->st.multicast[i], dst, 6) == 0)
            return true;
    }
    return false;
}

/* True when the frame is in this peer's VLAN, whose tag is then off. */
static bool take_vlan(const struct peer *p, struct frame *f)
{
    uint16_t tci;
    bool tagged = frame_vlan_peek(f, &tci);
    if (p->st.vlan >= 0)
        return tagged && (tci & VID_MASK) == (p->st.vlan & VID_MASK) && frame_vlan_pop(f, &tci);
    /* a priority tag (VID 0) belongs to no VLAN [IEEE 802.1Q 9.6] */
    return !tagged || (tci & VID_MASK) == 0 || p->station.own_tags || p->st.promiscuous;
}

/* Bytes the MTU does not count: the Ethernet header and its tags. */
static uint32_t header_len(const struct frame *f)
{
    const uint8_t *type = f->buf + f->head + 2 * 6;
    uint32_t len = ETH_HEADER_LEN;
    while (len + VLAN_TAG_LEN <= f->len && ((type[0] == 0x81 && type[1] == 0x00) || (type[0] == 0x88 && type[1] == 0xa8))) {
        len += VLAN_TAG_LEN;
        type += VLAN_TAG_LEN;
    }
    return len;
}

static enum fate judge(const struct peer *p, struct frame *f)
{
    if (f->flags & FRAME_BAD_FCS)
        return FATE_bad_fcs;
    if (f->len < ETH_HEADER_LEN)
        return FATE_too_short;
    if (!wants_address(p, frame_data(f)))
        return FATE_not_for_me;
    if (!take_vlan(p, f))
        return FATE_vlan_filter;
    if (f->len > p->station.mtu + header_len(f))
        return FATE_too_long;
    return FATE_delivered_peer;
}

static void peer_receive(struct port *port, frame_ref ref)
{
    struct peer *p = (struct peer *)port->owner;
    struct frame *f = frame_get(p->comp.sim, ref);
    enum fate fate = judge(p, f);
    if (fate == FATE_delivered_peer) {
        trace_peer_received(&p->comp, f->id, f->len);
        fate = inspection_of(&p->station, ref, fate, frame_data(f), f->len, -1, NULL);
        if (fate == FATE_delivered_peer)
            station_hear(&p->station, frame_data(f), f->len, false);
    }
    frame_end(&p->comp, ref, fate);
}

static const struct port_ops port_ops = {.receive = peer_receive};

static void peer_save(struct component *self, struct save *s)
{
    struct peer *p = (struct peer *)self;
    save_section(s, "peer", 1);
    memcpy(p->st.mac, p->station.mac, 6);
    save_field(s, p->st);
    memcpy(p->station.mac, p->st.mac, 6);
}

static const struct component_ops peer_ops = {.kind = "peer", .event = peer_event, .save = peer_save};

struct peer *peer_create(struct sim *sim, const char *name, const uint8_t mac[6])
{
    struct peer *p = alloc_zero("a peer", 1, sizeof(*p));
    /* names first: a component cannot be taken back */
    if (strlen(name) >= sizeof(p->port.name) || port_find(sim, name) || station_find(sim, name) || !net__of(sim)) {
        free(p);
        return NULL;
    }
    component_init(&p->comp, sim, &peer_ops, name);
    component_is_far(&p->comp);
    port_init(&p->port, &p->comp, 0, name, &port_ops);
    station_init(&p->station, sim, &p->comp, name, &station_ops);
    memcpy(p->station.mac, mac, 6);
    p->station.place = place;
    p->st.vlan = -1;
    return p;
}

void peer_destroy(struct peer *p)
{
    if (!p)
        return;
    station_fini(&p->station);
    port_fini(&p->port);
    free(p);
}

struct port *peer_port(struct peer *p) { return &p->port; }

struct station *peer_station(struct peer *p) { return &p->station; }

void peer_set_promiscuous(struct peer *p, bool on) { p->st.promiscuous = on; }

void peer_set_vlan(struct peer *p, int vid)
{
    assert(vid >= -1 && vid <= VID_MASK);
    p->st.vlan = vid;
}

void peer_add_multicast(struct peer *p, const uint8_t mac[6])
{
    uint32_t n = p->st.multicast_count;
    for (uint32_t i = 0; i < n && i < PEER_MULTICAST_MAX; i++) {
        if (memcmp(p->st.multicast[i], mac, 6) == 0)
            return;
    }
    if (n < PEER_MULTICAST_MAX)
        memcpy(p->st.multicast[n], mac, 6);
    if (n <= PEER_MULTICAST_MAX)
        p->st.multicast_count = n + 1;
}
