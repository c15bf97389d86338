/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The embedded switch of the family, step by step, by the registers a driver writes [X550 7.8.3, whose registers are the
 * 82599's]: a test a step, each with the frame that the step is about and one that it leaves alone. Pools 0-2 are VFs of
 * addresses 1-3, pool 3 is the PF's and the default one; who got a frame is one line: "0 2 pf wire".
 */
#include "unit/nic82599_world.h"

enum { VFS = 3, PF_POOL = 3, NONE = -1 };

static const uint8_t GROUP[6] = {1, 0, 0x5e, 0, 0, 7}, ALL[6] = {255, 255, 255, 255, 255, 255};

static void set(struct nw *w, uint32_t off, uint32_t value)
{
    pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, off, 4, value);
    nw_run(w, 5 * SIM_US);
}

static uint32_t get(struct nw *w, uint32_t off) { return nw_read(w, w->nic->pf, off); }

/* A world whose PF takes nothing by being promiscuous: what it gets, some step gave it. */
static struct nw *up(void)
{
    struct nw *w = nw_up(VFS, VFS);
    set(w, IXGBE_VMOLR(PF_POOL), IXGBE_VMOLR_AUPE | IXGBE_VMOLR_BAM);
    set(w, IXGBE_FCTRL, IXGBE_FCTRL_BAM | IXGBE_FCTRL_UPE);
    return w;
}

struct seen {
    uint32_t vf[VFS], pf, wire;
};

static void look(struct nw *w, struct seen *s)
{
    for (unsigned v = 0; v < VFS; v++)
        s->vf[v] = w->vf[v].s.got;
    s->pf = w->host->count;
    s->wire = w->peer->count;
}

static const char *who(struct nw *w, const struct seen *before)
{
    static char text[64];
    struct seen now;
    char *p = text;
    *p = 0;
    nw_run(w, 100 * SIM_US);
    look(w, &now);
    for (unsigned v = 0; v < VFS; v++)
        for (uint32_t i = before->vf[v]; i < now.vf[v]; i++)
            p += sprintf(p, "%s%u", p == text ? "" : " ", v);
    if (now.pf > before->pf)
        p += sprintf(p, "%spf", p == text ? "" : " ");
    if (now.wire > before->wire)
        sprintf(p, "%swire", p == text ? "" : " ");
    return *text ? text : "nobody";
}

static const char *from_wire(struct nw *w, const uint8_t *dst, int tci)
{
    struct seen before;
    look(w, &before);
    nw_peer_send(w, dst, tci, 100);
    return who(w, &before);
}

/* VF `v` sends; a tag is in the frame, as a guest that inserts it itself would have it. */
static const char *from_vf(struct nw *w, unsigned v, const uint8_t *dst, int tci)
{
    struct seen before;
    uint8_t bytes[104] = {0}, *p = bytes + 12;
    memcpy(bytes, dst, 6);
    memcpy(bytes + 6, mac_of((uint8_t)(v + 1)), 6);
    if (tci >= 0) {
        *p++ = 0x81;
        *p++ = 0x00;
        *p++ = (uint8_t)(tci >> 8);
        *p++ = (uint8_t)tci;
    }
    p[0] = 0x88;
    p[1] = 0xb5;
    look(w, &before);
    vfd_put(&w->vf[v], w->flow, bytes, sizeof(bytes), 0, 0);
    vfd_bell(&w->vf[v]);
    return who(w, &before);
}

static uint32_t hash_of(const uint8_t *mac) { return (uint32_t)mac[4] >> 4 | (uint32_t)mac[5] << 4; }

static void entry(struct nw *w, unsigned i, const uint8_t *mac, uint32_t pools)
{
    set(w, IXGBE_MPSAR_LO(i), pools);
    set(w, IXGBE_RAL(i), mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24);
    set(w, IXGBE_RAH(i), mac[4] | (uint32_t)mac[5] << 8 | IXGBE_RAH_AV);
}

static void vlan_entry(struct nw *w, unsigned i, uint32_t vid, uint32_t pools)
{
    set(w, IXGBE_VLVFB(2 * i), pools);
    set(w, IXGBE_VLVF(i), IXGBE_VLVF_VIEN | vid);
}

/* ---- from the network ---- */

START_TEST(rx_1_exact_match)
{
    struct nw *w = up();
    ck_assert_str_eq(from_wire(w, mac_of(1), NONE), "0");
    entry(w, 20, mac_of(50), 1 << 0 | 1 << 2);
    ck_assert_str_eq(from_wire(w, mac_of(50), NONE), "0 2");
    entry(w, 21, GROUP, 1 << 1);
    ck_assert_str_eq(from_wire(w, GROUP, NONE), "1");
    nw_balanced(w);
}
END_TEST

START_TEST(rx_2_a_pool_that_does_not_receive)
{
    struct nw *w = up();
    entry(w, 20, mac_of(50), 1 << 0 | 1 << 2);
    set(w, IXGBE_VFRE(0), get(w, IXGBE_VFRE(0)) & ~1u);
    ck_assert_str_eq(from_wire(w, mac_of(50), NONE), "2");
    ck_assert_str_eq(from_wire(w, mac_of(1), NONE), "pf"); /* the list is empty: the default pool */
    nw_balanced(w);
}
END_TEST

START_TEST(rx_3_broadcast)
{
    struct nw *w = up();
    ck_assert_str_eq(from_wire(w, ALL, NONE), "0 1 2 pf");
    set(w, IXGBE_VMOLR(1), IXGBE_VMOLR_AUPE);
    ck_assert_str_eq(from_wire(w, ALL, NONE), "0 2 pf");
    nw_balanced(w);
}
END_TEST

START_TEST(rx_4_unicast_hash)
{
    struct nw *w = up();
    uint32_t far = hash_of(mac_of(60)), own = hash_of(mac_of(2));
    set(w, IXGBE_VMOLR(0), IXGBE_VMOLR_AUPE | IXGBE_VMOLR_ROPE);
    ck_assert_str_eq(from_wire(w, mac_of(60), NONE), "pf");
    set(w, IXGBE_UTA(far >> 5), 1u << (far & 31));
    ck_assert_str_eq(from_wire(w, mac_of(60), NONE), "0");
    set(w, IXGBE_UTA(own >> 5), get(w, IXGBE_UTA(own >> 5)) | 1u << (own & 31));
    ck_assert_str_eq(from_wire(w, mac_of(2), NONE), "1"); /* an exact match: the table is not asked */
    nw_balanced(w);
}
END_TEST

START_TEST(rx_5_multicast_hash)
{
    struct nw *w = up();
    uint32_t h = hash_of(GROUP);
    set(w, IXGBE_VMOLR(0), IXGBE_VMOLR_AUPE | IXGBE_VMOLR_ROMPE);
    ck_assert_str_eq(from_wire(w, GROUP, NONE), "nobody");
    set(w, IXGBE_MTA(h >> 5), 1u << (h & 31));
    ck_assert_str_eq(from_wire(w, GROUP, NONE), "0 1 2"); /* every VF accepts hash matches from its start */
    set(w, IXGBE_VMOLR(1), IXGBE_VMOLR_AUPE);
    ck_assert_str_eq(from_wire(w, GROUP, NONE), "0 2");
    set(w, IXGBE_MCSTCTRL, 0); /* MFE off */
    ck_assert_str_eq(from_wire(w, GROUP, NONE), "nobody");
    set(w, IXGBE_MCSTCTRL, IXGBE_MCSTCTRL_MFE);
    entry(w, 21, GROUP, 1 << 1);
    ck_assert_str_eq(from_wire(w, GROUP, NONE), "1"); /* counts only if no exact match did */
    nw_balanced(w);
}
END_TEST

START_TEST(rx_6_and_7_promiscuous)
{
    struct nw *w = up();
    entry(w, 21, GROUP, 1 << 1);
    set(w, IXGBE_VMOLR(0), IXGBE_VMOLR_AUPE | IXGBE_VMOLR_MPE);
    ck_assert_str_eq(from_wire(w, GROUP, NONE), "0 1");
    ck_assert_str_eq(from_wire(w, mac_of(2), NONE), "1");
    set(w, IXGBE_VMOLR(0), IXGBE_VMOLR_AUPE | IXGBE_VMOLR_UPE); /* an X550's */
    ck_assert_str_eq(from_wire(w, mac_of(2), NONE), "0 1");
    ck_assert_str_eq(from_wire(w, GROUP, NONE), "1");
    nw_balanced(w);
}
END_TEST

START_TEST(rx_8_vlan)
{
    struct nw *w = up();
    vlan_entry(w, 7, 100, 1 << 0 | 1 << 1);
    set(w, IXGBE_VMOLR(2), IXGBE_VMOLR_BAM); /* no untagged frames */
    ck_assert_str_eq(from_wire(w, ALL, 100), "0 1");
    ck_assert_str_eq(from_wire(w, ALL, NONE), "0 1 pf");
    ck_assert_str_eq(from_wire(w, mac_of(1), 100), "0");
    set(w, IXGBE_VLNCTRL, 0x8100); /* VFE off: nobody looks at the VLAN, tagged or not */
    ck_assert_str_eq(from_wire(w, ALL, 200), "0 1 2 pf");
    ck_assert_str_eq(from_wire(w, ALL, NONE), "0 1 2 pf");
    nw_balanced(w);
}
END_TEST

START_TEST(rx_9_default_pool)
{
    struct nw *w = up();
    vlan_entry(w, 7, 100, 1 << 0);
    ck_assert_str_eq(from_wire(w, mac_of(2), 100), "pf"); /* a VF's address, in a VLAN it is not in */
    ck_assert_str_eq(from_wire(w, mac_of(1), 200), "pf");
    set(w, IXGBE_VMOLR(0), IXGBE_VMOLR_BAM);
    ck_assert_str_eq(from_wire(w, mac_of(1), NONE), "pf");
    ck_assert_str_eq(from_wire(w, mac_of(60), NONE), "pf");
    ck_assert_str_eq(from_wire(w, ALL, 100), "0");
    ck_assert_str_eq(from_wire(w, ALL, 200), "pf");
    set(w, IXGBE_FCTRL, IXGBE_FCTRL_BAM); /* unknown addresses do not pass the filter before the pools; known ones do */
    ck_assert_str_eq(from_wire(w, mac_of(60), NONE), "nobody");
    ck_assert_str_eq(from_wire(w, mac_of(2), 100), "pf");
    set(w, IXGBE_VFTA(100 / 32), ~(1u << 100 % 32)); /* nor does a VLAN that no table has */
    ck_assert_str_eq(from_wire(w, mac_of(2), 100), "nobody");
    set(w, IXGBE_VFTA(100 / 32), ~0u);
    set(w, IXGBE_VT_CTL, get(w, IXGBE_VT_CTL) | IXGBE_VT_CTL_DIS_DEFPL);
    ck_assert_str_eq(from_wire(w, mac_of(2), 100), "nobody");
    nw_balanced(w);
}
END_TEST

START_TEST(rx_10_ethertype_filter)
{
    struct nw *w = up();
    set(w, IXGBE_ETQF(3), IXGBE_ETQF_FILTER_EN | IXGBE_ETQF_POOL_ENABLE | 2u << IXGBE_ETQF_POOL_SHIFT | 0x88b5);
    ck_assert_str_eq(from_wire(w, mac_of(1), NONE), "2");
    ck_assert_str_eq(from_wire(w, ALL, NONE), "2");
    set(w, IXGBE_ETQF(3), IXGBE_ETQF_FILTER_EN | 0x88b5); /* without a pool it only chooses a queue */
    ck_assert_str_eq(from_wire(w, mac_of(1), NONE), "0");
    nw_balanced(w);
}
END_TEST

START_TEST(rx_11_source_pruning)
{
    struct nw *w = up();
    entry(w, 20, mac_of(200), 1 << 0 | 1 << 1); /* the address the peer sends from */
    ck_assert_str_eq(from_wire(w, ALL, NONE), "0 1 2 pf");
    set(w, IXGBE_PFFLP(0), 1 << 0 | 1 << 2);
    ck_assert_str_eq(from_wire(w, ALL, NONE), "1 2 pf");
    ck_assert_str_eq(from_wire(w, mac_of(1), NONE), "nobody");
    nw_balanced(w);
}
END_TEST

START_TEST(rx_13_mirrors)
{
    struct nw *w = up();
    set(w, IXGBE_VMRVM(1), 1u << 0);
    set(w, IXGBE_MRCTL(1), IXGBE_MRCTL_VPME | 2u << IXGBE_MRCTL_POOL_SHIFT);
    ck_assert_str_eq(from_wire(w, mac_of(1), NONE), "0 2");
    ck_assert_str_eq(from_vf(w, 1, mac_of(1), NONE), "0"); /* what it receives from the network */
    set(w, IXGBE_MRCTL(1), IXGBE_MRCTL_UPME | 2u << IXGBE_MRCTL_POOL_SHIFT);
    ck_assert_str_eq(from_wire(w, mac_of(2), NONE), "1 2");
    set(w, IXGBE_VT_CTL, get(w, IXGBE_VT_CTL) | IXGBE_VT_CTL_DIS_DEFPL);
    ck_assert_str_eq(from_wire(w, mac_of(60), NONE), "nobody"); /* it reached no pool */
    set(w, IXGBE_VFRE(0), get(w, IXGBE_VFRE(0)) & ~4u);
    ck_assert_str_eq(from_wire(w, mac_of(2), NONE), "1"); /* step 14 */
    nw_balanced(w);
}
END_TEST

START_TEST(rx_without_replication)
{
    struct nw *w = up();
    entry(w, 20, mac_of(50), 1 << 1 | 1 << 2);
    entry(w, 21, GROUP, 1 << 1);
    set(w, IXGBE_VT_CTL, get(w, IXGBE_VT_CTL) & ~IXGBE_VT_CTL_REPLEN);
    ck_assert_str_eq(from_wire(w, mac_of(1), NONE), "0");
    ck_assert_str_eq(from_wire(w, mac_of(50), NONE), "1");
    ck_assert_str_eq(from_wire(w, GROUP, NONE), "1");
    ck_assert_str_eq(from_wire(w, ALL, NONE), "pf");
    ck_assert_str_eq(from_wire(w, mac_of(2), 100), "pf");
    nw_balanced(w);
}
END_TEST

/* ---- from a pool ---- */

START_TEST(tx_1_and_3_exact_match)
{
    struct nw *w = up();
    ck_assert_str_eq(from_vf(w, 0, mac_of(2), NONE), "1");
    set(w, IXGBE_VFRE(0), get(w, IXGBE_VFRE(0)) & ~2u);
    ck_assert_str_eq(from_vf(w, 0, mac_of(2), NONE), "wire"); /* a pool that does not receive is no match */
    nw_balanced(w);
}
END_TEST

START_TEST(tx_4_to_8_by_address)
{
    struct nw *w = up();
    uint32_t far = hash_of(mac_of(60)), h = hash_of(GROUP);
    ck_assert_str_eq(from_vf(w, 0, ALL, NONE), "1 2 pf wire");
    set(w, IXGBE_UTA(far >> 5), 1u << (far & 31));
    set(w, IXGBE_VMOLR(1), IXGBE_VMOLR_AUPE | IXGBE_VMOLR_ROPE);
    ck_assert_str_eq(from_vf(w, 0, mac_of(60), NONE), "1 wire");
    set(w, IXGBE_MTA(h >> 5), 1u << (h & 31));
    ck_assert_str_eq(from_vf(w, 0, GROUP, NONE), "2 wire");
    entry(w, 21, GROUP, 1 << 1);
    ck_assert_str_eq(from_vf(w, 0, GROUP, NONE), "1 wire"); /* the table only if no exact match did */
    set(w, IXGBE_VMOLR(2), IXGBE_VMOLR_AUPE | IXGBE_VMOLR_MPE | IXGBE_VMOLR_UPE);
    ck_assert_str_eq(from_vf(w, 0, GROUP, NONE), "1 2 wire");
    ck_assert_str_eq(from_vf(w, 0, mac_of(2), NONE), "1 2");
    nw_balanced(w);
}
END_TEST

START_TEST(tx_9_its_sender)
{
    struct nw *w = up();
    ck_assert_str_eq(from_vf(w, 0, mac_of(1), NONE), "nobody");
    set(w, IXGBE_VMTXSW(0), 1);
    ck_assert_str_eq(from_vf(w, 0, mac_of(1), NONE), "0");
    ck_assert_str_eq(from_vf(w, 0, ALL, NONE), "0 1 2 pf wire");
    nw_balanced(w);
}
END_TEST

START_TEST(tx_10_vlan_and_default_pool)
{
    struct nw *w = up();
    set(w, IXGBE_PFVFSPOOF(0), 0);
    vlan_entry(w, 7, 100, 1 << 0 | 1 << 1);
    ck_assert_str_eq(from_vf(w, 0, mac_of(2), 100), "1");
    ck_assert_str_eq(from_vf(w, 0, ALL, 100), "1 wire");
    ck_assert_str_eq(from_vf(w, 0, mac_of(3), 100), "nobody"); /* no default pool for unicast */
    ck_assert_str_eq(from_vf(w, 0, ALL, 200), "pf wire");      /* for a group there is */
    nw_balanced(w);
}
END_TEST

START_TEST(tx_11_to_the_wire)
{
    struct nw *w = up();
    set(w, IXGBE_PFVFSPOOF(0), 0);
    ck_assert_str_eq(from_vf(w, 0, mac_of(60), NONE), "wire");
    nw_listen(w, "dropped");
    ck_assert_str_eq(from_vf(w, 0, mac_of(2), 300), "nobody"); /* its VLAN plays no part: an exact match keeps it inside */
    ck_assert_str_eq(from_vf(w, 0, mac_of(60), 300), "wire");
    ck_assert_str_eq(from_vf(w, 0, mac_of(1), 300), "nobody");
    nw_tells(w, "frame 9000000000001 > dropped by the switch -> VLAN filter\n"
                "frame 9000000000003 > dropped by the switch -> no other vport takes this address (never back to its source)\n");
    nw_balanced(w);
}
END_TEST

START_TEST(tx_13_mirror_of_what_leaves)
{
    struct nw *w = up();
    set(w, IXGBE_MRCTL(3), IXGBE_MRCTL_DPME | 2u << IXGBE_MRCTL_POOL_SHIFT);
    ck_assert_str_eq(from_vf(w, 0, mac_of(60), NONE), "2 wire");
    ck_assert_str_eq(from_vf(w, 0, mac_of(2), NONE), "1");
    nw_balanced(w);
}
END_TEST

START_TEST(loopback_wants_a_link)
{
    struct nw *w = up();
    wire_set_up(w->wire, false);
    nw_run(w, 10 * SIM_US);
    ck_assert_str_eq(from_vf(w, 0, mac_of(2), NONE), "nobody");
    ck_assert_str_eq(from_vf(w, 0, ALL, NONE), "nobody");
    ck_assert_uint_eq(books_fate_count(w->sim, FATE_link_down), 2); /* no sentence tells it */
    wire_set_up(w->wire, true);
    nw_run(w, 10 * SIM_US);
    ck_assert_str_eq(from_vf(w, 0, mac_of(2), NONE), "1");
    set(w, IXGBE_RXCTRL, 0);
    ck_assert_str_eq(from_vf(w, 0, mac_of(2), NONE), "wire"); /* nor without receive enable */
    set(w, IXGBE_RXCTRL, IXGBE_RXCTRL_RXEN);
    set(w, IXGBE_PFDTXGSWC, 0);
    ck_assert_str_eq(from_vf(w, 0, mac_of(2), NONE), "wire");
    nw_balanced(w);
}
END_TEST

/* ---- what a pool may send ---- */

/* Three of VF 0's frames, by their numbers, were dropped for their tags. */
static void tells_of_tags(struct nw *w, const unsigned *frames)
{
    char text[512] = "";
    for (unsigned i = 0; i < 3; i++)
        sprintf(text + strlen(text),
                "frame 900000000000%u > dropped by the switch -> "
                "tag validation: a tag of its own, where the port's VLAN decides\n",
                frames[i]);
    nw_tells(w, text);
}

START_TEST(tag_validation)
{
    struct nw *w = up();
    nw_listen(w, "dropped");
    for (unsigned spoof = 0; spoof < 2; spoof++) {
        set(w, IXGBE_PFVFSPOOF(0), spoof ? 0x0101 : 0);
        set(w, IXGBE_VMVIR(0), IXGBE_VMVIR_VLANA_DEFAULT | 100);
        ck_assert_str_eq(from_vf(w, 0, mac_of(60), 100), "nobody");
        ck_assert_str_eq(from_vf(w, 0, mac_of(60), 5 << 13), "nobody");
        ck_assert_str_eq(from_vf(w, 0, mac_of(60), NONE), "wire");
        set(w, IXGBE_VMVIR(0), IXGBE_VMVIR_VLANA_NEVER);
        ck_assert_str_eq(from_vf(w, 0, mac_of(60), 100), "nobody");
        ck_assert_str_eq(from_vf(w, 0, mac_of(60), NONE), "wire");
        tells_of_tags(w, spoof ? (const unsigned[]){5, 6, 8} : (const unsigned[]){0, 1, 3});
    }
    ck_assert_uint_eq(get(w, IXGBE_SSVPC), 6);
    set(w, IXGBE_VMVIR(0), 0);
    set(w, IXGBE_PFVFSPOOF(0), 0);
    ck_assert_str_eq(from_vf(w, 0, mac_of(60), 100), "wire");
    nw_balanced(w);
}
END_TEST

/* A descriptor that asks for a tag of its own is not heard where the port decides: the frame has the port's, or none. */
START_TEST(insertion_by_descriptor)
{
    const uint32_t mode[] = {0, IXGBE_VMVIR_VLANA_DEFAULT | 100, IXGBE_VMVIR_VLANA_NEVER};
    const uint32_t want_len[] = {64, 64, 60};
    struct nw *w = up();
    uint8_t bytes[60] = {0};
    memcpy(bytes, mac_of(60), 6);
    memcpy(bytes + 6, mac_of(1), 6);
    set(w, IXGBE_PFVFSPOOF(0), 0);
    for (unsigned m = 0; m < 3; m++) {
        set(w, IXGBE_VMVIR(0), mode[m]);
        vfd_context(&w->vf[0], 77u << IXGBE_ADVTXD_VLAN_SHIFT, 0);
        vfd_put(&w->vf[0], w->flow, bytes, sizeof(bytes), IXGBE_ADVTXD_DCMD_VLE, 0);
        vfd_bell(&w->vf[0]);
        nw_run(w, 100 * SIM_US);
        ck_assert_uint_eq(w->peer->count, m + 1);
        ck_assert_uint_eq(w->peer->seen[m].len, want_len[m]);
        if (want_len[m] == 64)
            ck_assert_uint_eq(w->peer->seen[m].head[15], m == 0 ? 77 : 100);
    }
    nw_balanced(w);
}
END_TEST

/* A frame for four pools is in the receive packet buffer once, until the last copy has left it. */
START_TEST(replicated_and_stored_once)
{
    struct nw *w = up();
    for (unsigned q = 0; q < 2; q++)
        set(w, IXGBE_QDE, IXGBE_QDE_WRITE | q << IXGBE_QDE_IDX_SHIFT); /* pool 0 drops nothing: it blocks */
    w->vf[0].s.hold = true;
    for (unsigned i = 0; i < NW_RING - 1; i++)
        nw_peer_send(w, mac_of(1), NONE, 60);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(get(w, IXGBE_RXUSED(0)), 0);
    nw_peer_send(w, ALL, NONE, 100);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(get(w, IXGBE_RXUSED(0)), 2); /* of 64 bytes */
    ck_assert_uint_eq(w->vf[1].s.got, 0);
    w->vf[0].s.hold = false;
    vfd_poll(&w->vf[0], true);
    vfd_write(&w->vf[0], IXGBE_VTEIMS, 1);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(get(w, IXGBE_RXUSED(0)), 0);
    ck_assert_uint_eq(w->vf[1].s.got, 1);
    nw_balanced(w);
}
END_TEST

START_TEST(number_of_vfs_in_status)
{
    struct nw *w = up();
    uint16_t cap = pci_find_ext_capability(w->nic->pf, 0x10);
    ck_assert_uint_eq(get(w, IXGBE_STATUS) >> IXGBE_STATUS_NUM_VFS_SHIFT & 0x3f, VFS);
    pci_config_write(w->nic->pf, cap + 0x08, 2, 0); /* VF Enable off */
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(get(w, IXGBE_STATUS) >> IXGBE_STATUS_NUM_VFS_SHIFT & 0x3f, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {rx_1_exact_match,
                                  rx_2_a_pool_that_does_not_receive,
                                  rx_3_broadcast,
                                  rx_4_unicast_hash,
                                  rx_5_multicast_hash,
                                  rx_6_and_7_promiscuous,
                                  rx_8_vlan,
                                  rx_9_default_pool,
                                  rx_10_ethertype_filter,
                                  rx_11_source_pruning,
                                  rx_13_mirrors,
                                  rx_without_replication,
                                  tx_1_and_3_exact_match,
                                  tx_4_to_8_by_address,
                                  tx_9_its_sender,
                                  tx_10_vlan_and_default_pool,
                                  tx_11_to_the_wire,
                                  tx_13_mirror_of_what_leaves,
                                  loopback_wants_a_link,
                                  tag_validation,
                                  insertion_by_descriptor,
                                  replicated_and_stored_once,
                                  number_of_vfs_in_status};
    Suite *suite = suite_create("nic82599_steps");
    TCase *tc = nw_tcase("steps");
    for (unsigned i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tc, tests[i]);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
