/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moderation as Linux's presets set it, transmit rate, head write-back, filters to the last one. */
#include "pf/netdev.h"
#include "unit/nic82599_world.h"

/* [ixgbe.h] The register holds units of 256 ns whose low three bits do not count, so an interval is a multiple of 2.048 us. */
START_TEST(presets_give_their_rates)
{
    /* 97,656 19,531 11,626 9,766 7,876 … a second */
    static const struct {
        uint32_t preset, counts;
    } presets[] = {{40, 5}, {200, 25}, {336, 42}, {400, 50}, {500, 62}, {8, 1}, {0xff8, 511}};
    for (unsigned i = 0; i < sizeof(presets) / sizeof(*presets); i++) {
        struct nw *w = nw_up(2, 1);
        struct vf_driver *d = &w->vf[0];
        const uint64_t span = 10 * SIM_MS;
        vfd_write(d, IXGBE_VTEITR(0), presets[i].preset);
        nw_run(w, 2 * SIM_MS);
        uint32_t before = d->s.messages;
        for (uint64_t at = 0; at < span; at += 500 * SIM_NS) { /* more often than any of them */
            nw_peer_send(w, mac_of(1), -1, 60);
            nw_run(w, 500 * SIM_NS);
        }
        uint64_t expected = span / (presets[i].counts * (uint64_t)IXGBE_EITR_UNIT_PS), got = d->s.messages - before;
        if (presets[i].counts > 1) { /* at one count the driver's own answer takes part of the interval */
            ck_assert_uint_le(got, expected + 1);
            ck_assert_uint_ge(got + 1 + expected / 50, expected);
        } else {
            ck_assert_uint_le(got, expected + 1);
        }
        nw_run(w, 2 * SIM_MS);
        nw_balanced(w);
        nw_destroy(w);
    }
}
END_TEST

static int set_rate(struct nw *w, int vf, uint32_t mbps)
{
    struct pf_args args = {.vf = vf, .rate = mbps};
    return nw_op(w, PF_OP_VF_SET_TX_RATE, &args);
}

static void send_100(struct vf_driver *d)
{
    for (int i = 0; i < 100; i++)
        vfd_send(d, mac_of(200), mac_of((uint8_t)(d->vf + 1)), 1514);
}

/* 100 frames of 1,514 bytes at 100 Mb/s, with one queue of two in use: 1,538 byte times of 80 ns each. */
START_TEST(rate_of_a_vf)
{
    struct nw *w = nw_up(2, 2);
    ck_assert_int_eq(set_rate(w, 0, 100), 0);
    ck_assert_int_eq(set_rate(w, 0, 10), -EINVAL);
    ck_assert_int_eq(set_rate(w, 0, 10001), -EINVAL);
    send_100(&w->vf[0]);
    send_100(&w->vf[1]);
    nw_run(w, 1000 * SIM_US); /* the other VF is done at line rate */
    ck_assert_uint_ge(w->peer->count, 100 + 8);
    ck_assert_uint_le(w->peer->count, 100 + 10);
    nw_run(w, 5152 * SIM_US); /* in all 50 times 123.04 us */
    ck_assert_uint_ge(w->peer->count, 100 + 50);
    ck_assert_uint_le(w->peer->count, 100 + 52);
    ck_assert_int_eq(set_rate(w, 0, 0), 0);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->peer->count, 200);
    nw_balanced(w);
}
END_TEST

/* Set before the VF lives: its queues are counted when it is activated. */
START_TEST(rate_before_activation)
{
    struct nw *w = nw_up(2, 0);
    ck_assert_int_eq(set_rate(w, 0, 100), 0);
    vfd_create(w, 0);
    nw_vf_up(w, 0, NW_RING);
    send_100(&w->vf[0]);
    nw_run(w, 6152 * SIM_US);
    ck_assert_uint_ge(w->peer->count, 50);
    ck_assert_uint_le(w->peer->count, 52);
    nw_run(w, 10 * SIM_MS);
    nw_balanced(w);
}
END_TEST

/* A queue that its driver enables behind the PF's back has next to nothing; once counted, each has half. */
START_TEST(rate_of_two_queues)
{
    struct nw *w = nw_up(2, 1);
    struct vf_driver *d = &w->vf[0];
    uint32_t factor[2];
    ck_assert_int_eq(set_rate(w, 0, 100), 0);
    for (uint32_t counted = 0; counted < 2; counted++) {
        for (uint32_t q = 0; q < 2; q++) {
            pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, IXGBE_RTTDQSEL, 4, q);
            factor[q] = nw_read(w, w->nic->pf, IXGBE_RTTBCNRC) & IXGBE_RTTBCNRC_RF_MASK;
        }
        ck_assert_uint_eq(factor[0], (counted + 1) * (10000 / 100) << IXGBE_RTTBCNRC_RF_INT_SHIFT);
        ck_assert_uint_eq(factor[1], counted ? factor[0] : IXGBE_RTTBCNRC_RF_MASK);
        vfd_write(d, IXGBE_VFTDBAL(1), NW_TX_RING + 16 * NW_RING);
        vfd_write(d, IXGBE_VFTDLEN(1), 16 * NW_RING);
        vfd_write(d, IXGBE_VFTXDCTL(1), IXGBE_TXDCTL_ENABLE);
        nw_run(w, SIM_US);
        ck_assert_int_eq(set_rate(w, 0, 100), 0);
    }
}
END_TEST

/* How many frames of 64 B leave in 100 us, of a ring that was full at the start, with these thresholds of TXDCTL. */
static uint32_t sent_with(uint32_t thresholds)
{
    struct nw *w = nw_up(2, 1);
    struct vf_driver *d = &w->vf[0];
    uint8_t bytes[60] = {0};
    memcpy(bytes, mac_of(200), 6);
    memcpy(bytes + 6, mac_of(1), 6);
    vfd_write(d, IXGBE_VFTXDCTL(0), IXGBE_TXDCTL_ENABLE | thresholds);
    for (uint32_t i = 0; i < NW_RING - 1; i++)
        vfd_put(d, w->flow, bytes, sizeof(bytes), 0, 0);
    vfd_bell(d);
    nw_run(w, 100 * SIM_US);
    ck_assert_uint_eq(w->peer->count, NW_RING - 1);
    sim_time took = w->peer->seen[NW_RING - 2].at - w->peer->seen[0].at;
    nw_balanced(w);
    nw_destroy(w);
    return (uint32_t)(took / SIM_NS);
}

/* Without prefetch the way to memory comes between two batches of descriptors; with it there is no gap on the wire. */
START_TEST(prefetch_closes_the_gaps)
{
    const uint32_t batches = (NW_RING - 1 + IXGBE_TX_DESC_ON_CHIP - 1) / IXGBE_TX_DESC_ON_CHIP, wire = (NW_RING - 2) * 672 / 10;
    uint32_t with = sent_with(1u << IXGBE_TXDCTL_HTHRESH_SHIFT | 32), without = sent_with(0);
    ck_assert_uint_eq(with, wire);
    ck_assert_uint_ge(without, wire + (batches - 1) * 500);
    ck_assert_uint_le(without, wire + (batches - 1) * 900);
}
END_TEST

/* A frame is in the chip for the time of its pipeline, each way, on top of wire and link. */
START_TEST(pipeline_takes_its_time)
{
    struct nw *w = nw_up(2, 1);
    sim_time from = sim_now(w->sim);
    send_100(&w->vf[0]);
    nw_run(w, SIM_MS);
    ck_assert_uint_eq(w->peer->count, 100);
    sim_time took = w->peer->seen[0].at - from, wire = 1526 * 800 + 500 * SIM_NS;
    ck_assert_uint_ge(took, wire + IXGBE_PIPELINE_PS + SIM_US); /* descriptor and data are read by two trips over the link */
    ck_assert_uint_le(took, wire + IXGBE_PIPELINE_PS + 3 * SIM_US);
    uint32_t before = w->vf[0].s.got;
    from = sim_now(w->sim);
    nw_peer_send(w, mac_of(1), -1, 60);
    nw_run(w, 72 * 800 + 500 * SIM_NS + IXGBE_PIPELINE_PS);
    ck_assert_uint_eq(w->vf[0].s.got, before);
    nw_run(w, 2 * SIM_US);
    ck_assert_uint_eq(w->vf[0].s.got, before + 1);
    nw_balanced(w);
}
END_TEST

/* The head is written to memory instead of descriptors [82599 7.2.3.5.2]. */
START_TEST(head_write_back)
{
    enum { HEAD_AT = 0x3000 };
    struct nw *w = nw_up(2, 1);
    struct vf_driver *d = &w->vf[0];
    uint32_t head;
    vfd_write(d, IXGBE_VFTDWBAL(0), HEAD_AT | IXGBE_TDWBAL_HEAD_WB_ENABLE);
    nw_run(w, SIM_US);
    for (int i = 0; i < 20; i++)
        vfd_send(d, mac_of(200), mac_of(1), 60);
    nw_run(w, 100 * SIM_US);
    memcpy(&head, d->ram + HEAD_AT, 4);
    ck_assert_uint_eq(head, 20);
    for (uint32_t i = 0; i < 20; i++)
        ck_assert_uint_eq(vfd_tx(d, i)->wb.status & IXGBE_TXD_STAT_DD, 0);
    nw_balanced(w);
}
END_TEST

/* WTHRESH gathers write-backs, but never keeps back the last ones; without RS nothing is reported. */
START_TEST(report_status)
{
    struct nw *w = nw_up(2, 1);
    struct vf_driver *d = &w->vf[0];
    vfd_write(d, IXGBE_VFTXDCTL(0), IXGBE_TXDCTL_ENABLE | 8u << IXGBE_TXDCTL_WTHRESH_SHIFT);
    nw_run(w, SIM_US);
    for (int i = 0; i < 11; i++)
        vfd_send(d, mac_of(200), mac_of(1), 60);
    for (uint32_t i = 0; i < 11; i += 2)
        vfd_tx(d, i)->read.cmd_type_len &= ~IXGBE_ADVTXD_DCMD_RS;
    nw_run(w, 100 * SIM_US);
    for (uint32_t i = 0; i < 11; i++)
        ck_assert_uint_eq(vfd_tx(d, i)->wb.status & IXGBE_TXD_STAT_DD, i % 2);
    ck_assert_uint_eq(nw_read(w, w->nic->vf[0], IXGBE_VFTDH(0)), 11);
    nw_balanced(w);
}
END_TEST

/* 128 addresses, one of them the PF's own. */
START_TEST(filters_to_the_last)
{
    struct nw *w = nw_up(2, 1);
    int added = 0;
    while (nw_mac_op(w, VMK_NETPTOP_PF_ADD_MAC_FILTER, -1, mac_of((uint8_t)(101 + added)), PF_MOVE_SAFE, 0) == 0)
        added++;
    ck_assert_int_eq(added, 128 - 2);
    ck_assert_int_eq(w->s.status, -ENOSPC);
}
END_TEST

static uint32_t ask(struct nw *w, const uint32_t *msg, uint32_t words)
{
    struct vf_driver *d = &w->vf[0];
    vfd_write(d, IXGBE_VFMAILBOX, IXGBE_VFMAILBOX_VFU);
    for (uint32_t i = 0; i < words; i++)
        vfd_write(d, IXGBE_VFMBMEM(i), msg[i]);
    vfd_write(d, IXGBE_VFMAILBOX, IXGBE_VFMAILBOX_REQ);
    nw_run(w, 300 * SIM_US);
    return nw_read(w, w->nic->vf[0], IXGBE_VFMBMEM(0)) & (IXGBE_VT_MSGTYPE_ACK | IXGBE_VT_MSGTYPE_NACK);
}

static uint32_t ask_frame(struct nw *w, uint32_t max_frame) { return ask(w, (uint32_t[]){IXGBE_VF_SET_LPE, max_frame}, 2); }

static bool receives(struct nw *w)
{
    uint32_t got = w->vf[0].s.got;
    nw_peer_send(w, mac_of(1), -1, 60);
    nw_run(w, 100 * SIM_US);
    return w->vf[0].s.got != got;
}

/* PF and VFs have one longest frame: a VF may be jumbo with the PF only, and an old driver not beside a jumbo PF. */
START_TEST(jumbo_with_the_pf_only)
{
    struct nw *w = nw_up(2, 1);
    struct pf_args jumbo = {.vf = -1, .mtu = 9000};
    ck_assert_uint_eq(ask(w, (uint32_t[]){IXGBE_VF_RESET}, 1), IXGBE_VT_MSGTYPE_ACK);
    ck_assert_uint_eq(ask(w, (uint32_t[]){IXGBE_VF_API_NEGOTIATE, IXGBE_MBOX_API_11}, 2), IXGBE_VT_MSGTYPE_ACK);
    ck_assert_uint_eq(ask_frame(w, 1518), IXGBE_VT_MSGTYPE_ACK);
    ck_assert(receives(w));
    ck_assert_uint_eq(ask_frame(w, 9018), IXGBE_VT_MSGTYPE_NACK);
    ck_assert(!receives(w));
    ck_assert_int_eq(nw_op(w, PF_OP_NETDEV_MTU, &jumbo), 0); /* the PF's driver begins anew, so must the VF's */
    ck_assert_uint_eq(ask_frame(w, 9018), IXGBE_VT_MSGTYPE_NACK);
    ck_assert_uint_eq(ask(w, (uint32_t[]){IXGBE_VF_RESET}, 1), IXGBE_VT_MSGTYPE_ACK);
    ck_assert_uint_eq(ask(w, (uint32_t[]){IXGBE_VF_API_NEGOTIATE, IXGBE_MBOX_API_11}, 2), IXGBE_VT_MSGTYPE_ACK);
    vfd_up(&w->vf[0], NW_RING);
    ck_assert_uint_eq(ask_frame(w, 9018), IXGBE_VT_MSGTYPE_ACK);
    ck_assert(receives(w));
    ck_assert_uint_eq(nw_read(w, w->nic->pf, IXGBE_MAXFRS) >> IXGBE_MHADD_MFS_SHIFT, 9018);
    ck_assert_uint_eq(ask(w, (uint32_t[]){IXGBE_VF_RESET}, 1), IXGBE_VT_MSGTYPE_ACK); /* speaks 1.0 again */
    ck_assert_uint_eq(ask_frame(w, 1518), IXGBE_VT_MSGTYPE_NACK);
    ck_assert(!receives(w));
    nw_balanced(w);
}
END_TEST

/* No header is looked for: a queue that asks for it gets whole frames; the trace says so, and it is counted. */
START_TEST(header_split_is_off)
{
    struct nw *w = nw_up(2, 1);
    const char *name;
    uint64_t value = 0;
    nw_listen(w, "split");
    vfd_write(&w->vf[0], IXGBE_VFSRRCTL(0), 2 | 0x400 | 0x04000000u); /* [ixgbe_type.h SRRCTL_DESCTYPE_HDR_SPLIT] */
    nw_run(w, SIM_US);
    ck_assert(receives(w));
    ck_assert_uint_eq(w->vf[0].s.last_len, 60);
    ck_assert_uint_eq(w->vf[0].s.last_info & 0x80000000u, 0); /* SPH */
    nw_tells(w, "queue 0 > told to split headers -> it does not\n");
    for (unsigned i = 0; w->nic->ops->counter(w->nic, i, &name, &value); i++)
        if (!strcmp(name, "rx_header_split_refused"))
            break;
    ck_assert_str_eq(name, "rx_header_split_refused"); /* what an operator is shown */
    ck_assert_uint_eq(value, 1);
    nw_balanced(w);
}
END_TEST

/* Split always: 128 bytes of each frame in its header's buffer, the rest in packet buffers, and nothing in those of a short one.
 * No frame goes across a line of four descriptors, for this driver reads all of one at once. */
START_TEST(always_split)
{
    static const struct {
        int len;
        uint32_t descs, header; /* header: what the last descriptor says of it */
    } frames[] = {{60, 1, 60},  {128, 1, 128},  {129, 1, 128}, {2176, 1, 128},
                  {2177, 2, 0}, {1514, 1, 128}, {61, 1, 61},   {5000, 3, 0}};
    struct nw *w = nw_up(2, 1);
    struct vf_driver *d = &w->vf[0];
    struct pf_args mtu = {.vf = 0, .mtu = 9000}, own = {.vf = -1, .mtu = 9000};
    ck_assert_int_eq(nw_op(w, PF_OP_SET_MTU, &own), 0);
    ck_assert_int_eq(nw_op(w, VMK_NETPTOP_VF_SET_MTU, &mtu), 0);
    vfd_write(d, IXGBE_VFRXDCTL(0), 0);
    vfd_write(d, IXGBE_VFSRRCTL(0), 2 | NW_HEADER << 2 | 0x0A000000u); /* [ixgbe_type.h SRRCTL_DESCTYPE_HDR_SPLIT_ALWAYS] */
    d->s.splits = true;
    d->s.rx_next = d->s.rx_posted = 0;
    vfd_post(d, d->ring - 1);
    vfd_write(d, IXGBE_VFRXDCTL(0), IXGBE_RXDCTL_ENABLE | IXGBE_RXDCTL_VME);
    nw_run(w, SIM_US);
    for (unsigned i = 0; i < sizeof(frames) / sizeof(*frames); i++) {
        uint32_t before = d->s.rx_next;
        nw_peer_send(w, mac_of(1), -1, frames[i].len);
        nw_run(w, SIM_MS);
        ck_assert_uint_eq(d->s.got, i + 1);
        ck_assert_uint_eq(d->s.last_len, (uint32_t)frames[i].len);
        ck_assert_uint_eq(d->s.rx_next - before, frames[i].descs);
        ck_assert_uint_eq((d->s.last_info & IXGBE_RXDADV_HDRBUFLEN_MASK) >> IXGBE_RXDADV_HDRBUFLEN_SHIFT, frames[i].header);
        ck_assert_uint_eq(d->s.last_info & 0x80000000u, 0); /* SPH */
    }
    nw_balanced(w);
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("timing");
    tcase_add_test(t, presets_give_their_rates);
    tcase_add_test(t, rate_of_a_vf);
    tcase_add_test(t, rate_before_activation);
    tcase_add_test(t, rate_of_two_queues);
    tcase_add_test(t, head_write_back);
    tcase_add_test(t, prefetch_closes_the_gaps);
    tcase_add_test(t, pipeline_takes_its_time);
    tcase_add_test(t, report_status);
    tcase_add_test(t, filters_to_the_last);
    tcase_add_test(t, jumbo_with_the_pf_only);
    tcase_add_test(t, header_split_is_off);
    tcase_add_test(t, always_split);
    return run_suite("nic82599 timing", t);
}
