# SPDX-License-Identifier: GPL-2.0-or-later
"""Chips of ours, and drivers of their PFs, with one mistake each: (model, file, [(what stands there, what takes its place)], rule, case).

The conformance kit must name the rule. tests/conformance_mutants.py builds and tries them.
"""

VIRTIO, E2, PCIE = "sim/nic/virtio", "sim/nic/57712", "sim/pcie"

MUTANTS = [
    ("virtio", f"{VIRTIO}/tx.c", [("    if (status != PCI_OK && t->fate == FATE_COUNT)\n        t->fate = (uint8_t)vio_dma_fate(status);\n    if (status == PCI_OK)\n",
                                   "    static const uint8_t made_up[4096] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 10, 0x88, 0xb5, 0, 0, 0x20};\n"
                                   "    data = status == PCI_OK ? data : made_up;\n    if (1)\n")], "H1", "fault"),
    ("virtio", f"{VIRTIO}/chip.c", [("        .msix_bar = VIO_MSIX_BAR,\n", "        .msix_bar = VIO_BAR,\n        .msix_table_off = 0x800,\n")], "H2", "config"),
    ("57712", "sim/nic/vports.c", [("bits & VPORTS_UNTAGGED", "true")], "H3", "vlan"),
    ("82599", "sim/nic/intel/switching.c", [("    v->accept_untagged = (olr & INTEL_VMOLR_AUPE) || !v->vlan_filter;\n", "    v->accept_untagged = true;\n")], "H3", "vlan"),
    ("virtio", "sim/nic/vports.c", [("    v->sw->local_loopback = said & VPORTS_LOOPBACK;\n", "    v->sw->local_loopback = false;\n")], "H3", "addresses"),
    ("virtio", "sim/nic/vports.c", [("(said & VPORTS_DEFAULT) && vport < v->sw->vport_count ? (int32_t)vport : -1", "-1")], "H4", "addresses"),
    ("virtio", "sim/pf/virtio/vf.c", [("    return pf__move(owner, true, &write);\n", "    (void)write;\n    return PROCEDURE_NEXT;\n")], "H5", "move"),
    ("57712", f"{E2}/ramrod.c", [("E2_RAMROD_EMPTY && rx_has_passed(e)", "E2_RAMROD_EMPTY && (rx_has_passed(e) || 1)")], "H6", "fence"),
    ("virtio", "sim/pf/virtio/vf.c", [("    if (!(status_of(owner).flags & VIO_IS_BUSY))\n", "    if (1)\n"),
                                      ("call_tx_fence(void *owner) { return pf__virtio_call(owner, VIO_ADMIN_TX_FENCE,", "call_tx_fence(void *owner) { return pf__virtio_call(owner, VIO_ADMIN_RX_FENCE,")],
     "H7", "quiesce"),
    ("57712", "sim/pf/bnx2x/vf.c", [("    if (!(pf->s.value & E2_FUNCTION_BUSY))\n", "    if (1)\n"), ("E2_RAMROD_FORWARD_EMPTY,", "E2_RAMROD_EMPTY,")], "H7", "quiesce"),
    ("virtio", f"{VIRTIO}/chip.c", [("    vio__function_clear(fn, FATE_function_reset);\n    vio__function_defaults(fn);\n", "    (void)fn;\n"), ("        vf_defaults(fn);\n        vio__cause", "        vio__cause")], "H8", "flr"),
    ("82576", "sim/pf/life.c", [("    pci_config_write(fn, cap + PCIE_DEVICE_CONTROL, 2, control | DEVICE_CONTROL_FLR);\n", "    (void)control;\n")], "H8", "flr"),
    ("57712", f"{E2}/igu.c", [("    pci_dma_write(fn->pci, sb->addr, &out, sizeof(out), e2_tag(E2_TAG_NOTHING, 0, 0, 0));\n    tell(e, i);\n",
                               "    tell(e, i);\n    if (sb->told)\n        sb->told = 2;\n")], "H9", "msix"),
    ("virtio", "sim/nic/vports.c", [("bits & VPORTS_MAC_SPOOF", "false")], "H10", "spoof"),
    ("82576", "sim/nic/intel/switching.c", [("    v->mac_antispoof = spoof & 1;\n", "    v->mac_antispoof = false;\n")], "H10", "spoof"),
    ("57712", "sim/nic/vports.c", [("bits & VPORTS_MAC_SPOOF", "true")], "H10", "spoof"),
    ("82599", "sim/nic/intel/path/tx_arbiter.c", [("    if (!(q->rate_control & INTEL_RTTBCNRC_RS_ENA))\n        return;\n    q->rate_free", "    if (1)\n        return;\n    q->rate_free")],
     "H11", "rate"),
    ("virtio", f"{VIRTIO}/chip.c", [("    .pf_device = VIO_DEV_ID,\n", "    .pf_device = VIO_DEV_ID + 1,\n")], "H13", "config"),
    ("82599", f"{PCIE}/msix.c", [("    if ((ctl & PCI_MSIX_FLAGS_MASKALL) || (e->control & PCI_MSIX_ENTRY_CTRL_MASKBIT)) {\n        fn->st.msix_pending", "    if (0) {\n        fn->st.msix_pending")],
     "H14", "msix"),
    ("57712", f"{PCIE}/dma.c", [("    return pci_bus_master(fn) ? PCI_OK : PCI_NO_BUS_MASTER;\n", "    return PCI_OK;\n")], "H15", "bus-master"),
    ("virtio", f"{VIRTIO}/rx.c", [("    if (!w->landed)\n", "    if (0)\n")], "H16", "bus-master"),
    ("82599", "sim/pf/life.c", [("    if (a->vf >= 0 && pf->s.vf[a->vf].state != PF_VF_FREE)\n        return -EBUSY;\n", "")], "P1", "life"),
    ("virtio", "sim/pf/virtio/vf.c", [("    return vf_of(owner)->state == PF_VF_ENABLED ? call_run(owner, VIO_RUN_RX | VIO_RUN_TX) : -EINVAL;\n",
                                       "    return call_run(owner, VIO_RUN_RX | VIO_RUN_TX);\n"),
                                      ("    if (vf_of(owner)->state != PF_VF_ENABLED) /* it may have been reset meanwhile */\n        return -EINVAL;\n", "")], "P3", "life"),
    ("82576", "sim/pf/life.c", [("sim_now(pf->c.sim) + profile_get(&pf->c.sim->profile, PROFILE_vf_reset_wait_ps),\n                    (uint64_t)op->args.talker", "sim_now(pf->c.sim) + 1,\n                    (uint64_t)op->args.talker")],
     "P3", "life"),
    ("57712", "sim/pf/bnx2x/vf.c", [("    open_vport(owner, number(owner), false, true);\n", "    open_vport(owner, number(owner), true, true);\n"),
                                    ("    pf__op_now(owner)->j = 0;\n    return PROCEDURE_NEXT;\n}\n\nstatic int begin_to_wait", "    pf__op_now(owner)->j = E2_CLIENT_RX;\n    return PROCEDURE_NEXT;\n}\n\nstatic int begin_to_wait"),
                                    ("    pf__vf_is_quiet(pf, number(pf));\n    open_vport(pf, number(pf), false, false);\n", "    pf__vf_is_quiet(pf, number(pf));\n    open_vport(pf, number(pf), true, true);\n")],
     "P4", "quiesce"),
    ("57712", "sim/pf/life.c", [("    if (vid > 4094 || qos > 7)\n", "    if (vid || qos > 7)\n")], "P5", "vlan"),
    ("virtio", "sim/pf/virtio/virtio.c", [("static int call_rx_fence(void *owner) { return pf__virtio_call(owner, VIO_ADMIN_RX_FENCE,", "static int call_rx_fence(void *owner) { return pf__virtio_call(owner, 0x7fff,")],
     "P7", "fence"),
    ("virtio", "sim/pf/virtio/virtio.c", [("return pf__is_late(pf) ? -ETIMEDOUT : PROCEDURE_NEXT;\n    memcpy", "return PROCEDURE_NEXT;\n    memcpy"),
                                          ("    pf__virtio_ring_bell(pf, PF_VIRTIO_ADMIN);\n", "    if (opcode != VIO_ADMIN_PROVISION)\n        pf__virtio_ring_bell(pf, PF_VIRTIO_ADMIN);\n")],
     "P8", "life"),
    ("57712", "sim/pf/vports.c", [("    *base = *now;\n", "")], "P10", "counters"),
    ("virtio", f"{VIRTIO}/tx.c", [("        if (t->over || !vio_runs(fn))\n", "        if (t->over || !vio_runs(fn) || t->len == 100)\n")], "T7", "spoof"),
]
