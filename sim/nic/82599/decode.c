/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Register access of the PF and the VFs: a word's register and index from a map, then one switch that sets state and
 * kicks whoever must look at it. No packet moves here.
 */
#include "nic/82599/nic82599__.h"

#include <assert.h>

#define REG_ONE(name, offset, access, reset, sentence)                                                                 \
    {#name, offset, 4, 1, reset, offsetof(struct REG_STRUCT, name) / 4, ACCESS_##access},
#define REG_MANY(name, offset, stride, count, access, reset, sentence)                                                 \
    {#name, offset, stride, count, reset, offsetof(struct REG_STRUCT, name) / 4, ACCESS_##access},
#define REG_STRUCT pf_registers
const struct reg_info nic82599__pf_reg[R_PF_COUNT] = {IXGBE_PF_REGISTERS(REG_ONE, REG_MANY)};
#undef REG_STRUCT
#define REG_STRUCT vf_registers
const struct reg_info nic82599__vf_reg[R_VF_COUNT] = {IXGBE_VF_REGISTERS(REG_ONE, REG_MANY)};
#undef REG_STRUCT
#undef REG_ONE
#undef REG_MANY

#define REG_ONE(name, offset, access, reset, sentence) {#name, offset, 4, 1, reset, #access, REG_FUNCTION, sentence},
#define REG_MANY(name, offset, stride, count, access, reset, sentence)                                                 \
    {#name, offset, stride, count, reset, #access, REG_FUNCTION, sentence},
const struct nic_reg nic82599__regs[R_PF_COUNT + R_VF_COUNT] = {
#define REG_FUNCTION "PF"
    IXGBE_PF_REGISTERS(REG_ONE, REG_MANY)
#undef REG_FUNCTION
#define REG_FUNCTION "VF"
    IXGBE_VF_REGISTERS(REG_ONE, REG_MANY)
#undef REG_FUNCTION
};
#undef REG_ONE
#undef REG_MANY

static void map_init(uint16_t *map, uint32_t words, const struct reg_info *reg, unsigned count)
{
    for (unsigned id = 0; id < count; id++)
        for (uint32_t i = 0; i < reg[id].count; i++) {
            uint32_t word = (reg[id].offset + i * reg[id].stride) / 4;
            assert(word < words && map[word] == 0 && "two registers at one offset");
            map[word] = (uint16_t)(id + 1);
        }
}

void nic82599__maps_init(struct nic82599 *n)
{
    map_init(n->pf_map, IXGBE_PF_REGISTER_BYTES / 4, n->skin->pf_regs, n->skin->pf_reg_count);
    map_init(n->vf_map, IXGBE_VF_BAR_BYTES / 4, n->skin->vf_regs, n->skin->vf_reg_count);
}

/* ---- what both maps share ---- */

static uint32_t microseconds(struct nic82599 *n)
{
    return (uint32_t)(sim_now(chip_component(n)->sim) / SIM_US);
}

static uint32_t links(const struct nic82599 *n)
{
    return port_link_is_up(&n->nic.uplink) ? IXGBE_LINKS_UP | IXGBE_LINKS_SPEED_10G_82599 : 0;
}

static void queue_ivar_fix(uint32_t *value, unsigned vectors)
{
    for (unsigned byte = 0; byte < 4; byte++) /* a vector that is not there is no vector */
        if ((*value >> (8 * byte) & 0x3f) >= vectors)
            *value &= ~(IXGBE_IVAR_ALLOC_VAL << (8 * byte));
}

/* ---- PF ---- */

/* Octets since they were last read: the low half is cleared by its reading, both by that of the high one, which drivers read
 * second [ixgbe_main.c ixgbe_update_stats, igb_main.c igb_update_stats]. */
uint32_t nic82599__take_octets(uint64_t total, uint64_t *read_at, bool high)
{
    uint64_t since = total - *read_at;
    *read_at += high ? since : (uint32_t)since;
    return (uint32_t)(high ? since >> 32 : since);
}

/* A statistics register: how many since it was last read. */
static bool pf_read_counter(struct nic82599 *n, int id, uint32_t i, uint32_t *value)
{
    const struct chip_state *s = &n->s;
    uint64_t total;
    switch (id) {
    case R_CRCERRS: total = s->rx_crc; break;
    case R_MPC: total = i == 0 ? s->rx_missed : 0; break;
    case R_ROC: total = s->rx_long; break;
    case R_RLEC: total = 0; break;
    case R_GPRC: total = s->rx_good; break;
    case R_TPR: total = s->rx_good + s->rx_crc + s->rx_long; break;
    case R_BPRC: total = s->rx_broadcast; break;
    case R_MPRC: total = s->rx_multicast; break;
    case R_GPTC: case R_TPT: total = s->tx_good; break;
    case R_BPTC: total = s->tx_broadcast; break;
    case R_MPTC: total = s->tx_multicast; break;
    case R_GORCL: case R_GORCH:
        *value = nic82599__take_octets(s->rx_bytes, &n->s.stat_base[R_GORCL], id == R_GORCH);
        return true;
    case R_GOTCL: case R_GOTCH:
        *value = nic82599__take_octets(s->tx_bytes, &n->s.stat_base[R_GOTCL], id == R_GOTCH);
        return true;
    case R_SSVPC: total = s->spoofed; break;
    default: return false;
    }
    *value = (uint32_t)(total - s->stat_base[id]);
    n->s.stat_base[id] = total;
    return true;
}

/* Half of a counter of 64 bits, cleared by reading. */
static uint32_t take_half(uint64_t *counter, bool high)
{
    uint32_t value = (uint32_t)(high ? *counter >> 32 : *counter);
    *counter &= high ? UINT32_MAX : ~(uint64_t)UINT32_MAX;
    return value;
}

static bool pf_read_queue_counter(struct nic82599 *n, int id, uint32_t i, uint32_t *value)
{
    struct queue_stat *q = &n->s.queue_stat[i % IXGBE_STAT_COUNTERS];
    switch (id) {
    case R_QPRC: *value = take_half(&q->rx_packets, false); return true;
    case R_QBRC_L: case R_QBRC_H: *value = take_half(&q->rx_bytes, id == R_QBRC_H); return true;
    case R_QPRDC: *value = take_half(&q->rx_dropped, false); return true;
    case R_QPTC: *value = take_half(&q->tx_packets, false); return true;
    case R_QBTC_L: case R_QBTC_H: *value = take_half(&q->tx_bytes, id == R_QBTC_H); return true;
    default: return false;
    }
}

/* What a pool's function counts, seen from the PF. */
static bool pf_read_pool_counter(struct nic82599 *n, int id, uint32_t pool, uint32_t *value)
{
    if (pool > n->nic.vf_count)
        return false;
    const struct function_state *s = &n->fn[pool].s;
    switch (id) {
    case R_PVFGPRC: *value = (uint32_t)s->frames_rx; return true;
    case R_PVFGORC_LSB: *value = (uint32_t)s->bytes_rx; return true;
    case R_PVFGORC_MSB: *value = (uint32_t)(s->bytes_rx >> 32); return true;
    case R_PVFMPRC: *value = (uint32_t)s->multicast_rx; return true;
    case R_PVFGPTC: *value = (uint32_t)s->frames_tx; return true;
    case R_PVFGOTC_LSB: *value = (uint32_t)s->bytes_tx; return true;
    case R_PVFGOTC_MSB: *value = (uint32_t)(s->bytes_tx >> 32); return true;
    default: return false;
    }
}

/* The throttle register `i`: a PF vector's, or one of a VF [regs.h IXGBE_VF_EITR_INDEX]. NULL: nobody's. */
static struct vector *eitr_of(struct nic82599 *n, uint32_t i)
{
    uint32_t vf = i < 128 ? (127 - i) / 2 : UINT32_MAX;
    if (chip_is_virtual(n) && vf < n->nic.vf_count && (vf < 32 || (n->s.reg.EITRSEL >> (vf - 32) & 1)))
        return &n->fn[vf].s.intr.vector[i % 2];
    return i < n->skin->pf_causes ? &chip_pf(n)->s.intr.vector[i] : NULL;
}

static void throttle(struct nic82599 *n, struct vector *v, uint32_t value)
{
    v->eitr = value & ~IXGBE_EITR_CNT_WDIS;
    v->credit_at = sim_now(chip_component(n)->sim);
}

static void set_by_software(struct function *fn, uint32_t causes)
{
    if (fn->chip->s.reg.GPIE & IXGBE_GPIE_EIMEN)
        nic82599__intr_now(fn, causes);
    else
        nic82599__intr_set(fn, causes);
}

static uint32_t pf_read_cause(struct function *pf)
{
    struct interrupts *intr = &pf->s.intr;
    uint32_t cause = intr->cause, gpie = pf->chip->s.reg.GPIE;
    intr->cause &= gpie & IXGBE_GPIE_OCD ? ~IXGBE_EICR_OTHER : 0;
    if (!(gpie & IXGBE_GPIE_EIAME)) /* else a message does it [82599 7.3.1.4] */
        intr->mask &= ~intr->auto_mask;
    return cause;
}

uint32_t nic82599__pf_register_read(struct nic82599 *n, int id, uint32_t i)
{
    const struct chip_state *s = &n->s;
    struct function *pf = chip_pf(n);
    uint32_t value;
    if (pf_read_counter(n, id, i, &value) || pf_read_queue_counter(n, id, i, &value) ||
        pf_read_pool_counter(n, id, i, &value))
        return value;
    switch (id) {
    case R_STATUS: return (s->reg.CTRL & IXGBE_CTRL_GIO_DIS ? 0 : IXGBE_STATUS_GIO) |
                          pci_function_vfs(n->nic.pf) << IXGBE_STATUS_NUM_VFS_SHIFT |
                          n->nic.function << IXGBE_STATUS_LAN_ID_SHIFT;
    case R_FRTIMER: return microseconds(n);
    case R_VFLRE0: return (uint32_t)s->flr_pending;
    case R_VFLRE1: return (uint32_t)(s->flr_pending >> 32);
    case R_PFMBICR:
        return (uint32_t)(s->mailbox_request >> (16 * i) & 0xffff) | (uint32_t)(s->mailbox_ack >> (16 * i) & 0xffff) << 16;
    case R_EICR: return pf_read_cause(pf);
    case R_EIMS: return pf->s.intr.mask;
    case R_EIMS_EX: return i == 0 ? pf->s.intr.mask & IXGBE_EICR_RTX_QUEUE : 0;
    case R_EIAC: return pf->s.intr.auto_clear;
    case R_EIAM: return pf->s.intr.auto_mask;
    case R_EITR: case R_EITR_HIGH: {
        const struct vector *v = eitr_of(n, id == R_EITR ? i : 24 + i);
        return v ? v->eitr : 0;
    }
    case R_LINKS: return links(n);
    case R_WQBR_RX: case R_WQBR_TX: return nic82599__mdd_blocked(n, id == R_WQBR_TX, i);
    case R_LMVM_RX: case R_LMVM_TX: return s->malicious_pool[id == R_LMVM_TX];
    case R_LVMMC_RX: case R_LVMMC_TX:
        value = s->malice[id == R_LVMMC_TX];
        n->s.malice[id == R_LVMMC_TX] = 0;
        return value;
    case R_RTTBCNRC: return n->txq[s->reg.RTTDQSEL % IXGBE_QUEUES].rate_control;
    case R_RXWRPTR: return i == 0 ? n->rxb.wr_units % IXGBE_RX_PTR_WRAP : 0;
    case R_RXRDPTR: return i == 0 ? n->rxb.rd_units % IXGBE_RX_PTR_WRAP : 0;
    case R_RXUSED: return i == 0 ? n->rxb.wr_units - n->rxb.rd_units : 0;
    case R_TXWRPTR: return i == 0 ? n->txb.wr_units % IXGBE_TX_PTR_WRAP : 0;
    case R_TXRDPTR: return i == 0 ? n->txb.rd_units % IXGBE_TX_PTR_WRAP : 0;
    case R_TXUSED: return i == 0 ? n->txb.wr_units - n->txb.rd_units : 0;
    case R_PFMAILBOX: return i < n->nic.vf_count ? n->fn[i].s.pf_mailbox : 0;
    case R_PFMBMEM: return s->mailbox_memory[i / IXGBE_VFMAILBOX_SIZE][i % IXGBE_VFMAILBOX_SIZE];
    case R_RAL_LOW: return s->reg.RAL[i];
    case R_RAH_LOW: return s->reg.RAH[i];
    default: break;
    }
    return nic82599__pf_reg[id].access == ACCESS_WO ? 0 : ((const uint32_t *)&s->reg)[nic82599__pf_reg[id].slot + i];
}

static bool pf_write_interrupt(struct nic82599 *n, int id, uint32_t i, uint32_t value)
{
    struct function *pf = chip_pf(n);
    struct interrupts *intr = &pf->s.intr;
    switch (id) {
    case R_EICR: intr->cause &= ~value; return true;
    case R_EICS: set_by_software(pf, value); return true;
    case R_EICS_EX: set_by_software(pf, i == 0 ? value & IXGBE_EICR_RTX_QUEUE : 0); return true;
    case R_EIMS: nic82599__intr_enable(pf, value); return true;
    case R_EIMS_EX: nic82599__intr_enable(pf, i == 0 ? value & IXGBE_EICR_RTX_QUEUE : 0); return true;
    case R_EIMC: intr->mask &= ~value; return true;
    case R_EIMC_EX: intr->mask &= i == 0 ? ~(value & IXGBE_EICR_RTX_QUEUE) : ~0u; return true;
    case R_EIAC: intr->auto_clear = value; return true;
    case R_EIAM: intr->auto_mask = value; return true;
    case R_EIAM_EX:
        if (i == 0)
            intr->auto_mask = (intr->auto_mask & ~IXGBE_EICR_RTX_QUEUE) | (value & IXGBE_EICR_RTX_QUEUE);
        return true;
    case R_EITR: case R_EITR_HIGH: {
        struct vector *v = eitr_of(n, id == R_EITR ? i : 24 + i);
        if (v)
            throttle(n, v, value);
        return true;
    }
    case R_IVAR: queue_ivar_fix(&value, n->skin->pf_causes); n->s.reg.IVAR[i] = value; return true;
    case R_IVAR_MISC: queue_ivar_fix(&value, n->skin->pf_causes); n->s.reg.IVAR_MISC = value; return true;
    default: return false;
    }
}

static bool pf_write_switch(struct nic82599 *n, int id, uint32_t i, uint32_t value)
{
    struct pf_registers *reg = &n->s.reg;
    uint32_t fresh;
    switch (id) {
    case R_RAL: case R_RAL_LOW: reg->RAL[i] = value; nic82599__switch_address(n, i); return true;
    case R_RAH: case R_RAH_LOW: reg->RAH[i] = value; nic82599__switch_address(n, i); return true;
    case R_MPSAR_LO: reg->MPSAR_LO[i] = value; nic82599__switch_address(n, i); return true;
    case R_MPSAR_HI: reg->MPSAR_HI[i] = value; nic82599__switch_address(n, i); return true;
    case R_VLVF: reg->VLVF[i] = value; nic82599__switch_vlan_entry(n, i); return true;
    case R_VLVFB: reg->VLVFB[i] = value; nic82599__switch_vlan_entry(n, i / 2); return true;
    case R_VFTA: reg->VFTA[i] = value; n->sw.vlan_table[i] = value; return true;
    case R_MTA: reg->MTA[i] = value; n->sw.multicast_table[i] = value; return true;
    case R_UTA: reg->UTA[i] = value; n->sw.unicast_table[i] = value; return true;
    case R_VMOLR: reg->VMOLR[i] = value; nic82599__switch_pool(n, i); return true;
    case R_VMVIR: reg->VMVIR[i] = value; nic82599__switch_pool(n, i); return true;
    case R_MRCTL: reg->MRCTL[i] = value; nic82599__switch_mirror(n, i); return true;
    case R_VMRVLAN: reg->VMRVLAN[i] = value; nic82599__switch_mirror(n, i % 4); return true;
    case R_VMRVM: reg->VMRVM[i] = value; nic82599__switch_mirror(n, i % 4); return true;
    case R_VMTXSW: case R_PFFLP:
        *(id == R_PFFLP ? &reg->PFFLP[i] : &reg->VMTXSW[i]) = value;
        for (unsigned p = 0; p < 32; p++)
            nic82599__switch_pool(n, 32 * i + p);
        return true;
    case R_PFVFSPOOF:
        reg->PFVFSPOOF[i] = value;
        for (unsigned p = 0; p < 8; p++)
            nic82599__switch_pool(n, 8 * i + p);
        return true;
    case R_VFRE:
        fresh = value & ~reg->VFRE[i];
        reg->VFRE[i] = value;
        for (unsigned p = 0; p < 32; p++) {
            nic82599__switch_pool(n, 32 * i + p);
            if ((fresh >> p & 1) && 32 * i + p < n->nic.vf_count) /* what its rings have may have come without a doorbell */
                for (unsigned q = 0; q < chip_queues_per_pool(n); q++)
                    nic82599__rx_kick(n, (32 * i + p) * chip_queues_per_pool(n) + q);
            if (!(value >> p & 1))
                nic82599__rsc_close(n, (32 * i + p) * chip_queues_per_pool(n), chip_queues_per_pool(n));
        }
        return true;
    case R_VFTE:
        reg->VFTE[i] = value;
        for (unsigned p = 32 * i; p < 32 * (i + 1); p++) {
            nic82599__switch_pool(n, p);
            for (unsigned q = 0; q < chip_queues_per_pool(n); q++)
                nic82599__tx_kick(n, p * chip_queues_per_pool(n) + q);
        }
        nic82599__tx_arbitrate(n);
        return true;
    case R_PFDTXGSWC: reg->PFDTXGSWC = value; nic82599__switch_tables(n); return true;
    case R_VT_CTL: reg->VT_CTL = value; nic82599__switch_all(n); return true;
    case R_FCTRL: reg->FCTRL = value; nic82599__switch_all(n); return true;
    case R_VLNCTRL: reg->VLNCTRL = value; nic82599__switch_all(n); return true;
    case R_MCSTCTRL: reg->MCSTCTRL = value; nic82599__switch_all(n); return true;
    default: return false;
    }
}

/* PFQDE names one queue by its value [82599 8.2.3.9.2]. */
static void pf_write_qde(struct nic82599 *n, uint32_t value)
{
    n->s.reg.QDE = value;
    struct rx_queue *q = &n->rxq[(value & IXGBE_QDE_IDX_MASK) >> IXGBE_QDE_IDX_SHIFT];
    if (!(value & IXGBE_QDE_WRITE))
        return;
    q->drop_enable = value & IXGBE_QDE_ENABLE;
    q->hide_vlan = value & IXGBE_QDE_HIDE_VLAN;
    nic82599__switch_all(n);
    nic82599__rx_drain(n);
}

void nic82599__pf_register_write(struct nic82599 *n, int id, uint32_t i, uint32_t value)
{
    struct chip_state *s = &n->s;
    if (pf_write_interrupt(n, id, i, value) || pf_write_switch(n, id, i, value))
        return;
    switch (id) {
    case R_CTRL:
        s->reg.CTRL = value & ~IXGBE_CTRL_RST & ~IXGBE_CTRL_LNK_RST;
        if (value & (IXGBE_CTRL_RST | IXGBE_CTRL_LNK_RST))
            nic82599__reset_chip(n);
        return;
    case R_CTRL_EXT:
        s->reg.CTRL_EXT = value;
        if (value & IXGBE_CTRL_EXT_PFRSTD)
            nic82599__pf_reset_done(n);
        return;
    case R_VFLREC: s->flr_pending &= ~((uint64_t)value << (32 * i)); return;
    case R_PFMBICR:
        s->mailbox_request &= ~((uint64_t)(value & 0xffff) << (16 * i));
        s->mailbox_ack &= ~((uint64_t)(value >> 16) << (16 * i));
        return;
    case R_PFMAILBOX:
        if (i < n->nic.vf_count)
            nic82599__pf_mailbox_write(n, i, value);
        return;
    case R_PFMBMEM: s->mailbox_memory[i / IXGBE_VFMAILBOX_SIZE][i % IXGBE_VFMAILBOX_SIZE] = value; return;
    case R_QDE: pf_write_qde(n, value); return;
    case R_SRRCTL_LOW: nic82599__rx_queue_write(n, i, 0x14, value); return;
    case R_DCA_RXCTRL_LOW: nic82599__rx_queue_write(n, i, 0x0c, value); return;
    case R_RTTBCNRC: n->txq[s->reg.RTTDQSEL % IXGBE_QUEUES].rate_control = value; return;
    case R_WQBR_RX: case R_WQBR_TX: nic82599__mdd_release(n, id == R_WQBR_TX, i, value); return;
    case R_ETQF: s->reg.ETQF[i] = value; nic82599__filters_changed(n); nic82599__switch_type(n, i); return;
    case R_SYNQF: s->reg.SYNQF = value; nic82599__filters_changed(n); return;
    case R_FTQF: s->reg.FTQF[i] = value; nic82599__filters_changed(n); return;
    case R_IMIRVP: s->reg.IMIRVP = value; nic82599__filters_changed(n); return;
    case R_RFCTL:
        s->reg.RFCTL = value;
        if (value & IXGBE_RFCTL_RSC_DIS)
            nic82599__rsc_close(n, 0, IXGBE_QUEUES);
        return;
    case R_MRQC: s->reg.MRQC = value; nic82599__switch_all(n); return;
    case R_RSSRK: s->reg.RSSRK[i] = value; nic82599__rss_key(n); return;
    case R_RXCTRL: s->reg.RXCTRL = value; nic82599__switch_all(n); return;
    case R_DMATXCTL: case R_RTTDCS:
        *(id == R_RTTDCS ? &s->reg.RTTDCS : &s->reg.DMATXCTL) = value;
        for (unsigned q = 0; q < IXGBE_QUEUES; q++)
            nic82599__tx_kick(n, q);
        nic82599__tx_arbitrate(n);
        return;
    default: break;
    }
    if (nic82599__pf_reg[id].access == ACCESS_RW)
        ((uint32_t *)&s->reg)[nic82599__pf_reg[id].slot + i] = value;
}

/* ---- VF ---- */

uint32_t nic82599__vf_register_read(struct function *fn, int id, uint32_t i)
{
    struct nic82599 *n = fn->chip;
    const struct function_state *s = &fn->s;
    uint32_t cause;
    switch (id) {
    case R_VFSTATUS: return 0;
    case R_VFLINKS: return links(n);
    case R_VFFRTIMER: return microseconds(n);
    case R_VTEICR:
        cause = s->intr.cause;
        fn->s.intr.cause = 0;
        return cause;
    case R_VTEIMS: return s->intr.mask;
    case R_VTEIAC: return s->intr.auto_clear;
    case R_VTEIAM: return s->intr.auto_mask;
    case R_VTEITR: return s->intr.vector[i].eitr;
    case R_VFMBMEM: return n->s.mailbox_memory[fn->pool][i];
    case R_VFMAILBOX: return nic82599__vf_mailbox_read(fn);
    case R_VFPSRTYPE: return n->s.reg.PSRTYPE[fn->pool];
    case R_VFGPRC: return (uint32_t)s->frames_rx;
    case R_VFGORC_LSB: return (uint32_t)s->bytes_rx;
    case R_VFGORC_MSB: return (uint32_t)(s->bytes_rx >> 32);
    case R_VFMPRC: return (uint32_t)s->multicast_rx;
    case R_VFGPTC: return (uint32_t)s->frames_tx;
    case R_VFGOTC_LSB: return (uint32_t)s->bytes_tx;
    case R_VFGOTC_MSB: return (uint32_t)(s->bytes_tx >> 32);
    default: break;
    }
    return nic82599__vf_reg[id].access == ACCESS_WO ? 0 : ((const uint32_t *)&s->reg)[nic82599__vf_reg[id].slot + i];
}

void nic82599__vf_register_write(struct function *fn, int id, uint32_t i, uint32_t value)
{
    struct function_state *s = &fn->s;
    const uint32_t all = (1u << IXGBE_VF_VECTORS) - 1;
    switch (id) {
    case R_VFCTRL:
        if (value & IXGBE_CTRL_RST)
            nic82599__reset_vf(fn, false);
        return;
    case R_VTEICR: s->intr.cause &= ~value; return;
    case R_VTEICS: set_by_software(fn, value & all); return;
    case R_VTEIMS: nic82599__intr_enable(fn, value & all); return;
    case R_VTEIMC: s->intr.mask &= ~value; return;
    case R_VTEIAC: s->intr.auto_clear = value & all; return;
    case R_VTEIAM: s->intr.auto_mask = value & all; return;
    case R_VTEITR: throttle(fn->chip, &s->intr.vector[i], value); return;
    case R_VTIVAR: queue_ivar_fix(&value, IXGBE_VF_VECTORS); s->reg.VTIVAR[i] = value; return;
    case R_VTIVAR_MISC: queue_ivar_fix(&value, IXGBE_VF_VECTORS); s->reg.VTIVAR_MISC = value; return;
    case R_VFMBMEM: fn->chip->s.mailbox_memory[fn->pool][i] = value; return;
    case R_VFMAILBOX: nic82599__vf_mailbox_write(fn, value); return;
    case R_VFPSRTYPE: fn->chip->s.reg.PSRTYPE[fn->pool] = value; return; /* the PF's PSRTYPE of this pool */
    default: break;
    }
    if (nic82599__vf_reg[id].access == ACCESS_RW)
        ((uint32_t *)&s->reg)[nic82599__vf_reg[id].slot + i] = value;
}

/* ---- words: a register's, or one of a queue's block ---- */

/* The rings of the PF are the 82599's, so all 128 are reachable; a VF has those of its pool. */
static bool queue_block(const struct function *fn, uint32_t off, struct queue_place *at)
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

static bool queue_read(struct nic82599 *n, const struct queue_place *at, uint32_t *value)
{
    if (at->tx)
        return nic82599__tx_queue_read(n, at->queue, at->field, value);
    if (!nic82599__rx_queue_read(n, at->queue, at->field, value))
        return false;
    if (n->skin->rx_value)
        *value = n->skin->rx_value(at->field, *value, false);
    return true;
}

static bool queue_write(struct nic82599 *n, const struct queue_place *at, uint32_t value)
{
    if (at->tx)
        return nic82599__tx_queue_write(n, at->queue, at->field, value);
    return nic82599__rx_queue_write(n, at->queue, at->field,
                                    n->skin->rx_value ? n->skin->rx_value(at->field, value, true) : value);
}

static const struct reg_info *register_at(const struct function *fn, uint32_t off, int *id)
{
    const struct nic82599 *n = fn->chip;
    if (fn->vf != FN_PF)
        *id = n->vf_map[off / 4] - 1;
    else
        *id = off < IXGBE_PF_REGISTER_BYTES ? n->pf_map[off / 4] - 1 : -1;
    return *id < 0 ? NULL : fn->vf == FN_PF ? &n->skin->pf_regs[*id] : &n->skin->vf_regs[*id];
}

static uint32_t read_word(struct function *fn, uint32_t off)
{
    struct nic82599 *n = fn->chip;
    struct queue_place at;
    uint32_t value;
    int id;
    const struct reg_info *reg = register_at(fn, off, &id);
    if (!reg) {
        trace_nic_unknown_read(chip_component(n), fn->vf == FN_PF ? "pf" : "vf", off);
        return 0;
    }
    if (n->skin->queue_block(fn, off, &at) && queue_read(n, &at, &value))
        return value;
    uint32_t i = (off - reg->offset) / reg->stride;
    return fn->vf == FN_PF ? n->skin->pf_read(n, id, i) : n->skin->vf_read(fn, id, i);
}

static void write_word(struct function *fn, uint32_t off, uint32_t value)
{
    struct nic82599 *n = fn->chip;
    struct queue_place at;
    int id;
    const struct reg_info *reg = register_at(fn, off, &id);
    if (!reg) {
        trace_nic_unknown_write(chip_component(n), fn->vf == FN_PF ? "pf" : "vf", off, value);
        return;
    }
    uint32_t i = (off - reg->offset) / reg->stride;
    if (fn->vf == FN_PF)
        trace_nic_pf_write(chip_component(n), reg->name, i, value);
    else
        trace_nic_vf_write(chip_component(n), (unsigned)fn->vf, reg->name, i, value);
    if (n->skin->queue_block(fn, off, &at) && queue_write(n, &at, value))
        return;
    if (fn->vf == FN_PF)
        n->skin->pf_write(n, id, i, value);
    else
        n->skin->vf_write(fn, id, i, value);
}

/* ---- the upcalls: 32-bit words; wider accesses are two, narrower ones are not decoded by the chip [82599 8.1.1] ---- */

static bool is_word(const struct function *fn, unsigned bar, uint32_t off, unsigned size)
{
    const struct chip_skin *skin = fn->chip->skin;
    return bar == 0 && size >= 4 && off % 4 == 0 &&
           off + size <= (fn->vf == FN_PF ? skin->pf_bar_bytes[0] : skin->vf_bar_bytes[0]);
}

uint64_t nic82599__mmio_read(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size)
{
    struct function *fn = pci_function_data(pci);
    if (!is_word(fn, bar, off, size)) {
        trace_nic_bad_access(chip_component(fn->chip), bar, off, size);
        return 0;
    }
    uint64_t value = read_word(fn, off);
    if (size == 8)
        value |= (uint64_t)read_word(fn, off + 4) << 32;
    return value;
}

void nic82599__mmio_write(struct pci_function *pci, unsigned bar, uint32_t off, unsigned size, uint64_t value)
{
    struct function *fn = pci_function_data(pci);
    if (!is_word(fn, bar, off, size)) {
        trace_nic_bad_access(chip_component(fn->chip), bar, off, size);
        return;
    }
    for (unsigned i = 0; i < size; i += 4, value >>= 32)
        write_word(fn, off + i, (uint32_t)value);
}

/* ---- the 82599 as it is ---- */

const struct chip_skin nic82599__skin = {
    .pools = IXGBE_POOLS, .addresses = ESWITCH_MACS_MAX, .vlans = ESWITCH_VLANS_MAX,
    .pf_vectors = IXGBE_PF_VECTORS, .vf_vectors = IXGBE_VF_VECTORS, .pf_causes = 16,
    .rx_buffer_bytes = IXGBE_RX_PB_BYTES, .tx_buffer_bytes = IXGBE_TX_PB_BYTES,
    .rate_bps = UINT64_C(10000000000), .ps_per_byte = 800,
    .eitr_mask = IXGBE_EITR_ITR_INT_MASK, .eitr_shift = IXGBE_EITR_INTERVAL_SHIFT, .eitr_unit_ps = IXGBE_EITR_UNIT_PS,
    .pf_device = IXGBE_DEV_ID_82599_SFP, .vf_device = IXGBE_DEV_ID_82599_VF, .subsystem = 0x0003,
    .vf_offset = 0x80, .vf_stride = 2, .pf_msix_bar = 4, .pf_bar_is_64 = true,
    .pf_bar_bytes = {[0] = IXGBE_PF_BAR_BYTES, [4] = IXGBE_MSIX_BAR_BYTES},
    .vf_bar_bytes = {[0] = IXGBE_VF_BAR_BYTES, [3] = IXGBE_MSIX_BAR_BYTES},
    .pf_regs = nic82599__pf_reg, .vf_regs = nic82599__vf_reg, .pf_reg_count = R_PF_COUNT, .vf_reg_count = R_VF_COUNT,
    .pf_read = nic82599__pf_register_read, .pf_write = nic82599__pf_register_write,
    .vf_read = nic82599__vf_register_read, .vf_write = nic82599__vf_register_write, .queue_block = queue_block,
    .reset_leaves_queues = true,
};
