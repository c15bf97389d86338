/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The 82576's register maps. Many registers are control words of the engine; the others are kept as written in struct e1000_own
 * and told to the engine as rules and words by the functions below, each for one or a few registers.
 */
#include "nic/82576/nic82576__.h"

#define MAP_STRUCT e1000_registers
const struct intel_register nic82576__pf_registers[PF_COUNT] = {E1000_PF_REGISTERS(MAP_LINE_ONE, MAP_LINE_MANY)};
#undef MAP_STRUCT
#define MAP_STRUCT e1000_vf_registers
const struct intel_register nic82576__vf_registers[VF_COUNT] = {E1000_VF_REGISTERS(MAP_LINE_ONE, MAP_LINE_MANY)};
#undef MAP_STRUCT

const struct nic_reg nic82576__regs[PF_COUNT + VF_COUNT] = {
#define MAP_FUNCTION "PF"
    E1000_PF_REGISTERS(MAP_SHOW_ONE, MAP_SHOW_MANY)
#undef MAP_FUNCTION
#define MAP_FUNCTION "VF"
    E1000_VF_REGISTERS(MAP_SHOW_ONE, MAP_SHOW_MANY)
#undef MAP_FUNCTION
};

#define SAME(name) [PF_##name] = {WORD_##name, 0}
const struct intel_alias nic82576__pf_words[PF_COUNT] = {
    SAME(VFRE), SAME(VFTE), SAME(FRTIMER), SAME(GPIE), SAME(EICS), SAME(EIMS), SAME(EIMC), SAME(EIAC), SAME(EIAM), SAME(EICR),
    SAME(RTTBCNRC), SAME(VMVIR), SAME(CRCERRS), SAME(MPC), SAME(RLEC), SAME(GPRC), SAME(BPRC), SAME(MPRC), SAME(GPTC),
    SAME(GORCL), SAME(GORCH), SAME(GOTCL), SAME(GOTCH), SAME(ROC), SAME(TPR), SAME(TPT), SAME(MPTC), SAME(BPTC), SAME(RXCSUM),
    SAME(MTA), SAME(RAL), SAME(VFTA), SAME(RSSRK), SAME(VMRVLAN), SAME(VMRVM), SAME(UTA), SAME(PVFGPRC), SAME(PVFGPTC),
    SAME(PVFMPRC), [PF_VMBMEM] = {WORD_PFMBMEM, 0}, [PF_P2VMAILBOX] = {WORD_PFMAILBOX, 0}, [PF_MBVFICR] = {WORD_MBICR, 0},
    [PF_IVAR0] = {WORD_IVAR, 0}, [PF_RAL_HIGH] = {WORD_RAL, 16}, [PF_VMRCTL] = {WORD_MRCTL, 0},
    [PF_PVFGORC] = {WORD_PVFGORC_LSB, 0}, [PF_PVFGOTC] = {WORD_PVFGOTC_LSB, 0},
};
#undef SAME

const struct intel_alias nic82576__vf_words[VF_COUNT] = {
    [VF_VTCTRL] = {VF_WORD_RESET, 0}, [VF_VFMBMEM] = {VF_WORD_MBMEM, 0}, [VF_V2PMAILBOX] = {VF_WORD_MAILBOX, 0},
    [VF_VFGPRC] = {VF_WORD_GPRC, 0}, [VF_VFGPTC] = {VF_WORD_GPTC, 0}, [VF_VFGORC] = {VF_WORD_GORC_LSB, 0},
    [VF_VFGOTC] = {VF_WORD_GOTC_LSB, 0}, [VF_VFMPRC] = {VF_WORD_MPRC, 0}, [VF_VTFRTIMER] = {VF_WORD_FRTIMER, 0},
    [VF_VTEICS] = {VF_WORD_EICS, 0}, [VF_VTEIMS] = {VF_WORD_EIMS, 0}, [VF_VTEIMC] = {VF_WORD_EIMC, 0},
    [VF_VTEIAC] = {VF_WORD_EIAC, 0}, [VF_VTEIAM] = {VF_WORD_EIAM, 0}, [VF_VTEICR] = {VF_WORD_EICR, 0},
    [VF_VTEITR] = {VF_WORD_EITR, 0}, [VF_VTIVAR] = {VF_WORD_IVAR, 0}, [VF_VTIVAR_MISC] = {VF_WORD_IVAR_MISC, 0},
};

/* The engine's number of queue q [82576 8.26.1]. */
static unsigned engine_queue(unsigned q) { return q % E1000_POOLS * 2 + q / E1000_POOLS; }

/* ---- what registers of its own mean to the engine ---- */

static void receive_rules(struct intel_chip *n)
{
    const struct e1000_registers *own = &e1000_own(n)->reg;
    struct intel_rules *r = &n->rules;
    uint32_t rctl = own->RCTL, longest = rctl & E1000_RCTL_LPE ? own->RLPML : E1000_FRAME_DEFAULT;
    r->accepts_broadcast = rctl & E1000_RCTL_BAM;
    r->takes_all_unicast = rctl & E1000_RCTL_UPE;
    r->takes_all_multicast = rctl & E1000_RCTL_MPE;
    r->filters_vlans = rctl & E1000_RCTL_VFE;
    r->filters_multicast = true;
    r->hash_shift = rctl >> E1000_RCTL_MO_SHIFT & 3;
    r->frame_max = longest & 0x3fff;
    r->receives = rctl & E1000_RCTL_EN;
}

/* With pools an entry chooses among the two queues of one, without among all [igb_main.c igb_write_rss_indir_tbl]. */
static void redirection(struct intel_chip *n)
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

void nic82576__pool_rss(struct intel_chip *n, unsigned pool)
{
    bool rss = e1000_own(n)->reg.VMOLR[pool % E1000_POOLS] & E1000_VMOLR_RSSE;
    n->s.reg.PSRTYPE[pool] = (uint32_t)rss << INTEL_PSRTYPE_RQPL_SHIFT;
}

static void pool_rules(struct intel_chip *n)
{
    const struct e1000_registers *own = &e1000_own(n)->reg;
    struct intel_rules *r = &n->rules;
    uint32_t mode = own->MRQC & E1000_MRQC_ENABLE_MASK;
    bool pools_rss = mode == E1000_MRQC_ENABLE_VMDQ_RSS_MQ;
    r->is_virtual = mode == E1000_MRQC_ENABLE_VMDQ || pools_rss;
    r->replicates = own->VT_CTL & E1000_VT_CTL_VM_REPL_EN;
    r->has_default = !(own->VT_CTL & E1000_VT_CTL_DISABLE_DEF_POOL);
    r->default_pool = (own->VT_CTL & E1000_VT_CTL_DEFAULT_POOL_MASK) >> E1000_VT_CTL_DEFAULT_POOL_SHIFT;
    r->spread = mode == E1000_MRQC_ENABLE_RSS_MQ ? INTEL_SPREAD_ALL : pools_rss ? INTEL_SPREAD_POOLS : INTEL_SPREAD_NOT;
    r->hash_fields = own->MRQC;
}

static void virtualization(struct intel_chip *n)
{
    pool_rules(n);
    intel_switch_all(n);
    redirection(n);
    for (unsigned pool = 0; pool < E1000_POOLS; pool++)
        nic82576__pool_rss(n, pool);
}

static void transmit_switch(struct intel_chip *n, uint32_t value)
{
    bool loops_back = value & E1000_DTXSWC_VMDQ_LOOPBACK_EN;
    intel_word_write(n, WORD_VMTXSW, 0, value >> E1000_DTXSWC_LLE_SHIFT & 0xff);
    intel_word_write(n, WORD_PFFLP, 0, loops_back ? 0 : 0xff); /* [assumed: no register of its own] */
    intel_word_write(n, WORD_PFVFSPOOF, 0, value & E1000_DTXSWC_SPOOF_MASK);
    n->rules.loops_back = loops_back;
    intel_switch_tables(n);
}

static void drop_enable(struct intel_chip *n, uint32_t value)
{
    for (unsigned q = 0; q < E1000_QUEUES; q++)
        n->rxq[engine_queue(q)].drop_enable = value >> q & 1;
    intel_rx_drain(n);
}

/* Both words of an address take effect when the one with AV is written. */
static void address_high(struct intel_chip *n, uint32_t i, uint32_t value)
{
    n->s.reg.MPSAR_LO[i] = (value & E1000_RAH_POOL_MASK) >> E1000_RAH_POOL_SHIFT;
    intel_word_write(n, WORD_RAH, i, value & (E1000_RAH_AV | 0xffff));
}

static void vlan_filter(struct intel_chip *n, uint32_t i, uint32_t value)
{
    n->s.reg.VLVFB[2 * i] = value >> E1000_VLVF_POOLSEL_SHIFT & 0xff;
    intel_word_write(n, WORD_VLVF, i, value & (INTEL_VLVF_VIEN | INTEL_VLVF_VLANID_MASK));
}

static void hide_vlan(struct intel_chip *n, unsigned pool, uint32_t value)
{
    for (unsigned k = 0; k < 2; k++)
        n->rxq[2 * pool + k].hide_vlan = value & E1000_DVMOLR_HIDEVLAN;
    intel_switch_pool(n, pool);
}

/* Whose the throttle register `i` is. */
static struct vector *eitr_of(struct intel_chip *n, uint32_t i)
{
    uint32_t vf = 8 - (i + 2) / 3;
    return i && vf < n->nic.vf_count ? &n->fn[vf].s.intr.vector[(i + 2) % 3] : &chip_pf(n)->s.intr.vector[i];
}

/* ---- other causes: ICR and IMS speak through one vector [igb_main.c igb_msix_other] ---- */

static void raise_other(struct intel_chip *n, uint32_t causes)
{
    uint32_t ivar = e1000_own(n)->reg.IVAR_MISC >> 8 & 0xff;
    if ((causes & e1000_own(n)->ims) && (ivar & E1000_IVAR_VALID) && (ivar & 0x1f) < E1000_VECTORS)
        intel_intr_set(chip_pf(n), 1u << (ivar & 0x1f));
}

static void set_other(struct intel_chip *n, uint32_t causes)
{
    e1000_own(n)->icr |= causes & E1000_ICR_KNOWN;
    raise_other(n, causes & E1000_ICR_KNOWN);
}

void nic82576__pf_cause(struct intel_chip *n, enum intel_cause cause)
{
    set_other(n, cause == INTEL_CAUSE_LINK ? E1000_ICR_LSC : E1000_ICR_VMMB);
}

/* ---- queues ---- */

/* SRRCTL at 0x0c and DCA control at 0x14 of a receive queue; the engine has them the other way round. */
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
        return value & ~INTEL_RXDCTL_VME;
    if (field != ENGINE_SRRCTL)
        return value;
    if (!write)
        return (value & ~INTEL_SRRCTL_DROP_EN) | (value & INTEL_SRRCTL_DROP_EN ? E1000_SRRCTL_DROP_EN : 0);
    uint32_t kb = value & E1000_SRRCTL_BSIZEPKT_MASK;
    return (value & (E1000_SRRCTL_BSIZEHDR_MASK | INTEL_SRRCTL_DESCTYPE_MASK)) |
           (kb < INTEL_SRRCTL_BSIZEPKT_MASK ? kb : INTEL_SRRCTL_BSIZEPKT_MASK) |
           (value & E1000_SRRCTL_DROP_EN ? INTEL_SRRCTL_DROP_EN : 0);
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

static uint32_t link_status(const struct intel_chip *n)
{
    return (port_link_is_up(&n->nic.uplink) ? E1000_STATUS_LU : 0) | E1000_STATUS_FD | E1000_STATUS_SPEED_1000;
}

static uint32_t status(const struct intel_chip *n)
{
    uint32_t live = pci_function_vfs(n->nic.pf); /* of the VFs that VF Enable has made */
    uint32_t vfs = live ? live << E1000_STATUS_NUM_VFS_SHIFT | E1000_STATUS_IOV_MODE : 0;
    bool masters = !(e1000_own(n)->reg.CTRL & E1000_CTRL_GIO_MASTER_DISABLE);
    return vfs | link_status(n) | (masters ? E1000_STATUS_GIO_MASTER_ENABLE : 0);
}

static uint32_t queue_dropped(struct intel_chip *n, unsigned queue)
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

uint32_t nic82576__pf_read(struct intel_chip *n, int id, uint32_t i)
{
    struct e1000_own *own = e1000_own(n);
    switch (id) {
    case PF_STATUS: return status(n);
    case PF_SWSM: return nic82576__take_semaphore(n);
    case PF_ICR: return take(&own->icr);
    case PF_IMS: return own->ims;
    case PF_VFLRE: return (uint32_t)n->s.flr_pending;
    case PF_EITR: return eitr_of(n, i)->eitr;
    case PF_RDFH: return n->rxb.rd_units * (PACKET_UNIT / E1000_FIFO_UNIT) % E1000_FIFO_WRAP;
    case PF_RDFT: return n->rxb.wr_units * (PACKET_UNIT / E1000_FIFO_UNIT) % E1000_FIFO_WRAP;
    case PF_TDFH: return n->txb.rd_units * (PACKET_UNIT / E1000_FIFO_UNIT) % E1000_FIFO_WRAP;
    case PF_TDFT: return n->txb.wr_units * (PACKET_UNIT / E1000_FIFO_UNIT) % E1000_FIFO_WRAP;
    case PF_WVBR: return take(&own->reg.WVBR);
    case PF_RAH: return n->s.reg.RAH[i] | n->s.reg.MPSAR_LO[i] << E1000_RAH_POOL_SHIFT;
    case PF_RAH_HIGH: return n->s.reg.RAH[16 + i] | n->s.reg.MPSAR_LO[16 + i] << E1000_RAH_POOL_SHIFT;
    case PF_RQDPC: case PF_RQDPC_A: return queue_dropped(n, engine_queue(i));
    default: return intel_pf_register_read(n, id, i);
    }
}

static void device_control(struct intel_chip *n, uint32_t value)
{
    if (value & E1000_CTRL_RST)
        intel_reset_chip(n);
    else
        e1000_own(n)->reg.CTRL = value;
}

/* What has an effect beyond the word that is kept; true: nothing is kept. */
static bool pf_write_alone(struct intel_chip *n, int id, uint32_t i, uint32_t value)
{
    struct e1000_own *own = e1000_own(n);
    switch (id) {
    case PF_CTRL: device_control(n, value); return true;
    case PF_ICR: own->icr &= ~value; return true;
    case PF_ICS: set_other(n, value); return true;
    case PF_IMS: own->ims |= value & E1000_ICR_KNOWN; raise_other(n, own->icr); return true;
    case PF_IMC: own->ims &= ~value; return true;
    case PF_VFLRE: n->s.flr_pending &= ~(uint64_t)value; return true;
    case PF_EITR: eitr_of(n, i)->eitr = value & ~E1000_EITR_CNT_IGNR; return true;
    case PF_RAH: address_high(n, i, value); return true;
    case PF_RAH_HIGH: address_high(n, 16 + i, value); return true;
    default: return nic82576__board_write(n, id, value);
    }
}

/* A register of its own has its new value: what follows. */
static void changed(struct intel_chip *n, int id, uint32_t i, uint32_t value)
{
    switch (id) {
    case PF_CTRL_EXT: intel_pf_ready(n, value & E1000_CTRL_EXT_PFRSTD); return;
    case PF_RCTL: case PF_RLPML:
        receive_rules(n);
        intel_switch_all(n);
        return;
    case PF_TCTL:
        n->rules.transmits = value & E1000_TCTL_EN;
        intel_transmit_changed(n);
        return;
    case PF_QDE: drop_enable(n, value); return;
    case PF_DTXSWC: transmit_switch(n, value); return;
    case PF_RTTDQSEL: n->rules.rate_queue = engine_queue(value % E1000_QUEUES); return;
    case PF_MRQC: case PF_VT_CTL: virtualization(n); return;
    case PF_RETA: redirection(n); return;
    case PF_VMOLR:
        intel_word_write(n, WORD_VMOLR, i, value & E1000_VMOLR_ACCEPT_MASK);
        nic82576__pool_rss(n, i);
        return;
    case PF_VLVF: vlan_filter(n, i, value); return;
    case PF_DVMOLR: hide_vlan(n, i, value); return;
    default: return; /* stored, or a word of the engine's */
    }
}

void nic82576__pf_write(struct intel_chip *n, int id, uint32_t i, uint32_t value)
{
    if (nic82576__pf_registers[id].access == ACCESS_RO || pf_write_alone(n, id, i, value))
        return;
    intel_pf_register_write(n, id, i, value);
    changed(n, id, i, value);
}

/* ---- VF ---- */

uint32_t nic82576__vf_read(struct function *fn, int id, uint32_t i)
{
    return id == VF_VTSTATUS ? link_status(fn->chip) : intel_vf_register_read(fn, id, i);
}

void nic82576__vf_write(struct function *fn, int id, uint32_t i, uint32_t value) { intel_vf_register_write(fn, id, i, value); }

/* ---- reset ---- */

void nic82576__decode_reset(struct intel_chip *n)
{
    redirection(n);
    nic82576__board_reset(n);
}

void nic82576__rules(struct intel_chip *n)
{
    const struct e1000_registers *own = &e1000_own(n)->reg;
    receive_rules(n);
    pool_rules(n);
    n->rules.transmits = own->TCTL & E1000_TCTL_EN;
    n->rules.loops_back = own->DTXSWC & E1000_DTXSWC_VMDQ_LOOPBACK_EN;
    n->rules.rate_queue = engine_queue(own->RTTDQSEL % E1000_QUEUES);
    n->rules.pf_is_ready = own->CTRL_EXT & E1000_CTRL_EXT_PFRSTD;
    n->rules.tx_bytes_max = E1000_TX_BYTES_MAX;
}
