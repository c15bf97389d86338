/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slow path: what a write of RAMROD starts. One operation at a time; a new one ends the wait of the one before.
 *
 * A queue is set up with its rings' first pages and stands still until CLIENT_UPDATE says that it receives, sends, or both. One
 * that sends no more takes no further frame; what it has taken leaves.
 */
#include "nic/57712/e2__.h"

#include <stddef.h>
#include <string.h>

enum { WRITE_CHUNK = PCI_DMA_INLINE_MAX };

static uint64_t tag_of(const struct e2 *e) { return (uint64_t)E2_TAG_RAMROD << 60 | e->s.ramrod.serial; }
static uint64_t address(struct e2 *e) { return *e2_reg(e, E2_RAMROD_ADDR_LO) | (uint64_t)*e2_reg(e, E2_RAMROD_ADDR_HI) << 32; }

static void done(struct e2 *e, uint32_t error)
{
    trace_nic_ramrod(e2_component(e), e->s.ramrod.busy, e->s.ramrod.id, error ? "error" : "done");
    e->s.ramrod.busy = 0;
    e->s.ramrod.error = error;
}

/* ---- queues ---- */

static bool setup_makes_sense(struct e2 *e, const struct e2_client_setup *set)
{
    return set->sb < E2_ZONES && e2_owner(e, *e2_reg(e, E2_IGU_MAP(set->sb))) == e2_zone_owner(e, e->s.ramrod.id) && set->buffer &&
           set->buffer <= 0xffff - E2_RX_PADDING && !(set->status_block & 7);
}

static void client_setup(struct e2 *e, const struct e2_client_setup *set)
{
    struct e2_client_state *q = &e->client[e->s.ramrod.id];
    uint32_t epoch = q->epoch + 1;

    if (!setup_makes_sense(e, set)) {
        done(e, E2_ERR_DATA);
        return;
    }
    memset(q, 0, offsetof(struct e2_client_state, tpa)); /* what still lands of an earlier life is in tpa */
    q->epoch = epoch;
    memcpy(&q->set, set, sizeof(q->set));
    e2__chain_start(&q->chain[E2_RING_TX], set->tx_bds);
    e2__chain_start(&q->chain[E2_RING_RX], set->rx_bds);
    e2__chain_start(&q->chain[E2_RING_SGE], set->sges);
    q->cqe_page = set->cqes & ~UINT64_C(4095);
    q->cqe_next = set->cqes_next & ~UINT64_C(4095);
    q->cqe_link = E2_LINK_KNOWN;
    q->is_set = 1;
    e2__sb_start(e, set);
    done(e, 0);
}

static void client_update(struct e2 *e, struct e2_client_state *q)
{
    q->runs = *e2_reg(e, E2_RAMROD_DATA) & (E2_CLIENT_RX | E2_CLIENT_TX);
    if (!(q->runs & E2_CLIENT_RX))
        e2__tpa_close(e, q);
    if (!(q->runs & E2_CLIENT_TX))
        e2_set_bit(e->s.tx_active, e2_zone_of(e, q), false);
    e2__sb_flush(e, q->set.sb);
    done(e, 0);
    e2__tx_kick(e, q);
    e2__rx_drain(e, q);
}

static void tpa_update(struct e2 *e, struct e2_client_state *q)
{
    if (*e2_reg(e, E2_RAMROD_DATA) == 0) {
        q->set.flags &= ~E2_SETUP_TPA;
        e2__tpa_close(e, q);
    }
    done(e, 0);
}

static void halt(struct e2 *e, struct e2_client_state *q)
{
    q->runs = 0;
    e2__tpa_close(e, q);
    e2__rx_forget(e, q, FATE_rx_disabled);
    e2_set_bit(e->s.tx_active, e2_zone_of(e, q), false);
    q->is_set = 0;
    q->epoch++;
    memset(&e->s.sb[q->set.sb], 0, sizeof(e->s.sb[0]));
    done(e, 0);
}

/* Its DMA was dropped by pcie, which has ended what was under way to memory. */
void e2__function_clear(struct e2_function *fn, enum fate fate)
{
    struct e2 *e = fn->chip;

    for (unsigned s = 0; s < E2_WRITES; s++)
        if (!(e->s.write_free >> s & 1) && &e->fn[e->s.write[s].function] == fn) {
            e->s.write[s].ref = 0;
            e->s.write_free |= UINT64_C(1) << s;
        }
    for (unsigned z = 0; z < E2_ZONES; z++) {
        struct e2_client_state *q = &e->client[z];
        if (e2_zone_owner(e, z) != fn)
            continue;
        e2__tpa_reset(e, q, fate);
        e2__rx_forget(e, q, fate);
        e2_set_bit(e->s.tx_active, z, false);
        uint32_t epoch = q->epoch + 1;
        memset(q, 0, sizeof(*q));
        q->epoch = epoch;
    }
    for (unsigned i = 0; i < E2_ZONES; i++)
        if (e2_owner(e, *e2_reg(e, E2_IGU_MAP(i))) == fn)
            memset(&e->s.sb[i], 0, sizeof(e->s.sb[i]));
    e2__tx_forget(e, fn);
    memset(&fn->s.rss, 0, sizeof(fn->s.rss));
    e2__ramrod_look(e);
}

bool e2__function_is_busy(struct e2 *e, unsigned f)
{
    for (uint64_t i = e->s.tx_got; i != e->s.tx_put; i++)
        if (e->s.tx[i % E2_TX_ENTRIES].function == f)
            return true;
    for (unsigned s = 0; s < E2_WRITES; s++)
        if (!(e->s.write_free >> s & 1) && e->s.write[s].function == f)
            return true;
    return false;
}

/* ---- RSS, statistics ---- */

static void rss_update(struct e2 *e, const struct e2_rss *rss)
{
    bool good = rss->queues <= E2_VF_QUEUES_MAX;

    for (unsigned i = 0; good && i < sizeof(rss->table); i++)
        good = rss->table[i] < (rss->queues ? rss->queues : 1);
    if (good)
        memcpy(&e->fn[e->s.ramrod.id].s.rss, rss, sizeof(*rss));
    done(e, good ? 0 : E2_ERR_DATA);
}

static void stats(struct e2 *e, struct e2_function *fn)
{
    struct vports_counts out = {.rx_multicast = fn->s.rx_multicast};
    const uint8_t *from = (const uint8_t *)&out;

    for (unsigned z = 0; z < E2_ZONES; z++) {
        const struct e2_client_state *q = &e->client[z];
        unsigned n = *e2_reg(e, E2_ZONE(z)) & 15;
        if (e2_zone_owner(e, z) != fn || n >= E2_VF_QUEUES_MAX)
            continue;
        out.queue[n].rx_frames = q->rx_frames;
        out.queue[n].rx_bytes = q->rx_bytes;
        out.queue[n].rx_no_buffer = q->rx_no_buffer;
        out.queue[n].tx_frames = q->tx_frames;
        out.queue[n].tx_bytes = q->tx_bytes;
    }
    e->s.ramrod.writes = (sizeof(out) + WRITE_CHUNK - 1) / WRITE_CHUNK;
    for (uint32_t off = 0; off < sizeof(out); off += WRITE_CHUNK)
        pci_dma_write(e->nic.pf, address(e) + off, from + off, sizeof(out) - off < WRITE_CHUNK ? sizeof(out) - off : WRITE_CHUNK,
                      tag_of(e));
}

/* ---- fences ---- */

static bool is_fenced(struct e2 *e, unsigned zone)
{
    struct e2_function *fn = e2_zone_owner(e, zone);
    return fn && (e->s.ramrod.id == E2_ID_ALL || fn->vport == e->s.ramrod.id);
}

static bool rx_has_passed(struct e2 *e)
{
    for (unsigned z = 0; z < E2_ZONES; z++)
        if (is_fenced(e, z) && e->s.rx_passed[z] < e->s.ramrod.rx_target[z])
            return false;
    return true;
}

/* What has come is to be seen: aggregations end, status blocks say so. */
static void report_all(struct e2 *e)
{
    for (unsigned z = 0; z < E2_ZONES; z++)
        if (is_fenced(e, z) && e->client[z].is_set) {
            e2__tpa_close(e, &e->client[z]);
            e2__sb_flush(e, e->client[z].set.sb);
        }
}

void e2__ramrod_look(struct e2 *e)
{
    if (e->s.ramrod.busy == E2_RAMROD_EMPTY && rx_has_passed(e)) {
        report_all(e);
        done(e, 0);
    } else if (e->s.ramrod.busy == E2_RAMROD_FORWARD_EMPTY && e->s.tx_got >= e->s.ramrod.tx_target) {
        done(e, 0);
    }
}

/* ---- DMA of parameters ---- */

void e2__ramrod_read_done(struct e2 *e, uint64_t tag, const void *data, uint32_t len, enum pci_status status)
{
    struct e2_client_setup set;
    struct e2_rss rss;

    if (tag != tag_of(e) || !e->s.ramrod.busy)
        return;
    if (status != PCI_OK) {
        done(e, E2_ERR_DMA);
    } else if (e->s.ramrod.busy == E2_RAMROD_CLIENT_SETUP && len == sizeof(set)) {
        memcpy(&set, data, sizeof(set));
        client_setup(e, &set);
    } else if (e->s.ramrod.busy == E2_RAMROD_RSS_UPDATE && len == sizeof(rss)) {
        memcpy(&rss, data, sizeof(rss));
        rss_update(e, &rss);
    }
}

void e2__ramrod_write_done(struct e2 *e, uint64_t tag, enum pci_status status)
{
    if (tag != tag_of(e) || !e->s.ramrod.writes)
        return;
    if (status != PCI_OK)
        e->s.ramrod.error = E2_ERR_DMA;
    if (--e->s.ramrod.writes == 0)
        done(e, e->s.ramrod.error);
}

/* ---- which is which ---- */

static void of_zone(struct e2 *e, uint32_t command)
{
    struct e2_client_state *q = &e->client[e->s.ramrod.id < E2_ZONES ? e->s.ramrod.id : 0];
    bool there = e->s.ramrod.id < E2_ZONES && e2_zone_owner(e, e->s.ramrod.id);

    if (!there || (command == E2_RAMROD_CLIENT_SETUP) == (q->is_set != 0))
        done(e, E2_ERR_RAMROD);
    else if (command == E2_RAMROD_CLIENT_SETUP)
        pci_dma_read(e->nic.pf, address(e), sizeof(struct e2_client_setup), tag_of(e));
    else if (command == E2_RAMROD_CLIENT_UPDATE)
        client_update(e, q);
    else if (command == E2_RAMROD_TPA_UPDATE)
        tpa_update(e, q);
    else
        halt(e, q);
}

static void of_function(struct e2 *e, uint32_t command)
{
    if (e->s.ramrod.id > e->nic.vf_count)
        done(e, E2_ERR_RAMROD);
    else if (command == E2_RAMROD_RSS_UPDATE)
        pci_dma_read(e->nic.pf, address(e), sizeof(struct e2_rss), tag_of(e));
    else
        stats(e, &e->fn[e->s.ramrod.id]);
}

void e2__ramrod(struct e2 *e, uint32_t command)
{
    e->s.ramrod.busy = command;
    e->s.ramrod.id = *e2_reg(e, E2_RAMROD_ID);
    e->s.ramrod.serial++;
    e->s.ramrod.error = e->s.ramrod.writes = 0;
    switch (command) {
    case E2_RAMROD_CLIENT_SETUP:
    case E2_RAMROD_CLIENT_UPDATE:
    case E2_RAMROD_TPA_UPDATE:
    case E2_RAMROD_HALT:
        of_zone(e, command);
        break;
    case E2_RAMROD_RSS_UPDATE:
    case E2_RAMROD_STATS:
        of_function(e, command);
        break;
    case E2_RAMROD_EMPTY:
        memcpy(e->s.ramrod.rx_target, e->s.rx_taken, sizeof(e->s.rx_taken));
        e2__ramrod_look(e);
        break;
    case E2_RAMROD_FORWARD_EMPTY:
        e->s.ramrod.tx_target = e->s.tx_put;
        e2__ramrod_look(e);
        break;
    default:
        done(e, E2_ERR_RAMROD);
    }
}
