/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a forwarded or dropped frame adds to the counters. */
#include "eswitch/eswitch__.h"

const char *eswitch_reason_name(enum eswitch_reason reason)
{
    static const char *const names[] = {"too_short",      "vport_disabled", "mac_spoof", "vlan_spoof",
                                        "tag_validation", "vlan_filter",    "no_match",  "source_only"};
    return names[reason];
}

static enum eswitch_reason reason_of(enum fate drop)
{
    switch ((int)drop) {
    case FATE_too_short:
        return ESWITCH_TOO_SHORT;
    case FATE_mac_spoof:
        return ESWITCH_MAC_SPOOF;
    case FATE_vlan_spoof:
        return ESWITCH_VLAN_SPOOF;
    case FATE_tag_validation:
        return ESWITCH_TAG_VALIDATION;
    case FATE_vlan_filter:
        return ESWITCH_VLAN_FILTER;
    case FATE_no_match:
        return ESWITCH_NO_MATCH;
    case FATE_source_only:
        return ESWITCH_SOURCE_ONLY;
    default:
        return ESWITCH_DISABLED;
    }
}

void eswitch__count(struct eswitch *sw, uint32_t source, const struct frame *f, const struct eswitch_verdict *out)
{
    const uint8_t *dst = f->buf + f->head;
    bool broadcast = mac_is_broadcast(dst), multicast = mac_is_multicast(dst) && !broadcast;
    struct eswitch_count *c = &sw->count[source];

    c->tx_frames++;
    c->tx_bytes += f->len;
    if (!out->vports && !out->uplink) {
        sw->dropped[out->drop]++;
        c->dropped[reason_of(out->drop)]++;
        c->dropped_bytes += f->len;
        return;
    }
    for (uint64_t left = out->vports; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        sw->forwarded[i]++;
        c = &sw->count[i];
        c->rx_frames++;
        c->rx_bytes += f->len;
        c->rx_multicast += multicast;
        c->rx_broadcast += broadcast;
        c->rx_mirrored += out->mirrored >> i & 1;
    }
    if (out->uplink) {
        sw->forwarded[ESWITCH_UPLINK]++;
        c = &sw->count[ESWITCH_UPLINK];
        c->rx_frames++;
        c->rx_bytes += f->len;
        c->rx_multicast += multicast;
        c->rx_broadcast += broadcast;
    }
}
