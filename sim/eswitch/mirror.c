/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mirror rules: who else gets a frame. */
#include "eswitch/eswitch__.h"

enum { VID_MASK = 0xfff };

static bool has_vlan(const struct eswitch *sw, uint64_t entries, int vid)
{
    for (; entries && vid >= 0; entries &= entries - 1) {
        const struct eswitch_vlan_entry *e = &sw->vlan[__builtin_ctzll(entries)];
        if (e->valid && e->vid == (vid & VID_MASK))
            return true;
    }
    return false;
}

uint64_t eswitch__mirror(const struct eswitch *sw, uint32_t source, int vid, const struct eswitch_verdict *out)
{
    bool from_uplink = source == ESWITCH_UPLINK;
    uint64_t self = from_uplink ? 0 : UINT64_C(1) << source, to = 0;

    for (uint32_t left = sw->mirrors; left; left &= left - 1) {
        const struct eswitch_mirror *m = &sw->mirror[__builtin_ctz(left)];
        if (from_uplink && ((m->uplink_in && out->vports) || (m->to_vports & out->vports)))
            to |= UINT64_C(1) << m->to;
        if ((m->uplink_out && out->uplink) || (m->from_vports & self) || has_vlan(sw, m->vlans, vid))
            to |= UINT64_C(1) << m->to;
    }
    return to & ~self;
}
