/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 82599 as NIC models: "82599" with SR-IOV, and "regular", the same engine as a single function without it. */
#include "nic/82599/nic82599.h"

static const struct intel_skin skin = {NIC82599_SKIN, .rx_buffer_bytes = IXGBE_RX_PB_BYTES, .subsystem = 0x0003};
static const struct nic_model model, regular_model;

const struct nic_erratum nic82599_errata[2] = {
    {"vflr", "a VF's reset leaves what its queues were set to [82599 specification update, clarification 5]", true},
    {"udp-zero", "reports a UDP datagram without a checksum as one with a wrong checksum [ixgbe_main.c ixgbe_rx_checksum]", false},
};

static struct nic *create(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap)
{
    return intel_create(sim, params, &model, &skin, err, err_cap);
}

static struct nic *create_regular(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap)
{
    return intel_create(sim, params, &regular_model, &skin, err, err_cap);
}

static const struct nic_model model = {
    .name = "82599",
    .sentence = "Intel 82599 10 GbE controller: SR-IOV with up to 63 VFs, embedded switch",
    .create = create,
    .can = NIC_SRIOV | NIC_MULTI_FUNCTION | NIC_SYMMETRIC | NIC_VF_STATE | NIC_FLOW_FILTERS | NIC_RESTARTS | NIC_VF_ASKS_RSS,
    .generation = 2,
    .pf_family = "ixgbe",
    .vf_plugin = "ixgbevf.so",
    .vf_driver = "ixgbevf",
    .vendor = IXGBE_VENDOR_ID,
    .pf_device = IXGBE_DEV_ID_82599_SFP,
    .vf_device = IXGBE_DEV_ID_82599_VF,
    .max_vfs = IXGBE_POOLS - 1,
    .vf_queues_max = 4, /* with up to 31 VFs; else 2 [82599 7.10.2.2] */
    .vf_mtu_max = 9710, /* [ixgbevf_main.c: IXGBE_MAX_JUMBO_FRAME_SIZE - header and FCS] */
    .addresses = 128,
    .vlans = 64,
    .own_pools_within = 32, /* a word of each set of pools: an address changes hands in one write */
    .rate_bps = UINT64_C(10000000000),
    .rx_pipeline_ps = IXGBE_PIPELINE_PS,
    .tx_pipeline_ps = IXGBE_PIPELINE_PS,
    .pcie_gen = 2,
    .pcie_lanes = 8,
    .regs = nic82599_regs,
    .reg_count = PF_COUNT + VF_COUNT,
    .errata = nic82599_errata,
    .erratum_count = sizeof(nic82599_errata) / sizeof(nic82599_errata[0]),
};

static const struct nic_model regular_model = {
    .name = "regular",
    .sentence = "the same controller as a NIC without SR-IOV: one function, no embedded switch",
    .create = create_regular,
    .can = NIC_MULTI_FUNCTION | NIC_FLOW_FILTERS | NIC_RESTARTS,
    .generation = 2,
    .pf_family = "ixgbe",
    .vendor = IXGBE_VENDOR_ID,
    .pf_device = IXGBE_DEV_ID_82599_SFP,
    .addresses = 128,
    .vlans = 64,
    .rate_bps = UINT64_C(10000000000),
    .rx_pipeline_ps = IXGBE_PIPELINE_PS,
    .tx_pipeline_ps = IXGBE_PIPELINE_PS,
    .pcie_gen = 2,
    .pcie_lanes = 8,
    .regs = nic82599_regs,
    .reg_count = PF_COUNT,
};

NIC_MODEL(model);
NIC_MODEL(regular_model);
