/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the 57712 share: a chip whose PF a test drives by hand, a VF with one queue in a memory of its own, and a wire.
 *
 * The VF's rings are in pages that lie in no order, so that only their links lead from one to the next.
 */
#ifndef VFSIM_TESTS_NIC57712_WORLD_H
#define VFSIM_TESTS_NIC57712_WORLD_H

#include "nic/57712/desc.h"
#include "nic/57712/regs.h"
#include "unit/nic_board.h"

enum {
    VFS = 3,
    HOST_MEM = 0x10000,
    VF_MEM = 0x200000,
    PAGES = 4, /* of each ring */
    TX_AT = 0x10000,
    RX_AT = 0x20000,
    CQE_AT = 0x30000,
    SGE_AT = 0x40000,
    SB_AT = 0x50000,
    FRAMES_AT = 0x60000,
    BUFFERS_AT = 0x100000,
    BUFFERS = 256,
    ZONE = 5,
    SB = 9,
    VECTOR = 2,
};

struct e2_world {
    struct nic_board b;
    uint32_t tx_pos, rx_pos, cqe_pos, sge_pos; /* run freely */
};
static struct e2_world w;

/* Pages of a ring in the order in which they are linked: 2, 0, 3, 1. */
static inline uint32_t page_at(uint32_t ring, uint32_t number)
{
    static const uint32_t order[PAGES] = {2, 0, 3, 1};
    return ring + order[number % PAGES] * E2_PAGE_BYTES;
}

static inline void *entry_at(uint32_t ring, uint32_t entries, uint32_t pos)
{
    return w.b.vf + page_at(ring, pos / entries) + pos % entries * (E2_PAGE_BYTES / entries);
}

static inline uint32_t past_link(uint32_t pos, uint32_t entries, uint32_t links)
{
    return pos % entries == entries - links ? pos + links : pos;
}

static inline void link_ring(uint32_t ring, uint32_t entries, uint32_t links)
{
    for (uint32_t p = 0; p < PAGES; p++) {
        struct e2_link link = {page_at(ring, p + 1), 0};
        memcpy(entry_at(ring, entries, p * entries + entries - links), &link, sizeof(link));
    }
}

static inline void run(sim_time span) { board_run(&w.b, span); }

static inline void pf_put(uint32_t off, uint32_t value)
{
    pci_mmio_write(w.b.nic->pf, &w.b.me, sim_now(w.b.sim), E2_BAR, off, 4, value);
    run(3 * SIM_US);
}

static inline uint32_t pf_get(uint32_t off) { return (uint32_t)pci_mmio_peek(w.b.nic->pf, E2_BAR, off, 4); }

static inline void vf_put(unsigned vf, uint32_t off, uint32_t value)
{
    pci_mmio_write(w.b.nic->vf[vf], &w.b.me, sim_now(w.b.sim), E2_BAR, off, 4, value);
    run(3 * SIM_US);
}

static inline uint32_t ramrod(uint32_t what, uint32_t id, uint32_t data)
{
    pf_put(E2_RAMROD_ID, id);
    pf_put(E2_RAMROD_DATA, data);
    pf_put(E2_RAMROD_ADDR_LO, 0);
    pf_put(E2_RAMROD_ADDR_HI, 0);
    pf_put(E2_RAMROD, what);
    run(5 * SIM_US);
    return pf_get(E2_RAMROD_STATUS);
}

static inline struct e2_client_setup *setup_page(void) { return (struct e2_client_setup *)w.b.host; }

static inline void fill_setup(uint32_t flags)
{
    *setup_page() = (struct e2_client_setup){
        .tx_bds = page_at(TX_AT, 0),
        .rx_bds = page_at(RX_AT, 0),
        .cqes = page_at(CQE_AT, 0),
        .cqes_next = page_at(CQE_AT, 1),
        .sges = page_at(SGE_AT, 0),
        .status_block = SB_AT,
        .flags = E2_SETUP_TX | E2_SETUP_RX | flags,
        .buffer = 1000,
        .sb = SB,
    };
}

static inline struct e2_status_block *sb(void) { return (struct e2_status_block *)(w.b.vf + SB_AT); }

/* VF 0 has zone ZONE, status block SB and vector VECTOR; its address is 02:…:0a, and it may do all. */
static inline void world_setup(uint32_t flags)
{
    memset(&w, 0, sizeof(w));
    board_setup(&w.b, "57712", VFS, E2_VF_VECTORS, HOST_MEM, VF_MEM);
    link_ring(TX_AT, E2_TX_PAGE, E2_TX_LINKS);
    link_ring(RX_AT, E2_RX_PAGE, E2_RX_LINKS);
    link_ring(CQE_AT, E2_CQE_PAGE, E2_CQE_LINKS);
    link_ring(SGE_AT, E2_SGE_PAGE, E2_SGE_LINKS);
    pf_put(E2_ZONE(ZONE), E2_VALID | 0 << E2_FUNCTION_SHIFT | 0);
    pf_put(E2_IGU_MAP(SB), E2_VALID | 0 << E2_FUNCTION_SHIFT | VECTOR);
    pf_put(E2_SWITCH, E2_SWITCH_LOOPBACK);
    pf_put(E2_VPORT(0), E2_VPORT_RX | E2_VPORT_TX | E2_VPORT_BROADCAST | E2_VPORT_UNTAGGED);
    pf_put(E2_MAC_LO(1), 0x00000002);
    pf_put(E2_MAC_HI(1), 0x0a00 | E2_VALID);
    fill_setup(flags);
    ck_assert_uint_eq(ramrod(E2_RAMROD_CLIENT_SETUP, ZONE, 0), 0);
    ck_assert_uint_eq(ramrod(E2_RAMROD_CLIENT_UPDATE, ZONE, E2_CLIENT_RX | E2_CLIENT_TX), 0);
}

static inline void world_teardown(void) { board_teardown(&w.b); }

static inline uint64_t counter(const char *name)
{
    const char *found;
    uint64_t value;
    for (unsigned i = 0; w.b.nic->ops->counter(w.b.nic, i, &found, &value); i++)
        if (!strcmp(found, name))
            return value;
    ck_abort_msg("no counter %s", name);
    return 0;
}

/* ---- the VF's driver ---- */

static inline union e2_tx_bd *next_bd(void)
{
    union e2_tx_bd *bd = entry_at(TX_AT, E2_TX_PAGE, w.tx_pos);
    memset(bd, 0, sizeof(*bd));
    w.tx_pos = past_link(w.tx_pos + 1, E2_TX_PAGE, E2_TX_LINKS);
    return bd;
}

static inline void ring_bell(void) { vf_put(0, E2_DOORBELL(0), E2_DOORBELL_TYPE | w.tx_pos << E2_DOORBELL_PRODUCER_SHIFT); }

/* A frame from the VF to the peer at `at` in its memory, of `len` bytes, in `pieces` data BDs. Nobody is told. */
static inline struct e2_tx_start *post_frame(uint32_t at, uint32_t len, uint32_t pieces)
{
    uint8_t *p = w.b.vf + at;
    uint32_t part = len / pieces;
    memset(p, 0, len);
    memcpy(p, mac_of(9), 6);
    memcpy(p + 6, mac_of(10), 6);
    p[12] = 0x88;
    p[13] = 0xb5;
    union e2_tx_bd *start = next_bd(), *parse = next_bd();
    start->start = (struct e2_tx_start){.lo = at,
                                        .nbd = (uint16_t)(1 + pieces),
                                        .bytes = (uint16_t)(pieces == 1 ? len : part),
                                        .vlan = 0x88b5,
                                        .flags = E2_TX_START,
                                        .general = 1 | E2_TX_UNICAST << E2_TX_ADDRESS_SHIFT};
    parse->parse = (struct e2_tx_parse){.dst_hi = 0x0200, .dst_lo = 9, .src_hi = 0x0200, .src_lo = 10};
    for (uint32_t i = 1; i < pieces; i++)
        next_bd()->data = (struct e2_tx_data){
            .lo = at + i * part, .bytes = (uint16_t)(i + 1 == pieces ? len - i * part : part), .total = (uint16_t)len};
    return &start->start;
}

static inline void post_buffers(uint32_t n)
{
    for (; n; n--) {
        struct e2_rx_bd bd = {BUFFERS_AT + w.rx_pos % BUFFERS * 2048, 0};
        memcpy(entry_at(RX_AT, E2_RX_PAGE, w.rx_pos), &bd, sizeof(bd));
        w.rx_pos = past_link(w.rx_pos + 1, E2_RX_PAGE, E2_RX_LINKS);
    }
}

static inline void tell_producers(void)
{
    uint32_t cqes = w.cqe_pos + PAGES * E2_CQE_PAGE;
    vf_put(0, E2_PRODUCERS(ZONE), (cqes & 0xffff) | w.rx_pos << 16);
}

static inline void igu(uint32_t op, uint32_t index, bool update)
{
    vf_put(0, E2_IGU(SB), index | op << E2_IGU_OP_SHIFT | (update ? E2_IGU_UPDATE : 0));
}

#endif
