/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The external switch: learns (VLAN, source address) -> port, forwards or floods, never back to where a frame came
 * from, unless it is a reflective relay [802.1Qbg]: then also back out of the port it came in by, for a VEPA behind it.
 *
 * It is store-and-forward: a frame is whole when it comes out of a wire, and leaves `latency` later. Every port carries
 * every VLAN, tags untouched. Groups of the link itself end here. Any frame teaches, so a station that moves is found again
 * with the first frame (or RARP) it sends from its new place; when a link goes down, what was learned there is forgotten. The
 * table holds XSWITCH_ENTRIES addresses; the one learned first makes room.
 */
#include "net/xswitch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine/horizon.h"
#include "core/alloc.h"
#include "net/net__.h"

enum { XSWITCH_FORWARD = 1 }; /* a: frame, b: egress port or ALL, c: ingress port */

enum {
    XSWITCH_ENTRIES = 4096, /* also the number of hash buckets */
    XSWITCH_PORTS_MAX = 256,
    ALL = 0xffff,
    NONE = 0xffff, /* no entry */
    ETH_HEADER_LEN = 14,
};

struct entry {
    uint64_t key;  /* VID << 48 | address */
    uint16_t next; /* in its bucket */
    uint16_t port;
    uint32_t used;
};

struct table {            /* plain data: saved as it is */
    uint32_t next_victim; /* entries are filled, and later replaced, in turn */
    uint16_t bucket[XSWITCH_ENTRIES];
    struct entry entry[XSWITCH_ENTRIES];
};

struct xswitch {
    struct component comp;
    sim_time latency_ps;
    bool reflective;
    unsigned port_count;
    struct port *port[XSWITCH_PORTS_MAX];
    struct table table;
};

static uint32_t bucket_of(uint64_t key)
{
    return (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 52); /* 12 bits: XSWITCH_ENTRIES buckets */
}

static struct entry *table_find(struct table *t, uint64_t key)
{
    for (uint16_t i = t->bucket[bucket_of(key)]; i != NONE; i = t->entry[i].next) {
        if (t->entry[i].key == key)
            return &t->entry[i];
    }
    return NULL;
}

static void table_remove(struct table *t, uint16_t victim)
{
    uint16_t *at = &t->bucket[bucket_of(t->entry[victim].key)];
    while (*at != victim)
        at = &t->entry[*at].next;
    *at = t->entry[victim].next;
    t->entry[victim].used = 0;
}

static void table_add(struct table *t, uint64_t key, uint16_t port)
{
    uint16_t i = (uint16_t)t->next_victim;
    t->next_victim = (t->next_victim + 1) % XSWITCH_ENTRIES;
    if (t->entry[i].used)
        table_remove(t, i);
    uint16_t *bucket = &t->bucket[bucket_of(key)];
    t->entry[i] = (struct entry){.key = key, .next = *bucket, .port = port, .used = 1};
    *bucket = i;
}

static void table_forget_port(struct table *t, uint16_t port)
{
    for (unsigned i = 0; i < XSWITCH_ENTRIES; i++) {
        if (t->entry[i].used && t->entry[i].port == port)
            table_remove(t, (uint16_t)i);
    }
}

static void learn(struct xswitch *sw, const uint8_t *src, uint64_t vid, uint16_t port)
{
    if (mac_is_multicast(src))
        return;
    uint64_t key = vid << 48 | mac_key(src);
    struct entry *e = table_find(&sw->table, key);
    if (e && e->port == port)
        return;
    if (e) {
        trace_xswitch_moved(&sw->comp, mac_key(src), (unsigned)vid, e->port, port);
        e->port = port;
        return;
    }
    trace_xswitch_learned(&sw->comp, mac_key(src), (unsigned)vid, port);
    table_add(&sw->table, key, port);
}

static void flood(struct xswitch *sw, frame_ref ref, unsigned ingress)
{
    unsigned last = XSWITCH_PORTS_MAX, copies = 0;
    for (unsigned i = 0; i < sw->port_count; i++) {
        if ((i == ingress && !sw->reflective) || !port_link_is_up(sw->port[i]))
            continue;
        if (last != XSWITCH_PORTS_MAX) {
            frame_ref copy = frame_clone(&sw->comp, ref);
            if (copy)
                port_send(sw->port[last], copy);
        }
        last = i;
        copies++;
    }
    if (trace_wanted(&sw->comp, TRACE_net))
        trace_xswitch_flooded(&sw->comp, frame_get(sw->comp.sim, ref)->id, copies);
    if (copies)
        port_send(sw->port[last], ref);
    else
        frame_end_sub(&sw->comp, ref, FATE_switch_no_port, "port %d", (int)ingress);
}

static void forward(struct xswitch *sw, frame_ref ref, unsigned egress, unsigned ingress)
{
    if (egress == ALL)
        flood(sw, ref, ingress);
    else
        port_send(sw->port[egress], ref);
}

/* [802.1Q 8.6.3] 01:80:c2:00:00:00 to 0f speak to the neighbour on a link (spanning tree, pause, LACP, LLDP): no bridge
 * forwards them. */
static bool is_link_local(const uint8_t *dst)
{
    static const uint8_t reserved[5] = {0x01, 0x80, 0xc2, 0x00, 0x00};
    return memcmp(dst, reserved, sizeof(reserved)) == 0 && dst[5] <= 0x0f;
}

static void xswitch_receive(struct port *port, frame_ref ref)
{
    struct xswitch *sw = (struct xswitch *)port->owner;
    struct frame *f = frame_get(sw->comp.sim, ref);
    const uint8_t *data = frame_data(f);
    uint16_t tci = 0;
    if ((f->flags & FRAME_BAD_FCS) || f->len < ETH_HEADER_LEN) {
        frame_end_sub(&sw->comp, ref, f->flags & FRAME_BAD_FCS ? FATE_bad_fcs : FATE_too_short, "port %d", (int)port->index);
        return;
    }
    uint64_t vid = frame_vlan_peek(f, &tci) ? tci & 0xfff : 0;
    learn(sw, data + 6, vid, (uint16_t)port->index);
    if (is_link_local(data)) {
        frame_end_sub(&sw->comp, ref, FATE_link_local, "port %d", (int)port->index);
        return;
    }
    const struct entry *e = mac_is_multicast(data) ? NULL : table_find(&sw->table, vid << 48 | mac_key(data));
    if (e && e->port == port->index && !sw->reflective) { /* the destination lies where it came from */
        frame_end_sub(&sw->comp, ref, FATE_switch_no_port, "port %d", (int)port->index);
        return;
    }
    unsigned egress = e ? e->port : ALL;
    if (sw->latency_ps == 0)
        forward(sw, ref, egress, port->index);
    else
        event_post(&sw->comp, &sw->comp, sim_now(sw->comp.sim) + sw->latency_ps, EV_HW, XSWITCH_FORWARD, ref, egress, port->index);
}

static void xswitch_link_changed(struct port *port, bool up)
{
    struct xswitch *sw = (struct xswitch *)port->owner;
    if (!up)
        table_forget_port(&sw->table, (uint16_t)port->index);
}

static const struct port_ops port_ops = {.receive = xswitch_receive, .link_changed = xswitch_link_changed};

static void xswitch_event(struct component *self, const struct event *ev)
{
    assert(ev->verb == XSWITCH_FORWARD);
    forward((struct xswitch *)self, (frame_ref)ev->a, (unsigned)ev->b, (unsigned)ev->c);
}

static void xswitch_save(struct component *self, struct save *s)
{
    struct xswitch *sw = (struct xswitch *)self;
    save_section(s, "xswitch", 1);
    save_expect_u64(s, "ports", sw->port_count);
    save_expect_u64(s, "latency", sw->latency_ps);
    save_expect_u64(s, "reflective relay", sw->reflective);
    save_field(s, sw->table);
}

static const struct component_ops xswitch_ops = {.kind = "switch", .event = xswitch_event, .save = xswitch_save};

struct xswitch *xswitch_create(struct sim *sim, const char *name, sim_time latency_ps)
{
    struct xswitch *sw = alloc_zero("a switch", 1, sizeof(*sw));
    component_init(&sw->comp, sim, &xswitch_ops, name);
    component_is_far(&sw->comp);
    sw->latency_ps = latency_ps;
    memset(sw->table.bucket, 0xff, sizeof(sw->table.bucket));
    return sw;
}

void xswitch_set_reflective(struct xswitch *sw, bool on) { sw->reflective = on; }

void xswitch_destroy(struct xswitch *sw)
{
    if (!sw)
        return;
    for (unsigned i = 0; i < sw->port_count; i++) {
        port_fini(sw->port[i]);
        free(sw->port[i]);
    }
    free(sw);
}

struct port *xswitch_add_port(struct xswitch *sw)
{
    char name[64];
    if (sw->port_count == XSWITCH_PORTS_MAX)
        return NULL;
    struct port *port = alloc_zero("a switch", 1, sizeof(*port));
    snprintf(name, sizeof(name), "%s.%u", sw->comp.name, sw->port_count);
    if (port_init(port, &sw->comp, sw->port_count, name, &port_ops) != 0) {
        free(port);
        return NULL;
    }
    sw->port[sw->port_count++] = port;
    return port;
}
