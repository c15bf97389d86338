/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a driver can do wrong with virtqueues, one row each, split and packed: the function needs a reset from then on, says so to
 * both drivers, and works again after it. What is only unusual does no harm. A reset may come at any moment of a transfer.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "unit/nicvirtio_world.h"

enum { SPLIT_ONLY = 1, PACKED_ONLY = 2, BREAKS = 4, INDIRECT = 8 };

static uint64_t features_of(unsigned flags, bool packed)
{
    return PLAIN | (packed ? PACKED : 0) | (flags & INDIRECT ? VIRTIO_BIT(VIRTIO_F_INDIRECT_DESC) : 0);
}

/* ---- what is done ---- */

static void good(void) { post_frame(FRAMES_AT, 300, 3); }
static void empty_piece(void)
{
    uint16_t head = (uint16_t)(w.put[TX] % SIZE);
    fill_frame(FRAMES_AT, 100);
    post(TX, FRAMES_AT, 60, VIRTQ_DESC_F_NEXT);
    post(TX, FRAMES_AT, 0, VIRTQ_DESC_F_NEXT);
    post(TX, FRAMES_AT + 60, 52, 0);
    offer(TX, head);
}
static void as_many_as_the_chip_holds(void) { post_frame(FRAMES_AT, 24 * 20, 24); }
static void one_piece_more(void) { post_frame(FRAMES_AT, 25 * 20, 25); }
static void head_behind_the_end(void) { offer(TX, SIZE); }
static void next_behind_the_end(void)
{
    post(TX, FRAMES_AT, 60, VIRTQ_DESC_F_NEXT);
    desc_at(TX, 0)->next = SIZE;
    offer(TX, 0);
}
static void round_and_round(void)
{
    for (unsigned i = 0; i < SIZE; i++)
        post(TX, FRAMES_AT, i % 2 ? 0 : 1, VIRTQ_DESC_F_NEXT);
    offer(TX, 0);
}
static void to_itself(void)
{
    post(TX, FRAMES_AT, 0, VIRTQ_DESC_F_NEXT);
    desc_at(TX, 0)->next = 0;
    offer(TX, 0);
}
static void more_than_the_ring_holds(void)
{
    post_frame(FRAMES_AT, 100, 1);
    driver_at(TX)[1] = SIZE + 1;
}
static void not_whole(void) { post(TX, FRAMES_AT, 60, VIRTQ_DESC_F_NEXT); }
static void to_be_written(void)
{
    post(TX, FRAMES_AT, 60, VIRTQ_DESC_F_WRITE);
    offer(TX, 0);
}
static void read_behind_written(void)
{
    post(TX, FRAMES_AT, 60, VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_NEXT);
    post(TX, FRAMES_AT, 60, 0);
    offer(TX, 0);
}
static void no_header(void)
{
    post(TX, FRAMES_AT, 11, 0);
    offer(TX, 0);
}
static void buffer_to_be_read(void)
{
    post(RX, BUFFERS_AT, 2048, 0);
    offer(RX, 0);
}
static void buffer_without_room(void) { post_buffer(BUFFERS_AT, 11); }

/* ---- tables of indirect descriptors: a good one, unless its row says otherwise ---- */

static void table(uint32_t entries, uint32_t len, uint32_t flags, uint32_t entry_flags)
{
    fill_frame(FRAMES_AT, 100);
    for (uint32_t i = 0; i < entries; i++) {
        uint8_t *at = w.b.vf + TX * QUEUE_BYTES + TABLE_OFF + 16 * i;
        uint32_t part = i + 1 < entries ? 20 : 112 - 20 * (entries - 1), more = i + 1 < entries ? VIRTQ_DESC_F_NEXT : 0;
        if (is_packed())
            *(struct pvirtq_desc *)at = (struct pvirtq_desc){FRAMES_AT + 20 * i, part, 0, (uint16_t)entry_flags};
        else
            *(struct virtq_desc *)at =
                (struct virtq_desc){FRAMES_AT + 20 * i, part, (uint16_t)(more | entry_flags), (uint16_t)(i + 1)};
    }
    post(TX, TX * QUEUE_BYTES + TABLE_OFF, len, VIRTQ_DESC_F_INDIRECT | flags);
    offer(TX, 0);
}
static void good_table(void) { table(3, 48, 0, 0); }
static void table_in_a_table(void) { table(1, 16, 0, VIRTQ_DESC_F_INDIRECT); }
static void table_and_more(void) { table(3, 48, VIRTQ_DESC_F_NEXT, 0); }
static void table_of_odd_length(void) { table(3, 50, 0, 0); }
static void table_of_nothing(void) { table(3, 0, 0, 0); }
static void table_that_goes_round(void)
{
    table(3, 48, 0, 0);
    struct virtq_desc *last = (struct virtq_desc *)(w.b.vf + TX * QUEUE_BYTES + TABLE_OFF) + 2;
    last->flags = VIRTQ_DESC_F_NEXT;
    last->next = 0;
}
static void table_that_leads_out(void)
{
    table(3, 48, 0, 0);
    ((struct virtq_desc *)(w.b.vf + TX * QUEUE_BYTES + TABLE_OFF))->next = 3;
}
static void table_nowhere(void)
{
    post(TX, VF_MEM, 48, VIRTQ_DESC_F_INDIRECT);
    offer(TX, 0);
}

static const struct {
    const char *name;
    void (*act)(void);
    unsigned flags, frames, queue;
} rows[] = {
    {"a good frame", good, 0, 1, TX},
    {"a piece of no bytes", empty_piece, 0, 1, TX},
    {"as many pieces as the chip holds", as_many_as_the_chip_holds, 0, 1, TX},
    {"a piece more", one_piece_more, BREAKS, 0, TX},
    {"a head behind the ring's end", head_behind_the_end, SPLIT_ONLY | BREAKS, 0, TX},
    {"a next behind the ring's end", next_behind_the_end, SPLIT_ONLY | BREAKS, 0, TX},
    {"a chain that goes round", round_and_round, BREAKS, 0, TX},
    {"a descriptor that leads to itself", to_itself, SPLIT_ONLY | BREAKS, 0, TX},
    {"more than the ring holds", more_than_the_ring_holds, SPLIT_ONLY | BREAKS, 0, TX},
    {"a chain that is not whole", not_whole, PACKED_ONLY | BREAKS, 0, TX},
    {"a frame to send that is to be written", to_be_written, BREAKS, 0, TX},
    {"to be read behind to be written", read_behind_written, BREAKS, 0, TX},
    {"a frame without its header", no_header, BREAKS, 0, TX},
    {"a receive buffer to be read", buffer_to_be_read, BREAKS, 0, RX},
    {"a receive buffer without room for a header", buffer_without_room, BREAKS, 0, RX},
    {"a table", good_table, INDIRECT, 1, TX},
    {"a table that was not agreed on", good_table, BREAKS, 0, TX},
    {"a table in a table", table_in_a_table, INDIRECT | BREAKS, 0, TX},
    {"a table with another descriptor behind it", table_and_more, INDIRECT | BREAKS, 0, TX},
    {"a table of odd length", table_of_odd_length, INDIRECT | BREAKS, 0, TX},
    {"a table of nothing", table_of_nothing, INDIRECT | BREAKS, 0, TX},
    {"a table that goes round", table_that_goes_round, SPLIT_ONLY | INDIRECT | BREAKS, 0, TX},
    {"a table that leads out of itself", table_that_leads_out, SPLIT_ONLY | INDIRECT | BREAKS, 0, TX},
    {"a table that is nowhere", table_nowhere, INDIRECT | BREAKS, 0, TX},
};

/* Another life of it sends and receives. */
static void expect_life(const char *name, uint64_t features)
{
    unsigned sent = w.b.peer->count;
    vf_begins(features);
    ck_assert_msg(!(vf_get(VIO_DEVICE_STATUS, 1) & VIRTIO_STATUS_NEEDS_RESET), "%s: it needs a reset still", name);
    post_frame(FRAMES_AT, 200, 2);
    post_buffer(BUFFERS_AT, 2048);
    notify(RX);
    notify(TX);
    frame_comes(100);
    ck_assert_msg(w.b.peer->count == sent + 1, "%s: it sends no more", name);
    struct mem_fragment at = {BUFFERS_AT + VIRTIO_NET_HDR_BYTES, 100};
    frame_ref ref = mem_tag_hand_over(&w.b.vf_mem, &at, 1);
    ck_assert_msg(ref != 0, "%s: it receives no more", name);
    frame_end(&w.b.me, ref, FATE_delivered_app);
}

static void one_row(unsigned r, bool packed)
{
    uint64_t features = features_of(rows[r].flags, packed);
    bool breaks = rows[r].flags & BREAKS;
    world_setup(features);
    rows[r].act();
    notify(rows[r].queue);
    if (rows[r].queue == RX)
        frame_comes(100);
    run(100 * SIM_US);
    bool needs = vf_get(VIO_DEVICE_STATUS, 1) & VIRTIO_STATUS_NEEDS_RESET;
    ck_assert_msg(needs == breaks, "%s (%s): status 0x%x", rows[r].name, packed ? "packed" : "split", vf_get(VIO_DEVICE_STATUS, 1));
    ck_assert_msg(counter("needs_reset") == breaks, "%s", rows[r].name);
    ck_assert_msg(w.b.peer->count == rows[r].frames, "%s: %u frames", rows[r].name, w.b.peer->count);
    bool told = pci_mmio_peek(w.b.nic->pf, VIO_BAR, VIO_ICR, 4) & VIO_ICR_BROKEN;
    ck_assert_msg(told == breaks, "%s: the PF was told %d", rows[r].name, told);
    expect_life(rows[r].name, features);
    assert_balanced(w.b.sim);
    world_teardown();
}

START_TEST(what_breaks_a_function)
{
    for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        if (!(rows[r].flags & PACKED_ONLY))
            one_row(r, false);
        if (!(rows[r].flags & SPLIT_ONLY))
            one_row(r, true);
    }
}
END_TEST

/* The device has heard of its reset: what was under way before then may have landed, and nothing else may. */
static void reset_by_driver(void)
{
    static uint8_t before[VF_MEM];
    pci_mmio_write(w.b.nic->vf[0], &w.b.me, sim_now(w.b.sim), VIO_BAR, VIO_DEVICE_STATUS, 1, 0);
    while (vf_get(VIO_DEVICE_STATUS, 1))
        ck_assert(sim_step(w.b.sim));
    mem_settle(&w.b.vf_mem);
    memcpy(before, w.b.vf, VF_MEM);
    run(100 * SIM_US);
    ck_assert_msg(!memcmp(before, w.b.vf, VF_MEM), "memory was written to behind a reset");
}

/* Reset by its driver, at each of so many moments of frames that go both ways: nothing is left, nothing lands later. */
START_TEST(reset_at_any_moment)
{
    for (unsigned packed = 0; packed < 2; packed++)
        for (sim_time when = 0; when < 9 * SIM_US; when += 90 * SIM_NS) {
            world_setup(features_of(0, packed));
            for (unsigned i = 0; i < 4; i++) {
                post_frame(FRAMES_AT + 4096 * i, 600, 1 + i);
                post_buffer(BUFFERS_AT + 4096 * i, 2048);
            }
            notify(RX);
            for (unsigned i = 0; i < 3; i++)
                port_send(&w.b.peer->port, make_frame(&w.b.peer->comp, mac_of(10), mac_of(9), -1, 700));
            pci_mmio_write(w.b.nic->vf[0], &w.b.me, sim_now(w.b.sim), VIO_BAR, VIO_NOTIFY(TX), 2, TX);
            run(when);
            reset_by_driver();
            mem_tag_clear(&w.b.vf_mem, 0, VF_MEM, FATE_reclaimed_rx);
            expect_life("a reset", features_of(0, packed));
            assert_balanced(w.b.sim);
            world_teardown();
        }
}
END_TEST

/* ---- what is out of turn is not taken: a register that is nobody's is counted ---- */

START_TEST(out_of_turn)
{
    world_setup(PLAIN);
    agree(w.b.nic->vf[0], PLAIN);
    uint64_t bad = counter("bad_registers");
    vf_put(VIO_NOTIFY(TX), 2, TX); /* before DRIVER_OK */
    ck_assert_uint_eq(counter("bad_registers"), ++bad);
    vf_put(VIO_DRIVER_FEATURE_SELECT, 4, 1);
    vf_put(VIO_DRIVER_FEATURE, 4, 0); /* after FEATURES_OK */
    ck_assert_uint_eq(counter("bad_registers"), ++bad);
    ck_assert_uint_eq(vf_get(VIO_DRIVER_FEATURE, 4), PLAIN >> 32);
    vf_put(VIO_QUEUE_SELECT, 2, TX);
    vf_put(VIO_QUEUE_SIZE, 2, 48); /* no power of two, of a split ring */
    ck_assert_uint_eq(counter("bad_registers"), ++bad);
    vf_put(VIO_QUEUE_SIZE, 4, 32); /* not its width */
    ck_assert_uint_eq(counter("bad_registers"), ++bad);
    vf_put(VIO_QUEUE_SELECT, 2, 99);
    ck_assert_uint_eq(vf_get(VIO_QUEUE_SIZE, 2), 0);
    agree(w.b.nic->vf[0], PLAIN | PACKED);
    vf_put(VIO_QUEUE_SELECT, 2, TX);
    vf_put(VIO_QUEUE_SIZE, 2, 48);
    ck_assert_uint_eq(vf_get(VIO_QUEUE_SIZE, 2), 48);
    world_teardown();
}
END_TEST

/* Which sets of features are agreed on. */
START_TEST(agreements)
{
    static const struct {
        uint64_t features;
        bool good;
    } sets[] = {
        {PLAIN, true},
        {PLAIN | PACKED, true},
        {VIRTIO_BIT(VIRTIO_F_VERSION_1), false},
        {VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM), false},
        {0, false},
        {PLAIN | VIRTIO_BIT(VIRTIO_F_SR_IOV), false}, /* the PF's */
        {PLAIN | VIRTIO_BIT(40), false},              /* RING_RESET, which is not offered */
        {PLAIN | VIRTIO_BIT(VIRTIO_NET_F_HOST_TSO4), false},
        {PLAIN | VIRTIO_BIT(VIRTIO_NET_F_HOST_TSO4) | VIRTIO_BIT(VIRTIO_NET_F_CSUM), true},
        {PLAIN | VIRTIO_BIT(VIRTIO_NET_F_GUEST_TSO6), false},
        {PLAIN | VIRTIO_BIT(VIRTIO_NET_F_MQ), false},
        {PLAIN | VIRTIO_BIT(VIRTIO_NET_F_MQ) | VIRTIO_BIT(VIRTIO_NET_F_CTRL_VQ), true},
    };
    world_setup(PLAIN);
    for (unsigned i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        agree(w.b.nic->vf[0], sets[i].features);
        bool taken = vf_get(VIO_DEVICE_STATUS, 1) & VIRTIO_STATUS_FEATURES_OK;
        ck_assert_msg(taken == sets[i].good, "set %u", i);
    }
    world_teardown();
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("hostile");
    tcase_set_timeout(tc, 0);
    tcase_add_test(tc, what_breaks_a_function);
    tcase_add_test(tc, reset_at_any_moment);
    tcase_add_test(tc, out_of_turn);
    tcase_add_test(tc, agreements);
    return run_suite("nicvirtio_hostile", tc);
}
