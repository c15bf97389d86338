/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases of a chip's data path: fences, the end of a VF's life, limits, interrupts, memory. */
#include "guest/conformance/cases.h"

enum { LONG_US = 4000 };

/* ---- fences ---- */

void chip_fence(void)
{
    kit_begin();
    for (uint32_t round = 0; round < 4; round++) {
        uint32_t before = kit.handed_up;
        kit_settle(0, kit.arrived, LONG_US);
        kit.at_once = true; /* faster than they can be written */
        frames_arrive(48, 1514, FRAME_PLAIN);
        kit.at_once = false;
        kit_stand(STAND_RELEASE, 0, 0, 0);
        kit_wait_us(2); /* the way through the chip */
        uint32_t error = kit_op(&(struct stand_op){.op = OP_RX_FENCE, .on_pf = 1});
        if (error)
            kit_broken(STAND_RULE_P7, "a receive fence failed: errno %u", error);
        kit_check_rx(0, 64);
        if (kit.handed_up < before + 48)
            kit_broken(STAND_RULE_H6, "behind a receive fence %u of 48 frames that came before it are in memory",
                       kit.handed_up - before);
        kit_add_buffers(0);
    }
}

static void burst(uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++)
        frame_put(0, 1514, 1 + i % 3, FRAME_PLAIN, true);
}

void chip_quiesce(void)
{
    kit_begin();
    for (uint32_t round = 0; round < 3; round++) {
        burst(24);
        uint32_t error = kit_op(&(struct stand_op){.op = OP_VF_QUIESCE});
        if (error) {
            kit_broken(STAND_RULE_P4, "VF_QUIESCE failed: errno %u", error);
            return;
        }
        kit_wait_us(150); /* the last one's way to the peer, on a slow wire */
        frames_fetch();
        uint32_t before = kit.handed_up, left = kit.left;
        frames_arrive(8, 100, FRAME_PLAIN);
        kit_wait_us(500);
        frames_fetch();
        if (kit.left != left)
            kit_broken(STAND_RULE_H7, "behind VF_QUIESCE %u frames have left", kit.left - left);
        kit_check_rx(0, 64);
        if (kit.handed_up != before)
            kit_broken(STAND_RULE_P4, "a VF that is quiesced has received %u frames", kit.handed_up - before);
        kit.handed_up = kit.arrived;
        error = kit_op(&(struct stand_op){.op = OP_VF_ACTIVATE});
        if (error)
            kit_broken(STAND_RULE_P4, "a VF that was quiesced can't be activated: errno %u", error);
        if (!kit_moves(20, STAND_RULE_P4, "activated again"))
            return;
    }
}

/* ---- reset ---- */

/* All that a device may write to. */
static uint64_t memory_sum(void)
{
    const uint64_t *pool = (const uint64_t *)kit_va(STAND_RX_POOL);
    const uint64_t *ring = (const uint64_t *)kit_va(STAND_RING_RX(0));
    uint64_t sum = kit_ring_sum(0);
    for (uint32_t i = 0; i < STAND_RX_BUFFERS * STAND_BUFFER_BYTES / 8; i += 4)
        sum = (sum ^ pool[i]) * 0x100000001b3ull;
    for (uint32_t i = 0; i < PLUGIN_RING_BYTES(kit.config->ring) / 8; i++)
        sum = (sum ^ ring[i]) * 0x100000001b3ull;
    return sum;
}

void chip_new_life(void)
{
    if (kit_stand(STAND_LEAVE, 0, 0, 0)) {
        kit_broken(STAND_RULE_H8, "the VF can't be had again");
        kit_over();
    }
    kit_take_back();
    frames_fetch();
    kit.left = kit.wire_last = kit.sent;
    kit.handed_up = kit.arrived;
    for (uint32_t i = 0; i < kit.arrived; i++)
        kit.in[i].seen = 1;
    kit_begin();
}

/* Doorbells of the life before mean nothing, if the function may use memory again. */
static void rings_are_dead(void)
{
    kit_stand(STAND_MASTER, 1, 0, 0);
    burst(4);
    uint64_t sum = memory_sum();
    kit_wait_us(500);
    if (memory_sum() != sum)
        kit_broken(STAND_RULE_H8, "behind a function-level reset the VF goes on with the rings that it had");
}

void chip_flr(void)
{
    kit_begin();
    for (uint32_t round = 0; round < 4; round++) {
        kit_enable(0);
        burst(30);
        frames_arrive(30, 1000, FRAME_PLAIN);
        kit_wait_us(3 * round);
        uint32_t error = kit_op(&(struct stand_op){.op = OP_VF_FLR});
        if (error)
            kit_broken(STAND_RULE_H8, "a function-level reset failed: errno %u", error);
        uint64_t sum = memory_sum();
        kit_wait_us(10);
        kit.lines = 0;
        kit_wait_us(10); /* the way to the peer */
        frames_fetch();
        uint32_t left = kit.left;
        frames_arrive(20, 100, FRAME_PLAIN);
        kit_wait_us(1000);
        frames_fetch();
        if (memory_sum() != sum)
            kit_broken(STAND_RULE_H8, "behind a function-level reset the device has written to memory");
        if (kit.lines & 1)
            kit_broken(STAND_RULE_H8, "behind a function-level reset the device has interrupted");
        if (kit.left != left)
            kit_broken(STAND_RULE_H8, "behind a function-level reset %u frames have left", kit.left - left);
        if (kit_stand(STAND_IS_ON, 0, 0, 0))
            kit_broken(STAND_RULE_H8, "behind a function-level reset the VF may still use memory, or has its vectors");
        rings_are_dead();
        chip_new_life();
        if (!kit_moves(40, STAND_RULE_H8, "in the life behind a function-level reset"))
            return;
    }
}

/* ---- the limit ---- */

static uint32_t us_for(uint32_t frames)
{
    volatile struct machine *m = machine_page(kit.window);
    uint64_t from = m->cycles;
    burst(frames);
    kit_settle(kit.sent, 0, 40000);
    return (uint32_t)((m->cycles - from) * 1000 / m->cpu_khz);
}

void chip_rate(void)
{
    enum { FRAMES = 60, LIMIT = 200, AT_LIMIT_US = FRAMES * 1538 * 8 / LIMIT };
    kit_begin();
    us_for(FRAMES);
    if (kit_op(&(struct stand_op){.op = OP_VF_SET_TX_RATE, .rate = LIMIT}))
        kit_not_here("the PF's driver sets no limit: max_tx_rate is refused");
    uint32_t us = us_for(FRAMES);
    if (us < AT_LIMIT_US * 8 / 10 || us > AT_LIMIT_US * 2)
        kit_broken(STAND_RULE_H11, "with a limit of 200 Mb/s 60 frames took %u us, and were to take %u", us, (uint32_t)AT_LIMIT_US);
    if (kit_op(&(struct stand_op){.op = OP_VF_SET_TX_RATE}))
        kit_broken(STAND_RULE_H11, "the limit can't be taken off");
    us = us_for(FRAMES);
    if (us > AT_LIMIT_US / 2)
        kit_broken(STAND_RULE_H11, "with the limit taken off 60 frames take %u us", us);
}

/* ---- interrupts ---- */

static bool line_comes(uint32_t us)
{
    for (uint32_t t = 0; t < us && !(kit.lines & 1); t += 10)
        kit_wait_us(10);
    return kit.lines & 1;
}

static void settle_lines(void)
{
    kit_settle(kit.sent, kit.arrived, LONG_US);
    kit_wait_us(200);
    kit.lines = 0;
}

/* When the message is there, so is the frame. */
static void interrupt_follows_frame(void)
{
    settle_lines();
    kit_enable(0);
    uint32_t before = kit.handed_up;
    frames_arrive(1, 1514, FRAME_PLAIN);
    if (!line_comes(3000)) {
        kit_broken(STAND_RULE_N1, "a frame came, and no interrupt");
        return;
    }
    kit_check_rx(0, 64);
    if (kit.handed_up == before)
        kit_broken(STAND_RULE_H9, "an interrupt came before its frame was in memory");
    kit_disable(0);
}

void chip_msix(void)
{
    kit_begin();
    for (uint32_t i = 0; i < 8; i++)
        interrupt_follows_frame();
    settle_lines();
    kit_stand(STAND_MASK, 1, 0, 0);
    kit_enable(0);
    frames_arrive(2, 100, FRAME_PLAIN);
    if (line_comes(1000))
        kit_broken(STAND_RULE_H14, "a vector that is masked in its table has interrupted");
    kit_stand(STAND_MASK, 0, 0, 0);
    if (!line_comes(1000))
        kit_broken(STAND_RULE_H14, "a vector that was masked in its table, and is not any more, has not interrupted for what came");
    kit_disable(0);
    kit_moves(8, STAND_RULE_H14, "behind that");
}

/* ---- memory ---- */

void chip_master(void)
{
    kit_begin();
    kit_moves(8, STAND_RULE_H15, "with Bus Master Enable on");
    frames_fetch();
    kit_wait_us(100);
    kit_stand(STAND_MASTER, 0, 0, 0);
    uint32_t left = kit.left;
    uint64_t sum = memory_sum();
    frames_arrive(8, 200, FRAME_PLAIN);
    kit_wait_us(500);
    if (memory_sum() != sum)
        kit_broken(STAND_RULE_H15, "without Bus Master Enable the VF has written to memory");
    burst(8);
    sum = memory_sum();
    kit_wait_us(500);
    frames_fetch();
    if (memory_sum() != sum || kit.left != left)
        kit_broken(STAND_RULE_H15, "without Bus Master Enable the VF has written to memory, or sent %u frames", kit.left - left);
    kit_stand(STAND_FAULTS, 0, 0, 0);
    kit_op(&(struct stand_op){.op = OP_VF_FLR}); /* it can't run dry without memory */
    chip_new_life();
    kit_moves(20, STAND_RULE_H15, "in another life, with Bus Master Enable on again");
}

/* The suite's own data are no memory of the VF's. */
void chip_fault(void)
{
    static const Plugin_SendInfo plain = {.ipHeaderOffset = 14, .l4HeaderOffset = 34, .l4DataOffset = 42};
    kit_begin();
    kit_moves(8, STAND_RULE_H1, "with frames in memory that is the VF's");
    uint64_t before = kit_stand(STAND_FAULTS, 0, 0, 0);
    frame_make(kit.frame, FRAMES_MAX, 100, FRAME_PLAIN, kit.config->peer, kit.config->mac);
    Plugin_SgList sgl = {.numElements = 1, .totalLength = 100, .firstSgVA = kit.frame, .elements = {{kit_gpa(kit.frame), 100}}};
    uint32_t taken = kit_add_frame(0, &plain, &sgl, true) == PLUGIN_OK;
    kit_wait_us(1000);
    frames_fetch();
    if (taken && kit_stand(STAND_FAULTS, 0, 0, 0) == before)
        kit_broken(STAND_RULE_H1, "a frame in memory that is not the VF's was read without a fault");
    if (kit.forged_left)
        kit_broken(STAND_RULE_H1, "a frame in memory that is not the VF's has left");
    chip_new_life();
    kit_moves(20, STAND_RULE_H1, "in the life behind a fault");
}

/* ---- counters ---- */

void chip_counters(void)
{
    kit_begin();
    for (uint32_t round = 0; round < 3; round++) {
        uint64_t was = kit_stand(STAND_STATS, 0, 0, 0);
        kit_moves(20 + round, STAND_RULE_P10, "while it is counted");
        uint64_t now = kit_stand(STAND_STATS, 0, 0, 0);
        if (round && was)
            kit_broken(STAND_RULE_P10, "asked twice, the counters say %u received and %u sent of nothing", (uint32_t)(was >> 32),
                       (uint32_t)was);
        if (now >> 32 != 20 + round || (uint32_t)now != 20 + round)
            kit_broken(STAND_RULE_P10, "of %u frames each way %u received and %u sent are counted", 20 + round,
                       (uint32_t)(now >> 32), (uint32_t)now);
    }
    chip_new_life();
    kit_moves(10, STAND_RULE_P10, "in another life");
    uint64_t now = kit_stand(STAND_STATS, 0, 0, 0);
    if (now >> 32 != 10 || (uint32_t)now != 10)
        kit_broken(STAND_RULE_P10, "in another life, of 10 frames each way %u received and %u sent are counted",
                   (uint32_t)(now >> 32), (uint32_t)now);
}
