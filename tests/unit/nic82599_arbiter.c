/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may send: shares by bytes among VFs, and among the queues of one, that never run dry, whatever their frames are. */
#include "unit/nic82599_world.h"

enum { SENDERS_MAX = 4, QUEUE_1_RING = NW_TX_RING + 16 * NW_RING, QUEUE_1_BUFFERS = NW_TX_BUFFERS + NW_BUFFER * NW_RING };

struct sender {
    unsigned vf, queue;
    uint32_t len; /* bytes of its frames */
    struct vf_driver *d;
    const uint8_t *to;
    uint32_t put, done; /* descriptors, free running */
};

static union ixgbe_adv_tx_desc *desc(const struct sender *s, uint32_t i)
{
    return (union ixgbe_adv_tx_desc *)(s->d->ram + (s->queue ? QUEUE_1_RING : NW_TX_RING)) + i % s->d->ring;
}

static void queue_1_up(struct vf_driver *d)
{
    vfd_write(d, IXGBE_VFTDBAL(1), QUEUE_1_RING);
    vfd_write(d, IXGBE_VFTDLEN(1), 16 * d->ring);
    vfd_write(d, IXGBE_VFTXDCTL(1), IXGBE_TXDCTL_ENABLE | 1u << IXGBE_TXDCTL_HTHRESH_SHIFT | 32);
    nw_run(d->w, SIM_US);
}

/* Gives the ring what it has room for, and rings once. */
static void refill(struct sender *s)
{
    struct vf_driver *d = s->d;
    uint32_t before = s->put;
    while (s->done != s->put && (desc(s, s->done)->wb.status & IXGBE_TXD_STAT_DD))
        s->done++;
    for (; s->put - s->done < d->ring - 1; s->put++) {
        uint64_t addr = (s->queue ? QUEUE_1_BUFFERS : NW_TX_BUFFERS) + NW_BUFFER * (s->put % d->ring);
        uint8_t *bytes = d->ram + addr;
        memcpy(bytes, s->to, 6);
        memcpy(bytes + 6, mac_of((uint8_t)(d->vf + 1)), 6);
        bytes[12] = 0x88;
        bytes[13] = (uint8_t)s->queue;
        frame_ref ref = frame_birth(&d->c, d->w->flow, s->len);
        memcpy(frame_data(frame_get(d->w->sim, ref)), bytes, s->len);
        mem_tag_made(&d->mem, addr, s->len, ref);
        *desc(s, s->put) =
            (union ixgbe_adv_tx_desc){.read = {addr,
                                               IXGBE_ADVTXD_DTYP_DATA | IXGBE_ADVTXD_DCMD_DEXT | IXGBE_ADVTXD_DCMD_IFCS |
                                                   IXGBE_ADVTXD_DCMD_EOP | IXGBE_ADVTXD_DCMD_RS | s->len,
                                               s->len << IXGBE_ADVTXD_PAYLEN_SHIFT}};
    }
    if (s->put != before)
        vfd_write(d, IXGBE_VFTDT(s->queue), s->put % d->ring);
}

/* Descriptors done in the second half of `span`, which is the bytes of each sender; to the network, or to one more VF. */
static void run_senders(struct sender *s, unsigned senders, unsigned vfs, bool local, sim_time span, uint64_t *bytes)
{
    struct nw *w = nw_up(vfs + 1, vfs + 1);
    uint64_t middle[SENDERS_MAX] = {0};
    sim_time begin;
    for (unsigned i = 0; i < senders; i++) {
        s[i].d = &w->vf[s[i].vf];
        s[i].to = local ? mac_of((uint8_t)(vfs + 1)) : mac_of(200);
        s[i].put = s[i].done = 0;
        if (s[i].queue)
            queue_1_up(s[i].d);
    }
    begin = sim_now(w->sim);
    while (sim_now(w->sim) < begin + span) {
        for (unsigned i = 0; i < senders; i++) {
            refill(&s[i]);
            if (sim_now(w->sim) < begin + span / 2)
                middle[i] = s[i].done;
        }
        nw_run(w, SIM_US);
    }
    for (unsigned i = 0; i < senders; i++)
        bytes[i] = (s[i].done - middle[i]) * (uint64_t)(s[i].len + 4);
    nw_balanced(w);
    nw_destroy(w);
}

/* Within 3 % of an equal share, or of the share in `percent`. */
static void assert_shares(const uint64_t *bytes, const unsigned *percent, unsigned senders)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < senders; i++)
        total += bytes[i];
    for (unsigned i = 0; i < senders; i++) {
        uint64_t share = bytes[i] * 10000 / total;
        ck_assert_msg(share >= percent[i] * 97 && share <= percent[i] * 103, "sender %u of %u has %u.%02u %%, not %u %%", i,
                      senders, (unsigned)share / 100, (unsigned)share % 100, percent[i]);
    }
}

static const struct {
    uint32_t a, b;
    bool local;
} sizes[] = {{300, 1500, false}, {300, 1500, true}, {1500, 300, true}, {60, 1514, false},
             {64, 128, false},   {500, 1514, true}, {900, 1000, true}};

START_TEST(vfs_by_bytes)
{
    struct sender s[2] = {{.vf = 0, .len = sizes[_i].a}, {.vf = 1, .len = sizes[_i].b}};
    uint64_t bytes[2];
    run_senders(s, 2, 2, sizes[_i].local, 600 * SIM_US, bytes);
    assert_shares(bytes, (unsigned[]){50, 50}, 2);
    if (!sizes[_i].local) /* and the wire is full: 8 bytes of preamble and 12 of gap a frame are not data */
        ck_assert_uint_ge(bytes[0] + bytes[1], (sizes[_i].a < 100 ? 80 : 95) * 300 * 1250 / 100);
}
END_TEST

/* A VF with two busy queues has no more than one with a single queue; its queues share what it has. */
START_TEST(queues_share_their_vf)
{
    struct sender s[3] = {{.vf = 0, .len = 600}, {.vf = 0, .queue = 1, .len = 1500}, {.vf = 1, .len = 400}};
    uint64_t bytes[3];
    run_senders(s, 3, 2, _i, 600 * SIM_US, bytes);
    assert_shares(bytes, (unsigned[]){25, 25, 50}, 3);
}
END_TEST

int main(void)
{
    TCase *t = nw_tcase("arbiter");
    tcase_add_loop_test(t, vfs_by_bytes, 0, sizeof(sizes) / sizeof(sizes[0]));
    tcase_add_loop_test(t, queues_share_their_vf, 0, 2);
    return run_suite("nic82599 arbiter", t);
}
