/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lookups in the tables, and the index that makes them cheap. */
#include "eswitch/eswitch__.h"

#include <string.h>

static uint32_t mac_bucket(uint64_t key) { return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 56); }

static void index_vports(const struct eswitch *sw, struct eswitch_index *x)
{
    for (uint32_t i = 0; i < sw->vport_count; i++) {
        const struct eswitch_vport *v = &sw->vport[i];
        x->rx |= (uint64_t)v->enabled_rx << i;
        x->broadcast |= (uint64_t)v->accept_broadcast << i;
        x->untagged |= (uint64_t)v->accept_untagged << i;
        x->multicast_hash |= (uint64_t)v->accept_multicast_hash << i;
        x->unicast_hash |= (uint64_t)v->accept_unicast_hash << i;
        x->multicast_promisc |= (uint64_t)v->multicast_promisc << i;
        x->unicast_promisc |= (uint64_t)v->unicast_promisc << i;
        x->vlan_filter |= (uint64_t)v->vlan_filter << i;
        x->strip |= (uint64_t)v->strip_vlan << i;
        x->hairpin |= (uint64_t)v->hairpin << i;
        x->prune |= (uint64_t)v->prune_source << i;
    }
}

static void index_tables(const struct eswitch *sw, struct eswitch_index *x)
{
    for (uint32_t i = 0; i < sw->mac_count; i++)
        if (sw->mac[i].valid) {
            uint8_t *bucket = &x->mac_bucket[mac_bucket(mac_key(sw->mac[i].mac))];
            x->mac_next[i] = *bucket;
            *bucket = (uint8_t)(i + 1);
        }
    for (uint32_t i = 0; i < sw->vlan_count; i++)
        if (sw->vlan[i].valid) {
            uint8_t *bucket = &x->vlan_bucket[sw->vlan[i].vid & 63];
            x->vlan_next[i] = *bucket;
            *bucket = (uint8_t)(i + 1);
        }
}

void eswitch_touch(struct eswitch *sw) { sw->index.state = 1; }

const struct eswitch_index *eswitch__index(struct eswitch *sw, struct eswitch_index *spare)
{
    struct eswitch_index *x = &sw->index;

    if (x->state == 2)
        return x;
    if (x->state == 0) { /* the tables may change at any time: only the masks are worth making */
        memset(spare, 0, sizeof(*spare));
        index_vports(sw, spare);
        return spare;
    }
    uint32_t version = x->version + 1;
    memset(x, 0, sizeof(*x));
    x->version = version ? version : 1;
    index_vports(sw, x);
    index_tables(sw, x);
    x->state = 2;
    return x;
}

uint64_t eswitch__mac_scan(const struct eswitch *sw, const uint8_t mac[6])
{
    uint64_t vports = 0;
    for (uint32_t i = 0; i < sw->mac_count; i++)
        if (sw->mac[i].valid && memcmp(sw->mac[i].mac, mac, 6) == 0)
            vports |= sw->mac[i].vports;
    return vports;
}

uint64_t eswitch__mac_vports(const struct eswitch *sw, const struct eswitch_index *x, const uint8_t mac[6])
{
    uint64_t vports = 0;

    if (x->state != 2)
        return eswitch__mac_scan(sw, mac);
    for (unsigned i = x->mac_bucket[mac_bucket(mac_key(mac))]; i; i = x->mac_next[i - 1])
        if (memcmp(sw->mac[i - 1].mac, mac, 6) == 0)
            vports |= sw->mac[i - 1].vports;
    return vports;
}

uint64_t eswitch__vlan_scan(const struct eswitch *sw, uint16_t vid)
{
    uint64_t vports = 0;
    for (uint32_t i = 0; i < sw->vlan_count; i++)
        if (sw->vlan[i].valid && sw->vlan[i].vid == vid)
            vports |= sw->vlan[i].vports;
    return vports;
}

uint64_t eswitch__vlan_vports(const struct eswitch *sw, const struct eswitch_index *x, uint16_t vid)
{
    uint64_t vports = 0;

    if (x->state != 2)
        return eswitch__vlan_scan(sw, vid);
    for (unsigned i = x->vlan_bucket[vid & 63]; i; i = x->vlan_next[i - 1])
        if (sw->vlan[i - 1].vid == vid)
            vports |= sw->vlan[i - 1].vports;
    return vports;
}

/* Which 12 of the address' 48 bits, counted from byte 0's lowest: the last ones are bytes 4 and 5. */
uint32_t eswitch_hash(const struct eswitch *sw, const uint8_t mac[6])
{
    static const unsigned low[] = {4, 3, 2, 0};
    uint32_t tail = mac[4] | (uint32_t)mac[5] << 8;
    return tail >> low[sw->hash_shift & 3] & 0xfff;
}

bool eswitch__hash_bit(const uint32_t table[128], uint32_t hash) { return table[hash >> 5] >> (hash & 31) & 1; }
