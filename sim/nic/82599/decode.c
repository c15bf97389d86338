/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 82599's register maps. Most registers are control words of the engine; the others are kept as written in struct
 * ixgbe_registers, and told to the engine as rules by the functions below, each for one or a few registers.
 */
#include "nic/82599/nic82599.h"

#define MAP_STRUCT ixgbe_registers
const struct intel_register nic82599_pf_registers[PF_COUNT] = {IXGBE_PF_REGISTERS(MAP_LINE_ONE, MAP_LINE_MANY)};
#undef MAP_STRUCT
#define MAP_STRUCT ixgbe_vf_registers
const struct intel_register nic82599_vf_registers[VF_COUNT] = {IXGBE_VF_REGISTERS(MAP_LINE_ONE, MAP_LINE_MANY)};
#undef MAP_STRUCT

const struct nic_reg nic82599_regs[PF_COUNT + VF_COUNT] = {
#define MAP_FUNCTION "PF"
    IXGBE_PF_REGISTERS(MAP_SHOW_ONE, MAP_SHOW_MANY)
#undef MAP_FUNCTION
#define MAP_FUNCTION "VF"
    IXGBE_VF_REGISTERS(MAP_SHOW_ONE, MAP_SHOW_MANY)
#undef MAP_FUNCTION
};

#define SAME(name) [PF_##name] = {WORD_##name, 0}
const struct intel_alias nic82599_pf_words[PF_COUNT] = {
    SAME(FRTIMER), SAME(EICR), SAME(EICS), SAME(EIAC), SAME(EIMS), SAME(EIMC), SAME(EIAM), SAME(GPIE), SAME(IVAR),
    SAME(IVAR_MISC), SAME(PVFGPRC), SAME(PVFGORC_LSB), SAME(QPRC), SAME(QBRC_L), SAME(QBRC_H), SAME(QPRDC), SAME(RQSMR),
    SAME(LMVM_RX), SAME(LVMMC_RX), SAME(WQBR_RX), SAME(MPC), SAME(CRCERRS), SAME(RLEC), SAME(GPRC), SAME(BPRC), SAME(MPRC),
    SAME(GPTC), SAME(GORCL), SAME(GORCH), SAME(GOTCL), SAME(GOTCH), SAME(ROC), SAME(TPR), SAME(TPT), SAME(MPTC),
    SAME(BPTC), SAME(RTTBCNRC), SAME(PFMAILBOX), SAME(RXCSUM), SAME(ETQF), SAME(PFFLP), SAME(VMTXSW), SAME(VFRE),
    SAME(MTA), SAME(RETA), SAME(RSSRK), SAME(QPTC), SAME(VMVIR), SAME(LVMMC_TX), SAME(VFTE), SAME(LMVM_TX), SAME(WQBR_TX),
    SAME(PFVFSPOOF), SAME(PVFGPTC), SAME(PVFGOTC_LSB), SAME(PVFGOTC_MSB), SAME(TQSM), SAME(QBTC_L), SAME(QBTC_H),
    SAME(SSVPC), SAME(VFTA), SAME(RAL), SAME(RAH), SAME(MPSAR_LO), SAME(MPSAR_HI), SAME(PVFMPRC), SAME(PVFGORC_MSB),
    SAME(SAQF), SAME(DAQF), SAME(SDPQF), SAME(FTQF), SAME(L34TIMIR), SAME(PSRTYPE), SAME(ETQS), SAME(SYNQF), SAME(IMIRVP),
    SAME(LLITHRESH), SAME(VMOLR), SAME(VLVF), SAME(VLVFB), SAME(UTA), SAME(MRCTL), SAME(VMRVLAN), SAME(VMRVM),
    SAME(PFMBMEM),
    [PF_RAL_LOW] = {WORD_RAL, 0}, [PF_RAH_LOW] = {WORD_RAH, 0}, [PF_PFMBICR] = {WORD_MBICR, 0},
    [PF_PSRTYPE_LOW] = {WORD_PSRTYPE, 0},
};
#undef SAME

const struct intel_alias nic82599_vf_words[VF_COUNT] = {
    [VF_VFCTRL] = {VF_WORD_RESET, 0}, [VF_VFFRTIMER] = {VF_WORD_FRTIMER, 0}, [VF_VTEICR] = {VF_WORD_EICR, 0},
    [VF_VTEICS] = {VF_WORD_EICS, 0}, [VF_VTEIMS] = {VF_WORD_EIMS, 0}, [VF_VTEIMC] = {VF_WORD_EIMC, 0},
    [VF_VTEIAC] = {VF_WORD_EIAC, 0}, [VF_VTEIAM] = {VF_WORD_EIAM, 0}, [VF_VTEITR] = {VF_WORD_EITR, 0},
    [VF_VTIVAR] = {VF_WORD_IVAR, 0}, [VF_VTIVAR_MISC] = {VF_WORD_IVAR_MISC, 0}, [VF_VFMBMEM] = {VF_WORD_MBMEM, 0},
    [VF_VFMAILBOX] = {VF_WORD_MAILBOX, 0}, [VF_VFPSRTYPE] = {VF_WORD_PSRTYPE, 0}, [VF_VFGPRC] = {VF_WORD_GPRC, 0},
    [VF_VFGORC_LSB] = {VF_WORD_GORC_LSB, 0}, [VF_VFGORC_MSB] = {VF_WORD_GORC_MSB, 0}, [VF_VFMPRC] = {VF_WORD_MPRC, 0},
    [VF_VFGPTC] = {VF_WORD_GPTC, 0}, [VF_VFGOTC_LSB] = {VF_WORD_GOTC_LSB, 0}, [VF_VFGOTC_MSB] = {VF_WORD_GOTC_MSB, 0},
};

/* Words go to the engine as drivers write them, so their bits are the engine's. */
#define SAME(bits) _Static_assert(IXGBE_##bits == INTEL_##bits, #bits)
SAME(RXDCTL_ENABLE); SAME(RXDCTL_SWFLSH); SAME(RXDCTL_VME); SAME(SRRCTL_BSIZEPKT_SHIFT); SAME(SRRCTL_BSIZEPKT_MASK);
SAME(SRRCTL_DROP_EN); SAME(SRRCTL_DESCTYPE_ADV_ONEBUF); SAME(SRRCTL_DESCTYPE_MASK); SAME(RSCCTL_RSCEN);
SAME(RSCCTL_MAXDESC_SHIFT); SAME(RSCCTL_MAXDESC_MASK); SAME(TXDCTL_ENABLE); SAME(TXDCTL_SWFLSH); SAME(TXDCTL_PTHRESH_MASK);
SAME(TXDCTL_HTHRESH_SHIFT); SAME(TXDCTL_HTHRESH_MASK); SAME(TXDCTL_WTHRESH_SHIFT); SAME(TXDCTL_WTHRESH_MASK);
SAME(TDWBAL_HEAD_WB_ENABLE); SAME(RTTBCNRC_RS_ENA); SAME(RTTBCNRC_RF_INT_SHIFT); SAME(RTTBCNRC_RF_MASK); SAME(PSRTYPE_TCPHDR);
SAME(PSRTYPE_RQPL_SHIFT); SAME(RXCSUM_PCSD); SAME(EICR_OTHER); SAME(EITR_LLI_MOD); SAME(EITR_LLI_CREDIT_SHIFT);
SAME(EITR_LLI_CREDIT_MASK); SAME(EITR_CNT_WDIS); SAME(IVAR_ALLOC_VAL); SAME(GPIE_OCD); SAME(GPIE_EIMEN); SAME(GPIE_LLI_SHIFT);
SAME(GPIE_LLI_MASK); SAME(GPIE_RSC_DELAY_SHIFT); SAME(GPIE_RSC_DELAY_MASK); SAME(GPIE_EIAME); SAME(RAH_AV); SAME(VMOLR_UPE);
SAME(VMOLR_AUPE); SAME(VMOLR_ROMPE); SAME(VMOLR_ROPE); SAME(VMOLR_BAM); SAME(VMOLR_MPE); SAME(MRCTL_VPME); SAME(MRCTL_UPME);
SAME(MRCTL_DPME); SAME(MRCTL_VLME); SAME(MRCTL_POOL_SHIFT); SAME(MRCTL_POOL_MASK); SAME(VLVF_VIEN); SAME(VLVF_VLANID_MASK);
SAME(VMVIR_VLANA_DEFAULT); SAME(VMVIR_VLANA_NEVER); SAME(VMVIR_VLANA_MASK); SAME(SPOOF_VLANAS_SHIFT);
SAME(MRQC_RSS_FIELD_IPV4_TCP); SAME(MRQC_RSS_FIELD_IPV4); SAME(MRQC_RSS_FIELD_IPV6); SAME(MRQC_RSS_FIELD_IPV6_TCP);
SAME(MRQC_RSS_FIELD_IPV4_UDP); SAME(MRQC_RSS_FIELD_IPV6_UDP); SAME(ETQF_ETHERTYPE); SAME(ETQF_UP_SHIFT); SAME(ETQF_UP);
SAME(ETQF_UP_EN); SAME(ETQF_POOL_SHIFT); SAME(ETQF_POOL_MASK); SAME(ETQF_POOL_ENABLE); SAME(ETQF_FILTER_EN);
SAME(ETQS_RX_QUEUE_SHIFT); SAME(ETQS_LLI); SAME(ETQS_QUEUE_EN); SAME(SYN_FILTER_ENABLE); SAME(SYN_FILTER_QUEUE_SHIFT);
SAME(SYN_FILTER_SYNQFP); SAME(FTQF_PROTOCOL_MASK); SAME(FTQF_PROTOCOL_TCP); SAME(FTQF_PROTOCOL_UDP); SAME(FTQF_PROTOCOL_SCTP);
SAME(FTQF_PROTOCOL_OTHER); SAME(FTQF_PRIORITY_SHIFT); SAME(FTQF_PRIORITY_MASK); SAME(FTQF_POOL_SHIFT); SAME(FTQF_POOL_MASK);
SAME(FTQF_5TUPLE_MASK_SHIFT); SAME(FTQF_5TUPLE_MASK_MASK); SAME(FTQF_NO_SOURCE_ADDR); SAME(FTQF_NO_DEST_ADDR);
SAME(FTQF_NO_SOURCE_PORT); SAME(FTQF_NO_DEST_PORT); SAME(FTQF_NO_PROTOCOL); SAME(FTQF_POOL_MASK_EN); SAME(FTQF_QUEUE_ENABLE);
SAME(L34T_IMIR_SIZE_BP); SAME(L34T_IMIR_LLI); SAME(L34T_IMIR_QUEUE_SHIFT); SAME(IMIRVP_PRIORITY_MASK);
SAME(IMIRVP_PRIORITY_EN); SAME(LLITHRESH_MASK); SAME(VFMAILBOX_REQ); SAME(VFMAILBOX_ACK); SAME(VFMAILBOX_VFU);
SAME(VFMAILBOX_PFU); SAME(VFMAILBOX_PFSTS); SAME(VFMAILBOX_PFACK); SAME(VFMAILBOX_RSTI); SAME(VFMAILBOX_RSTD);
SAME(VFMAILBOX_R2C_BITS); SAME(PFMAILBOX_STS); SAME(PFMAILBOX_ACK); SAME(PFMAILBOX_VFU); SAME(PFMAILBOX_PFU);
SAME(PFMAILBOX_RVFU);
#undef SAME

static struct ixgbe_registers *registers(const struct intel_chip *n) { return n->own; }

/* ---- rules, from the registers that say them ---- */

static void spread_rules(struct intel_chip *n)
{
    struct intel_rules *r = &n->rules;
    uint32_t mrqc = registers(n)->MRQC, mode = mrqc & IXGBE_MRQC_MRQE_MASK;
    r->four_queues = mode == IXGBE_MRQC_VMDQRSS32EN;
    r->spread = mode == IXGBE_MRQC_RSSEN ? INTEL_SPREAD_ALL
                : mode == IXGBE_MRQC_VMDQRSS32EN || mode == IXGBE_MRQC_VMDQRSS64EN ? INTEL_SPREAD_POOLS : INTEL_SPREAD_NOT;
    r->hash_fields = mrqc;
}

static void switch_rules(struct intel_chip *n)
{
    const struct ixgbe_registers *reg = registers(n);
    struct intel_rules *r = &n->rules;
    r->is_virtual = reg->VT_CTL & IXGBE_VT_CTL_VT_ENABLE;
    r->replicates = reg->VT_CTL & IXGBE_VT_CTL_REPLEN;
    r->has_default = !(reg->VT_CTL & IXGBE_VT_CTL_DIS_DEFPL);
    r->default_pool = (reg->VT_CTL & IXGBE_VT_CTL_POOL_MASK) >> IXGBE_VT_CTL_POOL_SHIFT;
    r->loops_back = reg->PFDTXGSWC & IXGBE_PFDTXGSWC_VT_LBEN;
    r->accepts_broadcast = reg->FCTRL & IXGBE_FCTRL_BAM;
    r->takes_all_unicast = reg->FCTRL & IXGBE_FCTRL_UPE;
    r->takes_all_multicast = reg->FCTRL & IXGBE_FCTRL_MPE;
    r->filters_vlans = reg->VLNCTRL & IXGBE_VLNCTRL_VFE;
    r->filters_multicast = reg->MCSTCTRL & IXGBE_MCSTCTRL_MFE;
    r->hash_shift = reg->MCSTCTRL & IXGBE_MCSTCTRL_MO_MASK;
    r->receives = reg->RXCTRL & IXGBE_RXCTRL_RXEN;
}

static void path_rules(struct intel_chip *n)
{
    const struct ixgbe_registers *reg = registers(n);
    struct intel_rules *r = &n->rules;
    r->transmits = reg->DMATXCTL & IXGBE_DMATXCTL_TE;
    r->holds_transmit = reg->RTTDCS & IXGBE_RTTDCS_ARBDIS;
    r->detects[false] = reg->RDRXCTL & IXGBE_RDRXCTL_MDP_EN;
    r->detects[true] = reg->DMATXCTL & IXGBE_DMATXCTL_MDP_EN;
    r->detection_tells[false] = reg->RDRXCTL & IXGBE_RDRXCTL_MBINTEN;
    r->detection_tells[true] = reg->DMATXCTL & IXGBE_DMATXCTL_MBINTEN;
    r->coalesces_acks = reg->RDRXCTL & IXGBE_RDRXCTL_RSCACKC;
    r->coalesces_data_only = reg->RSCDBU & IXGBE_RSCDBU_RSCACKDIS;
    r->coalesces_not = reg->RFCTL & IXGBE_RFCTL_RSC_DIS;
    r->drops_loopback = reg->LBDRPEN != 0;
    r->frame_max = reg->MAXFRS >> IXGBE_MHADD_MFS_SHIFT;
    r->tx_bytes_max = (reg->DTXMXSZRQ & IXGBE_DTXMXSZRQ_MASK) * IXGBE_DTXMXSZRQ_UNIT;
    r->rate_queue = reg->RTTDQSEL % IXGBE_QUEUES;
}

void nic82599_reset(struct intel_chip *n)
{
    registers(n)->RXPBSIZE[0] = n->skin->rx_buffer_bytes;
    registers(n)->TXPBSIZE[0] = n->skin->tx_buffer_bytes;
    nic82599_board_reset(n);
}

void nic82599_rules(struct intel_chip *n)
{
    spread_rules(n);
    switch_rules(n);
    path_rules(n);
    n->rules.pf_is_ready = registers(n)->CTRL_EXT & IXGBE_CTRL_EXT_PFRSTD;
}

void nic82599_pf_cause(struct intel_chip *n, enum intel_cause cause)
{
    intel_intr_set(chip_pf(n), cause == INTEL_CAUSE_LINK ? IXGBE_EICR_LSC : IXGBE_EICR_MAILBOX);
}

/* ---- PF ---- */

static uint32_t links(const struct intel_chip *n)
{
    return port_link_is_up(&n->nic.uplink) ? IXGBE_LINKS_UP | IXGBE_LINKS_SPEED_10G_82599 : 0;
}

/* Whose the throttle register `i` is: a PF vector's, or one of a VF [regs.h IXGBE_VF_EITR_INDEX]. NULL: nobody's. */
static struct function *eitr_owner(struct intel_chip *n, uint32_t i, unsigned *vector)
{
    uint32_t vf = i < 128 ? (127 - i) / 2 : UINT32_MAX;
    if (chip_is_virtual(n) && vf < n->nic.vf_count && (vf < 32 || (registers(n)->EITRSEL >> (vf - 32) & 1))) {
        *vector = i % 2;
        return &n->fn[vf];
    }
    *vector = i;
    return i < n->skin->pf_causes ? chip_pf(n) : NULL;
}

static uint32_t eitr_read(struct intel_chip *n, uint32_t i)
{
    unsigned vector;
    const struct function *fn = eitr_owner(n, i, &vector);
    return fn ? fn->s.intr.vector[vector].eitr : 0;
}

static void eitr_write(struct intel_chip *n, uint32_t i, uint32_t value)
{
    unsigned vector;
    struct function *fn = eitr_owner(n, i, &vector);
    if (fn)
        intel_intr_throttle(fn, vector, value);
}

uint32_t nic82599_pf_read(struct intel_chip *n, int id, uint32_t i)
{
    uint32_t value;
    if (nic82599_board_read(n, id, &value))
        return value;
    switch (id) {
    case PF_STATUS: return (registers(n)->CTRL & IXGBE_CTRL_GIO_DIS ? 0 : IXGBE_STATUS_GIO) |
                           pci_function_vfs(n->nic.pf) << IXGBE_STATUS_NUM_VFS_SHIFT |
                           n->nic.function << IXGBE_STATUS_LAN_ID_SHIFT;
    case PF_VFLRE0: return (uint32_t)n->s.flr_pending;
    case PF_VFLRE1: return (uint32_t)(n->s.flr_pending >> 32);
    case PF_EICS: return chip_pf(n)->s.intr.cause;
    case PF_EIMS_EX: return i == 0 ? chip_pf(n)->s.intr.mask & IXGBE_EICR_RTX_QUEUE : 0;
    case PF_EITR: return eitr_read(n, i);
    case PF_EITR_HIGH: return eitr_read(n, 24 + i);
    case PF_LINKS: return links(n);
    case PF_RXWRPTR: return i == 0 ? n->rxb.wr_units % IXGBE_RX_PTR_WRAP : 0;
    case PF_RXRDPTR: return i == 0 ? n->rxb.rd_units % IXGBE_RX_PTR_WRAP : 0;
    case PF_RXUSED: return i == 0 ? n->rxb.wr_units - n->rxb.rd_units : 0;
    case PF_TXWRPTR: return i == 0 ? n->txb.wr_units % IXGBE_TX_PTR_WRAP : 0;
    case PF_TXRDPTR: return i == 0 ? n->txb.rd_units % IXGBE_TX_PTR_WRAP : 0;
    case PF_TXUSED: return i == 0 ? n->txb.wr_units - n->txb.rd_units : 0;
    default: return intel_pf_register_read(n, id, i);
    }
}

static void device_control(struct intel_chip *n, uint32_t value)
{
    registers(n)->CTRL = value & ~IXGBE_CTRL_RST & ~IXGBE_CTRL_LNK_RST;
    if (value & (IXGBE_CTRL_RST | IXGBE_CTRL_LNK_RST))
        intel_reset_chip(n);
}

/* PFQDE names one queue by its value [82599 8.2.3.9.2]. */
static void queue_drop_enable(struct intel_chip *n, uint32_t value)
{
    struct rx_queue *q = &n->rxq[(value & IXGBE_QDE_IDX_MASK) >> IXGBE_QDE_IDX_SHIFT];
    if (!(value & IXGBE_QDE_WRITE))
        return;
    q->drop_enable = value & IXGBE_QDE_ENABLE;
    q->hide_vlan = value & IXGBE_QDE_HIDE_VLAN;
    intel_switch_all(n);
    intel_rx_drain(n);
}

/* The second set of interrupt registers is of vectors 0-63, of which the first 16 have a cause. True: it was one. */
static bool write_interrupt(struct intel_chip *n, int id, uint32_t i, uint32_t value)
{
    uint32_t causes = i == 0 ? value & IXGBE_EICR_RTX_QUEUE : 0;
    struct interrupts *intr = &chip_pf(n)->s.intr;
    switch (id) {
    case PF_EICS_EX: intel_word_write(n, WORD_EICS, 0, causes); return true;
    case PF_EIMS_EX: intel_intr_enable(chip_pf(n), causes); return true;
    case PF_EIMC_EX: intr->mask &= ~causes; return true;
    case PF_EIAM_EX:
        if (i == 0)
            intr->auto_mask = (intr->auto_mask & ~IXGBE_EICR_RTX_QUEUE) | causes;
        return true;
    case PF_EITR: eitr_write(n, i, value); return true;
    case PF_EITR_HIGH: eitr_write(n, 24 + i, value); return true;
    default: return false;
    }
}

/* The chip's own register has its new value: what follows. */
static void changed(struct intel_chip *n, int id, uint32_t value)
{
    switch (id) {
    case PF_CTRL_EXT: intel_pf_ready(n, value & IXGBE_CTRL_EXT_PFRSTD); return;
    case PF_QDE: queue_drop_enable(n, value); return;
    case PF_VT_CTL: case PF_FCTRL: case PF_VLNCTRL: case PF_MCSTCTRL: case PF_RXCTRL:
        switch_rules(n);
        intel_switch_all(n);
        return;
    case PF_PFDTXGSWC:
        switch_rules(n);
        intel_switch_tables(n);
        return;
    case PF_MRQC:
        spread_rules(n);
        intel_switch_all(n);
        return;
    case PF_DMATXCTL: case PF_RTTDCS:
        path_rules(n);
        intel_transmit_changed(n);
        return;
    case PF_RFCTL:
        path_rules(n);
        if (value & IXGBE_RFCTL_RSC_DIS)
            intel_rsc_close(n, 0, IXGBE_QUEUES);
        return;
    case PF_RDRXCTL: case PF_RSCDBU: case PF_LBDRPEN: case PF_MAXFRS: case PF_DTXMXSZRQ: case PF_RTTDQSEL: path_rules(n); return;
    default: return; /* stored */
    }
}

void nic82599_pf_write(struct intel_chip *n, int id, uint32_t i, uint32_t value)
{
    switch (id) {
    case PF_CTRL: device_control(n, value); return;
    case PF_VFLREC: n->s.flr_pending &= ~((uint64_t)value << (32 * i)); return;
    case PF_SRRCTL_LOW: intel_rx_queue_write(n, i, 0x14, value); return;
    case PF_DCA_RXCTRL_LOW: intel_rx_queue_write(n, i, 0x0c, value); return;
    default: break;
    }
    if (write_interrupt(n, id, i, value) || nic82599_board_write(n, id, i, value))
        return;
    intel_pf_register_write(n, id, i, value);
    changed(n, id, value);
}

/* ---- VF ---- */

uint32_t nic82599_vf_read(struct function *fn, int id, uint32_t i)
{
    switch (id) {
    case VF_VFSTATUS: return 0;
    case VF_VFLINKS: return links(fn->chip);
    default: return intel_vf_register_read(fn, id, i);
    }
}

void nic82599_vf_write(struct function *fn, int id, uint32_t i, uint32_t value) { intel_vf_register_write(fn, id, i, value); }

/* ---- queues ---- */

/* The rings of the PF are the engine's, so all 128 are reachable; a VF has those of its pool. */
bool nic82599_queue_block(const struct function *fn, uint32_t off, struct queue_place *at)
{
    unsigned queues = chip_queues_per_pool(fn->chip);
    at->field = off & 0x3f;
    if (fn->vf != FN_PF) {
        at->tx = off >= 0x2000 && off < 0x2000 + 0x40 * queues;
        at->queue = fn->pool * queues + (off & 0xfff) / 0x40;
        return at->tx || (off >= 0x1000 && off < 0x1000 + 0x40 * queues);
    }
    at->tx = off >= 0x6000 && off < 0x8000;
    if (at->tx)
        at->queue = (off - 0x6000) / 0x40;
    else if (off >= 0x1000 && off < 0x2000)
        at->queue = (off - 0x1000) / 0x40;
    else if (off >= 0xd000 && off < 0xe000)
        at->queue = 64 + (off - 0xd000) / 0x40;
    else
        return false;
    return true;
}
