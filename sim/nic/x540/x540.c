/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Intel X540, 10GBASE-T: the 82599's register map and rules under another identity, with a smaller receive packet buffer
 * [ixgbe_x540.c ixgbe_get_invariants_X540; ixgbevf_main.c lists its VFs beside the 82599's and treats them alike].
 *
 * What the driver sees of it and the model has not: its PHY, flash and software semaphores (SWFW_SYNC), and 100 Mb/s; ixgbe waits
 * 100 ms after its reset, here the family's 50.
 */
#include "nic/x540/regs.h"

#include "nic/82599/nic82599.h"

static const struct intel_skin skin = {
    NIC82599_SKIN,
    .rx_buffer_bytes = IXGBE_X540_RX_PB_BYTES,
    .subsystem = IXGBE_SUBDEV_ID_X540T2,
};

_Static_assert((int)IXGBE_X540_QUEUES == (int)INTEL_QUEUES && (int)IXGBE_X540_RAR_ENTRIES == (int)INTEL_ADDRESSES,
               "queues and addresses are as many as the map has");

static const struct nic_model model;

static struct nic *create(struct sim *sim, const struct nic_params *params, char *err, size_t err_cap)
{
    return intel_create(sim, params, &model, &skin, err, err_cap);
}

static const struct nic_model model = {
    .name = "x540",
    .sentence = "Intel X540 10GBASE-T controller: SR-IOV with up to 63 VFs, embedded switch",
    .create = create,
    .can = NIC_SRIOV | NIC_MULTI_FUNCTION | NIC_SYMMETRIC | NIC_VF_STATE | NIC_FLOW_FILTERS | NIC_RESTARTS | NIC_VF_ASKS_RSS,
    .generation = 3,
    .pf_family = "ixgbe",
    .vf_plugin = "ixgbevf.so",
    .vf_driver = "ixgbevf",
    .vendor = IXGBE_VENDOR_ID,
    .pf_device = IXGBE_DEV_ID_X540T,
    .vf_device = IXGBE_DEV_ID_X540_VF,
    .max_vfs = INTEL_POOLS - 1,
    .vf_queues_max = 4, /* with up to 31 VFs; else 2 */
    .vf_mtu_max = 9710, /* [ixgbevf_main.c: IXGBE_MAX_JUMBO_FRAME_SIZE - header and FCS] */
    .addresses = IXGBE_X540_RAR_ENTRIES,
    .vlans = INTEL_VLANS,
    .own_pools_within = 32, /* a word of each set of pools: an address changes hands in one write */
    .rate_bps = UINT64_C(10000000000),
    .rx_pipeline_ps = IXGBE_PIPELINE_PS, /* the 82599's: what a 10GBASE-T PHY adds is not measured here */
    .tx_pipeline_ps = IXGBE_PIPELINE_PS,
    .pcie_gen = 2,
    .pcie_lanes = 8,
    .regs = nic82599_regs,
    .reg_count = PF_COUNT + VF_COUNT,
    .errata = nic82599_errata,
    .erratum_count = 1, /* its receive checksums are right */
};

NIC_MODEL(model);
