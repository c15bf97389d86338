/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases of calls as such: the entry, swInit, vectors, calls for nothing, and a device that is no more. */
#include "guest/conformance/cases.h"

void case_entry(void) { kit_life(); }

void case_sw_init(void) { kit_life(); }

void case_calls(void)
{
    kit_begin();
    kit_enable(0);
    kit_moves(8, STAND_RULE_L3, "behind the first start");
    kit_disable(0);
}

/* ---- nothing to do ---- */

static void call_for_nothing(const char *when)
{
    for (uint32_t i = 0; i < 40; i++) {
        kit_check_tx(0);
        if (kit.completions)
            kit_broken(STAND_RULE_L5, "%s, checkTxRing completed %u frames", when, kit.completed);
        kit_check_rx(0, 64);
        if (kit.indicated)
            kit_broken(STAND_RULE_L5, "%s, checkRxRing handed up %u frames", when, kit.indicated);
        kit_add_buffers(0);
        kit_wait_us(5);
    }
}

void case_idle(void)
{
    kit_begin();
    call_for_nothing("with the vector masked and nothing to do");
    kit_enable(0);
    call_for_nothing("with the vector unmasked and nothing to do");
    kit_moves(20, STAND_RULE_L5, "behind calls for nothing");
    kit_disable(0);
    call_for_nothing("behind all frames");
}

/* ---- vectors ---- */

enum { LONG_US = 3000 };

static bool line_came(uint32_t us)
{
    for (uint32_t t = 0; t < us && !(kit.lines & 1); t += 50)
        kit_wait_us(50);
    return kit.lines & 1;
}

static void drop_lines(void)
{
    kit_wait_us(200); /* what is on its way may come */
    kit.lines = 0;
}

static void enable_tells(const char *what)
{
    if (kit_enable(0) != PLUGIN_WORK_PENDING && !line_came(LONG_US))
        kit_broken(STAND_RULE_N1, "%s before enableInterrupt, which said nothing, and no interrupt followed", what);
    kit_disable(0);
}

static void an_interrupt(uint32_t us)
{
    kit_settle(kit.sent, kit.arrived, LONG_US);
    drop_lines();
    kit_enable(0);
    kit_wait_us(us);
    frames_arrive(1, 100, FRAME_PLAIN);
    if (!line_came(LONG_US))
        kit_broken(STAND_RULE_N1, "a frame came, and no interrupt with the vector unmasked");
    kit_disable(0);
    drop_lines();
    frames_arrive(2, 100, FRAME_PLAIN);
    kit_wait_us(500);
    if (kit.lines & 1)
        kit_broken(STAND_RULE_N4, "an interrupt came of a vector that had been masked before its frame came");
    enable_tells("frames came");
}

void case_interrupt(void)
{
    kit_begin();
    for (uint32_t i = 0; i < 12; i++)
        an_interrupt(7 * i);
    for (uint32_t us = 0; us < 40; us += 2) { /* close together */
        kit_settle(kit.sent, kit.arrived, LONG_US);
        drop_lines();
        frames_arrive(1, 100, FRAME_PLAIN);
        kit_wait_us(us);
        enable_tells("a frame came");
    }
    kit_settle(kit.sent, kit.arrived, LONG_US);
    drop_lines();
    frame_put(0, 100, 1, FRAME_PLAIN, true);
    kit_wait_us(200);
    enable_tells("a frame was sent");
    kit_moves(8, STAND_RULE_N1, "behind all of that");
}

void case_no_vector(void)
{
    static const uint32_t vectors[] = {31, 64, 1000, 0xffffffff};
    kit_begin();
    kit_moves(4, STAND_RULE_L3, "behind the first start");
    uint64_t before = kit_stand(STAND_ACCESSES, 0, 0, 0);
    for (uint32_t i = 0; i <= 4; i++) {
        kit_enable(i ? vectors[i - 1] : kit.config->vectors);
        kit_disable(i ? vectors[i - 1] : kit.config->vectors);
    }
    uint64_t after = kit_stand(STAND_ACCESSES, 0, 0, 0);
    if (after != before)
        kit_broken(STAND_RULE_N2, "for vectors that are not there registers were accessed %u times", (uint32_t)(after - before));
    kit_moves(4, STAND_RULE_N2, "behind vectors that are not there");
}

/* What one queue pair has done interrupts by that one's vector. */
static void vector_of(uint32_t queue)
{
    uint32_t wanted = 1u << queue;
    kit_settle(kit.sent, kit.arrived, LONG_US);
    drop_lines();
    for (uint32_t v = 0; v < kit.config->vectors; v++)
        kit_enable(v);
    drop_lines(); /* of frames before */
    frame_put(queue, 100, 1, FRAME_PLAIN, true);
    for (uint32_t t = 0; t < LONG_US && !(kit.lines & wanted); t += 50)
        kit_wait_us(50);
    if (kit.lines != wanted)
        kit_broken(STAND_RULE_N3, "queue pair %u has sent a frame, and the vectors that interrupted are %x", queue,
                   (uint64_t)kit.lines);
    for (uint32_t v = 0; v < kit.config->vectors; v++)
        kit_disable(v);
}

void case_vectors(void)
{
    if (kit.config->queues < 2 || kit.config->vectors < 2)
        kit_not_here("a VF of this chip has one queue pair, or one vector");
    kit_begin();
    for (uint32_t i = 0; i < 8; i++)
        vector_of(i % 2);
    kit_moves(8, STAND_RULE_N3, "behind that");
}

/* ---- a device that is no more ---- */

static void use_dead_device(void)
{
    for (uint32_t q = 0; q < kit.config->queues; q++) {
        if (kit_reinit_rx(q) || kit_reinit_tx(q))
            return; /* as it should when a device does not answer */
        kit_add_buffers(q);
    }
    kit_enable(0);
    for (uint32_t i = 0; i < 300; i++) {
        frame_put(0, 60 + i, 1 + i % 3, FRAME_PLAIN, true);
        kit_poll(0);
    }
    kit_disable(0);
    if (kit.api.resetDevice)
        kit_reset_device();
}

void case_dead_device(void)
{
    for (uint32_t mode = 0; mode < STAND_MODES; mode++) {
        kit_stand(STAND_MODE, STAND_MODE_ECHO, 0, 0);
        kit_take_back();
        kit_life();
        kit_stand(STAND_MODE, mode, 0, 0);
        use_dead_device();
    }
}
