/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Receive side coalescing: which segments become one, what ends it, and what the descriptors say [82599 7.11]. */
#include "pf/netdev.h"
#include "unit/nic82599_world.h"

enum { IP = 14, TCP_ACK = 0x10, TCP_PSH = 0x08, TCP_SYN = 0x02, TCP_FIN = 0x01, EITR_COUNTS = 50 };

static struct nw *w;
static struct vf_driver *d;

static int set_lro(bool on)
{
    struct pf_args args = {.features = on ? PF_FEATURE_LRO : 0};
    return nw_op(w, PF_OP_NETDEV_FEATURES, &args);
}

/* A VF whose queue coalesces, vector throttled to 102.4 us; its software looks at nothing by itself. */
static void up(uint32_t ring)
{
    w = nw_up(2, 1);
    d = &w->vf[0];
    ck_assert_int_eq(set_lro(true), 0);
    nw_run(w, SIM_US);
    vfd_write(d, IXGBE_VFCTRL, IXGBE_CTRL_RST);
    nw_run(w, SIM_US);
    d->s.hold = true;
    vfd_write(d, IXGBE_VFPSRTYPE, IXGBE_PSRTYPE_TCPHDR);
    vfd_write(d, IXGBE_VFRSCCTL(0), IXGBE_RSCCTL_RSCEN | IXGBE_RSCCTL_MAXDESC_8);
    vfd_write(d, IXGBE_VTEITR(0), EITR_COUNTS << IXGBE_EITR_INTERVAL_SHIFT);
    vfd_up(d, ring);
    nw_run(w, 10 * SIM_US);
}

static void all_accounted(void)
{
    mem_tag_clear(&d->mem, 0, NW_VF_MEM, FATE_vm_ended);
    nw_balanced(w);
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}
static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v);
}
static uint32_t get16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }

static uint32_t sum(const uint8_t *p, uint32_t len, uint32_t from)
{
    for (uint32_t i = 0; i < len; i++)
        from += (uint32_t)p[i] << (i % 2 ? 0 : 8);
    while (from >> 16)
        from = (from & 0xffff) + (from >> 16);
    return from;
}

struct tcp {
    uint16_t port;
    uint32_t seq, ack, payload;
    uint8_t flags, tos;
    bool v6, timestamp, bad_sum;
};

static frame_ref segment(const struct tcp *t)
{
    uint32_t ip_len = t->v6 ? 40 : 20, tcp_len = t->timestamp ? 32 : 20, at = IP + ip_len, len = at + tcp_len + t->payload;
    frame_ref ref = frame_birth(&w->peer->comp, w->flow, len);
    uint8_t *p = frame_data(frame_get(w->sim, ref)), *ip = p + IP, *tcp = p + at;
    memset(p, 0, len);
    memcpy(p, mac_of(1), 6);
    memcpy(p + 6, mac_of(200), 6);
    put16(p + 12, t->v6 ? 0x86dd : 0x0800);
    if (t->v6) {
        ip[0] = 0x60;
        put16(ip + 4, tcp_len + t->payload);
        ip[6] = 6;
        ip[8 + 15] = 1;
        ip[24 + 15] = 2;
    } else {
        memcpy(ip, (uint8_t[]){0x45, t->tos, 0, 0, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}, 20);
        put16(ip + 2, 20 + tcp_len + t->payload);
        put16(ip + 10, ~sum(ip, 20, 0));
    }
    put16(tcp, t->port ? t->port : 5000);
    put16(tcp + 2, 80);
    put32(tcp + 4, t->seq);
    put32(tcp + 8, t->ack);
    tcp[12] = (uint8_t)(tcp_len / 4 << 4);
    tcp[13] = t->flags ? t->flags : TCP_ACK;
    put16(tcp + 14, 1000);
    if (t->timestamp)
        memcpy(tcp + 20, (uint8_t[]){1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, (uint8_t)t->seq}, 12);
    for (uint32_t i = 0; i < t->payload; i++)
        tcp[tcp_len + i] = (uint8_t)(t->seq + i);
    uint32_t pseudo = sum(t->v6 ? ip + 8 : ip + 12, t->v6 ? 32 : 8, 6 + tcp_len + t->payload);
    put16(tcp + 16, ~sum(tcp, tcp_len + t->payload, pseudo));
    tcp[16] ^= t->bad_sum;
    return ref;
}

static void send(struct tcp t) { port_send(&w->peer->port, segment(&t)); }

/* The next frame of the ring in the order of its ends; 0 when none is there. */
struct large {
    uint32_t parts, len, segments;
    uint32_t status;
    uint8_t bytes[65536];
};
static struct large large;

static bool take(void)
{
    static uint16_t before[NW_RING];
    static bool begun;
    if (!begun)
        memset(before, 0, sizeof(before));
    begun = true;
    large = (struct large){0};
    while (d->s.rx_next != d->s.rx_posted && (vfd_rx(d, d->s.rx_next)->wb.status_error & IXGBE_RXD_STAT_DD)) {
        uint32_t at = d->s.rx_next++ % d->ring;
        const union ixgbe_adv_rx_desc *r = vfd_rx(d, at);
        if (!(r->wb.status_error & IXGBE_RXD_STAT_EOP)) {
            before[(r->wb.status_error & IXGBE_RXDADV_NEXTP_MASK) >> IXGBE_RXDADV_NEXTP_SHIFT] = (uint16_t)(at + 1);
            continue;
        }
        uint32_t chain[20], n = 0;
        struct mem_fragment frags[20];
        large.status = r->wb.status_error;
        for (uint32_t i = at + 1; i; n++) {
            chain[n] = i - 1;
            i = before[i - 1];
            before[chain[n]] = 0;
        }
        large.parts = n;
        for (uint32_t k = 0; k < n; k++) {
            r = vfd_rx(d, chain[n - 1 - k]);
            frags[k] = (struct mem_fragment){NW_RX_BUFFERS + NW_BUFFER * chain[n - 1 - k], r->wb.length};
            memcpy(large.bytes + large.len, d->ram + frags[k].addr, frags[k].len);
            large.len += frags[k].len;
            large.segments += (r->wb.pkt_info & IXGBE_RXDADV_RSCCNT_MASK) >> IXGBE_RXDADV_RSCCNT_SHIFT;
        }
        frame_ref ref = mem_tag_hand_over(&d->mem, frags, n);
        ck_assert_uint_ne(ref, 0);
        ck_assert_uint_eq(frame_get(w->sim, ref)->len, large.len);
        ck_assert_int_eq(memcmp(frame_data(frame_get(w->sim, ref)), large.bytes, large.len), 0);
        frame_end(&d->c, ref, FATE_delivered_app);
        return true;
    }
    return false;
}

/* What is in `large` is one TCP frame of so many bytes of payload from `seq`, whose headers hold. */
static void assert_tcp(uint32_t seq, uint32_t payload, uint32_t tcp_len)
{
    const uint8_t *ip = large.bytes + IP, *tcp = ip + 20;
    ck_assert_uint_eq(large.len, IP + 20 + tcp_len + payload);
    ck_assert_uint_eq(get16(ip + 2), 20 + tcp_len + payload);
    ck_assert_uint_eq(sum(ip, 20, 0), 0xffff);
    ck_assert_uint_eq(sum(tcp, tcp_len + payload, sum(ip + 12, 8, 6 + tcp_len + payload)), 0xffff);
    for (uint32_t i = 0; i < payload; i++)
        ck_assert_uint_eq(tcp[tcp_len + i], (uint8_t)(seq + i));
}

START_TEST(segments_become_one)
{
    up(NW_RING);
    send((struct tcp){.seq = 100, .payload = 10, .port = 7}); /* idle: its interval is over at once */
    nw_run(w, 20 * SIM_US);
    ck_assert(take() && large.segments == 1);
    uint32_t messages = d->s.messages;
    for (uint32_t i = 0; i < 6; i++)
        send((struct tcp){.seq = 1000 + 1000 * i, .ack = 50 + i, .payload = 1000, .timestamp = _i, .flags = TCP_ACK});
    nw_run(w, 40 * SIM_US);
    ck_assert(!take()); /* its interval is not over */
    nw_run(w, 100 * SIM_US);
    ck_assert(take());
    assert_tcp(1000, 6000, _i ? 32 : 20);
    ck_assert_uint_eq(large.segments, 6);
    ck_assert_uint_eq(large.parts, 3);
    ck_assert_uint_eq(get16(large.bytes + IP + 20 + 10), 55); /* the last acknowledgement */
    ck_assert(large.status & IXGBE_RXD_STAT_L4CS);
    ck_assert_uint_eq(d->s.messages, messages); /* masked by itself at the first; nobody unmasked it */
    ck_assert_uint_eq(nw_flow(w).delivered, 7);
    ck_assert_uint_eq(nw_flow(w).bytes_delivered, 64 + 6 * (1054u + (_i ? 12 : 0)));
    all_accounted();
}
END_TEST

/* What comes by local loopback, here from the PF's pool, is left as it is. */
START_TEST(loopback_is_left_alone)
{
    up(NW_RING);
    for (uint32_t i = 0; i < 3; i++)
        port_send(&w->host->port, segment(&(struct tcp){.seq = 1000 * i, .payload = 1000, .flags = TCP_ACK}));
    nw_run(w, 200 * SIM_US);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert(take());
        ck_assert_uint_eq(large.segments, 0); /* none was coalesced */
        ck_assert(large.status & IXGBE_RXD_STAT_LB);
        assert_tcp(1000 * i, 1000, 20);
    }
    all_accounted();
}
END_TEST

START_TEST(version_6)
{
    up(NW_RING);
    for (uint32_t i = 0; i < 3; i++)
        send((struct tcp){.v6 = true, .seq = 1000 * i, .payload = 1000, .flags = i == 2 ? TCP_ACK | TCP_PSH : TCP_ACK});
    nw_run(w, 10 * SIM_US);
    ck_assert(take());
    uint32_t first = large.len;
    if (take()) /* the first one may have been alone */
        first += large.len - 74;
    ck_assert_uint_eq(first, 74 + 3000);
    ck_assert(large.bytes[IP + 40 + 13] & TCP_PSH);
    all_accounted();
}
END_TEST

/* Two segments that would join, and in between what ends it. `frames`: how many come up. */
static const struct {
    struct tcp between, after;
    unsigned frames;
} enders[] = {
    {{.seq = 3000, .payload = 500, .flags = TCP_ACK | TCP_PSH}, {.seq = 3500, .payload = 500}, 2}, /* PSH ends with itself */
    {{.seq = 9000, .payload = 500}, {.seq = 9500, .payload = 500}, 2},                             /* a gap */
    {{.seq = 3000, .payload = 500, .bad_sum = true}, {.seq = 3500, .payload = 500}, 3},
    {{.seq = 3000, .payload = 0}, {.seq = 3000, .payload = 500}, 3},                               /* a bare acknowledgement */
    {{.seq = 3000, .payload = 500, .flags = TCP_ACK | TCP_FIN}, {.seq = 3501, .payload = 500}, 3},
    {{.seq = 3000, .payload = 500, .tos = 8}, {.seq = 3500, .payload = 500, .tos = 8}, 2},
    {{.seq = 3000, .payload = 500, .timestamp = true}, {.seq = 3500, .payload = 500}, 3},
    {{.seq = 3000, .payload = 500, .port = 6000}, {.seq = 3000, .payload = 500}, 2},               /* another flow: both go on */
    {{.seq = 3000, .payload = 500}, {.seq = 3500, .payload = 500}, 1},
};

START_TEST(what_ends_it)
{
    unsigned frames = 0;
    up(NW_RING);
    send((struct tcp){.seq = 1, .payload = 10, .port = 7});
    nw_run(w, 20 * SIM_US);
    ck_assert(take());
    send((struct tcp){.seq = 1000, .payload = 1000});
    send((struct tcp){.seq = 2000, .payload = 1000});
    send(enders[_i].between);
    send(enders[_i].after);
    nw_run(w, 200 * SIM_US);
    while (take())
        frames++;
    ck_assert_uint_eq(frames, enders[_i].frames);
    ck_assert_uint_eq(nw_flow(w).delivered, 5);
    ck_assert_uint_eq(nw_flow(w).reordered, enders[_i].between.port ? 1 : 0); /* in order by TCP flow, not among them */
    all_accounted();
}
END_TEST

START_TEST(buffers_and_size_limit_it)
{
    static const struct {
        uint32_t maxdesc, buffers;
    } limits[] = {
        {IXGBE_RSCCTL_MAXDESC_1, 1}, {IXGBE_RSCCTL_MAXDESC_4, 4}, {IXGBE_RSCCTL_MAXDESC_8, 8}, {IXGBE_RSCCTL_MAXDESC_16, 16}};
    up(NW_RING);
    vfd_write(d, IXGBE_VFRSCCTL(0), IXGBE_RSCCTL_RSCEN | limits[_i].maxdesc);
    send((struct tcp){.seq = 1, .payload = 10, .port = 7});
    nw_run(w, 20 * SIM_US);
    ck_assert(take());
    uint32_t most = 0, total = 0;
    for (uint32_t i = 0; i < 40; i++)
        send((struct tcp){.seq = 1000 * i, .payload = 1000});
    nw_run(w, 300 * SIM_US);
    while (take()) {
        most = large.parts > most ? large.parts : most;
        total += large.segments;
        ck_assert_uint_le(large.len, limits[_i].buffers * NW_BUFFER);
    }
    ck_assert_uint_eq(most, limits[_i].buffers);
    ck_assert_uint_eq(total, 40);
    all_accounted();
}
END_TEST

/* Without any one of them segments come up as they came. */
START_TEST(who_must_agree)
{
    up(NW_RING);
    switch (_i) {
    case 0:
        ck_assert_int_eq(set_lro(false), 0);
        break;
    case 1:
        vfd_write(d, IXGBE_VFPSRTYPE, 0);
        break;
    case 2:
        vfd_write(d, IXGBE_VFRSCCTL(0), 0);
        break;
    case 3:
        vfd_write(d, IXGBE_VTIVAR(0), 0);
        break;
    }
    nw_run(w, 5 * SIM_US);
    for (uint32_t i = 0; i < 6; i++)
        send((struct tcp){.seq = 1000 * i, .payload = 1000});
    nw_run(w, 300 * SIM_US);
    for (uint32_t i = 0; i < 6; i++)
        ck_assert(take() && large.segments == 0 && large.parts == 1);
    all_accounted();
}
END_TEST

/* Another flow's frame lies between the buffers of a large receive: NEXTP leads over it. */
START_TEST(descriptors_interleave)
{
    up(NW_RING);
    send((struct tcp){.seq = 1, .payload = 10, .port = 7});
    nw_run(w, 20 * SIM_US);
    ck_assert(take());
    for (uint32_t i = 0; i < 5; i++) {
        send((struct tcp){.seq = 1000 * i, .payload = 1000});
        nw_peer_send(w, mac_of(1), -1, 60 + i);
    }
    nw_run(w, 300 * SIM_US);
    unsigned frames = 0, coalesced = 0;
    while (take()) {
        frames++;
        coalesced += large.parts == 3 && large.len == 54 + 5000;
    }
    ck_assert_uint_eq(frames, 6);
    ck_assert_uint_eq(coalesced, 1);
    ck_assert_uint_eq(nw_flow(w).delivered, 11);
    all_accounted();
}
END_TEST

/* The ring is short: what is open ends when there is no buffer for more, and nothing is stuck. */
START_TEST(an_empty_ring_ends_it)
{
    up(16);
    vfd_write(d, IXGBE_VFSRRCTL(0), 2 | IXGBE_SRRCTL_DESCTYPE_ADV_ONEBUF | IXGBE_SRRCTL_DROP_EN);
    vfd_write(d, IXGBE_VFRSCCTL(0), IXGBE_RSCCTL_RSCEN | IXGBE_RSCCTL_MAXDESC_16);
    nw_run(w, 5 * SIM_US);
    for (uint32_t i = 0; i < 60; i++)
        send((struct tcp){.seq = 1000 * i, .payload = 1000});
    nw_run(w, 300 * SIM_US);
    uint32_t up_to = 0;
    while (take())
        up_to += large.segments ? large.segments : 1;
    ck_assert_uint_ge(up_to, 25);
    ck_assert_uint_eq(up_to + books_fate_count(w->sim, FATE_rx_no_descriptor), 60);
    all_accounted();
}
END_TEST

/* In the middle of it the queue goes, the VF is reset, memory is taken away, or the buffers are cleared under it. */
START_TEST(broken_off)
{
    up(NW_RING);
    for (uint32_t round = 0; round < 40; round++) {
        for (uint32_t i = 0; i < 4; i++)
            send((struct tcp){.seq = 1000 * i, .payload = 1000});
        nw_run(w, 2 * SIM_US + round * 100 * SIM_NS);
        switch (_i) {
        case 0:
            vfd_write(d, IXGBE_VFRXDCTL(0), 0);
            break;
        case 1:
            vfd_write(d, IXGBE_VFCTRL, IXGBE_CTRL_RST);
            break;
        case 2:
            iommu_unmap(d->domain, NW_RX_BUFFERS, 16 * 4096);
            break;
        case 3:
            mem_tag_clear(&d->mem, 0, NW_VF_MEM, FATE_vm_ended);
            break;
        }
        nw_run(w, 200 * SIM_US);
        mem_tag_clear(&d->mem, 0, NW_VF_MEM, FATE_vm_ended);
        if (_i == 2)
            ck_assert_int_eq(iommu_map(d->domain, NW_RX_BUFFERS, &d->mem, NW_RX_BUFFERS, 16 * 4096, IOMMU_READ | IOMMU_WRITE), 0);
        vfd_write(d, IXGBE_VFRXDCTL(0), 0);
        vfd_write(d, IXGBE_VFPSRTYPE, IXGBE_PSRTYPE_TCPHDR);
        vfd_write(d, IXGBE_VFRSCCTL(0), IXGBE_RSCCTL_RSCEN | IXGBE_RSCCTL_MAXDESC_8);
        vfd_write(d, IXGBE_VTEITR(0), EITR_COUNTS << IXGBE_EITR_INTERVAL_SHIFT);
        nw_run(w, 2 * SIM_US);
        vfd_up(d, NW_RING);
        nw_run(w, 20 * SIM_US);
    }
    all_accounted();
}
END_TEST

/* Software that no longer wants it, in its queue or in the whole chip, has at once what was begun. */
START_TEST(given_up)
{
    enum { RFCTL = 0x05008 };
    up(NW_RING);
    send((struct tcp){.seq = 100, .payload = 10, .port = 7}); /* idle: its interval is over at once, and the next one begins */
    nw_run(w, 20 * SIM_US);
    ck_assert(take() && large.segments == 1);
    for (uint32_t i = 0; i < 3; i++)
        send((struct tcp){.seq = 1000 * i, .payload = 1000});
    nw_run(w, 20 * SIM_US);
    ck_assert(!take());
    if (_i == 0)
        vfd_write(d, IXGBE_VFRSCCTL(0), 0);
    else
        pci_mmio_write(w->nic->pf, &w->c, sim_now(w->sim), 0, RFCTL, 4, IXGBE_RFCTL_RSC_DIS);
    nw_run(w, 5 * SIM_US);
    ck_assert(take());
    assert_tcp(0, 3000, 20);
    ck_assert_uint_eq(large.segments, 3);
    all_accounted();
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("rsc");
    tcase_add_loop_test(t, given_up, 0, 2);
    tcase_add_loop_test(t, segments_become_one, 0, 2);
    tcase_add_test(t, loopback_is_left_alone);
    tcase_add_test(t, version_6);
    tcase_add_loop_test(t, what_ends_it, 0, sizeof(enders) / sizeof(enders[0]));
    tcase_add_loop_test(t, buffers_and_size_limit_it, 0, 4);
    tcase_add_loop_test(t, who_must_agree, 0, 4);
    tcase_add_test(t, descriptors_interleave);
    tcase_add_test(t, an_empty_ring_ends_it);
    tcase_add_loop_test(t, broken_off, 0, 4);
    return run_suite("nic82599 rsc", t);
}
