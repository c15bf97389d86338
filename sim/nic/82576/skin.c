/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82576: limits, identity, the rules in which it differs, the model. */
#include "nic/82576/nic82576__.h"

static void vf_reset(struct function *fn) { nic82576__pool_rss(fn->chip, fn->pool); }

/* A bit a queue: n is of pool n, n + 8 too [igb_main.c igb_spoof_check]. The engine's 2n + k is queue n + 8k. */
static void spoofed(struct intel_chip *n, unsigned queue) { e1000_own(n)->reg.WVBR |= 1u << (queue / 2 + 8 * (queue % 2)); }

/* With pools CTRL.VME does not count: VMOLR says it for a frame to one pool, RPLOLR for one that may have been replicated
 * [82576 7.10.3.8, as QEMU's igb quotes it]. */
static bool strips(const struct intel_chip *n, unsigned pool, const struct frame *f)
{
    const struct e1000_registers *reg = &e1000_own(n)->reg;
    if (!chip_is_virtual(n))
        return reg->CTRL & E1000_CTRL_VME;
    if (reg->DVMOLR[pool] & E1000_DVMOLR_HIDEVLAN)
        return true;
    return (mac_is_multicast(f->buf + f->head) ? reg->RPLOLR : reg->VMOLR[pool]) & E1000_VMOLR_STRVLAN;
}

/* [e1000_82575.h E1000_VMOLR_LPE, _RLPML_MASK] A pool takes long packets when VMOLR.LPE says so, up to its RLPML. */
static uint32_t pool_longest(const struct intel_chip *n, unsigned pool)
{
    uint32_t olr = e1000_own(n)->reg.VMOLR[pool % E1000_POOLS];
    if (!chip_is_virtual(n))
        return UINT32_MAX - 4; /* what the chip takes at all */
    return olr & E1000_VMOLR_LPE ? olr & E1000_VMOLR_RLPML_MASK : E1000_FRAME_DEFAULT;
}

static const struct intel_skin skin = {
    .pools = E1000_POOLS,
    .addresses = E1000_RAR_ENTRIES,
    .vlans = E1000_VLVF_ENTRIES,
    .pf_vectors = E1000_VECTORS,
    .vf_vectors = E1000_VF_VECTORS,
    .pf_causes = E1000_VECTORS,
    .rx_buffer_bytes = E1000_RX_PB_BYTES,
    .tx_buffer_bytes = E1000_TX_PB_BYTES,
    .ps_per_byte = 8000,
    .functions = 2,
    .eitr_mask = E1000_EITR_INTERVAL_MASK,
    .eitr_shift = E1000_EITR_INTERVAL_SHIFT,
    .eitr_unit_ps = E1000_EITR_UNIT_PS,
    .subsystem = 0xa03c, /* Gigabit ET dual port */
    .vf_offset = 0x80,
    .vf_stride = 2,
    .pf_msix_bar = 3,
    .pf_bar_is_64 = false,
    .own_pools_on = true, /* igb sets no bit of its own pool [igb_main.c igb_reset, igb_vf_reset_msg] */
    .pf_bar_bytes = {[0] = E1000_PF_BAR_BYTES, [3] = E1000_MSIX_BAR_BYTES},
    .vf_bar_bytes = {[0] = E1000_VF_BAR_BYTES, [3] = E1000_MSIX_BAR_BYTES},
    .pf = {nic82576__pf_registers, nic82576__pf_words, PF_COUNT, sizeof(struct e1000_registers)},
    .vf = {nic82576__vf_registers, nic82576__vf_words, VF_COUNT, 0},
    .pf_read = nic82576__pf_read,
    .pf_write = nic82576__pf_write,
    .vf_read = nic82576__vf_read,
    .vf_write = nic82576__vf_write,
    .queue_block = nic82576__queue_block,
    .rx_value = nic82576__rx_value,
    .own_bytes = sizeof(struct e1000_own),
    .rules = nic82576__rules,
    .reset = nic82576__decode_reset,
    .vf_reset = vf_reset,
    .pf_cause = nic82576__pf_cause,
    .spoofed = spoofed,
    .strips = strips,
    .pool_longest = pool_longest,
};

static const struct nic_model model;

static struct nic *create(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap)
{
    return intel_create(sim, params, &model, &skin, err, err_cap);
}

static const struct nic_model model = {
    .name = "82576",
    .sentence = "Intel 82576 1 GbE controller: SR-IOV with up to 7 VFs, embedded switch",
    .create = create,
    .can = NIC_SRIOV | NIC_MULTI_FUNCTION | NIC_RESTARTS,
    .generation = 1,
    .pf_family = "igb",
    .vf_plugin = "igbvf.so",
    .vf_driver = "igbvf",
    .vendor = E1000_VENDOR_ID,
    .pf_device = E1000_DEV_ID_82576,
    .vf_device = E1000_DEV_ID_82576_VF,
    .vf_queues_max = 2,
    .vf_mtu_max = 9216, /* [igbvf/netdev.c MAX_STD_JUMBO_FRAME_SIZE] */
    .addresses = E1000_RAR_ENTRIES,
    .vlans = E1000_VLVF_ENTRIES,
    .max_vfs = E1000_POOLS - 1,
    .own_pools_within = E1000_POOLS,
    .rate_bps = UINT64_C(1000000000),
    .pcie_gen = 1,
    .pcie_lanes = 4,
    .regs = nic82576__regs,
    .reg_count = PF_COUNT + VF_COUNT,
};

NIC_MODEL(model);
