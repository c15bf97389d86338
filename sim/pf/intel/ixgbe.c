/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82599's PF driver, ixgbe: its bring-up [82599 4.6.3, 4.6.10.1]. Its registers are in ixgbe_hw.c. */
#include "pf/intel/intel.h"

/* Pools and the switch: replication on, loopback on, what matches no pool goes to the PF [82599 4.6.10.1.1]. */
static void virtualization(struct pf *pf)
{
    unsigned pool = pf__pool(pf), half = pool / 32;
    uint32_t bit = 1u << (pool % 32);
    pf__write(pf, IXGBE_VT_CTL,
              IXGBE_VT_CTL_VT_ENABLE | IXGBE_VT_CTL_REPLEN | pool << IXGBE_VT_CTL_POOL_SHIFT |
                  (pf->own_vf ? IXGBE_VT_CTL_DIS_DEFPL : 0));
    bool four = pf->queues == 4;
    pf__write(pf, IXGBE_MRQC, four ? IXGBE_MRQC_VMDQRSS32EN : IXGBE_MRQC_VMDQEN);
    pf__write(pf, IXGBE_MTQC, IXGBE_MTQC_VT_ENA | (four ? IXGBE_MTQC_32VF : IXGBE_MTQC_64VF));
    pf__write(pf, IXGBE_GCR_EXT, IXGBE_GCR_EXT_MSIX_EN | (four ? IXGBE_GCR_EXT_VT_MODE_32 : IXGBE_GCR_EXT_VT_MODE_64));
    pf__write(pf, IXGBE_PFDTXGSWC, IXGBE_PFDTXGSWC_VT_LBEN);
    pf__write(pf, IXGBE_VMOLR(pool), IXGBE_VMOLR_AUPE | IXGBE_VMOLR_BAM | IXGBE_VMOLR_ROMPE | IXGBE_VMOLR_MPE);
    pf__write(pf, half ? IXGBE_MPSAR_HI(0) : IXGBE_MPSAR_LO(0), bit);
    for (unsigned q = 1; q <= pf->netqueues; q++)
        pf__write(pf, IXGBE_VMOLR(pool + q), IXGBE_VMOLR_AUPE);
    pf->s.receive_enable[half] = pf->s.transmit_enable[half] = (uint32_t)(pf__own_pools(pf) >> 32 * half);
    pf__write(pf, IXGBE_VFRE(half), pf->s.receive_enable[half]);
    pf__write(pf, IXGBE_VFTE(half), pf->s.transmit_enable[half]);
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
    pf__write(pf, IXGBE_IVAR_MISC, (IXGBE_IVAR_ALLOC_VAL | PF_VECTOR_MISC) << 8);
    pf__write(pf, IXGBE_EITR(PF_VECTOR_DATA), pf->s.moderation << IXGBE_EITR_INTERVAL_SHIFT);
    pf__write(pf, IXGBE_EIAC, 1u << PF_VECTOR_DATA);
    pf__write(pf, IXGBE_EIAM, 1u << PF_VECTOR_DATA | IXGBE_EICR_MAILBOX | IXGBE_EICR_LSC);
    pf__write(pf, IXGBE_EIMS, 1u << PF_VECTOR_DATA | (pf__is_sriov(pf) ? IXGBE_EICR_MAILBOX | IXGBE_EICR_LSC : 0));
    if (pf->netqueues)
        pf__hw(pf)->channels(pf);
}

void pf__ixgbe_set_up(struct pf *pf)
{
    pf__config_space(pf);
    pf->s.max_frame = 1518;
    pf->s.link_up = true; /* until the chip says otherwise */
    pf__write(pf, IXGBE_MCSTCTRL, IXGBE_MCSTCTRL_MFE);
    if (pf__is_sriov(pf))
        virtualization(pf);
    pf__write(pf, IXGBE_FCTRL, IXGBE_FCTRL_BAM | IXGBE_FCTRL_UPE | IXGBE_FCTRL_MPE); /* a switch's uplink hears all */
    interrupts(pf);
}

void pf__ixgbe_start_rings(struct pf *pf)
{
    pf__ixgbe_data_start(pf);
    pf->s.tx_stopped = false;
    pf__write(pf, IXGBE_RXCTRL, IXGBE_RXCTRL_RXEN);
    pf__write(pf, IXGBE_DMATXCTL, IXGBE_DMATXCTL_TE | 0x81000000);
    if (pf__is_sriov(pf))
        vlans(pf);
}

void pf__ixgbe_let_come(struct pf *pf) /* [82599 4.2.2.2] */
{
    pf__write(pf, IXGBE_CTRL_EXT, IXGBE_CTRL_EXT_PFRSTD | IXGBE_CTRL_EXT_DRV_LOAD);
}

static const struct pf_family ixgbe = {
    .name = "ixgbe",
    .passthru = PF_PASSTHRU_NPA,
    .limits = &pf__ixgbe_limits,
    .chip = &pf__ixgbe_hw,
    .effect = pf__ixgbe_effect,
    .own_address = {IXGBE_RAL_0, IXGBE_RAH_0},
    .status = IXGBE_STATUS,
    INTEL_ROUTINES,
    .set_mdd = pf__ixgbe_set_mdd,
    .flow_rule = pf__ixgbe_flow_rule,
    .vf_state = pf__ixgbe_vf_state,
    .address = pf__ixgbe_address,
    .pools = pf__ixgbe_pools,
    .vlan = pf__ixgbe_vlan,
    .checks = pf__ixgbe_checks,
    .accept = pf__ixgbe_accept,
    .drop = pf__ixgbe_drop,
    .longest = pf__ixgbe_longest,
    .loopback = pf__ixgbe_loopback,
};
PF_FAMILY(ixgbe);
