/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82599's registers, for the routines of the PF drivers. */
#include "pf/intel/intel.h"

static uint32_t rx_ring(unsigned queue) { return queue < 64 ? IXGBE_RDBAL(queue) : IXGBE_RDBAL_HIGH(queue - 64); }
static uint32_t tx_ring(unsigned queue) { return IXGBE_TDBAL(queue); }
static uint32_t queue_number(unsigned queue) { return queue; }

/* ---- counters: 16 for 128 queues; counter 0 is every queue's after a reset [82599 7.8] ---- */

static unsigned queue_counter(const struct pf *pf, unsigned vf, unsigned queue)
{
    unsigned i = 1 + vf * pf->queues + queue;
    return (vf + 1) * pf->queues < IXGBE_STAT_COUNTERS ? i : 0;
}

void pf__ixgbe_hw_stats(struct pf *pf)
{
    uint32_t map[IXGBE_STAT_COUNTERS / 4] = {0};
    for (unsigned vf = 0; vf < pf__vfs(pf) && queue_counter(pf, vf, 0); vf++)
        for (unsigned q = vf * pf->queues; q < (vf + 1) * pf->queues; q++)
            map[q / 4] |= (uint32_t)queue_counter(pf, vf, q % pf->queues) << (8 * (q % 4));
    for (unsigned i = 0; i < IXGBE_STAT_COUNTERS / 4; i++)
        if (map[i]) {
            pf__write(pf, IXGBE_RQSMR(i), map[i]);
            pf__write(pf, IXGBE_TQSM(i), map[i]);
        }
}

static uint32_t counter(const struct pf *pf, unsigned vf, unsigned queue, unsigned what)
{
    unsigned i = queue_counter(pf, vf, queue);
    const uint32_t of_queue[COUNTS] = {IXGBE_QPRC(i), IXGBE_QBRC_L(i), IXGBE_QBRC_H(i), IXGBE_QPRDC(i),
                                       IXGBE_QPTC(i), IXGBE_QBTC_L(i), IXGBE_QBTC_H(i)};
    const uint32_t of_pool[COUNTS] = {IXGBE_PVFGPRC(vf), IXGBE_PVFGORC_LSB(vf), IXGBE_PVFGORC_MSB(vf), IXGBE_PVFMPRC(vf),
                                      IXGBE_PVFGPTC(vf), IXGBE_PVFGOTC_LSB(vf), IXGBE_PVFGOTC_MSB(vf)};
    return i && queue < pf->queues ? of_queue[what] : of_pool[what];
}

/* ---- moderation ---- */

/* [ixgbe.h] EITR_INTS_PER_SEC_TO_REG: 256 ns a unit of the register, whose low three bits do not count. A rate the register
 * cannot hold is 0. */
static uint32_t eitr_of(uint32_t per_second)
{
    enum { RATE_MIN = 956, RATE_MAX = 488281, UNIT_NS = 256 }; /* [ixgbe.h IXGBE_MIN_INT_RATE, IXGBE_MAX_INT_RATE] */
    if (per_second < RATE_MIN || per_second > RATE_MAX)
        return 0;
    uint32_t reg = UINT32_C(1000000000) / (per_second * UNIT_NS) & IXGBE_EITR_ITR_INT_MASK;
    return reg ? reg : 1u << IXGBE_EITR_INTERVAL_SHIFT;
}

/* The Linux driver's presets where it has some (100,000, 20,000, 12,000, 10,000 and 8,000 a second), powers of two between
 * and below [assumed: the contract names levels, not rates]. */
static const uint16_t level_eitr[PF_IML_COUNT] = {
    [PF_IML_NONE] = 0,     [PF_IML_MOST] = 40,      [2] = 80, [3] = 200, [4] = 336, [5] = 400, [6] = 500 & ~7,
    [PF_IML_LEAST] = 1000, [PF_IML_ADAPTIVE] = 200, /* where Linux begins; the 82599 does not adapt by itself, so it stays there */
};

static void vf_throttle(struct pf *pf, unsigned vf, uint32_t eitr)
{
    if (vf >= 32) {
        pf->s.eitrsel |= 1u << (vf - 32);
        pf__write(pf, IXGBE_EITRSEL, pf->s.eitrsel);
    }
    for (unsigned vector = 0; vector < 2; vector++)
        pf__write(pf, IXGBE_EITR_ANY(IXGBE_VF_EITR_INDEX(vf, vector)), eitr);
}

/* ---- pools ---- */

/* Eight VFs a word. */
void pf__ixgbe_checks(struct pf *pf, unsigned vf)
{
    unsigned word = vf / 8;
    uint32_t macs = pf->s.macs_checked >> (8 * word) & 0xff, vlans = pf->s.vlans_checked >> (8 * word) & 0xff;
    pf__write(pf, IXGBE_PFVFSPOOF(word), macs | vlans << IXGBE_SPOOF_VLANAS_SHIFT);
}

void pf__ixgbe_accept(struct pf *pf, unsigned pool, uint32_t what) { pf__write(pf, IXGBE_VMOLR(pool), pf__ixgbe_olr(what)); }

void pf__ixgbe_drop(struct pf *pf, unsigned vf, bool on)
{
    for (unsigned q = vf * pf->queues; q < (vf + 1) * pf->queues; q++)
        pf__write(pf, IXGBE_QDE,
                  IXGBE_QDE_WRITE | q << IXGBE_QDE_IDX_SHIFT | (on ? IXGBE_QDE_ENABLE : 0) |
                      (on && pf->s.vf[vf].vlan ? IXGBE_QDE_HIDE_VLAN : 0));
}

void pf__ixgbe_longest(struct pf *pf)
{
    pf__write(pf, IXGBE_MAXFRS, pf->s.max_frame << IXGBE_MHADD_MFS_SHIFT);
    pf__write(pf, IXGBE_HLREG0, pf->s.max_frame > 1518 ? 3 | IXGBE_HLREG0_JUMBOEN : 3);
}

/* ---- the PF's own channels ---- */

static void channels(struct pf *pf)
{
    uint32_t vectors = pf__data_vectors(pf);
    for (unsigned q = 1; q <= pf->netqueues; q++) {
        uint32_t vector = pf__vector_of(pf__queue_channel(q)), both = IXGBE_IVAR_ALLOC_VAL | vector;
        pf__write(pf, IXGBE_IVAR((pf__pool(pf) + q) * pf->queues / 2), both | both << 8);
        pf__write(pf, IXGBE_EITR(vector), pf->s.moderation << IXGBE_EITR_INTERVAL_SHIFT);
    }
    for (unsigned c = 0; c < pf->s.channels; c += 2) {
        uint32_t first = IXGBE_IVAR_ALLOC_VAL | pf__vector_of(c), second = IXGBE_IVAR_ALLOC_VAL | pf__vector_of(c + 1);
        pf__write(pf, IXGBE_IVAR((pf__queue(pf) + c) / 2),
                  first | first << 8 | (c + 1 < pf->s.channels ? second << 16 | second << 24 : 0));
        for (unsigned v = c; v < c + 2 && v < pf->s.channels; v++)
            pf__write(pf, IXGBE_EITR(pf__vector_of(v)), pf->s.moderation << IXGBE_EITR_INTERVAL_SHIFT);
    }
    pf__write(pf, IXGBE_EIAC, vectors);
    pf__write(pf, IXGBE_EIAM, vectors | IXGBE_EICR_MAILBOX | IXGBE_EICR_LSC);
    pf__write(pf, IXGBE_EIMS, vectors);
}

/* Frames are spread by as many bits of a table entry [82599 7.1.2.8]. */
static void spread(struct pf *pf, unsigned bits)
{
    pf__write(pf, IXGBE_PSRTYPE(pf__pool(pf)), (uint32_t)bits << IXGBE_PSRTYPE_RQPL_SHIFT);
}

/* ---- filters ---- */

void pf__ixgbe_address(struct pf *pf, unsigned i)
{
    const uint8_t *mac = pf->s.filter[i].mac;
    if (!pf->s.filter[i].valid) {
        pf__write(pf, IXGBE_RAH(i), 0);
        return;
    }
    pf__write(pf, IXGBE_RAL(i), mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24);
    pf__write(pf, IXGBE_RAH(i), mac[4] | (uint32_t)mac[5] << 8 | IXGBE_RAH_AV);
}

/* Writes the half or halves that differ. */
void pf__ixgbe_pools(struct pf *pf, unsigned i, uint64_t before)
{
    uint64_t now = pf->s.filter[i].pools;
    if ((uint32_t)now != (uint32_t)before)
        pf__write(pf, IXGBE_MPSAR_LO(i), (uint32_t)now);
    if (now >> 32 != before >> 32)
        pf__write(pf, IXGBE_MPSAR_HI(i), (uint32_t)(now >> 32));
}

static void hold_transmit(struct pf *pf, bool on) { pf__write(pf, IXGBE_RTTDCS, on ? IXGBE_RTTDCS_ARBDIS : 0); }

/* An entry is valid after its pools are there and invalid before they go. */
void pf__ixgbe_vlan(struct pf *pf, unsigned i, uint64_t pool_set, bool fresh)
{
    bool valid = pf->s.vlan[i].valid;
    if (fresh && !valid)
        pf__write(pf, IXGBE_VLVF(i), 0);
    pf__write(pf, IXGBE_VLVFB(2 * i), (uint32_t)pool_set);
    pf__write(pf, IXGBE_VLVFB(2 * i + 1), (uint32_t)(pool_set >> 32));
    if (fresh && valid)
        pf__write(pf, IXGBE_VLVF(i), IXGBE_VLVF_VIEN | pf->s.vlan[i].vid);
}

/* A VEPA hears again from the network what its own VFs sent; each is kept from its sender [ixgbe_main.c
 * ixgbe_configure_bridge_mode, set_source_address_pruning]. */
void pf__ixgbe_loopback(struct pf *pf, bool on)
{
    uint64_t pools = on ? 0 : UINT64_MAX >> (63 - pf__pool(pf) - pf->netqueues);
    pf__write(pf, IXGBE_PFFLP(0), (uint32_t)pools);
    pf__write(pf, IXGBE_PFFLP(1), (uint32_t)(pools >> 32));
    pf__write(pf, IXGBE_PFDTXGSWC, on ? IXGBE_PFDTXGSWC_VT_LBEN : 0);
}

static void rss_mode(struct pf *pf)
{
    uint32_t mode = !pf__is_sriov(pf) ? IXGBE_MRQC_RSSEN : pf->queues == 4 ? IXGBE_MRQC_VMDQRSS32EN : IXGBE_MRQC_VMDQRSS64EN;
    pf__write(pf, IXGBE_MRQC,
              mode | IXGBE_MRQC_RSS_FIELD_IPV4 | IXGBE_MRQC_RSS_FIELD_IPV4_TCP | IXGBE_MRQC_RSS_FIELD_IPV6 |
                  IXGBE_MRQC_RSS_FIELD_IPV6_TCP);
}

/* [82599 4.6.7.2] For all functions that enable it on a queue. Linux takes it away while there are VFs [ixgbe_sriov.c
 * __ixgbe_enable_sriov]; the chip would do it for them, so here it is the operator's to say. */
static void rdrxctl(struct pf *pf)
{
    pf__write(pf, IXGBE_RDRXCTL,
              IXGBE_RDRXCTL_CRCSTRIP | IXGBE_RDRXCTL_DMAIDONE | IXGBE_RDRXCTL_RSCACKC |
                  (pf->s.mdd ? IXGBE_RDRXCTL_MDP_EN | IXGBE_RDRXCTL_MBINTEN : 0));
}

static void lro(struct pf *pf, bool on)
{
    if (on) {
        rdrxctl(pf);
        pf__write(pf, IXGBE_RSCDBU, IXGBE_RSCDBU_RSCACKDIS);
    }
    pf__write(pf, IXGBE_RFCTL, on ? 0 : IXGBE_RFCTL_RSC_DIS);
}

/* An X550's; [ixgbe_x550.c ixgbe_enable_mdd_x550]. */
void pf__ixgbe_set_mdd(struct pf *pf, bool on)
{
    pf->s.mdd = on;
    rdrxctl(pf);
    pf__write(pf, IXGBE_DMATXCTL, IXGBE_DMATXCTL_TE | 0x81000000 | (on ? IXGBE_DMATXCTL_MDP_EN | IXGBE_DMATXCTL_MBINTEN : 0));
}

const struct pf_limits pf__ixgbe_limits = {
    .vf_queues = IXGBE_QUEUES_PER_POOL,
    .vf_queues_most = 4,
    .vfs_with_most = 31,
    .vf_vectors = IXGBE_VF_VECTORS,
    .ring_step = PF_RING_STEP_DESC,
    .flow_tuples = IXGBE_MAX_FTQF_FILTERS,
    .flow_types = 8,
    .link_mbps = 10000,
    /* [ixgbe_sriov.c ixgbe_ndo_set_vf_bw] */
    .rate_rule = "a limit is above 10 Mb/s and at most the link's speed",
    .rate_least_mbps = 11,
    .rate_at_full_speed = true,
    .moderation_unit_ps = IXGBE_EITR_UNIT_PS,
    .moderation_most = 511, /* 2.048 us in bits 11:3 */
    .moderation_first = 5, /* 10.24 us: the Linux driver's 100,000 interrupts a second */
    .jumbo_with_pf = true, /* [82599 specification update 14] */
    .has_lro = true,
};

const struct intel_hw pf__ixgbe_hw = {
    .filters_kept = 15,
    .vf_bar_bytes = IXGBE_VF_BAR_BYTES,
    .link = IXGBE_LINKS,
    .link_up = IXGBE_LINKS_UP,
    .eims = IXGBE_EIMS,
    .misc_clear = IXGBE_EICR,
    .misc_clear_bits = IXGBE_EICR_MAILBOX | IXGBE_EICR_LSC,
    .misc_enable_bits = IXGBE_EICR_MAILBOX | IXGBE_EICR_LSC,
    .eitr0 = IXGBE_EITR_0,
    .eitr_shift = IXGBE_EITR_INTERVAL_SHIFT,
    .reset_leaves_head_wb = true,
    .ctrl = IXGBE_CTRL,
    .reset_ps = 50 * SIM_MS, /* [ixgbe_82599.c ixgbe_reset_hw_82599] */
    .vf_eitr = 40, /* [ixgbe.h IXGBE_100K_ITR] 10 us between two */
    .level_eitr = level_eitr,
    .vflre = {IXGBE_VFLRE0, IXGBE_VFLRE1},
    .vflrec = {IXGBE_VFLREC_0, IXGBE_VFLREC_0 + 4},
    .mailbox_causes = IXGBE_PFMBICR_0,
    .mailbox = IXGBE_PFMAILBOX_0,
    .mailbox_memory = IXGBE_PFMBMEM_0,
    .reset_words = IXGBE_VF_PERMADDR_MSG_LEN,
    .vfre = IXGBE_VFRE_0,
    .vfte = IXGBE_VFTE_0,
    .vmvir = IXGBE_VMVIR_0,
    .mta = IXGBE_MTA_0,
    .rssrk = IXGBE_RSSRK_0,
    .reta = IXGBE_RETA_0,
    .rxcsum = IXGBE_RXCSUM,
    .mrctl = IXGBE_MRCTL_0,
    .vmrvm = IXGBE_VMRVM_0,
    .vmrvlan = IXGBE_VMRVLAN_0,
    .two_words = true,
    .rttdqsel = IXGBE_RTTDQSEL,
    .rttbcnrm = IXGBE_RTTBCNRM,
    .rttbcnrc = IXGBE_RTTBCNRC,
    .rx_put = IXGBE_RXWRPTR_0,
    .rx_get = IXGBE_RXRDPTR_0,
    .rx_wrap = IXGBE_RX_PTR_WRAP,
    .tx_put = IXGBE_TXWRPTR_0,
    .tx_get = IXGBE_TXRDPTR_0,
    .tx_wrap = IXGBE_TX_PTR_WRAP,
    .srrctl_field = 0x14,
    .srrctl_drop = IXGBE_SRRCTL_DROP_EN,
    .thresholds = 1u << IXGBE_TXDCTL_HTHRESH_SHIFT | 32,
    .rx_ring = rx_ring,
    .tx_ring = tx_ring,
    .queue = queue_number,
    .counter = counter,
    .queue_counter = queue_counter,
    .eitr = eitr_of,
    .vf_throttle = vf_throttle,
    .hold_transmit = hold_transmit,
    .rss_mode = rss_mode,
    .channels = channels,
    .spread = spread,
    .lro = lro,
    .wqbr_words = 4,
    .wqbr_rx = IXGBE_WQBR_RX_0,
    .wqbr_tx = IXGBE_WQBR_TX_0,
    .set_up = pf__ixgbe_set_up,
    .start_rings = pf__ixgbe_start_rings,
    .let_come = pf__ixgbe_let_come,
    .news = pf__ixgbe_news,
    .message = pf__ixgbe_message,
};
