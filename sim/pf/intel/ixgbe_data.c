/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PF's own rings: a receive and a transmit queue a channel in host memory, polled after an interrupt with a budget of 64, as
 * Linux's NAPI does. Frames come out of and go into pf_uplink(); which transmit queue a frame takes follows from its flow.
 *
 * Memory, from mem_base, those with filters first: receive ring, transmit ring, receive (2 KB), transmit buffers (10 KB).
 */
#include "pf/intel/intel.h"

#include <string.h>

static uint64_t page_up(uint64_t bytes) { return (bytes + 4095) & ~UINT64_C(4095); }

uint64_t pf__ixgbe_memory(uint32_t ring_rx, uint32_t ring_tx)
{
    return page_up(16u * ring_rx) + page_up(16u * ring_tx) + page_up((uint64_t)PF_RX_BUFFER * ring_rx) +
           page_up((uint64_t)PF_TX_BUFFER * ring_tx);
}

static uint64_t rx_ring(const struct pf *pf, unsigned c)
{
    unsigned place = c < PF_CHANNELS_MAX ? pf->netqueues + c : c - PF_CHANNELS_MAX;
    return pf->mem_base + place * pf__ixgbe_memory(pf->s.ring_rx, pf->s.ring_tx);
}
static uint64_t tx_ring(const struct pf *pf, unsigned c) { return rx_ring(pf, c) + page_up(16u * pf->s.ring_rx); }
static uint64_t rx_buffer(const struct pf *pf, unsigned c, uint32_t slot)
{
    return tx_ring(pf, c) + page_up(16u * pf->s.ring_tx) + (uint64_t)PF_RX_BUFFER * slot;
}
static uint64_t tx_buffer(const struct pf *pf, unsigned c, uint32_t slot)
{
    return rx_buffer(pf, c, 0) + page_up((uint64_t)PF_RX_BUFFER * pf->s.ring_rx) + (uint64_t)PF_TX_BUFFER * slot;
}

static union ixgbe_adv_rx_desc *rx_desc(const struct pf *pf, unsigned c, uint32_t i)
{
    return mem_at(pf->mem, rx_ring(pf, c) + 16 * (i % pf->s.ring_rx), 16);
}

static union ixgbe_adv_tx_desc *tx_desc(const struct pf *pf, unsigned c, uint32_t i)
{
    return mem_at(pf->mem, tx_ring(pf, c) + 16 * (i % pf->s.ring_tx), 16);
}

/* ---- by a VF of the hypervisor's own ---- */

/*
 * Hardware with a symmetric view: no function is privileged on the data path, and the PF has none; it is the hypervisor's means
 * of control only. What the host's own side sends and receives (virtual machines in emulation) goes by a VF of the hypervisor's
 * own, the last one: its rings and vectors are reached by its BAR, its DMA bears its requester id. Nothing is its by default: what
 * no address, group or broadcast brings to it, it does not get.
 *
 * A VF answers 100 ms after VF Enable, so the host's side comes up as late.
 */
enum { CONFIG_COMMAND = 0x04, COMMAND_MASTER = 0x04 };
#define LOOK_PS (1 * SIM_MS)
#define MSI_ADDRESS UINT64_C(0xfee00000)

static void own_write(struct pf *pf, uint32_t off, uint32_t value)
{
    pf->op[pf->s.op_get % PF_OPS_MAX].wrote |= pf->s.op_running;
    pci_mmio_write(pf->own_vf, &pf->c, sim_now(pf->c.sim), 0, off, 4, value);
}

static void own_ring_write(struct pf *pf, bool tx, unsigned channel, uint32_t field, uint32_t value)
{
    own_write(pf, (tx ? IXGBE_VFTDBAL(0) : IXGBE_VFRDBAL(0)) + 0x40 * channel + field, value);
}

static void own_enable_interrupt(struct pf *pf) { own_write(pf, IXGBE_VTEIMS, 1u << PF_VECTOR_DATA); }

void pf__ixgbe_own_throttle(struct pf *pf)
{
    own_write(pf, IXGBE_VTEITR(PF_VECTOR_DATA), pf->s.moderation << IXGBE_EITR_INTERVAL_SHIFT);
}

static int look_for_it(void *owner)
{
    if (pci_function_is_present(((struct pf *)owner)->own_vf))
        return PROCEDURE_NEXT;
    pf__sleep(owner, LOOK_PS);
    return PROCEDURE_WAIT;
}

static int set_it_up(void *owner)
{
    struct pf *pf = owner;
    const uint32_t both = IXGBE_IVAR_ALLOC_VAL | PF_VECTOR_DATA;
    pci_config_write(pf->own_vf, CONFIG_COMMAND, 2, COMMAND_MASTER);
    pci_msix_program(pf->own_vf, PF_VECTOR_DATA, MSI_ADDRESS, PF_VECTOR_DATA, false);
    pci_msix_enable(pf->own_vf, true);
    own_write(pf, IXGBE_VTIVAR(0), both | both << 8);
    pf__ixgbe_own_throttle(pf);
    own_write(pf, IXGBE_VTEIAC, 1u << PF_VECTOR_DATA);
    own_write(pf, IXGBE_VTEIAM, 1u << PF_VECTOR_DATA);
    own_enable_interrupt(pf);
    return PROCEDURE_NEXT;
}

static const struct procedure_step own_up_steps[] = {
    {"wait until it is there", look_for_it, .done = pf__again},
    {"set it up", set_it_up},
};
const struct procedure_table pf__ixgbe_own_up = PROCEDURE_TABLE("bring the own VF up", own_up_steps);

/* ---- rings ---- */

/* A field of the register block of one of its own rings. */
void pf__ixgbe_channel_write(struct pf *pf, bool tx, unsigned c, uint32_t field, uint32_t value)
{
    unsigned queue = c < PF_CHANNELS_MAX ? pf__queue(pf) + c : pf__channel_pool(pf, c) * pf->queues;
    if (pf->own_vf)
        own_ring_write(pf, tx, c, field, value);
    else
        pf__write(pf, tx ? pf__ixgbe_tx_reg(pf, queue, field) : pf__ixgbe_rx_reg(pf, queue, field), value);
}

static void rx_write(struct pf *pf, unsigned c, uint32_t field, uint32_t value)
{
    pf__ixgbe_channel_write(pf, false, c, field, value);
}

static void tx_write(struct pf *pf, unsigned c, uint32_t field, uint32_t value)
{
    pf__ixgbe_channel_write(pf, true, c, field, value);
}

static void rx_post(struct pf *pf, unsigned c, uint32_t i)
{
    union ixgbe_adv_rx_desc *d = rx_desc(pf, c, i);
    d->read.pkt_addr = rx_buffer(pf, c, i % pf->s.ring_rx);
    d->read.hdr_addr = 0;
}

static void rx_tell(struct pf *pf, unsigned c)
{
    struct pf_channel *ch = &pf->s.channel[c];
    ch->rx_bells = ch->rx_posted;
    rx_write(pf, c, RING_TAIL, ch->rx_posted % pf->s.ring_rx);
}

/* [82599 4.6.7, 4.6.8] */
static void channel_start(struct pf *pf, unsigned c)
{
    struct pf_channel *ch = &pf->s.channel[c];
    ch->rx_next = ch->tx_put = ch->tx_told = ch->tx_done = 0;
    for (ch->rx_posted = 0; ch->rx_posted < pf->s.ring_rx - 1; ch->rx_posted++)
        rx_post(pf, c, ch->rx_posted);
    rx_write(pf, c, RING_BAL, (uint32_t)rx_ring(pf, c));
    rx_write(pf, c, RING_BAH, (uint32_t)(rx_ring(pf, c) >> 32));
    rx_write(pf, c, RING_LEN, 16 * pf->s.ring_rx);
    rx_write(pf, c, pf__hw(pf)->srrctl_field,
             PF_RX_BUFFER >> IXGBE_SRRCTL_BSIZEPKT_SHIFT | IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF | pf__hw(pf)->srrctl_drop);
    rx_write(pf, c, RING_CTL, IXGBE_RXDCTL_ENABLE | (pf->s.features & PF_FEATURE_RXVLAN ? IXGBE_RXDCTL_VME : 0));
    rx_tell(pf, c);
    tx_write(pf, c, RING_BAL, (uint32_t)tx_ring(pf, c));
    tx_write(pf, c, RING_BAH, (uint32_t)(tx_ring(pf, c) >> 32));
    tx_write(pf, c, RING_LEN, 16 * pf->s.ring_tx);
    tx_write(pf, c, RING_CTL, IXGBE_TXDCTL_ENABLE | pf__hw(pf)->thresholds);
}

void pf__ixgbe_data_start(struct pf *pf)
{
    for (unsigned i = 0; i < pf__rings(pf); i++)
        channel_start(pf, pf__ring(pf, i));
}

/* ---- receive ---- */

/* The frame that begins at rx_next: how many buffers it has, 0 when it is not all there. */
static uint32_t rx_whole(const struct pf *pf, unsigned c, struct mem_fragment *frags, uint32_t max)
{
    uint32_t next = pf->s.channel[c].rx_next;
    for (uint32_t n = 0; n < max; n++) {
        const union ixgbe_adv_rx_desc *d = rx_desc(pf, c, next + n);
        if (!(d->wb.status_error & IXGBE_RXD_STAT_DD))
            return 0;
        frags[n] = (struct mem_fragment){rx_buffer(pf, c, (next + n) % pf->s.ring_rx), d->wb.length};
        if (d->wb.status_error & IXGBE_RXD_STAT_EOP)
            return n + 1;
    }
    return 0;
}

/* What its last descriptor says beyond where it lies. */
static void rx_offloads(struct pf *pf, struct pf_channel *ch, struct frame *f, uint32_t status, uint16_t tci)
{
    const uint32_t wrong = IXGBE_RXDADV_ERR_IPE | IXGBE_RXDADV_ERR_TCPE;
    if ((pf->s.features & PF_FEATURE_RXCSUM) && (status & wrong))
        ch->rx_csum_errors++;
    if (status & IXGBE_RXD_STAT_VP)
        frame_vlan_push(f, tci);
}

/* Hands up to `budget` frames out of the uplink; returns how many. */
static uint32_t receive(struct pf *pf, unsigned c, uint32_t budget)
{
    enum { FRAGMENTS = FRAME_MAX_JUMBO / PF_RX_BUFFER + 1 };
    struct pf_channel *ch = &pf->s.channel[c];
    struct mem_fragment frags[FRAGMENTS];
    uint32_t frames = 0;
    while (frames < budget) {
        uint32_t n = rx_whole(pf, c, frags, FRAGMENTS);
        if (!n)
            break;
        frame_ref ref = mem_tag_hand_over(pf->mem, frags, n);
        const union ixgbe_adv_rx_desc last = *rx_desc(pf, c, ch->rx_next + n - 1);
        for (uint32_t i = 0; i < n; i++) /* slot by slot, one always stays empty between tail and head */
            rx_post(pf, c, ch->rx_posted++);
        ch->rx_next += n;
        frames++;
        if (ref) {
            struct frame *f = frame_get(pf->c.sim, ref);
            ch->rx_frames++;
            pf__pass(pf, c, f);
            ch->rx_bytes += f->len; /* a tag that was taken off does not count, as in an skb */
            rx_offloads(pf, ch, f, last.wb.status_error, last.wb.vlan);
            port_send(c < PF_CHANNELS_MAX ? &pf->uplink : &pf->queue_uplink[c + 1 - PF_CHANNELS_MAX], ref);
        } else { /* the DMA was refused or the frame was overwritten: booked where that happened */
            ch->rx_strange++;
        }
    }
    if (ch->rx_posted - ch->rx_bells >= PF_REFILL_BATCH)
        rx_tell(pf, c);
    return frames;
}

void pf__ixgbe_receive_all(struct pf *pf)
{
    for (unsigned i = 0; i < pf__rings(pf); i++) {
        unsigned c = pf__ring(pf, i);
        if (!pf->s.channel[c].is_held)
            pf__handed_up(pf, c, receive(pf, c, UINT32_MAX));
    }
}

void pf__ixgbe_poll(struct pf *pf, unsigned c)
{
    struct pf_channel *ch = &pf->s.channel[c];
    if (!pf__has_ring(pf, c))
        return; /* taken away meanwhile */
    pf__ixgbe_reclaim(pf, c);
    if (ch->is_held) {
        ch->poll_missed = true;
        return;
    }
    uint32_t frames = receive(pf, c, PF_POLL_BUDGET);
    if (pf__polled(pf, c, frames))
        return;
    if (ch->rx_posted != ch->rx_bells)
        rx_tell(pf, c);
    if (pf->own_vf)
        own_enable_interrupt(pf);
    else
        pf__write(pf, pf__hw(pf)->eims, 1u << pf__vector_of(c)); /* the chip fires again if something came meanwhile */
}

/* ---- transmit ---- */

void pf__ixgbe_reclaim(struct pf *pf, unsigned c)
{
    struct pf_channel *ch = &pf->s.channel[c];
    for (uint32_t i = ch->tx_done; i != ch->tx_told; i++) {
        if (!pf->tx_rs[c][i % pf->s.ring_tx])
            continue;
        if (!(tx_desc(pf, c, i)->wb.status & IXGBE_TXD_STAT_DD))
            break;
        ch->tx_done = i + 1;
    }
}

static void ask_for_report(struct pf *pf, unsigned c, uint32_t i)
{
    tx_desc(pf, c, i)->read.cmd_type_len |= IXGBE_ADVTXD_DCMD_RS;
    pf->tx_rs[c][i % pf->s.ring_tx] = 1;
}

void pf__ixgbe_kick(struct pf *pf, unsigned c)
{
    struct pf_channel *ch = &pf->s.channel[c];
    if (ch->tx_told == ch->tx_put)
        return;
    ask_for_report(pf, c, ch->tx_put - 1);
    ch->tx_told = ch->tx_put;
    tx_write(pf, c, RING_TAIL, ch->tx_put % pf->s.ring_tx);
}

/* One flow, one queue: addresses, and of untagged IP what does not change within a flow (FNV-1a). */
static unsigned channel_of(const struct pf *pf, const struct frame *f)
{
    const uint8_t *p = f->buf + f->head;
    uint32_t hash = 2166136261u, from = 0, to = 0;
    if (pf->s.channels == 1)
        return 0;
    if (f->len >= 58 && p[12] == 0x86 && p[13] == 0xdd)
        from = 22, to = 58;
    else if (f->len >= 38 && p[12] == 8 && p[13] == 0)
        from = 26, to = p[14] == 0x45 ? 38 : 34;
    for (uint32_t i = 0; i < to; i++)
        if (i < 12 || i >= from)
            hash = (hash ^ p[i]) * 16777619u;
    for (uint32_t i = 0; !to && i < 12; i++)
        hash = (hash ^ p[i]) * 16777619u;
    return (hash >> 16 ^ hash) % pf->s.channels;
}

/* The chip inserts the tag that the last context names [82599 7.2.3.2.3]. */
static void tx_context(struct pf *pf, unsigned c, uint16_t tci)
{
    const struct ixgbe_adv_tx_context_desc context = {
        .vlan_macip_lens = (uint32_t)tci << IXGBE_ADVTXD_VLAN_SHIFT | 14u << IXGBE_ADVTXD_MACLEN_SHIFT,
        .type_tucmd_mlhl = IXGBE_ADVTXD_DTYP_CTXT | IXGBE_ADVTXD_DCMD_DEXT,
    };
    uint32_t i = pf->s.channel[c].tx_put++;
    memcpy(tx_desc(pf, c, i), &context, sizeof(context));
    pf->tx_rs[c][i % pf->s.ring_tx] = 0;
}

static void tx_fill(struct pf *pf, unsigned c, struct frame *f, frame_ref ref, bool insert)
{
    struct pf_channel *ch = &pf->s.channel[c];
    uint32_t i = ch->tx_put++, len = f->len;
    uint64_t addr = tx_buffer(pf, c, i % pf->s.ring_tx);
    memcpy(mem_at(pf->mem, addr, len), frame_data(f), len);
    mem_tag_made(pf->mem, addr, len, ref);
    *tx_desc(pf, c, i) = (union ixgbe_adv_tx_desc){.read = {.buffer_addr = addr,
                                                            .cmd_type_len = IXGBE_ADVTXD_DTYP_DATA | IXGBE_ADVTXD_DCMD_DEXT |
                                                                            IXGBE_ADVTXD_DCMD_IFCS | IXGBE_ADVTXD_DCMD_EOP |
                                                                            (insert ? IXGBE_ADVTXD_DCMD_VLE : 0) | len,
                                                            .olinfo_status = len << IXGBE_ADVTXD_PAYLEN_SHIFT}};
    pf->tx_rs[c][i % pf->s.ring_tx] = 0;
    if (i % PF_RS_INTERVAL == PF_RS_INTERVAL - 1)
        ask_for_report(pf, c, i);
    ch->tx_frames++;
    ch->tx_bytes += len;
    pf__pass(pf, c, f);
}

void pf__ixgbe_send(struct pf *pf, frame_ref ref) { pf__ixgbe_send_by(pf, channel_of(pf, frame_get(pf->c.sim, ref)), ref); }

void pf__ixgbe_send_by(struct pf *pf, unsigned c, frame_ref ref)
{
    struct sim *sim = pf->c.sim;
    struct frame *f = frame_get(sim, ref);
    enum fate refused = pf__judge(pf, f);
    if (refused != FATE_COUNT) {
        frame_end(&pf->c, ref, refused);
        return;
    }
    struct pf_channel *ch = &pf->s.channel[c];
    uint16_t tci;
    bool insert = (pf->s.features & PF_FEATURE_TXVLAN) && frame_vlan_peek(f, &tci);
    if (pf__tx_free(pf, c) < 1u + insert)
        pf__ixgbe_reclaim(pf, c);
    if (pf__tx_free(pf, c) < 1u + insert) {
        ch->tx_full++;
        frame_end(&pf->c, ref, FATE_uplink_ring_full);
        return;
    }
    if (insert) {
        frame_vlan_pop(f, &tci);
        tx_context(pf, c, tci);
    }
    tx_fill(pf, c, f, ref, insert);
    pf__sent(pf, c);
}
