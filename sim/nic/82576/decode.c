/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 82576's register maps. Most registers are the 82599's under another offset (`shared`); the others are kept as written
 * in struct e1000_own and told to the engine in the 82599's terms by the functions below, each for one or a few registers.
 */
#include "nic/82576/nic82576__.h"

#include <assert.h>

#define REG_ONE(name, offset, access, reset, sentence)                                                                 \
    {#name, offset, 4, 1, reset, offsetof(struct REG_STRUCT, name) / 4, ACCESS_##access},
#define REG_MANY(name, offset, stride, count, access, reset, sentence)                                                 \
    {#name, offset, stride, count, reset, offsetof(struct REG_STRUCT, name) / 4, ACCESS_##access},
#define REG_STRUCT e1000_registers
const struct reg_info nic82576__pf_reg[P_COUNT] = {E1000_PF_REGISTERS(REG_ONE, REG_MANY)};
#undef REG_STRUCT
#define REG_STRUCT e1000_vf_registers
const struct reg_info nic82576__vf_reg[V_COUNT] = {E1000_VF_REGISTERS(REG_ONE, REG_MANY)};
#undef REG_STRUCT
#undef REG_ONE
#undef REG_MANY

#define REG_ONE(name, offset, access, reset, sentence) {#name, offset, 4, 1, reset, #access, REG_FUNCTION, sentence},
#define REG_MANY(name, offset, stride, count, access, reset, sentence)                                                 \
    {#name, offset, stride, count, reset, #access, REG_FUNCTION, sentence},
const struct nic_reg nic82576__regs[P_COUNT + V_COUNT] = {
#define REG_FUNCTION "PF"
    E1000_PF_REGISTERS(REG_ONE, REG_MANY)
#undef REG_FUNCTION
#define REG_FUNCTION "VF"
    E1000_VF_REGISTERS(REG_ONE, REG_MANY)
#undef REG_FUNCTION
};
#undef REG_ONE
#undef REG_MANY

/* The 82599's register that this one is, + 1. */
static const uint16_t pf_shared[P_COUNT] = {
    [P_EECD] = R_EEC + 1, [P_CTRL_EXT] = R_CTRL_EXT + 1, [P_VMBMEM] = R_PFMBMEM + 1, [P_P2VMAILBOX] = R_PFMAILBOX + 1,
    [P_MBVFICR] = R_PFMBICR + 1, [P_VFRE] = R_VFRE + 1, [P_VFTE] = R_VFTE + 1, [P_FRTIMER] = R_FRTIMER + 1,
    [P_GPIE] = R_GPIE + 1, [P_EICS] = R_EICS + 1, [P_EIMS] = R_EIMS + 1, [P_EIMC] = R_EIMC + 1, [P_EIAC] = R_EIAC + 1,
    [P_EIAM] = R_EIAM + 1, [P_EICR] = R_EICR + 1, [P_IVAR0] = R_IVAR + 1, [P_RTTBCNRM] = R_RTTBCNRM + 1,
    [P_RTTBCNRC] = R_RTTBCNRC + 1, [P_VMVIR] = R_VMVIR + 1, [P_CRCERRS] = R_CRCERRS + 1, [P_MPC] = R_MPC + 1,
    [P_RLEC] = R_RLEC + 1, [P_GPRC] = R_GPRC + 1, [P_BPRC] = R_BPRC + 1, [P_MPRC] = R_MPRC + 1, [P_GPTC] = R_GPTC + 1,
    [P_ROC] = R_ROC + 1, [P_TPR] = R_TPR + 1, [P_TPT] = R_TPT + 1, [P_MPTC] = R_MPTC + 1, [P_BPTC] = R_BPTC + 1,
    [P_RXCSUM] = R_RXCSUM + 1, [P_MTA] = R_MTA + 1, [P_RAL] = R_RAL + 1, [P_VFTA] = R_VFTA + 1, [P_SWSM] = R_SWSM + 1,
    [P_FWSM] = R_FWSM + 1, [P_RSSRK] = R_RSSRK + 1, [P_VMRCTL] = R_MRCTL + 1, [P_VMRVLAN] = R_VMRVLAN + 1,
    [P_VMRVM] = R_VMRVM + 1, [P_UTA] = R_UTA + 1, [P_PVFGPRC] = R_PVFGPRC + 1, [P_PVFGPTC] = R_PVFGPTC + 1,
    [P_PVFGORC] = R_PVFGORC_LSB + 1, [P_PVFGOTC] = R_PVFGOTC_LSB + 1, [P_PVFMPRC] = R_PVFMPRC + 1,
};

static const uint16_t vf_shared[V_COUNT] = {
    [V_VTCTRL] = R_VFCTRL + 1, [V_VFMBMEM] = R_VFMBMEM + 1, [V_V2PMAILBOX] = R_VFMAILBOX + 1, [V_VFGPRC] = R_VFGPRC + 1,
    [V_VFGPTC] = R_VFGPTC + 1, [V_VFGORC] = R_VFGORC_LSB + 1, [V_VFGOTC] = R_VFGOTC_LSB + 1, [V_VFMPRC] = R_VFMPRC + 1,
    [V_VTFRTIMER] = R_VFFRTIMER + 1, [V_VTEICS] = R_VTEICS + 1, [V_VTEIMS] = R_VTEIMS + 1, [V_VTEIMC] = R_VTEIMC + 1,
    [V_VTEIAC] = R_VTEIAC + 1, [V_VTEIAM] = R_VTEIAM + 1, [V_VTEICR] = R_VTEICR + 1, [V_VTEITR] = R_VTEITR + 1,
    [V_VTIVAR] = R_VTIVAR + 1, [V_VTIVAR_MISC] = R_VTIVAR_MISC + 1,
};

/* The engine's number of queue q [82576 8.26.1]. */
static unsigned engine_queue(unsigned q) { return q % E1000_POOLS * 2 + q / E1000_POOLS; }

static void engine_write(struct nic82599 *n, int id, uint32_t i, uint32_t value)
{
    nic82599__pf_register_write(n, id, i, value);
}

/* ---- what registers of its own mean to the engine ---- */

static void receive_control(struct nic82599 *n)
{
    struct pf_registers *reg = &n->s.reg;
    const struct e1000_registers *own = &e1000_own(n)->reg;
    uint32_t rctl = own->RCTL, longest = rctl & E1000_RCTL_LPE ? own->RLPML : E1000_FRAME_DEFAULT;
    reg->FCTRL = (rctl & E1000_RCTL_BAM ? IXGBE_FCTRL_BAM : 0) | (rctl & E1000_RCTL_UPE ? IXGBE_FCTRL_UPE : 0) |
                 (rctl & E1000_RCTL_MPE ? IXGBE_FCTRL_MPE : 0);
    reg->VLNCTRL = 0x8100 | (rctl & E1000_RCTL_VFE ? IXGBE_VLNCTRL_VFE : 0);
    reg->MCSTCTRL = IXGBE_MCSTCTRL_MFE | (rctl >> E1000_RCTL_MO_SHIFT & IXGBE_MCSTCTRL_MO_MASK);
    reg->MAXFRS = (longest & 0x3fff) << IXGBE_MHADD_MFS_SHIFT;
    engine_write(n, R_RXCTRL, 0, rctl & E1000_RCTL_EN ? IXGBE_RXCTRL_RXEN : 0); /* and the switch looks at it all */
}

/* With pools an entry chooses among the two queues of one, without among all [igb_main.c igb_write_rss_indir_tbl]. */
static void redirection(struct nic82599 *n)
{
    for (unsigned i = 0; i < 32; i++) {
        uint32_t word = 0;
        for (unsigned b = 0; b < 32; b += 8) {
            uint32_t entry = e1000_own(n)->reg.RETA[i] >> b & 15;
            word |= (chip_is_virtual(n) ? entry >> E1000_RETA_POOL_SHIFT : engine_queue(entry)) << b;
        }
        n->s.reg.RETA[i] = word;
    }
}

void nic82576__pool_rss(struct nic82599 *n, unsigned pool)
{
    bool rss = e1000_own(n)->reg.VMOLR[pool % E1000_POOLS] & E1000_VMOLR_RSSE;
    n->s.reg.PSRTYPE[pool] = (uint32_t)rss << IXGBE_PSRTYPE_RQPL_SHIFT;
}

static void virtualization(struct nic82599 *n)
{
    const struct e1000_registers *own = &e1000_own(n)->reg;
    uint32_t mode = own->MRQC & E1000_MRQC_ENABLE_MASK, engine = 0;
    if (mode == E1000_MRQC_ENABLE_RSS_MQ)
        engine = IXGBE_MRQC_RSSEN;
    else if (mode == E1000_MRQC_ENABLE_VMDQ)
        engine = IXGBE_MRQC_VMDQEN;
    else if (mode == E1000_MRQC_ENABLE_VMDQ_RSS_MQ)
        engine = IXGBE_MRQC_VMDQRSS64EN;
    bool pools = engine == IXGBE_MRQC_VMDQEN || engine == IXGBE_MRQC_VMDQRSS64EN;
    n->s.reg.VT_CTL = pools ? IXGBE_VT_CTL_VT_ENABLE | (own->VT_CTL & (E1000_VT_CTL_DEFAULT_POOL_MASK |
                                                                     E1000_VT_CTL_DISABLE_DEF_POOL | E1000_VT_CTL_VM_REPL_EN))
                            : 0;
    engine_write(n, R_MRQC, 0, (own->MRQC & 0xffff0000) | engine);
    redirection(n);
    for (unsigned pool = 0; pool < E1000_POOLS; pool++)
        nic82576__pool_rss(n, pool);
}

static void transmit_switch(struct nic82599 *n, uint32_t value)
{
    engine_write(n, R_VMTXSW, 0, value >> E1000_DTXSWC_LLE_SHIFT & 0xff);
    engine_write(n, R_PFFLP, 0, value & E1000_DTXSWC_VMDQ_LOOPBACK_EN ? 0 : 0xff); /* [assumed: no register of its own] */
    engine_write(n, R_PFVFSPOOF, 0, value & E1000_DTXSWC_SPOOF_MASK);
    engine_write(n, R_PFDTXGSWC, 0, value & E1000_DTXSWC_VMDQ_LOOPBACK_EN ? IXGBE_PFDTXGSWC_VT_LBEN : 0);
}

static void drop_enable(struct nic82599 *n, uint32_t value)
{
    for (unsigned q = 0; q < E1000_QUEUES; q++)
        n->rxq[engine_queue(q)].drop_enable = value >> q & 1;
    nic82599__rx_drain(n);
}

/* Both words of an address take effect when the one with AV is written. */
static void address_high(struct nic82599 *n, uint32_t i, uint32_t value)
{
    n->s.reg.MPSAR_LO[i] = (value & E1000_RAH_POOL_MASK) >> E1000_RAH_POOL_SHIFT;
    engine_write(n, R_RAH, i, value & (E1000_RAH_AV | 0xffff));
}

static void vlan_filter(struct nic82599 *n, uint32_t i, uint32_t value)
{
    n->s.reg.VLVFB[2 * i] = value >> E1000_VLVF_POOLSEL_SHIFT & 0xff;
    engine_write(n, R_VLVF, i, value & (IXGBE_VLVF_VIEN | IXGBE_VLVF_VLANID_MASK));
}

static void hide_vlan(struct nic82599 *n, unsigned pool, uint32_t value)
{
    for (unsigned k = 0; k < 2; k++)
        n->rxq[2 * pool + k].hide_vlan = value & E1000_DVMOLR_HIDEVLAN;
    nic82599__switch_pool(n, pool);
}

static uint32_t *eitr_of(struct nic82599 *n, uint32_t i)
{
    uint32_t vf = 8 - (i + 2) / 3;
    return i && vf < n->nic.vf_count ? &n->fn[vf].s.intr.vector[(i + 2) % 3].eitr : &chip_pf(n)->s.intr.vector[i].eitr;
}

/* ---- other causes: ICR and IMS speak through one vector [igb_main.c igb_msix_other] ---- */

static void raise_other(struct nic82599 *n, uint32_t causes)
{
    uint32_t ivar = e1000_own(n)->reg.IVAR_MISC >> 8 & 0xff;
    if ((causes & e1000_own(n)->ims) && (ivar & E1000_IVAR_VALID) && (ivar & 0x1f) < E1000_VECTORS)
        nic82599__intr_set(chip_pf(n), 1u << (ivar & 0x1f));
}

static void set_other(struct nic82599 *n, uint32_t causes)
{
    e1000_own(n)->icr |= causes & E1000_ICR_KNOWN;
    raise_other(n, causes & E1000_ICR_KNOWN);
}

void nic82576__pf_cause(struct nic82599 *n, uint32_t cause)
{
    set_other(n, (cause & IXGBE_EICR_MAILBOX ? E1000_ICR_VMMB : 0) | (cause & IXGBE_EICR_LSC ? E1000_ICR_LSC : 0));
}

/* ---- queues ---- */

/* 82576: SRRCTL at 0x0c and DCA control at 0x14 of a receive queue; the engine has them as the 82599, the other way round. */
static uint32_t engine_field(uint32_t field, bool tx)
{
    enum { FIRST = 0x0c, SECOND = 0x14 };
    if (field == SECOND)
        return FIRST;
    return field == FIRST && !tx ? SECOND : field;
}

enum { ENGINE_SRRCTL = 0x14, ENGINE_RXDCTL = 0x28 };

/* SRRCTL's drop enable is another bit here, and stripping is not a queue's matter. */
uint32_t nic82576__rx_value(uint32_t field, uint32_t value, bool write)
{
    if (field == ENGINE_RXDCTL)
        return value & ~IXGBE_RXDCTL_VME;
    if (field != ENGINE_SRRCTL)
        return value;
    if (!write)
        return (value & ~IXGBE_SRRCTL_DROP_EN) | (value & IXGBE_SRRCTL_DROP_EN ? E1000_SRRCTL_DROP_EN : 0);
    uint32_t kb = value & E1000_SRRCTL_BSIZEPKT_MASK;
    return (value & (IXGBE_SRRCTL_BSIZEHDR_MASK | IXGBE_SRRCTL_DESCTYPE_MASK)) |
           (kb < IXGBE_SRRCTL_BSIZEPKT_MASK ? kb : IXGBE_SRRCTL_BSIZEPKT_MASK) |
           (value & E1000_SRRCTL_DROP_EN ? IXGBE_SRRCTL_DROP_EN : 0);
}

/* `off` in a block of ring registers: 16 queues at 0xc000 and 0xe000, the first four also at 0x2800 and 0x3800, where a VF
 * has its own two. */
bool nic82576__queue_block(const struct function *fn, uint32_t off, struct queue_place *at)
{
    bool low = (off >= 0x2800 && off < 0x2c00) || (off >= 0x3800 && off < 0x3c00);
    if (!low && !(off >= 0xc000 && off < 0xc400) && !(off >= 0xe000 && off < 0xe400))
        return false;
    unsigned queue = low ? (off & 0x3ff) / 0x100 : (off & 0x3ff) / 0x40;
    at->tx = off >= 0xe000 || (off >= 0x3800 && off < 0x3c00);
    at->queue = fn->vf == FN_PF ? engine_queue(queue) : 2 * fn->pool + queue;
    at->field = engine_field(low ? off & 0xff : off & 0x3f, at->tx);
    return true;
}

/* ---- PF ---- */

static uint32_t link_status(const struct nic82599 *n)
{
    return (port_link_is_up(&n->nic.uplink) ? E1000_STATUS_LU : 0) | E1000_STATUS_FD | E1000_STATUS_SPEED_1000;
}

static uint32_t status(const struct nic82599 *n)
{
    uint32_t live = pci_function_vfs(n->nic.pf); /* of the VFs that VF Enable has made */
    uint32_t vfs = live ? live << E1000_STATUS_NUM_VFS_SHIFT | E1000_STATUS_IOV_MODE : 0;
    return vfs | link_status(n) | E1000_STATUS_GIO_MASTER_ENABLE;
}

static uint32_t queue_dropped(struct nic82599 *n, unsigned queue)
{
    uint64_t total = n->rxq[queue].no_descriptor, *read_at = &e1000_own(n)->rqdpc_read[queue];
    uint32_t since = (uint32_t)(total - *read_at);
    *read_at = total;
    return since;
}

static uint32_t take(uint32_t *word)
{
    uint32_t value = *word;
    *word = 0;
    return value;
}

uint32_t nic82576__pf_read(struct nic82599 *n, int id, uint32_t i)
{
    struct e1000_own *own = e1000_own(n);
    if (pf_shared[id])
        return nic82599__pf_register_read(n, pf_shared[id] - 1, i);
    switch (id) {
    case P_STATUS: return status(n);
    case P_ICR: return take(&own->icr);
    case P_IMS: return own->ims;
    case P_VFLRE: return (uint32_t)n->s.flr_pending;
    case P_EITR: return *eitr_of(n, i);
    case P_RDFH: return n->rxb.rd_units * (IXGBE_PB_UNIT / E1000_FIFO_UNIT) % E1000_FIFO_WRAP;
    case P_RDFT: return n->rxb.wr_units * (IXGBE_PB_UNIT / E1000_FIFO_UNIT) % E1000_FIFO_WRAP;
    case P_TDFH: return n->txb.rd_units * (IXGBE_PB_UNIT / E1000_FIFO_UNIT) % E1000_FIFO_WRAP;
    case P_TDFT: return n->txb.wr_units * (IXGBE_PB_UNIT / E1000_FIFO_UNIT) % E1000_FIFO_WRAP;
    case P_WVBR: return take(&own->reg.WVBR);
    case P_GORCL: case P_GORCH: return nic82599__take_octets(n->s.rx_bytes, &own->octets_rx, id == P_GORCH);
    case P_GOTCL: case P_GOTCH: return nic82599__take_octets(n->s.tx_bytes, &own->octets_tx, id == P_GOTCH);
    case P_RAL_HIGH: return n->s.reg.RAL[16 + i];
    case P_RAH: return n->s.reg.RAH[i] | n->s.reg.MPSAR_LO[i] << E1000_RAH_POOL_SHIFT;
    case P_RAH_HIGH: return n->s.reg.RAH[16 + i] | n->s.reg.MPSAR_LO[16 + i] << E1000_RAH_POOL_SHIFT;
    case P_RQDPC: case P_RQDPC_A: return queue_dropped(n, engine_queue(i));
    default: break;
    }
    return nic82576__pf_reg[id].access == ACCESS_WO ? 0 : ((const uint32_t *)&own->reg)[nic82576__pf_reg[id].slot + i];
}

static void device_control(struct nic82599 *n, uint32_t value)
{
    if (value & E1000_CTRL_RST)
        nic82599__reset_chip(n);
    else
        e1000_own(n)->reg.CTRL = value;
}

/* What has an effect beyond the word that is kept; true: nothing is kept. */
static bool pf_write_alone(struct nic82599 *n, int id, uint32_t i, uint32_t value)
{
    struct e1000_own *own = e1000_own(n);
    switch (id) {
    case P_CTRL: device_control(n, value); return true;
    case P_ICR: own->icr &= ~value; return true;
    case P_ICS: set_other(n, value); return true;
    case P_IMS: own->ims |= value & E1000_ICR_KNOWN; raise_other(n, own->icr); return true;
    case P_IMC: own->ims &= ~value; return true;
    case P_VFLRE: n->s.flr_pending &= ~(uint64_t)value; return true;
    case P_EITR: *eitr_of(n, i) = value & ~E1000_EITR_CNT_IGNR; return true;
    case P_RAL_HIGH: engine_write(n, R_RAL, 16 + i, value); return true;
    case P_RAH: address_high(n, i, value); return true;
    case P_RAH_HIGH: address_high(n, 16 + i, value); return true;
    default: return false;
    }
}

void nic82576__pf_write(struct nic82599 *n, int id, uint32_t i, uint32_t value)
{
    struct e1000_registers *own = &e1000_own(n)->reg;
    if (nic82576__pf_reg[id].access == ACCESS_RO)
        return; /* also where the 82599's may be written */
    if (pf_shared[id]) {
        engine_write(n, pf_shared[id] - 1, i, value);
        return;
    }
    if (pf_write_alone(n, id, i, value) || nic82576__pf_reg[id].access != ACCESS_RW)
        return;
    ((uint32_t *)own)[nic82576__pf_reg[id].slot + i] = value;
    switch (id) {
    case P_RCTL: case P_RLPML: receive_control(n); return;
    case P_TCTL: engine_write(n, R_DMATXCTL, 0, value & E1000_TCTL_EN ? IXGBE_DMATXCTL_TE : 0); return;
    case P_QDE: drop_enable(n, value); return;
    case P_DTXSWC: transmit_switch(n, value); return;
    case P_RTTDQSEL: engine_write(n, R_RTTDQSEL, 0, engine_queue(value % E1000_QUEUES)); return;
    case P_MRQC: case P_VT_CTL: virtualization(n); return;
    case P_RETA: redirection(n); return;
    case P_VMOLR:
        engine_write(n, R_VMOLR, i, value & E1000_VMOLR_ACCEPT_MASK);
        nic82576__pool_rss(n, i);
        return;
    case P_VLVF: vlan_filter(n, i, value); return;
    case P_DVMOLR: hide_vlan(n, i, value); return;
    default: return; /* stored */
    }
}

/* ---- VF ---- */

uint32_t nic82576__vf_read(struct function *fn, int id, uint32_t i)
{
    if (id == V_VTSTATUS)
        return link_status(fn->chip);
    return vf_shared[id] ? nic82599__vf_register_read(fn, vf_shared[id] - 1, i) : 0;
}

void nic82576__vf_write(struct function *fn, int id, uint32_t i, uint32_t value)
{
    if (vf_shared[id] && nic82576__vf_reg[id].access != ACCESS_RO)
        nic82599__vf_register_write(fn, vf_shared[id] - 1, i, value);
}

/* ---- reset ---- */

void nic82576__decode_reset(struct nic82599 *n)
{
    struct e1000_own *own = e1000_own(n);
    for (unsigned id = 0; id < P_COUNT; id++)
        for (uint32_t i = 0; i < nic82576__pf_reg[id].count; i++)
            ((uint32_t *)&own->reg)[nic82576__pf_reg[id].slot + i] = nic82576__pf_reg[id].reset;
    receive_control(n);
    virtualization(n);
}
