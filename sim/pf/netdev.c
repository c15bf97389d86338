/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PF as a network interface of its host, as all families have it: its shape, its counters, and its rules for flows. */
#include "pf/pf__.h"

#include <errno.h>
#include <string.h>

uint32_t pf__changeable(const struct pf *pf)
{
    return PF_FEATURE_RXCSUM | PF_FEATURE_RXVLAN | PF_FEATURE_TXVLAN |
           (pf__is_sriov(pf) && pf__limits(pf)->has_lro ? PF_FEATURE_LRO : 0u);
}

/* Only what is let through changes. */
int pf__take_mtu(struct pf *pf, uint16_t mtu, uint16_t most)
{
    if (mtu < PF_MTU_MIN || mtu > most)
        return -EINVAL;
    pf->s.mtu = mtu;
    pf__max_frame(pf);
    return 0;
}

/* Microsoft's verification key, as the shell gives to vmxnet3: a flow then has one hash on both paths. */
static const uint8_t default_key[PF_RSS_KEY_BYTES] = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
    0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

unsigned pf__channels_most(const struct pf *pf)
{
    unsigned of_pool = pf__is_sriov(pf) ? pf->queues : PF_CHANNELS_MAX;
    return pf->channels_max < of_pool ? pf->channels_max : of_pool;
}

void pf__netdev_init(struct pf *pf)
{
    pf->s.ring_rx = pf->s.ring_tx = pf->ring_len;
    pf->s.channels = 1;
    pf->s.features = PF_FEATURE_RXCSUM;
    pf->s.mtu = 1500;
    for (unsigned i = 0; i < PF_RSS_KEY_BYTES; i++) /* lowest byte first */
        pf->s.rss_key[i / 4] |= (uint32_t)default_key[i] << (8 * (i % 4));
}

void pf_netdev_get(const struct pf *pf, struct pf_netdev *out)
{
    *out = (struct pf_netdev){
        .ring_rx = pf->s.ring_rx,
        .ring_tx = pf->s.ring_tx,
        .ring_max = pf->ring_max,
        .channels = pf->s.channels,
        .channels_max = pf__channels_most(pf),
        .features = pf->s.features | (pf->s.channels > 1 ? PF_FEATURE_RXHASH : 0),
        .changeable = pf__changeable(pf),
        .mtu = pf->s.mtu,
    };
    memcpy(out->mac, pf->s.filter[0].mac, 6);
    for (unsigned i = 0; i < PF_RSS_TABLE_MAX; i++)
        out->rss_table[i] = (uint8_t)(pf->s.rss_table[i] & (pf->s.channels - 1));
    for (unsigned i = 0; i < PF_RSS_KEY_BYTES; i++)
        out->rss_key[i] = (uint8_t)(pf->s.rss_key[i / 4] >> (8 * (i % 4)));
}

void pf_netdev_channel_stats(const struct pf *pf, unsigned channel, struct pf_channel_stats *out)
{
    const struct pf_channel *ch = &pf->s.channel[channel];
    *out = (struct pf_channel_stats){ch->rx_frames, ch->tx_frames, ch->rx_bytes, ch->tx_bytes};
}

uint64_t pf_memory_used(const struct pf *pf) { return pf->s.mem_used; }

/* ---- rules for flows: 5-tuples in the first slots, EtherTypes behind them ---- */

int pf_set_flow_rule(struct pf *pf, unsigned i, const struct pf_flow_rule *r)
{
    const struct pf_limits *limits = pf__limits(pf);
    if (!pf->family->flow_rule)
        return -ENOTSUP;
    if (i >= limits->flow_tuples + limits->flow_types || (r->type == PF_FLOW_ETHER) != (i >= limits->flow_tuples) ||
        r->vf >= (int)pf_num_vfs(pf))
        return -EINVAL;
    if (r->queue >= (r->vf < 0 ? pf->s.channels : pf->queues))
        return -EINVAL;
    pf->s.flow_rule[i] = *r;
    pf->s.flow_rule[i].valid = true;
    pf->family->flow_rule(pf, i);
    return 0;
}

int pf_delete_flow_rule(struct pf *pf, unsigned i)
{
    if (i >= PF_FLOW_RULES_MAX || !pf->s.flow_rule[i].valid)
        return -ENOENT;
    pf->s.flow_rule[i] = (struct pf_flow_rule){0};
    pf->family->flow_rule(pf, i);
    return 0;
}

int pf_find_flow_slot(const struct pf *pf, enum pf_flow_type type)
{
    const struct pf_limits *limits = pf__limits(pf);
    if (!pf->family->flow_rule)
        return -ENOTSUP;
    unsigned first = type == PF_FLOW_ETHER ? limits->flow_tuples : 0;
    unsigned end = type == PF_FLOW_ETHER ? limits->flow_tuples + limits->flow_types : limits->flow_tuples;
    for (unsigned i = end; i-- > first;) /* from the last one [ethtool rxclass.c rmgr_find_empty_slot] */
        if (!pf->s.flow_rule[i].valid)
            return (int)i;
    return -ENOSPC;
}

bool pf_get_flow_rule(const struct pf *pf, unsigned i, struct pf_flow_rule *out)
{
    if (i >= PF_FLOW_RULES_MAX)
        return false;
    *out = pf->s.flow_rule[i];
    return true;
}
