/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 57712's rings: pages that only their links connect, frames across a link, positions that wrap at 16 bits. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "nic/57712/e2__.h"
#include "unit/nic57712_world.h"

/* ---- positions ---- */

START_TEST(position_behind_each)
{
    static const struct {
        enum e2_ring ring;
        uint16_t pos, next;
    } rows[] = {
        {E2_RING_TX, 0, 1},         {E2_RING_TX, 253, 254},   {E2_RING_TX, 254, 256},      {E2_RING_TX, 256, 257},
        {E2_RING_TX, 65533, 65534}, {E2_RING_TX, 65534, 0},   {E2_RING_RX, 0, 1},          {E2_RING_RX, 508, 509},
        {E2_RING_RX, 509, 512},     {E2_RING_RX, 1021, 1024}, {E2_RING_RX, 65532, 65533},  {E2_RING_RX, 65533, 0},
        {E2_RING_SGE, 509, 512},    {E2_RING_SGE, 65533, 0},  {E2_RING_SGE, 65024, 65025},
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(e2__next_position(rows[i].ring, rows[i].pos) == rows[i].next, "row %u: %u", i,
                      e2__next_position(rows[i].ring, rows[i].pos));
}
END_TEST

/* ---- transmit ---- */

/* Frames of so many data BDs, in turn, until positions have gone round 16 bits: each link comes at every place of a frame. */
START_TEST(transmit_over_all_pages_and_round)
{
    static const uint32_t pieces[] = {1, 2, 5, 3, 1, 7};
    uint32_t frames = 0;
    world_setup(0);
    for (bool round = false; !round || w.tx_pos % 65536 < 600; frames++) {
        uint32_t before = w.tx_pos;
        post_frame(FRAMES_AT + frames % 64 * 2048, 60 + 7 * (frames % 64), pieces[frames % 6]);
        round |= w.tx_pos / 65536 != before / 65536;
        if (frames % 20 == 19) {
            ring_bell();
            run(40 * SIM_US);
        }
    }
    ring_bell();
    run(SIM_MS);
    ck_assert_uint_gt(frames, 10000);
    ck_assert_uint_eq(w.b.peer->count, frames);
    ck_assert_uint_eq(sb()->index[E2_SB_TX], frames & 0xffff);
    for (uint32_t i = 0; i < frames; i++)
        ck_assert_msg(w.b.peer->seen[i].len == 60 + 7 * (i % 64), "frame %u has %u bytes", i, w.b.peer->seen[i].len);
    ck_assert_uint_eq(counter("bad_descriptors"), 0);
    world_teardown();
}
END_TEST

/* The doorbell's producer may be in the middle of a frame: it waits for the rest. */
START_TEST(part_of_a_frame_waits)
{
    world_setup(0);
    post_frame(FRAMES_AT, 300, 3);
    vf_put(0, E2_DOORBELL(0), E2_DOORBELL_TYPE | 2 << E2_DOORBELL_PRODUCER_SHIFT);
    run(SIM_MS);
    ck_assert_uint_eq(w.b.peer->count, 0);
    ring_bell();
    run(SIM_MS);
    ck_assert_uint_eq(w.b.peer->count, 1);
    ck_assert_uint_eq(w.b.peer->seen[0].len, 300);
    world_teardown();
}
END_TEST

/* A link into memory that is not there stops the ring until the next doorbell, and nothing else. */
START_TEST(link_to_nowhere)
{
    struct e2_link *link, good;
    world_setup(0);
    link = entry_at(TX_AT, E2_TX_PAGE, E2_TX_PAGE - 1);
    good = *link;
    *link = (struct e2_link){VF_MEM, 0};
    for (unsigned i = 0; i < 128; i++)
        post_frame(FRAMES_AT, 60, 1);
    ring_bell();
    run(SIM_MS);
    ck_assert_uint_eq(w.b.peer->count, 127);
    *link = good;
    ring_bell(); /* the chip has taken the wrong page already: it asks there in vain */
    run(SIM_MS);
    ck_assert_uint_eq(w.b.peer->count, 127);
    ck_assert_uint_eq(ramrod(E2_RAMROD_HALT, ZONE, 0), 0);
    fill_setup(0);
    ck_assert_uint_eq(ramrod(E2_RAMROD_CLIENT_SETUP, ZONE, 0), 0);
    ck_assert_uint_eq(ramrod(E2_RAMROD_CLIENT_UPDATE, ZONE, E2_CLIENT_TX), 0);
    w.tx_pos = 0;
    post_frame(FRAMES_AT, 61, 1);
    ring_bell();
    run(SIM_MS);
    ck_assert_uint_eq(w.b.peer->count, 128);
    world_teardown();
}
END_TEST

/* ---- receive ---- */

static void one_comes(uint32_t len)
{
    port_send(&w.b.peer->port, make_frame(&w.b.peer->comp, mac_of(10), mac_of(9), -1, len));
    run(2 * SIM_US);
}

/* Looks at the next completion: its frame lies in the BD's buffer whose turn it is. */
static void expect_frame(uint32_t *bd_pos, uint32_t len)
{
    w.cqe_pos = past_link(w.cqe_pos, E2_CQE_PAGE, E2_CQE_LINKS);
    const struct e2_cqe *cqe = entry_at(CQE_AT, E2_CQE_PAGE, w.cqe_pos++);
    const struct e2_rx_bd *bd = entry_at(RX_AT, E2_RX_PAGE, *bd_pos);
    struct mem_fragment at = {bd->lo + E2_RX_PADDING, len};
    ck_assert_uint_eq(cqe->type & (E2_CQE_START | E2_CQE_END), E2_CQE_START | E2_CQE_END);
    ck_assert_uint_eq(cqe->bytes, len);
    ck_assert_uint_eq(cqe->bd_bytes, len);
    ck_assert_uint_eq(cqe->padding, E2_RX_PADDING);
    frame_ref ref = mem_tag_hand_over(&w.b.vf_mem, &at, 1);
    ck_assert_msg(ref != 0, "no frame at BD %u", *bd_pos);
    frame_end(&w.b.me, ref, FATE_delivered_app);
    *bd_pos = past_link(*bd_pos + 1, E2_RX_PAGE, E2_RX_LINKS);
}

START_TEST(receive_over_all_pages_and_round)
{
    uint32_t bd_pos = 0, frames = 0;
    world_setup(0);
    post_buffers(BUFFERS / 2);
    tell_producers();
    while (w.rx_pos < 65536 + 700) {
        for (unsigned i = 0; i < 32; i++)
            one_comes(60 + (frames + i) % 900);
        run(5 * SIM_US);
        for (unsigned i = 0; i < 32; i++, frames++)
            expect_frame(&bd_pos, 60 + frames % 900);
        ck_assert_uint_eq(past_link(sb()->index[E2_SB_RX], E2_CQE_PAGE, E2_CQE_LINKS),
                          past_link(w.cqe_pos & 0xffff, E2_CQE_PAGE, E2_CQE_LINKS));
        post_buffers(32);
        tell_producers();
    }
    ck_assert_uint_gt(frames, 65000);
    assert_balanced(w.b.sim);
    world_teardown();
}
END_TEST

/* Completions that the driver has no room for: frames are dropped, and the next ones come when there is. */
START_TEST(no_room_for_completions)
{
    uint32_t bd_pos = 0;
    world_setup(0);
    post_buffers(BUFFERS / 2);
    vf_put(0, E2_PRODUCERS(ZONE), 5 | w.rx_pos << 16);
    for (unsigned i = 0; i < 8; i++)
        one_comes(60);
    ck_assert_uint_eq(books_fate_count(w.b.sim, FATE_rx_no_descriptor), 5);
    tell_producers();
    one_comes(61);
    for (unsigned i = 0; i < 3; i++)
        expect_frame(&bd_pos, 60);
    expect_frame(&bd_pos, 61);
    assert_balanced(w.b.sim);
    world_teardown();
}
END_TEST

/* What a buffer does not hold goes into SGEs, whose positions the completion names; without SGEs it is dropped. */
START_TEST(sges_hold_the_rest)
{
    struct e2_rx_bd sge = {FRAMES_AT, 0};
    world_setup(E2_SETUP_SGE);
    post_buffers(8);
    for (w.sge_pos = 508; w.sge_pos < 514; w.sge_pos = past_link(w.sge_pos + 1, E2_SGE_PAGE, E2_SGE_LINKS), sge.lo += 4096)
        memcpy(entry_at(SGE_AT, E2_SGE_PAGE, w.sge_pos), &sge, sizeof(sge));
    pf_put(E2_MAX_FRAME, 9600);
    tell_producers();
    one_comes(2000);
    ck_assert_uint_eq(books_fate_count(w.b.sim, FATE_rx_no_descriptor), 1); /* no SGE is posted yet */
    for (uint32_t pos = 0; pos < 508; pos++)
        memcpy(entry_at(SGE_AT, E2_SGE_PAGE, pos), &(struct e2_rx_bd){FRAMES_AT, 0}, sizeof(sge));
    vf_put(0, E2_SGE_PRODUCER(ZONE), 514);
    for (unsigned i = 0; i < 508; i++) {
        one_comes(1001); /* one SGE each */
        const struct e2_cqe *cqe = entry_at(CQE_AT, E2_CQE_PAGE, w.cqe_pos = past_link(w.cqe_pos, E2_CQE_PAGE, E2_CQE_LINKS));
        ck_assert_msg(cqe->sge[0] == i && cqe->bd_bytes == 1000 && cqe->bytes == 1001, "frame %u: SGE %u", i, cqe->sge[0]);
        w.cqe_pos++;
        post_buffers(1);
        tell_producers();
    }
    one_comes(1000 + 2 * 4096 + 2);
    run(20 * SIM_US); /* 508, 509, 512: the link is between them */
    const struct e2_cqe *cqe = entry_at(CQE_AT, E2_CQE_PAGE, past_link(w.cqe_pos, E2_CQE_PAGE, E2_CQE_LINKS));
    ck_assert_uint_eq(cqe->bytes, 1000 + 2 * 4096 + 2);
    ck_assert_uint_eq(cqe->sge[0], 508);
    ck_assert_uint_eq(cqe->sge[1], 509);
    ck_assert_uint_eq(cqe->sge[2], 512);
    world_teardown();
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("rings");
    tcase_set_timeout(tc, 0);
    tcase_add_test(tc, position_behind_each);
    tcase_add_test(tc, transmit_over_all_pages_and_round);
    tcase_add_test(tc, part_of_a_frame_waits);
    tcase_add_test(tc, link_to_nowhere);
    tcase_add_test(tc, receive_over_all_pages_and_round);
    tcase_add_test(tc, no_room_for_completions);
    tcase_add_test(tc, sges_hold_the_rest);
    return run_suite("nic57712_rings", tc);
}
