/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pf/vports.h"

static const struct vports_map *map(const struct pf *pf) { return pf->nic->model->vports; }

/* ---- addresses, VLANs, groups ---- */

void pf__vports_address(struct pf *pf, unsigned i)
{
    const struct pf_filter *f = &pf->s.filter[i];
    const uint8_t *mac = f->mac;
    uint32_t at = map(pf)->mac + VPORTS_MAC_STRIDE * i;
    uint32_t owner = f->pools ? (uint32_t)__builtin_ctzll(f->pools) << VPORTS_OWNER_SHIFT : 0;

    pf__write(pf, at, mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24);
    pf__write(pf, at + 4, f->valid && f->pools ? mac[4] | (uint32_t)mac[5] << 8 | VPORTS_VALID | owner : 0);
}

void pf__vports_pools(struct pf *pf, unsigned i, uint64_t before)
{
    if (pf->s.filter[i].valid && pf->s.filter[i].pools != before)
        pf__vports_address(pf, i);
}

void pf__vports_vlan(struct pf *pf, unsigned i, uint64_t vports, bool fresh)
{
    uint32_t at = map(pf)->vlan + VPORTS_VLAN_STRIDE * i;

    pf__write(pf, at + 4, (uint32_t)vports);
    pf__write(pf, at + 8, (uint32_t)(vports >> 32));
    pf__write(pf, at, vports ? VPORTS_VALID | pf->s.vlan[i].vid : 0);
}

void pf__vports_groups(struct pf *pf, unsigned word) { pf__write(pf, map(pf)->groups + 4 * word, pf->s.groups[word]); }

void pf__vports_port_vlan(struct pf *pf, unsigned vf)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    pf__write(pf, map(pf)->port_vlan + 4 * vf, v->vlan || v->qos ? VPORTS_VLAN_INSERT | (uint32_t)v->qos << 13 | v->vlan : 0);
}

/* ---- the switch as a whole ---- */

void pf__vports_drop(struct pf *pf, unsigned vf, bool on) {}
void pf__vports_longest(struct pf *pf) { pf__write(pf, map(pf)->max_frame, pf->s.max_frame); }

void pf__vports_loopback(struct pf *pf, bool on)
{
    pf__write(pf, map(pf)->word, (on ? VPORTS_LOOPBACK : 0) | VPORTS_DEFAULT | pf__pool(pf) << VPORTS_DEFAULT_SHIFT);
}

/* ---- mirror rules ---- */

_Static_assert((int)PF_MIRROR_POOL_UP == VPORTS_MIRROR_OF_VPORTS && (int)PF_MIRROR_UPLINK == VPORTS_MIRROR_UPLINK_IN &&
                   (int)PF_MIRROR_DOWNLINK == VPORTS_MIRROR_UPLINK_OUT && (int)PF_MIRROR_VLAN == VPORTS_MIRROR_OF_VLANS &&
                   (int)PF_MIRRORS_MAX == VPORTS_MIRRORS,
               "the kinds of rules are the registers' bits");

/* The low half of a set at i, the high half behind those of all rules. */
static void write_set(struct pf *pf, uint32_t at, unsigned rule, uint64_t set)
{
    pf__write(pf, at + 4 * rule, (uint32_t)set);
    pf__write(pf, at + 4 * (rule + VPORTS_MIRRORS), (uint32_t)(set >> 32));
}

void pf__vports_mirror(struct pf *pf, unsigned rule, uint64_t vlan_entries)
{
    const struct pf_mirror *m = &pf->s.mirror[rule];
    uint32_t at = map(pf)->mirror + 4 * rule;

    pf__write(pf, at, 0);
    write_set(pf, map(pf)->mirror_vports, rule, m->pools);
    write_set(pf, map(pf)->mirror_vlans, rule, vlan_entries);
    if (m->what)
        pf__write(pf, at, m->what | m->pool << VPORTS_MIRROR_TO_SHIFT);
}

void pf__vports_mirror_all(struct pf *pf, bool on)
{
    enum { RULE = VPORTS_MIRRORS - 1 }; /* an operator's rules begin at 0 */
    uint32_t what = VPORTS_MIRROR_OF_VPORTS | VPORTS_MIRROR_UPLINK_IN | VPORTS_MIRROR_UPLINK_OUT;

    write_set(pf, map(pf)->mirror_vports, RULE, pf__pool_bit(pf__vfs(pf)) - 1);
    pf__write(pf, map(pf)->mirror + 4 * RULE, on ? what | pf__pool(pf) << VPORTS_MIRROR_TO_SHIFT : 0);
}

/* ---- a vport ---- */

void pf__vports_write(struct pf *pf, unsigned vf, bool rx, bool tx)
{
    const struct pf_vf *v = &pf->s.vf[vf];
    bool off = v->admin.link_state == PF_LINK_DISABLE || v->state == PF_VF_FREE || v->state == PF_VF_RESET;
    bool checked = pf__spoof_is_checked(v);
    uint32_t word = off ? 0 : VPORTS_VLAN_FILTER;

    if (!off) {
        word |= rx ? VPORTS_RX : 0;
        word |= tx ? VPORTS_TX : 0;
        word |= v->vlan ? 0 : VPORTS_UNTAGGED;
        word |= v->rx_broadcast ? VPORTS_BROADCAST : 0;
        word |= v->rx_multicast ? VPORTS_MULTICAST : 0;
        word |= v->rx_allmulti ? VPORTS_ALL_MULTICAST : 0;
        word |= checked && !v->spoof_suspended ? VPORTS_MAC_SPOOF : 0;
        word |= checked && (v->vlan || v->vlan_count) ? VPORTS_VLAN_SPOOF : 0;
    }
    pf__write(pf, map(pf)->vport + 4 * vf, word);
}

void pf__vports_write_own(struct pf *pf)
{
    pf__write(pf, map(pf)->vport + 4 * pf__pool(pf),
              VPORTS_RX | VPORTS_TX | VPORTS_BROADCAST | VPORTS_UNTAGGED | VPORTS_MULTICAST | VPORTS_ALL_MULTICAST);
}

void pf__vports_forget(struct pf *pf, unsigned vf)
{
    struct pf_vf *v = &pf->s.vf[vf];

    pf__filters_release(pf, vf);
    v->vlan = 0;
    pf__write(pf, map(pf)->port_vlan + 4 * vf, 0);
    v->multicast_count = v->vlan_count = 0;
    pf__groups(pf);
    v->has_mac = v->spoof_suspended = false;
}

void pf__vports_refresh(struct pf *pf, const struct pf_open_vports *open, unsigned vf)
{
    pf__vports_write(pf, vf, pf__has_vf(open->rx, vf), pf__has_vf(open->tx, vf));
}

void pf__vports_open(struct pf *pf, struct pf_open_vports *open, unsigned vf, bool rx, bool tx)
{
    pf__put_vf(open->rx, vf, rx);
    pf__put_vf(open->tx, vf, tx);
    pf__vports_refresh(pf, open, vf);
}

/* ---- counters ---- */

void pf__vports_count(const struct pf *pf, struct pf_vf_stats *out, const struct vports_counts *now, struct vports_counts *base)
{
    *out = (struct pf_vf_stats){.queues = pf->queues, .per_queue = true, .rx_multicast = now->rx_multicast - base->rx_multicast};
    for (unsigned q = 0; q < pf->queues; q++) {
        struct pf_queue_stats *s = &out->queue[q];
        s->rx_packets = now->queue[q].rx_frames - base->queue[q].rx_frames;
        s->tx_packets = now->queue[q].tx_frames - base->queue[q].tx_frames;
        s->rx_bytes = now->queue[q].rx_bytes - base->queue[q].rx_bytes + FRAME_FCS_LEN * s->rx_packets;
        s->tx_bytes = now->queue[q].tx_bytes - base->queue[q].tx_bytes + FRAME_FCS_LEN * s->tx_packets;
        s->rx_out_of_buffer = now->queue[q].rx_no_buffer - base->queue[q].rx_no_buffer;
    }
    *base = *now;
}
