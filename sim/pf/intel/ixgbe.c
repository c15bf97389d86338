/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which operation is which routine, of every chip; and the 82599's bring-up [82599 4.6.3, 4.6.10.1]. */
#include "pf/pf__.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CONFIG_COMMAND = 0x04, COMMAND_MEMORY_MASTER = 0x06, EXT_CAP_SRIOV = 0x10, SRIOV_CONTROL = 0x08, SRIOV_NUM_VFS = 0x10,
       SRIOV_VF_ENABLE = 1 << 0, SRIOV_VF_MSE = 1 << 3, SRIOV_ARI = 1 << 4 };
#define MSI_ADDRESS UINT64_C(0xfee00000)

void pf__config_space(struct pf *pf)
{
    struct pci_function *fn = pf->nic->pf;
    pci_config_write(fn, CONFIG_COMMAND, 2, COMMAND_MEMORY_MASTER);
    for (unsigned v = 0; v <= pf->channels_max; v++) /* a vector a channel, and MISC */
        pci_msix_program(fn, v, MSI_ADDRESS, v, false);
    pci_msix_enable(fn, true);
    uint16_t sriov = pci_find_ext_capability(fn, EXT_CAP_SRIOV);
    if (!sriov || (pci_config_read(fn, sriov + SRIOV_CONTROL, 2) & SRIOV_VF_ENABLE))
        return; /* a reset of the chip by its driver leaves config space as it is */
    pci_config_write(fn, sriov + SRIOV_NUM_VFS, 2, pf->s.num_vfs);
    pci_config_write(fn, sriov + SRIOV_CONTROL, 2, SRIOV_ARI | (pf->s.num_vfs ? SRIOV_VF_ENABLE | SRIOV_VF_MSE : 0));
}

/* Pools and the switch: replication on, loopback on, what matches no pool goes to the PF [82599 4.6.10.1.1]. */
static void virtualization(struct pf *pf)
{
    unsigned pool = pf__pool(pf), half = pool / 32;
    uint32_t bit = 1u << (pool % 32);
    pf__write(pf, IXGBE_VT_CTL, IXGBE_VT_CTL_VT_ENABLE | IXGBE_VT_CTL_REPLEN | pool << IXGBE_VT_CTL_POOL_SHIFT |
                                 (pf->own_vf ? IXGBE_VT_CTL_DIS_DEFPL : 0));
    bool four = pf->queues == 4;
    pf__write(pf, IXGBE_MRQC, four ? IXGBE_MRQC_VMDQRSS32EN : IXGBE_MRQC_VMDQEN);
    pf__write(pf, IXGBE_MTQC, IXGBE_MTQC_VT_ENA | (four ? IXGBE_MTQC_32VF : IXGBE_MTQC_64VF));
    pf__write(pf, IXGBE_GCR_EXT, IXGBE_GCR_EXT_MSIX_EN | (four ? IXGBE_GCR_EXT_VT_MODE_32 : IXGBE_GCR_EXT_VT_MODE_64));
    pf__write(pf, IXGBE_PFDTXGSWC, IXGBE_PFDTXGSWC_VT_LBEN);
    pf__write(pf, IXGBE_VMOLR(pool), IXGBE_VMOLR_AUPE | IXGBE_VMOLR_BAM | IXGBE_VMOLR_ROMPE | IXGBE_VMOLR_MPE);
    pf__write(pf, half ? IXGBE_MPSAR_HI(0) : IXGBE_MPSAR_LO(0), bit);
    pf->s.receive_enable[half] = pf->s.transmit_enable[half] = bit;
    pf__write(pf, IXGBE_VFRE(half), bit);
    pf__write(pf, IXGBE_VFTE(half), bit);
    pf__ixgbe_hw_stats(pf);
}

/* Every VLAN passes the VLAN table; which pools take it is the VLVF entries' matter, and the default pool takes the rest. */
static void vlans(struct pf *pf)
{
    for (unsigned i = 0; i < 128; i++)
        pf__write(pf, IXGBE_VFTA(i), 0xffffffff);
    pf__write(pf, IXGBE_VLNCTRL, IXGBE_VLNCTRL_VFE | 0x8100);
}

static void interrupts(struct pf *pf)
{
    unsigned queue = pf__queue(pf);
    uint32_t data = IXGBE_IVAR_ALLOC_VAL | PF_VECTOR_DATA, shift = queue % 2 ? 16 : 0;
    pf__write(pf, IXGBE_GPIE, IXGBE_GPIE_MSIX_MODE | IXGBE_GPIE_EIAME | IXGBE_GPIE_PBA_SUPPORT);
    if (!pf->own_vf)
        pf__write(pf, IXGBE_IVAR(queue / 2), (data | data << 8) << shift);
    pf__write(pf, IXGBE_IVAR_MISC, IXGBE_IVAR_ALLOC_VAL | PF_VECTOR_MISC);
    pf__write(pf, IXGBE_EITR(PF_VECTOR_DATA), pf->s.eitr_count << IXGBE_EITR_INTERVAL_SHIFT);
    pf__write(pf, IXGBE_EIAC, 1u << PF_VECTOR_DATA);
    pf__write(pf, IXGBE_EIAM, 1u << PF_VECTOR_DATA | IXGBE_EICR_MAILBOX | IXGBE_EICR_LSC);
    pf__write(pf, IXGBE_EIMS, 1u << PF_VECTOR_DATA | (pf__is_sriov(pf) ? IXGBE_EICR_MAILBOX | IXGBE_EICR_LSC : 0));
}

int pf__own_address(struct pf *pf, struct pf_op *op, uint32_t low, uint32_t high)
{
    struct pf_filter *f = &pf->s.filter[0];
    OP_BEGIN(op->sub_place)
    WAIT_READ(op->sub_place, 1, low);
    for (unsigned b = 0; b < 4; b++)
        f->mac[b] = (uint8_t)(pf->s.value >> (8 * b));
    WAIT_READ(op->sub_place, 2, high);
    f->mac[4] = (uint8_t)pf->s.value;
    f->mac[5] = (uint8_t)(pf->s.value >> 8);
    f->valid = true;
    f->pools = UINT64_C(1) << pf__pool(pf);
    OP_END
    op->sub_place = 0;
    return 0;
}

static int start(struct pf *pf, struct pf_op *op)
{
    int status = 0;
    OP_BEGIN(op->place)
    pf__config_space(pf);
    pf->s.max_frame = 1518;
    pf->s.link_up = true; /* until the chip says otherwise */
    pf__write(pf, IXGBE_MCSTCTRL, IXGBE_MCSTCTRL_MFE);
    if (pf__is_sriov(pf))
        virtualization(pf);
    pf__write(pf, IXGBE_FCTRL, IXGBE_FCTRL_BAM | IXGBE_FCTRL_UPE | IXGBE_FCTRL_MPE); /* a switch's uplink hears all */
    interrupts(pf);
    if (pf->own_vf)
        WAIT_FOR(op->place, 1, status, pf__own_up(pf, op));
    pf__ixgbe_data_start(pf);
    pf->s.tx_stopped = false;
    pf__write(pf, IXGBE_RXCTRL, IXGBE_RXCTRL_RXEN);
    pf__write(pf, IXGBE_DMATXCTL, IXGBE_DMATXCTL_TE | 0x81000000);
    if (pf__is_sriov(pf))
        vlans(pf);
    WAIT_FOR(op->place, 2, status, pf__own_address(pf, op, IXGBE_RAL(0), IXGBE_RAH(0)));
    pf__write(pf, IXGBE_CTRL_EXT, IXGBE_CTRL_EXT_PFRSTD | IXGBE_CTRL_EXT_DRV_LOAD); /* VFs may come [82599 4.2.2.2] */
    OP_END
    return status;
}

/* Operations that are over without a wait of their own. */
static int add_mac_filter(struct pf *pf, const struct pf_op *op)
{
    uint64_t own = UINT64_C(1) << pf__pool(pf);
    int i = pf__ixgbe_filter_find(pf, op->args.mac, own);
    if (i >= 0 && op->admin)
        return -EEXIST; /* [net/core/rtnetlink.c ndo_dflt_fdb_add; dev_uc_add_excl] */
    if (i >= 0) { /* another machine's as well */
        pf->s.filter[i].users++;
        return 0;
    }
    if (mac_is_multicast(op->args.mac))
        return -EINVAL;
    i = pf__ixgbe_filter_add(pf, op->args.mac, own);
    return i < 0 ? i : 0;
}

static int del_mac_filter(struct pf *pf, const struct pf_args *args)
{
    uint64_t own = UINT64_C(1) << pf__pool(pf);
    int i = pf__ixgbe_filter_find(pf, args->mac, own);
    if (i < 0 || (i == 0 && !pf->s.filter[0].users)) /* entry 0 is the PF's own address */
        return -EINVAL;
    if (i == 0 || pf->s.filter[i].users > 1)
        pf->s.filter[i].users--;
    else
        pf__ixgbe_filter_drop(pf, (unsigned)i, own);
    return 0;
}

/* The PF hears what comes from the network and what goes there; what VFs say to each other no rule of the chip shows but that of a
 * VLAN. Without VFs it hears all anyway. */
static int mirror_all(struct pf *pf, bool enable)
{
    enum { RULE = 3 }; /* of four; an operator's rules begin at 0 */
    uint64_t vfs = (UINT64_C(1) << pf__vfs(pf)) - 1;
    const struct pf_hw *hw = pf__hw(pf);
    pf__write(pf, hw->vmrvm + 4 * RULE, (uint32_t)vfs);
    if (hw->two_words)
        pf__write(pf, hw->vmrvm + 4 * (RULE + 4), (uint32_t)(vfs >> 32));
    pf__write(pf, hw->mrctl + 4 * RULE,
              enable ? IXGBE_MRCTL_VPME | IXGBE_MRCTL_UPME | IXGBE_MRCTL_DPME | pf__pool(pf) << IXGBE_MRCTL_POOL_SHIFT : 0);
    return 0;
}

static int tx_fence(struct pf *pf, struct pf_op *op)
{
    int status = 0;
    OP_BEGIN(op->place)
    if (op->args.vf >= (int)pf__vfs(pf))
        return -EINVAL;
    if (op->args.vf >= 0)
        for (op->i = 0; op->i < pf->queues; op->i++) {
            WAIT_FOR(op->place, 1, status, pf__ixgbe_ring_fence(pf, op, (unsigned)op->args.vf * pf->queues + op->i));
            if (status)
                return status;
        }
    WAIT_FOR(op->place, 2, status, pf__ixgbe_tx_fence(pf, op));
    OP_END
    return status;
}

int pf__ixgbe_dispatch(struct pf *pf, struct pf_op *op)
{
    switch ((int)op->op) {
    case PF_OP_START: return pf->chip->start(pf, op);
    case PF_OP_MISC: return pf__ixgbe_misc(pf, op);
    case VMK_NETPTOP_IS_SUPPORTED: return pf__is_sriov(pf) ? 0 : -ENOTSUP;
    case VMK_NETPTOP_PF_ADD_MAC_FILTER: return pf__is_sriov(pf) ? add_mac_filter(pf, op) : 0;
    case VMK_NETPTOP_PF_DEL_MAC_FILTER: return pf__is_sriov(pf) ? del_mac_filter(pf, &op->args) : 0;
    case PF_OP_RX_FENCE: return pf__ixgbe_rx_fence(pf, op);
    case PF_OP_TX_FENCE: return tx_fence(pf, op);
    case PF_OP_PF_TX_FENCE: return pf__ixgbe_own_tx_fence(pf, op);
    case PF_OP_MOVE_MAC: return pf__is_sriov(pf) ? pf->chip->move(pf, op) : -ENOTSUP;
    case PF_OP_PF_FLR: return pf__ixgbe_reset_pf(pf, op);
    case PF_OP_SET_MTU: return pf__ixgbe_set_mtu(pf, PF_ANY_VF, op->args.mtu);
    case PF_OP_NETDEV_RINGS: case PF_OP_NETDEV_CHANNELS: case PF_OP_NETDEV_FEATURES: case PF_OP_NETDEV_RSS:
    case PF_OP_NETDEV_ADDRESS: case PF_OP_NETDEV_MTU: case PF_OP_NETDEV_DOWN: case PF_OP_NETDEV_UP: case PF_OP_NETDEV_REINIT:
        return pf__ixgbe_netdev(pf, op);
    case VMK_NETPTOP_VF_SAVE_STATE: return pf__ixgbe_save_state(pf, op);
    case VMK_NETPTOP_PF_MIRROR_ALL: return pf__is_sriov(pf) ? mirror_all(pf, op->args.enable) : 0;
    default:
        return pf__is_sriov(pf) ? pf__ixgbe_vf_run(pf, op) : -ENOTSUP;
    }
}

/* What an operation wrote has reached the chip before it is reported done: a read pushes posted writes [PCIe 2.4]. */
int pf__run(struct pf *pf, struct pf_op *op)
{
    OP_BEGIN(op->call_place)
    trace_pf_op_start(&pf->c, pf_op_name((enum vmk_netptop)op->op), op->args.vf);
    WAIT_FOR(op->call_place, 1, op->status, pf->chip->dispatch(pf, op));
    if (op->wrote)
        WAIT_READ(op->call_place, 2, pf__hw(pf)->status);
    OP_END
    return op->status;
}

void pf__message(struct pf *pf, uint32_t vector)
{
    struct sim *sim = pf->c.sim;
    sim_time handler = sim_now(sim) + pf__cpu(pf, profile_get(&sim->profile, PROFILE_host_irq_cycles));
    if (vector == PF_VECTOR_MISC) {
        if (!pf->s.misc_queued)
            event_post(&pf->c, &pf->c, handler, EV_HOST, PF_EV_MISC, 0, 0, 0);
        pf->s.misc_queued = true;
        return;
    }
    unsigned c = vector > PF_VECTOR_MISC ? vector - PF_VECTOR_MISC : 0;
    struct pf_channel *ch = &pf->s.channel[c];
    if (!ch->poll_pending && c < pf->s.channels) {
        ch->poll_pending = true;
        event_post(&pf->c, &pf->c, handler > ch->busy_until ? handler : ch->busy_until, EV_HOST, PF_EV_POLL, c, 0, 0);
    }
}

void pf__vf_info(const struct pf *pf, unsigned vf, struct pf_vf_info *out)
{
    out->bar_bytes = pf__hw(pf)->vf_bar_bytes;
    snprintf(out->plugin_name, sizeof(out->plugin_name), "%s", pf->chip->plugin_name);
    /* The words of the plugin's header, guest/plugins/…: queue pairs, vectors, flags, throttle. */
    out->device_info[0] = pf->queues;
    out->device_info[1] = pf__hw(pf)->vf_vectors;
    /* bit 0: the chip spreads frames over queues; bit 1: it may coalesce segments */
    out->device_info[2] = (uint32_t)pf->s.rss_on | (pf->s.features & PF_FEATURE_LRO ? 2 : 0);
    out->device_info[3] = pf->s.vf[vf].eitr;
    out->fn = pf->nic->vf[vf];
    out->queues = pf->queues;
    out->vectors = pf__hw(pf)->vf_vectors;
}

const struct pf_chip pf__ixgbe = {
    .model = "82599", .plugin_name = "ixgbevf.so", .hw = &pf__ixgbe_hw, .start = start,
    .dispatch = pf__ixgbe_dispatch, .move = pf__ixgbe_move, .message = pf__message,
    .passthru = PF_PASSTHRU_NPA, .ring_step = PF_RING_STEP_DESC, .vf_queues = IXGBE_QUEUES_PER_POOL, .memory = pf__ixgbe_memory,
    .poll = pf__ixgbe_poll, .kick = pf__ixgbe_kick, .send = pf__ixgbe_send, .vf_info = pf__vf_info, .has_vf_state = true,
};

const struct pf_chip pf__ixgbe_regular = {
    .model = "regular", .plugin_name = "", .hw = &pf__ixgbe_hw, .start = start,
    .dispatch = pf__ixgbe_dispatch, .move = pf__ixgbe_move, .message = pf__message,
    .ring_step = PF_RING_STEP_DESC, .vf_queues = IXGBE_QUEUES_PER_POOL, .memory = pf__ixgbe_memory,
    .poll = pf__ixgbe_poll, .kick = pf__ixgbe_kick, .send = pf__ixgbe_send, .vf_info = pf__vf_info,
};
