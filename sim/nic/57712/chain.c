/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rings of linked pages [desc.h]. Entries are read in runs that end at a page's link, at what the driver has posted, or where the
 * chip has no more room; a link is read when it is next and something is posted behind it.
 */
#include "nic/57712/e2__.h"

#include <string.h>

struct shape {
    uint16_t entries, links, bytes, cache;
};

static const struct shape shapes[E2_RINGS] = {
    [E2_RING_TX] = {E2_TX_PAGE, E2_TX_LINKS, sizeof(union e2_tx_bd), E2_TX_CACHE},
    [E2_RING_RX] = {E2_RX_PAGE, E2_RX_LINKS, sizeof(struct e2_rx_bd), E2_RX_CACHE},
    [E2_RING_SGE] = {E2_SGE_PAGE, E2_SGE_LINKS, sizeof(struct e2_rx_bd), E2_RX_CACHE},
};

uint16_t e2__next_position(enum e2_ring ring, uint16_t pos)
{
    const struct shape *shape = &shapes[ring];
    pos++;
    return (pos & (shape->entries - 1)) == shape->entries - shape->links ? (uint16_t)(pos + shape->links) : pos;
}

void e2__chain_start(struct e2_chain *chain, uint64_t page)
{
    memset(chain, 0, sizeof(*chain));
    chain->page = page & ~UINT64_C(4095);
}

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

void e2__chain_fetch(struct e2 *e, struct e2_client_state *q, enum e2_ring ring)
{
    const struct shape *shape = &shapes[ring];
    struct e2_chain *c = &q->chain[ring];
    uint16_t at = c->fetch & (shape->entries - 1), posted = (uint16_t)(c->producer - c->fetch);
    uint32_t room = shape->cache - e2_cached(q, ring), usable = (uint32_t)shape->entries - shape->links;
    unsigned zone = e2_zone_of(e, q);

    if (c->reading || c->faulty || !posted || !room || !e2_zone_owner(e, zone))
        return;
    c->reading = at >= usable ? E2_READS_LINK : (uint16_t)least(posted, least(room, usable - at));
    uint32_t bytes = c->reading == E2_READS_LINK ? sizeof(struct e2_link) : (uint32_t)c->reading * shape->bytes;
    pci_dma_read(e2_zone_owner(e, zone)->pci, c->page + (uint64_t)at * shape->bytes, bytes,
                 e2_tag(E2_TAG_CHAIN, zone, q->epoch, ring));
}

static void keep(struct e2_client_state *q, enum e2_ring ring, const uint8_t *from, uint32_t n)
{
    struct e2_chain *c = &q->chain[ring];

    for (uint32_t i = 0; i < n; i++, c->put++, from += shapes[ring].bytes) {
        if (ring == E2_RING_TX)
            memcpy(&q->tx[c->put % E2_TX_CACHE], from, sizeof(struct e2_entry));
        else
            memcpy(ring == E2_RING_RX ? &q->rx[c->put % E2_RX_CACHE] : &q->sge[c->put % E2_RX_CACHE], from, sizeof(uint64_t));
    }
}

void e2__chain_read_done(struct e2 *e, struct e2_client_state *q, uint64_t tag, const void *data, uint32_t len,
                         enum pci_status status)
{
    enum e2_ring ring = (enum e2_ring)(tag & 3);
    struct e2_chain *c = &q->chain[ring];
    uint16_t n = c->reading;

    c->reading = 0;
    if (status != PCI_OK) {
        trace_nic_ring_fault(e2_component(e), ring == E2_RING_TX ? "transmit" : "receive", e2_zone_of(e, q));
        c->faulty = 1;
    } else if (n == E2_READS_LINK) {
        struct e2_link link;
        memcpy(&link, data, sizeof(link));
        c->page = (link.lo | (uint64_t)link.hi << 32) & ~UINT64_C(4095);
        c->fetch = (uint16_t)(c->fetch + shapes[ring].links);
    } else {
        keep(q, ring, data, n);
        c->fetch = (uint16_t)(c->fetch + n);
    }
    e2__chain_fetch(e, q, ring);
    if (ring == E2_RING_TX)
        e2__tx_kick(e, q);
    else
        e2__rx_drain(e, q);
}

void e2__chain_told(struct e2 *e, struct e2_client_state *q, enum e2_ring ring, uint16_t producer)
{
    q->chain[ring].producer = producer;
    q->chain[ring].faulty = 0;
    e2__chain_fetch(e, q, ring);
}
