/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a VF's guest and the driver tell each other: the plugin's data, the rings from which VF_INIT sets the queues up, the region
 * that they share [vmkdrivers bnx2x_esx.c bnx2x_pt_vf_get_info, _init, _get_queue_stats].
 */
#include "pf/bnx2x/bnx2x.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CONFIG_COMMAND = 0x04, COMMAND_MASTER = 0x04, RING_MOST = 4096 };

static struct pf_vf *vf_of(struct pf *pf) { return &pf->s.vf[pf__op_now(pf)->args.vf]; }
static unsigned number(struct pf *pf) { return (unsigned)pf__op_now(pf)->args.vf; }

/* ---- what its plugin is told [struct bnx2x_plugin_device_info] ---- */

/* SGEs are for aggregations, and for frames that a small buffer does not hold. */
static bool aggregates(const struct pf *pf) { return pf->s.features & PF_FEATURE_LRO; }
static bool has_sges(const struct pf *pf, unsigned vf)
{
    uint32_t mtu = pf->s.vf[vf].asked_mtu > pf->s.vf[vf].mtu ? pf->s.vf[vf].asked_mtu : pf->s.vf[vf].mtu;
    return aggregates(pf) || mtu + 14 + 4 > (uint32_t)BNX2X_BUFFER;
}

void pf__bnx2x_vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out)
{
    struct e2_device_info info;
    memset(&info, 0, sizeof(info));
    for (unsigned q = 0; q < pf->queues; q++)
        info.sb[q].igu = info.sb[q].zone = info.zone[q] = (uint8_t)bnx2x_zone(pf, vf, q);
    info.chip_id = E2_CHIP_ID;
    info.flags = (uint8_t)(E2_INFO_SHARED_SB | (has_sges(pf, vf) ? 0 : E2_INFO_NO_TPA));
    memset(out->device_info, 0, sizeof(out->device_info));
    memcpy(out->device_info, &info, sizeof(info));
    snprintf(out->plugin_name, sizeof(out->plugin_name), "%s", pf->nic->model->vf_plugin);
    out->bar_bytes = E2_WINDOW_BYTES;
    out->fn = pf->nic->vf[vf];
    out->queues = pf->queues;
    out->vectors = pf->queues;
}

/* ---- init ---- */

/* What a VF needs of its guest. NULL: that is there. */
static const char *judge_memory(const struct pf *pf, const struct pf_vf_memory *m)
{
    if (!m->queues || m->queues > pf->queues)
        return "no rings, and the VF's queues are the PF driver's to set up";
    if (m->shared_bytes < sizeof(struct e2_shared))
        return "no shared region of 320 bytes";
    for (unsigned q = 0; q < m->queues; q++) {
        const struct pf_vf_ring *ring = &m->ring[q];
        if (ring->rx_desc < E2_RING_MIN || ring->tx_desc < E2_TX_MIN || ring->rx_desc > RING_MOST || ring->tx_desc > RING_MOST)
            return "a ring's length: receive rings have 256 to 4096 descriptors, transmit rings 32 to 4096";
        if ((ring->rx | ring->tx) % E2_PAGE_BYTES)
            return "a ring that does not begin with a page";
    }
    return NULL;
}

const char *pf__bnx2x_vf_memory(struct pf *pf, unsigned vf, const struct pf_vf_memory *memory)
{
    const char *why = judge_memory(pf, memory);
    struct pf_vf_memory *kept = &pf_bnx2x(pf)->memory[vf];
    if (why)
        memset(kept, 0, sizeof(*kept));
    else
        memcpy(kept, memory, sizeof(*kept));
    return why;
}

static int is_acquired(void *owner)
{
    struct pf *pf = owner;
    bool ready = vf_of(pf)->state == PF_VF_ACQUIRED && pf_bnx2x(pf)->memory[number(pf)].queues;
    return ready ? PROCEDURE_NEXT : -EINVAL;
}

static int begin_setup(void *owner)
{
    struct pf *pf = owner;
    unsigned vf = number(pf);
    pci_config_write(pf->nic->vf[vf], CONFIG_COMMAND, 2, COMMAND_MASTER); /* a reset cleared it */
    pf_bnx2x(pf)->queues[vf] = 0;
    pf__put_vf(pf_bnx2x(pf)->tpa, vf, aggregates(pf));
    pf__put_vf(pf_bnx2x(pf)->sge, vf, has_sges(pf, vf));
    pf__op_now(pf)->i = 0;
    return PROCEDURE_NEXT;
}

static int call_setup(void *owner)
{
    struct pf *pf = owner;
    unsigned vf = number(pf), q = pf__op_now(pf)->i;
    const struct pf_vf_ring *ring = &pf_bnx2x(pf)->memory[vf].ring[q];
    struct e2_client_setup *set = mem_at(pf->mem, pf__bnx2x_scratch(pf), sizeof(*set));
    bool sge = pf__has_vf(pf_bnx2x(pf)->sge, vf), tpa = pf__has_vf(pf_bnx2x(pf)->tpa, vf);
    memset(set, 0, sizeof(*set));
    set->tx_bds = ring->tx;
    set->status_block = ring->tx + e2_sb_offset(ring->tx_desc);
    set->rx_bds = ring->rx;
    set->cqes = ring->rx + e2_cqe_offset(ring->rx_desc);
    set->cqes_next = set->cqes + (e2_cqe_pages(ring->rx_desc) > 1 ? E2_PAGE_BYTES : 0);
    set->sges = ring->rx + e2_sge_offset(ring->rx_desc);
    set->flags = E2_SETUP_TX | E2_SETUP_RX | E2_SETUP_VLAN | (sge ? E2_SETUP_SGE : 0) | (tpa ? E2_SETUP_TPA : 0);
    set->buffer = BNX2X_BUFFER;
    set->rx_rate = BNX2X_RX_RATE;
    set->tx_rate = BNX2X_TX_RATE;
    set->sb = bnx2x_zone(pf, vf, q);
    return pf__bnx2x_call(pf, E2_RAMROD_CLIENT_SETUP, bnx2x_zone(pf, vf, q), 0);
}

static int queue_is_set_up(void *owner)
{
    struct pf *pf = owner;
    uint32_t there = ++pf__op_now(pf)->i;
    pf_bnx2x(pf)->queues[number(pf)] = there;
    return there < pf_bnx2x(pf)->memory[number(pf)].queues ? PROCEDURE_AGAIN : PROCEDURE_NEXT;
}

/* The key is the one that the shell gives to its emulated device: a flow has one hash on both paths. */
static int call_rss(void *owner)
{
    struct pf *pf = owner;
    struct e2_rss *rss = mem_at(pf->mem, pf__bnx2x_scratch(pf), sizeof(*rss));
    rss->queues = pf_bnx2x(pf)->queues[number(pf)];
    for (unsigned i = 0; i < sizeof(rss->key); i++)
        rss->key[i] = (uint8_t)(pf->s.rss_key[i / 4] >> (8 * (i % 4)));
    for (unsigned i = 0; i < sizeof(rss->table); i++)
        rss->table[i] = (uint8_t)(i % rss->queues);
    return pf__bnx2x_call(pf, E2_RAMROD_RSS_UPDATE, number(pf), 0);
}

static const struct procedure_step setup_steps[] = {
    {"begin with the first queue", begin_setup},
    {"set it up", call_setup, .sub = &pf__bnx2x_ramrod, .done = queue_is_set_up},
    {"spread over them", call_rss, .sub = &pf__bnx2x_ramrod},
};
const struct procedure_table pf__bnx2x_setup = PROCEDURE_TABLE("set its queues up", setup_steps);

/* The shared region, as far as it is there now (its page may be on its way from another host). */
static struct e2_shared *shared_of(struct pf *pf, unsigned vf)
{
    struct sim_mem *guest = pf_bnx2x_own(pf)->guest[vf];
    uint64_t at = pf_bnx2x(pf)->memory[vf].shared;
    if (!guest || !mem_has(guest, at, sizeof(struct e2_shared)))
        return NULL;
    mem_is_unseen(guest);
    return mem_at(guest, at, sizeof(struct e2_shared));
}

static int enable(void *owner)
{
    struct pf *pf = owner;
    unsigned vf = number(pf);
    struct e2_shared *shared = shared_of(pf, vf);
    if (shared)
        memset(shared, 0, sizeof(*shared));
    memset(&pf_bnx2x(pf)->base[vf], 0, sizeof(pf_bnx2x(pf)->base[vf]));
    memset(&pf_bnx2x(pf)->shared[vf], 0, sizeof(pf_bnx2x(pf)->shared[vf]));
    return pf__vf_enable(pf, vf);
}

static const struct procedure_step init_steps[] = {
    {"see whether it is acquired", is_acquired},
    {"wait for its reset's end", .sub = &pf__reset_over},
    {"set its queues up", .sub = &pf__bnx2x_setup},
    {"enable it", enable},
};
const struct procedure_table pf__bnx2x_init = PROCEDURE_TABLE("VF_INIT", init_steps);

/* ---- what the VF's queues say, and its plugin ---- */

static int call_stats(void *owner) { return pf__bnx2x_call(owner, E2_RAMROD_STATS, number(owner), 0); }

static void take_shared(struct pf *pf, unsigned vf, struct pf_vf_stats *out)
{
    const struct e2_shared *now = shared_of(pf, vf);
    struct e2_shared *base = &pf_bnx2x(pf)->shared[vf];
    if (!now)
        return;
    for (unsigned q = 0; q < out->queues; q++) {
        out->queue[q].rx_lro_packets = now->rx[q].lro_frames - base->rx[q].lro_frames;
        out->queue[q].rx_lro_bytes = now->rx[q].lro_bytes - base->rx[q].lro_bytes;
        out->queue[q].tx_tso_packets = now->tx[q].tso_frames - base->tx[q].tso_frames;
        out->queue[q].tx_tso_bytes = now->tx[q].tso_bytes - base->tx[q].tso_bytes;
    }
    memcpy(base, now, sizeof(*base));
}

/* What changed since the last answer [bnx2x_pt_vf_get_queue_stats]. */
static int take_stats(void *owner)
{
    struct pf *pf = owner;
    struct pf_vf_stats *out = &vf_of(pf)->stats;
    const struct vports_counts *now = mem_at(pf->mem, pf__bnx2x_scratch(pf), sizeof(*now));
    pf__vports_count(pf, out, now, &pf_bnx2x(pf)->base[number(pf)]);
    take_shared(pf, number(pf), out);
    return PROCEDURE_NEXT;
}

static const struct procedure_step queue_stats_steps[] = {
    {"have its counters written", call_stats, .sub = &pf__bnx2x_ramrod, .done = take_stats},
};
const struct procedure_table pf__bnx2x_queue_stats = PROCEDURE_TABLE("VF_GET_QUEUE_STATS", queue_stats_steps);
