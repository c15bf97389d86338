/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's own rings: one queue pair of the PF, in the same linked pages as a VF's. A frame that is sent has a start and a
 * parsing BD; one that is received fits its buffer, so there are no SGEs.
 *
 * Memory, from mem_base: Tx BDs, Rx BDs, completions, a page for the status block, one for ramrods, receive buffers, transmit
 * buffers. Rings have a power of two of pages, so that positions, which run freely, tell the page.
 */
#include "pf/bnx2x/bnx2x.h"

#include <string.h>

enum { RX_BUFFER = PF_TX_BUFFER, BDS_A_FRAME = 2 };

static uint32_t pages_for(uint32_t entries, uint32_t usable)
{
    uint32_t pages = 1;
    while (pages * usable < entries)
        pages *= 2;
    return pages;
}

static uint32_t tx_pages(uint32_t len) { return pages_for(BDS_A_FRAME * len, E2_TX_PAGE - E2_TX_LINKS); }
static uint32_t rx_pages(uint32_t len) { return pages_for(len, E2_RX_PAGE - E2_RX_LINKS); }
static uint32_t cqe_pages(uint32_t len) { return pages_for(len + 1, E2_CQE_PAGE - E2_CQE_LINKS); }

static uint64_t rx_at(const struct pf *pf) { return pf->mem_base + (uint64_t)tx_pages(pf->ring_len) * E2_PAGE_BYTES; }
static uint64_t cqe_at(const struct pf *pf) { return rx_at(pf) + (uint64_t)rx_pages(pf->ring_len) * E2_PAGE_BYTES; }
static uint64_t sb_at(const struct pf *pf) { return cqe_at(pf) + (uint64_t)cqe_pages(pf->ring_len) * E2_PAGE_BYTES; }
uint64_t pf__bnx2x_scratch(const struct pf *pf) { return sb_at(pf) + E2_PAGE_BYTES; }
static uint64_t rx_buffer(const struct pf *pf, uint32_t i)
{
    return pf__bnx2x_scratch(pf) + E2_PAGE_BYTES + (uint64_t)RX_BUFFER * (i % pf->ring_len);
}
static uint64_t tx_buffer(const struct pf *pf, uint32_t i)
{
    return rx_buffer(pf, 0) + (uint64_t)RX_BUFFER * pf->ring_len + (uint64_t)PF_TX_BUFFER * (i % pf->ring_len);
}

uint64_t pf__bnx2x_memory(uint32_t ring_rx, uint32_t ring_tx)
{
    uint32_t len = ring_rx > ring_tx ? ring_rx : ring_tx;
    uint64_t buffers = ((uint64_t)RX_BUFFER + PF_TX_BUFFER) * len;
    return (uint64_t)E2_PAGE_BYTES * (tx_pages(len) + rx_pages(len) + cqe_pages(len) + 2) + (buffers + 4095) / 4096 * 4096;
}

/* Entry at a position of a ring of `pages` pages from `base` on. */
static void *entry(const struct pf *pf, uint64_t base, uint32_t pages, uint32_t page_entries, uint32_t pos)
{
    uint32_t bytes = E2_PAGE_BYTES / page_entries;
    return mem_at(pf->mem, base + (uint64_t)(pos / page_entries % pages) * E2_PAGE_BYTES + (uint64_t)(pos % page_entries) * bytes,
                  bytes);
}

static void link_pages(const struct pf *pf, uint64_t base, uint32_t pages, uint32_t page_entries, uint32_t links)
{
    for (uint32_t p = 0; p < pages; p++) {
        uint64_t next = base + (uint64_t)((p + 1) % pages) * E2_PAGE_BYTES;
        struct e2_link link = {(uint32_t)next, (uint32_t)(next >> 32)};
        memcpy(entry(pf, base, pages, page_entries, p * page_entries + page_entries - links), &link, sizeof(link));
    }
}

static uint32_t skip_link(uint32_t pos, uint32_t page_entries, uint32_t links)
{
    return pos % page_entries == page_entries - links ? pos + links : pos;
}

static struct e2_status_block *status_block(const struct pf *pf)
{
    return mem_at(pf->mem, sb_at(pf), sizeof(struct e2_status_block));
}

static void window_write(struct pf *pf, uint32_t off, uint32_t value)
{
    pci_mmio_write(pf->nic->pf, &pf->c, sim_now(pf->c.sim), E2_BAR, off, 4, value);
}

/* ---- bring-up ---- */

void pf__bnx2x_rings(struct pf *pf, struct e2_client_setup *set)
{
    uint32_t len = pf->ring_len;
    link_pages(pf, pf->mem_base, tx_pages(len), E2_TX_PAGE, E2_TX_LINKS);
    link_pages(pf, rx_at(pf), rx_pages(len), E2_RX_PAGE, E2_RX_LINKS);
    link_pages(pf, cqe_at(pf), cqe_pages(len), E2_CQE_PAGE, E2_CQE_LINKS);
    memset(set, 0, sizeof(*set));
    set->tx_bds = pf->mem_base;
    set->rx_bds = rx_at(pf);
    set->cqes = cqe_at(pf);
    set->cqes_next = cqe_at(pf) + (cqe_pages(len) > 1 ? E2_PAGE_BYTES : 0);
    set->status_block = sb_at(pf);
    set->flags = E2_SETUP_TX | E2_SETUP_RX;
    set->buffer = RX_BUFFER - E2_RX_PADDING;
    set->rx_rate = BNX2X_RX_RATE;
    set->tx_rate = BNX2X_TX_RATE;
    set->sb = BNX2X_OWN_ZONE;
}

static void rx_post(struct pf *pf)
{
    struct pf_bnx2x_state *s = pf_bnx2x(pf);
    uint32_t *posted = &pf->s.channel[0].rx_posted;
    uint64_t addr = rx_buffer(pf, (*posted)++);
    struct e2_rx_bd bd = {(uint32_t)addr, (uint32_t)(addr >> 32)};
    memcpy(entry(pf, rx_at(pf), rx_pages(pf->ring_len), E2_RX_PAGE, s->rx_pos), &bd, sizeof(bd));
    s->rx_pos = skip_link(s->rx_pos + 1, E2_RX_PAGE, E2_RX_LINKS);
}

static void tell_producers(struct pf *pf)
{
    const struct pf_bnx2x_state *s = pf_bnx2x(pf);
    uint32_t room = s->cqe_pos + cqe_pages(pf->ring_len) * E2_CQE_PAGE;
    window_write(pf, E2_PRODUCERS(BNX2X_OWN_ZONE), (room & 0xffff) | s->rx_pos << 16);
}

static void enable_interrupt(struct pf *pf, uint16_t seen)
{
    window_write(pf, E2_IGU(BNX2X_OWN_ZONE), seen | E2_IGU_UPDATE | E2_IGU_ENABLE << E2_IGU_OP_SHIFT);
}

void pf__bnx2x_begin(struct pf *pf)
{
    while (pf->s.channel[0].rx_posted < pf->ring_len - 1)
        rx_post(pf);
    tell_producers(pf);
    enable_interrupt(pf, 0);
}

/* ---- receive ---- */

static void take_frame(struct pf *pf, const struct e2_cqe *cqe)
{
    struct mem_fragment at = {rx_buffer(pf, pf->s.channel[0].rx_next++) + cqe->padding, cqe->bd_bytes};
    frame_ref ref = mem_tag_hand_over(pf->mem, &at, 1);
    rx_post(pf);
    pf__hand_up(pf, ref);
}

uint32_t pf__bnx2x_receive(struct pf *pf, uint32_t budget)
{
    struct pf_bnx2x_state *s = pf_bnx2x(pf);
    uint32_t frames = 0;
    while (frames < budget && (uint16_t)s->cqe_pos != status_block(pf)->index[E2_SB_RX]) {
        struct e2_cqe cqe;
        s->cqe_pos = skip_link(s->cqe_pos, E2_CQE_PAGE, E2_CQE_LINKS);
        memcpy(&cqe, entry(pf, cqe_at(pf), cqe_pages(pf->ring_len), E2_CQE_PAGE, s->cqe_pos++), sizeof(cqe));
        take_frame(pf, &cqe);
        frames++;
    }
    if (frames)
        tell_producers(pf);
    return frames;
}

void pf__bnx2x_poll(struct pf *pf, unsigned channel)
{
    uint16_t seen = status_block(pf)->running[0];
    pf__bnx2x_reclaim(pf);
    if (!pf__polled(pf, channel, pf__bnx2x_receive(pf, PF_POLL_BUDGET)))
        enable_interrupt(pf, seen); /* told again if something came meanwhile */
}

/* ---- transmit ---- */

void pf__bnx2x_reclaim(struct pf *pf)
{
    uint32_t *done = &pf->s.channel[0].tx_done;
    *done += (uint16_t)(status_block(pf)->index[E2_SB_TX] - (uint16_t)*done);
}

void pf__bnx2x_kick(struct pf *pf, unsigned channel)
{
    struct pf_channel *ch = &pf->s.channel[channel];
    if (ch->tx_told == ch->tx_put)
        return;
    ch->tx_told = ch->tx_put;
    window_write(pf, E2_DOORBELL(0), E2_DOORBELL_TYPE | pf_bnx2x(pf)->tx_pos << E2_DOORBELL_PRODUCER_SHIFT);
}

static union e2_tx_bd *next_bd(struct pf *pf)
{
    struct pf_bnx2x_state *s = pf_bnx2x(pf);
    union e2_tx_bd *bd = entry(pf, pf->mem_base, tx_pages(pf->ring_len), E2_TX_PAGE, s->tx_pos);
    s->tx_pos = skip_link(s->tx_pos + 1, E2_TX_PAGE, E2_TX_LINKS);
    return bd;
}

static uint16_t pair(const uint8_t *p) { return (uint16_t)(p[0] << 8 | p[1]); }

static void post(struct pf *pf, uint32_t i, frame_ref ref)
{
    struct frame *f = frame_get(pf->c.sim, ref);
    const uint8_t *p = frame_data(f);
    uint64_t addr = tx_buffer(pf, i);
    union e2_tx_bd *start = next_bd(pf), *parse = next_bd(pf);
    start->start = (struct e2_tx_start){
        .lo = (uint32_t)addr,
        .hi = (uint32_t)(addr >> 32),
        .nbd = BDS_A_FRAME,
        .bytes = (uint16_t)f->len,
        .vlan = f->len >= 14 ? pair(p + 12) : 0,
        .flags = E2_TX_START,
        .general = 1 | (mac_is_broadcast(p)   ? E2_TX_BROADCAST
                        : mac_is_multicast(p) ? E2_TX_MULTICAST
                                              : E2_TX_UNICAST)
                           << E2_TX_ADDRESS_SHIFT,
    };
    parse->parse = (struct e2_tx_parse){.dst_hi = pair(p),
                                        .dst_mid = pair(p + 2),
                                        .dst_lo = pair(p + 4),
                                        .src_hi = pair(p + 6),
                                        .src_mid = pair(p + 8),
                                        .src_lo = pair(p + 10)};
    memcpy(mem_at(pf->mem, addr, f->len), p, f->len);
    mem_tag_made(pf->mem, addr, f->len, ref);
}

void pf__bnx2x_send(struct pf *pf, frame_ref ref) { pf__post_one(pf, ref, post); }
