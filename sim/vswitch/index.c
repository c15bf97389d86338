/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may want a frame to one address: the ports that have it, and those whose device is promiscuous; of a multicast frame all.
 * A host may have a thousand VMs, and a frame concerns one of them.
 */
#include <limits.h>
#include <string.h>

#include "core/frame/frame.h"
#include "vswitch/vswitch__.h"

static unsigned row_of(const uint8_t mac[6])
{
    uint64_t key = 0;
    memcpy(&key, mac, 6);
    return (unsigned)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) % VSWITCH_ROWS;
}

static void build(struct vswitch *vs)
{
    struct vswitch_index *x = &vs->index;

    memset(x->row, 0, sizeof(x->row));
    x->promiscuous_count = 0;
    for (unsigned i = vs->ports; i-- > 0;) {
        uint16_t *row = &x->row[row_of(vs->port[i]->st.mac)];
        vs->port[i]->next = *row;
        *row = (uint16_t)(i + 1);
    }
    for (unsigned i = 0; i < vs->ports; i++)
        if (vmxnet3_rx_mode(vs->port[i]->dev) & VMXNET3_RXM_PROMISC)
            x->promiscuous[x->promiscuous_count++] = (uint16_t)i;
    x->is_stale = false;
}

void vswitch__walk(struct vswitch *vs, const uint8_t to[6], struct vswitch_walk *walk)
{
    if (vs->index.is_stale)
        build(vs);
    *walk = (struct vswitch_walk){.same = vs->index.row[row_of(to)]};
}

unsigned vswitch__walk_next(const struct vswitch *vs, const uint8_t to[6], struct vswitch_walk *walk)
{
    if (mac_is_multicast(to))
        return walk->all < vs->ports ? walk->all++ : UINT_MAX;
    const struct vswitch_index *x = &vs->index;
    while (walk->same && memcmp(vs->port[walk->same - 1]->st.mac, to, 6))
        walk->same = vs->port[walk->same - 1]->next;
    unsigned same = walk->same - 1; /* none: UINT_MAX */
    unsigned promiscuous = walk->promiscuous < x->promiscuous_count ? x->promiscuous[walk->promiscuous] : UINT_MAX;
    unsigned next = same < promiscuous ? same : promiscuous;
    if (next != UINT_MAX && next == same)
        walk->same = vs->port[same]->next;
    walk->promiscuous += next != UINT_MAX && next == promiscuous;
    return next;
}
