/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames into queues by what they are, and interrupts that do not wait [82599 7.1.2, 7.3.2.1]. */
#include "pf/netdev.h"
#include "unit/nic82599_world.h"

enum { RING_1 = 0x4000, BUFFERS_1 = 0x50000, DESCS_1 = 64, Q1 = 1 /* of VF 0, whose pool is 0 */ };

static struct nw *w;
static struct vf_driver *d;

static void pf_write(uint32_t off, uint32_t value) { pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, off, 4, value); }

static void up(void)
{
    w = nw_up(2, 1);
    d = &w->vf[0];
    for (uint32_t i = 0; i < DESCS_1; i++)
        ((union ixgbe_adv_rx_desc *)(d->ram + RING_1))[i].read.pkt_addr = BUFFERS_1 + NW_BUFFER * i;
    vfd_write(d, IXGBE_VFRDBAL(1), RING_1);
    vfd_write(d, IXGBE_VFRDLEN(1), 16 * DESCS_1);
    vfd_write(d, IXGBE_VFSRRCTL(1), 2 | IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF);
    vfd_write(d, IXGBE_VFRXDCTL(1), IXGBE_RXDCTL_ENABLE);
    vfd_write(d, IXGBE_VFRDT(1), DESCS_1 - 1);
    nw_run(w, 5 * SIM_US);
}

static void all_accounted(void)
{
    mem_tag_clear(&d->mem, 0, NW_VF_MEM, FATE_vm_ended);
    nw_balanced(w);
}

struct kind {
    uint16_t type;       /* EtherType */
    uint8_t protocol;
    uint32_t from, to;   /* last byte of the addresses 10.0.0.x */
    uint16_t sport, dport;
    uint8_t flags;
    int tci;
    uint32_t len;
};

static void send(struct kind k)
{
    uint32_t len = k.len ? k.len : 64;
    frame_ref ref = frame_birth(&w->peer->comp, w->flow, len);
    uint8_t *p = frame_data(frame_get(w->sim, ref));
    memset(p, 0, len);
    memcpy(p, mac_of(1), 6);
    memcpy(p + 6, mac_of(200), 6);
    p[12] = (uint8_t)(k.type >> 8);
    p[13] = (uint8_t)k.type;
    memcpy(p + 14, (uint8_t[]){0x45, 0, 0, (uint8_t)(len - 14), 0, 1, 0, 0, 64, k.protocol, 0, 0, 10, 0, 0, (uint8_t)k.from}, 16);
    memcpy(
        p + 30,
        (uint8_t[]){10, 0, 0, (uint8_t)k.to, (uint8_t)(k.sport >> 8), (uint8_t)k.sport, (uint8_t)(k.dport >> 8), (uint8_t)k.dport},
        8);
    p[14 + 20 + 12] = 0x50;
    p[14 + 20 + 13] = k.flags;
    if (k.tci > 0)
        frame_vlan_push(frame_get(w->sim, ref), (uint16_t)k.tci);
    port_send(&w->peer->port, ref);
}

/* Into queue 1? */
static bool goes_to_1(struct kind k)
{
    uint32_t before = nw_read(w, w->nic->vf[0], IXGBE_VFRDH(1));
    send(k);
    nw_run(w, 20 * SIM_US);
    return nw_read(w, w->nic->vf[0], IXGBE_VFRDH(1)) != before;
}

/* As the driver writes it: addresses and ports as they lie in memory. */
static uint32_t address(uint8_t last)
{
    uint32_t value;
    memcpy(&value, (uint8_t[]){10, 0, 0, last}, 4);
    return value;
}
static uint32_t ports(uint16_t from, uint16_t to)
{
    return (uint32_t)(from >> 8 | (from & 255) << 8) | (uint32_t)(to >> 8 | (to & 255) << 8) << 16;
}

static void five_tuple(unsigned i, uint32_t ignore, uint32_t protocol, uint32_t priority, uint32_t pool, uint32_t queue,
                       uint32_t lli)
{
    pf_write(IXGBE_SAQF(i), address(1));
    pf_write(IXGBE_DAQF(i), address(2));
    pf_write(IXGBE_SDPQF(i), ports(1000, 80));
    pf_write(IXGBE_L34TIMIR(i), IXGBE_L34T_IMIR_RESERVE | queue << IXGBE_L34T_IMIR_QUEUE_SHIFT | lli);
    pf_write(IXGBE_FTQF(i), IXGBE_FTQF_QUEUE_ENABLE | ignore << IXGBE_FTQF_5TUPLE_MASK_SHIFT | pool << IXGBE_FTQF_POOL_SHIFT |
                                priority << IXGBE_FTQF_PRIORITY_SHIFT | protocol);
    nw_run(w, 2 * SIM_US);
}

static const struct kind web = {0x0800, 6, 1, 2, 1000, 80, 0x10, 0, 0};

START_TEST(five_tuples)
{
    struct kind k;
    up();
    ck_assert(!goes_to_1(web));
    five_tuple(7, 0, IXGBE_FTQF_PROTOCOL_TCP, 0, 0, Q1, 0);
    ck_assert(goes_to_1(web));
    k = web, k.from = 9;
    ck_assert(!goes_to_1(k));
    k = web, k.to = 9;
    ck_assert(!goes_to_1(k));
    k = web, k.sport = 9;
    ck_assert(!goes_to_1(k));
    k = web, k.dport = 8080;
    ck_assert(!goes_to_1(k));
    k = web, k.protocol = 17;
    ck_assert(!goes_to_1(k));
    k = web, k.tci = 5;
    ck_assert(!goes_to_1(k)); /* not in VLAN 5 at all: it is not even received */
    five_tuple(7, IXGBE_FTQF_NO_SOURCE_ADDR | IXGBE_FTQF_NO_SOURCE_PORT, IXGBE_FTQF_PROTOCOL_TCP, 0, 0, Q1, 0);
    k = web, k.from = 9, k.sport = 7;
    ck_assert(goes_to_1(k));
    five_tuple(7, IXGBE_FTQF_NO_PROTOCOL, IXGBE_FTQF_PROTOCOL_UDP, 0, 0, Q1, 0);
    ck_assert(goes_to_1(web));
    five_tuple(7, 0, IXGBE_FTQF_PROTOCOL_TCP, 0, 1, Q1, 0); /* another pool's */
    ck_assert(!goes_to_1(web));
    pf_write(IXGBE_FTQF(7), 0);
    five_tuple(3, 0, IXGBE_FTQF_PROTOCOL_TCP, 2, 0, 0, 0); /* the higher priority has it */
    five_tuple(127, 0, IXGBE_FTQF_PROTOCOL_TCP, 3, 0, Q1, 0);
    ck_assert(goes_to_1(web));
    five_tuple(3, 0, IXGBE_FTQF_PROTOCOL_TCP, 3, 0, 0, 0);
    ck_assert(!goes_to_1(web));
    all_accounted();
}
END_TEST

START_TEST(syn_and_ether_type)
{
    struct kind syn = web, ptp = {.type = 0x88f7, .len = 60};
    syn.flags = 0x02;
    up();
    pf_write(IXGBE_SYNQF, IXGBE_SYN_FILTER_ENABLE | Q1 << IXGBE_SYN_FILTER_QUEUE_SHIFT);
    nw_run(w, SIM_US);
    ck_assert(goes_to_1(syn));
    ck_assert(!goes_to_1(web));
    syn.flags = 0x12; /* the answer to one */
    ck_assert(!goes_to_1(syn));
    syn.flags = 0x02;
    five_tuple(0, 0, IXGBE_FTQF_PROTOCOL_TCP, 0, 0, 0, 0);
    ck_assert(!goes_to_1(syn)); /* 5-tuples come first */
    pf_write(IXGBE_SYNQF, IXGBE_SYN_FILTER_ENABLE | Q1 << IXGBE_SYN_FILTER_QUEUE_SHIFT | IXGBE_SYN_FILTER_SYNQFP);
    nw_run(w, SIM_US);
    ck_assert(goes_to_1(syn));
    ck_assert(!goes_to_1(ptp));
    pf_write(IXGBE_ETQS(5), IXGBE_ETQS_QUEUE_EN | Q1 << IXGBE_ETQS_RX_QUEUE_SHIFT);
    pf_write(IXGBE_ETQF(5), IXGBE_ETQF_FILTER_EN | 0x88f7);
    nw_run(w, SIM_US);
    ck_assert(goes_to_1(ptp));
    pf_write(IXGBE_ETQF(5), IXGBE_ETQF_FILTER_EN | IXGBE_ETQF_UP_EN | 3 << IXGBE_ETQF_UP_SHIFT | 0x88f7);
    nw_run(w, SIM_US);
    ck_assert(!goes_to_1(ptp));
    pf_write(IXGBE_CTRL, IXGBE_CTRL_RST); /* they are gone */
    all_accounted();
}
END_TEST

/* The PF driver's rules: 128 and 8, then a clear refusal. */
START_TEST(rules_to_the_last)
{
    struct pf_flow_rule rule = {.type = PF_FLOW_TCP4, .given = PF_FLOW_DST_PORT, .dst_port = 80, .vf = 0, .queue = 1}, out;
    up();
    for (int i = 0; i < 128; i++) {
        int slot = pf_find_flow_slot(w->pf, PF_FLOW_TCP4);
        ck_assert_int_eq(slot, 127 - i);
        ck_assert_int_eq(pf_set_flow_rule(w->pf, (unsigned)slot, &rule), 0);
    }
    ck_assert_int_eq(pf_find_flow_slot(w->pf, PF_FLOW_UDP4), -ENOSPC);
    nw_run(w, 200 * SIM_US);
    ck_assert(goes_to_1(web));
    ck_assert_int_eq(pf_delete_flow_rule(w->pf, 5), 0);
    ck_assert_int_eq(pf_delete_flow_rule(w->pf, 5), -ENOENT);
    ck_assert_int_eq(pf_find_flow_slot(w->pf, PF_FLOW_UDP4), 5);
    rule.queue = 2; /* a VF has two */
    ck_assert_int_eq(pf_set_flow_rule(w->pf, 5, &rule), -EINVAL);
    rule.queue = 0;
    rule.vf = 2;
    ck_assert_int_eq(pf_set_flow_rule(w->pf, 5, &rule), -EINVAL);
    rule = (struct pf_flow_rule){.type = PF_FLOW_ETHER, .ether_type = 0x88f7, .vf = 0, .queue = 1};
    ck_assert_int_eq(pf_set_flow_rule(w->pf, 5, &rule), -EINVAL); /* a place for addresses */
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(pf_set_flow_rule(w->pf, (unsigned)pf_find_flow_slot(w->pf, PF_FLOW_ETHER), &rule), 0);
    ck_assert_int_eq(pf_find_flow_slot(w->pf, PF_FLOW_ETHER), -ENOSPC);
    nw_run(w, 200 * SIM_US);
    struct kind ptp = {.type = 0x88f7, .len = 60};
    ck_assert(goes_to_1(ptp));
    ck_assert(pf_get_flow_rule(w->pf, 135, &out) && out.valid && out.ether_type == 0x88f7);
    ck_assert(!pf_get_flow_rule(w->pf, PF_FLOW_RULES_MAX, &out));
    all_accounted();
}
END_TEST

/* ---- low latency ---- */

/* Messages of vector 0 within 10 us of a frame that comes long before the throttle's time. */
static uint32_t prompt(struct kind k)
{
    vfd_write(d, IXGBE_VTEIMS, 1);
    nw_run(w, 5 * SIM_US);
    nw_peer_send(w, mac_of(1), -1, 60); /* begins an interval of 1 ms */
    nw_run(w, 20 * SIM_US);
    uint32_t before = d->s.messages;
    send(k);
    nw_run(w, 10 * SIM_US);
    uint32_t messages = d->s.messages - before;
    nw_run(w, 3 * SIM_MS);
    return messages;
}

START_TEST(low_latency)
{
    struct kind k = web, ptp = {.type = 0x88f7, .len = 60};
    up();
    vfd_write(d, IXGBE_VTEITR(0), 0xff8);
    ck_assert_uint_eq(prompt(web), 0);
    five_tuple(0, 0, IXGBE_FTQF_PROTOCOL_TCP, 0, 0, 0, IXGBE_L34T_IMIR_LLI | IXGBE_L34T_IMIR_SIZE_BP);
    ck_assert_uint_eq(prompt(web), 1);
    ck_assert(d->s.last_status & IXGBE_RXD_STAT_DYNINT);
    k.sport = 9;
    ck_assert_uint_eq(prompt(k), 0);
    ck_assert(!(d->s.last_status & IXGBE_RXD_STAT_DYNINT));
    five_tuple(0, 0, IXGBE_FTQF_PROTOCOL_TCP, 0, 0, 0, IXGBE_L34T_IMIR_LLI); /* only short ones */
    pf_write(IXGBE_LLITHRESH, 128);
    nw_run(w, SIM_US);
    k = web, k.len = 123;
    ck_assert_uint_eq(prompt(k), 1);
    k.len = 124; /* 128 with its check sequence */
    ck_assert_uint_eq(prompt(k), 0);
    pf_write(IXGBE_ETQS(0), IXGBE_ETQS_LLI);
    pf_write(IXGBE_ETQF(0), IXGBE_ETQF_FILTER_EN | 0x88f7);
    nw_run(w, SIM_US);
    ck_assert_uint_eq(prompt(ptp), 1);
    all_accounted();
}
END_TEST

START_TEST(by_vlan_priority)
{
    up();
    struct pf_args args = {.vf = 0, .first_vlan = 7, .last_vlan = 7};
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_ADD_VLAN_RANGE, &args), 0);
    vfd_write(d, IXGBE_VTEITR(0), 0xff8);
    pf_write(IXGBE_IMIRVP, IXGBE_IMIRVP_PRIORITY_EN | 5);
    nw_run(w, SIM_US);
    for (int priority = 0; priority < 8; priority++) {
        struct kind k = web;
        k.tci = priority << 13 | 7;
        ck_assert_uint_eq(prompt(k), priority >= 5);
    }
    all_accounted();
}
END_TEST

/* Two credits, and one more every 16 us. */
START_TEST(credits)
{
    up();
    five_tuple(0, 0, IXGBE_FTQF_PROTOCOL_TCP, 0, 0, 0, IXGBE_L34T_IMIR_LLI | IXGBE_L34T_IMIR_SIZE_BP);
    pf_write(IXGBE_GPIE, nw_read(w, w->nic->pf, IXGBE_GPIE) | 3u << IXGBE_GPIE_LLI_SHIFT);
    nw_run(w, 200 * SIM_US);
    vfd_write(d, IXGBE_VTEITR(0), 0xff8 | IXGBE_EITR_LLI_MOD | 2u << IXGBE_EITR_LLI_CREDIT_SHIFT);
    vfd_write(d, IXGBE_VTEIMS, 1);
    nw_run(w, 2 * SIM_US);
    uint32_t before = d->s.messages;
    for (int i = 0; i < 6; i++) {
        send(web);
        nw_run(w, 2 * SIM_US);
    }
    ck_assert_uint_eq(d->s.messages - before, 2);
    nw_run(w, 16 * SIM_US);
    send(web);
    nw_run(w, 4 * SIM_US);
    ck_assert_uint_eq(d->s.messages - before, 3);
    all_accounted();
}
END_TEST

/* ---- clear and mask by themselves ---- */

static const struct {
    uint32_t clear, mask;
} autos[] = {{0, 0}, {1, 0}, {0, 1}, {1, 1}};

START_TEST(vf_auto)
{
    up();
    d->s.hold = true;
    vfd_write(d, IXGBE_VTEIMC, 7);
    nw_read(w, w->nic->vf[0], IXGBE_VTEICR);
    vfd_write(d, IXGBE_VTEIAC, autos[_i].clear);
    vfd_write(d, IXGBE_VTEIAM, autos[_i].mask);
    vfd_write(d, IXGBE_VTEIMS, 1);
    nw_run(w, SIM_US);
    uint32_t before = d->s.messages;
    vfd_write(d, IXGBE_VTEICS, 1);
    nw_run(w, 5 * SIM_US);
    ck_assert_uint_eq(d->s.messages - before, 1);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VTEIMS) & 1, !autos[_i].mask);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VTEICR) & 1, !autos[_i].clear);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VTEICR), 0); /* reading cleared it */
    all_accounted();
}
END_TEST

/* The PF masks by itself with a message only if GPIE.EIAME, else when EICR is read; with OCD reading leaves queue causes. */
START_TEST(pf_auto)
{
    enum { CAUSE = 1 << 5 };
    up();
    for (uint32_t bits = 0; bits < 16; bits++) {
        bool eiame = bits & 1, ocd = bits & 2, clear = bits & 4, mask = bits & 8;
        pf_write(IXGBE_EIMC, 0xffffffff);
        pf_write(IXGBE_EICR, 0xffffffff);
        pf_write(IXGBE_GPIE, IXGBE_GPIE_MSIX_MODE | (eiame ? IXGBE_GPIE_EIAME : 0) | (ocd ? IXGBE_GPIE_OCD : 0));
        pf_write(IXGBE_EIAC, clear ? CAUSE : 0);
        pf_write(IXGBE_EIAM, mask ? CAUSE : 0);
        pf_write(IXGBE_EIMS, CAUSE);
        pf_write(IXGBE_EICS, CAUSE);
        ck_assert_uint_eq(nw_read(w, w->nic->pf, IXGBE_EIMS), mask && eiame ? 0 : CAUSE);
        ck_assert_uint_eq(nw_read(w, w->nic->pf, IXGBE_EICR), clear ? 0 : CAUSE);
        ck_assert_uint_eq(nw_read(w, w->nic->pf, IXGBE_EIMS), mask ? 0 : CAUSE);
        ck_assert_uint_eq(nw_read(w, w->nic->pf, IXGBE_EICR), clear || !ocd ? 0 : CAUSE);
    }
    all_accounted();
}
END_TEST

/* [ixgbe.h] The interval is bits 11:3 times 2.048 us, whatever else is written beside them; EICS waits for it unless EIMEN. */
START_TEST(throttle)
{
    static const struct {
        uint32_t value, counts;
    } table[] = {{8, 1},    {0x0f, 1}, {40, 5},   {0x2f, 5},    {200, 25},
                 {336, 42}, {400, 50}, {500, 62}, {0xff8, 511}, {0x7fff7000 | 40, 5}};
    up();
    d->s.hold = true;
    vfd_write(d, IXGBE_VTEIAM, 0);
    for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        vfd_write(d, IXGBE_VTEITR(0), table[i].value);
        nw_run(w, 2 * SIM_MS);
        vfd_write(d, IXGBE_VTEIMS, 1);
        vfd_write(d, IXGBE_VTEICS, 1);
        nw_run(w, SIM_US);
        sim_time first = d->s.last_message;
        vfd_write(d, IXGBE_VTEICS, 1);
        nw_run(w, 2 * SIM_MS);
        uint64_t expected = table[i].counts * (uint64_t)IXGBE_EITR_UNIT_PS; /* the link rounds to a ps */
        ck_assert_uint_ge(d->s.last_message - first + 10, expected);
        ck_assert_uint_le(d->s.last_message - first, expected + 10);
    }
    pf_write(IXGBE_GPIE, nw_read(w, w->nic->pf, IXGBE_GPIE) | IXGBE_GPIE_EIMEN);
    vfd_write(d, IXGBE_VTEITR(0), 0xff8);
    for (int i = 0; i < 5; i++) {
        uint32_t before = d->s.messages;
        vfd_write(d, IXGBE_VTEICS, 1);
        nw_run(w, 2 * SIM_US);
        ck_assert_uint_eq(d->s.messages, before + 1);
    }
    all_accounted();
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("filters");
    tcase_add_test(t, five_tuples);
    tcase_add_test(t, syn_and_ether_type);
    tcase_add_test(t, rules_to_the_last);
    tcase_add_test(t, low_latency);
    tcase_add_test(t, by_vlan_priority);
    tcase_add_test(t, credits);
    tcase_add_loop_test(t, vf_auto, 0, sizeof(autos) / sizeof(autos[0]));
    tcase_add_test(t, pf_auto);
    tcase_add_test(t, throttle);
    return run_suite("nic82599 filters", t);
}
