/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plugin of intelvf against a VF of plain memory, which checks every descriptor it is given. Who includes this says how its
 * chip spells registers: REG(VFTDT(0)) is REG(VFTDT(0)) or E1000_VFTDT(0), and REG_IVAR the first VTIVAR.
 */
#ifndef VFSIM_TESTS_NPA_INTELVF_H
#define VFSIM_TESTS_NPA_INTELVF_H
#include "guest/plugins/intelvf/intelvf.h"
#include "unit/npa_plugin_mock.h"

struct vf {
    struct mock m; /* first: the accessors cast */
    uint32_t reg[0x4000 / 4];
    uint32_t tdh, rdh;
    unsigned doorbells, data_descriptors, contexts, frames;
    struct ixgbe_adv_tx_context_desc context;
    uint32_t last_cmd, last_olinfo;
    uint64_t expect_addr; /* of the next frame's first fragment */
    bool dead;            /* queues never enable */
};

static uint32_t vf_read(struct mock *m, uint32_t offset)
{
    struct vf *vf = (struct vf *)m;
    ck_assert_uint_lt(offset, 0x4000);
    return vf->reg[offset / 4];
}

static void vf_write(struct mock *m, uint32_t offset, uint32_t value)
{
    struct vf *vf = (struct vf *)m;
    ck_assert_uint_lt(offset, 0x4000);
    if (offset == REG(VTEIMS)) {
        vf->reg[offset / 4] |= value;
        return;
    }
    if (offset == REG(VTEIMC)) {
        vf->reg[REG(VTEIMS) / 4] &= ~value;
        return;
    }
    if (vf->dead && (offset == REG(VFTXDCTL(0)) || offset == REG(VFRXDCTL(0))))
        value = 0;
    vf->reg[offset / 4] = value;
    if (offset == REG(VFTDT(0)))
        vf->doorbells++;
    if (offset == REG(VFTXDCTL(0)) && !(value & IXGBE_TXDCTL_ENABLE))
        vf->tdh = 0;
    if (offset == REG(VFRXDCTL(0)) && !(value & IXGBE_RXDCTL_ENABLE))
        vf->rdh = 0;
}

static struct vf *vf_make(uint32_t mtu)
{
    struct vf *vf = calloc(1, sizeof *vf);
    mock_init(&vf->m, mtu);
    vf->m.read = vf_read;
    vf->m.write = vf_write;
    vf->m.ps.deviceInfo[INTELVF_INFO_QUEUES] = 2;
    vf->m.ps.deviceInfo[INTELVF_INFO_VECTORS] = 1;
    ck_assert_uint_eq(NPA_PluginMain(&vf->m.api), 0);
    return vf;
}

static void vf_free(struct vf *vf)
{
    mock_fini(&vf->m);
    free(vf);
}

/* Take up to `frames` frames the driver has announced; writes DD where RS asks for it. Returns how many there were. */
static unsigned vf_transmit(struct vf *vf, unsigned frames)
{
    union ixgbe_adv_tx_desc *ring =
        (void *)(uintptr_t)(vf->reg[REG(VFTDBAL(0)) / 4] | (uint64_t)vf->reg[REG(VFTDBAH(0)) / 4] << 32);
    uint32_t size = vf->reg[REG(VFTDLEN(0)) / 4] / 16, tail = vf->reg[REG(VFTDT(0)) / 4];
    unsigned done = 0, fragment = 0;
    ck_assert_uint_eq(size, MOCK_RING);
    while (vf->tdh != tail && done < frames) {
        union ixgbe_adv_tx_desc *d = &ring[vf->tdh];
        vf->tdh = (vf->tdh + 1) % size;
        ck_assert_uint_ne(d->read.cmd_type_len & IXGBE_ADVTXD_DCMD_DEXT, 0);
        if ((d->read.cmd_type_len & IXGBE_ADVTXD_DTYP_MASK) == IXGBE_ADVTXD_DTYP_CTXT) {
            memcpy(&vf->context, d, sizeof vf->context);
            vf->contexts++;
            continue;
        }
        ck_assert_uint_eq(d->read.cmd_type_len & IXGBE_ADVTXD_DTYP_MASK, IXGBE_ADVTXD_DTYP_DATA);
        ck_assert_uint_ne(d->read.olinfo_status & IXGBE_ADVTXD_CC, 0);
        ck_assert_uint_gt(vf->contexts, 0);
        ck_assert_uint_eq(d->read.cmd_type_len & IXGBE_ADVTXD_DTALEN_MASK, 100);
        ck_assert_uint_eq(d->read.buffer_addr & 0xffff, fragment * 0x1000);
        if (fragment == 0)
            ck_assert_uint_eq(d->read.buffer_addr >> 16, vf->frames);
        vf->last_cmd = d->read.cmd_type_len;
        vf->last_olinfo = d->read.olinfo_status;
        vf->data_descriptors++;
        fragment++;
        if (vf->last_cmd & IXGBE_ADVTXD_DCMD_EOP) {
            ck_assert_uint_ne(vf->last_cmd & IXGBE_ADVTXD_DCMD_RS, 0);
            ck_assert_uint_eq(vf->last_olinfo >> IXGBE_ADVTXD_PAYLEN_SHIFT, fragment * 100);
            d->wb.status = IXGBE_TXD_STAT_DD;
            fragment = 0;
            vf->frames++;
            done++;
        }
    }
    ck_assert_uint_eq(fragment, 0); /* a doorbell never cuts a frame */
    return done;
}

/* Receive one frame of `len` bytes beginning with `byte`; false: no descriptors. */
static bool vf_receive(struct vf *vf, uint32_t len, uint8_t byte, uint32_t info, uint32_t status)
{
    union ixgbe_adv_rx_desc *ring =
        (void *)(uintptr_t)(vf->reg[REG(VFRDBAL(0)) / 4] | (uint64_t)vf->reg[REG(VFRDBAH(0)) / 4] << 32);
    uint32_t tail = vf->reg[REG(VFRDT(0)) / 4], buffer = (vf->reg[REG(VFSRRCTL(0)) / 4] & 0x1f) << 10, at = vf->rdh;
    uint32_t need = (len + buffer - 1) / buffer, have = (tail + MOCK_RING - at) % MOCK_RING;
    ck_assert_uint_ne(vf->reg[REG(VFRXDCTL(0)) / 4] & IXGBE_RXDCTL_ENABLE, 0);
    if (have < need)
        return false;
    for (; len; at = (at + 1) % MOCK_RING) {
        uint32_t part = len < buffer ? len : buffer;
        ck_assert_uint_eq(ring[at].read.hdr_addr & 1, 0);
        memset((void *)(uintptr_t)ring[at].read.pkt_addr, byte, part);
        len -= part;
        ring[at].wb.pkt_info = len ? 0 : info;
        ring[at].wb.rss = 0x1234;
        ring[at].wb.vlan = 7;
        ring[at].wb.length = (uint16_t)part;
        ring[at].wb.status_error = IXGBE_RXD_STAT_DD | (len ? 0 : IXGBE_RXD_STAT_EOP | status);
    }
    vf->rdh = at;
    return true;
}

START_TEST(software_init_touches_no_register)
{
    struct vf *vf = vf_make(1500);
    memset(vf->reg, 0x55, sizeof vf->reg);
    uint32_t *before = malloc(sizeof vf->reg);
    memcpy(before, vf->reg, sizeof vf->reg);
    ck_assert_uint_eq(vf->m.api.swInit(&vf->m.ps), PLUGIN_OK);
    ck_assert_mem_eq(before, vf->reg, sizeof vf->reg);
    vf->m.ps.deviceInfo[INTELVF_INFO_QUEUES] = 0;
    ck_assert_uint_ne(vf->m.api.swInit(&vf->m.ps), PLUGIN_OK);
    free(before);
    vf_free(vf);
}
END_TEST

START_TEST(rings_are_programmed_as_the_datasheet_says)
{
    struct vf *vf = vf_make(1500);
    mock_start(&vf->m);
    ck_assert_uint_eq(vf->reg[REG(VFTDLEN(0)) / 4], MOCK_RING * 16);
    ck_assert_uint_eq(vf->reg[REG(VFRDLEN(0)) / 4], MOCK_RING * 16);
    ck_assert_uint_eq(vf->reg[REG(VFSRRCTL(0)) / 4], REG(SRRCTL_DROP_EN) | IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF | 2);
    ck_assert_uint_eq(vf->reg[REG(VFRDT(0)) / 4], MOCK_RING - 1);
    ck_assert_uint_eq(vf->reg[REG_IVAR / 4], 0x8080);
    ck_assert_uint_eq(vf->m.alloc_small, MOCK_RING - 1);
    vf_free(vf);
    vf = vf_make(9000);
    mock_start(&vf->m);
    ck_assert_uint_eq(vf->reg[REG(VFSRRCTL(0)) / 4] & 0x1f, 4);
    ck_assert_uint_eq(vf->m.alloc_large, MOCK_RING - 1);
    vf_free(vf);
}
END_TEST

START_TEST(a_dead_function_is_a_failure_not_a_hang)
{
    struct vf *vf = vf_make(1500);
    vf->dead = true;
    ck_assert_uint_eq(vf->m.api.swInit(&vf->m.ps), PLUGIN_OK);
    ck_assert_uint_eq(vf->m.api.reinitRxRing(&vf->m.ps, 0), PLUGIN_FAILURE);
    ck_assert_uint_eq(vf->m.api.reinitTxRing(&vf->m.ps, 0), PLUGIN_FAILURE);
    vf_free(vf);
}
END_TEST

/* Frames of 1 … 5 fragments for many turns of the ring; each goes out once, in order, completed as a count. */
START_TEST(transmit_wraps_in_order)
{
    struct vf *vf = vf_make(1500);
    mock_start(&vf->m);
    uint32_t sent = 0;
    for (uint32_t round = 0; round < 700; round++) {
        while (mock_send(&vf->m, sent, 1 + sent % 5, NULL, sent % 3 == 0) == PLUGIN_OK)
            if (++sent % 7 == 0)
                break;
        vf_transmit(vf, 1 + round % 4);
        vf->m.api.checkTxRing(&vf->m.ps, 0);
        ck_assert_uint_eq(vf->m.completed, vf->frames);
    }
    while (mock_send(&vf->m, sent, 1, NULL, TRUE) != PLUGIN_OK) { /* the last doorbell covers whatever was left */
        vf_transmit(vf, MOCK_RING);
        vf->m.api.checkTxRing(&vf->m.ps, 0);
    }
    sent++;
    vf_transmit(vf, MOCK_RING);
    vf->m.api.checkTxRing(&vf->m.ps, 0);
    ck_assert_uint_eq(vf->frames, sent);
    ck_assert_uint_eq(vf->m.completed, sent);
    ck_assert_uint_gt(sent, 10 * MOCK_RING);
    ck_assert_uint_eq(vf->contexts, 1); /* the same context for all of them */
    vf_free(vf);
}
END_TEST

START_TEST(a_batch_takes_one_doorbell)
{
    struct vf *vf = vf_make(1500);
    mock_start(&vf->m);
    unsigned before = vf->doorbells;
    for (uint32_t i = 0; i < 9; i++)
        ck_assert_uint_eq(mock_send(&vf->m, i, 2, NULL, i == 8), PLUGIN_OK);
    ck_assert_uint_eq(vf->doorbells, before + 1);
    ck_assert_uint_eq(vf_transmit(vf, 100), 9);
    ck_assert_uint_eq(vf->m.api.checkTxRing(&vf->m.ps, 0), 9);
    ck_assert_uint_eq(vf->m.complete_calls, 1);
    ck_assert_uint_eq(vf->m.api.checkTxRing(&vf->m.ps, 0), 0);
    ck_assert_uint_eq(vf->m.complete_calls, 1);
    vf_free(vf);
}
END_TEST

START_TEST(a_full_ring_announces_and_refuses)
{
    struct vf *vf = vf_make(1500);
    mock_start(&vf->m);
    uint32_t sent = 0;
    while (mock_send(&vf->m, sent, 3, NULL, FALSE) == PLUGIN_OK)
        sent++;
    ck_assert_uint_eq(sent, (MOCK_RING - 2) / 3);  /* one slot empty, one context */
    ck_assert_uint_eq(vf_transmit(vf, 100), sent); /* or the ring would stay full for ever */
    ck_assert_uint_eq(mock_send(&vf->m, sent, 3, NULL, TRUE), PLUGIN_NO_ROOM);
    vf->m.api.checkTxRing(&vf->m.ps, 0);
    ck_assert_uint_eq(mock_send(&vf->m, sent, 3, NULL, TRUE), PLUGIN_OK);
    vf_free(vf);
}
END_TEST

START_TEST(offloads_are_in_context_and_descriptor)
{
    struct vf *vf = vf_make(1500);
    mock_start(&vf->m);
    Plugin_SendInfo info = {.ipv4 = TRUE,
                            .udp = TRUE,
                            .xsumTcpOrUdp = TRUE,
                            .vlan = TRUE,
                            .vlanTag = 0x6005,
                            .ipHeaderOffset = 14,
                            .l4HeaderOffset = 34,
                            .l4DataOffset = 42};
    ck_assert_uint_eq(mock_send(&vf->m, 0, 1, &info, TRUE), PLUGIN_OK);
    ck_assert_uint_eq(vf_transmit(vf, 1), 1);
    ck_assert_uint_eq(vf->context.vlan_macip_lens, 0x60050000u | 14 << 9 | 20);
    ck_assert_uint_eq(vf->context.type_tucmd_mlhl & 0xffc00, IXGBE_ADVTXD_TUCMD_IPV4 | IXGBE_ADVTXD_TUCMD_L4T_UDP);
    ck_assert_uint_ne(vf->last_cmd & IXGBE_ADVTXD_DCMD_VLE, 0);
    ck_assert_uint_eq(vf->last_olinfo & 0x3f00, IXGBE_ADVTXD_POPTS_IXSM | IXGBE_ADVTXD_POPTS_TXSM);
    ck_assert_uint_eq(mock_send(&vf->m, 1, 1, &info, TRUE), PLUGIN_OK);
    info.vlanTag = 6;
    ck_assert_uint_eq(mock_send(&vf->m, 2, 1, &info, TRUE), PLUGIN_OK);
    ck_assert_uint_eq(vf_transmit(vf, 2), 2);
    ck_assert_uint_eq(vf->contexts, 2); /* the second frame needed none */
    ck_assert_uint_eq(mock_send(&vf->m, 3, 1, &info, FALSE), PLUGIN_OK);
    info.ipHeaderOffset = 200;
    ck_assert_uint_eq(mock_send(&vf->m, 4, 1, &info, TRUE), PLUGIN_BAD_FRAME);
    ck_assert_uint_eq(vf_transmit(vf, 2), 1); /* what was told to wait for it was announced */
    vf_free(vf);
}
END_TEST

START_TEST(receive_wraps_and_fills_to_the_brim)
{
    struct vf *vf = vf_make(1500);
    mock_start(&vf->m);
    unsigned received = 0;
    for (unsigned round = 0; round < 500; round++) {
        for (unsigned i = 0; i < round % 9; i++)
            received += vf_receive(vf, 60 + round, (uint8_t)received, 0, 0);
        vf->m.api.checkRxRing(&vf->m.ps, 0, MOCK_RING);
        vf->m.api.addBuffersToRxRing(&vf->m.ps, 0);
        ck_assert_uint_eq(vf->m.indicated, received);
    }
    ck_assert_uint_gt(received, 20 * MOCK_RING);
    for (unsigned i = 0; i < received; i++)
        ck_assert_uint_eq(vf->m.first_byte[i], (uint8_t)i);
    unsigned room = 0;
    while (vf_receive(vf, 60, 0, 0, 0))
        room++;
    ck_assert_uint_eq(room, MOCK_RING - 1);
    vf_free(vf);
}
END_TEST

START_TEST(a_poll_keeps_its_budget)
{
    struct vf *vf = vf_make(1500);
    mock_start(&vf->m);
    for (unsigned i = 0; i < 20; i++)
        vf_receive(vf, 60, (uint8_t)i, 0, 0);
    ck_assert_uint_eq(vf->m.api.checkRxRing(&vf->m.ps, 0, 8), 1);
    ck_assert_uint_eq(vf->m.indicated, 8);
    vf->m.api.checkRxRing(&vf->m.ps, 0, 64);
    ck_assert_uint_eq(vf->m.indicated, 20);
    ck_assert_uint_eq(vf->m.api.checkRxRing(&vf->m.ps, 0, 64), 0);
    vf_free(vf);
}
END_TEST

START_TEST(a_frame_over_several_buffers_is_one_frame)
{
    struct vf *vf = vf_make(9000);
    mock_start(&vf->m);
    for (unsigned i = 0; i < 100; i++) {
        ck_assert(vf_receive(vf, 9018, (uint8_t)i, 0, 0));
        if (i % 3)
            vf->m.api.checkRxRing(&vf->m.ps, 0, 64);
        vf->m.api.addBuffersToRxRing(&vf->m.ps, 0);
    }
    vf->m.api.checkRxRing(&vf->m.ps, 0, 64);
    ck_assert_uint_eq(vf->m.indicated, 100);
    for (unsigned i = 0; i < 100; i++) {
        ck_assert_uint_eq(vf->m.frame[i].sgLength, 3);
        ck_assert_uint_eq(vf->m.frame[i].byteLength, 9018);
        ck_assert_uint_eq(vf->m.frame[i].sg[2].length, 9018 - 2 * 4096);
    }
    vf_free(vf);
}
END_TEST

START_TEST(half_a_frame_waits_for_its_end)
{
    struct vf *vf = vf_make(9000);
    mock_start(&vf->m);
    vf_receive(vf, 8000, 1, 0, 0);
    union ixgbe_adv_rx_desc *last = (void *)(vf->m.ps.rxQueues[0].ringBaseVA + 16);
    uint32_t status = last->wb.status_error;
    last->wb.status_error = status & ~IXGBE_RXD_STAT_DD;
    ck_assert_uint_eq(vf->m.api.checkRxRing(&vf->m.ps, 0, 64), 0);
    last->wb.status_error = status;
    vf->m.api.checkRxRing(&vf->m.ps, 0, 64);
    ck_assert_uint_eq(vf->m.indicated, 1);
    vf_free(vf);
}
END_TEST

START_TEST(receive_status_is_told)
{
    struct vf *vf = vf_make(1500);
    mock_start(&vf->m);
    uint32_t tcp = IXGBE_RXDADV_PKTTYPE_IPV4 | IXGBE_RXDADV_PKTTYPE_TCP | 1;
    vf_receive(vf, 60, 0, tcp, IXGBE_RXD_STAT_VP | IXGBE_RXD_STAT_IPCS | IXGBE_RXD_STAT_L4CS);
    vf_receive(vf, 60, 0, tcp, IXGBE_RXD_STAT_IPCS | IXGBE_RXD_STAT_L4CS | IXGBE_RXDADV_ERR_TCPE);
    vf_receive(vf, 60, 0, 0, IXGBE_RXD_STAT_PIF);
    vf->m.api.checkRxRing(&vf->m.ps, 0, 64);
    const Shell_RecvFrame *f = vf->m.frame;
    ck_assert(f[0].vlan && f[0].vlanTag == 7 && f[0].ipv4 && f[0].tcp && !f[0].udp && f[0].perfectFiltered);
    ck_assert_uint_eq(f[0].tcpXsum, SHELL_XSUM_CORRECT);
    ck_assert_uint_eq(f[0].ipXsum, SHELL_XSUM_CORRECT);
    ck_assert_uint_eq(f[0].udpXsum, SHELL_XSUM_UNKNOWN);
    ck_assert_uint_eq(f[0].rssHashType, SHELL_RECV_HASH_TYPE_TCP_IPV4);
    ck_assert_uint_eq(f[0].rssHashValue, 0x1234);
    ck_assert(!f[1].vlan && f[1].tcpXsum == SHELL_XSUM_INCORRECT);
    ck_assert(f[2].nonIp && !f[2].perfectFiltered && f[2].ipXsum == SHELL_XSUM_UNKNOWN);
    vf_free(vf);
}
END_TEST

START_TEST(unmasking_finds_work_that_came_before)
{
    struct vf *vf = vf_make(1500);
    mock_start(&vf->m);
    ck_assert_uint_eq(vf->m.api.enableInterrupt(&vf->m.ps, 0), PLUGIN_OK);
    ck_assert_uint_eq(vf->reg[REG(VTEIMS) / 4], 1);
    ck_assert_uint_eq(vf->m.api.disableInterrupt(&vf->m.ps, 0), PLUGIN_OK);
    ck_assert_uint_eq(vf->reg[REG(VTEIMS) / 4], 0);
    vf_receive(vf, 60, 0, 0, 0);
    ck_assert_uint_eq(vf->m.api.enableInterrupt(&vf->m.ps, 0), PLUGIN_WORK_PENDING);
    vf->m.api.checkRxRing(&vf->m.ps, 0, 64);
    mock_send(&vf->m, 0, 1, NULL, TRUE);
    ck_assert_uint_eq(vf->m.api.enableInterrupt(&vf->m.ps, 0), PLUGIN_OK);
    vf_transmit(vf, 1);
    ck_assert_uint_eq(vf->m.api.enableInterrupt(&vf->m.ps, 0), PLUGIN_WORK_PENDING);
    ck_assert_uint_eq(vf->m.api.enableInterrupt(&vf->m.ps, 9), PLUGIN_OK); /* no such vector: nothing happens */
    vf_free(vf);
}
END_TEST

START_TEST(rings_start_again_after_a_reinit)
{
    struct vf *vf = vf_make(1500);
    mock_start(&vf->m);
    for (uint32_t i = 0; i < 10; i++)
        mock_send(&vf->m, i, 2, NULL, TRUE);
    vf_receive(vf, 60, 1, 0, 0);
    for (unsigned round = 0; round < 3; round++) {
        ck_assert_uint_eq(vf->m.api.reinitRxRing(&vf->m.ps, 0), PLUGIN_OK);
        ck_assert_uint_eq(vf->m.api.reinitTxRing(&vf->m.ps, 0), PLUGIN_OK);
        vf->m.api.addBuffersToRxRing(&vf->m.ps, 0);
        ck_assert_uint_eq(vf->m.api.checkTxRing(&vf->m.ps, 0), 0);
        ck_assert_uint_eq(vf->m.api.checkRxRing(&vf->m.ps, 0, 64), 0);
        vf->frames = vf->contexts = 0;
        ck_assert_uint_eq(mock_send(&vf->m, 0, 2, NULL, TRUE), PLUGIN_OK);
        ck_assert_uint_eq(vf_transmit(vf, 9), 1);
        ck_assert_uint_eq(vf->contexts, 1); /* the queue has forgotten its context */
    }
    vf_free(vf);
}
END_TEST

MOCK_MAIN("npa_ixgbevf", software_init_touches_no_register, rings_are_programmed_as_the_datasheet_says,
          a_dead_function_is_a_failure_not_a_hang, transmit_wraps_in_order, a_batch_takes_one_doorbell,
          a_full_ring_announces_and_refuses, offloads_are_in_context_and_descriptor, receive_wraps_and_fills_to_the_brim,
          a_poll_keeps_its_budget, a_frame_over_several_buffers_is_one_frame, half_a_frame_waits_for_its_end,
          receive_status_is_told, unmasking_finds_work_that_came_before, rings_start_again_after_a_reinit)

#endif
