/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin for the 57712's VFs against a chip of plain memory, which follows links, takes frames as doorbells say, and completes
 * what it receives in an order of its own. Built twice: as it is, and as the published one is (BNX2X_AS_PUBLISHED).
 */
#define MOCK_RING 512
#include "guest/plugins/bnx2x/bnx2x.h"
#include "unit/npa_plugin_mock.h"

enum { ZONE = 12, IGU = 12, FRAME_BYTES = 128 };

struct ring_end {
    uint64_t page;
    uint16_t pos;
};

struct chip {
    struct mock m; /* first: the accessors cast */
    struct e2_shared shared;
    struct ring_end tx, bd, cqe, sge;
    uint16_t bell, bds, cqes, sges, sent;
    unsigned bells, frames, igu_writes;
    uint32_t igu[4];            /* the last ones */
    uint16_t last_nbd, last_flags, last_vlan;
    struct e2_tx_parse last_parse;
    uint8_t bytes[FRAME_BYTES]; /* headers of what is sent */
};

static uint32_t chip_read(struct mock *m, uint32_t offset)
{
    ck_abort_msg("the window has nothing to be read: 0x%x", offset);
    return 0;
}

static void chip_write(struct mock *m, uint32_t offset, uint32_t value)
{
    struct chip *c = (struct chip *)m;
    if (offset == E2_DOORBELL(0)) {
        ck_assert_uint_eq(value & 0xffff, E2_DOORBELL_TYPE);
        c->bell = (uint16_t)(value >> 16);
        c->bells++;
    } else if (offset == E2_PRODUCERS(ZONE)) {
        c->cqes = (uint16_t)value;
        c->bds = (uint16_t)(value >> 16);
    } else if (offset == E2_SGE_PRODUCER(ZONE)) {
        c->sges = (uint16_t)value;
    } else {
        ck_assert_uint_eq(offset, E2_IGU(IGU));
        c->igu[c->igu_writes++ % 4] = value;
    }
}

static struct e2_status_block *block(struct chip *c)
{
    return (struct e2_status_block *)(c->m.ps.txQueues[0].ringBaseVA + e2_sb_offset(MOCK_RING));
}

static struct chip *chip_make(uint8_t flags)
{
    struct chip *c = calloc(1, sizeof(*c));
    struct e2_device_info info = {.chip_id = E2_CHIP_ID, .flags = flags};
    uint64_t rx, tx;
    mock_init(&c->m, 1500);
    info.sb[0].igu = IGU;
    info.zone[0] = ZONE;
    memcpy(c->m.ps.deviceInfo, &info, sizeof(info));
    c->m.ps.shared = &c->shared;
    c->m.ps.sharedBytes = 4096;
    c->m.read = chip_read;
    c->m.write = chip_write;
    rx = c->m.ps.rxQueues[0].ringBasePA;
    tx = c->m.ps.txQueues[0].ringBasePA;
    c->tx.page = tx;
    c->bd.page = rx;
    c->cqe.page = rx + e2_cqe_offset(MOCK_RING);
    c->sge.page = rx + e2_sge_offset(MOCK_RING);
    ck_assert_uint_eq(NPA_PluginMain(&c->m.api), 0);
    mock_start(&c->m);
    return c;
}

static void chip_free(struct chip *c)
{
    mock_fini(&c->m);
    free(c);
}

/* The entry that is next, past a link if one is. */
static void *next_entry(struct ring_end *end, unsigned entries, unsigned links)
{
    unsigned bytes = E2_PAGE_BYTES / entries;
    if ((end->pos & (entries - 1)) == entries - links) {
        const struct e2_link *link = (const void *)(uintptr_t)(end->page + (entries - links) * bytes);
        end->page = link->lo | (uint64_t)link->hi << 32;
        end->pos = (uint16_t)(end->pos + links);
    }
    return (void *)(uintptr_t)(end->page + (end->pos++ & (entries - 1)) * bytes);
}

static bool is_at(const struct ring_end *end, uint16_t producer, unsigned entries, unsigned links)
{
    struct ring_end past = *end;
    if ((past.pos & (entries - 1)) == entries - links && past.pos != producer)
        past.pos = (uint16_t)(past.pos + links);
    return past.pos == producer;
}

/* ---- transmit ---- */

static uint32 send_frame(struct chip *c, uint32_t n, uint32_t fragments, const Plugin_SendInfo *info, Bool hint)
{
    static const Plugin_SendInfo plain = {.ipHeaderOffset = 14, .l4HeaderOffset = 34, .l4DataOffset = 54};
    Plugin_SgList sgl = {.numElements = fragments, .totalLength = fragments * 100, .firstSgVA = c->bytes};
    for (uint32_t k = 0; k < fragments; k++)
        sgl.elements[k] = (Plugin_SgElement){n * 0x100000ull + k * 0x1000, 100};
    return c->m.api.addFrameToTxRing(&c->m.ps, 0, info ? info : &plain, &sgl, hint);
}

/* Takes what the doorbell has announced: whole frames, their fragments where send_frame() put them. */
static unsigned take_frames(struct chip *c)
{
    unsigned done = 0;
    while (!is_at(&c->tx, c->bell, E2_TX_PAGE, E2_TX_LINKS)) {
        const struct e2_tx_start start = *(struct e2_tx_start *)next_entry(&c->tx, E2_TX_PAGE, E2_TX_LINKS);
        uint32_t bytes = start.bytes, total = 0;
        if (!(start.flags & E2_TX_START) || (start.lo & 0xfffff) || start.nbd < 2)
            ck_abort_msg("not a start BD of ours at position %u", (uint16_t)(c->tx.pos - 1));
        c->last_parse = *(struct e2_tx_parse *)next_entry(&c->tx, E2_TX_PAGE, E2_TX_LINKS);
        for (unsigned k = 2; k < start.nbd; k++) {
            const struct e2_tx_data *d = next_entry(&c->tx, E2_TX_PAGE, E2_TX_LINKS);
            total = k == 2 ? d->total : total;
            bytes += d->bytes;
        }
        if (start.nbd > 2 && total != bytes)
            ck_abort_msg("%u bytes, and the first data BD says %u", bytes, total);
        c->last_nbd = start.nbd;
        c->last_flags = start.flags;
        c->last_vlan = start.vlan;
        c->frames++;
        c->sent++;
        done++;
    }
    block(c)->index[E2_SB_TX] = c->sent;
    return done;
}

START_TEST(transmit_goes_round)
{
    struct chip *c = chip_make(E2_INFO_SHARED_SB | E2_INFO_NO_TPA);
    unsigned frames = 0;
    for (unsigned n = 0; n < 16000; n++) {
        while (send_frame(c, n % 4096, 1 + n % 7, NULL, TRUE) != PLUGIN_OK) {
            ck_assert_uint_gt(take_frames(c), 0);
            c->m.api.checkTxRing(&c->m.ps, 0);
        }
        frames++;
        if (n % 50 == 49) {
            take_frames(c);
            c->m.api.checkTxRing(&c->m.ps, 0);
        }
    }
    take_frames(c);
    c->m.api.checkTxRing(&c->m.ps, 0);
    ck_assert_uint_eq(c->frames, frames);
    ck_assert_uint_eq(c->m.completed, frames);
    chip_free(c);
}
END_TEST

/* Frames of a batch, the doorbell once: it covers them all, or, as published, the last one's BDs alone. */
START_TEST(a_batch_has_one_doorbell)
{
    struct chip *c = chip_make(E2_INFO_SHARED_SB | E2_INFO_NO_TPA);
    for (unsigned n = 0; n < 8; n++)
        ck_assert_uint_eq(send_frame(c, n, 2, NULL, n == 7), PLUGIN_OK);
    ck_assert_uint_eq(c->bells, 1);
    ck_assert_uint_eq(c->bell, BNX2X_AS_PUBLISHED ? 3 : 24);
    ck_assert_uint_eq(c->m.api.flags, BNX2X_AS_PUBLISHED ? 0 : PLUGIN_FLAG_BATCH);
    chip_free(c);
}
END_TEST

/* As many as fit: the published one keeps three BDs more than a frame's fragments free, links counted in. */
START_TEST(a_full_ring)
{
    struct chip *c = chip_make(E2_INFO_SHARED_SB | E2_INFO_NO_TPA);
    unsigned n = 0;
    while (send_frame(c, n, 1, NULL, TRUE) == PLUGIN_OK)
        n++;
    ck_assert_uint_eq(n, 254); /* of 510 BDs; of 512 positions less 4 */
    ck_assert_uint_eq(bnx2x_of(&c->m.ps)->tx[0].refused, BNX2X_AS_PUBLISHED); /* which counts it */
    ck_assert_uint_eq(take_frames(c), n);
    ck_assert_uint_eq(c->m.api.checkTxRing(&c->m.ps, 0), n);
    ck_assert_uint_eq(send_frame(c, n, 1, NULL, TRUE), PLUGIN_OK);
    chip_free(c);
}
END_TEST

START_TEST(more_fragments_than_the_chip_fetches)
{
    for (uint32_t fragments = 11; fragments <= 14; fragments++) {
        struct chip *c = chip_make(E2_INFO_SHARED_SB | E2_INFO_NO_TPA);
        ck_assert_uint_eq(send_frame(c, 0, fragments, NULL, TRUE),
                          fragments <= 12 || BNX2X_AS_PUBLISHED ? PLUGIN_OK : PLUGIN_BAD_FRAME);
        chip_free(c);
    }
}
END_TEST

/* What the stack wants of the chip, in BDs. */
START_TEST(what_the_bds_say)
{
    static const struct {
        Plugin_SendInfo info;
        uint8_t flags;
        uint16_t nbd, vlan;
        uint32_t parse;
    } rows[] = {
        {{.ipHeaderOffset = 14, .l4HeaderOffset = 34, .l4DataOffset = 54}, E2_TX_START, 3, 0x0800, 0},
        {{.ipv4 = TRUE, .l4HeaderOffset = 34, .l4DataOffset = 54}, E2_TX_START, 3, 0x0800, 0}, /* nothing is to be computed */
        {{.ipv4 = TRUE, .xsumTcpOrUdp = TRUE, .l4HeaderOffset = 34, .l4DataOffset = 54},
         E2_TX_START | E2_TX_IP_CSUM | E2_TX_L4_CSUM,
         3,
         0x0800,
         17 | 5 << 13},
        {{.ipv6 = TRUE, .udp = TRUE, .xsumTcpOrUdp = TRUE, .l4HeaderOffset = 54, .l4DataOffset = 62},
         E2_TX_START | E2_TX_IPV6 | E2_TX_L4_CSUM | E2_TX_IS_UDP,
         3,
         0x0800,
         27 | 2 << 13},
        {{.vlan = TRUE, .vlanTag = 0x6123, .l4HeaderOffset = 34, .l4DataOffset = 54},
         E2_TX_START | E2_TX_VLAN_OUTBAND,
         3,
         0x6123,
         0},
        {{.ipv4 = TRUE, .tso = TRUE, .tsoMss = 60, .xsumTcpOrUdp = TRUE, .l4HeaderOffset = 34, .l4DataOffset = 54},
         E2_TX_START | E2_TX_LSO | E2_TX_IP_CSUM | E2_TX_L4_CSUM,
         4,
         0x0800,
         17 | 5 << 13 | 60 << 17},
        {{.ipv4 = TRUE, .tso = TRUE, .tsoMss = 60, .xsumTcpOrUdp = TRUE, .l4HeaderOffset = 80, .l4DataOffset = 100}, /* no split */
         E2_TX_START | E2_TX_LSO | E2_TX_IP_CSUM | E2_TX_L4_CSUM,
         3,
         0x0800,
         40 | 5 << 13 | 60 << 17},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        static const uint8_t addresses[14] = {2, 1, 3, 4, 5, 6, 2, 7, 8, 9, 10, 11, 0x08, 0x00};
        struct chip *c = chip_make(E2_INFO_SHARED_SB | E2_INFO_NO_TPA);
        memcpy(c->bytes, addresses, sizeof(addresses));
        ck_assert_uint_eq(send_frame(c, 0, 2, &rows[i].info, TRUE), PLUGIN_OK);
        ck_assert_uint_eq(take_frames(c), 1);
        ck_assert_msg(c->last_flags == rows[i].flags, "row %u: flags %x", i, c->last_flags);
        ck_assert_msg(c->last_nbd == rows[i].nbd, "row %u: %u BDs", i, c->last_nbd);
        ck_assert_msg(c->last_vlan == rows[i].vlan, "row %u: vlan %x", i, c->last_vlan);
        ck_assert_msg(c->last_parse.data == rows[i].parse, "row %u: parse %x", i, c->last_parse.data);
        ck_assert_uint_eq(c->last_parse.dst_hi, 0x0201);
        ck_assert_uint_eq(c->last_parse.src_lo, 0x0a0b);
        ck_assert_uint_eq(c->shared.tx[0].tso_frames, rows[i].info.tso);
        chip_free(c);
    }
}
END_TEST

/* The published one's reinit leaves counts and doorbell as they are; a chip that begins anew disagrees with it. */
START_TEST(reinit_of_the_transmit_ring)
{
    struct chip *c = chip_make(E2_INFO_SHARED_SB | E2_INFO_NO_TPA);
    for (unsigned n = 0; n < 5; n++)
        send_frame(c, n, 1, NULL, TRUE);
    take_frames(c);
    c->m.api.checkTxRing(&c->m.ps, 0);
    ck_assert_uint_eq(c->m.api.reinitTxRing(&c->m.ps, 0), PLUGIN_OK);
    block(c)->index[E2_SB_TX] = 0; /* a new life of the queue */
    ck_assert_uint_eq(bnx2x_tx_pending(&c->m.ps, 0), BNX2X_AS_PUBLISHED);
    send_frame(c, 0, 1, NULL, TRUE);
    ck_assert_uint_eq(c->bell, BNX2X_AS_PUBLISHED ? 12 : 2);
    chip_free(c);
}
END_TEST

/* ---- receive ---- */

static bool can_place(struct chip *c) { return !is_at(&c->bd, c->bds, E2_RX_PAGE, E2_RX_LINKS); }

static uint8_t *take_bd(struct chip *c)
{
    const struct e2_rx_bd *bd = next_entry(&c->bd, E2_RX_PAGE, E2_RX_LINKS);
    return (uint8_t *)(uintptr_t)(bd->lo | (uint64_t)bd->hi << 32);
}

static struct e2_cqe *new_cqe(struct chip *c, uint8_t type)
{
    struct e2_cqe *cqe = next_entry(&c->cqe, E2_CQE_PAGE, E2_CQE_LINKS);
    if ((int16_t)(uint16_t)(c->cqes - c->cqe.pos) < 0)
        ck_abort_msg("no room for a completion");
    memset(cqe, 0, sizeof(*cqe));
    cqe->type = type;
    cqe->status = E2_CQE_L4_NOT_CHECKED | E2_CQE_IP_NOT_CHECKED;
    block(c)->index[E2_SB_RX] = c->cqe.pos;
    block(c)->running[0]++;
    return cqe;
}

static void place(struct chip *c, uint8_t byte, uint16_t bytes)
{
    *take_bd(c) = byte;
    struct e2_cqe *cqe = new_cqe(c, E2_CQE_START | E2_CQE_END);
    cqe->bytes = cqe->bd_bytes = bytes;
}

static uint8_t *take_sge(struct chip *c, uint16_t *pos)
{
    const struct e2_rx_bd *sge;
    ck_assert(!is_at(&c->sge, c->sges, E2_SGE_PAGE, E2_SGE_LINKS));
    sge = next_entry(&c->sge, E2_SGE_PAGE, E2_SGE_LINKS);
    *pos = (uint16_t)(c->sge.pos - 1);
    return (uint8_t *)(uintptr_t)(sge->lo | (uint64_t)sge->hi << 32);
}

START_TEST(receive_goes_round)
{
    struct chip *c = chip_make(E2_INFO_SHARED_SB | E2_INFO_NO_TPA);
    unsigned sent = 0, seen = 0, wrong = 0;
    for (unsigned round = 0; round < 1200; round++) {
        for (unsigned i = 0; i < 1 + round % 120 && can_place(c); i++, sent++)
            place(c, (uint8_t)sent, (uint16_t)(60 + sent % 1000));
        c->m.indicated = 0;
        while (c->m.api.checkRxRing(&c->m.ps, 0, 32))
            ;
        for (unsigned i = 0; i < c->m.indicated; i++, seen++) {
            wrong += c->m.first_byte[i] != (uint8_t)seen || c->m.frame[i].byteLength != 60 + seen % 1000;
        }
        ck_assert_uint_eq(seen, sent);
        c->m.api.addBuffersToRxRing(&c->m.ps, 0);
    }
    ck_assert_uint_gt(sent, 66000);
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(c->m.alloc_large, 0);
    chip_free(c);
}
END_TEST

/* Aggregations, three open at a time, that end in another order than they began: each buffer is handed up once and comes back. */
START_TEST(aggregations_in_any_order)
{
    struct chip *c = chip_make(E2_INFO_SHARED_SB);
    unsigned ended = 0;
    for (unsigned round = 0; round < 1200; round++) {
        static const uint8_t order[3][3] = {{2, 0, 1}, {1, 2, 0}, {0, 1, 2}};
        uint16_t sge[3][2];
        for (unsigned k = 0; k < 3; k++) {
            *take_bd(c) = (uint8_t)(round + k);
            new_cqe(c, E2_CQE_START)->queue = (uint8_t)(k + round % 4);
        }
        for (unsigned k = 0; k < 6; k++) /* their SGEs are interleaved */
            take_sge(c, &sge[k % 3][k / 3]);
        place(c, 0x77, 60);
        for (unsigned i = 0; i < 3; i++) {
            unsigned k = order[round % 3][i];
            struct e2_cqe *cqe = new_cqe(c, E2_CQE_END);
            cqe->queue = (uint8_t)(k + round % 4);
            cqe->bytes = 1000 + 4096 + 7;
            cqe->bd_bytes = 1000;
            cqe->sge[0] = sge[k][0];
            cqe->sge[1] = sge[k][1];
        }
        c->m.indicated = 0;
        while (c->m.api.checkRxRing(&c->m.ps, 0, 64))
            ;
        ck_assert_uint_eq(c->m.indicated, 4);
        ck_assert_uint_eq(c->m.first_byte[0], 0x77);
        for (unsigned i = 0; i < 3; i++, ended++) {
            const Shell_RecvFrame *f = &c->m.frame[1 + i];
            ck_assert_uint_eq(c->m.first_byte[1 + i], (uint8_t)(round + order[round % 3][i]));
            ck_assert_uint_eq(f->sgLength, 3);
            ck_assert_uint_eq(f->sg[1].length, 4096);
            ck_assert_uint_eq(f->sg[2].length, 7);
            ck_assert_uint_eq(f->ipXsum, SHELL_XSUM_CORRECT);
        }
        c->m.api.addBuffersToRxRing(&c->m.ps, 0);
    }
    ck_assert_uint_eq(c->shared.rx[0].lro_frames, ended);
    chip_free(c);
}
END_TEST

/* ---- interrupts ---- */

/* What is written for an enable: with nothing to do, and with a frame that nobody has looked at. */
START_TEST(how_it_enables)
{
    for (unsigned pending = 0; pending < 2; pending++) {
        struct chip *c = chip_make(E2_INFO_SHARED_SB | E2_INFO_NO_TPA);
        block(c)->running[0] = 41;
        if (pending)
            place(c, 1, 60);
        uint32_t seen = block(c)->running[0], result = c->m.api.enableInterrupt(&c->m.ps, 0);
        if (BNX2X_AS_PUBLISHED) {
            ck_assert_uint_eq(c->igu_writes, 2);
            ck_assert_uint_eq(c->igu[0], E2_IGU_DISABLE << E2_IGU_OP_SHIFT);
            ck_assert_uint_eq(c->igu[1], seen | (pending ? 0 : E2_IGU_UPDATE));
            ck_assert_uint_eq(result, 0);
        } else {
            ck_assert_uint_eq(c->igu_writes, 1);
            ck_assert_uint_eq(c->igu[0], seen | E2_IGU_UPDATE);
            ck_assert_uint_eq(result, pending ? PLUGIN_WORK_PENDING : PLUGIN_OK);
        }
        ck_assert_uint_eq(c->m.api.enableInterrupt(&c->m.ps, 77), 0); /* a vector that is not there */
        chip_free(c);
    }
}
END_TEST

/* What it does not start with. */
START_TEST(what_it_refuses)
{
    enum { FINE, NOT_SHARED, SHORT_RING, NO_SHARED, UNEQUAL };
    for (unsigned row = FINE; row <= UNEQUAL; row++) {
        struct chip *c = chip_make(E2_INFO_SHARED_SB);
        struct e2_device_info info = {.flags = row == NOT_SHARED ? 0 : E2_INFO_SHARED_SB};
        memcpy(c->m.ps.deviceInfo, &info, sizeof(info));
        c->m.ps.rxQueues[0].ringSize = row == SHORT_RING ? 224 : MOCK_RING;
        c->m.ps.sharedBytes = row == NO_SHARED ? 319 : 4096;
        c->m.ps.numTxQueues = row == UNEQUAL ? 2 : 1;
        ck_assert_msg((c->m.api.swInit(&c->m.ps) == PLUGIN_OK) == (row == FINE), "row %u", row);
        chip_free(c);
    }
}
END_TEST

MOCK_MAIN("npa_bnx2x", transmit_goes_round, a_batch_has_one_doorbell, a_full_ring, more_fragments_than_the_chip_fetches,
          what_the_bds_say, reinit_of_the_transmit_ring, receive_goes_round, aggregations_in_any_order, how_it_enables,
          what_it_refuses)
