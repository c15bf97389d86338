/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PF's own rings: one receive and one transmit queue in host memory, polled after an interrupt with a budget of 64, as
 * Linux's NAPI does. Frames come out of and go into pf_uplink().
 *
 * Memory, from mem_base: receive ring, transmit ring, receive buffers (2 KB), transmit buffers (10 KB).
 */
#include "pf/pf__.h"

#include <assert.h>
#include <string.h>

static uint64_t page_up(uint64_t bytes) { return (bytes + 4095) & ~UINT64_C(4095); }
static uint64_t rx_ring(const struct pf *pf) { return pf->mem_base; }
static uint64_t tx_ring(const struct pf *pf) { return rx_ring(pf) + page_up(16u * pf->ring_len); }
static uint64_t rx_buffer(const struct pf *pf, uint32_t slot)
{
    return tx_ring(pf) + page_up(16u * pf->ring_len) + (uint64_t)PF_RX_BUFFER * slot;
}
static uint64_t tx_buffer(const struct pf *pf, uint32_t slot)
{
    return rx_buffer(pf, 0) + page_up((uint64_t)PF_RX_BUFFER * pf->ring_len) + (uint64_t)PF_TX_BUFFER * slot;
}

uint64_t pf__ixgbe_memory(uint32_t ring_len)
{
    return 2 * page_up(16u * ring_len) + page_up((uint64_t)PF_RX_BUFFER * ring_len) +
           page_up((uint64_t)PF_TX_BUFFER * ring_len);
}

static union ixgbe_adv_rx_desc *rx_desc(const struct pf *pf, uint32_t i)
{
    return mem_at(pf->mem, rx_ring(pf) + 16 * (i % pf->ring_len), 16);
}

static union ixgbe_adv_tx_desc *tx_desc(const struct pf *pf, uint32_t i)
{
    return mem_at(pf->mem, tx_ring(pf) + 16 * (i % pf->ring_len), 16);
}

uint32_t pf__ixgbe_rx_reg(unsigned queue, uint32_t of_queue_0)
{
    return queue < 64 ? of_queue_0 + 0x40 * queue : of_queue_0 - IXGBE_RDBAL(0) + IXGBE_RDBAL_HIGH(queue - 64);
}

uint32_t pf__ixgbe_tx_reg(unsigned queue, uint32_t of_queue_0)
{
    return of_queue_0 + 0x40 * queue;
}

static void rx_post(struct pf *pf, uint32_t i)
{
    union ixgbe_adv_rx_desc *d = rx_desc(pf, i);
    d->read.pkt_addr = rx_buffer(pf, i % pf->ring_len);
    d->read.hdr_addr = 0;
}

static void rx_tell(struct pf *pf)
{
    pf->s.rx_bells = pf->s.rx_posted;
    pf__write(pf, pf__ixgbe_rx_reg(pf__queue(pf), IXGBE_RDT(0)), pf->s.rx_posted % pf->ring_len);
}

/* [82599 4.6.7, 4.6.8] */
void pf__ixgbe_data_start(struct pf *pf)
{
    unsigned q = pf__queue(pf);
    uint32_t bytes = 16 * pf->ring_len;
    for (pf->s.rx_posted = 0; pf->s.rx_posted < pf->ring_len - 1; pf->s.rx_posted++)
        rx_post(pf, pf->s.rx_posted);
    pf__write(pf, pf__ixgbe_rx_reg(q, IXGBE_RDBAL(0)), (uint32_t)rx_ring(pf));
    pf__write(pf, pf__ixgbe_rx_reg(q, IXGBE_RDBAH(0)), (uint32_t)(rx_ring(pf) >> 32));
    pf__write(pf, pf__ixgbe_rx_reg(q, IXGBE_RDLEN(0)), bytes);
    pf__write(pf, pf__ixgbe_rx_reg(q, IXGBE_SRRCTL(0)),
              PF_RX_BUFFER >> IXGBE_SRRCTL_BSIZEPKT_SHIFT | IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF | IXGBE_SRRCTL_DROP_EN);
    pf__write(pf, pf__ixgbe_rx_reg(q, IXGBE_RXDCTL(0)), IXGBE_RXDCTL_ENABLE);
    rx_tell(pf);
    pf__write(pf, pf__ixgbe_tx_reg(q, IXGBE_TDBAL(0)), (uint32_t)tx_ring(pf));
    pf__write(pf, pf__ixgbe_tx_reg(q, IXGBE_TDBAH(0)), (uint32_t)(tx_ring(pf) >> 32));
    pf__write(pf, pf__ixgbe_tx_reg(q, IXGBE_TDLEN(0)), bytes);
    pf__write(pf, pf__ixgbe_tx_reg(q, IXGBE_TXDCTL(0)), IXGBE_TXDCTL_ENABLE | 1u << IXGBE_TXDCTL_HTHRESH_SHIFT | 32);
}

/* ---- receive ---- */

/* The frame that begins at rx_next: how many buffers it has, 0 when it is not all there. */
static uint32_t rx_whole(const struct pf *pf, struct mem_fragment *frags, uint32_t max)
{
    for (uint32_t n = 0; n < max; n++) {
        const union ixgbe_adv_rx_desc *d = rx_desc(pf, pf->s.rx_next + n);
        if (!(d->wb.status_error & IXGBE_RXD_STAT_DD))
            return 0;
        frags[n] = (struct mem_fragment){rx_buffer(pf, (pf->s.rx_next + n) % pf->ring_len), d->wb.length};
        if (d->wb.status_error & IXGBE_RXD_STAT_EOP)
            return n + 1;
    }
    return 0;
}

/* Hands up to `budget` frames out of the uplink; returns how many. */
uint32_t pf__ixgbe_receive(struct pf *pf, uint32_t budget)
{
    enum { FRAGMENTS = FRAME_MAX_JUMBO / PF_RX_BUFFER + 1 };
    struct mem_fragment frags[FRAGMENTS];
    uint32_t frames = 0;
    while (frames < budget) {
        uint32_t n = rx_whole(pf, frags, FRAGMENTS);
        if (!n)
            break;
        frame_ref ref = mem_tag_hand_over(pf->mem, frags, n);
        for (uint32_t i = 0; i < n; i++) /* slot by slot, one always stays empty between tail and head */
            rx_post(pf, pf->s.rx_posted++);
        pf->s.rx_next += n;
        frames++;
        if (ref) {
            pf->s.rx_frames++;
            pf->s.rx_bytes += frame_get(pf->c.sim, ref)->len;
            port_send(&pf->uplink, ref);
        } else { /* the DMA was refused or the frame was overwritten: booked where that happened */
            pf->s.rx_strange++;
        }
    }
    if (pf->s.rx_posted - pf->s.rx_bells >= PF_REFILL_BATCH)
        rx_tell(pf);
    return frames;
}

void pf__ixgbe_poll(struct pf *pf)
{
    struct sim *sim = pf->c.sim;
    pf__ixgbe_reclaim(pf);
    uint32_t frames = pf__ixgbe_receive(pf, PF_POLL_BUDGET);
    uint64_t cycles = frames * profile_get(&sim->profile, PROFILE_pf_driver_frame_cycles);
    pf->s.busy_until = sim_now(sim) + pf__cpu(pf, cycles);
    if (frames == PF_POLL_BUDGET) {
        pf->s.poll_pending = true;
        event_post(&pf->c, &pf->c, pf->s.busy_until, EV_HOST, PF_EV_POLL, 0, 0, 0);
        return;
    }
    if (pf->s.rx_posted != pf->s.rx_bells)
        rx_tell(pf);
    pf__write(pf, IXGBE_EIMS, 1u << PF_VECTOR_DATA); /* the chip fires again if something came meanwhile */
}

/* ---- transmit ---- */

void pf__ixgbe_reclaim(struct pf *pf)
{
    for (uint32_t i = pf->s.tx_done; i != pf->s.tx_told; i++) {
        if (!pf->tx_rs[i % pf->ring_len])
            continue;
        if (!(tx_desc(pf, i)->wb.status & IXGBE_TXD_STAT_DD))
            break;
        pf->s.tx_done = i + 1;
    }
}

static void ask_for_report(struct pf *pf, uint32_t i)
{
    tx_desc(pf, i)->read.cmd_type_len |= IXGBE_ADVTXD_DCMD_RS;
    pf->tx_rs[i % pf->ring_len] = 1;
}

void pf__ixgbe_kick(struct pf *pf)
{
    if (pf->s.tx_told == pf->s.tx_put)
        return;
    ask_for_report(pf, pf->s.tx_put - 1);
    pf->s.tx_told = pf->s.tx_put;
    pf__write(pf, pf__ixgbe_tx_reg(pf__queue(pf), IXGBE_TDT(0)), pf->s.tx_put % pf->ring_len);
}

void pf__ixgbe_send(struct pf *pf, frame_ref ref)
{
    struct sim *sim = pf->c.sim;
    struct frame *f = frame_get(sim, ref);
    if (f->len > FRAME_MAX_JUMBO) {
        frame_end(&pf->c, ref, FATE_too_long);
        return;
    }
    if (pf_tx_free(pf) == 0)
        pf__ixgbe_reclaim(pf);
    if (pf_tx_free(pf) == 0) {
        pf->s.tx_full++;
        frame_end(&pf->c, ref, FATE_uplink_ring_full);
        return;
    }
    uint32_t i = pf->s.tx_put++, len = f->len;
    uint64_t addr = tx_buffer(pf, i % pf->ring_len);
    memcpy(mem_at(pf->mem, addr, len), frame_data(f), len);
    mem_tag_made(pf->mem, addr, len, ref);
    *tx_desc(pf, i) = (union ixgbe_adv_tx_desc){
        .read = {.buffer_addr = addr,
                 .cmd_type_len = IXGBE_ADVTXD_DTYP_DATA | IXGBE_ADVTXD_DCMD_DEXT | IXGBE_ADVTXD_DCMD_IFCS |
                                 IXGBE_ADVTXD_DCMD_EOP | len,
                 .olinfo_status = len << IXGBE_ADVTXD_PAYLEN_SHIFT}};
    pf->tx_rs[i % pf->ring_len] = 0;
    if (i % PF_RS_INTERVAL == PF_RS_INTERVAL - 1)
        ask_for_report(pf, i);
    pf->s.tx_frames++;
    pf->s.tx_bytes += len;
    sim_time from = sim_now(sim) > pf->s.busy_until ? sim_now(sim) : pf->s.busy_until;
    pf->s.busy_until = from + pf__cpu(pf, profile_get(&sim->profile, PROFILE_pf_driver_frame_cycles));
    if (!pf->s.kick_pending) {
        pf->s.kick_pending = true;
        event_post(&pf->c, &pf->c, pf->s.busy_until, EV_HOST, PF_EV_KICK, 0, 0, 0);
    }
}
