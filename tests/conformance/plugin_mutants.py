# SPDX-License-Identifier: GPL-2.0-or-later
"""Plugins of ours with one mistake each: (plugin, file, [(what stands there, what takes its place)], rule, case that finds it).

The conformance kit must name the rule. tests/conformance_mutants.py builds and tries them.
"""

INTEL, BNX2X, VIRTIO = "guest/plugins/intelvf", "guest/plugins/bnx2x", "guest/plugins/virtio"
SW_INIT = "static uint32 sw_init(Plugin_State *ps)\n{\n"


def at(text, added):
    """`added` behind `text`."""
    return [(text, text + added)]


MUTANTS = [
    ("ixgbevf", "guest/plugins/intelvf/vf.c", [("uint32 NPA_PluginMain(", "uint32 plugin_main(struct Plugin_Api *api);\nuint32 plugin_main(")],
     "C1", "image"),
    ("virtio", f"{VIRTIO}/main.c", [(SW_INIT, "uint32 elsewhere(void);\n" + SW_INIT + "    if (!ps->mtu)\n        return elsewhere();\n")],
     "C1", "image"),
    ("ixgbevf", f"{INTEL}/vf.c", at(SW_INIT, "    static volatile uint32 lives;\n    lives++;\n"), "C2", "entry"),
    ("bnx2x", f"{BNX2X}/tx.c", at("    uint16 from = tx->put.pos;\n", "    __asm__ volatile(\"rdtsc\" ::: \"eax\", \"edx\");\n"), "C3", "image"),
    ("ixgbevf", f"{INTEL}/vf.c", at("static uint32 disable_interrupt(Plugin_State *ps, uint32 vector)\n{\n", "    __asm__ volatile(\"mov $7, %r15d\");\n"), "C4", "calls"),
    ("igbvf", f"{INTEL}/vf.c", at(SW_INIT, "    static __thread volatile uint32 lives;\n    lives++;\n"), "C5", "image"),
    ("virtio", f"{VIRTIO}/main.c", [('"GPL-2.0-or-later"', '"Proprietary"')], "C6", "image"),
    ("igbvf", f"{INTEL}/vf.c", [("    api->disableInterrupt = disable_interrupt;\n", "")], "C7", "entry"),
    ("bnx2x", f"{BNX2X}/main.c", [("e2_ids_offset(tx) + 2 * 2 *", "e2_ids_offset(tx) + 2 * 2000 *")], "C7", "entry"),

    ("ixgbevf", f"{INTEL}/rx.c", at("    uint32 delivered = 0, taken = 0;\n", "    intelvf_of(ps)->tx[7].context_mss++;\n"), "L1", "queues"),
    ("bnx2x", f"{BNX2X}/tx.c", [("    tx->posted++;\n", "    bnx2x_of(ps)->tx[0].posted++;\n")], "L1", "queues"),
    ("ixgbevf", f"{INTEL}/vf.c", at("    struct intelvf *vf = intelvf_of(ps);\n", "    plugin_read32(ps, intelvf_map.status);\n"), "L2", "sw-init"),
    ("virtio", f"{VIRTIO}/main.c", at(SW_INIT, "    *(volatile uint8 *)(ps->memioAddr + VIO_DEVICE_STATUS) = 0;\n"), "L2", "sw-init"),
    ("ixgbevf", f"{INTEL}/tx.c", [("    tx->head = tx->tail = tx->announced = 0;\n", "")], "L3", "restart"),
    ("virtio-split", f"{VIRTIO}/virtq.c", [("i < bytes; i += 4) /*", "i < 0; i += 4) /*")], "L4", "other-vf"),
    ("ixgbevf", f"{INTEL}/vf.c", [("    plugin_write32(ps, control, 0);\n", "")], "L3", "restart"),
    ("igbvf", f"{INTEL}/tx.c", [("    if (done)\n", "")], "L5", "idle"),
    ("ixgbevf", f"{INTEL}/vf.c", [("i < INTELVF_POLL_MAX", "i + 1 > 0")], "L6", "dead-device"),
    ("virtio", f"{VIRTIO}/device.c", [("        if (++tries == VIRTIO_POLL_MAX)\n", "        if (++tries == 0)\n")], "L6", "dead-device"),

    ("ixgbevf", f"{INTEL}/tx.c", [("    for (uint32 i = 0; i < tx->size; i++) {", "    for (uint32 i = 0; i < 16 * tx->size + 1; i++) {")], "M1", "calls"),
    ("virtio", f"{VIRTIO}/rx.c", at("    struct virtio *v = virtio_of(ps);\n    fill(ps, queue);\n", "    ps->numTxQueues++;\n"), "M1", "calls"),
    ("bnx2x", f"{BNX2X}/rx.c", [("(bnx2x_has_sges(ps) && sges_are_its(rx, cqe))", "1")], "R3", "lying-device"),
    ("ixgbevf", f"{INTEL}/rx.c", [("(uint32)q->ringBasePA)", "(uint32)q->ringBasePA + 0x100000)")], "M2", "calls"),
    ("bnx2x", f"{BNX2X}/main.c", [("uint64 next = pa +", "uint64 next = 0x100000 + pa +")], "M2", "send"),
    ("virtio", f"{VIRTIO}/device.c", [("write64(ps, VIO_QUEUE_DEVICE_LO, q->pa + q->device)", "write64(ps, VIO_QUEUE_DEVICE_LO, 0x100000 + q->pa)")],
     "M2", "calls"),
    ("ixgbevf", f"{INTEL}/vf.c", [("    plugin_read32(ps, intelvf_map.status);\n", "    plugin_read32(ps, ps->memioBytes);\n")], "M4", "dead-device"),
    ("bnx2x", f"{BNX2X}/rx.c", at("    BNX2X_WMB();\n    bnx2x_write(ps, E2_SGE_PRODUCER(zone), rx->sge_put);\n", "    *(volatile uint32 *)(ps->memioAddr + 0x1000000 - 4) = 0;\n"),
     "M4", "calls"),

    ("ixgbevf", f"{INTEL}/tx.c", [("free_descriptors(tx) < sgl->numElements + (fresh ? 1u : 0u)", "!free_descriptors(tx)")], "T1", "ring-full"),
    ("virtio", f"{VIRTIO}/tx.c", [("    if (q->room < (table ? 1 : n)) {", "    if (0) {")], "T1", "ring-full"),
    ("bnx2x", f"{BNX2X}/tx.c", [("    tx->used += bds;\n", "    tx->used += bds + 1;\n")], "T1", "send"),
    ("igbvf", f"{INTEL}/tx.c", [("(!info->tso || info->tsoMss)", "1")], "T2", "bad-frames"),
    ("virtio", f"{VIRTIO}/tx.c", [("info->l4DataOffset > first || info->l4DataOffset > sgl->totalLength", "0")], "T2", "bad-frames"),
    ("bnx2x", f"{BNX2X}/tx.c", [("        info->l4DataOffset < info->l4HeaderOffset || ", "        ")], "T2", "bad-frames"),
    ("ixgbevf", f"{INTEL}/tx.c", [("        announce(ps, queue, tx->size); /* or nothing would ever make room */\n", "")], "T3", "refused-batch"),
    ("bnx2x", f"{BNX2X}/tx.c", [("            ring(ps, queue); /* what came before may have been told to wait for it */\n", "            (void)0;\n")],
     "T3", "refused-batch"),
    ("virtio", f"{VIRTIO}/tx.c", [("        virtq_notify(ps, q); /* what came before may have been told to wait for it */\n", "")], "T3", "refused-batch"),
    ("ixgbevf", f"{INTEL}/tx.c", [("wb.status & IXGBE_TXD_STAT_DD) != 0", "wb.status | 1) != 0")], "T4", "send"),
    ("bnx2x", f"{BNX2X}/tx.c", [("    uint16 sent = bnx2x_status(ps, queue)->index[E2_SB_TX];\n", "    uint16 sent = tx->posted;\n")], "T4", "send"),
    ("virtio", f"{VIRTIO}/tx.c", [("        virtq_buffer(q, id)->done = 1;\n", "        virtq_buffer(q, *order_at(q, 0))->done = virtq_buffer(q, id)->done = 1, done++;\n")],
     "T4", "send"),
    ("ixgbevf", f"{INTEL}/tx.c", [("    if (lastPktHint)\n", "    if (!lastPktHint)\n")], "T5", "hints"),
    ("bnx2x", f"{BNX2X}/tx.c", [("    if (!lastPktHint)\n        return PLUGIN_OK;\n    if (BNX2X_AS_PUBLISHED)", "    if (!lastPktHint)\n        return PLUGIN_OK;\n    if (1)")],
     "T5", "hints"),
    ("ixgbevf", f"{INTEL}/tx.c",
     [("    frame_ends(ps, queue)[first] = (uint16)(tx->tail ? tx->tail - 1 : tx->size - 1);\n", ""),
      ("(tx->tail + tx->size - first) % tx->size : tx->size);\n    return",
       "(tx->tail + tx->size - first) % tx->size : tx->size);\n    frame_ends(ps, queue)[first] = (uint16)(tx->tail ? tx->tail - 1 : tx->size - 1);\n    return")],
     "T8", "doorbell"),
    ("bnx2x", f"{BNX2X}/tx.c", [("    ring(ps, queue);\n    return PLUGIN_OK;\n}\n\nBool", "    ring(ps, queue);\n    bd_at(ps, queue, &tx->put)->start.nbd++;\n    return PLUGIN_OK;\n}\n\nBool")],
     "T8", "doorbell"),
    ("virtio", f"{VIRTIO}/tx.c", [("    return done;\n", "    return done != 0;\n")], "T9", "send"),
    ("bnx2x", f"{BNX2X}/tx.c", [("    if (done)\n        ps->shellApi.completeSend(ps->txQueues[queue].handle, done);\n",
                                "    for (uint32 i = 0; i < done; i++)\n        ps->shellApi.completeSend(ps->txQueues[queue].handle, 1);\n")], "T9", "send"),

    ("ixgbevf", f"{INTEL}/rx.c", [("ps->shellApi.allocSmallBuffer(handle, rx->tail)", "ps->shellApi.allocSmallBuffer(handle, rx->tail + rx->size)")],
     "R1", "receive"),
    ("igbvf", f"{INTEL}/rx.c", [("frame->sg[k].ringOffset = last;", "frame->sg[k].ringOffset = last == intelvf_of(ps)->rx[queue].size - 1 ? 0 : last + 1;")],
     "R10", "receive"),
    ("virtio", f"{VIRTIO}/rx.c", [("        delivered++;\n", "        delivered++;\n        if (delivered == 3)\n            ps->shellApi.indicateRecv(ps->rxQueues[queue].handle, &frame);\n")],
     "R3", "receive"),
    ("bnx2x", f"{BNX2X}/rx.c", [("allocLargeBuffer(", "allocSmallBuffer(")], "R4", "jumbo"),
    ("ixgbevf", f"{INTEL}/rx.c", [("        if (pa == SHELL_NO_BUFFER)\n            break;\n", "")], "R5", "no-buffers"),
    ("bnx2x", f"{BNX2X}/rx.c", [("pa == SHELL_NO_BUFFER && !BNX2X_AS_PUBLISHED) /*", "pa == SHELL_NO_BUFFER && 0) /*")], "R5", "no-buffers"),
    ("virtio", f"{VIRTIO}/rx.c", [("if (piece.pa == SHELL_NO_BUFFER || virtq_add", "if (virtq_add")], "R5", "no-buffers"),
    ("ixgbevf", f"{INTEL}/rx.c",
     [("    uint32 delivered = 0, taken = 0;\n", "    uint32 delivered = 0, taken = 0, is_held = 0;\n    Shell_RecvFrame held;\n"),
      ("        ps->shellApi.indicateRecv(ps->rxQueues[queue].handle, &frame);\n    }\n",
       "        if (!is_held) {\n            held = frame;\n            is_held = 1;\n            continue;\n        }\n"
       "        ps->shellApi.indicateRecv(ps->rxQueues[queue].handle, &frame);\n    }\n"
       "    if (is_held)\n        ps->shellApi.indicateRecv(ps->rxQueues[queue].handle, &held);\n")], "R6", "receive"),
    ("ixgbevf", f"{INTEL}/rx.c", [("status & IXGBE_RXDADV_ERR_IPE ? SHELL_XSUM_INCORRECT", "status & IXGBE_RXDADV_ERR_IPE ? SHELL_XSUM_CORRECT")],
     "R7", "checksums"),
    ("virtio", f"{VIRTIO}/rx.c", [("(h->flags & VIRTIO_NET_HDR_F_DATA_VALID) != 0", "TRUE")], "R7", "checksums"),
    ("bnx2x", f"{BNX2X}/rx.c", [("(cqe->type & E2_CQE_L4_BAD) != 0", "FALSE")], "R7", "checksums"),
    ("ixgbevf", f"{INTEL}/rx.c", [("delivered < maxPkts && ", "")], "R9", "receive"),
    ("virtio", f"{VIRTIO}/rx.c", [("for (; delivered < maxPkts &&", "for (; delivered <= maxPkts &&")], "R9", "receive"),
    ("ixgbevf", f"{INTEL}/rx.c", [("        frame->byteLength += length;\n", "        frame->byteLength += length - 1;\n")], "R10", "receive"),
    ("bnx2x", f"{BNX2X}/rx.c", [("    frame->byteLength = cqe->bytes;\n", "    frame->byteLength = cqe->bytes + 4;\n")], "R10", "receive"),
    ("ixgbevf", f"{INTEL}/rx.c", [("    while (next_index(rx, rx->tail) != rx->head) {", "    for (uint32 few = 0; few < 3 && next_index(rx, rx->tail) != rx->head; few++) {")],
     "R11", "ring-empty"),
    ("virtio", f"{VIRTIO}/rx.c", [("        virtq_free(q, id);\n        if (good) {", "        if (length != 112)\n            virtq_free(q, id);\n        if (good) {")],
     "R11", "ring-empty"),
    ("bnx2x", f"{BNX2X}/rx.c", [("    free_numbers(ps, queue)[rx->free++] = number;\n", "    if (number)\n        free_numbers(ps, queue)[rx->free++] = number;\n")],
     "R11", "ring-empty"),

    ("virtio", f"{VIRTIO}/main.c", [("            return PLUGIN_WORK_PENDING;\n", "            return PLUGIN_OK;\n")], "N1", "interrupt"),
    ("bnx2x", f"{BNX2X}/main.c", [("    acknowledge(ps, vector, seen, E2_IGU_ENABLE, TRUE);\n", "")], "N1", "interrupt"),
    ("ixgbevf", f"{INTEL}/vf.c", [("    plugin_write32(ps, intelvf_map.eims, 1u << vector);\n", "")], "N1", "interrupt"),
    ("ixgbevf", f"{INTEL}/vf.c", [("    if (vector >= vf->vectors)\n        return PLUGIN_OK;\n", "")], "N2", "no-vector"),
    ("ixgbevf", f"{INTEL}/vf.c", [("        plugin_write32(ps, intelvf_map.eimc, 1u << vector);\n", "        (void)ps;\n")], "N4", "interrupt"),
    ("virtio-split", f"{VIRTIO}/main.c", [("    events(ps, vector, FALSE);\n", "    (void)vector;\n")], "N4", "interrupt"),
]
