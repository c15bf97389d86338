/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a frame goes: check its source, find who takes its address, then its VLAN, then what is left. */
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
}

static const uint8_t *bytes(const struct frame *f) { return f->buf + f->head; }

enum { ETH_HEADER_LEN = 14, VID_MASK = 0xfff };

/* ---- where it comes from ---- */

static enum fate check_source(const struct eswitch *sw, const struct eswitch_index *x, uint32_t source,
                              const struct frame *f)
{
    const struct eswitch_vport *v = &sw->vport[source];
    uint64_t self = UINT64_C(1) << source;
    uint16_t tci;

    if (!v->enabled_tx)
        return FATE_vport_disabled;
    if (f->len < ETH_HEADER_LEN)
        return FATE_too_short;
    if (v->mac_antispoof && !(eswitch__mac_vports(sw, x, bytes(f) + 6) & self))
        return FATE_mac_spoof;
    if (!frame_vlan_peek(f, &tci))
        return FATE_COUNT;
    if (v->insert_vlan) /* its VLAN is not its own choice */
        return FATE_vlan_spoof;
    if (v->vlan_antispoof && (tci & VID_MASK) && !(eswitch__vlan_vports(sw, x, tci & VID_MASK) & self))
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

/* Who takes this address, whatever the VLAN; *exact: by a MAC entry. */
static uint64_t address_takers(const struct eswitch *sw, const struct eswitch_index *x, const uint8_t *dst,
                               uint64_t *exact)
{
    if (mac_is_broadcast(dst)) {
        *exact = 0;
        return x->broadcast;
    }
    *exact = eswitch__mac_vports(sw, x, dst);
    uint64_t takers = *exact;
    if (mac_is_multicast(dst)) {
        takers |= x->multicast_promisc;
        if (x->multicast_hash && eswitch__hash_bit(sw->multicast_table, eswitch_hash(sw, dst)))
            takers |= x->multicast_hash;
        return takers;
    }
    takers |= x->unicast_promisc;
    if (!*exact && x->unicast_hash && eswitch__hash_bit(sw->unicast_table, eswitch_hash(sw, dst)))
        takers |= x->unicast_hash;
    return takers;
}

/* Who takes a frame of this VLAN (vid < 0: untagged). */
static uint64_t vlan_takers(const struct eswitch *sw, const struct eswitch_index *x, int vid)
{
    if (vid < 0)
        return x->untagged;
    if (sw->vlan_table_on && !(sw->vlan_table[vid >> 5] >> (vid & 31) & 1))
        return 0;
    return x->vlan_filter ? ~x->vlan_filter | eswitch__vlan_vports(sw, x, (uint16_t)vid) : ~UINT64_C(0);
}

/* Takers by address and VLAN down to those that get a copy; `drop` is why nobody is left. */
static uint64_t receivers(uint64_t by_address, uint64_t by_vlan, uint64_t not_to, uint64_t enabled, enum fate *drop)
{
    uint64_t to = by_address;

    *drop = FATE_no_match;
    if (to) {
        to &= by_vlan;
        *drop = FATE_vlan_filter;
    }
    if (to) {
        to &= ~not_to;
        *drop = FATE_source_only;
    }
    if (to) {
        to &= enabled;
        *drop = FATE_vport_disabled;
    }
    return to;
}

static void from_vport(struct eswitch *sw, const struct eswitch_index *x, uint32_t source, const struct frame *f,
                       struct eswitch_verdict *out, int vid)
{
    const uint8_t *dst = bytes(f);
    uint64_t exact, takers, by_vlan;

    out->uplink = true;
    if (!sw->local_loopback)
        return;
    takers = address_takers(sw, x, dst, &exact);
    by_vlan = vlan_takers(sw, x, vid);
    out->vports = receivers(takers, by_vlan, (UINT64_C(1) << source) & ~x->hairpin, x->rx, &out->drop);
    out->exact = out->vports & exact;
    out->uplink = mac_is_multicast(dst) || !(exact & by_vlan);
}

static void from_uplink(struct eswitch *sw, const struct eswitch_index *x, const struct frame *f,
                        struct eswitch_verdict *out, int vid)
{
    const uint8_t *dst = bytes(f);
    uint64_t exact, takers = address_takers(sw, x, dst, &exact), not_to = 0;

    if (!takers && !mac_is_multicast(dst) && sw->default_vport >= 0)
        takers = UINT64_C(1) << sw->default_vport;
    if (!sw->local_loopback) /* pruned at its source */
        not_to = eswitch__mac_vports(sw, x, dst + 6) & ~(mac_is_multicast(dst) ? 0 : exact);
    out->vports = receivers(takers, vlan_takers(sw, x, vid), not_to, x->rx, &out->drop);
    out->exact = out->vports & exact;
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
    int vid = tagged && (tci & VID_MASK) ? tci & VID_MASK : -1; /* VID 0: a priority, no VLAN [802.1Q 6.9] */
    if (source == ESWITCH_UPLINK) {
        from_uplink(sw, x, f, out, vid);
    } else {
        if (sw->vport[source].insert_vlan) {
            out->insert_tci = sw->vport[source].port_tci;
            vid = out->insert_tci & VID_MASK;
        }
        from_vport(sw, x, source, f, out, vid);
    }
    if (sw->mirrors) {
        out->mirrored = eswitch__mirror(sw, source, vid, out) & x->rx & ~out->vports;
        out->vports |= out->mirrored;
    }
    if (tagged || out->insert_tci >= 0)
        out->strip = out->vports & x->strip;
    if (out->vports || out->uplink)
        out->drop = FATE_COUNT;
    eswitch__count(sw, source, f, out);
}

unsigned eswitch_interest(struct eswitch *sw, const struct frame *f)
{
    struct eswitch_index spare;
    const struct eswitch_index *x = eswitch__index(sw, &spare);
    struct eswitch_verdict v = {.drop = FATE_COUNT, .insert_tci = -1};
    uint16_t tci;
    if (f->len < ETH_HEADER_LEN)
        return 1; /* whoever gets it says what is wrong with it */
    bool tagged = frame_vlan_peek(f, &tci);
    from_uplink(sw, x, f, &v, tagged && (tci & VID_MASK) ? tci & VID_MASK : -1);
    return v.exact && !mac_is_multicast(bytes(f)) ? 2 : v.vports ? 1 : 0;
}
