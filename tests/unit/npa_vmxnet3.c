/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vmxnet3 plugin against a device of plain memory that reads generation bits as the real one does. */
#include "guest/plugins/vmxnet3/vmxnet3.h"
#include "unit/npa_plugin_mock.h"

struct shared {
    struct Vmxnet3_TxQueueDesc tx;
    struct Vmxnet3_RxQueueDesc rx;
};

struct dev {
    struct mock m;
    struct shared shared;
    uint32_t size; /* of the receive ring */
    uint32_t tx_next, tx_gen, tc_next, tc_gen, rx_next, rx_gen, rc_next, rc_gen;
    unsigned tx_kicks, rx_kicks, frames;
    uint32_t prod, rx_prod, imr, first2, first3;
};

static uint32_t dev_read(struct mock *m, uint32_t offset)
{
    ck_abort_msg("the data path reads no register (0x%x)", offset);
    return 0;
}

static void dev_write(struct mock *m, uint32_t offset, uint32_t value)
{
    struct dev *d = (struct dev *)m;
    if (offset == VMXNET3_REG_TXPROD) {
        d->tx_kicks++;
        d->prod = value;
    } else if (offset == VMXNET3_REG_RXPROD) {
        d->rx_kicks++;
        d->rx_prod = value;
    } else {
        ck_assert_uint_eq(offset, VMXNET3_REG_IMR);
        d->imr = value;
    }
}

static struct dev *dev_make(uint32_t mtu)
{
    struct dev *d = calloc(1, sizeof *d);
    mock_init(&d->m, mtu);
    d->m.read = dev_read;
    d->m.write = dev_write;
    d->m.ps.shared = &d->shared;
    d->size = vmxnet3_rx_ring_size(MOCK_RING, mtu);
    d->tx_gen = d->tc_gen = d->rx_gen = d->rc_gen = d->imr = 1;
    ck_assert_uint_eq(vmxnet3_plugin_main(&d->m.api), 0);
    return d;
}

static void dev_free(struct dev *d)
{
    mock_fini(&d->m);
    free(d);
}

static void step(uint32_t *next, uint32_t *gen, uint32_t size)
{
    if (++*next == size) {
        *next = 0;
        *gen ^= 1;
    }
}

static unsigned dev_transmit(struct dev *d, unsigned frames)
{
    struct Vmxnet3_TxDesc *ring = (void *)d->m.ps.txQueues[0].ringBaseVA;
    struct Vmxnet3_TxCompDesc *comp = (void *)(d->m.ps.txQueues[0].ringBaseVA + vmxnet3_completions(MOCK_RING));
    unsigned done = 0, fragment = 0;
    while (done < frames && !!(ring[d->tx_next].dword2 & VMXNET3_TXD_GEN) == d->tx_gen) {
        const struct Vmxnet3_TxDesc t = ring[d->tx_next];
        uint32_t index = d->tx_next;
        step(&d->tx_next, &d->tx_gen, MOCK_RING);
        ck_assert_uint_eq(t.dword2 & VMXNET3_TXD_LEN_MASK, 100);
        ck_assert_uint_eq(t.addr, d->frames * 0x10000ull + fragment * 0x1000);
        if (!fragment++) {
            d->first2 = t.dword2;
            d->first3 = t.dword3;
        }
        if (!(t.dword3 & VMXNET3_TXD_EOP))
            continue;
        ck_assert_uint_ne(t.dword3 & VMXNET3_TXD_CQ, 0);
        comp[d->tc_next].dword0 = index;
        comp[d->tc_next].dword3 = d->tc_gen ? VMXNET3_CD_GEN : 0;
        step(&d->tc_next, &d->tc_gen, MOCK_RING);
        d->frames++;
        done++;
        fragment = 0;
    }
    ck_assert_uint_eq(fragment, 0); /* the first descriptor of a frame is given away last */
    return done;
}

static bool ready(const struct dev *d, uint32_t at, uint32_t gen)
{
    const struct Vmxnet3_RxDesc *ring = (void *)d->m.ps.rxQueues[0].ringBaseVA;
    return !!(ring[at].dword2 & VMXNET3_RXD_GEN) == gen && ring[at].addr;
}

static bool dev_receive(struct dev *d, uint32_t len, uint8_t byte, uint32_t dword0, uint32_t dword2, uint32_t dword3)
{
    struct Vmxnet3_RxDesc *ring = (void *)d->m.ps.rxQueues[0].ringBaseVA;
    struct Vmxnet3_RxCompDesc *comp = (void *)(d->m.ps.rxQueues[0].ringBaseVA + vmxnet3_completions(MOCK_RING));
    while (ready(d, d->rx_next, d->rx_gen) && (ring[d->rx_next].dword2 & VMXNET3_RXD_BTYPE_BODY))
        step(&d->rx_next, &d->rx_gen, d->size); /* passed over */
    uint32_t at = d->rx_next, gen = d->rx_gen, room = 0;
    while (room < len) {
        if (!ready(d, at, gen))
            return false;
        room += ring[at].dword2 & VMXNET3_RXD_LEN_MASK;
        step(&at, &gen, d->size);
    }
    for (bool first = true; len; first = false) {
        uint32_t index = d->rx_next, buffer = ring[index].dword2 & VMXNET3_RXD_LEN_MASK, part = len < buffer ? len : buffer;
        ck_assert_int_eq(!!(ring[index].dword2 & VMXNET3_RXD_BTYPE_BODY), !first);
        memset((void *)(uintptr_t)ring[index].addr, byte, part);
        len -= part;
        comp[d->rc_next].dword0 = index | (first ? VMXNET3_RCD_SOP : 0) | (len ? 0 : VMXNET3_RCD_EOP) | dword0;
        comp[d->rc_next].rssHash = 0x1234;
        comp[d->rc_next].dword2 = part | dword2;
        comp[d->rc_next].dword3 = dword3 | (d->rc_gen ? VMXNET3_CD_GEN : 0);
        step(&d->rx_next, &d->rx_gen, d->size);
        step(&d->rc_next, &d->rc_gen, d->size);
    }
    return true;
}

START_TEST(transmit_wraps_in_order)
{
    struct dev *d = dev_make(1500);
    mock_start(&d->m);
    uint32_t sent = 0;
    for (uint32_t round = 0; round < 700; round++) {
        while (mock_send(&d->m, sent, 1 + sent % 5, NULL, TRUE) == PLUGIN_OK)
            if (++sent % 7 == 0)
                break;
        dev_transmit(d, 1 + round % 4);
        d->m.api.checkTxRing(&d->m.ps, 0);
        ck_assert_uint_eq(d->m.completed, d->frames);
    }
    dev_transmit(d, MOCK_RING);
    d->m.api.checkTxRing(&d->m.ps, 0);
    ck_assert_uint_eq(d->m.completed, sent);
    ck_assert_uint_gt(sent, 10 * MOCK_RING);
    ck_assert_uint_eq(d->prod, d->tx_next);
    dev_free(d);
}
END_TEST

START_TEST(a_full_ring_announces_and_refuses)
{
    struct dev *d = dev_make(1500);
    mock_start(&d->m);
    uint32_t sent = 0;
    while (mock_send(&d->m, sent, 3, NULL, FALSE) == PLUGIN_OK)
        sent++;
    ck_assert_uint_eq(sent, (MOCK_RING - 1) / 3);
    ck_assert_uint_eq(d->tx_kicks, 1);
    ck_assert_uint_eq(d->prod, sent * 3 % MOCK_RING);
    ck_assert_uint_eq(mock_send(&d->m, sent, 3, NULL, TRUE), PLUGIN_NO_ROOM);
    dev_transmit(d, 1);
    d->m.api.checkTxRing(&d->m.ps, 0);
    ck_assert_uint_eq(mock_send(&d->m, sent, 3, NULL, TRUE), PLUGIN_OK);
    dev_free(d);
}
END_TEST

START_TEST(the_threshold_saves_doorbells)
{
    struct dev *d = dev_make(1500);
    mock_start(&d->m);
    d->shared.tx.ctrl.txThreshold = 4;
    for (uint32_t i = 0; i < 7; i++)
        mock_send(&d->m, i, 1, NULL, TRUE);
    ck_assert_uint_eq(d->tx_kicks, 1);
    ck_assert_uint_eq(d->shared.tx.ctrl.txNumDeferred, 3);
    dev_free(d);
}
END_TEST

START_TEST(offloads_are_in_the_first_descriptor)
{
    struct dev *d = dev_make(1500);
    mock_start(&d->m);
    Plugin_SendInfo info = {.ipv4 = TRUE,
                            .xsumTcpOrUdp = TRUE,
                            .vlan = TRUE,
                            .vlanTag = 0x6005,
                            .ipHeaderOffset = 14,
                            .l4HeaderOffset = 34,
                            .l4DataOffset = 54};
    mock_send(&d->m, 0, 2, &info, TRUE);
    ck_assert_uint_eq(dev_transmit(d, 1), 1);
    ck_assert_uint_eq(d->first2 >> VMXNET3_TXD_MSSCOF_SHIFT, 34 + 16);
    ck_assert_uint_eq(d->first3, 0x6005u << 16 | VMXNET3_TXD_TI | VMXNET3_OM_CSUM << VMXNET3_TXD_OM_SHIFT | 34);
    info.tso = TRUE;
    info.tsoMss = 50;
    mock_send(&d->m, 1, 2, &info, TRUE);
    ck_assert_uint_eq(dev_transmit(d, 1), 1);
    ck_assert_uint_eq(d->first2 >> VMXNET3_TXD_MSSCOF_SHIFT, 50);
    ck_assert_uint_eq(d->first3 & 0xfff, VMXNET3_OM_TSO << VMXNET3_TXD_OM_SHIFT | 54);
    dev_free(d);
}
END_TEST

START_TEST(receive_wraps)
{
    struct dev *d = dev_make(1500);
    mock_start(&d->m);
    unsigned received = 0;
    for (unsigned round = 0; round < 500; round++) {
        for (unsigned i = 0; i < round % 9; i++)
            received += dev_receive(d, 60 + round, (uint8_t)received, 0, 0, 0);
        if (d->m.api.checkRxRing(&d->m.ps, 0, MOCK_RING))
            d->m.api.addBuffersToRxRing(&d->m.ps, 0);
        ck_assert_uint_eq(d->m.indicated, received);
    }
    ck_assert_uint_gt(received, 20 * MOCK_RING);
    for (unsigned i = 0; i < received; i++)
        ck_assert_uint_eq(d->m.first_byte[i], (uint8_t)i);
    unsigned room = 0;
    while (dev_receive(d, 60, 0, 0, 0, 0))
        room++;
    ck_assert_uint_eq(room, MOCK_RING - 1);
    ck_assert_uint_eq(d->rx_kicks, 0); /* the device did not ask for it */
    dev_free(d);
}
END_TEST

START_TEST(producers_are_announced_on_request)
{
    struct dev *d = dev_make(1500);
    mock_start(&d->m);
    ck_assert_uint_eq(d->rx_kicks, 0);
    d->m.api.addBuffersToRxRing(&d->m.ps, 0);
    ck_assert_uint_eq(d->rx_kicks, 1);
    ck_assert_uint_eq(d->rx_prod, MOCK_RING - 1);
    d->shared.rx.ctrl.updateRxProd = 1;
    dev_receive(d, 60, 0, 0, 0, 0);
    d->m.api.checkRxRing(&d->m.ps, 0, 64);
    d->m.api.addBuffersToRxRing(&d->m.ps, 0);
    ck_assert_uint_eq(d->rx_kicks, 2);
    dev_free(d);
}
END_TEST

/* 9,018 bytes take three buffers of a group of three, 100 bytes leave two bodies that are passed over and given again.
 */
START_TEST(groups_hold_large_and_small_frames)
{
    struct dev *d = dev_make(9000);
    mock_start(&d->m);
    ck_assert_uint_eq(d->size % 3, 0);
    unsigned received = 0;
    for (unsigned round = 0; round < 400; round++) {
        received += dev_receive(d, round % 3 ? 9018 : 100, (uint8_t)received, 0, 0, 0);
        if (d->m.api.checkRxRing(&d->m.ps, 0, 64))
            d->m.api.addBuffersToRxRing(&d->m.ps, 0);
        ck_assert_uint_eq(d->m.indicated, received);
        ck_assert_uint_eq(d->m.frame[received - 1].sgLength, round % 3 ? 3 : 1);
        ck_assert_uint_eq(d->m.frame[received - 1].byteLength, round % 3 ? 9018 : 100);
    }
    ck_assert_uint_eq(received, 400);
    dev_free(d);
}
END_TEST

START_TEST(receive_status_is_told)
{
    struct dev *d = dev_make(1500);
    mock_start(&d->m);
    uint32_t tcp = VMXNET3_RCD_V4 | VMXNET3_RCD_TCP;
    dev_receive(d, 60, 0, 2u << VMXNET3_RCD_RSSTYPE_SHIFT, VMXNET3_RCD_TS | 7u << 16, tcp | VMXNET3_RCD_TUC | VMXNET3_RCD_IPC);
    dev_receive(d, 60, 0, 0, 0, tcp | VMXNET3_RCD_IPC);
    dev_receive(d, 60, 0, VMXNET3_RCD_CNC, 0, tcp);
    dev_receive(d, 60, 9, 0, VMXNET3_RCD_ERR, 0);
    dev_receive(d, 60, 8, 0, 0, 0);
    d->m.api.checkRxRing(&d->m.ps, 0, 64);
    const Shell_RecvFrame *f = d->m.frame;
    ck_assert_uint_eq(d->m.indicated, 4); /* not the one in error */
    ck_assert(f[0].vlan && f[0].vlanTag == 7 && f[0].rssHashType == 2 && f[0].rssHashValue == 0x1234);
    ck_assert(f[0].tcpXsum == SHELL_XSUM_CORRECT && f[0].ipXsum == SHELL_XSUM_CORRECT);
    ck_assert(f[1].tcpXsum == SHELL_XSUM_INCORRECT && f[1].ipXsum == SHELL_XSUM_CORRECT && !f[1].vlan);
    ck_assert(f[2].tcpXsum == SHELL_XSUM_UNKNOWN && f[2].ipXsum == SHELL_XSUM_UNKNOWN);
    ck_assert_uint_eq(d->m.first_byte[3], 8);
    dev_free(d);
}
END_TEST

/* A device that names a slot behind the ring is not followed there: the frame is dropped. */
START_TEST(a_slot_that_is_not_there)
{
    for (uint32_t slot = MOCK_RING; slot <= MOCK_RING + 1; slot++) {
        struct dev *d = dev_make(1500);
        mock_start(&d->m);
        struct Vmxnet3_RxCompDesc *comp = (void *)(d->m.ps.rxQueues[0].ringBaseVA + vmxnet3_completions(MOCK_RING));
        uint32_t head = vmxnet3_of(&d->m.ps)->rx[0].head;
        dev_receive(d, 60, 9, 0, 0, 0);
        comp[0].dword0 = (comp[0].dword0 & ~(uint32_t)VMXNET3_RCD_RXDIDX_MASK) | slot;
        d->m.api.checkRxRing(&d->m.ps, 0, 1);
        ck_assert_uint_eq(d->m.indicated, 0);
        ck_assert_uint_eq(vmxnet3_of(&d->m.ps)->rx[0].head, head);
        dev_free(d);
    }
}
END_TEST

START_TEST(unmasking_finds_work_that_came_before)
{
    struct dev *d = dev_make(1500);
    mock_start(&d->m);
    ck_assert_uint_eq(d->m.api.enableInterrupt(&d->m.ps, 0), PLUGIN_OK);
    ck_assert_uint_eq(d->imr, 0);
    d->m.api.disableInterrupt(&d->m.ps, 0);
    ck_assert_uint_eq(d->imr, 1);
    dev_receive(d, 60, 0, 0, 0, 0);
    ck_assert_uint_eq(d->m.api.enableInterrupt(&d->m.ps, 0), PLUGIN_WORK_PENDING);
    d->m.api.checkRxRing(&d->m.ps, 0, 64);
    mock_send(&d->m, 0, 1, NULL, TRUE);
    ck_assert_uint_eq(d->m.api.enableInterrupt(&d->m.ps, 0), PLUGIN_OK);
    dev_transmit(d, 1);
    ck_assert_uint_eq(d->m.api.enableInterrupt(&d->m.ps, 0), PLUGIN_WORK_PENDING);
    dev_free(d);
}
END_TEST

START_TEST(rings_start_again_after_a_reinit)
{
    struct dev *d = dev_make(1500);
    mock_start(&d->m);
    for (uint32_t i = 0; i < 10; i++) {
        mock_send(&d->m, i, 2, NULL, TRUE);
        dev_receive(d, 60, 1, 0, 0, 0);
    }
    dev_transmit(d, 5);
    ck_assert_uint_eq(d->m.api.reinitRxRing(&d->m.ps, 0), PLUGIN_OK);
    ck_assert_uint_eq(d->m.api.reinitTxRing(&d->m.ps, 0), PLUGIN_OK);
    d->m.api.addBuffersToRxRing(&d->m.ps, 0);
    ck_assert_uint_eq(d->m.api.checkTxRing(&d->m.ps, 0), 0);
    ck_assert_uint_eq(d->m.api.checkRxRing(&d->m.ps, 0, 64), 0);
    d->tx_next = d->tc_next = d->rx_next = d->rc_next = d->frames = 0;
    d->tx_gen = d->tc_gen = d->rx_gen = d->rc_gen = 1;
    ck_assert_uint_eq(mock_send(&d->m, 0, 2, NULL, TRUE), PLUGIN_OK);
    ck_assert_uint_eq(dev_transmit(d, 9), 1);
    ck_assert(dev_receive(d, 60, 1, 0, 0, 0));
    dev_free(d);
}
END_TEST

MOCK_MAIN("npa_vmxnet3", transmit_wraps_in_order, a_full_ring_announces_and_refuses, the_threshold_saves_doorbells,
          offloads_are_in_the_first_descriptor, receive_wraps, producers_are_announced_on_request,
          groups_hold_large_and_small_frames, receive_status_is_told, a_slot_that_is_not_there,
          unmasking_finds_work_that_came_before, rings_start_again_after_a_reinit)
