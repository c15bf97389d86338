/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases of beginnings and ends; of two queues; and of a device that lies. */
#include "guest/conformance/cases.h"

enum { LONG_US = 4000 };

/* What was sent or came in an earlier life must never be seen again. */
static void forget_traffic(void)
{
    frames_fetch();
    kit.wire_last = kit.sent;
    kit.left = kit.sent;
    for (uint32_t i = 0; i < kit.sent; i++)
        kit.out[i].seen = 1;
    kit.handed_up = kit.arrived;
    for (uint32_t i = 0; i < kit.arrived; i++)
        kit.in[i].seen = 1;
}

static void traffic(uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++)
        frame_put(i % kit.config->queues, 100 + i, 1 + i % 2, FRAME_PLAIN, true);
    frames_arrive(frames, 150, FRAME_PLAIN);
}

/* Completed ones are not taken, nor received ones handed up: they lie in the rings. */
void case_restart(void)
{
    kit_begin();
    uint32_t held = kit.rx[0].held;
    if (!kit.api.resetDevice)
        kit_not_here("the plugin has no resetDevice: its queues begin anew with the VF alone");
    for (uint32_t round = 0; round < 4; round++) {
        traffic(10 + 7 * round);
        kit_wait_us(500);
        if (round % 2 && kit_reset_device())
            kit_broken(STAND_RULE_L3, "resetDevice failed");
        kit_take_back();
        forget_traffic();
        kit_rings();
        for (uint32_t q = 0; q < kit.config->queues; q++)
            kit_poll(q);
        if (kit.rx[0].held < held)
            kit_broken(STAND_RULE_R11, "behind another start the plugin has %u buffers, and had %u", kit.rx[0].held, held);
        if (!kit_moves(40, STAND_RULE_L3, "behind another start of the rings"))
            return;
    }
}

void kit_leave(bool other)
{
    uint32_t error = (uint32_t)kit_stand(STAND_LEAVE, other, 0, 0);
    if (error) {
        kit_broken(STAND_RULE_L4, "the VF can't be had again: errno %u", error);
        kit_over();
    }
    kit_take_back();
    forget_traffic();
}

static void lives(bool other)
{
    kit_begin();
    for (uint32_t round = 0; round < 3; round++) {
        traffic(20);
        kit_wait_us(round * 3);
        if (round == 1)
            kit_poll(0);
        kit_leave(other);
        kit_begin();
        if (!kit_moves(40, STAND_RULE_L4, other ? "on another VF" : "in another life"))
            return;
    }
}

void case_new_life(void) { lives(false); }
void case_other_vf(void) { lives(true); }

/* ---- two queues ---- */

static uint8_t seen_before[PLUGIN_PRIVATE_BYTES], owner[PLUGIN_PRIVATE_BYTES];

static void remember(void) { memcpy(seen_before, kit.ps.privateArea, PLUGIN_PRIVATE_BYTES); }

static void who_wrote(uint32_t queue)
{
    const uint8_t *now = (const uint8_t *)kit.ps.privateArea;
    for (uint32_t i = 0; i < PLUGIN_PRIVATE_BYTES; i++) {
        if (now[i] == seen_before[i])
            continue;
        owner[i] |= (uint8_t)(1u << queue);
        if (owner[i] != 3)
            continue;
        kit_broken(STAND_RULE_L1, "%s of queue %u wrote into byte %u of the private area, as one of the other queue did",
                   kit.calling, queue, i);
        owner[i] = 0;
    }
}

static void watched_poll(uint32_t queue)
{
    remember();
    kit_check_tx(queue);
    who_wrote(queue);
    remember();
    kit_check_rx(queue, 64);
    who_wrote(queue);
    remember();
    kit_add_buffers(queue);
    who_wrote(queue);
}

void case_queues(void)
{
    if (kit.config->queues < 2)
        kit_not_here("a VF of this chip has one queue pair");
    kit_begin();
    kit_moves(8, STAND_RULE_L3, "with two queue pairs");
    for (uint32_t i = 0; i < 400; i++) {
        uint32_t queue = i * 7 / 3 % 2;
        remember();
        frame_put(queue, 100 + i, 1 + i % 3, FRAME_PLAIN, true);
        who_wrote(queue);
        frames_arrive(1, 100 + i, i % 2 ? FRAME_UDP : FRAME_PLAIN);
        watched_poll(i % 2);
        if (i % 8 == 7) {
            kit_wait_us(20);
            frames_fetch();
        }
    }
    kit_moves(8, STAND_RULE_L1, "with two queue pairs called in turn");
}

/* ---- lies ---- */

enum { HEADER_BYTES = 24, LIES = 12 };

static uint8_t ring_before[2][STAND_RING_BYTES], is_devices[2][STAND_RING_BYTES];

static uint32_t noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static uint8_t *ring_of(uint32_t tx) { return kit_va(tx ? STAND_RING_TX(0) : STAND_RING_RX(0)); }

/* What has changed since the plugin was called last is the device's; then it is called again. */
static void see_device(void)
{
    for (uint32_t tx = 0; tx < 2; tx++) {
        const uint8_t *ring = ring_of(tx);
        for (uint32_t i = 0; i < PLUGIN_RING_BYTES(kit.config->ring); i++)
            is_devices[tx][i] |= ring[i] != ring_before[tx][i];
    }
}

static void see_rings(void)
{
    for (uint32_t tx = 0; tx < 2; tx++)
        memcpy(ring_before[tx], ring_of(tx), PLUGIN_RING_BYTES(kit.config->ring));
}

static void watched_traffic(uint32_t frames)
{
    memset(is_devices, 0, sizeof(is_devices));
    see_rings();
    for (uint32_t i = 0; i < frames; i++) {
        see_device();
        frame_put(0, 100 + i, 1 + i % 2, FRAME_PLAIN, true);
        see_rings();
    }
    frames_arrive(frames, 150, FRAME_PLAIN);
    kit_wait_us(500);
    see_device();
}

/* Bytes that the device writes: every one, or some of them, become something else. */
static void lie(uint32_t *state, uint32_t one_in)
{
    for (uint32_t tx = 0; tx < 2; tx++)
        for (uint32_t i = 0; i < PLUGIN_RING_BYTES(kit.config->ring); i++)
            if (is_devices[tx][i] && noise(state) % one_in == 0)
                ring_of(tx)[i] = (uint8_t)noise(state);
    for (uint32_t i = 0; i < kit.config->ring; i++) /* and what stands in front of a frame */
        if (kit.rx[0].slot[i].kind && noise(state) % one_in == 0)
            for (uint32_t k = 0; k < HEADER_BYTES; k++)
                kit_va(kit.rx[0].slot[i].gpa)[k] = (uint8_t)noise(state);
}

void case_lying_device(void)
{
    uint32_t state = 1;
    kit_begin();
    for (uint32_t round = 0; round < LIES; round++) {
        watched_traffic(30);
        lie(&state, 1 + round % 4);
        kit.lies = true;
        for (uint32_t i = 0; i < 4; i++) {
            kit_poll(0);
            if (kit_enable(0) == PLUGIN_WORK_PENDING)
                kit_check_rx(0, 64);
            kit_disable(0);
        }
        kit.lies = false;
        kit_leave(false);
        kit_begin();
        if (!kit_moves(8, STAND_RULE_L4, "in another life, behind a device that lied"))
            return;
    }
}
