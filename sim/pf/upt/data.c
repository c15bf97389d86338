/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The UPT NIC's own rings: the PF is a vmxnet3 like its VFs, with one queue pair whose rings the driver sets up by an image.
 * Ring 1 has a frame's first 2 KB, ring 2 the rest of a longer one.
 *
 * Memory, from mem_base: receive rings 1 and 2 and their completions, transmit ring and its completions, the page of commands,
 * receive buffers of both rings (2 KB), transmit buffers (10 KB).
 */
#include <string.h>

#include "pf/upt/upt.h"

enum ring { RX_RING, RX_BODY, RX_COMP, TX_RING, TX_COMP, RINGS };

static uint64_t page_up(uint64_t bytes) { return (bytes + 4095) & ~UINT64_C(4095); }
static uint64_t ring_bytes(uint32_t ring_len) { return page_up(2 * 16u * ring_len); }
static uint64_t ring_at(const struct pf *pf, enum ring ring) { return pf->mem_base + ring_bytes(pf->ring_len) * ring; }
static uint32_t size_of(const struct pf *pf, enum ring ring) { return ring == RX_COMP ? 2 * pf->ring_len : pf->ring_len; }
uint64_t pf__upt_scratch(const struct pf *pf) { return ring_at(pf, RINGS); }

static uint64_t rx_buffer(const struct pf *pf, unsigned ring, uint32_t slot)
{
    return pf__upt_scratch(pf) + 4096 + (uint64_t)PF_RX_BUFFER * (slot + (ring ? pf->ring_len : 0));
}

static uint64_t tx_buffer(const struct pf *pf, uint32_t slot)
{
    return rx_buffer(pf, 1, pf->ring_len) + (uint64_t)PF_TX_BUFFER * slot;
}

uint64_t pf__upt_memory(uint32_t ring_rx, uint32_t ring_tx)
{
    uint32_t len = ring_rx > ring_tx ? ring_rx : ring_tx;
    return RINGS * ring_bytes(len) + 4096 + page_up((2 * (uint64_t)PF_RX_BUFFER + PF_TX_BUFFER) * len);
}

static void *desc(const struct pf *pf, enum ring ring, uint32_t i)
{
    return mem_at(pf->mem, ring_at(pf, ring) + 16 * (i % size_of(pf, ring)), 16);
}

static void page_write(struct pf *pf, uint32_t off, uint32_t value)
{
    pci_mmio_write(pf->nic->pf, &pf->c, sim_now(pf->c.sim), UPT_PAGE_BAR, off, 4, value);
}

/* The generation of position i, which runs freely: it begins with 1 and flips at each wrap. */
static uint32_t gen_of(const struct pf *pf, uint32_t i) { return i / pf->ring_len % 2 ? 0 : 1; }

static void rx_post(struct pf *pf, enum ring ring, uint32_t i)
{
    *(struct Vmxnet3_RxDesc *)desc(pf, ring, i) = (struct Vmxnet3_RxDesc){
        .addr = rx_buffer(pf, ring == RX_BODY, i % pf->ring_len),
        .dword2 = PF_RX_BUFFER | (ring == RX_BODY ? VMXNET3_RXD_BTYPE_BODY : 0) | (gen_of(pf, i) ? VMXNET3_RXD_GEN : 0),
    };
}

void pf__upt_rings(struct pf *pf, struct vmxnet3_rings_image *image)
{
    struct pf_upt_state *s = pf_upt(pf);
    struct vmxnet3_ring_image ring[RINGS];

    for (unsigned r = 0; r < RINGS; r++)
        ring[r] = (struct vmxnet3_ring_image){
            .pa = ring_at(pf, (enum ring)r), .size = size_of(pf, (enum ring)r), .gen = VMXNET3_INIT_GEN};
    *image = (struct vmxnet3_rings_image){
        .magic = VMXNET3_IMAGE_MAGIC,
        .version = VMXNET3_IMAGE_VERSION,
        .tx_queues = 1,
        .rx_queues = 1,
        .vectors = UPT_PF_VECTORS,
        .auto_mask = 1,
        .masked = ~(1u << PF_VECTOR_DATA),
        .tx = {{.ring = ring[TX_RING], .comp = ring[TX_COMP], .intr = UPT_PF_VECTOR_TX}},
        .rx = {{.ring = {ring[RX_RING], ring[RX_BODY]}, .comp = ring[RX_COMP], .intr = PF_VECTOR_DATA}},
    };
    s->rx_comp_gen = s->tx_comp_gen = VMXNET3_INIT_GEN;
    for (uint32_t *n = &pf->s.channel[0].rx_posted; *n < pf->ring_len - 1; ++*n)
        rx_post(pf, RX_RING, *n);
    for (; s->body_posted < pf->ring_len - 1; s->body_posted++)
        rx_post(pf, RX_BODY, s->body_posted);
}

/* ---- receive ---- */

/* The completion `n` behind the next one, when it is there. */
static const struct Vmxnet3_RxCompDesc *rx_completion(struct pf *pf, uint32_t n)
{
    struct pf_upt_state *s = pf_upt(pf);
    const struct Vmxnet3_RxCompDesc *c = desc(pf, RX_COMP, s->rx_comp_next + n);
    uint32_t gen = s->rx_comp_gen ^ (s->rx_comp_next + n >= size_of(pf, RX_COMP));

    return !!(c->dword3 & VMXNET3_CD_GEN) == gen ? c : NULL;
}

static void rx_advance(struct pf *pf, uint32_t n)
{
    struct pf_upt_state *s = pf_upt(pf);

    s->rx_comp_next += n;
    if (s->rx_comp_next < size_of(pf, RX_COMP))
        return;
    s->rx_comp_next -= size_of(pf, RX_COMP);
    s->rx_comp_gen ^= 1;
}

static bool is_body(const struct Vmxnet3_RxCompDesc *c) { return c->dword0 >> VMXNET3_RCD_RQID_SHIFT & VMXNET3_RCD_RQID_MASK; }

/* The fragments of the next frame; 0 when it is not all there. */
static uint32_t rx_whole(struct pf *pf, struct mem_fragment *frags, uint32_t max)
{
    for (uint32_t n = 0; n < max; n++) {
        const struct Vmxnet3_RxCompDesc *c = rx_completion(pf, n);
        if (!c)
            return 0;
        frags[n] =
            (struct mem_fragment){rx_buffer(pf, is_body(c), c->dword0 & VMXNET3_RCD_RXDIDX_MASK), c->dword2 & VMXNET3_RCD_LEN_MASK};
        if (c->dword0 & VMXNET3_RCD_EOP)
            return n + 1;
    }
    return 0;
}

uint32_t pf__upt_receive(struct pf *pf, uint32_t budget)
{
    enum { FRAGMENTS = FRAME_MAX_JUMBO / PF_RX_BUFFER + 1 };
    struct pf_channel *ch = &pf->s.channel[0];
    struct mem_fragment frags[FRAGMENTS];
    uint32_t frames = 0, n;

    for (; frames < budget && (n = rx_whole(pf, frags, FRAGMENTS)); frames++) {
        frame_ref ref = mem_tag_hand_over(pf->mem, frags, n);
        for (uint32_t i = 0; i < n; i++) {
            if (is_body(rx_completion(pf, i)))
                rx_post(pf, RX_BODY, pf_upt(pf)->body_posted++);
            else
                rx_post(pf, RX_RING, ch->rx_posted++);
        }
        rx_advance(pf, n);
        pf__hand_up(pf, ref);
    }
    return frames;
}

void pf__upt_poll(struct pf *pf, unsigned channel)
{
    pf__upt_reclaim(pf);
    if (!pf__polled(pf, channel, pf__upt_receive(pf, PF_POLL_BUDGET)))
        page_write(pf, UPT_IMR(PF_VECTOR_DATA), 0); /* raised again if something came meanwhile */
}

/* ---- transmit ---- */

void pf__upt_reclaim(struct pf *pf)
{
    struct pf_upt_state *s = pf_upt(pf);
    uint32_t *done = &pf->s.channel[0].tx_done;

    for (;;) {
        const struct Vmxnet3_TxCompDesc *c = desc(pf, TX_COMP, s->tx_comp_next);
        uint32_t last = c->dword0 & VMXNET3_TCD_TXIDX_MASK;
        if (!!(c->dword3 & VMXNET3_CD_GEN) != !!s->tx_comp_gen)
            return;
        *done += (last + pf->ring_len - *done % pf->ring_len) % pf->ring_len + 1;
        if (++s->tx_comp_next == pf->ring_len) {
            s->tx_comp_next = 0;
            s->tx_comp_gen ^= 1;
        }
    }
}

/* The descriptors up to tx_put become the chip's; the last of them asks for a completion. */
void pf__upt_kick(struct pf *pf, unsigned channel)
{
    struct pf_channel *ch = &pf->s.channel[channel];

    if (ch->tx_told == ch->tx_put)
        return;
    ((struct Vmxnet3_TxDesc *)desc(pf, TX_RING, ch->tx_put - 1))->dword3 |= VMXNET3_TXD_CQ;
    ch->tx_told = ch->tx_put;
    page_write(pf, UPT_TXPROD(0), ch->tx_put % pf->ring_len);
}

static void post(struct pf *pf, uint32_t i, frame_ref ref)
{
    struct frame *f = frame_get(pf->c.sim, ref);
    uint64_t addr = tx_buffer(pf, i % pf->ring_len);

    *(struct Vmxnet3_TxDesc *)desc(pf, TX_RING, i) = (struct Vmxnet3_TxDesc){
        .addr = addr,
        .dword2 = f->len | (gen_of(pf, i) ? VMXNET3_TXD_GEN : 0),
        .dword3 = VMXNET3_TXD_EOP | (i % PF_RS_INTERVAL == PF_RS_INTERVAL - 1 ? VMXNET3_TXD_CQ : 0),
    };
    memcpy(mem_at(pf->mem, addr, f->len), frame_data(f), f->len);
    mem_tag_made(pf->mem, addr, f->len, ref);
}

void pf__upt_send(struct pf *pf, frame_ref ref) { pf__post_one(pf, ref, post); }
