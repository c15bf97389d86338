/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases of frames that come. */
#include "guest/conformance/cases.h"

enum { LONG_US = 4000, ASKED_MAX = 64 /* between two calls of addBuffersToRxRing */ };

static void all_must_come(enum stand_rule rule)
{
    if (kit_settle(0, kit.arrived, LONG_US))
        return;
    for (uint32_t i = 0; i < kit.arrived; i++)
        if (!kit.in[i].seen) {
            kit_broken(rule, "%u of %u frames were handed up; the first that was not is frame %u", kit.handed_up, kit.arrived, i);
            return;
        }
}

void case_receive(void)
{
    static const uint32_t budgets[] = {64, 1, 3, 17};
    kit_begin();
    for (uint32_t i = 0; kit.arrived < 5 * kit.config->ring; i++) {
        for (uint32_t k = 0; k < 16; k++)
            frames_arrive(1, 60 + kit.arrived * 97 % 1455, FRAME_PLAIN);
        kit_wait_us(30);
        for (uint32_t asked = 0, k = 0; k < 16 && asked + budgets[i % 4] <= ASKED_MAX; k++, asked += budgets[i % 4])
            kit_check_rx(0, budgets[i % 4]);
        kit_add_buffers(0);
    }
    all_must_come(STAND_RULE_R10);
}

/* Behind its first fill the plugin has as many buffers as it ever has; what came is in them. */
void case_ring_empty(void)
{
    uint32_t held, first = 0;
    kit_begin();
    held = kit.rx[0].held;
    for (uint32_t round = 0; round < 10; round++) {
        uint32_t before = kit.handed_up, of_round;
        for (uint32_t k = 0; k < 4; k++) {
            frames_arrive(kit.config->ring / 2, 100, FRAME_PLAIN);
            kit_wait_us(100);
        }
        kit_settle(0, kit.arrived, 400);
        kit_add_buffers(0);
        if (kit.given)
            kit_broken(STAND_RULE_R11, "addBuffersToRxRing took %u buffers that the call before it had left", kit.given);
        of_round = kit.handed_up - before;
        first = round ? first : of_round;
        if (of_round + 4 < first || !of_round)
            kit_broken(STAND_RULE_R11, "of frames without end %u were handed up at first, and %u in round %u", first, of_round,
                       round);
        if (kit.rx[0].held < held)
            kit_broken(STAND_RULE_R11, "the plugin had %u buffers at first, and has %u in round %u", held, kit.rx[0].held, round);
    }
    kit_moves(16, STAND_RULE_R11, "behind a ring that was empty");
}

void case_jumbo(void)
{
    kit_begin();
    for (uint32_t i = 0; i < 40; i++) {
        frames_arrive(2, 9014 - 13 * i, FRAME_PLAIN);
        kit_wait_us(30);
        kit_poll(0);
    }
    all_must_come(STAND_RULE_R10);
}

/* Until nothing is left to receive with; then there are buffers again. */
void case_no_buffers(void)
{
    kit_begin();
    if (!kit.api.apiVersion)
        kit_not_here("a plugin of API version 0 knows no SHELL_NO_BUFFER");
    uint32_t held = kit.rx[0].held;
    for (uint32_t round = 0; round < 2; round++) {
        kit.no_buffers = true;
        for (uint32_t i = 0; i < 3 * kit.config->ring / 32; i++) {
            frames_arrive(32, 100, FRAME_PLAIN);
            kit_wait_us(60);
            kit_poll(0);
        }
        kit.no_buffers = false;
        kit_poll(0);
        if (kit.rx[0].held < held)
            kit_broken(STAND_RULE_R5, "with buffers there again the plugin has %u, and had %u", kit.rx[0].held, held);
        if (!kit_moves(16, STAND_RULE_R5, "with buffers there again"))
            return;
    }
}

void case_checksums(void)
{
    kit_begin();
    for (enum frame_kind kind = FRAME_PLAIN; kind < FRAME_KINDS; kind++) {
        uint32_t before = kit.handed_up;
        frames_arrive(4, 201, kind);
        frames_arrive(4, 1514, kind);
        kit_settle(0, kit.arrived, 400);
        if (kind <= FRAME_TCP && kit.handed_up < before + 8)
            kit_broken(STAND_RULE_R10, "of 8 packets of kind %u %u were handed up", (uint32_t)kind, kit.handed_up - before);
    }
}
