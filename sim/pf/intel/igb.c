/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 82576's PF driver: its registers for the shared routines, its bring-up [igb_main.c igb_configure, igb_vmm_control], and
 * what igbvf says otherwise than ixgbevf [igb_main.c].
 *
 * The chip has pools and addresses in one register (RAH), as VLANs and pools (VLVF): an address or a VLAN changes hands in
 * one write. What is replicated has its tag stripped for all pools or for none (RPLOLR): for all, and the PF puts it back.
 */
#include "pf/intel/intel.h"

#include <errno.h>

#include "nic/82576/regs.h"

#define PF_ACCEPTS (PF_ACCEPT_UNTAGGED | PF_ACCEPT_BROADCAST | PF_ACCEPT_GROUPS | PF_ACCEPT_ALL_GROUPS)

/* Pool n has queues n and n + 8; the driver counts them 2n and 2n + 1. */
static uint32_t queue_number(unsigned queue) { return queue / 2 + E1000_POOLS * (queue % 2); }
static uint32_t rx_ring(unsigned queue) { return E1000_RDBAL(queue_number(queue)); }
static uint32_t tx_ring(unsigned queue) { return E1000_TDBAL(queue_number(queue)); }

/* No queue has counters of what it carried, a pool has, of 32 bits. */
static unsigned queue_counter(const struct pf *pf, unsigned vf, unsigned queue) { return 0; }

static uint32_t counter(const struct pf *pf, unsigned vf, unsigned queue, unsigned what)
{
    const uint32_t of_pool[COUNTS] = {E1000_PVFGPRC(vf), E1000_PVFGORC(vf), PF_NO_REGISTER, E1000_PVFMPRC(vf),
                                      E1000_PVFGPTC(vf), E1000_PVFGOTC(vf), PF_NO_REGISTER};
    return of_pool[what];
}

/* ---- moderation: microseconds in bits 14:2 ---- */

static uint32_t eitr_of(uint32_t per_second)
{
    enum { US_MIN = 10, US_MAX = 8191 }; /* [igb.h IGB_MIN_ITR_USECS]; what the field holds */
    uint32_t us = per_second ? 1000000 / per_second : 0;
    return us < US_MIN || us > US_MAX ? 0 : us << E1000_EITR_INTERVAL_SHIFT;
}

/* [igb.h] IGB_70K_ITR, IGB_20K_ITR, IGB_START_ITR and IGB_4K_ITR where a level is near one; between them as the 82599's. */
static const uint16_t level_eitr[PF_IML_COUNT] = {
    [PF_IML_NONE] = 0,    [PF_IML_MOST] = 56,      [2] = 80, [3] = 196, [4] = 332, [5] = 400, [6] = 500,
    [PF_IML_LEAST] = 980, [PF_IML_ADAPTIVE] = 648, /* where Linux begins; the chip does not adapt by itself, so it stays there */
};

static void vf_throttle(struct pf *pf, unsigned vf, uint32_t eitr)
{
    for (unsigned vector = 0; vector < E1000_VF_VECTORS; vector++)
        pf__write(pf, E1000_EITR(E1000_VF_EITR_INDEX(vf, vector)), eitr);
}

/* ---- pools ---- */

static void transmit_switch(struct pf *pf)
{
    uint32_t checks = (uint32_t)(pf->s.macs_checked | pf->s.vlans_checked << IXGBE_SPOOF_VLANAS_SHIFT);
    pf__write(pf, E1000_DTXSWC,
              (checks & E1000_DTXSWC_SPOOF_MASK) | (pf->s.bridge_mode == PF_BRIDGE_VEB ? E1000_DTXSWC_VMDQ_LOOPBACK_EN : 0));
}

static void checks(struct pf *pf, unsigned vf) { transmit_switch(pf); }
static void loopback(struct pf *pf, bool on) { transmit_switch(pf); }

static void accept(struct pf *pf, unsigned pool, uint32_t what)
{
    bool is_vf = pool < pf__vfs(pf);
    uint32_t frame = is_vf ? pf->s.vf[pool].mtu + 18u : pf->s.max_frame;
    bool rss = pf->s.rss_on && (is_vf ? pf->s.vf[pool].rx_queues : pf->s.channels) > 1;
    bool strip = is_vf || (pf->s.features & PF_FEATURE_RXVLAN);
    pf__write(pf, E1000_VMOLR(pool),
              pf__ixgbe_olr(what) | E1000_VMOLR_STRCRC | (strip ? E1000_VMOLR_STRVLAN : 0) | (rss ? E1000_VMOLR_RSSE : 0) |
                  (frame > E1000_FRAME_DEFAULT ? E1000_VMOLR_LPE | (frame & E1000_VMOLR_RLPML_MASK) : 0));
}

static void own_pool(struct pf *pf)
{
    accept(pf, pf__pool(pf), PF_ACCEPTS);
    for (unsigned q = 1; q <= pf->netqueues; q++)
        accept(pf, pf__pool(pf) + q, PF_ACCEPT_UNTAGGED);
}
static void spread(struct pf *pf, unsigned bits) { own_pool(pf); }

static void drop(struct pf *pf, unsigned vf, bool on)
{
    uint32_t bits = 1u << vf | 1u << (vf + E1000_POOLS);
    pf->s.queue_drop = on ? pf->s.queue_drop | bits : pf->s.queue_drop & ~bits;
    pf__write(pf, E1000_QDE, pf->s.queue_drop);
    pf__write(pf, E1000_DVMOLR(vf), on && pf->s.vf[vf].vlan ? E1000_DVMOLR_HIDEVLAN : 0);
}

static void receive_control(struct pf *pf)
{
    pf__write(pf, E1000_RCTL,
              E1000_RCTL_EN | E1000_RCTL_BAM | E1000_RCTL_UPE | E1000_RCTL_MPE | E1000_RCTL_VFE | E1000_RCTL_SECRC |
                  (pf->s.max_frame > E1000_FRAME_DEFAULT ? E1000_RCTL_LPE : 0));
}

static void longest(struct pf *pf)
{
    pf__write(pf, E1000_RLPML, pf->s.max_frame);
    receive_control(pf);
    own_pool(pf);
}

/* ---- filters ---- */

static uint32_t address_high(const struct pf *pf, unsigned i)
{
    const struct pf_filter *f = &pf->s.filter[i];
    return f->mac[4] | (uint32_t)f->mac[5] << 8 | (uint32_t)f->pools << E1000_RAH_POOL_SHIFT | E1000_RAH_AV;
}

static void address(struct pf *pf, unsigned i)
{
    const struct pf_filter *f = &pf->s.filter[i];
    if (f->valid)
        pf__write(pf, E1000_RAL_ANY(i),
                  f->mac[0] | (uint32_t)f->mac[1] << 8 | (uint32_t)f->mac[2] << 16 | (uint32_t)f->mac[3] << 24);
    pf__write(pf, E1000_RAH_ANY(i), f->valid ? address_high(pf, i) : 0);
}

static void pools(struct pf *pf, unsigned i, uint64_t before)
{
    if (pf->s.filter[i].valid && pf->s.filter[i].pools != before)
        pf__write(pf, E1000_RAH_ANY(i), address_high(pf, i));
}

static void vlan(struct pf *pf, unsigned i, uint64_t pool_set, bool fresh)
{
    const struct pf_vlan *v = &pf->s.vlan[i];
    pf__write(pf, E1000_VLVF(i), v->valid ? E1000_VLVF_VLANID_ENABLE | (uint32_t)pool_set << E1000_VLVF_POOLSEL_SHIFT | v->vid : 0);
}

/* The first channel's queue is the pool's n, the second's n + 8: four bytes of one register. */
static void channels(struct pf *pf)
{
    uint32_t vectors = pf__data_vectors(pf) | 1u << PF_VECTOR_MISC, ivar = 0;
    for (unsigned q = 1; q <= pf->netqueues; q++) {
        uint32_t vector = pf__vector_of(pf__queue_channel(q));
        pf__write(pf, E1000_IVAR0(pf__pool(pf) + q), (E1000_IVAR_VALID | vector) * 0x0101u);
        pf__write(pf, E1000_EITR(vector), pf->s.moderation << E1000_EITR_INTERVAL_SHIFT);
    }
    for (unsigned c = 0; c < pf->s.channels; c++) {
        ivar |= (E1000_IVAR_VALID | pf__vector_of(c)) * 0x0101u << (16 * c);
        pf__write(pf, E1000_EITR(pf__vector_of(c)), pf->s.moderation << E1000_EITR_INTERVAL_SHIFT);
    }
    pf__write(pf, E1000_IVAR0(pf__pool(pf)), ivar);
    pf__write(pf, E1000_EIAC, vectors);
    pf__write(pf, E1000_EIAM, vectors);
    pf__write(pf, E1000_EIMS, vectors);
}

static void rss_mode(struct pf *pf)
{
    pf__write(pf, E1000_MRQC,
              E1000_MRQC_ENABLE_VMDQ_RSS_MQ | IXGBE_MRQC_RSS_FIELD_IPV4 | IXGBE_MRQC_RSS_FIELD_IPV4_TCP |
                  IXGBE_MRQC_RSS_FIELD_IPV6 | IXGBE_MRQC_RSS_FIELD_IPV6_TCP);
}

/* ---- bring-up ---- */

static void virtualization(struct pf *pf)
{
    unsigned pool = pf__pool(pf);
    pf__write(pf, E1000_VT_CTL, E1000_VT_CTL_VM_REPL_EN | pool << E1000_VT_CTL_DEFAULT_POOL_SHIFT);
    pf__write(pf, E1000_MRQC, E1000_MRQC_ENABLE_VMDQ);
    pf__write(pf, E1000_RPLOLR, E1000_VMOLR_STRVLAN | E1000_VMOLR_STRCRC);
    transmit_switch(pf);
    own_pool(pf);
    pf->s.receive_enable[0] = pf->s.transmit_enable[0] = (uint32_t)pf__own_pools(pf);
    pf__write(pf, E1000_VFRE, pf->s.receive_enable[0]);
    pf__write(pf, E1000_VFTE, pf->s.transmit_enable[0]);
    for (unsigned i = 0; i < 128; i++) /* which pools take a VLAN is the VLVF entries' matter */
        pf__write(pf, E1000_VFTA(i), 0xffffffff);
}

static void interrupts(struct pf *pf)
{
    pf__write(pf, E1000_GPIE, IXGBE_GPIE_MSIX_MODE | IXGBE_GPIE_EIAME | IXGBE_GPIE_PBA_SUPPORT);
    pf__write(pf, E1000_IVAR_MISC, (E1000_IVAR_VALID | PF_VECTOR_MISC) << 8);
    pf__write(pf, E1000_IMS, E1000_ICR_KNOWN);
    channels(pf);
}

static void set_up(struct pf *pf)
{
    pf__config_space(pf);
    pf->s.max_frame = E1000_FRAME_DEFAULT;
    pf->s.link_up = true; /* until the chip says otherwise */
    virtualization(pf);
    interrupts(pf);
}

static void let_come(struct pf *pf)
{
    address(pf, 0); /* with the PF's pool */
    receive_control(pf);
    pf__write(pf, E1000_TCTL, E1000_TCTL_EN | 0x0003f0f8);
    pf__write(pf, E1000_CTRL_EXT, E1000_CTRL_EXT_PFRSTD | E1000_CTRL_EXT_DRV_LOAD);
}

/* ---- the mailbox: SET_MAC_ADDR also adds and clears filters, SET_PROMISC is message 6 ---- */

static int on_mac_filter(struct pf *pf, unsigned vf, const uint32_t *msg)
{
    const struct pf_vf_admin *admin = &pf->s.vf[vf].admin;
    switch (msg[0] & IXGBE_VT_MSGINFO_MASK) {
    case 0:
        return admin->mac_set && !admin->trust ? -EPERM : PF_NOT_MINE; /* its own address: not even the operator's again */
    case E1000_VF_MAC_FILTER_CLR:
        pf__ixgbe_macvlan_clear(pf, vf);
        return 0;
    case E1000_VF_MAC_FILTER_ADD:
        return pf__ixgbe_macvlan_add(pf, vf, (const uint8_t *)&msg[1]);
    default:
        return -EINVAL;
    }
}

/* Multicast promiscuous or back to its hashes; there is no unicast promiscuous mode for a VF. */
static int on_promisc(struct pf *pf, unsigned vf, uint32_t *msg)
{
    struct pf_vf *v = &pf->s.vf[vf];
    uint32_t info = msg[0] & IXGBE_VT_MSGINFO_MASK;
    if (info & ~E1000_VF_SET_PROMISC_MULTICAST)
        return -EINVAL;
    v->rx_allmulti = info != 0;
    v->rx_multicast = !info && v->multicast_count;
    pf__accept(pf, vf);
    msg[0] &= ~(uint32_t)E1000_VF_SET_PROMISC_MULTICAST; /* what was done is taken out of the answer */
    return 0;
}

static int on_message(struct pf *pf, unsigned vf, uint32_t *msg, uint32_t *words)
{
    switch (msg[0] & 0xffff) {
    case IXGBE_VF_SET_MAC_ADDR:
        return on_mac_filter(pf, vf, msg);
    case E1000_VF_SET_PROMISC:
        return on_promisc(pf, vf, msg);
    default:
        return PF_NOT_MINE;
    }
}

/* Message 6 is another one than to ixgbe. */
static enum pf_news news_of(const uint32_t *msg)
{
    return (msg[0] & 0xffff) == E1000_VF_SET_PROMISC ? PF_NEWS_VF_RX_MODE : pf__ixgbe_news_shared(msg);
}

static const struct pf_limits limits = {
    .vf_queues = IXGBE_QUEUES_PER_POOL,
    .vf_queues_most = IXGBE_QUEUES_PER_POOL,
    .vfs_with_most = E1000_POOLS - 1,
    .vf_vectors = E1000_VF_VECTORS,
    .ring_step = PF_RING_STEP_DESC,
    .link_mbps = 1000,
    .rate_rule = "a limit is at most the link's speed", /* [igb_main.c igb_ndo_set_vf_bw] */
    .moderation_unit_ps = E1000_EITR_UNIT_PS,
    .moderation_most = 8191,
    .moderation_first = 14, /* 1 us in bits 14:2 */
    .frame_per_pool = true,
};

static const struct intel_hw hw = {
    .filters_kept = 3,
    .vf_bar_bytes = E1000_VF_BAR_BYTES,
    .ctrl = E1000_CTRL,
    .reset_ps = SIM_MS, /* [e1000_82575.c igb_reset_hw_82575: until its EEPROM is read] */
    .link = E1000_STATUS,
    .link_up = E1000_STATUS_LU,
    .eims = E1000_EIMS,
    .misc_clear = E1000_ICR,
    .misc_clear_bits = E1000_ICR_KNOWN,
    .misc_enable_bits = 1u << PF_VECTOR_MISC,
    .eitr0 = E1000_EITR_0,
    .eitr_shift = E1000_EITR_INTERVAL_SHIFT,
    .vf_eitr = 56, /* [igb.h IGB_70K_ITR] the preset for low latency */
    .level_eitr = level_eitr,
    .vflre = {E1000_VFLRE},
    .vflrec = {E1000_VFLRE},
    .mailbox_causes = E1000_MBVFICR,
    .mailbox = E1000_P2VMAILBOX_0,
    .mailbox_memory = E1000_VMBMEM_0,
    .reset_words = 3,
    .pings = true,
    .lone_queue = true,
    .vfre = E1000_VFRE,
    .vfte = E1000_VFTE,
    .vmvir = E1000_VMVIR_0,
    .mta = E1000_MTA_0,
    .rssrk = E1000_RSSRK_0,
    .reta = E1000_RETA_0,
    .reta_shift = E1000_RETA_POOL_SHIFT,
    .rxcsum = E1000_RXCSUM,
    .mrctl = E1000_VMRCTL_0,
    .vmrvm = E1000_VMRVM_0,
    .vmrvlan = E1000_VMRVLAN_0,
    .rttdqsel = E1000_RTTDQSEL,
    .rttbcnrm = E1000_RTTBCNRM,
    .rttbcnrc = E1000_RTTBCNRC,
    .rx_put = E1000_RDFT,
    .rx_get = E1000_RDFH,
    .rx_wrap = E1000_FIFO_WRAP,
    .tx_put = E1000_TDFT,
    .tx_get = E1000_TDFH,
    .tx_wrap = E1000_FIFO_WRAP,
    .srrctl_field = 0x0c,
    .srrctl_drop = E1000_SRRCTL_DROP_EN,
    .thresholds = 1u << IXGBE_TXDCTL_WTHRESH_SHIFT | 1u << IXGBE_TXDCTL_HTHRESH_SHIFT | 8, /* [igb.h IGB_TX_PTHRESH …] */
    .rx_ring = rx_ring,
    .tx_ring = tx_ring,
    .queue = queue_number,
    .counter = counter,
    .queue_counter = queue_counter,
    .eitr = eitr_of,
    .vf_throttle = vf_throttle,
    .own_pool = own_pool,
    .channels = channels,
    .spread = spread,
    .rss_mode = rss_mode,
    .set_up = set_up,
    .start_rings = pf__ixgbe_data_start,
    .let_come = let_come,
    .news = news_of,
    .message = on_message,
};

static const struct pf_family igb = {
    .name = "igb",
    .passthru = PF_PASSTHRU_NPA,
    .limits = &limits,
    .chip = &hw,
    .effect = pf__igb_effect,
    .status = E1000_STATUS,
    INTEL_ROUTINES,
    .own_address = {E1000_RAL_0, E1000_RAH_0},
    .address = address,
    .pools = pools,
    .vlan = vlan,
    .checks = checks,
    .accept = accept,
    .drop = drop,
    .longest = longest,
    .loopback = loopback,
};
PF_FAMILY(igb);
