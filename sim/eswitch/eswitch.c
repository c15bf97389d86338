/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a frame goes: the steps of eswitch.h, in their order. */
#include "eswitch/eswitch.h"

#include <assert.h>
#include <string.h>

#include "eswitch/eswitch__.h"

void eswitch_init(struct eswitch *sw, uint32_t vports, uint32_t macs, uint32_t vlans)
{
    assert(vports <= ESWITCH_VPORTS_MAX && macs <= ESWITCH_MACS_MAX && vlans <= ESWITCH_VLANS_MAX);
    memset(sw, 0, sizeof(*sw));
    sw->vport_count = vports;
    sw->mac_count = macs;
    sw->vlan_count = vlans;
    sw->default_vport = -1;
    sw->admit_broadcast = sw->admit_multicast = sw->admit_unicast = true;
}

static const uint8_t *bytes(const struct frame *f) { return f->buf + f->head; }

enum { ETH_HEADER_LEN = 14, VID_MASK = 0xfff };

/* ---- where it comes from ---- */

static enum fate check_source(const struct eswitch *sw, const struct eswitch_index *x, uint32_t source, const struct frame *f)
{
    const struct eswitch_vport *v = &sw->vport[source];
    uint64_t self = UINT64_C(1) << source;
    uint16_t tci;

    if (!v->enabled_tx)
        return FATE_vport_disabled;
    if (f->len < ETH_HEADER_LEN)
        return FATE_too_short;
    bool tagged = frame_vlan_peek(f, &tci);
    if (tagged && (v->insert_vlan || v->never_tagged)) /* its VLAN is not its own choice */
        return FATE_tag_validation;
    if (v->mac_antispoof && !(eswitch__mac_vports(sw, x, bytes(f) + 6) & self))
        return FATE_mac_spoof;
    if (tagged && v->vlan_antispoof && (tci & VID_MASK) && !(eswitch__vlan_vports(sw, x, tci & VID_MASK) & self))
        return FATE_vlan_spoof;
    return FATE_COUNT;
}

enum fate eswitch_check_source(const struct eswitch *sw, uint32_t source, const struct frame *f)
{
    assert(source <= ESWITCH_UPLINK);
    if (source == ESWITCH_UPLINK)
        return f->len < ETH_HEADER_LEN ? FATE_too_short : FATE_COUNT;
    return check_source(sw, &sw->index, source, f);
}

/* ---- where it goes ---- */

/* One frame on its way through the steps: who takes it so far, and why nobody does when that is empty. */
struct way {
    struct eswitch *sw;
    const struct eswitch_index *x;
    const uint8_t *dst;
    const struct frame *f;
    int vid;            /* < 0: untagged */
    bool group;         /* multicast or broadcast */
    bool hashed;        /* a hash table has its address */
    uint64_t matched;   /* vports with an exact match */
    uint64_t exact;     /* of them: those that receive */
    uint64_t takers;
    enum fate why;
};

static void narrow(struct way *w, uint64_t to, enum fate why)
{
    if (w->takers && !(w->takers & to))
        w->why = why;
    w->takers &= to;
}

static uint64_t lowest(uint64_t vports) { return vports & -vports; }

/* Steps 1 to 5. */
static void by_address(struct way *w)
{
    const struct eswitch_index *x = w->x;
    bool broadcast = mac_is_broadcast(w->dst);

    w->group = mac_is_multicast(w->dst);
    const uint32_t *table = w->group ? w->sw->multicast_table : w->sw->unicast_table;
    w->matched = broadcast ? 0 : eswitch__mac_vports(w->sw, x, w->dst);
    w->exact = w->takers = w->matched & x->rx;
    w->why = w->matched ? FATE_vport_disabled : FATE_no_match;
    w->hashed = !broadcast && !(w->group && w->sw->multicast_table_off) && eswitch__hash_bit(table, eswitch_hash(w->sw, w->dst));
    if (w->sw->one_copy) {
        w->takers = lowest(w->exact ? w->exact : w->hashed && !w->group ? x->unicast_hash : 0);
        return;
    }
    if (broadcast)
        w->takers = x->broadcast;
    else if (!w->takers && w->hashed)
        w->takers = w->group ? x->multicast_hash : x->unicast_hash;
    if (!broadcast)
        w->takers |= w->group ? x->multicast_promisc : x->unicast_promisc;
}

static bool vlan_is_admitted(const struct way *w)
{
    return w->vid < 0 || !w->sw->vlan_table_on || (w->sw->vlan_table[w->vid >> 5] >> (w->vid & 31) & 1);
}

static void by_vlan(struct way *w)
{
    uint64_t filtered = w->x->vlan_filter;
    uint64_t to = w->vid < 0 ? w->x->untagged
                  : filtered ? ~filtered | eswitch__vlan_vports(w->sw, w->x, (uint16_t)w->vid)
                             : ~UINT64_C(0);
    narrow(w, vlan_is_admitted(w) ? to : 0, FATE_vlan_filter);
}

static void to_default(struct way *w)
{
    const struct eswitch *sw = w->sw;
    bool admitted = w->matched || w->hashed ||
                    (mac_is_broadcast(w->dst) ? sw->admit_broadcast
                     : w->group               ? sw->admit_multicast
                                              : sw->admit_unicast);
    if (!w->takers && sw->default_vport >= 0 && admitted && vlan_is_admitted(w))
        w->takers = UINT64_C(1) << sw->default_vport;
}

/* An EtherType filter with a pool: its pool alone. */
static void by_type(struct way *w)
{
    const uint8_t *p = bytes(w->f) + 12;
    uint16_t tci, type = (uint16_t)(p[0] << 8 | p[1]);
    int priority = -1;

    if (frame_vlan_peek(w->f, &tci) && w->f->len >= ETH_HEADER_LEN + 4) {
        priority = tci >> 13;
        type = (uint16_t)(p[4] << 8 | p[5]);
    }
    for (uint32_t left = w->sw->types; left; left &= left - 1) {
        const struct eswitch_type_entry *e = &w->sw->type[__builtin_ctz(left)];
        if (e->type == type && (!e->by_priority || e->priority == priority)) {
            w->takers = UINT64_C(1) << e->vport;
            return;
        }
    }
}

static void from_vport(struct way *w, uint32_t source, struct eswitch_verdict *out)
{
    uint64_t others = ~(UINT64_C(1) << source) | w->x->hairpin;

    by_address(w);
    out->uplink = !w->sw->local_loopback || w->group || !w->exact;
    if (!w->sw->local_loopback) {
        w->takers = 0;
        return;
    }
    narrow(w, others, FATE_source_only);
    by_vlan(w);
    if (w->group)
        to_default(w);
    narrow(w, others, FATE_source_only);
    narrow(w, w->x->rx, FATE_vport_disabled);
}

static void from_uplink(struct way *w)
{
    by_address(w);
    by_vlan(w);
    to_default(w);
    if (w->sw->types)
        by_type(w);
    if (w->x->prune && !w->sw->one_copy)
        narrow(w, ~(eswitch__mac_vports(w->sw, w->x, w->dst + 6) & w->x->prune), FATE_source_only);
    narrow(w, w->x->rx, FATE_vport_disabled);
}

void eswitch_forward(struct eswitch *sw, uint32_t source, const struct frame *f, struct eswitch_verdict *out)
{
    struct eswitch_index spare;
    const struct eswitch_index *x = eswitch__index(sw, &spare);
    uint16_t tci;

    assert(source == ESWITCH_UPLINK || source < sw->vport_count);
    *out = (struct eswitch_verdict){.drop = FATE_COUNT, .insert_tci = -1};
    enum fate bad = source == ESWITCH_UPLINK ? eswitch_check_source(sw, source, f) : check_source(sw, x, source, f);
    if (bad != FATE_COUNT) {
        out->drop = bad;
        eswitch__count(sw, source, f, out);
        return;
    }
    bool tagged = frame_vlan_peek(f, &tci);
    struct way w = {.sw = sw, .x = x, .f = f, .dst = bytes(f)};
    w.vid = tagged && (tci & VID_MASK) ? tci & VID_MASK : -1; /* VID 0: a priority, no VLAN [802.1Q 6.9] */
    if (source == ESWITCH_UPLINK) {
        from_uplink(&w);
    } else {
        if (sw->vport[source].insert_vlan) {
            out->insert_tci = sw->vport[source].port_tci;
            w.vid = out->insert_tci & VID_MASK ? out->insert_tci & VID_MASK : -1;
        }
        from_vport(&w, source, out);
    }
    out->vports = w.takers;
    out->exact = w.takers & w.exact;
    if (sw->mirrors && !sw->one_copy) {
        out->mirrored = eswitch__mirror(sw, source, w.vid, out) & x->rx & ~out->vports;
        out->vports |= out->mirrored;
    }
    if (tagged || out->insert_tci >= 0)
        out->strip = out->vports & x->strip;
    out->drop = out->vports || out->uplink ? FATE_COUNT : w.why;
    eswitch__count(sw, source, f, out);
}

unsigned eswitch_interest(struct eswitch *sw, const struct frame *f)
{
    struct eswitch_index spare;
    uint16_t tci;
    if (f->len < ETH_HEADER_LEN)
        return 1; /* whoever gets it says what is wrong with it */
    bool tagged = frame_vlan_peek(f, &tci);
    struct way w = {.sw = sw, .x = eswitch__index(sw, &spare), .f = f, .dst = bytes(f)};
    w.vid = tagged && (tci & VID_MASK) ? tci & VID_MASK : -1;
    from_uplink(&w);
    return (w.takers & w.exact) && !w.group ? 2 : w.takers ? 1 : 0;
}
